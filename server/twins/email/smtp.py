"""A submission server: takes mail over TLS from who can log in, and treats each mailbox as its fate has it."""

import asyncio
import contextlib
import itertools
import secrets
import ssl
import time
from collections.abc import Mapping
from typing import ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.twins import base
from server.twins.email import mailbox, smtp_session

Verdict = smtp_session.Verdict
Word = base.Word

DOMAIN = "sandbox.example"
PATIENCE_S = 5.0  #: for what is in flight when the server stops

#: What a mailbox says at RCPT, always or the first time; all other words are taken.
_ALWAYS = {
    Word.DEAD: "550 5.1.1 There is no such mailbox",
    Word.BLOCKED: "550 5.2.1 The mailbox takes no mail from you",
}
_AT_FIRST = {
    Word.THROTTLED: "451 4.7.1 Greylisted, try again later",
    Word.DOWN: "451 4.3.2 The system takes no messages now",
}


class Smtp(base.Twin):
    """The submission server's stand-in. It sends no receipts, so that what comes after the 250 stays unknown."""

    key: ClassVar[str] = "email/smtp"
    channel: ClassVar[str] = "email"
    title: ClassVar[str] = "Mail server"

    def __init__(self, yard: base.Yard, *, security: str = "smtps") -> None:
        """`security` is the endpoint's scheme: smtps, smtp+starttls, or smtp for no TLS at all."""
        super().__init__(yard)
        self._security = security
        self._server: asyncio.Server | None = None
        self._house: smtp_session.House | None = None
        self._queue = itertools.count(time.time_ns() // 1_000_000)

    @classmethod
    def invent(cls) -> dict[str, str]:
        """A user, a password, and a key to sign mail of the sandbox's domain."""
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "username": "sandbox",
            "password": secrets.token_urlsafe(18),
            "domain": DOMAIN,
            "dkim_selector": "twin",
            "dkim_key": pem.decode(),
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        """The form as an operator would fill it in to use this twin."""
        domain = credentials["domain"]
        return {
            "endpoint": "twin",
            "from_address": f"news@{domain}",
            "from_name": "Sandbox News",
            "return_path": f"bounces@{domain}",
            "username": credentials["username"],
            "dkim_domain": domain,
            "dkim_selector": credentials["dkim_selector"],
        }, {"password": credentials["password"], "dkim_key": credentials["dkim_key"]}

    async def start(self, host: str, port: int, tls: base.Tls) -> str:
        """Listen. Returns `smtps://host:port`, or the scheme of another security."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        implicit = self._security == "smtps"
        house = smtp_session.House(
            desk=self,
            username=self.credentials["username"],
            password=self.credentials["password"],
            starttls=context if self._security == "smtp+starttls" else None,
            needs_tls=self._security != "smtp",
        )
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: smtp_session.Session(house, encrypted=implicit),
            host,
            port,
            ssl=context if implicit else None,
            backlog=1024,
        )
        self._house = house
        return f"{self._security}://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening; what is in flight is answered first, for five seconds at most."""
        if self._server is None or self._house is None:
            return
        self._house.closing.set()
        self._server.close()
        for session in list(self._house.present):
            session.leave()
        if self._house.present:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._house.empty.wait(), PATIENCE_S)
        for session in list(self._house.present):
            session.abort()
        await self._server.wait_closed()
        self._server = self._house = None

    def sender(self, address: str) -> Verdict:
        """Only the sandbox's own domain may send."""
        if address.rpartition("@")[2].lower() != self.credentials["domain"]:
            return Verdict(reply="553 5.7.1 You may not send as this address")
        return Verdict(reply="250 2.1.0 Sender accepted")

    def recipient(self, address: str) -> Verdict:
        """Refuse at once whom fate refuses, and keep that in the inbox."""
        word = self.yard.population.fate(self.channel, address).word
        refusal = _ALWAYS.get(word)
        if refusal is None and word in _AT_FIRST and self.yard.inbox.attempts(self.channel, address) == 0:
            refusal = _AT_FIRST[word]
        if refusal is None:
            return Verdict(reply="250 2.1.5 Recipient accepted")
        self._keep_refusal(address, refusal)
        return Verdict(reply=refusal)

    def message(self, recipients: list[str], raw: bytes) -> Verdict:
        """Take a message for all its recipients, and answer as the worst of their fates has it."""
        if fault := mailbox.fault(raw):
            refusal = f"554 5.6.0 The message has {fault}"
            for recipient in recipients:
                self._keep_refusal(recipient, refusal)
            return Verdict(reply=refusal)
        words = {
            recipient: self.yard.population.fate(self.channel, recipient).word for recipient in recipients
        }
        refused = Word.REFUSED in words.values()
        queued = f"{next(self._queue):X}"
        for recipient, word in words.items():
            self._keep(recipient, raw, queued, Word.REFUSED if refused else word)
        if refused:
            return Verdict(reply="554 5.6.0 The content was refused")
        if Word.CUT in words.values():
            return Verdict(reply=None)
        slow = Word.SLOW in words.values()
        return Verdict(reply=f"250 2.0.0 Ok: queued as {queued}", after_s=2.0 if slow else 0.0)

    @classmethod
    def opened(cls, raw: bytes) -> base.Opened:
        return mailbox.read(raw).opened()

    def _keep(self, recipient: str, raw: bytes, queued: str, word: Word) -> None:
        taken = word is not Word.REFUSED
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=recipient,
                ref=mailbox.message_id(raw).partition("@")[0],
                provider_ref=queued if taken else "",
                outcome=word,
                taken=taken,
                raw=raw,
            )
        )

    def _keep_refusal(self, recipient: str, refusal: str) -> None:
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=recipient,
                ref="",
                provider_ref="",
                outcome=refusal,
                taken=False,
            )
        )
