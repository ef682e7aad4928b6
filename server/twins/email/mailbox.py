"""What a mailbox makes of a mail: its headers, its text, its picture, as the inbox keeps them."""

import email
import email.header
import email.message
import email.policy
import itertools
import re
from collections.abc import Mapping

import msgspec

from server.twins import base

_IMAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_MESSAGE_ID = re.compile(rb"^message-id:\s*<?([^<>\s]*)", re.IGNORECASE | re.MULTILINE)
LONGEST_LINE = 998  #: octets
SNIPPET = 200  #: characters of text a list shows


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, opened."""

    subject: str
    sender: str
    message_id: str  #: without angle brackets
    html: str
    text: str
    headers: Mapping[str, str]  #: decoded; of a repeated header the last

    @property
    def image(self) -> str:
        """Address of the first picture, or empty."""
        found = _IMAGE.search(self.html)
        return found[1] if found else ""

    @property
    def snippet(self) -> str:
        """The beginning of the text, in one line."""
        return _SPACES.sub(" ", self.text[: 4 * SNIPPET]).strip()[:SNIPPET]

    def opened(self, **more: str) -> base.Opened:
        """The mail as the inbox shows it; `more` is what its envelope said."""
        return base.Opened(
            title=self.subject,
            text=self.snippet,
            image=self.image,
            wire={**self.headers, **more},
            body=self.text,
            shown=self.shown(),
        )

    def shown(self) -> dict[str, object]:
        """The content as a mailbox shows it."""
        shown: dict[str, object] = {
            "subject": self.subject,
            "from": self.sender,
            "html": self.html,
            "text": self.text,
        }
        if unsubscribe := self.headers.get("List-Unsubscribe"):
            shown["unsubscribe"] = unsubscribe
        return shown


def read(raw: bytes) -> Letter:
    """Open a mail with the standard library's parser, which takes anything."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    headers = {name: decoded(value) for name, value in message.items()}
    bodies = {"text/plain": "", "text/html": ""}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in bodies and not bodies[kind]:
            bodies[kind] = _text(part)
    return Letter(
        subject=headers.get("Subject", ""),
        sender=headers.get("From", ""),
        message_id=headers.get("Message-ID", "").strip("<> "),
        html=bodies["text/html"],
        text=bodies["text/plain"],
        headers=headers,
    )


def fault(raw: bytes) -> str:
    """What a strict server finds wrong with a mail's form, as a clause; or nothing."""
    lines = raw.split(b"\r\n")
    if raw.count(b"\n") != len(lines) - 1 or raw.count(b"\r") != len(lines) - 1:
        return "a bare CR or LF"
    if max(map(len, lines)) > LONGEST_LINE:
        return f"a line of more than {LONGEST_LINE} octets"
    names = [
        line.partition(b":")[0].lower()
        for line in itertools.takewhile(bool, lines)
        if not line.startswith((b" ", b"\t"))
    ]
    for name in (b"from", b"date"):
        if names.count(name) != 1:
            return f"{names.count(name)} headers {name.decode().capitalize()} in place of one"
    return ""


def message_id(raw: bytes) -> str:
    """The Message-ID without angle brackets, found without opening the mail; empty where there is none."""
    end = raw.find(b"\r\n\r\n")
    found = _MESSAGE_ID.search(raw, 0, end + 2 if end >= 0 else len(raw))
    return found[1].decode("ascii", "replace") if found else ""


def decoded(value: object) -> str:
    """A header's value as a person reads it, in one line."""
    text = str(value)
    if "=?" not in text:
        return _SPACES.sub(" ", text)
    try:
        return _SPACES.sub(" ", str(email.header.make_header(email.header.decode_header(text))))
    except (LookupError, UnicodeError, ValueError):
        return text


def _text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
