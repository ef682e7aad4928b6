"""Read what WhatsApp posts to a receipts door: statuses, replies, opt-outs, and news of the account."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator

import msgspec

from server.channels import words
from server.providers import base, errors, transport

STATUSES = {
    "sent": base.ReceiptKind.ACCEPTED,
    "delivered": base.ReceiptKind.DELIVERED,
    "read": base.ReceiptKind.SEEN,
    "played": base.ReceiptKind.SEEN,
    "failed": base.ReceiptKind.FAILED,
}
#: What a person does in the chat; `system`, `unsupported` and whatever is new stay UNKNOWN.
REPLIES = frozenset(
    {
        "text", "button", "interactive", "image", "video", "audio", "document", "sticker", "location",
        "contacts", "reaction", "order",
    }
)  # fmt: skip
PREFERENCES = {
    "stop": base.ReceiptKind.UNSUBSCRIBED
}  #: `resume` takes nothing away: a person lifts a suppression
#: Failures that are about the person, not about this message: not on WhatsApp; stopped our marketing.
SUPPRESS = frozenset({"131026", "131050"})
TEXT_LIMIT = 500
CHALLENGE_LIMIT = 256


class _Change(msgspec.Struct):
    value: msgspec.Raw
    field: str = ""


class _Entry(msgspec.Struct):
    changes: list[_Change] = []


class _Post(msgspec.Struct):
    entry: list[_Entry]
    object: str = ""


class _Messages(msgspec.Struct):
    """The value of a change in the field `messages`; its parts are read one by one: none spoils another."""

    statuses: list[msgspec.Raw] = []
    messages: list[msgspec.Raw] = []
    errors: list[msgspec.Raw] = []


class _Details(msgspec.Struct):
    details: str = ""


class _Fault(msgspec.Struct):
    code: int = 0
    title: str = ""
    message: str = ""
    error_data: _Details | None = None


class _Status(msgspec.Struct):
    id: str
    status: str
    timestamp: str | int = ""
    recipient_id: str = ""
    biz_opaque_callback_data: str = ""
    errors: list[_Fault] = []


class _Text(msgspec.Struct):
    body: str = ""


class _Tapped(msgspec.Struct):
    """A template's quick reply (`text`), or a reply in an interactive message (`title`)."""

    text: str = ""
    title: str = ""
    payload: str = ""


class _Interactive(msgspec.Struct):
    button_reply: _Tapped | None = None
    list_reply: _Tapped | None = None


class _Context(msgspec.Struct):
    id: str = ""


class _Incoming(msgspec.Struct):
    id: str
    type: str = ""
    sender: str = msgspec.field(name="from", default="")
    timestamp: str | int = ""
    text: _Text | None = None
    button: _Tapped | None = None
    interactive: _Interactive | None = None
    context: _Context | None = None


class _Preference(msgspec.Struct):
    value: str
    wa_id: str = ""
    detail: str = ""
    timestamp: str | int = ""


class _Preferences(msgspec.Struct):
    user_preferences: list[msgspec.Raw] = []


_post = msgspec.json.Decoder(_Post)
_messages = msgspec.json.Decoder(_Messages)
_status = msgspec.json.Decoder(_Status)
_incoming = msgspec.json.Decoder(_Incoming)
_preferences = msgspec.json.Decoder(_Preferences)
_preference = msgspec.json.Decoder(_Preference)
_fault = msgspec.json.Decoder(_Fault)


class Door:
    """The receiving end of one app's webhook."""

    __slots__ = ("_app_secret", "_verify_token")

    def __init__(self, *, app_secret: bytes, verify_token: bytes) -> None:
        self._app_secret = app_secret
        self._verify_token = verify_token

    def read(self, posted: base.Posted) -> base.Answer:
        """Answer the challenge, or read a signed post. Raises errors.BadSignature or BadReceipt."""
        if posted.method == "GET":
            return self._challenge(posted)
        self._verify(posted)
        try:
            post = _post.decode(posted.body)
        except transport.UNREADABLE:
            raise errors.BadReceipt("The post is signed, but is not a WhatsApp notification") from None
        changes = [change for entry in post.entry for change in entry.changes]
        return base.Answer(receipts=[receipt for change in changes for receipt in _change(change)])

    def _challenge(self, posted: base.Posted) -> base.Answer:
        query = posted.query
        token = query.get("hub.verify_token", "").encode()
        if not hmac.compare_digest(token, self._verify_token):
            raise errors.BadSignature("The verify token is not this account's")
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not (0 < len(challenge) <= CHALLENGE_LIMIT):
            raise errors.BadReceipt("This is not WhatsApp's question for a challenge")
        return base.Answer(body=challenge)

    def _verify(self, posted: base.Posted) -> None:
        expected = "sha256=" + hmac.digest(self._app_secret, posted.body, "sha256").hex()
        told = posted.headers.get("x-hub-signature-256", "")
        if not hmac.compare_digest(told.encode(), expected.encode()):
            raise errors.BadSignature(
                "X-Hub-Signature-256 does not fit the body and this account's app secret"
            )


def _change(change: _Change) -> Iterator[base.Receipt]:
    """The news in one change; what cannot be read is kept as it came."""
    try:
        if change.field == "messages":
            value = _messages.decode(change.value)
            yield from map(_read_status, value.statuses)
            yield from map(_read_incoming, value.messages)
            yield from map(_read_fault, value.errors)
            return
        if change.field == "user_preferences":
            yield from map(_read_preference, _preferences.decode(change.value).user_preferences)
            return
    except transport.UNREADABLE:
        pass
    yield _unknown(change.value, change.field)


def _read_status(raw: msgspec.Raw) -> base.Receipt:
    try:
        status = _status.decode(raw)
    except transport.UNREADABLE:
        return _unknown(raw, "status")
    fault = status.errors[0] if status.errors else None
    code = str(fault.code) if fault is not None else ""
    return base.Receipt(
        event_id=f"{status.id}:{status.status}",
        kind=STATUSES.get(status.status, base.ReceiptKind.UNKNOWN),
        ref=status.biz_opaque_callback_data,
        provider_ref=status.id,
        address=_address(status.recipient_id),
        at=_moment(status.timestamp),
        code=code,
        text=_fault_text(fault) if fault is not None else "",
        suppress=code in SUPPRESS and status.status == "failed",
        raw=bytes(raw),
    )


def _read_incoming(raw: msgspec.Raw) -> base.Receipt:
    """A reply. Only a whole "stop" is an opt-out; `context` names the message it answers, where it does."""
    try:
        incoming = _incoming.decode(raw)
    except transport.UNREADABLE:
        return _unknown(raw, "message")
    said = _said(incoming)
    stop = any(words.stops(text) for text in said)
    kind = base.ReceiptKind.REPLIED if incoming.type in REPLIES else base.ReceiptKind.UNKNOWN
    return base.Receipt(
        event_id=f"{incoming.id}:in",
        kind=base.ReceiptKind.UNSUBSCRIBED if stop else kind,
        provider_ref=incoming.context.id if incoming.context is not None else "",
        address=_address(incoming.sender),
        at=_moment(incoming.timestamp),
        text=next(filter(None, said), incoming.type)[:TEXT_LIMIT],
        suppress=stop,
        raw=bytes(raw),
    )


def _said(incoming: _Incoming) -> list[str]:
    """The words a person wrote or tapped, the visible ones first."""
    if incoming.text is not None:
        return [incoming.text.body]
    tapped = incoming.button
    if tapped is None and incoming.interactive is not None:
        tapped = incoming.interactive.button_reply or incoming.interactive.list_reply
    return [tapped.text or tapped.title, tapped.payload] if tapped is not None else []


def _read_preference(raw: msgspec.Raw) -> base.Receipt:
    try:
        preference = _preference.decode(raw)
    except transport.UNREADABLE:
        return _unknown(raw, "user_preferences")
    kind = PREFERENCES.get(preference.value, base.ReceiptKind.UNKNOWN)
    return base.Receipt(
        event_id=f"{preference.wa_id}:{preference.value}:{preference.timestamp}",
        kind=kind,
        address=_address(preference.wa_id),
        at=_moment(preference.timestamp),
        text=(preference.detail or preference.value)[:TEXT_LIMIT],
        suppress=kind is base.ReceiptKind.UNSUBSCRIBED,
        raw=bytes(raw),
    )


def _read_fault(raw: msgspec.Raw) -> base.Receipt:
    """A fault of the account as a whole, which belongs to no message."""
    try:
        fault = _fault.decode(raw)
    except transport.UNREADABLE:
        return _unknown(raw, "errors")
    return base.Receipt(
        event_id=_made_id(raw),
        kind=base.ReceiptKind.UNKNOWN,
        code=str(fault.code),
        text=_fault_text(fault),
        raw=bytes(raw),
    )


def _unknown(raw: msgspec.Raw, what: str) -> base.Receipt:
    return base.Receipt(
        event_id=_made_id(raw), kind=base.ReceiptKind.UNKNOWN, text=what[:TEXT_LIMIT], raw=bytes(raw)
    )


def _made_id(raw: msgspec.Raw) -> str:
    """An id for news that came without one: equal for equal bytes."""
    return "raw:" + hashlib.blake2b(raw, digest_size=16).hexdigest()


def _fault_text(fault: _Fault) -> str:
    details = fault.error_data.details if fault.error_data is not None else ""
    parts = dict.fromkeys(filter(None, (fault.title, fault.message, details)))
    return ": ".join(parts)[:TEXT_LIMIT]


def _address(wa_id: str) -> str:
    """A phone number in E.164; business-scoped ids are not addresses of ours."""
    return f"+{wa_id}" if wa_id.isascii() and wa_id.isdigit() else ""


def _moment(timestamp: str | int) -> dt.datetime | None:
    """Epoch seconds, which come as text, as a moment."""
    try:
        return dt.datetime.fromtimestamp(int(timestamp), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
