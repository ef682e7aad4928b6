"""Assemble a mail from its parts: headers nothing can be smuggled into, bodies of short ASCII lines."""

import base64
import datetime as dt
import email.utils
import functools
import re
import urllib.parse
from dataclasses import dataclass

from server.channels import email as channel
from server.channels import mail_text
from server.providers import base

WIDTH = 76  #: characters of a header line, as far as its words can be parted
LONGEST_LINE = 998  #: octets of any line, CRLF left out (RFC 5322)

_CONTROLS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
_PLAIN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_QUOTABLE = re.compile(r'(["\\])')
_REF = re.compile(r"([A-Za-z0-9]{3,})-([0-9]+)-[0-9]+")
#: Bytes of text in one encoded word: 52 characters of base64, so that the first fits beside a header's name.
_WORD_BYTES = 39
_URL_SAFE = "!#$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message ready for the wire. Header values are folded; no line is longer than 998 octets."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    relaxed: bytes = (
        b""  #: the body with its white space as DKIM's relaxed form has it, where that is at hand
    )

    def encode(self) -> bytes:
        """Headers, empty line, body; every line ends with CRLF."""
        head = b"".join([name + b": " + value + b"\r\n" for name, value in self.headers])
        return head + b"\r\n" + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The account's part of every message. `address` is ASCII and has passed `channel.address_fault`."""

    address: str
    name: str

    @property
    def domain(self) -> str:
        """What follows the @."""
        return self.address.rpartition("@")[2]


def build(message: base.Outbound, sender: Sender, *, at: float) -> Mail:
    """Make the mail of an email message, dated `at` (epoch seconds).

    Raises ValueError with a clause that says why the recipient's or the reply address cannot be used.
    """
    content = message.content
    if not isinstance(content, channel.EmailContent):
        raise TypeError(f"an email account cannot send {type(content).__name__}")
    headers = [
        (b"From", mailbox(content.from_name or sender.name, sender.address)),
        (b"To", channel.ascii_address(message.to).encode()),
        (b"Subject", unstructured(content.subject)),
        (b"Date", _date(int(at))),
        (b"Message-ID", f"<{message.ref}@{sender.domain}>".encode()),
    ]
    if content.reply_to:
        headers.append((b"Reply-To", channel.ascii_address(content.reply_to).encode()))
    if content.unsubscribe:
        headers += list_headers(message.unsubscribe_url)
    if feedback := _REF.fullmatch(message.ref):
        # Gmail's complaint figures: run, channel, programme, and the sender it adds them up by.
        headers.append((b"Feedback-ID", f"{feedback[2]}:email:heliograph:{feedback[1]}".encode()))
    headers.append((b"MIME-Version", b"1.0"))
    return _with_body(headers, *channel.texts(content, message.unsubscribe_url), boundary=f"=_{message.ref}")


def mailbox(name: str, address: str) -> bytes:
    """`name <address>` as a header's value; the name quoted, or in encoded words where it must be."""
    return _mailbox(name, address)


def unstructured(text: str) -> bytes:
    """A header's value for free text: plain ASCII as it is, else encoded words. Controls become spaces."""
    clean = one_line(text)
    if len(clean) <= WIDTH - len("Subject: ") and _PLAIN.fullmatch(clean) and "=?" not in clean:
        return clean.encode()
    if (
        not _PLAIN.fullmatch(clean)
        or "=?" in clean
        or max(map(len, clean.split(" "))) > WIDTH - len("Subject: ")
    ):
        return _encoded_words(clean)
    return _folded(clean)


def one_line(text: str) -> str:
    """A text without line breaks, other controls, and spaces at its ends."""
    return _CONTROLS.sub(" ", text).strip()


def list_headers(url: str) -> list[tuple[bytes, bytes]]:
    """List-Unsubscribe, and by https the promise of one click (RFC 8058); none where there is no address."""
    if not url:
        return []
    safe = urllib.parse.quote(url, safe=_URL_SAFE).encode()
    if len(safe) > LONGEST_LINE - len("List-Unsubscribe: <>"):
        raise ValueError("the unsubscribe address is too long for a header")
    headers = [(b"List-Unsubscribe", b"<%s>" % safe)]
    if safe.startswith(b"https://"):
        headers.append((b"List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"))
    return headers


def _with_body(headers: list[tuple[bytes, bytes]], html: str, text: str, *, boundary: str) -> Mail:
    parts = [(kind, mail_text.transfer(body)) for kind, body in ((b"plain", text), (b"html", html)) if body]
    if len(parts) == 1:
        kind, only = parts[0]
        return Mail(headers=[*headers, *_describe(kind, only)], body=only.wire, relaxed=only.relaxed)
    # `=_` occurs in neither transfer encoding, so that no body can hold the boundary.
    mark = boundary[:70].encode()
    wire, relaxed = [], []
    for kind, part in parts:
        own = b"".join([b"%s: %s\r\n" % header for header in _describe(kind, part)])
        head = b"--%s\r\n%s\r\n" % (mark, own)
        # The line end before a boundary belongs to the boundary.
        wire += [head, part.wire, b"\r\n"]
        relaxed += [head, part.relaxed, b"\r\n"]
    end = b"--%s--\r\n" % mark
    headers.append((b"Content-Type", b'multipart/alternative; boundary="%s"' % mark))
    return Mail(headers=headers, body=b"".join([*wire, end]), relaxed=b"".join([*relaxed, end]))


def _describe(kind: bytes, part: mail_text.Encoded) -> list[tuple[bytes, bytes]]:
    return [
        (b"Content-Type", b"text/%s; charset=utf-8" % kind),
        (b"Content-Transfer-Encoding", part.transfer.encode()),
    ]


@functools.lru_cache(maxsize=256)  # a campaign has one sender's name
def _mailbox(name: str, address: str) -> bytes:
    clean = one_line(name)
    bracketed = f"<{address}>".encode()
    if not clean:
        return bracketed
    if len(clean) > WIDTH - len('From: ""') or "=?" in clean or not _PLAIN.fullmatch(clean):
        return _encoded_words(clean) + b"\r\n " + bracketed
    quoted = b'"%s"' % _QUOTABLE.sub(r"\\\1", clean).encode()
    fits = len("From: ") + len(quoted) + 1 + len(bracketed) <= WIDTH
    return quoted + (b" " if fits else b"\r\n ") + bracketed


@functools.lru_cache(maxsize=4)  # messages of one second share their date
def _date(second: int) -> bytes:
    return email.utils.format_datetime(dt.datetime.fromtimestamp(second, dt.UTC)).encode()


def _folded(text: str) -> bytes:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH - len("Subject: "):
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line]).encode()


def _encoded_words(text: str) -> bytes:
    """Base64 words of RFC 2047, each of at most 75 characters and whole letters, on lines of their own."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= _WORD_BYTES:
        return b"=?utf-8?B?%s?=" % base64.b64encode(raw)
    words, start = [], 0
    while start < len(raw):
        end = min(start + _WORD_BYTES, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # within a letter
            end -= 1
        words.append(raw[start:end])
        start = end
    return b"\r\n ".join([b"=?utf-8?B?%s?=" % base64.b64encode(word) for word in words])
