"""A stand-in for a browser's push service: checks VAPID and headers as they do, and opens what devices would open."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.twins import base, http
from server.twins.push import es256

Word = base.Word

BODY_LIMIT = 4096
TTL_LIMIT_S = 2_592_000  #: longer ones are cut to this
TOKEN_LIFE_S = 86_400
CLOCK_SKEW_S = 60

_PATH = "/wpush/v2/"
_ID = re.compile(r"(?:magic|device)-[A-Za-z0-9_-]{1,100}")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VAPID = re.compile(r"vapid t=([^ ,]+), ?k=([^ ,]+)", re.IGNORECASE)
_CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://\S+")
_URGENCIES = frozenset({"", "very-low", "low", "normal", "high"})
_HEADER = 86  #: bytes: salt 16, record size 4, key length 1, key 65
_SLOW_S = 2.0
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class Refusal(Exception):
    """What the service answers in place of 201, with Mozilla's numbers."""

    def __init__(self, status: int, errno: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.errno = errno
        self.message = message


#: Word to a refusal at every attempt; a person who takes back the permission ends the subscription.
_ALWAYS = {
    Word.DEAD: (404, 102, "No such subscription"),
    Word.BLOCKED: (410, 106, "The subscription was taken back"),
    Word.REFUSED: (413, 104, "The message is too large"),
}
_AT_FIRST = {
    Word.THROTTLED: (429, 201, "Too many messages for this subscription"),
    Word.DOWN: (503, 202, "The service is being restarted"),
}


def subscription(credentials: Mapping[str, str], endpoint: str, name: str) -> dict[str, Any]:
    """What the browser `name` hands out: `device-<anything>`, or a magic id such as `magic-dead-1`.

    Its keys are derived from the twin's seed, so that no browser needs to be remembered.
    """
    private, auth = _device(credentials["seed"], name)
    public = private.public_key().public_bytes(*_POINT)
    return {
        "endpoint": f"{endpoint}{_PATH}{name}",
        "keys": {"p256dh": es256.encode(public), "auth": es256.encode(auth)},
    }


def _device(seed: str, name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    drawn = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=64).digest()
    number = int.from_bytes(drawn[:40]) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, _CURVE), drawn[40:56]


class WebPushTwin(http.HttpTwin):
    """A push service and every browser behind it."""

    key = "push/webpush"
    channel = "webpush"
    title = "Web Push service"

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self._verified: dict[str, float] = {}
        self._count = 0

    @classmethod
    def invent(cls) -> dict[str, str]:
        """The pair of keys a site subscribes with, and the seed of the browsers' own."""
        private = ec.generate_private_key(_CURVE)
        number = private.private_numbers().private_value
        return {
            "private_key": es256.encode(number.to_bytes(32)),
            "public_key": es256.encode(private.public_key().public_bytes(*_POINT)),
            "contact": "mailto:push@heliograph.test",
            "seed": secrets.token_hex(16),
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        """The form's settings and secrets."""
        settings: dict[str, str | int | bool] = {
            "public_key": credentials["public_key"],
            "contact": credentials["contact"],
            "endpoint": "twin",
        }
        return settings, {"private_key": credentials["private_key"]}

    def answer(self, request: base.Request) -> base.Response:
        """Take one message for one subscription, or say what is wrong with it."""
        name = request.path.removeprefix(_PATH)
        try:
            self._identify(request.headers.get("authorization", ""))
            if request.method != "POST":
                raise Refusal(405, 0, "Messages are posted")
            if request.path == name or not _ID.fullmatch(name):
                raise Refusal(404, 102, "No such subscription")
            _check_headers(request)
            word = self._meet(name)
        except Refusal as refusal:
            self._keep(name, request, {}, "", refusal.message, taken=False)
            return _refuse(refusal)
        return self._take(name, word, request)

    def _identify(self, header: str) -> None:
        """Refuse what is not signed by our site's key for this very service. Each token is verified but once."""
        expires = self._verified.get(header)
        if expires is None:
            expires = self._verify(header)
            if len(self._verified) >= 100:
                self._verified.clear()
            self._verified[header] = expires
        if expires < self.yard.clock():
            raise Refusal(401, 109, "The VAPID token has expired")

    def _verify(self, header: str) -> float:
        found = _VAPID.fullmatch(header)
        if found is None:
            raise Refusal(401, 109, "The Authorization header holds no VAPID token and key")
        try:
            public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, es256.decode(found[2]))
            _, claims = es256.verify(found[1], public)
        except ValueError as problem:
            raise Refusal(401, 109, f"The VAPID token cannot be verified: {problem}") from None
        expires = claims.get("exp")
        if claims.get("aud") != self.endpoint:
            raise Refusal(401, 109, "The token's aud is not the origin of this service")
        if not isinstance(expires, int) or expires > self.yard.clock() + TOKEN_LIFE_S + CLOCK_SKEW_S:
            raise Refusal(401, 109, "The token's exp is not within 24 hours")
        if not _CONTACT.fullmatch(str(claims.get("sub", ""))):
            raise Refusal(401, 109, "The token's sub is neither a mailto: nor an https: address")
        if found[2] != self.credentials["public_key"]:
            message = "The VAPID credentials do not correspond to those the subscription was created with"
            raise Refusal(403, 0, message)
        return float(expires)

    def _meet(self, name: str) -> base.Word:
        """The browser's fate, unless that is to refuse."""
        word = self.yard.population.fate("webpush", name).word
        if word in _ALWAYS:
            raise Refusal(*_ALWAYS[word])
        if word in _AT_FIRST and not self.yard.inbox.attempts("webpush", name):
            raise Refusal(*_AT_FIRST[word])
        return word

    def _take(self, name: str, word: base.Word, request: base.Request) -> base.Response:
        self._count += 1
        location = f"{self.endpoint}/m/{self._count}-{secrets.token_hex(8)}"
        try:
            shown, outcome = self._open(name, request.body), word.value
        except (ValueError, InvalidTag):
            # No service can look inside: it says 201, and the browser drops what it cannot open.
            shown, outcome = {}, "unreadable"
        self._keep(name, request, shown, location, outcome, taken=True)
        return base.Response(
            status=201,
            headers={"location": location, "ttl": str(min(int(request.headers["ttl"]), TTL_LIMIT_S))},
            after_s=_SLOW_S if word is Word.SLOW else 0.0,
            cut=word is Word.CUT,
        )

    def _open(self, name: str, body: bytes) -> dict[str, Any]:
        """What the browser's service worker gets. Raises ValueError or InvalidTag if it cannot be opened."""
        if not body:
            return {}
        private, auth = _device(self.credentials["seed"], name)
        return _read(unseal(body, private, auth))

    def _keep(
        self,
        name: str,
        request: base.Request,
        shown: dict[str, Any],
        location: str,
        outcome: str,
        *,
        taken: bool,
    ) -> None:
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel="webpush",
                to=name[:200],
                ref=str(shown.get("ref", "")),
                provider_ref=location,
                outcome=outcome,
                title=str(shown.get("title", "")),
                text=str(shown.get("body", "")),
                image=str(shown.get("image", "")),
                wire=headers,
                body=msgspec.json.encode(shown).decode() if shown else "",
                shown=shown,
                taken=taken,
            )
        )


def unseal(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Open an aes128gcm message of one record (RFC 8291). Raises ValueError or InvalidTag."""
    salt, size, sender = body[:16], int.from_bytes(body[16:20]), body[21:_HEADER]
    sealed = body[_HEADER:]
    if body[20] != 65 or not 18 <= len(sealed) <= size:
        raise ValueError("not one aes128gcm record with a key of 65 bytes")
    their_key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender)
    receiver = private.public_key().public_bytes(*_POINT)
    prk_key = hmac.digest(auth, private.exchange(ec.ECDH(), their_key), "sha256")
    ikm = hmac.digest(prk_key, b"WebPush: info\x00" + receiver + sender + b"\x01", "sha256")
    prk = hmac.digest(salt, ikm, "sha256")
    key = hmac.digest(prk, b"Content-Encoding: aes128gcm\x00\x01", "sha256")[:16]
    nonce = hmac.digest(prk, b"Content-Encoding: nonce\x00\x01", "sha256")[:12]
    plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
    if not plain.endswith(b"\x02"):
        raise ValueError("the last record does not end with delimiter 2")
    return plain[:-1]


def _check_headers(request: base.Request) -> None:
    """Refuse what the services refuse before they look for the browser."""
    ttl = request.headers.get("ttl")
    if ttl is None:
        raise Refusal(400, 111, "The TTL header is missing")
    if not (ttl.isascii() and ttl.isdecimal() and len(ttl) < 12):
        raise Refusal(400, 112, "TTL is not a whole number of seconds")
    topic = request.headers.get("topic")
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise Refusal(400, 113, "Topic is not 1 to 32 characters of the base64url alphabet")
    if request.headers.get("urgency", "") not in _URGENCIES:
        raise Refusal(400, 110, "Urgency is not one of very-low, low, normal, high")
    if len(request.body) > BODY_LIMIT:
        raise Refusal(413, 104, "The body is over 4096 bytes")
    if not request.body:
        return
    if request.headers.get("content-encoding") != "aes128gcm":
        raise Refusal(400, 110, "Content-Encoding is not aes128gcm")
    if len(request.body) <= _HEADER or request.body[20] != 65 or int.from_bytes(request.body[16:20]) < 18:
        raise Refusal(400, 110, "The body does not begin with an aes128gcm header")


def _read(plain: bytes) -> dict[str, Any]:
    """The payload our service worker expects; anything else is shown as text."""
    try:
        payload = msgspec.json.decode(plain)
    except es256.UNREADABLE:
        payload = None
    return payload if isinstance(payload, dict) else {"body": plain.decode(errors="replace")}


def _refuse(refusal: Refusal) -> base.Response:
    problem = {"code": refusal.status, "errno": refusal.errno, "message": refusal.message}
    headers = {"content-type": "application/json"}
    if refusal.status == 429:
        headers["retry-after"] = "1"
    return base.Response(status=refusal.status, body=msgspec.json.encode(problem), headers=headers)
