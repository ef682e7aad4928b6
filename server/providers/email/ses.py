"""Mail by Amazon SES, version 2 of its API; news by signed posts of SNS."""

import re
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from server.channels import email as channel
from server.providers import atlas, base, errors, transport
from server.providers.email import mime, ses_check, ses_events, sigv4, sns
from server.wire import providers as wire

TABLE = "ses_errors"
SEND = "/v2/email/outbound-emails"
ACCOUNT = "/v2/email/account"
REF_TAG = ses_events.REF_TAG


_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Error name and words of its message to the row of the atlas that says more.
_REFINED = (
    ("MessageRejected", "not verified", "MessageRejected/not-verified"),
    ("BadRequestException", "Missing final '@domain'", "BadRequestException/address"),
    ("BadRequestException", "Local address contains", "BadRequestException/address"),
    ("BadRequestException", "Domain contains", "BadRequestException/address"),
    ("BadRequestException", "Domain starts with", "BadRequestException/address"),
    ("BadRequestException", "Domain ends with", "BadRequestException/address"),
    ("BadRequestException", "Illegal address", "BadRequestException/address"),
    ("InvalidParameterValue", "Missing final '@domain'", "InvalidParameterValue/address"),
    ("InvalidParameterValue", "Local address contains", "InvalidParameterValue/address"),
    ("InvalidParameterValue", "Domain contains", "InvalidParameterValue/address"),
)


class SesSettings(base.Settings, frozen=True, kw_only=True):
    """A key of the AWS account, the region it sends from, and who the mail is from."""

    region: Annotated[
        str,
        msgspec.Meta(title="Region", description="The AWS region you send from", examples=["eu-west-1"]),
    ]
    access_key_id: Annotated[
        str,
        msgspec.Meta(
            title="Access key id",
            description="Of a user that may call ses:SendEmail",
            pattern="^[A-Za-z0-9]{16,128}$",
            examples=["AKIA…"],
        ),
    ]
    secret_access_key: Annotated[
        base.Secret,
        msgspec.Meta(title="Secret access key", description="AWS shows it once, when the key is made"),
    ]
    from_address: Annotated[
        str,
        msgspec.Meta(
            title="From address",
            description="An address or domain that is verified in SES",
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
    configuration_set: Annotated[
        str,
        msgspec.Meta(
            title="Configuration set",
            description="Publishes deliveries, bounces, complaints, opens and clicks; no news without it",
            examples=["heliograph"],
        ),
    ] = ""
    topic_arn: Annotated[
        str,
        msgspec.Meta(
            title="SNS topic",
            description="ARN of the topic the configuration set publishes to; posts of others are refused",
            examples=["arn:aws:sns:eu-west-1:123456789012:heliograph"],
        ),
    ] = ""


class _Sent(msgspec.Struct, frozen=True):
    """What SES answers to a message it took."""

    MessageId: str


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What SES answers to one it did not take."""

    type: str = msgspec.field(default="", name="__type")
    code: str = ""
    message: str = ""
    Message: str = ""


class _SendQuota(msgspec.Struct, frozen=True):
    """What SES allows an account, in recipients."""

    MaxSendRate: float
    Max24HourSend: float
    SentLast24Hours: float


class _Account(msgspec.Struct, frozen=True):
    """GetAccount's answer, as far as it is read."""

    SendQuota: _SendQuota


_account = msgspec.json.Decoder(_Account)
_encoder = msgspec.json.Encoder()
_sent = msgspec.json.Decoder(_Sent)
_problem = msgspec.json.Decoder(_Problem)


class Ses(base.Provider):
    """One AWS account's SES in one region.

    Mail goes as SES's `Simple` content, not as raw MIME: SES assembles and signs it with the domain's own DKIM
    key, which spares us the assembly, a second base64 and a third of the bytes, and it accepts the headers that
    one-click unsubscribe needs.
    """

    key = "email/ses"
    channel = "email"
    title = "Amazon SES"
    about = "Email through Amazon SES, with deliveries, bounces, complaints, opens and clicks told by SNS"
    settings_type = SesSettings
    default_endpoint = "https://email.us-east-1.amazonaws.com"
    pooled = True
    has_quota = True
    doubt_rule = (
        "SES cannot be asked about a message. Its events carry our reference and settle the doubt when they come;"
        " without a configuration set that sends events a person decides."
    )

    def __init__(self, settings: SesSettings, context: base.Context) -> None:
        """Check the settings whole. Raises errors.BadSettings naming the field and the remedy."""
        super().__init__(settings, context)
        _check_settings(settings)
        self.endpoint = _endpoint(settings, context)
        parts = urlsplit(self.endpoint)
        self._url = self.endpoint + SEND
        self._signer = sigv4.Signer(
            access_key=settings.access_key_id,
            secret_key=settings.secret_access_key.reveal(),
            region=settings.region,
            service="ses",
        )
        self._sender = channel.ascii_address(settings.from_address)
        self._http = transport.Transport(
            ca_pem=context.ca_pem, connections=context.connections, timeout_s=context.timeout_s
        )
        aws = (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn"))
        self._door = sns.Door(
            topic_arn=settings.topic_arn,
            ours="" if aws else f"{parts.scheme}://{parts.netloc}",
            http=self._http,
            clock=context.clock,
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Hand over one mail. SES knows no key of ours: without an answer it is errors.Doubt."""
        body = _encoder.encode(self._request(message))
        headers = self._signer.headers("POST", self._url, body, at=self.context.clock())
        reply = await self._http.request("POST", self._url, headers=headers, body=body)
        if reply.status != 200:
            raise self._error(reply)
        try:
            sent = _sent.decode(reply.body)
        except transport.UNREADABLE:
            raise errors.Doubt(
                "no-message-id", "The answer was 200, but it is not SES's", status=200
            ) from None
        return base.Accepted(provider_ref=sent.MessageId)

    async def quota(self) -> base.Quota | None:
        """Read the account's sending quota (GetAccount). Raises errors.SendError."""
        url = self.endpoint + ACCOUNT
        headers = self._signer.headers("GET", url, b"", at=self.context.clock())
        reply = await self._http.request("GET", url, headers=headers, body=b"")
        if reply.status != 200:
            raise self._error(reply)
        try:
            told = _account.decode(reply.body).SendQuota
        except transport.UNREADABLE:
            raise errors.Transient("no-quota", "SES's answer names no quota", status=200) from None
        return base.Quota(
            per_s=told.MaxSendRate if told.MaxSendRate > 0 else None,
            per_day=int(told.Max24HourSend) if told.Max24HourSend >= 0 else None,  # -1 is without bound
            sent=int(told.SentLast24Hours),
        )

    @classmethod
    def origin_fault(cls, origin: str) -> str:
        """A pool holds addresses that are verified in SES."""
        return f"{origin!r} cannot be used: {fault}." if (fault := channel.address_fault(origin)) else ""

    async def receipts(self, posted: base.Posted) -> base.Answer:
        """Verify SNS's signature and read the event, or confirm the subscription of the account's own topic."""
        if not self.settings.topic_arn:
            raise errors.BadReceipt("The account names no SNS topic; enter its ARN to receive SES's news")
        envelope = await self._door.open(posted.body)
        if envelope.type == "SubscriptionConfirmation":
            await self._door.confirm(envelope)
            return base.Answer()
        if envelope.type != "Notification":
            return base.Answer()
        return base.Answer(receipts=ses_events.read(envelope.message))

    async def check(self) -> list[wire.CheckRow]:
        """Ask SES for the account's quota, the sender's verification and the configuration set."""
        return await ses_check.rows(
            region=self.settings.region,
            access_key=self.settings.access_key_id,
            secret_key=self.settings.secret_access_key.reveal(),
            endpoint=self.endpoint,
            ca_pem=self.context.ca_pem,
            sender=self._sender,
            configuration_set=self.settings.configuration_set,
            topic_arn=self.settings.topic_arn,
        )

    def _request(self, message: base.Outbound) -> dict[str, object]:
        content = message.content
        if not isinstance(content, channel.EmailContent):
            raise TypeError(f"an email account cannot send {type(content).__name__}")
        request: dict[str, object] = {
            "FromEmailAddress": self._from(content.from_name or self.settings.from_name, message.origin),
            "Destination": {"ToAddresses": [_recipient(message.to)]},
            "Content": {"Simple": _simple(message, content)},
            "EmailTags": [{"Name": REF_TAG, "Value": message.ref}],
        }
        if content.reply_to:
            request["ReplyToAddresses"] = [_reply_to(content.reply_to)]
        if self.settings.configuration_set:
            request["ConfigurationSetName"] = self.settings.configuration_set
        return request

    def _from(self, name: str, origin: str) -> str:
        sender = channel.ascii_address(origin) if origin else self._sender
        return mime.mailbox(name, sender).decode().replace("\r\n ", " ")

    def _error(self, reply: transport.Reply) -> errors.SendError:
        try:
            problem = _problem.decode(reply.body)
        except transport.UNREADABLE:
            problem = _Problem()
        text = problem.message or problem.Message
        named = reply.headers.get("x-amzn-errortype") or problem.type or problem.code
        name = named.partition(":")[0].rpartition("#")[2]
        code = next((row for known, words, row in _REFINED if known == name and words in text), name)
        return atlas.error(
            TABLE,
            code or str(reply.status),
            text=text or f"SES answered {reply.status} without saying why",
            status=reply.status,
            retry_after_s=atlas.retry_after(reply.headers.get("retry-after"), self.context.clock()),
        )


def _simple(message: base.Outbound, content: channel.EmailContent) -> dict[str, object]:
    html, text = channel.texts(content, message.unsubscribe_url)
    bodies = {
        kind: {"Data": body, "Charset": "UTF-8"} for kind, body in (("Html", html), ("Text", text)) if body
    }
    simple: dict[str, object] = {
        "Subject": {"Data": mime.one_line(content.subject), "Charset": "UTF-8"},
        "Body": bodies,
    }
    if content.unsubscribe and message.unsubscribe_url:
        simple["Headers"] = [
            {"Name": name.decode(), "Value": value.decode()} for name, value in _list_headers(message)
        ]
    return simple


def _list_headers(message: base.Outbound) -> list[tuple[bytes, bytes]]:
    try:
        return mime.list_headers(message.unsubscribe_url)
    except ValueError as fault:
        raise errors.PermanentContent("BadRequestException", f"The mail cannot be written: {fault}") from None


def _recipient(address: str) -> str:
    try:
        return channel.ascii_address(address)
    except ValueError as fault:
        raise errors.PermanentRecipient(
            "BadRequestException/address", f"The address cannot be used: {fault}"
        ) from None


def _reply_to(address: str) -> str:
    try:
        return channel.ascii_address(address)
    except ValueError as fault:
        raise errors.PermanentContent(
            "BadRequestException", f"The reply address cannot be used: {fault}"
        ) from None


def _check_settings(settings: SesSettings) -> None:
    if not _REGION.fullmatch(settings.region):
        raise errors.BadSettings(
            "region", "This is not the name of an AWS region", "Enter one such as eu-west-1"
        )
    if fault := channel.address_fault(settings.from_address):
        raise errors.BadSettings(
            "from_address",
            f"The address cannot be used: {fault}",
            "Enter one address, such as news@example.com",
        )
    if settings.configuration_set and not _NAME.fullmatch(settings.configuration_set):
        raise errors.BadSettings(
            "configuration_set",
            "A configuration set's name has at most 64 letters, digits, dashes and underscores",
            "Copy it from the SES console",
        )
    if settings.topic_arn and not sns.is_topic(settings.topic_arn):
        raise errors.BadSettings(
            "topic_arn",
            "This is not the ARN of an SNS topic",
            "Copy it from the SNS console, such as arn:aws:sns:eu-west-1:123456789012:heliograph",
        )


def _endpoint(settings: SesSettings, context: base.Context) -> str:
    """The region's address where the account leaves it to us, else the gateway's."""
    address = context.endpoint.rstrip("/")
    if address == Ses.default_endpoint:
        china = ".cn" if settings.region.startswith("cn-") else ""
        return f"https://email.{settings.region}.amazonaws.com{china}"
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise errors.BadSettings(
            "endpoint", "The endpoint is not an address of the web", "Enter it as https://gateway.example.com"
        )
    return address
