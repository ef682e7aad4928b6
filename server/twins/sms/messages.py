"""The messages a Twilio account remembers: how each one goes on, and how it looks when it is asked for."""

import functools
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import utils
from typing import Any

import msgspec

from server.twins import base
from server.twins.sms import posting, segmenting

Word = base.Word

KEPT = 10_000  #: messages at hand; older ones are looked up in the inbox
CHANNEL = "sms"
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
_DAYS = {"DateSent", "DateSent<", "DateSent>"}
_RANKS = {"accepted": 0, "queued": 1, "sent": 2, "delivered": 3, "undelivered": 3}


def journey(word: Word) -> tuple[Step, ...]:
    """What is told of a message after it was taken, in the order it is told."""
    return _JOURNEYS.get(word, _DELIVERED)


class Message(msgspec.Struct, frozen=True, kw_only=True):
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

    def sent_at(self, now: float) -> float | None:
        """When it left Twilio's queue; None while it waits there."""
        left = [self.at + self.fate.delays_s[step] for _, step in journey(self.fate.word)]
        first = min(left, default=now + 1.0)
        return first if first <= now else None

    def shown(self, now: float) -> dict[str, Any]:
        """The resource as the API shows it: counts are texts, and dates of RFC 2822."""
        status = self.status(now)
        code, fault = FAULTS.get(self.fate.word, (None, None)) if status == "undelivered" else (None, None)
        sent_at = self.sent_at(now)
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": stamp(self.at),
            "date_sent": None if sent_at is None else stamp(sent_at),
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
    """The messages of an account: the newest at hand, by SID and by recipient, the others in the yard's inbox."""

    def __init__(self, yard: base.Yard, account_sid: str, kept: int = KEPT) -> None:
        self._yard = yard
        self._account_sid = account_sid
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
        at_hand = self._messages.get(sid)
        if at_hand is not None:
            return at_hand
        handed = self._yard.inbox.found(CHANNEL, sid)
        return self._recalled(handed) if handed is not None else None

    def _recalled(self, handed: base.Handed) -> Message:
        """A message as the inbox has it; what becomes of it is as it ever was."""
        return Message(
            sid=handed.provider_ref,
            account_sid=self._account_sid,
            to=handed.to,
            sender=handed.wire.get("From", ""),
            service=handed.wire.get("MessagingServiceSid", ""),
            body=handed.wire.get("Body", ""),
            media=int("MediaUrl" in handed.wire),
            fate=self._yard.population.fate(CHANNEL, handed.to),
            at=handed.at,
        )

    def _to(self, to: str) -> Iterator[Message]:
        """A recipient's messages, newest first."""
        at_hand = self._by_recipient.get(to, [])
        yield from reversed(at_hand)
        known = {message.sid for message in at_hand}
        for handed in self._yard.inbox.handed(CHANNEL, to):
            if handed.provider_ref not in known:
                yield self._recalled(handed)

    def listed(self, query: Mapping[str, str], now: float) -> Iterator[Message]:
        """Newest first, narrowed by To, From and DateSent (a UTC day; with `<` or `>` appended, up to or from it).

        What has not been sent yet has no DateSent, so that no such day holds it.
        """
        to = query.get("To", "")
        found = self._to(to) if to else reversed(self._messages.values())
        for message in found:
            if query.get("From", message.sender) == message.sender and _on_day(query, message.sent_at(now)):
                yield message


def _on_day(query: Mapping[str, str], at: float | None) -> bool:
    if at is None:
        return not _DAYS & query.keys()
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
    return _carrier_stamp(int(at) // 60)


@functools.lru_cache(maxsize=64)
def _carrier_stamp(minute: int) -> str:
    return datetime.fromtimestamp(60 * minute, UTC).strftime("%y%m%d%H%M")
