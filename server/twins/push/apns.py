"""A stand-in for Apple's push service: HTTP/2, provider tokens, both environments, documented refusals."""

import hashlib
import hmac
import re
import secrets
import string
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.twins import base
from server.twins.push import es256, http2

Word = base.Word

PAYLOAD_LIMIT = 4096
VOIP_LIMIT = 5120
TOKEN_AGE_S = 3600
RENEWAL_S = 20 * 60
CLOCK_SKEW_S = 60  #: how far in the future a token may say it was made
STREAMS = 1000  #: open at once on a connection, once its first token was good
DEAD_FOR_S = 86_400

_PATH = "/3/device/"
_TOKEN = re.compile(r"(?:[0-9a-f]{2}){32,100}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\d{1,12}")
#: Push type to what it adds to the bundle id.
_SUFFIXES = {
    "alert": "",
    "background": "",
    "voip": ".voip",
    "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider",
    "location": ".location-query",
    "liveactivity": ".push-type.liveactivity",
    "widgets": ".push-type.widgets",
    "controls": ".push-type.controls",
    "pushtotalk": ".voip-ptt",
}
#: What becomes of the first attempt, by word: status and reason. After it the device takes messages.
_AT_FIRST = {Word.THROTTLED: (429, "TooManyRequests"), Word.DOWN: (503, "ServiceUnavailable")}
_SLOW_S = 2.0


class Refusal(Exception):
    """What Apple would answer in place of 200."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def token(credentials: Mapping[str, str], index: int, environment: str = "production") -> str:
    """The device token of the population's member `index`; its last bytes tell which environment it is of."""
    seed = credentials["seed"]
    body = hashlib.blake2b(f"{seed}:{index}".encode(), digest_size=24).digest()
    return (body + _mark(seed, body, environment)).hex()


def _mark(seed: str, body: bytes, environment: str) -> bytes:
    return hmac.digest(f"{seed}:{environment}".encode(), body, "sha256")[:8]


class ApnsTwin(base.Twin):
    """Apple's production and development hosts, one listener each."""

    key = "push/apns"
    channel = "apns"
    title = "Apple Push Notification service"

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self.development = ""  #: where the development host listens
        self._seed = self.credentials["seed"]
        self._public = _private(self.credentials["key"]).public_key()
        self._known: dict[str, tuple[str, int]] = {}
        self._listeners: list[http2.Listener] = []

    @classmethod
    def invent(cls) -> dict[str, str]:
        """A signing key with its ids, a team, an app, and the seed of its device tokens."""
        letters = string.ascii_uppercase + string.digits
        private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "key": private.decode(),
            "key_id": "".join(secrets.choice(letters) for _ in range(10)),
            "team_id": "".join(secrets.choice(letters) for _ in range(10)),
            "bundle_id": "com.example.heliograph",
            "seed": secrets.token_hex(16),
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        """The form's settings and secrets."""
        settings: dict[str, str | int | bool] = {
            "key_id": credentials["key_id"],
            "team_id": credentials["team_id"],
            "bundle_id": credentials["bundle_id"],
            "environment": "production",
            "endpoint": "twin",
        }
        return settings, {"key": credentials["key"]}

    async def start(self, host: str, port: int, tls: base.Tls) -> str:
        """Listen as the production host on `port`, and as the development host on a free one."""
        production, development = (
            http2.Listener(lambda environment=environment: Desk(self, environment))  # type: ignore[misc]
            for environment in ("production", "development")
        )
        endpoint = await production.start(host, port, tls)
        self._listeners = [production]
        self.development = await development.start(host, 0, tls)
        self._listeners.append(development)
        return endpoint

    @property
    def hosts(self) -> Mapping[str, str]:
        """The development host, beside the production one that `start` returned."""
        return {"development": self.development}

    async def stop(self) -> None:
        """Say that the service is shutting down, answer what is in flight, close."""
        for listener in self._listeners:
            await listener.stop('{"reason":"Shutdown"}')
        self._listeners = []

    def verified(self, bearer: str) -> tuple[str, int]:
        """Key id and time of issue of a provider token. Raises Refusal; each token is verified but once."""
        known = self._known.get(bearer)
        if known is None:
            known = self._verify(bearer)
            if len(self._known) >= 100:
                self._known.clear()
            self._known[bearer] = known
        if self.yard.clock() - known[1] > TOKEN_AGE_S:
            raise Refusal(403, "ExpiredProviderToken")
        return known

    def _verify(self, bearer: str) -> tuple[str, int]:
        try:
            header, claims = es256.verify(bearer, self._public)
        except ValueError:
            raise Refusal(403, "InvalidProviderToken") from None
        issued_at = claims.get("iat")
        if (
            header.get("kid") != self.credentials["key_id"]
            or claims.get("iss") != self.credentials["team_id"]
            or not isinstance(issued_at, int)
            or issued_at > self.yard.clock() + CLOCK_SKEW_S
        ):
            raise Refusal(403, "InvalidProviderToken")
        return str(header["kid"]), issued_at

    def admit(self, device: str, environment: str) -> None:
        """Refuse tokens of the other environment. Those the seed did not make belong to production."""
        if not _TOKEN.fullmatch(device) or not device.strip("0"):
            raise Refusal(400, "BadDeviceToken")
        raw = bytes.fromhex(device)
        if raw.startswith(b"magic"):
            return
        body, mark = raw[:24], raw[24:]
        of_development = hmac.compare_digest(mark, _mark(self._seed, body, "development"))
        if of_development != (environment == "development"):
            raise Refusal(400, "BadDeviceToken")

    def check_topic(self, topic: str, push_type: str) -> None:
        """Refuse topics that are not our app's, and push types Apple does not have."""
        if not topic:
            raise Refusal(400, "MissingTopic")
        if push_type not in _SUFFIXES:
            raise Refusal(400, "InvalidPushType")
        if topic != self.credentials["bundle_id"] + _SUFFIXES[push_type]:
            raise Refusal(400, "TopicDisallowed")


class Desk:
    """Answers one connection: to Apple it belongs to the first key that it was used with."""

    def __init__(self, twin: ApnsTwin, environment: str) -> None:
        self.streams = 1  #: until a good token has been seen
        self._twin = twin
        self._environment = environment
        self._bound: tuple[str, int] | None = None
        self._bearer = ""  #: the last good token, so that it is looked at but once

    def answer(self, headers: http2.Headers, body: bytes) -> base.Response:
        """Check as Apple does, then let the device's fate decide."""
        fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        message_id = fields.get("apns-id", "").lower()
        if not _UUID.fullmatch(message_id):
            message_id = str(uuid.uuid4())
        try:
            if len(fields) != len(headers):
                raise Refusal(400, "DuplicateHeaders")
            device = self._address(fields)
            self._authenticate(fields)
            _check_headers(fields)
            self._twin.check_topic(fields.get("apns-topic", ""), fields.get("apns-push-type", "alert"))
            payload = _check_payload(fields, body)
            self._twin.admit(device, self._environment)
        except Refusal as refusal:
            device = fields.get(":path", "").removeprefix(_PATH)[:200]
            self._keep(device, fields, body, _read(body), message_id, refusal.reason, taken=False)
            return _refuse(refusal, message_id)
        return self._deliver(device, fields, body, payload, message_id)

    def _address(self, fields: dict[str, str]) -> str:
        path = fields.get(":path", "")
        if not path.startswith(_PATH):
            raise Refusal(404, "BadPath")
        if fields.get(":method") != "POST":
            raise Refusal(405, "MethodNotAllowed")
        device = path[len(_PATH) :].lower()
        if not device:
            raise Refusal(400, "MissingDeviceToken")
        return device

    def _authenticate(self, fields: dict[str, str]) -> None:
        scheme, _, bearer = fields.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not bearer:
            raise Refusal(403, "MissingProviderToken")
        if self._bound is not None and bearer != self._bearer and es256.key_id(bearer) != self._bound[0]:
            raise Refusal(403, "UnrelatedKeyIdInToken")
        kid, issued_at = self._twin.verified(bearer)
        if self._bound is None:
            self.streams = STREAMS
        elif 0 < issued_at - self._bound[1] < RENEWAL_S:
            raise Refusal(429, "TooManyProviderTokenUpdates")
        if self._bound is None or issued_at > self._bound[1]:
            self._bound = (kid, issued_at)
        self._bearer = bearer

    def _deliver(
        self, device: str, fields: dict[str, str], body: bytes, payload: dict[str, Any], message_id: str
    ) -> base.Response:
        yard = self._twin.yard
        word = yard.population.fate("apns", device).word
        refusal = self._fate(word, device)
        if refusal is not None:
            self._keep(device, fields, body, payload, message_id, refusal.reason, taken=False)
            gone = yard.clock() - DEAD_FOR_S if refusal.status == 410 else None
            return _refuse(refusal, message_id, dead_since=gone)
        self._keep(device, fields, body, payload, message_id, word.value, taken=True)
        answer = {"apns-id": message_id}
        if self._environment == "development":
            answer["apns-unique-id"] = str(uuid.uuid4())
        after_s = _SLOW_S if word is Word.SLOW else 0.0
        return base.Response(status=200, headers=answer, after_s=after_s, cut=word is Word.CUT)

    def _fate(self, word: base.Word, device: str) -> Refusal | None:
        if word is Word.DEAD:
            return Refusal(410, "Unregistered")
        if word is Word.REFUSED:
            return Refusal(413, "PayloadTooLarge")
        if word in _AT_FIRST and not self._twin.yard.inbox.attempts("apns", device):
            return Refusal(*_AT_FIRST[word])
        return None

    def _keep(
        self,
        device: str,
        fields: dict[str, str],
        body: bytes,
        payload: dict[str, Any],
        message_id: str,
        outcome: str,
        *,
        taken: bool,
    ) -> None:
        aps = payload.get("aps")
        alert = aps.get("alert") if isinstance(aps, dict) else None
        if not isinstance(alert, dict):
            alert = {"body": alert or ""}  # the short form is a text alone
        self._twin.yard.inbox.keep(
            base.Arrival(
                twin=ApnsTwin.key,
                channel="apns",
                to=device,
                ref=str(payload.get("ref", "")),
                provider_ref=message_id,
                outcome=outcome,
                title=str(alert.get("title", "")),
                text=str(alert.get("body", "")),
                image=str(payload.get("image", "")),
                wire={
                    name: value
                    for name, value in fields.items()
                    if name.startswith("apns-") or name in (":method", ":path")
                },
                body=body.decode(errors="replace"),
                shown=payload,
                taken=taken,
            )
        )


def _check_headers(fields: dict[str, str]) -> None:
    """Refuse ids, priorities, dates and collapse ids that Apple would refuse."""
    given = fields.get("apns-id")
    if given is not None and not _UUID.fullmatch(given):
        raise Refusal(400, "BadMessageId")
    if not _NUMBER.fullmatch(fields.get("apns-expiration", "0")):
        raise Refusal(400, "BadExpirationDate")
    if len(fields.get("apns-collapse-id", "").encode("latin-1")) > 64:
        raise Refusal(400, "BadCollapseId")
    priority = fields.get("apns-priority", "10")
    allowed = {"background": ("5",), "liveactivity": ("5", "10")}
    if priority not in allowed.get(fields.get("apns-push-type", "alert"), ("1", "5", "10")):
        raise Refusal(400, "BadPriority")


def _check_payload(fields: dict[str, str], body: bytes) -> dict[str, Any]:
    limit = VOIP_LIMIT if fields.get("apns-push-type") == "voip" else PAYLOAD_LIMIT
    if len(body) > limit:
        raise Refusal(413, "PayloadTooLarge")
    payload = _read(body)
    if not isinstance(payload.get("aps"), dict):
        raise Refusal(400, "PayloadEmpty")  # nothing in it that Apple could act on
    return payload


def _read(body: bytes) -> dict[str, Any]:
    """The payload as an object; empty where it is none."""
    try:
        payload = msgspec.json.decode(body)
    except es256.UNREADABLE:
        return {}
    return payload if isinstance(payload, dict) else {}


def _refuse(refusal: Refusal, message_id: str, *, dead_since: float | None = None) -> base.Response:
    problem: dict[str, str | int] = {"reason": refusal.reason}
    if dead_since is not None:
        problem["timestamp"] = int(dead_since * 1000)
    headers = {"apns-id": message_id, "content-type": "application/json"}
    if refusal.reason == "TooManyRequests":
        headers["retry-after"] = "1"
    return base.Response(status=refusal.status, body=msgspec.json.encode(problem), headers=headers)


def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key
    raise ValueError("The twin's signing key is not an elliptic curve key; make its credentials anew.")
