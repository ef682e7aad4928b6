"""Twilio: SMS and MMS by form posts, news by signed callbacks."""

import base64
import re
from typing import Annotated, ClassVar
from urllib.parse import quote, quote_plus

import msgspec

from server.channels import sms
from server.providers import atlas, base, errors, quoting, transport
from server.providers.sms import twilio_check, twilio_lookup, twilio_receipts
from server.wire import providers as wire

TABLE = "twilio_errors"
ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
API_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
OPTED_OUT = "21610"


class Settings(base.Settings, frozen=True, kw_only=True):
    """One Twilio account and the sender its messages leave from."""

    account_sid: Annotated[
        str,
        msgspec.Meta(
            title="Account SID",
            description="From the Twilio console's first page; begins with AC.",
            examples=["AC followed by 32 digits and letters"],
        ),
    ]
    auth_token: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Auth token", description="The primary token; Twilio signs its callbacks with it."
        ),
    ]
    api_key_sid: Annotated[
        str,
        msgspec.Meta(
            title="API key SID",
            description="Sends with an API key in place of the auth token; begins with SK.",
            examples=["SK…"],
        ),
    ] = ""
    api_key_secret: Annotated[
        base.Secret, msgspec.Meta(title="API key secret", description="Goes with the API key SID.")
    ] = base.Secret("")
    sender: Annotated[
        str,
        msgspec.Meta(
            title="Sender",
            description="A number of yours with its plus, a short code, or a name of up to 11 characters.",
            examples=["+15005550006"],
        ),
    ] = ""
    messaging_service_sid: Annotated[
        str,
        msgspec.Meta(
            title="Messaging service SID",
            description="Lets Twilio choose the sender from the service's pool; begins with MG.",
            examples=["MG…"],
        ),
    ] = ""
    webhook_key: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Webhook shared key",
            description="Only if callbacks are signed with a shared key (HMAC-SHA256) in place of the auth token.",
        ),
    ] = base.Secret("")


class _Taken(msgspec.Struct):
    """A successful answer, as far as it is read."""

    sid: str
    status: str = ""


class _Refused(msgspec.Struct):
    """A documented error body, as far as it is read."""

    code: int
    message: str = ""


_taken = msgspec.json.Decoder(_Taken)
_refused = msgspec.json.Decoder(_Refused)


class Twilio(base.Provider):
    """One sender or messaging service of one Twilio account."""

    key: ClassVar[str] = "sms/twilio"
    channel: ClassVar[str] = "sms"
    title: ClassVar[str] = "Twilio"
    about: ClassVar[str] = "SMS and MMS, with delivery receipts and replies."
    settings_type: ClassVar[type[base.Settings]] = Settings
    default_endpoint: ClassVar[str] = twilio_check.DEFAULT_ENDPOINT
    pooled: ClassVar[bool] = True
    doubt_rule: ClassVar[str] = (
        "Twilio is asked for its list of messages to the number. One that matches in time and text settles the doubt"
        " as accepted, a complete list without it as not sent. A status callback with our reference settles it, too."
    )

    settings: Settings

    def __init__(self, settings: Settings, context: base.Context) -> None:
        super().__init__(settings, context)
        _check_settings(settings)
        self._url = f"{context.endpoint.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
        user, password = credentials(settings)
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {
            "authorization": f"Basic {token}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        self._sender = _sender(settings)
        self._callback = _callback(context.receipts_url)
        self._door = twilio_receipts.Door(
            auth_token=settings.auth_token.reveal(), shared_key=settings.webhook_key.reveal()
        )
        self._transport = transport.Transport(
            ca_pem=context.ca_pem, connections=context.connections, timeout_s=context.timeout_s
        )

    async def close(self) -> None:
        await self._transport.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Post one message; our reference travels in the address of its status callback."""
        reply = await self._transport.request(
            "POST", self._url, headers=self._headers, body=self._form(message)
        )
        if reply.status in (200, 201):
            return _accepted(reply)
        raise self._error(reply)

    async def look_up(self, sought: base.Sought) -> base.Found | base.NotFound | base.Unknown:
        """List what Twilio has to the recipient, and match it by time and text."""
        path = f"/2010-04-01/Accounts/{self.settings.account_sid}/Messages.json"
        return await twilio_lookup.look_up(sought, path, self._get)

    async def _get(self, uri: str) -> transport.Reply:
        """One answer of status 200. Raises an errors.SendError."""
        reply = await self._transport.request(
            "GET", self.context.endpoint.rstrip("/") + uri, headers=self._headers
        )
        if reply.status != 200:
            raise self._error(reply)
        return reply

    @classmethod
    def origin_fault(cls, origin: str) -> str:
        """A pool holds what `sender` may be."""
        if sms.sender_kind(origin) is None:
            return f"{origin!r} is neither a number like +15005550006, a short code, nor a name."
        return ""

    async def receipts(self, posted: base.Posted) -> base.Answer:
        """Read a status callback or a reply."""
        return self._door.read(posted)

    async def check(self) -> list[wire.CheckRow]:
        """Fetch the account and look for the sender by Twilio's own client; nobody is sent anything."""
        user, password = credentials(self.settings)
        return await twilio_check.check(
            twilio_check.Asked(
                account_sid=self.settings.account_sid,
                user=user,
                password=password,
                sender=self.settings.sender,
                service=self.settings.messaging_service_sid,
                endpoint=self.context.endpoint.rstrip("/"),
                ca_pem=self.context.ca_pem,
                receipts_url=self.context.receipts_url,
            )
        )

    def _form(self, message: base.Outbound) -> bytes:
        content = message.content
        if not isinstance(content, sms.SmsContent):
            raise errors.PermanentContent("content", "This is not an SMS content")
        sender = f"From={quoting.form(message.origin)}" if message.origin else self._sender
        fields = [f"To={quoting.form(message.to)}", sender]
        try:
            if content.body:
                fields.append(f"Body={quoting.form(content.body)}")
            fields += [f"MediaUrl={quoting.form(url)}" for url in content.media_urls]
        except UnicodeEncodeError as fault:
            raise errors.PermanentContent("encoding", "The text holds half of a character") from fault
        if content.validity_s != sms.VALIDITY_LIMIT_S:
            fields.append(f"ValidityPeriod={content.validity_s}")
        if message.attempt > 1:
            fields.append(f"Attempt={message.attempt}")
        if self._callback:
            fields.append(self._callback + quoting.form(quote(message.ref, safe="")))
        return "&".join(fields).encode()

    def _error(self, reply: transport.Reply) -> errors.SendError:
        wait = atlas.retry_after(reply.headers.get("retry-after"), self.context.clock())
        try:
            told = _refused.decode(reply.body)
        except transport.UNREADABLE:
            return atlas.stranger(TABLE, self.title, reply.status, retry_after_s=wait)
        code = str(told.code)
        return atlas.error(
            TABLE,
            code,
            text=told.message,
            status=reply.status,
            retry_after_s=wait,
            opted_out=code == OPTED_OUT,
        )


def credentials(settings: Settings) -> tuple[str, str]:
    """User and password of the REST calls: the API key where there is one, else the account itself."""
    if settings.api_key_sid:
        return settings.api_key_sid, settings.api_key_secret.reveal()
    return settings.account_sid, settings.auth_token.reveal()


def _sender(settings: Settings) -> str:
    fields = {"From": settings.sender, "MessagingServiceSid": settings.messaging_service_sid}
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items() if value)


def _callback(receipts_url: str) -> str:
    """The form field of the status callback up to our reference, escaped once for the form; empty without a door."""
    if not receipts_url:
        return ""
    joint = "&" if "?" in receipts_url else "?"
    return "StatusCallback=" + quote_plus(f"{receipts_url}{joint}{twilio_receipts.REF}=")


def _accepted(reply: transport.Reply) -> base.Accepted:
    try:
        taken = _taken.decode(reply.body)
    except transport.UNREADABLE:
        raise atlas.on_the_way("unreadable-success", status=reply.status) from None
    return base.Accepted(provider_ref=taken.sid, status=reply.status, detail=taken.status[:200])


def _check_settings(settings: Settings) -> None:
    _like("account_sid", settings.account_sid, ACCOUNT, "AC")
    if settings.api_key_sid or settings.api_key_secret:
        _like("api_key_sid", settings.api_key_sid, API_KEY, "SK")
        if not settings.api_key_secret:
            raise errors.BadSettings("api_key_secret", "The API key has no secret", "Paste the key's secret")
    if settings.messaging_service_sid:
        _like("messaging_service_sid", settings.messaging_service_sid, SERVICE, "MG")
    elif not settings.sender:
        remedy = "Give a sender, or a messaging service that chooses one"
        raise errors.BadSettings("sender", "Nothing says whom messages come from", remedy)
    if settings.sender and sms.sender_kind(settings.sender) is None:
        remedy = "Give a number like +15005550006, a short code, or a name of 1 to 11 letters and digits"
        raise errors.BadSettings("sender", f"{settings.sender[:40]!r} cannot be a sender", remedy)


def _like(place: str, value: str, form: re.Pattern[str], prefix: str) -> None:
    if not form.fullmatch(value):
        message = f"This SID is not {prefix} followed by 32 hexadecimal digits"
        raise errors.BadSettings(place, message, "Copy it from the Twilio console")
