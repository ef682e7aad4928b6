"""What one cell means: a phone, a mail address, a token, a zone; or why it means nothing."""

import base64
import binascii
import functools
import re
import urllib.parse
import zoneinfo
from collections.abc import Callable

import email_validator
import msgspec
import phonenumbers

from server.pipeline.audience import countries

#: Characters of the longest name, key and attribute.
LONGEST_NAME = 200
LONGEST_KEY = 200
LONGEST_ATTRIBUTE = 2_000
#: Hex digits of an APNs token: at least 32 bytes as they have always been, at most what the path may carry.
SHORTEST_TOKEN = 64
LONGEST_TOKEN = 200
LONGEST_ENDPOINT = 2_000


class Wrong(Exception):
    """The cell means nothing. One sentence says why, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


# -- addresses -------------------------------------------------------------------------------------------------------

#: Formatting people and spreadsheets put around and into numbers, and a leading quote that forces text.
_PHONE_NOISE = re.compile(r"^[\s'\"=]+|[\s\"]+$|^(?:tel|whatsapp|sms):", re.IGNORECASE)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_DIGIT = re.compile(r"\d")


def phone(text: str, country: str = "") -> str:
    """A phone number in E.164; one without `+` is read as dialled within `country`. Raises Wrong."""
    plain = _PHONE_NOISE.sub("", text)
    if _SHORTENED.fullmatch(plain):
        raise Wrong(
            "The spreadsheet has shortened the number.", "Format the column as text and export it again."
        )
    if len(plain) > 40 or not _DIGIT.search(plain):
        raise Wrong("This is no phone number.", "Write it as +, country code and number: +14155550132.")
    international = plain.startswith(("+", "\uff0b"))  # noqa: RUF100  the full-width plus of East Asian keyboards
    if not international and not country:
        if plain.startswith("00"):
            plain, international = "+" + plain[2:], True
        else:
            raise Wrong(
                "The number has no country code.",
                "Write it with + and the country code, or say at import which country the numbers are from.",
            )
    return _e164(plain, country if not international else "")


def _e164(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        raise Wrong(
            "This is no phone number.", "Write it as +, country code and number: +14155550132."
        ) from error
    if number.extension:
        raise Wrong(
            "The number has an extension.", "Leave the extension out: messages reach whole lines only."
        )
    if not phonenumbers.is_valid_number(number):
        region = f" in {country}" if country else ""
        raise Wrong(
            f"No phone has this number{region}.",
            "Look for a missing or an extra digit, or the wrong country.",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


#: Plain addresses as nearly all are. Accepts only what the validator would; everything else goes to the validator.
_PLAIN_MAIL = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9_+-]|\.(?!\.)){0,62}(?<!\.)@"
    r"((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,24})",
    re.IGNORECASE,
)
#: Names that are never mail domains; `test` is, because the sandbox's recipients live there.
_NO_MAIL = ("arpa", "invalid", "local", "localhost", "onion")


def mail(text: str) -> str:
    """A mail address, its domain in lower case and ASCII. Raises Wrong."""
    plain = text.strip().removeprefix("mailto:")
    found = _PLAIN_MAIL.fullmatch(plain)
    if found and len(plain) <= 254:
        domain = found[1].lower()
        if "--" not in domain and domain.rpartition(".")[2] not in _NO_MAIL:
            return plain[: found.start(1)] + domain
    return _validated(plain)


def _validated(text: str) -> str:
    try:
        found = email_validator.validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True, strict=True
        )
    except email_validator.EmailNotValidError as error:
        raise Wrong(f"This is no mail address: {_plainly(error)}", "Write it as name@example.com.") from error
    except (ValueError, UnicodeError) as error:
        raise Wrong("This is no mail address.", "Write it as name@example.com.") from error
    if found.ascii_email is None:
        raise Wrong(
            "The part before @ is not plain ASCII.", "Ask the person for an address every server takes."
        )
    return found.ascii_email


def _plainly(error: Exception) -> str:
    text = " ".join(str(error).split())[:200].rstrip(".")
    return f"{text[:1].lower()}{text[1:]}."


_TOKEN_NOISE = str.maketrans("", "", "<> \t")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def token(text: str) -> str:
    """An APNs device token in lower-case hex. Raises Wrong."""
    plain = text.translate(_TOKEN_NOISE).lower()
    if not _HEX.fullmatch(plain) or not SHORTEST_TOKEN <= len(plain) <= LONGEST_TOKEN:
        raise Wrong(
            "This is no device token.",
            f"A token is hex, an even number of digits from {SHORTEST_TOKEN} to {LONGEST_TOKEN}; "
            "in the app write every byte as %02x.",
        )
    return plain


class _Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct, frozen=True):
    endpoint: str
    keys: _Keys


_subscription = msgspec.json.Decoder(_Subscription)


def subscription(text: str) -> str:
    """A browser's push subscription as canonical JSON of endpoint and keys. Raises Wrong."""
    remedy = "Store JSON.stringify(subscription) as the browser gives it."
    try:
        found = _subscription.decode(text.strip())
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Wrong(f"This is no push subscription: {str(error)[:150].rstrip('.')}.", remedy) from error
    try:
        address = urllib.parse.urlsplit(found.endpoint)
        host, _ = address.hostname, address.port
    except ValueError:
        host, address = None, urllib.parse.urlsplit("")
    if address.scheme != "https" or not host or address.username or len(found.endpoint) > LONGEST_ENDPOINT:
        raise Wrong("The subscription's endpoint is no https address.", remedy)
    if any(character <= " " or character > "~" for character in found.endpoint):
        raise Wrong("The subscription's endpoint holds characters no address may.", remedy)
    public = _decoded(found.keys.p256dh, "p256dh", 65, remedy)
    if public[0] != 4:
        raise Wrong("The subscription's p256dh key is no uncompressed P-256 point.", remedy)
    auth = _decoded(found.keys.auth, "auth", 16, remedy)
    tidy = _Subscription(endpoint=found.endpoint, keys=_Keys(p256dh=_encoded(public), auth=_encoded(auth)))
    return msgspec.json.encode(tidy).decode()


def _decoded(text: str, name: str, length: int, remedy: str) -> bytes:
    try:
        plain = text.rstrip("=").translate(str.maketrans("+/", "-_")).encode("ascii")
        found = base64.b64decode(plain + b"=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise Wrong(f"The subscription's {name} key is not base64url.", remedy) from error
    if len(found) != length:
        raise Wrong(f"The subscription's {name} key has {len(found)} bytes instead of {length}.", remedy)
    return found


def _encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


#: Channel to what reads its addresses.
ADDRESSES: dict[str, Callable[[str], str]] = {
    "email": mail,
    "apns": token,
    "webpush": subscription,
    "sms": phone,
    "whatsapp": phone,
    "rcs": phone,
}


# -- about the person ------------------------------------------------------------------------------------------------


def country(text: str) -> str:
    """A country's two letters. Raises Wrong."""
    code = text.strip().upper()
    code = countries.ALSO.get(code, code)
    if code not in countries.CODES:
        raise Wrong("This is no country's code.", "Write the two letters of ISO 3166-1: DE, US, JP.")
    return code


@functools.cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def zone(text: str) -> str:
    """A time zone's IANA name. Raises Wrong."""
    name = _zones().get(text.strip().replace(" ", "_").lower())
    if name is None:
        raise Wrong("This is no time zone.", "Write its IANA name: Europe/Paris, America/New_York.")
    return name


_LOCALE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?", re.IGNORECASE)


def locale(text: str) -> str:
    """A language tag: `fr`, `pt-BR`, `zh-Hant-TW`. Raises Wrong."""
    found = _LOCALE.fullmatch(text.strip())
    if found is None:
        raise Wrong("This is no language tag.", "Write it as fr, pt-BR or zh-Hant-TW.")
    language, script, region = found.groups()
    return "-".join(
        part for part in (language.lower(), script and script.title(), region and region.upper()) if part
    )


# -- plain text ------------------------------------------------------------------------------------------------------

#: Control characters, but for tab and line breaks, and halves of surrogate pairs.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def text(cell: str, longest: int = LONGEST_ATTRIBUTE) -> str:
    """A text without the blanks around it. Raises Wrong."""
    if _CONTROL.search(cell):
        raise Wrong(
            "The cell holds control characters.", "Remove them; they often come from a damaged export."
        )
    plain = cell.strip()
    if len(plain) > longest:
        raise Wrong(f"The cell has {len(plain):,} characters; at most {longest:,} are kept.", "Shorten it.")
    return plain


def name(cell: str) -> str:
    """A person's name, on one line. Raises Wrong."""
    return " ".join(text(cell, LONGEST_NAME).split())


#: How our own keys begin, for contacts that came without one; see pipeline.audience.merging.
OWN_KEYS = ("apns:", "webpush:", "email:", "sms:", "whatsapp:", "rcs:", "contact:")


def key(cell: str) -> str:
    """The customer's own id of a person. Raises Wrong."""
    plain = name(cell) if len(cell) <= LONGEST_KEY else text(cell, LONGEST_KEY)
    if plain.lower().startswith(OWN_KEYS):
        raise Wrong("Ids that begin like this are made by us.", "Put another prefix before your ids.")
    return plain
