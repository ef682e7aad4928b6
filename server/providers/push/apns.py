"""Apple push by provider token over HTTP/2."""

import hashlib
import re
import uuid
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.channels import apns as rules
from server.providers import atlas, base, errors, transport
from server.providers.push import apns_check, es256
from server.wire import providers as wire

PRODUCTION = "https://api.push.apple.com"
DEVELOPMENT = "https://api.sandbox.push.apple.com"
#: Apple refuses tokens older than 60 minutes, and ones renewed more often than every 20.
TOKEN_LIFE_S = 40 * 60
RENEWABLE_AFTER_S = 20 * 60

_TOKEN = re.compile(r"(?:[0-9a-f]{2}){1,100}")
_PLAIN = re.compile(r"[A-Za-z0-9.-]+")
_TABLE = "apns_reasons"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://heliograph.invalid/apns-id")


class ApnsSettings(base.Settings, frozen=True, kw_only=True):
    """A signing key of the developer account, and the app it sends for."""

    key: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Signing key",
            description="The whole text of the .p8 file from Apple's developer account",
            examples=["-----BEGIN PRIVATE KEY-----"],
            extra={"multiline": True},
        ),
    ]
    key_id: Annotated[
        str,
        msgspec.Meta(
            title="Key id",
            description="The 10 characters Apple shows beside the key",
            pattern="^[A-Za-z0-9]{10}$",
            examples=["ABC123DEFG"],
        ),
    ]
    team_id: Annotated[
        str,
        msgspec.Meta(
            title="Team id",
            description="The 10 characters under Membership in the developer account",
            pattern="^[A-Za-z0-9]{10}$",
            examples=["DEF123GHIJ"],
        ),
    ]
    bundle_id: Annotated[
        str,
        msgspec.Meta(
            title="Bundle id",
            description="Identifier of the app that shows the notifications",
            examples=["com.example.app"],
        ),
    ]
    environment: Annotated[
        Literal["production", "development"],
        msgspec.Meta(
            title="Environment",
            description="Development for builds run from Xcode; TestFlight and the App Store are production",
        ),
    ] = "production"


class Problem(msgspec.Struct, frozen=True):
    """Why Apple refused. `timestamp` is in milliseconds."""

    reason: str = ""
    timestamp: float | None = None


_problem = msgspec.json.Decoder(Problem)


def message_id(ref: str) -> str:
    """The apns-id of a message: the same for every attempt, canonical and lower-case.

    It is uuid.uuid5 of the reference, at a third of what the standard library takes.
    """
    digest = bytearray(hashlib.sha1(_NAMESPACE.bytes + ref.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Apns(base.Provider):
    """One app's notifications, signed with one key."""

    key = "push/apns"
    channel = "apns"
    title = "Apple Push Notification service"
    about = "Notifications for apps on iPhone, iPad, Mac and Watch, straight to Apple"
    settings_type = ApnsSettings
    default_endpoint = PRODUCTION
    doubt_rule = (
        "Apple cannot be asked about a notification. One with a collapse id settles itself: it is sent again under"
        " the same id and replaces the first. Without one a person decides."
    )

    def __init__(self, settings: ApnsSettings, context: base.Context) -> None:
        """Read the key. Raises errors.BadSettings naming the field and the remedy."""
        super().__init__(settings, context)
        self._signing_key = _load_key(settings.key)
        if not _PLAIN.fullmatch(settings.bundle_id):
            raise errors.BadSettings(
                "bundle_id", "The bundle id has letters, digits, dots and hyphens", "Copy it from Xcode"
            )
        self.endpoint = _endpoint(settings, context)
        self._transport = transport.Transport(ca_pem=context.ca_pem, http2=True, timeout_s=context.timeout_s)
        self._path = f"{self.endpoint}/3/device/"
        self._headers: dict[str, str] = {}
        self._minted_at = 0.0

    async def close(self) -> None:
        """Give the connection back."""
        await self._transport.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Hand over one notification. A token of the other environment is told apart from a dead one."""
        content = message.content
        if not isinstance(content, rules.ApnsContent):
            raise TypeError(f"Apple push was handed content for {type(content).__name__}")
        token = message.to.lower()
        if not _TOKEN.fullmatch(token):
            raise errors.PermanentRecipient(
                "malformed-token", "A device token is an even number of hex digits, at most 200"
            )
        body = rules.payload(content, ref=message.ref)
        if len(body) > rules.PAYLOAD_LIMIT:
            raise errors.PermanentContent(
                "413 PayloadTooLarge", f"{len(body)} bytes; Apple takes {rules.PAYLOAD_LIMIT}"
            )
        headers = self._describe(content, message.ref)
        reply = await self._post(token, headers, body)
        if reply.status != 200:
            raise self._refused(reply)
        if reply.body:  # Apple's success is empty: somebody else speaks here
            raise atlas.on_the_way("unreadable-success", status=200)
        return base.Accepted(
            provider_ref=reply.headers.get("apns-id") or headers["apns-id"],
            detail=reply.headers.get("apns-unique-id", "")[:200],
        )

    async def check(self) -> list[wire.CheckRow]:
        """Let a client that others wrote push to nobody: a good key gets as far as the unknown token."""
        return await apns_check.run(
            endpoint=self.endpoint,
            ca_pem=self.context.ca_pem,
            key=self.settings.key.reveal(),
            key_id=self.settings.key_id,
            team_id=self.settings.team_id,
            topic=self.settings.bundle_id,
        )

    def _describe(self, content: rules.ApnsContent, ref: str) -> dict[str, str]:
        """The headers of one message, but for the token's."""
        expires = int(self.context.clock()) + content.ttl_s if content.ttl_s else 0
        headers = {
            "apns-id": message_id(ref),
            "apns-push-type": content.push_type,
            "apns-priority": str(content.priority),
            "apns-expiration": str(expires),
        }
        if content.collapse_id:
            headers["apns-collapse-id"] = content.collapse_id
        return headers

    async def _post(self, token: str, headers: dict[str, str], body: bytes) -> transport.Reply:
        url = self._path + token
        constant = self._constant()
        reply = await self._transport.request("POST", url, headers=constant | headers, body=body)
        if reply.status == 403 and b"ExpiredProviderToken" in reply.body and self._renew(constant):
            constant = self._constant()
            reply = await self._transport.request("POST", url, headers=constant | headers, body=body)
        return reply

    def _constant(self) -> dict[str, str]:
        """The headers all messages share, with a provider token that is still good."""
        now = self.context.clock()
        if not self._headers or not 0 <= now - self._minted_at < TOKEN_LIFE_S:
            settings: ApnsSettings = self.settings
            issued_at = int(now)
            header = {"alg": "ES256", "kid": settings.key_id}
            claims = {"iss": settings.team_id, "iat": issued_at}
            bearer = f"bearer {es256.sign(header, claims, self._signing_key)}"
            self._headers = {"authorization": bearer, "apns-topic": settings.bundle_id}
            self._minted_at = now
        return self._headers

    def _renew(self, refused: dict[str, str]) -> bool:
        """Whether to try again with another token than the one Apple just called expired."""
        if self._headers is not refused:
            return True  # a message beside this one has renewed it
        if self.context.clock() - self._minted_at < RENEWABLE_AFTER_S:
            return False  # ours is young, so a clock is wrong; renewing again would be throttled
        self._headers = {}
        return True

    def _refused(self, reply: transport.Reply) -> errors.SendError:
        try:
            problem = _problem.decode(reply.body)
        except transport.UNREADABLE:
            problem = Problem()
        code = f"{reply.status} {problem.reason}".rstrip()
        more: dict[str, Any] = {}
        if reply.status == 410:
            more["remove_address"] = True
            more["dead_since"] = problem.timestamp / 1000 if problem.timestamp is not None else None
        if problem.reason == "BadDeviceToken":
            more["text"] = self._mixed_up()
        return atlas.error(
            _TABLE,
            code,
            status=reply.status,
            retry_after_s=atlas.retry_after(reply.headers.get("retry-after"), self.context.clock()),
            **more,
        )

    def _mixed_up(self) -> str:
        ours = self.settings.environment
        other = "development" if ours == "production" else "production"
        return (
            f"Apple's {ours} environment does not know this token: it is malformed, or the app build that "
            f"registered it belongs to {other}. Check the account's environment before dropping the token."
        )


def _load_key(secret: base.Secret) -> ec.EllipticCurvePrivateKey:
    remedy = "Paste the whole text of the .p8 file, from BEGIN PRIVATE KEY to END PRIVATE KEY"
    try:
        key = serialization.load_pem_private_key(secret.reveal().strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise errors.BadSettings("key", "The signing key cannot be read", remedy) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise errors.BadSettings("key", "This is not a signing key for Apple push", remedy)
    return key


def _endpoint(settings: ApnsSettings, context: base.Context) -> str:
    """Apple's host by environment, or the twin's or gateway's as given."""
    if context.endpoint == PRODUCTION and settings.environment == "development":
        return DEVELOPMENT
    parts = urlsplit(context.endpoint)
    if parts.scheme != "https" or not parts.hostname or parts.path.rstrip("/") or parts.query:
        raise errors.BadSettings(
            "endpoint",
            "Apple push is spoken over TLS, at the root of a host",
            "Write it as https://gateway.example:443",
        )
    return f"https://{parts.netloc}"
