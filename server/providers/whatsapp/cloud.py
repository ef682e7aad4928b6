"""WhatsApp Business Cloud API: template messages by Graph calls, news by signed webhooks."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from server.channels import whatsapp
from server.providers import atlas, base, errors, transport
from server.providers.whatsapp import webhooks
from server.wire import providers as wire

TABLE = "whatsapp_errors"
VERSION = re.compile(r"v\d{1,3}\.\d")
DIGITS = re.compile(r"\d{5,20}")
#: Words of `message_status` that mean more than taken.
HELD = {
    "held_for_quality_assessment": "held while WhatsApp assesses the template's quality",
    "paused": "held: the template is paused",
}
#: Kind of a button to its parameter's type, and the field that holds the value.
BUTTONS = {
    "url": ("text", "text"),
    "quick_reply": ("payload", "payload"),
    "copy_code": ("coupon_code", "coupon_code"),
}
#: What Graph files under a broad code with a subcode, and the atlas by its own.
SUBCODES = {(100, 33): "33"}
MOST_MINUTES = 7 * 24 * 60  #: more than that is no wait anybody means
SHOWN = 5  #: templates a check names

_Found = TypeVar("_Found")


class Settings(base.Settings, frozen=True, kw_only=True):
    """One sender number of a WhatsApp Business Account."""

    phone_number_id: Annotated[
        str,
        msgspec.Meta(
            title="Phone number ID",
            description="The ID of the sender number in WhatsApp Manager, not the number itself.",
            examples=["106540352242922"],
        ),
    ]
    waba_id: Annotated[
        str,
        msgspec.Meta(
            title="Business account ID",
            description="The ID of the WhatsApp Business Account that holds the templates.",
            examples=["102290129340398"],
        ),
    ]
    token: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Access token",
            description="A system user's token with whatsapp_business_messaging and _management.",
        ),
    ]
    app_secret: Annotated[
        base.Secret,
        msgspec.Meta(
            title="App secret", description="From the app's basic settings; webhooks are signed with it."
        ),
    ]
    verify_token: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Verify token", description="The text you also give to Meta when you set up the webhook."
        ),
    ]
    version: Annotated[
        str,
        msgspec.Meta(
            title="Graph version",
            description="Meta keeps a version for about two years.",
            examples=["v23.0"],
        ),
    ] = "v23.0"


class _Message(msgspec.Struct):
    id: str
    message_status: str = ""


class _Taken(msgspec.Struct):
    """A successful answer, as far as it is read."""

    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]


class _ErrorData(msgspec.Struct):
    details: str = ""


class _Error(msgspec.Struct):
    code: int
    error_subcode: int = 0
    message: str = ""
    error_data: _ErrorData | str | None = None


class _Refused(msgspec.Struct):
    """A Graph error, as far as it is read."""

    error: _Error


class _Usage(msgspec.Struct):
    """One limit of the business account, as far as it is read."""

    estimated_time_to_regain_access: float = 0.0  #: minutes; 0 while it is not used up


class _Number(msgspec.Struct):
    """The sender number, as far as a check reads it."""

    display_phone_number: str
    verified_name: str = ""
    quality_rating: str = ""


class _Template(msgspec.Struct):
    name: str
    status: str = ""


class _Templates(msgspec.Struct):
    data: list[_Template]


_taken = msgspec.json.Decoder(_Taken)
_refused = msgspec.json.Decoder(_Refused)
_usage = msgspec.json.Decoder(dict[str, list[_Usage]])


class Cloud(base.Provider):
    """One sender number at the Cloud API."""

    key: ClassVar[str] = "whatsapp/cloud"
    channel: ClassVar[str] = "whatsapp"
    title: ClassVar[str] = "WhatsApp Cloud API"
    about: ClassVar[str] = "Approved template messages over Meta's Graph API, with read receipts."
    settings_type: ClassVar[type[base.Settings]] = Settings
    default_endpoint: ClassVar[str] = "https://graph.facebook.com"
    pooled: ClassVar[bool] = True
    doubt_rule: ClassVar[str] = (
        "Meta cannot be asked about a message whose answer was lost. Its status webhooks carry our reference and settle"
        " the doubt when they come, mostly within minutes; otherwise a person decides."
    )

    settings: Settings

    def __init__(self, settings: Settings, context: base.Context) -> None:
        super().__init__(settings, context)
        _check_settings(settings)
        self._root = f"{context.endpoint.rstrip('/')}/{settings.version}"
        self._url = f"{self._root}/{settings.phone_number_id}/messages"
        self._headers = {
            "authorization": f"Bearer {settings.token.reveal()}",
            "content-type": "application/json",
        }
        self._door = webhooks.Door(
            app_secret=settings.app_secret.reveal().encode(),
            verify_token=settings.verify_token.reveal().encode(),
        )
        self._transport = transport.Transport(
            ca_pem=context.ca_pem, connections=context.connections, timeout_s=context.timeout_s
        )

    async def close(self) -> None:
        await self._transport.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Post one template message; our reference travels as biz_opaque_callback_data."""
        content = message.content
        if not isinstance(content, whatsapp.WhatsAppContent):
            raise errors.PermanentContent("content", "This is not a WhatsApp content")
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to,
            "type": "template",
            "template": template(content),
            "biz_opaque_callback_data": message.ref,
        }
        encoded = msgspec.json.encode(body)
        url = f"{self._root}/{message.origin}/messages" if message.origin else self._url
        reply = await self._transport.request("POST", url, headers=self._headers, body=encoded)
        if reply.status == 200:
            return _accepted(reply)
        raise self._error(reply)

    def _error(self, reply: transport.Reply) -> errors.SendError:
        wait = _told(reply.headers, self.context.clock())
        try:
            told = _refused.decode(reply.body).error
        except transport.UNREADABLE:
            return atlas.stranger(TABLE, self.title, reply.status, retry_after_s=wait)
        code, text = SUBCODES.get((told.code, told.error_subcode), str(told.code)), told.message
        details = told.error_data.details if isinstance(told.error_data, _ErrorData) else told.error_data
        if details:
            text = f"{text}: {details}"
        return atlas.error(TABLE, code, text=text, status=reply.status, retry_after_s=wait)

    @classmethod
    def origin_fault(cls, origin: str) -> str:
        """A pool holds IDs of phone numbers of the same business account."""
        return "" if origin.isascii() and origin.isdigit() else f"{origin!r} is not the ID of a phone number."

    async def receipts(self, posted: base.Posted) -> base.Answer:
        """Answer the set-up challenge (GET), or read a signed post of many changes."""
        return self._door.read(posted)

    async def check(self) -> list[wire.CheckRow]:
        """Read the sender number and the list of templates; nobody is sent anything."""
        number = f"/{self.settings.phone_number_id}?fields=display_phone_number,verified_name,quality_rating"
        templates = f"/{self.settings.waba_id}/message_templates?fields=name,language,status&limit=100"
        return [
            await self._look("Sender number", number, _Number, _number_row),
            await self._look("Templates", templates, _Templates, _templates_row),
        ]

    async def _look(
        self, what: str, path: str, kind: type[_Found], row: Callable[[str, _Found], wire.CheckRow]
    ) -> wire.CheckRow:
        try:
            reply = await self._transport.request("GET", self._root + path, headers=self._headers)
            if reply.status != 200:
                raise self._error(reply)
            return row(what, msgspec.json.decode(reply.body, type=kind))
        except errors.SendError as error:
            entry = atlas.entry(TABLE, error.code)
            remedy = entry.remedy if entry is not None else "Check the endpoint, the IDs and the token"
            message = f"{error.text or error.code} ({error.code})."
            return wire.CheckRow(what=what, good=False, message=message, remedy=f"{remedy}.")
        except transport.UNREADABLE:
            message, remedy = "The answer is not the Graph API's.", "Check the account's endpoint."
            return wire.CheckRow(what=what, good=False, message=message, remedy=remedy)


def template(content: whatsapp.WhatsAppContent) -> dict[str, Any]:
    """The template object of a message."""
    made: dict[str, Any] = {
        "name": content.template,
        "language": {"policy": "deterministic", "code": content.language},
    }
    components = [*_header(content.header), *_body(content.body), *map(_button, content.buttons)]
    if components:
        made["components"] = components
    return made


def _header(header: whatsapp.Header) -> list[dict[str, Any]]:
    if header.kind == "none":
        return []
    if header.kind == "text":
        return [{"type": "header", "parameters": [_text(header.name, header.text)]}]
    media = {"link": header.link}
    if header.kind == "document" and header.filename:
        media["filename"] = header.filename
    return [{"type": "header", "parameters": [{"type": header.kind, header.kind: media}]}]


def _body(body: list[whatsapp.Parameter]) -> list[dict[str, Any]]:
    return [{"type": "body", "parameters": [_text(item.name, item.text) for item in body]}] if body else []


def _text(name: str, text: str) -> dict[str, str]:
    if name:
        return {"type": "text", "parameter_name": name, "text": text}
    return {"type": "text", "text": text}


def _button(button: whatsapp.Button) -> dict[str, Any]:
    kind, field = BUTTONS[button.kind]
    return {
        "type": "button",
        "sub_type": button.kind,
        "index": str(button.index),
        "parameters": [{"type": kind, field: button.value}],
    }


def _accepted(reply: transport.Reply) -> base.Accepted:
    try:
        taken = _taken.decode(reply.body).messages[0]
    except transport.UNREADABLE:
        raise atlas.on_the_way("unreadable-success", status=reply.status) from None
    detail = HELD.get(taken.message_status, "")
    return base.Accepted(provider_ref=taken.id, status=reply.status, detail=detail)


def _told(headers: Mapping[str, str], now: float) -> float | None:
    """How long Meta asks us to wait, seconds: by Retry-After, or by the minutes until a used-up limit is regained."""
    told = atlas.retry_after(headers.get("retry-after"), now)
    if told is not None:
        return told
    try:
        usage = _usage.decode(headers.get("x-business-use-case-usage", "{}"))
    except transport.UNREADABLE:
        return None
    minutes = max((one.estimated_time_to_regain_access for some in usage.values() for one in some), default=0)
    return minutes * 60.0 if 0 < minutes <= MOST_MINUTES else None


def _number_row(what: str, number: _Number) -> wire.CheckRow:
    name = f" ({number.verified_name})" if number.verified_name else ""
    quality = number.quality_rating.lower() or "unknown"
    message = f"Messages leave from {number.display_phone_number}{name}; quality {quality}."
    return wire.CheckRow(what=what, good=True, message=message)


def _templates_row(what: str, templates: _Templates) -> wire.CheckRow:
    approved = sorted({item.name for item in templates.data if item.status == "APPROVED"})
    if not approved:
        message, remedy = "No template is approved yet.", "Have one approved in WhatsApp Manager."
        return wire.CheckRow(what=what, good=False, message=message, remedy=remedy)
    shown = ", ".join(approved[:SHOWN]) + (" ..." if len(approved) > SHOWN else "")
    return wire.CheckRow(what=what, good=True, message=f"Approved: {shown}.")


def _check_settings(settings: Settings) -> None:
    for place, value in (("phone_number_id", settings.phone_number_id), ("waba_id", settings.waba_id)):
        if not DIGITS.fullmatch(value):
            remedy = "Copy the ID from WhatsApp Manager: digits only, without a plus"
            raise errors.BadSettings(place, f"{value[:40]!r} is not an ID of WhatsApp", remedy)
    if not VERSION.fullmatch(settings.version):
        message = f"{settings.version[:40]!r} is not a version of the Graph API"
        raise errors.BadSettings("version", message, "Write it like v23.0")
    for place, secret in (
        ("token", settings.token),
        ("app_secret", settings.app_secret),
        ("verify_token", settings.verify_token),
    ):
        value = secret.reveal()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            message = f"The {place.replace('_', ' ')} is empty, or holds spaces or characters it cannot have"
            raise errors.BadSettings(place, message, "Copy it again, whole and alone")
