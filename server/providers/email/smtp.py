"""Mail by any submission server: one transaction a recipient over connections that stay open."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from server.channels import email as channel
from server.providers import atlas, base, errors
from server.providers.email import dkim, esmtp, mime, pool, replies, smtp_check, smtp_wire
from server.wire import providers as wire

#: Submission servers commonly refuse a client that opens more than 10 to 20 at once.
MOST_CONNECTIONS = 16

_QUEUED = re.compile(r"\bqueued as ([A-Za-z0-9._-]{1,64})", re.IGNORECASE)


class SmtpSettings(base.Settings, frozen=True, kw_only=True):
    """A mail server, who logs in, and who the mail is from. The endpoint's scheme says when TLS begins."""

    from_address: Annotated[
        str,
        msgspec.Meta(
            title="From address",
            description="The address people see and answer; the server must let you use it",
            examples=["news@example.com"],
        ),
    ]
    from_name: Annotated[
        str,
        msgspec.Meta(
            title="From name",
            description="The name people see, unless the content has one",
            examples=["Acme News"],
        ),
    ] = ""
    username: Annotated[
        str, msgspec.Meta(title="User name", description="Empty if the server asks for no log-in")
    ] = ""
    password: Annotated[
        base.Secret, msgspec.Meta(title="Password", description="Goes with the user name")
    ] = base.Secret("")
    return_path: Annotated[
        str,
        msgspec.Meta(
            title="Return path",
            description="The address bounces go to; the From address where empty",
            examples=["bounces@example.com"],
        ),
    ] = ""
    dkim_domain: Annotated[
        str,
        msgspec.Meta(
            title="DKIM domain",
            description="The domain that signs; empty if the server signs for you",
            examples=["example.com"],
        ),
    ] = ""
    dkim_selector: Annotated[
        str,
        msgspec.Meta(
            title="DKIM selector",
            description="Names the key in DNS, at selector._domainkey.domain",
            examples=["heliograph"],
        ),
    ] = ""
    dkim_key: Annotated[
        base.Secret,
        msgspec.Meta(
            title="DKIM private key",
            description="PEM text of an RSA or Ed25519 private key without a password",
            examples=["-----BEGIN PRIVATE KEY-----"],
            extra={"multiline": True},
        ),
    ] = base.Secret("")
    messages_per_connection: Annotated[
        int,
        msgspec.Meta(
            title="Messages per connection",
            description="A new connection is made after so many; many servers allow 100",
            ge=1,
            le=100_000,
        ),
    ] = 100


class Smtp(base.Provider):
    """One log-in at one submission server."""

    key = "email/smtp"
    channel = "email"
    title = "SMTP"
    pooled = True
    about = "Email through any mail server that takes submissions; signed with your DKIM key if you give one"
    settings_type = SmtpSettings
    default_endpoint = ""
    doubt_rule = (
        "Between a mail's final dot and the server's reply nobody can tell whether it was taken, and SMTP has no"
        " way to ask. A bounce settles it as far as bounces come in; otherwise look into the mail server's log, and"
        " decide."
    )

    def __init__(self, settings: SmtpSettings, context: base.Context) -> None:
        """Check the settings whole. Raises errors.BadSettings naming the field and the remedy."""
        super().__init__(settings, context)
        self._place = _place(context.endpoint)
        self._tls = _tls(context.ca_pem)
        self.sender = mime.Sender(
            address=_address("from_address", settings.from_address), name=settings.from_name
        )
        self._return_path = _address("return_path", settings.return_path or settings.from_address)
        self._origins: dict[str, mime.Sender] = {}
        self._signer = _signer(settings)
        if bool(settings.username) != bool(settings.password):
            place = "password" if settings.username else "username"
            raise errors.BadSettings(place, "User name and password go together", "Give both, or neither")
        self._pool = pool.Pool(
            self.connect,
            size=min(context.connections, MOST_CONNECTIONS),
            most=settings.messages_per_connection,
            clock=context.clock,
        )

    async def close(self) -> None:
        """Say goodbye on every connection."""
        await self._pool.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Hand over one mail. Raises errors.Doubt only for a break between the final dot and its reply."""
        mail, recipient = self._write(message)
        under_way = UnderWay()
        try:
            async with asyncio.timeout(self.context.timeout_s), self._pool.slot():
                reply = await self._deliver(recipient, mail, under_way)
        except TimeoutError:
            raise under_way.late() from None
        queued = _QUEUED.search(reply.text)
        return base.Accepted(
            provider_ref=queued[1] if queued else f"<{message.ref}@{self.sender.domain}>",
            status=reply.code,
            detail=f"{reply.enhanced} {reply.text}".strip()[:200],
        )

    async def check(self) -> list[wire.CheckRow]:
        """Connect, begin TLS, log in and name the sender; nothing is sent."""
        return await smtp_check.rows(
            self._place, self.connect, sender=self.sender, return_path=self._return_path, signer=self._signer
        )

    async def connect(self) -> esmtp.Session:
        """A new session, logged in. Raises errors.SendError."""
        try:
            session = await esmtp.Session.connect(
                self._place, context=self._tls, patience_s=self.context.timeout_s
            )
        except smtp_wire.Broken as broken:
            raise errors.ProviderDown(broken.code, broken.text) from None
        except (esmtp.Refused, esmtp.Untrusted) as refusal:
            raise _judged(refusal) from None
        try:
            if self.settings.username:
                await session.log_in(self.settings.username, self.settings.password.reveal())
        except smtp_wire.Broken as broken:
            session.abort()
            raise errors.ProviderDown(broken.code, broken.text) from None
        except (esmtp.Refused, esmtp.Untrusted) as refusal:
            session.abort()
            raise _judged(refusal) from None
        return session

    def _write(self, message: base.Outbound) -> tuple[bytes, str]:
        now = self.context.clock()
        try:
            recipient = channel.ascii_address(message.to)
        except ValueError as fault:
            raise errors.PermanentRecipient("5.1.3", f"The address cannot be used: {fault}") from None
        try:
            mail = mime.build(message, self._sender_of(message.origin), at=now)
        except ValueError as fault:
            raise errors.PermanentContent("5.6.0", f"The mail cannot be written: {fault}") from None
        if self._signer is not None:
            mail.headers.insert(0, self._signer.sign(mail, at=now))
        return mail.encode(), recipient

    def _sender_of(self, origin: str) -> mime.Sender:
        """The account's sender, or one of its pool under the same name."""
        if not origin:
            return self.sender
        found = self._origins.get(origin)
        if found is None:
            address = _address("from_address", origin)
            found = self._origins[origin] = mime.Sender(address=address, name=self.settings.from_name)
        return found

    @classmethod
    def origin_fault(cls, origin: str) -> str:
        """A pool holds addresses the server lets us use."""
        return f"{origin!r} cannot be used: {fault}." if (fault := channel.address_fault(origin)) else ""

    async def _deliver(self, recipient: str, mail: bytes, under_way: "UnderWay") -> smtp_wire.Reply:
        under_way.session = await self._pool.rested()
        under_way.began = True
        if under_way.session is not None:
            try:
                return await self._hand_over(under_way.session, recipient, mail)
            except smtp_wire.Broken as broken:
                if not broken.sure:
                    raise _broken(broken) from None
                # It had closed while at rest, as servers do: nothing was taken, and a new one is no retry.
                under_way.session = None
        under_way.session = await self._pool.fresh()
        try:
            return await self._hand_over(under_way.session, recipient, mail)
        except smtp_wire.Broken as broken:
            raise _broken(broken) from None

    async def _hand_over(self, session: esmtp.Session, recipient: str, mail: bytes) -> smtp_wire.Reply:
        try:
            reply = await session.send(
                self._return_path,
                recipient,
                mail,
                dotless=True,  # as mime writes it
                holds=self.context.holds,
            )
        except esmtp.Held:
            raise errors.Lapsed from None
        except esmtp.Refused as refused:
            await self._pool.give_back(session)
            raise replies.error(refused) from None
        except BaseException:
            session.abort()
            raise
        await self._pool.give_back(session)
        return reply


#: How a connection broke to our own word for it, where the mail may have been taken.
_UNSURE = {"timeout": "no-answer", "closed": "cut"}


@dataclass(slots=True)
class UnderWay:
    """How far one mail has come, for the moment its time is up."""

    began: bool = False  #: whether it has had its turn at a connection
    session: esmtp.Session | None = None

    def late(self) -> errors.SendError:
        """What it means that the time is up now."""
        if not self.began:
            return atlas.on_the_way("no-connection")
        if self.session is not None and self.session.dotted:
            return atlas.on_the_way("no-answer")
        return atlas.error(replies.BASIC, "timeout")


def _broken(broken: smtp_wire.Broken) -> errors.SendError:
    """What a broken connection means: the server is in trouble, or nobody knows."""
    if broken.sure:
        return atlas.error(replies.BASIC, broken.code, text=broken.text)
    return errors.Doubt(_UNSURE.get(broken.code, broken.code), broken.text)


def _judged(refusal: esmtp.Refused | esmtp.Untrusted) -> errors.SendError:
    if isinstance(refusal, esmtp.Refused):
        return replies.error(refusal)
    if (
        atlas.entry(atlas.TRANSPORT, refusal.code) is not None
        and atlas.entry(replies.BASIC, refusal.code) is None
    ):
        return atlas.on_the_way(refusal.code, refusal.text)
    return errors.AuthConfig(refusal.code, refusal.text)


def _place(endpoint: str) -> esmtp.Place:
    remedy = "Enter it as smtps://mail.example.com or smtp+starttls://mail.example.com:587"
    if not endpoint:
        raise errors.BadSettings(
            "endpoint", "SMTP has no address of its own: the mail server is missing", remedy
        )
    try:
        return esmtp.place(endpoint)
    except ValueError as fault:
        raise errors.BadSettings(
            "endpoint", f"The mail server's address cannot be used: {fault}", remedy
        ) from None


def _tls(ca_pem: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError):
            raise errors.BadSettings(
                "ca",
                "The authority's certificate cannot be read",
                "Paste the whole PEM text, from BEGIN CERTIFICATE to END CERTIFICATE",
            ) from None
    return context


def _address(place: str, address: str) -> str:
    try:
        return channel.ascii_address(address)
    except ValueError as fault:
        raise errors.BadSettings(
            place, f"The address cannot be used: {fault}", "Enter one address, such as news@example.com"
        ) from None


def _signer(settings: SmtpSettings) -> dkim.Signer | None:
    parts: dict[str, Any] = {
        "dkim_domain": settings.dkim_domain,
        "dkim_selector": settings.dkim_selector,
        "dkim_key": settings.dkim_key,
    }
    if not any(parts.values()):
        return None
    for place, value in parts.items():
        if not value:
            raise errors.BadSettings(
                place, "To sign with DKIM, domain, selector and key are all needed", "Fill it in"
            )
    try:
        return dkim.Signer(
            domain=settings.dkim_domain, selector=settings.dkim_selector, key_pem=settings.dkim_key.reveal()
        )
    except ValueError as fault:
        place = next((name for name, word in _DKIM_PLACES.items() if str(fault).startswith(word)), "dkim_key")
        raise errors.BadSettings(
            place, f"DKIM cannot sign: {fault}", "Correct it, or clear all three fields"
        ) from None


#: Setting to the words its fault begins with.
_DKIM_PLACES = {"dkim_domain": "the domain", "dkim_selector": "the selector"}
