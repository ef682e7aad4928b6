"""Whether Twilio has a message whose answer was lost: its list by recipient and time, matched strictly.

Twilio keeps neither our reference nor the address of the status callback where a list could show it, so a message is
known by recipient, time and text. Where that leaves any choice nothing is settled.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email import utils
from urllib.parse import urlencode

import msgspec

from server.channels import sms
from server.providers import base, errors, transport

#: A page is as long as Twilio makes one; a person who got more than all of these cannot be looked through.
PAGE, PAGES = 1000, 3
#: Our clock and Twilio's may differ by this much, in seconds; its stamps are whole seconds.
SKEW_S = 60.0
#: What it puts before the text of a trial account.
TRIAL = "Sent from your Twilio trial account - "

Ask = Callable[[str], Awaitable[transport.Reply]]


class Listed(msgspec.Struct, frozen=True):
    """One message of a list, as far as it is read."""

    sid: str
    to: str = ""
    body: str | None = ""
    direction: str = ""
    date_created: str | None = None
    num_media: str = "0"
    status: str = ""


class _Page(msgspec.Struct, frozen=True):
    messages: list[Listed]
    next_page_uri: str | None = None


_page = msgspec.json.Decoder(_Page)


async def look_up(sought: base.Sought, path: str, ask: Ask) -> base.Found | base.NotFound | base.Unknown:
    """Ask for everything sent to the recipient since the day of the attempt, then for what has not been sent yet.

    `path` is the list's own, and `ask` gets an answer of status 200. Raises what `ask` raises.
    """
    content = sought.content
    if not isinstance(content, sms.SmsContent):
        return base.Unknown(
            evidence="What was sent cannot be made again exactly, so it cannot be recognised.",
            worth_asking_again=False,
        )
    since = datetime.fromtimestamp(sought.sent_at - SKEW_S, UTC).date().isoformat()
    sent, _ = await _listed(path, {"To": sought.to, "DateSent>": since}, ask)
    found = _judge(sought, content, sent)
    if found is not None:
        return found
    # A message that still waits in Twilio's queue has no DateSent, and a list by date leaves it out.
    every, whole = await _listed(path, {"To": sought.to}, ask)
    found = _judge(sought, content, every)
    if found is not None:
        return found
    if not whole:
        return base.Unknown(evidence=f"Twilio's list of messages to {sought.to} is too long to look through.")
    return base.NotFound(
        evidence=f"Twilio's complete list of messages to {sought.to} has none of that time and text."
    )


async def _listed(path: str, query: dict[str, str], ask: Ask) -> tuple[list[Listed], bool]:
    """The newest messages that match, and whether these are all."""
    rows: list[Listed] = []
    uri = f"{path}?{urlencode({**query, 'PageSize': str(PAGE)})}"
    for _ in range(PAGES):
        reply = await ask(uri)
        try:
            page = _page.decode(reply.body)
        except transport.UNREADABLE:
            raise errors.Transient("unreadable-list", "Twilio's list cannot be read") from None
        rows += page.messages
        if not page.next_page_uri:
            return rows, True
        uri = page.next_page_uri
        if not uri.startswith(f"{path}?"):  # our credentials go nowhere else
            raise errors.Transient("unreadable-list", "Twilio's list goes on at a strange address")
    return rows, False


def _judge(
    sought: base.Sought, content: sms.SmsContent, rows: Sequence[Listed]
) -> base.Found | base.Unknown | None:
    """What the candidates say; None where there are none."""
    candidates = {row.sid: row for row in rows if _may_be(sought, row)}
    same = [row for row in candidates.values() if _is_same(content, row)]
    if len(same) == 1:
        [row] = same
        return base.Found(
            provider_ref=row.sid,
            evidence=f"Twilio lists {row.sid} to {sought.to} of {row.date_created} with this very text: {row.status}.",
        )
    if len(same) > 1:
        return base.Unknown(
            evidence=f"Twilio lists {len(same)} messages to {sought.to} of that time with this very text."
        )
    if candidates:
        return base.Unknown(
            evidence=f"Twilio lists {len(candidates)} other messages to {sought.to} of that time, with other texts."
        )
    return None


def _may_be(sought: base.Sought, row: Listed) -> bool:
    """Whether a listed message could be the one in doubt, by all but its text."""
    if row.sid in sought.known or row.to != sought.to or not row.direction.startswith("outbound"):
        return False
    created = _seconds(row.date_created)
    return created is None or sought.sent_at - SKEW_S <= created <= sought.until + SKEW_S


def _is_same(content: sms.SmsContent, row: Listed) -> bool:
    return (row.body or "").removeprefix(TRIAL) == content.body and row.num_media == str(
        len(content.media_urls)
    )


def _seconds(stamp: str | None) -> float | None:
    """A date of RFC 2822 in epoch seconds; None for one that cannot be read."""
    try:
        return utils.parsedate_to_datetime(stamp or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
