"""What SES takes as a SendEmail request, and by which words it refuses the rest."""

import base64
import binascii
import email.utils
import re
from collections.abc import Mapping

import msgspec

from server.twins.email import mailbox

MOST_RECIPIENTS = 50
MOST_HEADERS = 15
LARGEST = 10_000_000  #: bytes, headers not counted

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[\x21-\x39\x3b-\x7e]{1,126}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,995}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_LOCAL = re.compile(r"[\x21-\x7e]+")


class Refusal(Exception):
    """A request SES does not take."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message


class _Data(msgspec.Struct, frozen=True):
    """A text in some character set; without one it is taken as 7-bit ASCII."""

    Data: str
    Charset: str = ""

    def text(self) -> str:
        if self.Charset:
            return self.Data
        return self.Data.encode("ascii", "replace").decode()


class _Body(msgspec.Struct, frozen=True):
    """Text and HTML, or one of them."""

    Text: _Data | None = None
    Html: _Data | None = None


class _Pair(msgspec.Struct, frozen=True):
    """A tag or a header."""

    Name: str
    Value: str


class _Simple(msgspec.Struct, frozen=True):
    """A mail that SES assembles."""

    Subject: _Data
    Body: _Body
    Headers: list[_Pair] | None = None


class _Raw(msgspec.Struct, frozen=True):
    """A mail that is whole already, in base64."""

    Data: str


class _Content(msgspec.Struct, frozen=True):
    """One of three."""

    Simple: _Simple | None = None
    Raw: _Raw | None = None
    Template: dict[str, object] | None = None


class _Destination(msgspec.Struct, frozen=True):
    """Who gets it."""

    ToAddresses: list[str] | None = None
    CcAddresses: list[str] | None = None
    BccAddresses: list[str] | None = None


class _SendEmail(msgspec.Struct, frozen=True):
    """The whole request."""

    Content: _Content
    FromEmailAddress: str = ""
    Destination: _Destination = _Destination()
    ReplyToAddresses: list[str] | None = None
    EmailTags: list[_Pair] | None = None
    ConfigurationSetName: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that SES takes."""

    sender: str  #: as a person reads it
    recipients: list[str]
    tags: Mapping[str, str]
    configuration_set: str
    letter: mailbox.Letter
    raw: bytes  #: the request


_decoder = msgspec.json.Decoder(_SendEmail)


def read(body: bytes, *, domain: str, region: str, configuration_set: str) -> Asked:
    """Read a request in the account that owns `domain` and `configuration_set`. Raises Refusal."""
    try:
        send = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise Refusal(400, "SerializationException", f"The request cannot be read: {problem}") from None
    kinds = [
        kind for kind in (send.Content.Simple, send.Content.Raw, send.Content.Template) if kind is not None
    ]
    if len(kinds) != 1:
        raise _bad("Exactly one of Simple, Raw or Template must be given as Content")
    if send.Content.Template is not None:
        raise Refusal(404, "NotFoundException", "Template does not exist")
    if send.ConfigurationSetName not in ("", configuration_set):
        message = f"Configuration set <{send.ConfigurationSetName}> does not exist."
        raise Refusal(404, "NotFoundException", message)
    tags = _tags(send.EmailTags or [])
    raw = _raw(send.Content.Raw) if send.Content.Raw else b""
    letter = mailbox.read(raw) if raw else _assembled(send)
    _check_sender(send.FromEmailAddress or letter.sender, domain, region)
    recipients = _recipients(send.Destination) or _recipients_of(letter, raw)
    if not recipients:
        raise _bad("At least one recipient must be given")
    return Asked(
        sender=letter.sender,
        recipients=recipients,
        tags=tags,
        configuration_set=send.ConfigurationSetName,
        letter=letter,
        raw=body,
    )


def open_kept(raw: bytes) -> tuple[mailbox.Letter, Mapping[str, str], str]:
    """The mail, the tags and the configuration set of a request that was taken before."""
    send = _decoder.decode(raw)
    letter = mailbox.read(_raw(send.Content.Raw)) if send.Content.Raw else _assembled(send)
    return letter, _tags(send.EmailTags or []), send.ConfigurationSetName


def _bad(message: str) -> Refusal:
    return Refusal(400, "BadRequestException", message)


def _tags(pairs: list[_Pair]) -> dict[str, str]:
    for pair in pairs:
        if not (_TAG.fullmatch(pair.Name) and _TAG.fullmatch(pair.Value)):
            raise _bad(
                "Invalid email tag: names and values have at most 256 ASCII letters, digits, underscores and dashes"
            )
    return {pair.Name: pair.Value for pair in pairs}


def _raw(content: _Raw) -> bytes:
    try:
        raw = base64.b64decode(content.Data, validate=True)
    except binascii.Error:
        raise Refusal(400, "SerializationException", "Raw.Data is not base64") from None
    if fault := mailbox.fault(raw):
        raise Refusal(400, "MessageRejected", f"The message has {fault}")
    return raw


def _assembled(send: _SendEmail) -> mailbox.Letter:
    simple = send.Content.Simple
    if simple is None:
        raise _bad("Content is missing")
    headers = simple.Headers or []
    if len(headers) > MOST_HEADERS:
        raise _bad(f"No more than {MOST_HEADERS} headers can be given")
    for header in headers:
        if not (_HEADER_NAME.fullmatch(header.Name) and _HEADER_VALUE.fullmatch(header.Value)):
            raise _bad(f"The header {header.Name[:40]!r} is not of printable ASCII, or too long")
    if "\n" in simple.Subject.Data or "\r" in simple.Subject.Data:
        raise _bad("Header must not contain line breaks: Subject")
    html = simple.Body.Html.text() if simple.Body.Html else ""
    text = simple.Body.Text.text() if simple.Body.Text else ""
    if not html and not text:
        raise _bad("The message has no body")
    if len(html) + len(text) > LARGEST:
        raise Refusal(400, "MessageRejected", f"Message length is more than {LARGEST} bytes long")
    sender = mailbox.decoded(send.FromEmailAddress)
    shown = {header.Name: header.Value for header in headers}
    if send.ReplyToAddresses:
        shown["Reply-To"] = ", ".join(send.ReplyToAddresses)
    return mailbox.Letter(
        subject=simple.Subject.text(),
        sender=sender,
        message_id="",
        html=html,
        text=text,
        headers={"From": sender, "Subject": simple.Subject.text(), **shown},
    )


def _check_sender(sender: str, domain: str, region: str) -> None:
    address = email.utils.parseaddr(sender)[1]
    _check_address(address)
    if address.rpartition("@")[2].lower() != domain:
        message = (
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {address}"
        )
        raise Refusal(400, "MessageRejected", message)


def _recipients(destination: _Destination) -> list[str]:
    given = [
        *(destination.ToAddresses or []),
        *(destination.CcAddresses or []),
        *(destination.BccAddresses or []),
    ]
    return _checked(given)


def _recipients_of(letter: mailbox.Letter, raw: bytes) -> list[str]:
    """Whom a raw mail's own headers name."""
    if not raw:
        return []
    fields = [value for name, value in letter.headers.items() if name.lower() in {"to", "cc", "bcc"}]
    return _checked([address for _, address in email.utils.getaddresses(fields)])


def _checked(given: list[str]) -> list[str]:
    if len(given) > MOST_RECIPIENTS:
        raise Refusal(400, "MessageRejected", f"Recipient count exceeds {MOST_RECIPIENTS}.")
    addresses = [email.utils.parseaddr(one)[1] if "<" in one else one for one in given]
    for address in addresses:
        _check_address(address)
    return addresses


def _check_address(address: str) -> None:
    local, at, domain = address.rpartition("@")
    if not at or not domain:
        raise _bad("Missing final '@domain'")
    if not _LOCAL.fullmatch(local):
        raise _bad("Local address contains control or whitespace")
    if not _DOMAIN.fullmatch(domain):
        raise _bad("Domain contains illegal character")
