"""The people behind the addresses: what becomes of a message is drawn from the seed, or written in a magic address."""

import hashlib
import itertools
import re
import struct
from bisect import bisect_right

from server.twins import base

Word = base.Word

#: Out of 1,000 recipients: those on every channel that are not simply delivered.
_MISHAPS = {
    Word.DEAD: 30,
    Word.BLOCKED: 15,
    Word.BOUNCED: 20,
    Word.UNREACHABLE: 15,
    Word.SILENT: 10,
    Word.THROTTLED: 5,
    Word.DOWN: 5,
    Word.DOUBLED: 5,
    Word.SHUFFLED: 5,
    Word.UNSUBSCRIBED: 4,
    Word.REFUSED: 2,
    Word.COMPLAINED: 2,
    Word.SLOW: 2,
}

#: Out of 1,000 recipients: how far the remaining 880 go. Push reports nothing beyond acceptance, SMS no reading.
_JOURNEYS: dict[str, dict[Word, int]] = {
    "apns": {Word.DELIVERED: 880},
    "webpush": {Word.DELIVERED: 880},
    "email": {Word.DELIVERED: 560, Word.SEEN: 225, Word.CLICKED: 85, Word.REPLIED: 10},
    "sms": {Word.DELIVERED: 845, Word.REPLIED: 35},
    "whatsapp": {Word.DELIVERED: 200, Word.SEEN: 550, Word.CLICKED: 70, Word.REPLIED: 60},
    "rcs": {Word.DELIVERED: 330, Word.SEEN: 430, Word.CLICKED: 80, Word.REPLIED: 40},
}

#: What a magic recipient shows, for people.
DOES = {
    Word.DELIVERED: "is delivered",
    Word.SEEN: "is delivered, then opened or read",
    Word.CLICKED: "is read, then a link or suggestion is followed",
    Word.REPLIED: "is read, then answered",
    Word.DEAD: "is refused at once: no such recipient",
    Word.BLOCKED: "is refused at once: the person opted out with the provider",
    Word.REFUSED: "is refused at once for its content",
    Word.BOUNCED: "is taken, then comes back as undeliverable",
    Word.UNREACHABLE: "is taken, then out of coverage until it expires",
    Word.SILENT: "is taken, and nothing is ever heard of it",
    Word.COMPLAINED: "is delivered, then reported as spam",
    Word.UNSUBSCRIBED: "is delivered, then opted out of",
    Word.THROTTLED: "is answered 429 at first, then delivered",
    Word.DOWN: "is answered with a server error at first, then delivered",
    Word.SLOW: "is answered after two seconds, then delivered",
    Word.CUT: "is taken, and the connection closed without an answer",
    Word.DOUBLED: "is delivered and seen, each receipt posted twice",
    Word.SHUFFLED: "is delivered and seen, the receipts in the wrong order",
}

_WORDS = tuple(Word)  # in the order magic phone numbers count them
_PHONES = ("sms", "whatsapp", "rcs")
#: Numbers 555-0100 to 555-0199 are kept for fiction in every North American area; two areas hold ten words each.
_AREAS = ("202", "303")
_MAGIC_PHONE = re.compile(r"\+?1(202|303)55501(\d)\d")
_MAGIC_MAIL = re.compile(r"([a-z]+)(?:\+[^@]*)?@magic\.test", re.IGNORECASE)
_MAGIC_ID = re.compile(r"(?:.*/)?magic-([a-z]+)(?:-[^/]*)?", re.IGNORECASE)
_TOKEN_LENGTH = 64  #: hex digits of an APNs device token

#: Seconds from acceptance, at pace 1, to: sent, delivered, seen, clicked or answered.
_SPANS_S = ((0.2, 0.5), (0.2, 0.9), (0.3, 1.2), (0.2, 1.4))


class Population:
    """Devices decided by seed, channel and address alone: nothing is stored, and the same seed gives the same run."""

    def __init__(self, seed: int, *, pace: float = 1.0) -> None:
        """`pace` scales every delay: 1 lets receipts arrive within 0.2 to 4 seconds, 0 at once."""
        self.seed = seed
        self.pace = pace
        self._keys = {channel: _key(seed, channel) for channel in _JOURNEYS}
        self._tables = {channel: _table(channel) for channel in _JOURNEYS}

    def fate(self, channel: str, address: str) -> base.Fate:
        """What happens to messages for this recipient. Raises KeyError for a channel that does not exist."""
        plain = address.removeprefix("+") if channel in _PHONES else address
        drawn = hashlib.blake2b(plain.encode(), digest_size=10, key=self._keys[channel]).digest()
        share, *waits = struct.unpack("<5H", drawn)
        word = spoken(channel, address)
        if word is None:
            bounds, words = self._tables[channel]
            word = words[bisect_right(bounds, share * 1000 // 65536)]
        return base.Fate(word=word, delays_s=self._delays(waits))

    def _delays(self, waits: list[int]) -> tuple[float, ...]:
        """Four growing delays. Squared, so that most are short and a few take their time, as on a real network."""
        total, delays = 0.0, []
        for (low, high), wait in zip(_SPANS_S, waits, strict=True):
            share = wait / 65536
            total += low + (high - low) * share * share
            delays.append(total * self.pace)
        return tuple(delays)


def spoken(channel: str, address: str) -> base.Word | None:
    """The word a magic recipient carries; None for everybody else."""
    if channel in _PHONES:
        found = _MAGIC_PHONE.fullmatch(address)
        if found is None:
            return None
        index = _AREAS.index(found[1]) * 10 + int(found[2])
        return _WORDS[index] if index < len(_WORDS) else None
    if channel == "apns":
        text = _token_text(address)
    else:
        found = (_MAGIC_MAIL if channel == "email" else _MAGIC_ID).fullmatch(address)
        text = found[1].lower() if found else ""
    return Word(text) if text in _WORDS else None


def magic(channel: str) -> list[tuple[base.Word, str, str]]:
    """Every word with one address that carries it and what it does. `recipient` makes more of them."""
    return [(word, recipient(channel, word), DOES[word]) for word in _WORDS]


def recipient(channel: str, word: base.Word, label: str = "") -> str:
    """A magic address. `label` tells several of one word apart: text for email and webpush, a digit for phones.

    Web push gives the subscription's id, which is the last part of its endpoint. Raises ValueError for a label that
    the channel cannot carry.
    """
    if channel in _PHONES:
        digit = label or "0"
        if len(digit) != 1 or not digit.isdecimal():
            raise ValueError(f"A magic phone number's label is one digit, not {label!r}.")
        area, tens = divmod(_WORDS.index(word), 10)
        return f"+1{_AREAS[area]}55501{tens}{digit}"
    if channel == "email":
        return f"{word}+{label}@magic.test" if label else f"{word}@magic.test"
    if channel == "webpush":
        return f"magic-{word}-{label}" if label else f"magic-{word}"
    token = (b"magic" + word.encode() + (b"-" + label.encode() if label else b"")).hex()
    if len(token) > _TOKEN_LENGTH:
        raise ValueError(f"The label {label!r} does not fit into a device token.")
    return token.ljust(_TOKEN_LENGTH, "0")


def is_magic_phone(number: str) -> bool:
    """Whether a phone number belongs to the range kept for magic recipients."""
    return _MAGIC_PHONE.fullmatch(number) is not None


def _token_text(token: str) -> str:
    if not token.lower().startswith(b"magic".hex()):
        return ""
    try:
        text = bytes.fromhex(token)[len(b"magic") :].rstrip(b"\0").decode("ascii")
    except ValueError:
        return ""
    return text.partition("-")[0]


def _key(seed: int, channel: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{channel}".encode(), digest_size=32).digest()


def _table(channel: str) -> tuple[list[int], list[base.Word]]:
    """Upper bounds out of 1,000, and the word of each share. A cut is never drawn by chance."""
    shares = _MISHAPS | _JOURNEYS[channel]
    return list(itertools.accumulate(shares.values())), list(shares)
