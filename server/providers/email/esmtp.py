"""Hand mail to a submission server: pipelined ESMTP, with TLS that cannot be talked out of or talked into."""

import asyncio
import base64
import enum
import ipaddress
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from server.providers.email import smtp_wire

T = TypeVar("T")

#: What OpenSSL calls a certificate that is not valid yet, and one that is no longer: the far side's, and it passes.
_OUT_OF_TIME = {9: "tls-early", 10: "tls-expired"}

CLOSING = 421  #: whatever it answers, the server ends the session
SLICE = 256 * 1024  #: bytes of a message written before waiting for the far side to take them


class Security(enum.StrEnum):
    """When TLS begins."""

    IMPLICIT = "smtps"  #: with the first byte
    STARTTLS = "smtp+starttls"  #: after the server's first words, or not at all
    NONE = "smtp"  #: never; loopback and private networks only


class Stage(enum.StrEnum):
    """Which command a reply answers."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    RSET = "rset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server listens, and how it is spoken to."""

    host: str
    port: int
    security: Security


class Held(Exception):
    """The message was held back at the last moment; the session is at an end."""


class Refused(Exception):
    """The server said no. The session is still usable unless the code is 421."""

    def __init__(self, stage: Stage, reply: smtp_wire.Reply) -> None:
        super().__init__(f"{stage}: {reply.code} {reply.enhanced} {reply.text}")
        self.stage = stage
        self.reply = reply


class Untrusted(Exception):
    """What the server offers must not be used: our set-up, or somebody in between."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Session:
    """One connection, ready to take mail."""

    def __init__(self, wire: smtp_wire.Wire, place: Place, *, hello: str, patience_s: float) -> None:
        self._wire = wire
        self._place = place
        self._hello = hello
        self._patience_s = patience_s
        self.keywords: dict[str, str] = {}  #: EHLO keyword, in capitals, to its parameters
        self.taken = 0  #: messages the server took over this connection
        self.dotted = False  #: whether the final dot of the newest message was written

    @classmethod
    async def connect(
        cls, place: Place, *, context: ssl.SSLContext, hello: str = "localhost", patience_s: float = 30.0
    ) -> "Session":
        """Connect, read the greeting, say EHLO and begin TLS as the place asks; no credentials are sent yet.

        Raises Refused, smtp_wire.Broken (always sure) or Untrusted.
        """
        wire = await _patiently(_dial(place, context), patience_s)
        session = cls(wire, place, hello=hello, patience_s=patience_s)
        try:
            await _patiently(session._open(context), patience_s)
        except BaseException:
            session.abort()
            raise
        return session

    @property
    def usable(self) -> bool:
        """Whether the connection stands and the server has said nothing unasked (as 421 before it closes)."""
        return not self._wire.closed and self._wire.silent

    @property
    def tls(self) -> str:
        """The TLS version in use, or empty."""
        tls = self._wire.transport.get_extra_info("ssl_object")
        return str(tls.version()) if tls is not None else ""

    @property
    def size_limit(self) -> int:
        """Bytes the server says it takes; 0 where it does not say."""
        size = self.keywords.get("SIZE", "")
        return int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0

    async def log_in(self, username: str, password: str) -> None:
        """Prove who we are by PLAIN, else LOGIN. Raises Refused, smtp_wire.Broken or Untrusted."""
        mechanisms = self.keywords.get("AUTH", "").upper().split()
        if "PLAIN" in mechanisms:
            await _patiently(self._plain(username, password), self._patience_s)
        elif "LOGIN" in mechanisms:
            await _patiently(self._login(username, password), self._patience_s)
        else:
            offered = ", ".join(mechanisms) or "none"
            raise Untrusted(
                "no-auth", f"The server offers no log-in we know (PLAIN, LOGIN); it offers: {offered}"
            )

    async def try_sender(self, sender: str) -> None:
        """Name the envelope's sender and take it back; nothing is sent. Raises Refused or Broken."""
        await _patiently(self._try_sender(sender), self._patience_s)

    async def send(
        self,
        sender: str,
        recipient: str,
        message: bytes,
        *,
        dotless: bool = False,
        holds: Callable[[], bool] = lambda: True,
    ) -> smtp_wire.Reply:
        """Hand over one message to one recipient; `message` has CRLF line ends. Returns the last reply.

        Raises Refused, the session being ready for the next one; else smtp_wire.Broken, `sure` being False
        when the final dot may have arrived. Addresses must be free of spaces, controls and angle brackets.
        `dotless` says that no line of the message begins with a dot, which spares a walk through all of it. Raises
        Held, and hands nothing over, where `holds` says no once the server waits for the message.
        """
        self.dotted = False
        timer = self._wire.limit(self._patience_s)
        try:
            if not message.isascii() and "8BITMIME" not in self.keywords:
                raise Refused(
                    Stage.MAIL,
                    smtp_wire.Reply(code=554, enhanced="5.6.3", text="The server takes no 8-bit mail"),
                )
            await self._envelope(sender, recipient, len(message))
            if not holds():
                self.abort()
                raise Held
            await self._write(message if dotless else _stuffed(message))
        except smtp_wire.Broken:
            self.abort()
            raise
        finally:
            timer.cancel()
        return await self._last_reply()

    async def quit(self) -> None:
        """Say goodbye and close; a server that does not answer is not waited for."""
        if not self._wire.closed:
            self._wire.transport.write(b"QUIT\r\n")
        self._wire.transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._wire.transport.abort()

    async def _open(self, context: ssl.SSLContext) -> None:
        _expect(Stage.GREETING, await self._wire.reply(), 220)
        await self._ehlo()
        if self._place.security is not Security.STARTTLS:
            return
        if "STARTTLS" not in self.keywords:
            raise Untrusted(
                "no-starttls", "The server offers no STARTTLS, so that mail and password would go in clear"
            )
        _expect(Stage.STARTTLS, await self._ask(b"STARTTLS\r\n"), 220)
        if not self._wire.silent:
            raise Untrusted("injected", "Data came in clear before TLS began; somebody may be in between")
        await self._begin_tls(context)
        self.keywords = {}  # what was said in clear may have been written by anybody
        await self._ehlo()

    async def _begin_tls(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._wire.transport, self._wire, context, server_hostname=self._place.host
            )
        except (ssl.SSLError, ConnectionError) as problem:
            raise _tls_problem(problem) from None
        if transport is None:
            raise smtp_wire.Broken("closed", "The server closed the connection as TLS began")
        self._wire.transport = transport

    async def _ehlo(self) -> None:
        reply = _expect(Stage.EHLO, await self._ask(f"EHLO {self._hello}\r\n".encode()), 250)
        for line in reply.lines[1:]:
            keyword, _, parameters = line.strip().partition(" ")
            # Some servers still write AUTH=PLAIN beside AUTH PLAIN.
            self.keywords.setdefault(keyword.upper(), parameters.strip())

    async def _plain(self, username: str, password: str) -> None:
        token = base64.b64encode(f"\0{username}\0{password}".encode())
        _expect(Stage.AUTH, await self._ask(b"AUTH PLAIN " + token + b"\r\n"), 235)

    async def _login(self, username: str, password: str) -> None:
        _expect(Stage.AUTH, await self._ask(b"AUTH LOGIN\r\n"), 334)
        _expect(Stage.AUTH, await self._ask(base64.b64encode(username.encode()) + b"\r\n"), 334)
        _expect(Stage.AUTH, await self._ask(base64.b64encode(password.encode()) + b"\r\n"), 235)

    async def _try_sender(self, sender: str) -> None:
        _expect(Stage.MAIL, await self._ask(f"MAIL FROM:<{sender}>\r\n".encode()), 250)
        _expect(Stage.RSET, await self._ask(b"RSET\r\n"), 250)

    async def _envelope(self, sender: str, recipient: str, size: int) -> None:
        """Get as far as the server asking for the message."""
        limit = self.size_limit
        if limit and size > limit:
            text = f"The message is {size} bytes and the server takes {limit}"
            raise Refused(Stage.MAIL, smtp_wire.Reply(code=552, enhanced="5.3.4", text=text))
        parameters = f" SIZE={size}" if "SIZE" in self.keywords else ""
        commands = [
            f"MAIL FROM:<{sender}>{parameters}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        if "PIPELINING" in self.keywords:
            self._send(b"".join(commands))
            replies = []
            for _ in commands:
                replies.append(await self._wire.reply())
                if replies[-1].code == CLOSING:
                    break  # it hangs up, and answers no more
        else:
            replies = []
            for command in commands:
                replies.append(await self._ask(command))
                if not replies[-1].good:
                    break
        if self.taken and replies[0].code == CLOSING:
            # It hung up while the connection was at rest, and says so only now.
            raise smtp_wire.Broken("closed", replies[0].text or "The server closed the connection")
        await self._settle(replies)

    async def _settle(self, replies: list[smtp_wire.Reply]) -> None:
        """Go on if all is well; else leave the session clean for the next message, and raise Refused."""
        stages = (Stage.MAIL, Stage.RCPT, Stage.DATA)
        for stage, reply, wanted in zip(stages, replies, (250, 250, 354), strict=False):
            if reply.good and (reply.code == wanted or (wanted == 250 and reply.code in {251, 252})):
                continue
            await self._tidy(stage, wants_data=len(replies) == len(stages) and replies[-1].code == 354)
            raise Refused(stage, reply)

    async def _tidy(self, stage: Stage, *, wants_data: bool) -> None:
        """Make the session ready for the next message after a refusal, or close it."""
        try:
            if not wants_data:
                await self._ask(b"RSET\r\n")
                return
            # It asked for the message though it refused its recipient: an empty one ends that, for nobody.
            # Had it refused the sender alone, that would be mail.
            if stage is Stage.RCPT and not (await self._ask(b".\r\n")).good:
                return
        except smtp_wire.Broken:
            pass  # the refusal is what counts
        self.abort()

    async def _write(self, stuffed: bytes) -> None:
        stuffed += b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        # The last slice holds the dot: a connection that breaks before it is written certainly took nothing.
        at = 0
        while len(stuffed) - at > SLICE:
            self._send(stuffed[at : at + SLICE])
            await self._wire.drained()
            at += SLICE
        self._send(stuffed[at:])
        self.dotted = True

    async def _last_reply(self) -> smtp_wire.Reply:
        timer = self._wire.limit(self._patience_s)
        try:
            reply = await self._wire.reply()
        except smtp_wire.Broken as broken:
            self.abort()
            raise smtp_wire.Broken(
                broken.code, f"{broken.text} after the whole message had left", sure=False
            ) from None
        except BaseException:
            self.abort()
            raise
        finally:
            timer.cancel()
        if reply.good and reply.code == 250:
            self.taken += 1
            return reply
        if reply.code == 421 or reply.good:
            self.abort()
        if reply.good:
            raise smtp_wire.Broken(
                "odd-reply", f"The server answered {reply.code} to a whole message", sure=False
            )
        raise Refused(Stage.DOT, reply)

    async def _ask(self, command: bytes) -> smtp_wire.Reply:
        self._send(command)
        return await self._wire.reply()

    def _send(self, data: bytes) -> None:
        if self._wire.closed:
            raise smtp_wire.Broken("closed", "The server closed the connection")
        self._wire.transport.write(data)


def _stuffed(message: bytes) -> bytes:
    """Double the dots that lines begin with (RFC 5321, section 4.5.2)."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def place(endpoint: str) -> Place:
    """Read `smtps://host[:port]`, `smtp+starttls://host[:port]` or `smtp://host[:port]`.

    Raises ValueError with a clause that says what is wrong.
    """
    scheme, mark, rest = endpoint.strip().partition("://")
    if not mark or scheme.lower() not in {item.value for item in Security}:
        raise ValueError("it does not begin with smtps://, smtp+starttls:// or smtp://")
    security = Security(scheme.lower())
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?", rest)
    if not found:
        raise ValueError("what follows :// is not a host, or a host and a port")
    standard = {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.NONE: 25}[security]
    port = int(found[2] or standard)
    if not 0 < port < 65536:
        raise ValueError("the port is not between 1 and 65535")
    return Place(host=found[1].strip("[]"), port=port, security=security)


async def _dial(place: Place, context: ssl.SSLContext) -> smtp_wire.Wire:
    implicit = place.security is Security.IMPLICIT
    loop = asyncio.get_running_loop()
    try:
        transport, wire = await loop.create_connection(
            smtp_wire.Wire,
            place.host,
            place.port,
            ssl=context if implicit else None,
            server_hostname=place.host if implicit else None,
        )
    except ssl.SSLError as problem:
        raise _tls_problem(problem) from None
    except (ConnectionResetError, ConnectionAbortedError):
        # It stood, so it broke as TLS began.
        raise smtp_wire.Broken("tls", "The server closed the connection as TLS began") from None
    except OSError as problem:
        reason = problem.strerror or "the connection failed"
        raise smtp_wire.Broken(
            "unreachable", f"{place.host}:{place.port} cannot be reached: {reason}"
        ) from None
    if place.security is Security.NONE and not is_near(transport.get_extra_info("peername")):
        transport.abort()
        raise Untrusted(
            "in-clear", f"{place.host} is on the public internet, and mail would reach it in clear"
        )
    return wire


def is_near(peer: tuple[str, int]) -> bool:
    """Whether an address (and port) is on this machine or a private network."""
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    return address.is_loopback or address.is_private or address.is_link_local


def _tls_problem(problem: Exception) -> Untrusted | smtp_wire.Broken:
    if isinstance(problem, ssl.SSLCertVerificationError):
        code = _OUT_OF_TIME.get(problem.verify_code, "certificate")
        return Untrusted(code, f"The server's certificate is not trusted: {problem.verify_message}")
    if isinstance(problem, ssl.SSLError):
        return Untrusted(
            "tls", f"TLS could not begin: {problem.reason or 'the server speaks something else'}"
        )
    return smtp_wire.Broken("closed", "The server closed the connection as TLS began")


def _expect(stage: Stage, reply: smtp_wire.Reply, code: int) -> smtp_wire.Reply:
    if reply.code == code:
        return reply
    if reply.good:
        raise smtp_wire.Broken("odd-reply", f"The server answered {reply.code} where {code} was due")
    raise Refused(stage, reply)


async def _patiently(work: Awaitable[T], patience_s: float) -> T:
    try:
        async with asyncio.timeout(patience_s):
            return await work
    except TimeoutError:
        raise smtp_wire.Broken("timeout", smtp_wire.TOO_LATE) from None
