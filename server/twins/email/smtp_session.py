"""One connection at the SMTP twin: the commands of ESMTP, in their order and within their limits."""

import asyncio
import base64
import binascii
import hmac
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, cast

COMMAND_LIMIT = 512  #: octets of a line, CRLF included (RFC 5321)
AUTH_LIMIT = 12288  #: the same for a log-in's lines (RFC 4954)
MESSAGE_LIMIT = 10_000_000  #: octets, as SIZE announces
MOST_RECIPIENTS = 100
MOST_MESSAGES = 100  #: over one connection; the next is answered 421
MOST_ERRORS = 20  #: commands that make no sense, before the connection is closed

_PATH = re.compile(r"<([^<>\s]*)>((?: [^ ]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the server answers; None for `reply` closes the connection in place of answering."""

    reply: str | None
    after_s: float = 0.0


class Desk(Protocol):
    """Decides what becomes of mail."""

    def sender(self, address: str) -> Verdict:
        """May this address send?"""

    def recipient(self, address: str) -> Verdict:
        """Is there such a mailbox?"""

    def message(self, recipients: list[str], raw: bytes) -> Verdict:
        """Take a whole message, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all connections of one server share."""

    desk: Desk
    username: str
    password: str
    starttls: ssl.SSLContext | None  #: None where TLS is on already, or not to be had
    needs_tls: bool
    present: "set[Session]" = field(default_factory=set)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)  #: nobody is let in any more

    def enter(self, session: "Session") -> None:
        """A connection was made."""
        self.present.add(session)
        self.empty.clear()

    def exit(self, session: "Session") -> None:
        """A connection has ended."""
        self.present.discard(session)
        if not self.present:
            self.empty.set()


class Session(asyncio.Protocol):
    """Talks to one client. Replies keep the order of pipelined commands."""

    def __init__(self, house: House, *, encrypted: bool) -> None:
        self._house = house
        self._transport: asyncio.Transport
        self._encrypted = encrypted
        self._buffer = bytearray()
        self._scanned = 0  #: octets of a message already searched for its end
        self._answers: list[str] = []
        self._expect: Callable[[str], None] | None = None  #: takes the next line, in a log-in
        self._greeted = False
        self._user = ""
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._receiving = False
        self._waiting = False  #: for a slow answer, or for TLS to begin
        self._taken = 0
        self._errors = 0
        self._leaving = False
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._house.closing.is_set():  # its TLS was agreed to meanwhile
            transport.close()
            return
        self._house.enter(self)
        self._transport.write(b"220 twin.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._house.exit(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._advance()

    def leave(self) -> None:
        """Close as soon as what is in flight is answered."""
        self._leaving = True
        if not (self._waiting or self._receiving or self._transport.is_closing()):
            self._say("421 4.3.2 The server is closing")
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _advance(self) -> None:
        """Do all that has come, and answer in one write."""
        while not self._waiting and not self._transport.is_closing():
            if not (self._end_message() if self._receiving else self._next_line()):
                break
        self._flush()
        if self._leaving:
            self.leave()

    def _next_line(self) -> bool:
        end = self._buffer.find(b"\n")
        limit = AUTH_LIMIT if self._expect else COMMAND_LIMIT
        if end < 0:
            if len(self._buffer) > AUTH_LIMIT:
                self._hang_up("500 5.5.2 The line is too long")
            return False
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            self._hang_up("521 5.5.2 Lines end with CRLF and hold no bare CR, LF or NUL")
            return False
        if len(line) > limit and line[:5].upper() != b"AUTH ":
            self._wrong("500 5.5.2 The line is too long")
            return True
        text = line[:-2].decode("utf-8", "replace")
        if self._expect is not None:
            take, self._expect = self._expect, None
            take(text)
        else:
            self._command(text)
        return True

    def _command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        act = self._verbs.get(verb.upper())
        if act is None:
            self._wrong("500 5.5.1 Unknown command")
        else:
            act(self, rest)

    def _ehlo(self, rest: str) -> None:
        if not rest.strip():
            self._wrong("501 5.5.4 EHLO names the client")
            return
        self._reset()
        self._greeted = True
        lines = ["twin.example", "PIPELINING", f"SIZE {MESSAGE_LIMIT}", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self._house.starttls and not self._encrypted:
            lines.append("STARTTLS")
        if self._encrypted or not self._house.needs_tls:
            lines.append("AUTH PLAIN LOGIN")
        for line in lines[:-1]:
            self._say(f"250-{line}")
        self._say(f"250 {lines[-1]}")

    def _helo(self, rest: str) -> None:
        self._reset()
        self._greeted = True
        self._say("250 twin.example")

    def _starttls(self, rest: str) -> None:
        if self._house.starttls is None or self._encrypted:
            self._wrong("503 5.5.1 TLS cannot begin now")
        elif rest:
            self._wrong("501 5.5.4 STARTTLS takes nothing after it")
        elif self._buffer:
            self._hang_up("554 5.5.1 Commands came in clear after STARTTLS")
        else:
            # No read before TLS is in place, or its first bytes would be taken for commands.
            self._transport.pause_reading()
            self._waiting = True
            self._say("220 2.0.0 Ready for TLS")
            self._flush()
            task = asyncio.create_task(self._begin_tls(self._house.starttls))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _begin_tls(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self._transport, self, context, server_side=True)
        except (ssl.SSLError, OSError):
            self._transport.abort()
            return
        if transport is None:
            self._house.exit(self)
            return
        self._transport = transport
        self._encrypted, self._greeted, self._user, self._waiting = True, False, "", False
        self._reset()
        self._advance()

    def _auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if self._house.needs_tls and not self._encrypted:
            self._say("538 5.7.11 Encryption is needed for this log-in")
        elif self._user or self._sender is not None:
            self._wrong("503 5.5.1 A log-in comes once, before mail")
        elif mechanism.upper() == "PLAIN":
            self._ask("334 ", self._plain, initial)
        elif mechanism.upper() == "LOGIN":
            self._ask("334 VXNlcm5hbWU6", self._login_name, initial)
        else:
            self._say("504 5.5.4 The mechanisms are PLAIN and LOGIN")

    def _ask(self, prompt: str, take: Callable[[str], None], initial: str = "") -> None:
        if initial:
            take("" if initial == "=" else initial)
        else:
            self._say(prompt)
            self._expect = take

    def _plain(self, line: str) -> None:
        identity = _unbase64(line)
        parts = identity.split("\0") if identity is not None else []
        if len(parts) != 3:
            self._say("501 5.5.2 The log-in cannot be read")
        else:
            self._prove(parts[1], parts[2])

    def _login_name(self, line: str) -> None:
        name = _unbase64(line)
        if name is None:
            self._say("501 5.5.2 The log-in cannot be read")
        else:
            self._ask("334 UGFzc3dvcmQ6", lambda word: self._prove(name, _unbase64(word) or ""))

    def _prove(self, username: str, password: str) -> None:
        right = hmac.compare_digest(username.encode(), self._house.username.encode())
        right &= hmac.compare_digest(password.encode(), self._house.password.encode())
        if right:
            self._user = username
            self._say("235 2.7.0 Welcome")
        else:
            self._errors += 5
            self._wrong("535 5.7.8 User name or password is wrong")

    def _mail(self, rest: str) -> None:
        path = _path(rest, "FROM:")
        if not self._greeted:
            self._wrong("503 5.5.1 EHLO comes first")
        elif self._house.needs_tls and not self._encrypted:
            self._say("530 5.7.0 STARTTLS comes first")
        elif not self._user:
            self._say("530 5.7.0 Log in first")
        elif self._sender is not None:
            self._wrong("503 5.5.1 A transaction is under way")
        elif self._taken >= MOST_MESSAGES:
            self._hang_up(f"421 4.7.0 No more than {MOST_MESSAGES} messages over one connection")
        elif path is None:
            self._wrong("501 5.5.4 MAIL FROM:<address> is expected")
        elif refusal := _parameters(path[1]):
            self._say(refusal)
        else:
            verdict = self._house.desk.sender(path[0])
            if verdict.reply and verdict.reply.startswith("250"):
                self._sender = path[0]
            self._give(verdict)

    def _rcpt(self, rest: str) -> None:
        path = _path(rest, "TO:")
        if self._sender is None:
            self._wrong("503 5.5.1 MAIL comes first")
        elif path is None or not path[0] or path[1]:
            self._wrong("501 5.5.4 RCPT TO:<address> is expected")
        elif len(self._recipients) >= MOST_RECIPIENTS:
            self._say("452 4.5.3 Too many recipients")
        else:
            verdict = self._house.desk.recipient(path[0])
            if verdict.reply and verdict.reply.startswith("250"):
                self._recipients.append(path[0])
            self._give(verdict)

    def _data(self, rest: str) -> None:
        if self._sender is None:
            self._wrong("503 5.5.1 MAIL comes first")
        elif not self._recipients:
            self._say("554 5.5.1 No valid recipients")
        else:
            self._receiving, self._scanned = True, 0
            self._say("354 End with CRLF, a dot, CRLF")

    def _end_message(self) -> bool:
        """Whether a whole message has come, and was dealt with."""
        if self._buffer.startswith(b".\r\n"):
            raw, end = b"", 3
        else:
            found = self._buffer.find(b"\r\n.\r\n", max(0, self._scanned - 4))
            self._scanned = len(self._buffer)
            if found < 0:
                if self._scanned > 2 * MESSAGE_LIMIT:
                    self._hang_up("552 5.3.4 The message is far too large")
                return False
            raw, end = bytes(self._buffer[: found + 2]), found + 5
        del self._buffer[:end]
        recipients = self._recipients
        self._receiving = False
        self._reset()
        if raw.startswith(b"."):
            raw = raw[1:]
        raw = raw.replace(b"\r\n.", b"\r\n")
        if len(raw) > MESSAGE_LIMIT:
            self._say("552 5.3.4 The message is larger than SIZE allows")
        else:
            self._taken += 1
            self._give(self._house.desk.message(recipients, raw))
        return True

    def _rset(self, rest: str) -> None:
        self._reset()
        self._say("250 2.0.0 Forgotten")

    def _noop(self, rest: str) -> None:
        self._say("250 2.0.0 Nothing done")

    def _vrfy(self, rest: str) -> None:
        self._say("252 2.5.0 Send some mail and see")

    def _quit(self, rest: str) -> None:
        self._hang_up("221 2.0.0 Goodbye")

    _verbs: ClassVar[Mapping[str, Callable[["Session", str], None]]] = {
        "EHLO": _ehlo,
        "HELO": _helo,
        "STARTTLS": _starttls,
        "AUTH": _auth,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "RSET": _rset,
        "NOOP": _noop,
        "VRFY": _vrfy,
        "QUIT": _quit,
    }

    def _give(self, verdict: Verdict) -> None:
        if verdict.reply is None:
            self._flush()
            self._transport.abort()
        elif verdict.after_s:
            self._waiting = True
            self._flush()
            asyncio.get_running_loop().call_later(verdict.after_s, self._give_late, verdict.reply)
        else:
            self._say(verdict.reply)

    def _give_late(self, reply: str) -> None:
        self._waiting = False
        self._say(reply)
        self._advance()

    def _wrong(self, reply: str) -> None:
        self._errors += 1
        if self._errors >= MOST_ERRORS:
            self._hang_up("421 4.7.0 Too many errors")
        else:
            self._say(reply)

    def _hang_up(self, reply: str) -> None:
        self._say(reply)
        self._flush()
        self._transport.close()

    def _say(self, line: str) -> None:
        self._answers.append(line)

    def _flush(self) -> None:
        if self._answers and not self._transport.is_closing():
            self._transport.write("".join([f"{line}\r\n" for line in self._answers]).encode())
        self._answers = []

    def _reset(self) -> None:
        self._sender = None
        self._recipients = []


def _path(rest: str, keyword: str) -> tuple[str, list[str]] | None:
    """The address of `FROM:<address> PARAMETERS`, and the parameters; None where it is not of that form."""
    if not rest.upper().startswith(keyword):
        return None
    found = _PATH.fullmatch(rest[len(keyword) :].strip())
    return (found[1], found[2].split()) if found and len(found[1]) <= 254 else None


def _parameters(parameters: list[str]) -> str:
    """Why MAIL's parameters cannot be met, as a reply; or nothing."""
    for parameter in parameters:
        name, _, value = parameter.upper().partition("=")
        if name == "SIZE" and value.isascii() and value.isdigit():
            if int(value[:12]) > MESSAGE_LIMIT:
                return "552 5.3.4 The message is larger than SIZE allows"
        elif not (name == "BODY" and value in {"7BIT", "8BITMIME"}):
            return f"555 5.5.4 Unknown parameter {name[:32]}"
    return ""


def _unbase64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
