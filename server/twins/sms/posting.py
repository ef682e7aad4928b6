"""Judge a Messages post as Twilio does: which fields it must have, and which of its numbers answer with an error."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import msgspec

BODY_LIMIT = 1600
MEDIA_LIMIT = 10
VALIDITY_S = (1, 36_000)

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_SPACING = str.maketrans("", "", " -().")
_CHANNELS = ("whatsapp:", "messenger:", "rcs:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One documented error."""

    status: int
    code: int
    message: str


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it was asked for."""

    to: str
    sender: str  #: empty where a messaging service chooses
    service: str
    body: str
    media: tuple[str, ...]
    callback: str
    validity_s: int
    fields: dict[str, str]


#: Recipients that Twilio keeps for tests, whatever the credentials.
TEST_RECIPIENTS = {
    "+15005550001": Refusal(status=400, code=21211, message="Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": Refusal(status=400, code=21612, message="The message cannot be routed to this number."),
    "+15005550003": Refusal(
        status=400, code=21408, message="Permission to send to this region is not enabled."
    ),
    "+15005550004": Refusal(status=400, code=21610, message="Attempt to send to unsubscribed recipient"),
    "+15005550009": Refusal(status=400, code=21614, message="'To' number is not a valid mobile number"),
}
#: Senders that it keeps for test credentials.
TEST_SENDERS = {
    "+15005550006": None,
    "+15005550001": Refusal(status=400, code=21212, message="Invalid From Number: +15005550001"),
    "+15005550007": Refusal(status=400, code=21606, message="The From number is not a number of yours."),
    "+15005550008": Refusal(
        status=429, code=21611, message="This From number has exceeded its message queue."
    ),
}
_NOT_YOURS = "The From phone number is not a valid, SMS-capable number of this account: "


def read(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """A form's fields. What is not a form has none, as with Twilio, which then misses its first field."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return []
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as fault:
        raise _refused(20422, "The form is not valid UTF-8") from fault


def judge(pairs: Sequence[tuple[str, str]]) -> Post:
    """Check of a form's fields what needs no account. Raises Refused."""
    fields = dict(pairs)
    media = tuple(value for name, value in pairs if name == "MediaUrl")
    if media:
        fields["MediaUrl"] = "\n".join(media)  # the one field that may come more than once
    to = fields.get("To", "")
    if not to:
        raise _refused(21604, "A 'To' phone number is required.")
    sender, service = fields.get("From", ""), fields.get("MessagingServiceSid", "")
    if not sender and not service:
        raise _refused(21603, "A 'From' phone number is required.")
    text = fields.get("Body", "")
    if not text and not media and "ContentSid" not in fields:
        raise _refused(21602, "Message body is required.")
    if len(text) > BODY_LIMIT:
        raise _refused(21617, "The concatenated message body exceeds the 1600 character limit")
    _check_media(media)
    post = Post(
        to=_number(to),
        sender=sender,
        service=service,
        body=text,
        media=media,
        callback=_callback(fields.get("StatusCallback", "")),
        validity_s=_validity(fields.get("ValidityPeriod", "")),
        fields=fields,
    )
    if post.to == post.sender:
        raise _refused(21266, "'To' and 'From' number cannot be the same")
    if post.to in TEST_RECIPIENTS:
        raise Refused(TEST_RECIPIENTS[post.to])
    return post


def check_sender(post: Post, *, number: str, service: str) -> None:
    """Check the sender of a live account that owns one number and one messaging service. Raises Refused."""
    if post.service and post.service != service:
        raise _refused(21701, "The Messaging Service does not exist")
    if post.sender and post.sender != number:
        raise _refused(21606, _NOT_YOURS + post.sender)


def check_test_sender(post: Post) -> None:
    """Check the sender as for test credentials. Raises Refused."""
    if post.sender not in TEST_SENDERS:
        raise _refused(21606, _NOT_YOURS + post.sender)
    refusal = TEST_SENDERS[post.sender]
    if refusal is not None:
        raise Refused(refusal)


def _refused(code: int, message: str) -> Refused:
    return Refused(Refusal(status=400, code=code, message=message))


def _number(to: str) -> str:
    if to.startswith(_CHANNELS):
        raise _refused(21612, "This account has no sender on that channel")
    number = to.translate(_SPACING)
    if not _E164.fullmatch(number) or (number.startswith("+1") and not _NANP.fullmatch(number)):
        raise _refused(21211, f"Invalid 'To' Phone Number: {to}")
    return number


def _check_media(media: tuple[str, ...]) -> None:
    if len(media) > MEDIA_LIMIT:
        raise _refused(21623, "Number of media files exceeds allowed limit")
    for url in media:
        if not _is_web(url):
            raise _refused(21620, f"Invalid media URL: {url}")


def _callback(url: str) -> str:
    """The callback's address without its connection overrides."""
    if not url:
        return ""
    address, _, _ = url.partition("#")
    if not _reachable(address.partition("?")[0]):
        raise _refused(21609, f"The StatusCallback URL {url} is not a valid URL.")
    return address


@functools.lru_cache(maxsize=64)
def _reachable(address: str) -> bool:
    return _is_web(address) and "_" not in (urlsplit(address).hostname or "")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _validity(text: str) -> int:
    low, high = VALIDITY_S
    if not text:
        return high
    if not (text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high):
        raise _refused(21624, "ValidityPeriod must be between 1 and 36000 seconds")
    return int(text)
