"""Read what Google posts to an RCS account's receipts door: events, replies, and the set-up question."""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from typing import Any

import msgspec

from server.channels import rcs, words
from server.providers import base, errors, transport

#: Of a person's device, and of the server that gave a message up.
EVENTS = {
    "DELIVERED": base.ReceiptKind.DELIVERED,
    "READ": base.ReceiptKind.SEEN,
    "UNSUBSCRIBE": base.ReceiptKind.UNSUBSCRIBED,
    "TTL_EXPIRATION_REVOKED": base.ReceiptKind.FAILED,
    "TTL_EXPIRATION_REVOKE_FAILED": base.ReceiptKind.DELAYED,
}
#: A tapped action is a click; a tapped reply is an answer like a typed one.
TAPS = {"ACTION": base.ReceiptKind.CLICKED, "REPLY": base.ReceiptKind.REPLIED}
TEXT_LIMIT = 500
SECRET_LIMIT = 512


class _Envelope(msgspec.Struct):
    data: str = ""


class _Post(msgspec.Struct):
    """Either a message, or the two fields of the set-up question."""

    message: _Envelope | None = None
    client_token: str = msgspec.field(name="clientToken", default="")
    secret: str = ""


class _Tapped(msgspec.Struct):
    postback: str = msgspec.field(name="postbackData", default="")
    text: str = ""
    type: str = ""


class _News(msgspec.Struct, rename="camel"):
    """An event of a device or of the server, or a person's message; all have most fields in common."""

    sender_phone_number: str = ""
    phone_number: str = ""
    event_type: str = ""
    event_id: str = ""
    message_id: str = ""
    send_time: str = ""
    text: str | None = None
    user_file: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    suggestion_response: _Tapped | None = None


_post = msgspec.json.Decoder(_Post)
_news = msgspec.json.Decoder(_News)


class Door:
    """The receiving end of one agent's webhook."""

    __slots__ = ("_client_token",)

    def __init__(self, *, client_token: bytes) -> None:
        self._client_token = client_token

    def read(self, posted: base.Posted) -> base.Answer:
        """Answer the set-up question, or read a signed post. Raises errors.BadSignature or BadReceipt."""
        try:
            post = _post.decode(posted.body)
        except transport.UNREADABLE:
            raise errors.BadReceipt("The post is not one of Google's") from None
        if post.message is None:
            return self._set_up(post)
        try:
            data = base64.b64decode(post.message.data.encode(), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise errors.BadReceipt("The post's data is not base64") from None
        self._verify(posted, data)
        return base.Answer(receipts=[_read(data)])

    def _set_up(self, post: _Post) -> base.Answer:
        """The question carries the token in place of a signature; the answer is its secret, as it came."""
        if not hmac.compare_digest(post.client_token.encode(), self._client_token):
            raise errors.BadSignature("The client token is not this account's")
        if not 0 < len(post.secret) <= SECRET_LIMIT or not post.secret.isprintable():
            raise errors.BadReceipt("The set-up question holds no secret")
        return base.Answer(body=post.secret)

    def _verify(self, posted: base.Posted, data: bytes) -> None:
        expected = base64.b64encode(hmac.digest(self._client_token, data, "sha512"))
        if not hmac.compare_digest(posted.headers.get("x-goog-signature", "").encode(), expected):
            raise errors.BadSignature(
                "X-Goog-Signature does not fit the data and this account's client token"
            )


def _read(data: bytes) -> base.Receipt:
    """One piece of news; what is unknown or unreadable is kept as it came, and never refused."""
    try:
        news = _news.decode(data)
    except transport.UNREADABLE:
        return base.Receipt(event_id=_made_id(data), kind=base.ReceiptKind.UNKNOWN, raw=data)
    if news.event_type:
        return _event(news, data)
    return _message(news, data)


def _event(news: _News, data: bytes) -> base.Receipt:
    kind = EVENTS.get(news.event_type, base.ReceiptKind.UNKNOWN)
    phone = news.sender_phone_number or news.phone_number
    return base.Receipt(
        event_id=news.event_id or _made_id(data),
        kind=kind,
        ref=news.message_id,
        provider_ref=message_name(phone, news.message_id) if news.message_id else "",
        address=phone,
        at=_moment(news.send_time),
        code=news.event_type if kind in (base.ReceiptKind.FAILED, base.ReceiptKind.DELAYED) else "",
        text=news.event_type[:TEXT_LIMIT],
        suppress=kind is base.ReceiptKind.UNSUBSCRIBED,
        raw=data,
    )


def _message(news: _News, data: bytes) -> base.Receipt:
    """What a person wrote or tapped. `messageId` is theirs; ours comes back in a suggestion's postback."""
    tapped = news.suggestion_response
    own, ref = rcs.split_postback(tapped.postback) if tapped is not None else ("", "")
    text = tapped.text if tapped is not None else news.text or ""
    stop = words.stops(text) or words.stops(own)
    kind = base.ReceiptKind.UNKNOWN
    if tapped is not None:
        kind = TAPS.get(tapped.type, base.ReceiptKind.UNKNOWN)
    elif news.text is not None or news.user_file is not None or news.location is not None:
        kind = base.ReceiptKind.REPLIED
    phone = news.sender_phone_number
    return base.Receipt(
        event_id=news.message_id or _made_id(data),
        kind=base.ReceiptKind.UNSUBSCRIBED if stop else kind,
        ref=ref,
        provider_ref=message_name(phone, ref) if ref else "",
        address=phone,
        at=_moment(news.send_time),
        text=text[:TEXT_LIMIT],
        suppress=stop,
        raw=data,
    )


def message_name(phone: str, message_id: str) -> str:
    """The name by which Google knows a message of ours."""
    return f"phones/{phone}/agentMessages/{message_id}"


def _made_id(data: bytes) -> str:
    """An id for news that came without one: equal for equal bytes."""
    return "raw:" + hashlib.blake2b(data, digest_size=16).hexdigest()


def _moment(text: str) -> dt.datetime | None:
    """A time by RFC 3339, with up to nine digits of a second."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
