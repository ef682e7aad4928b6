"""Read what Twilio posts to us: verify the signature, then put its words into ours."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from server.channels import words
from server.providers import atlas, base, errors

TABLE = "twilio_errors"
REF = "ref"  #: the query parameter of a status callback's address that carries our reference

KINDS = {
    "accepted": base.ReceiptKind.ACCEPTED,
    "scheduled": base.ReceiptKind.ACCEPTED,
    "queued": base.ReceiptKind.ACCEPTED,
    "sending": base.ReceiptKind.ACCEPTED,
    "sent": base.ReceiptKind.ACCEPTED,
    "delivered": base.ReceiptKind.DELIVERED,
    "read": base.ReceiptKind.SEEN,
    "undelivered": base.ReceiptKind.FAILED,
    "failed": base.ReceiptKind.FAILED,
    "canceled": base.ReceiptKind.FAILED,
}
INBOUND = frozenset({"received", "receiving"})

SHA1, SHA256 = "HMAC_SHA1", "HMAC_SHA256"
_HASHES = {SHA1: "sha1", SHA256: "sha256"}
_PORTS = {"http": 80, "https": 443}
_FIELDS = 200  #: more parameters than Twilio ever sends

Pairs = list[tuple[str, str]]


def signature(key: str, url: str, pairs: Iterable[tuple[str, str]], *, algorithm: str = SHA1) -> bytes:
    """The signature's 20 or 32 bytes over an address and form parameters, each distinct name and value once."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return hmac.digest(key.encode(), text.encode(), _HASHES[algorithm])


class Door:
    """One account's receipts. Which algorithm is expected is fixed here, so that no caller can choose a weaker one."""

    def __init__(self, *, auth_token: str, shared_key: str = "") -> None:
        """`shared_key` is given where callbacks are signed with one in place of the auth token."""
        self._key = shared_key or auth_token
        self._algorithm = SHA256 if shared_key else SHA1

    def read(self, posted: base.Posted) -> base.Answer:
        """One callback. Raises errors.BadSignature or errors.BadReceipt."""
        pairs = self._verified(posted)
        fields = dict(pairs)
        status = (fields.get("MessageStatus") or fields.get("SmsStatus", "")).lower()
        provider_ref = fields.get("MessageSid") or fields.get("SmsSid", "")
        if not provider_ref:
            raise errors.BadReceipt("The callback names no message")
        if status in INBOUND:
            receipt = _reply(fields, provider_ref, posted.body)
        else:
            receipt = _news(fields, provider_ref, status, posted)
        return base.Answer(status=204, receipts=[receipt])

    def _verified(self, posted: base.Posted) -> Pairs:
        """The form parameters of a call that is Twilio's."""
        given = _decoded(posted.headers.get("x-twilio-signature", ""))
        algorithm = _algorithm(posted.headers.get("x-twilio-webhooks-signature-settings", ""))
        if algorithm != self._algorithm:
            raise errors.BadSignature(
                f"The call is signed with {algorithm[:20]}, this account's with {self._algorithm}"
            )
        pairs = _parameters(posted)
        if not (self._signs(posted.url, pairs, given) or self._signs(_variant(posted.url), pairs, given)):
            raise errors.BadSignature("The signature is not the one this account's key makes")
        return pairs

    def _signs(self, url: str, pairs: Pairs, given: bytes) -> bool:
        return hmac.compare_digest(signature(self._key, url, pairs, algorithm=self._algorithm), given)


def _decoded(header: str) -> bytes:
    try:
        return base64.b64decode(header, validate=True)
    except ValueError:
        raise errors.BadSignature("The signature header is not base64") from None


def _algorithm(header: str) -> str:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return SHA1


def _parameters(posted: base.Posted) -> Pairs:
    """What is signed beside the address: a form's fields. Any other body is signed by its hash in the query."""
    if posted.method != "POST":
        return []
    kind = posted.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            return form(posted.body.decode())
        except ValueError:
            raise errors.BadReceipt("The callback's form cannot be read") from None
    told = posted.query.get("bodySHA256", "").lower().encode()
    if not hmac.compare_digest(hashlib.sha256(posted.body).hexdigest().encode(), told):
        raise errors.BadSignature("The body is not the one whose hash was signed")
    return []


def form(text: str) -> Pairs:
    """A form's fields, as the standard library's parse_qsl reads them, at a third of its price.

    Raises ValueError for what is not UTF-8, and for more fields than Twilio sends.
    """
    parts = text.split("&")
    if len(parts) > _FIELDS:
        raise ValueError("more fields than Twilio sends")
    pairs = []
    for part in parts:
        if part:
            name, _, value = part.partition("=")
            pairs.append((_plain(name), _plain(value)))
    return pairs


def _plain(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%2B" in text:  # a phone number's, in every call; the library takes ten times as long for it
        text = text.replace("%2B", "+")
    return unquote(text, errors="strict") if "%" in text else text


def _variant(url: str) -> str:
    """The address with its scheme's own port if it has none, else without: Twilio is not of one mind which it signs."""
    try:
        parts = urlsplit(url)
        default, port = _PORTS.get(parts.scheme), parts.port
    except ValueError:
        return url
    if port is not None:
        return url.replace(f"//{parts.netloc}", f"//{parts.netloc.rpartition(':')[0]}", 1)
    return url.replace(f"//{parts.netloc}", f"//{parts.netloc}:{default}", 1) if default is not None else url


def _news(fields: dict[str, str], provider_ref: str, status: str, posted: base.Posted) -> base.Receipt:
    """A status callback. Its RawDlrDoneDate is the carrier's, in a zone nobody tells, so it is not read as a time."""
    kind = KINDS.get(status, base.ReceiptKind.UNKNOWN)
    code = fields.get("ErrorCode", "")
    entry = atlas.entry(TABLE, code) if code else None
    return base.Receipt(
        event_id=f"{provider_ref}:{status}",
        kind=kind,
        ref=posted.query.get(REF, ""),
        provider_ref=provider_ref,
        address=fields.get("To", ""),
        code=code or (status if kind is base.ReceiptKind.FAILED else ""),
        text=fields.get("ErrorMessage", "") or (entry.meaning if entry else ""),
        suppress=(
            kind is base.ReceiptKind.FAILED
            and entry is not None
            and entry.disposition is errors.Disposition.PERMANENT_RECIPIENT
        ),
        raw=posted.body,
    )


def _reply(fields: dict[str, str], provider_ref: str, raw: bytes) -> base.Receipt:
    """What a person wrote back; it carries the address it came from, and no reference of ours."""
    text = fields.get("Body", "")
    leaving = fields.get("OptOutType", "").upper() == "STOP" or words.stops(text)
    return base.Receipt(
        event_id=f"{provider_ref}:received",
        kind=base.ReceiptKind.UNSUBSCRIBED if leaving else base.ReceiptKind.REPLIED,
        address=fields.get("From", ""),
        text=text,
        suppress=leaving,
        raw=raw,
    )
