"""Browser push: sealed messages to the push service a subscription names (RFC 8030, 8291, 8292)."""

import re
from dataclasses import dataclass
from typing import Annotated

import msgspec

from server.channels import webpush as rules
from server.providers import atlas, base, errors, transport
from server.providers.push import es256, sealing, vapid
from server.wire import providers as wire

#: Stands for "wherever the subscription says": there is no single address of browser push.
ANYWHERE = "https://*"
HOSTS = "fcm.googleapis.com, *.push.services.mozilla.com, web.push.apple.com, *.notify.windows.com"
CHECKED_AT = "https://updates.push.services.mozilla.com/"  #: where an account without an endpoint is tried
MISMATCHES_BELIEVED = 5  #: wrong keys in a row at one service that are put down to the subscriptions

_TABLE = "webpush_errors"
_MOVED = (301, 307, 308)
_SPLIT = re.compile(r"[\s,]+")
#: Strict, for the transport reads addresses by other rules than Python: to it a backslash ends the host.
_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(?::443)?/[!-\[\]-~]*", re.IGNORECASE)
_MISMATCH = frozenset({"403", "VapidPkHashMismatch"})
_DEAD_ERRNO = frozenset({102, 103, 105, 106})


class WebPushSettings(base.Settings, frozen=True, kw_only=True):
    """The keys that browsers were given when people subscribed."""

    private_key: Annotated[
        base.Secret,
        msgspec.Meta(
            title="VAPID private key",
            description="Its 32 bytes as base64url, or the PEM text",
        ),
    ]
    public_key: Annotated[
        str,
        msgspec.Meta(
            title="VAPID public key",
            description="As your site gives it to browsers, where it is called applicationServerKey",
            examples=["BA1Hxzyi1RUM1b5wjxsn7n…"],
        ),
    ]
    contact: Annotated[
        str,
        msgspec.Meta(
            title="Contact",
            description="Whom push services write to when something is wrong: mailto: or https:",
            pattern="^(mailto:[^@ ]+@[^@ ]+|https://[^ ]+)$",
            examples=["mailto:push@example.com"],
        ),
    ]
    hosts: Annotated[
        str,
        msgspec.Meta(
            title="Push services",
            description="Hosts that subscriptions may name; `*.` before a host lets its subdomains in",
            extra={"multiline": True},
        ),
    ] = HOSTS


class Keys(msgspec.Struct, frozen=True):
    """A subscription's keys, base64url."""

    p256dh: str
    auth: str


class Subscription(msgspec.Struct, frozen=True):
    """What a browser hands out when a person subscribes."""

    endpoint: str
    keys: Keys


class Problem(msgspec.Struct, frozen=True):
    """What services say in JSON: Mozilla an errno and a message, Apple a reason."""

    errno: int = 0
    message: str = ""
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Trust:
    """How one push service has received our key so far."""

    accepted: bool = False
    mismatches: int = 0  #: 403 since the last acceptance


_subscription = msgspec.json.Decoder(Subscription)
_problem = msgspec.json.Decoder(Problem)


class WebPush(base.Provider):
    """One site's notifications, signed with one VAPID key."""

    key = "push/webpush"
    channel = "webpush"
    title = "Web Push"
    about = "Notifications in Chrome, Firefox, Safari and Edge, through the push service of each browser"
    settings_type = WebPushSettings
    default_endpoint = ANYWHERE
    doubt_rule = (
        "Push services cannot be asked about a message. One with a topic settles itself: it is sent again under the"
        " same topic and replaces the first. Without one a person decides."
    )

    def __init__(self, settings: WebPushSettings, context: base.Context) -> None:
        """Read the keys. Raises errors.BadSettings naming the field and the remedy."""
        super().__init__(settings, context)
        self._tokens = vapid.Tokens(vapid.load(settings), contact=settings.contact, clock=context.clock)
        self._transport = transport.Transport(
            ca_pem=context.ca_pem, connections=context.connections, timeout_s=context.timeout_s
        )
        self._hosts = [host.lower() for host in _SPLIT.split(settings.hosts) if host]
        self._only = "" if context.endpoint == ANYWHERE else context.endpoint.rstrip("/") + "/"
        self._trust: dict[str, Trust] = {}

    async def close(self) -> None:
        """Give the connections back."""
        await self._transport.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Seal and post one notification. A subscription that moved is followed once, to a host we trust."""
        content = message.content
        if not isinstance(content, rules.WebPushContent):
            raise TypeError(f"Web Push was handed content for {type(content).__name__}")
        subscription = _read(message.to)
        origin = self._origin(subscription.endpoint)
        if not origin:
            raise errors.PermanentRecipient(
                "unknown-service", "The subscription names no push service that this account allows"
            )
        headers = _describe(content)
        body = self._seal(subscription, rules.payload(content, ref=message.ref))
        reply = await self._post(subscription.endpoint, origin, headers, body)
        if reply.status in _MOVED:
            moved = reply.headers.get("location", "")
            if moved_origin := self._origin(moved):
                reply = await self._post(moved, moved_origin, headers, body)
        trust = self._trusted(origin)
        if reply.status not in (200, 201, 202):
            raise self._refused(reply, trust)
        if reply.status == 200 and reply.body:  # a push service creates (201); a page is somebody else's
            raise atlas.on_the_way("unreadable-success", status=200)
        trust.accepted, trust.mismatches = True, 0
        return base.Accepted(provider_ref=reply.headers.get("location", "")[:500], status=reply.status)

    async def check(self) -> list[wire.CheckRow]:
        """Let a library that others wrote verify our token, and show it to a push service, to nobody."""
        place = self._only or CHECKED_AT
        origin = self._origin(place) or CHECKED_AT.rstrip("/")
        rows = [vapid.verify(self._tokens.header(origin))]
        try:
            reply = await self._post(f"{place}wpush/v2/nobody", origin, {"ttl": "0"}, b"")
        except errors.SendError as problem:
            remedy = "Check the endpoint and its authority, and that this machine may connect to it"
            return [*rows, wire.CheckRow(what="Connection", good=False, message=problem.text, remedy=remedy)]
        rows.append(wire.CheckRow(what="Connection", good=True, message=f"Connected to {origin}"))
        entry = atlas.entry(_TABLE, str(reply.status))
        if reply.status in (401, 403) and entry is not None:
            refused = wire.CheckRow(what="VAPID key", good=False, message=entry.meaning, remedy=entry.remedy)
            return [*rows, refused]
        message = "The push service did not object to the key"
        return [*rows, wire.CheckRow(what="VAPID key", good=True, message=message)]

    async def _post(self, url: str, origin: str, headers: dict[str, str], body: bytes) -> transport.Reply:
        token = {"authorization": self._tokens.header(origin)}
        return await self._transport.request("POST", url, headers=headers | token, body=body)

    def _origin(self, url: str) -> str:
        """The audience for an address; empty where we do not go, for a subscriber could name any host."""
        if self._only:
            return "/".join(self._only.split("/", 3)[:3]) if url.startswith(self._only) else ""
        found = _ADDRESS.fullmatch(url)
        if found is None:
            return ""
        host = found[1].lower()
        return f"https://{host}" if any(_matches(host, pattern) for pattern in self._hosts) else ""

    def _trusted(self, origin: str) -> Trust:
        if len(self._trust) >= vapid.SERVICES_KEPT:
            self._trust.clear()
        return self._trust.setdefault(origin, Trust())

    def _seal(self, subscription: Subscription, plain: bytes) -> bytes:
        if len(plain) > rules.PAYLOAD_LIMIT:
            raise errors.PermanentContent(
                "413", f"{len(plain)} bytes; one record holds {rules.PAYLOAD_LIMIT}"
            )
        try:
            receiver, auth = es256.decode(subscription.keys.p256dh), es256.decode(subscription.keys.auth)
            if len(auth) != 16:
                raise ValueError("the secret has 16 bytes")
            return sealing.seal(plain, receiver, auth)
        except ValueError:
            raise errors.PermanentRecipient("bad-keys", "The subscription's keys cannot be used") from None

    def _refused(self, reply: transport.Reply, trust: Trust) -> errors.SendError:
        problem = _explain(reply.body)
        code = _code(reply.status, problem)
        if code in _MISMATCH:
            return _mismatch(code, reply.status, trust)
        return atlas.error(
            _TABLE,
            code,
            text=problem.message,
            status=reply.status,
            retry_after_s=atlas.retry_after(reply.headers.get("retry-after"), self.context.clock()),
            remove_address=reply.status in (404, 410) or problem.errno in _DEAD_ERRNO,
        )


def _mismatch(code: str, status: int, trust: Trust) -> errors.SendError:
    """Whose fault a wrong key is: our keys mixed up must halt the lane, not wipe the whole base."""
    trust.mismatches += 1
    if trust.mismatches > MISMATCHES_BELIEVED:
        return errors.AuthConfig(code, "The push service refuses our key again and again", status=status)
    if trust.accepted:
        text = "The subscription was made with another key"
        return errors.PermanentRecipient(code, text, status=status, remove_address=code != "403")
    return errors.Transient(
        code, "The push service refused our key, which it has not taken yet", status=status
    )


def _explain(body: bytes) -> Problem:
    try:
        return _problem.decode(body)
    except transport.UNREADABLE:
        return Problem(message=body[:500].decode(errors="replace").strip())


def _read(address: str) -> Subscription:
    try:
        return _subscription.decode(address)
    except transport.UNREADABLE:
        raise errors.PermanentRecipient(
            "bad-subscription", 'A subscription is JSON with "endpoint" and "keys" of "p256dh" and "auth"'
        ) from None


def _describe(content: rules.WebPushContent) -> dict[str, str]:
    headers = {
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(content.ttl_s),
        "urgency": content.urgency,
    }
    if content.topic:
        headers["topic"] = content.topic
    return headers


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _code(status: int, problem: Problem) -> str:
    """The most telling of a service's words that the atlas knows; else the status."""
    for word in (problem.reason, f"errno {problem.errno}"):
        if atlas.entry(_TABLE, word) is not None:
            return word
    return str(status)
