"""Read a server's refusal: what becomes of the message, by enhanced code, basic code and stage."""

from server.providers import atlas, errors
from server.providers.email import esmtp, smtp_wire

ENHANCED = "smtp_enhanced"
BASIC = "smtp_basic"

Disposition = errors.Disposition

#: About our log-in, however the server words it, and never about a recipient.
_OURS = frozenset({530, 534, 535, 538})
#: Without an enhanced code these say something else of a message than of a recipient.
_OF_MESSAGE = {550: Disposition.PERMANENT_CONTENT, 553: Disposition.PERMANENT_CONTENT}
_TOO_LARGE = 552  #: what MAIL may say of a message, by its announced size
_BEFORE_MAIL = frozenset({esmtp.Stage.GREETING, esmtp.Stage.EHLO, esmtp.Stage.STARTTLS, esmtp.Stage.AUTH})
_WITH_MESSAGE = frozenset({esmtp.Stage.DATA, esmtp.Stage.DOT})


def error(refused: esmtp.Refused) -> errors.SendError:
    """The error a refusal stands for; its code is the enhanced one where the server gave one we know."""
    reply, stage = refused.reply, refused.stage
    enhanced = _known(reply)
    code = enhanced or str(reply.code)
    entry = atlas.entry(ENHANCED if enhanced else BASIC, code)
    disposition = entry.disposition if entry and entry.disposition else None
    kind = _judge(stage, reply.code, enhanced, disposition)
    text = reply.text or (entry.meaning if entry else "The server gave no reason")
    # A server that refuses this recipient for now (greylisting, a mailbox's own rate) takes the next one's mail.
    at_recipient = stage is esmtp.Stage.RCPT and kind is Disposition.THROTTLED and reply.code != esmtp.CLOSING
    scope = errors.Scope.RECIPIENT if at_recipient else errors.Scope.LANE
    return errors.BY_DISPOSITION[kind](code, text, status=reply.code, scope=scope)


def _known(reply: smtp_wire.Reply) -> str:
    """The enhanced code, in the basic code's class, if the atlas knows it and it says more than that."""
    if not reply.enhanced or reply.enhanced.endswith(".0.0"):
        return ""
    code = f"{reply.code // 100}{reply.enhanced[1:]}"
    for known in (code, f"{code.rpartition('.')[0]}.0"):
        entry = atlas.entry(ENHANCED, known)
        if entry and entry.disposition:
            return known
    return ""


def _judge(stage: esmtp.Stage, basic: int, enhanced: str, disposition: Disposition | None) -> Disposition:
    temporary = basic < 500
    if basic in _OURS:
        return Disposition.AUTH_CONFIG
    if stage in _BEFORE_MAIL:
        # Nobody's mail is at stake yet: the server is busy, or does not want us.
        return (disposition or Disposition.TRANSIENT) if temporary else Disposition.AUTH_CONFIG
    if not enhanced and stage in _WITH_MESSAGE and basic in _OF_MESSAGE:
        return _OF_MESSAGE[basic]
    if disposition is None:
        return Disposition.TRANSIENT if temporary else Disposition.PERMANENT_CONTENT
    if stage is esmtp.Stage.MAIL and not temporary and basic != _TOO_LARGE:
        return Disposition.AUTH_CONFIG  # the address it speaks of is our sender's
    return disposition
