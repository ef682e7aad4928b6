"""The messages a Twilio account remembers: how each one goes on, and how it looks when it is asked for."""

import functools
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import utils
from typing import Any

from server.twins import base
from server.twins.sms import posting, segmenting

Word = base.Word

KEPT = 100_000  #: messages that can be asked for; older ones are forgotten
API_VERSION = "2010-04-01"
PAGE = 1000  #: messages in one page at most

#: A status, and which of a fate's delays it comes after.
Step = tuple[str, int]
_DELIVERED: tuple[Step, ...] = (("sent", 0), ("delivered", 1))
_JOURNEYS: dict[Word, tuple[Step, ...]] = {
    Word.BOUNCED: (("sent", 0), ("undelivered", 1)),
    Word.UNREACHABLE: (("sent", 0), ("undelivered", 3)),
    Word.SILENT: (),
    Word.DOUBLED: (("sent", 0), ("sent", 1), ("delivered", 1), ("delivered", 2)),
    Word.SHUFFLED: (("delivered", 0), ("sent", 1)),
}
#: Why a message that was taken is not delivered.
FAULTS: dict[Word, tuple[int, str]] = {
    Word.BOUNCED: (30005, "Unknown destination handset"),
    Word.UNREACHABLE: (30003, "Unreachable destination handset"),
}
_RANKS = {"accepted": 0, "queued": 1, "sent": 2, "delivered": 3, "undelivered": 3}


def journey(word: Word) -> tuple[Step, ...]:
    """What is told of a message after it was taken, in the order it is told."""
    return _JOURNEYS.get(word, _DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that was taken. `at` is in epoch seconds."""

    sid: str
    account_sid: str
    to: str
    sender: str
    service: str
    body: str
    media: int
    fate: base.Fate
    at: float

    @property
    def first_status(self) -> str:
        """What the answer to the post says."""
        return "accepted" if self.service else "queued"

    def status(self, now: float) -> str:
        """How far it is; it never goes back."""
        reached = [
            status for status, step in journey(self.fate.word) if self.at + self.fate.delays_s[step] <= now
        ]
        return max((self.first_status, *reached), key=_RANKS.__getitem__)

    def shown(self, now: float) -> dict[str, Any]:
        """The resource as the API shows it: counts are texts, and dates of RFC 2822."""
        status = self.status(now)
        code, fault = FAULTS.get(self.fate.word, (None, None)) if status == "undelivered" else (None, None)
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": stamp(self.at),
            "date_sent": stamp(self.at) if _RANKS[status] > 1 else None,
            "date_updated": stamp(self.at),
            "direction": "outbound-api",
            "error_code": code,
            "error_message": fault,
            "from": self.sender or None,
            "messaging_service_sid": self.service or None,
            "num_media": str(self.media),
            "num_segments": "0" if status == "accepted" else str(segmenting.count(self.body)[1]),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def taken(post: posting.Post, *, sid: str, account_sid: str, fate: base.Fate, at: float) -> Message:
    """The message a post becomes."""
    return Message(
        sid=sid,
        account_sid=account_sid,
        to=post.to,
        sender=post.sender,
        service=post.service,
        body=post.body,
        media=len(post.media),
        fate=fate,
        at=at,
    )


class Book:
    """The newest messages of an account, by SID and by recipient."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._by_recipient: dict[str, list[Message]] = {}

    def enter(self, message: Message) -> None:
        """Remember one; forget the oldest beyond the limit."""
        self._messages[message.sid] = message
        self._by_recipient.setdefault(message.to, []).append(message)
        if len(self._messages) > self._kept:
            _, oldest = self._messages.popitem(last=False)
            others = self._by_recipient[oldest.to]
            others.remove(oldest)
            if not others:
                del self._by_recipient[oldest.to]

    def find(self, sid: str) -> Message | None:
        """One message."""
        return self._messages.get(sid)

    def listed(self, query: Mapping[str, str]) -> Iterator[Message]:
        """Newest first, narrowed by To, From and DateSent (a UTC day; with `<` or `>` appended, up to or from it)."""
        to = query.get("To", "")
        found = self._by_recipient.get(to, []) if to else self._messages.values()
        for message in reversed(found):
            if query.get("From", message.sender) == message.sender and _on_day(query, message.at):
                yield message


def _on_day(query: Mapping[str, str], at: float) -> bool:
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return (
        query.get("DateSent", day)[:10] == day
        and query.get("DateSent>", day)[:10] <= day
        and query.get("DateSent<", day)[:10] >= day
    )


def stamp(at: float) -> str:
    """A date as this API writes it, such as `Fri, 20 Nov 2026 09:00:00 +0000`."""
    return _stamp(int(at))


@functools.lru_cache(maxsize=1024)
def _stamp(second: int) -> str:
    return utils.format_datetime(datetime.fromtimestamp(second, UTC))


def carrier_stamp(at: float) -> str:
    """A date as carriers write it, YYMMDDhhmm."""
    return datetime.fromtimestamp(at, UTC).strftime("%y%m%d%H%M")
