"""Email: one message of HTML and text to one recipient."""

import functools
import html as entities
import re

import msgspec

from server.channels import base, mail_text, mailblocks, mailmjml

#: Gmail shows this much of a message's HTML and hides the rest behind a link, bytes.
GMAIL_CLIP = 102 * 1024
#: What most providers take, bytes of both parts as they are encoded for the wire.
LARGEST = 10 * 1024 * 1024
#: A subject longer than this is cut in every list of messages.
LONG_SUBJECT = 150
#: One header value must fit one unfolded line of RFC 5322, and nobody means more than this.
LONGEST_HEADER = 900

#: Where the page says `{{ unsubscribe_url }}`, this is rendered, the same for everybody, so that a preview is what is
#: sent; on the wire each message has its own address in its place. No host has this name (RFC 2606).
UNSUBSCRIBE_ADDRESS = "https://unsubscribe.invalid/"
#: Values that are the same for every person.
CONSTANTS = {"unsubscribe_url": UNSUBSCRIBE_ADDRESS}

_LIQUID = base.LIQUID
_OWN_UNSUBSCRIBE = re.compile(r"\{\{-?\s*unsubscribe_url\b|" + re.escape(UNSUBSCRIBE_ADDRESS))
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
#: A preheader within the page. Clients fill the preview line with what follows; the padding keeps the first words of
#: the page out of it.
PREHEADER = (
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">%s'
    + "&#8199;&#65279;" * 60
    + "</div>"
)


class EmailContent(base.Content, frozen=True, kw_only=True, tag="email", tag_field="channel"):
    """What one mailbox is handed. The sender's address and domain belong to the account."""

    subject: str = ""
    preheader: str = ""
    html: base.Html = ""
    text: str = ""  #: derived from the HTML where empty
    from_name: str = ""  #: the account's where empty
    reply_to: str = ""
    unsubscribe: bool = True  #: List-Unsubscribe with one click (RFC 8058)
    #: What the HTML was made of: MJML, or JSON of a mailblocks.Mail; not set where the HTML was written as it is.
    #: It is compiled when it is saved and never sent: a rendered content has none, so it is in no hash either.
    source: base.Fixed | msgspec.UnsetType = msgspec.UNSET


def check(content: EmailContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults. Before rendering (`rendered=False`) only what no value can mend is an error."""
    return [
        *_check_subject(content.subject, rendered=rendered),
        *_check_line("from_name", "sender's name", content.from_name, rendered=rendered),
        *_check_line("preheader", "preheader", content.preheader, rendered=rendered),
        *_check_reply_to(content.reply_to, rendered=rendered),
        *_check_source(content),
        *_check_bodies(content, rendered=rendered),
        *_check_unsubscribe(content),
    ]


def address_fault(address: str) -> str:
    """Say what is wrong with an address as a clause (`it has no @`), or nothing.

    Non-ASCII domains travel in their ASCII form. A non-ASCII local part is a fault: few hosts take it.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        return "it has no @"
    if _CONTROLS.search(address) or " " in address:
        return "it holds a space, a line break or another control character"
    if not local.isascii():
        return "the part before the @ holds letters outside ASCII, which few mail hosts take"
    if len(address) > 254:
        return "it is longer than 254 characters"
    if len(local) > 64:
        return "the part before the @ is longer than 64 characters"
    if not _LOCAL.fullmatch(local):
        return "the part before the @ is not a plain mailbox name"
    return _domain_fault(domain)


@functools.lru_cache(
    maxsize=1024
)  # envelope and header ask in turn, and the sender's own address is always there
def ascii_address(address: str) -> str:
    """The address with its domain in ASCII. Raises ValueError with the clause of `address_fault`."""
    if fault := address_fault(address):
        raise ValueError(fault)
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def document(content: EmailContent) -> str:
    """The HTML as it is sent: with the preheader as hidden text at the start of its body."""
    if not content.preheader or not content.html:
        return content.html
    hidden = PREHEADER % entities.escape(content.preheader)
    # As it is mostly spelt it is found at once; the pattern that takes any spelling walks letter by letter.
    begins = content.html.find("<body")
    body = (_BODY.match(content.html, begins) if begins >= 0 else None) or _BODY.search(content.html)
    at = body.end() if body else 0
    return content.html[:at] + hidden + content.html[at:]


@functools.lru_cache(maxsize=64)  # rules and adapter ask for the same page in turn
def plain_text(html: str) -> str:
    """The text of an HTML page: links with their address, dashes for list items, alts for pictures.

    Parsing takes milliseconds. Liquid passes through untouched, so that a template's text may be derived
    once and rendered for each person.
    """
    return mail_text.plain_text(html)


def texts(content: EmailContent, unsubscribe_url: str = "") -> tuple[str, str]:
    """The HTML and the plain text as they are sent; either may be empty, but not both once `check` passed.

    With this message's own address in every place where one may unsubscribe.
    """
    html, text = document(content), content.text or plain_text(content.html)
    if unsubscribe_url:
        if UNSUBSCRIBE_ADDRESS in html:
            html = html.replace(UNSUBSCRIBE_ADDRESS, entities.escape(unsubscribe_url))
        if UNSUBSCRIBE_ADDRESS in text:
            text = text.replace(UNSUBSCRIBE_ADDRESS, unsubscribe_url)
    return html, text


def _check_subject(subject: str, *, rendered: bool) -> list[base.Fault]:
    unsure = not rendered and base.has_template(subject)
    faults = _check_line("subject", "subject", subject, rendered=rendered)
    if not subject.strip() and not unsure:
        empty = "The subject is empty after rendering" if rendered else "The subject is empty"
        faults.append(base.Fault(place="subject", message=f"{empty}.", remedy="Write a subject."))
    if len(_LIQUID.sub("", subject)) > LONG_SUBJECT:
        message = f"The subject is longer than {LONG_SUBJECT} characters, and no mailbox shows that much."
        faults.append(base.Fault(place="subject", message=message, remedy="Shorten it.", level="warning"))
    return faults


def _check_line(place: str, name: str, text: str, *, rendered: bool) -> list[base.Fault]:
    """What must stay on one line, lest it ends a header and begins another."""
    unsure = not rendered and base.has_template(text)
    literal = _LIQUID.sub("", text) if unsure else text
    faults = []
    if _CONTROLS.search(literal):
        faults.append(
            base.Fault(
                place=place,
                message=f"The {name} holds a line break or another control character.",
                remedy="Write it on one line; in Liquid, trim with {%- and -%}.",
                # Between two tags it may be a branch that no person takes.
                level="warning" if unsure else "error",
            )
        )
    if len(literal.encode("utf-8", "replace")) > LONGEST_HEADER:
        message = f"The {name} is longer than {LONGEST_HEADER} bytes."
        faults.append(base.Fault(place=place, message=message, remedy="Shorten it."))
    return faults


def _check_reply_to(address: str, *, rendered: bool) -> list[base.Fault]:
    if not address or (not rendered and base.has_template(address)):
        return []
    if fault := address_fault(address):
        message = f"The reply address cannot be used: {fault}."
        return [
            base.Fault(
                place="reply_to", message=message, remedy="Write one address, such as help@example.com."
            )
        ]
    return []


def _check_source(content: EmailContent) -> list[base.Fault]:
    if not content.source or mailblocks.kind(content.source) != "blocks":
        return []
    try:
        return mailmjml.check(mailblocks.read(content.source))
    except mailblocks.BadSource as error:
        return [base.fault("source", str(error), "Write the HTML itself, and leave the source out.")]


def _is_bare(content: EmailContent) -> bool:
    """Whether nothing is said. A source that is yet to be compiled says something unless its mail has no block."""
    if content.html.strip() or content.text.strip():
        return False
    if not content.source:
        return True
    try:
        kind = mailblocks.kind(content.source)
        return kind == "html" or (kind == "blocks" and mailmjml.is_blank(mailblocks.read(content.source)))
    except mailblocks.BadSource:
        return False


def _check_bodies(content: EmailContent, *, rendered: bool) -> list[base.Fault]:
    if _is_bare(content):
        message = (
            "There is neither HTML nor text after rendering."
            if rendered
            else "There is neither HTML nor text."
        )
        return [base.Fault(place="html", message=message, remedy="Write at least one of the two.")]
    faults = []
    weight = len(content.html.encode("utf-8", "replace"))
    if weight > GMAIL_CLIP:
        faults.append(
            base.Fault(
                place="html",
                message=f"The HTML is {weight / 1024:.0f} KB; Gmail cuts all after 102 KB, footer included.",
                remedy="Shorten it, or host large styles and pictures.",
                level="warning",
            )
        )
    # The derived text is shorter than its page, and base64 adds three eighths: most need no counting.
    if 3 * (weight + len(content.text.encode("utf-8", "replace"))) < LARGEST:
        return faults
    size = encoded_size(content)
    if size > LARGEST:
        faults.append(
            base.Fault(
                place="html" if len(content.html) >= len(content.text) else "text",
                message=f"The message is {size / 1024 / 1024:.1f} MB as it is sent; the limit is 10 MB.",
                remedy="Link to large content in place of carrying it.",
            )
        )
    return faults


def encoded_size(content: EmailContent) -> int:
    """Bytes of both bodies as they are encoded for the wire; the headers add about 2 KB."""
    return sum(len(mail_text.transfer(body).wire) for body in texts(content) if body)


def _check_unsubscribe(content: EmailContent) -> list[base.Fault]:
    if content.unsubscribe:
        return []
    if _OWN_UNSUBSCRIBE.search(content.html) or _OWN_UNSUBSCRIBE.search(content.text):
        message = (
            "The mail has a link to unsubscribe, and one-click unsubscribe is off: it would lead nowhere."
        )
        return [base.fault("unsubscribe", message, "Switch it on, or take the link out.")]
    return [
        base.Fault(
            place="unsubscribe",
            message="Without one-click unsubscribe, Gmail and Yahoo refuse bulk mail.",
            remedy="Leave it off only where the person asked for this very message, such as a receipt.",
            level="warning",
        )
    ]


@functools.lru_cache(maxsize=4096)  # an audience shares few domains
def _domain_fault(domain: str) -> str:
    if not domain:
        return "there is nothing after the @"
    try:
        ascii_form = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        return "the domain has no ASCII form"
    if len(ascii_form) > 253:
        return "the domain is longer than 253 characters"
    labels = ascii_form.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "the domain is not made of names joined by dots"
    if len(labels) < 2:
        return "the domain has no dot"
    return ""
