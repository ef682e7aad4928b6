"""Access tokens for a Google service account: signed for, kept, and renewed in time."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import ClassVar
from urllib import parse

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.providers import atlas, base, errors, keys, transport

TABLE = "rcs_errors"
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE = "googleapis.com"
ASSERTION_S = 3600  #: an assertion lives for an hour, which is the most Google takes
EARLY_S = 300  #: a token is renewed so long before its end
SHORTEST_S = 30  #: and serves at least so long, however short a life it is given
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PASTE = "Paste the whole JSON key file of the service account, as Google gave it"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a service account's key file that are used."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str

    def __repr__(self) -> str:  # never the key
        return f"Key({self.client_email})"


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float = ASSERTION_S


class _Denied(msgspec.Struct):
    error: str
    error_description: str = ""


def read_key(secret: base.Secret, place: str) -> Key:
    """Read a key file. Raises errors.BadSettings for `place`; nothing of the file is repeated."""
    try:
        return msgspec.json.decode(secret.reveal().encode(), type=Key)
    except transport.UNREADABLE:
        raise errors.BadSettings(place, "This is not a service account's key file", PASTE) from None


class Tokens:
    """The one token of an account, shared by all sends and renewed by one of them."""

    HEADERS: ClassVar[dict[str, str]] = {"content-type": "application/x-www-form-urlencoded"}

    def __init__(self, key: Key, *, endpoint: str, place: str, clock: Callable[[], float]) -> None:
        """Load the key and judge its token address. Raises errors.BadSettings."""
        self.url = token_url(key.token_uri, endpoint=endpoint, place=place)
        self._key = key
        self._private = _private_key(key, place)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0  #: epoch seconds

    def held(self) -> str:
        """The token in hand, or empty when a new one is due."""
        return self._token if self._clock() < self._renew_at else ""

    def drop(self, token: str) -> None:
        """Forget a token that was refused, unless another has taken its place."""
        if token == self._token:
            self._renew_at = 0.0

    async def get(self, http: transport.Transport) -> str:
        """The token, fetched if need be. Raises an errors.SendError; never Doubt, for no message has left."""
        async with self._lock:
            return self.held() or await self._fetch(http)

    async def _fetch(self, http: transport.Transport) -> str:
        now = self._clock()
        body = parse.urlencode({"grant_type": GRANT, "assertion": self._assertion(int(now))}).encode()
        try:
            reply = await http.request("POST", self.url, headers=self.HEADERS, body=body)
        except errors.Doubt as doubt:
            raise errors.ProviderDown(doubt.code, "The token endpoint gave no answer") from None
        if reply.status != 200:
            raise _denied(reply, now)
        try:
            granted = msgspec.json.decode(reply.body, type=_Granted)
        except transport.UNREADABLE:
            raise errors.ProviderDown(
                "token-unreadable", "The token endpoint's answer has no token"
            ) from None
        if not granted.access_token.isascii() or not granted.access_token.isprintable():
            raise errors.ProviderDown("token-unreadable", "The token endpoint's answer has no token")
        self._token = granted.access_token
        self._renew_at = now + max(SHORTEST_S, granted.expires_in - EARLY_S)
        return self._token

    def _assertion(self, now: int) -> str:
        header = {"alg": "RS256", "typ": "JWT", "kid": self._key.private_key_id}
        claims = {
            "iss": self._key.client_email,
            "scope": SCOPE,
            "aud": self.url,
            "iat": now,
            "exp": now + ASSERTION_S,
        }
        signed = b".".join(_base64url(msgspec.json.encode(part)) for part in (header, claims))
        signature = self._private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return (signed + b"." + _base64url(signature)).decode()


def token_url(uri: str, *, endpoint: str, place: str) -> str:
    """Where the token is asked for: at Google, or beneath the account's own endpoint, and nowhere else.

    A key file is pasted in by people, and its signature opens an account: it must not be led elsewhere.
    """
    own = parse.urlsplit(endpoint)
    try:
        found = parse.urlsplit(parse.urljoin(endpoint.rstrip("/") + "/", uri))
        host, port = found.hostname or "", found.port
    except ValueError:
        raise errors.BadSettings(place, "The key file's token_uri is not an address", PASTE) from None
    beneath = (found.scheme, found.netloc) == (own.scheme, own.netloc)
    beneath = beneath and found.path.startswith(own.path.rstrip("/") + "/")
    google = found.scheme == "https" and (host == GOOGLE or host.endswith("." + GOOGLE))
    google = google and port in (None, 443) and found.username is None
    if google and (own.hostname or "") in LOOPBACK:
        message = "The key file is one of Google's, but the endpoint is on this machine"
        raise errors.BadSettings(place, message, "Leave the endpoint empty, or use the twin's own key file")
    if not (beneath or google):
        message = "The key file's token_uri is neither Google's nor beneath the endpoint"
        raise errors.BadSettings(place, message, PASTE)
    return found._replace(fragment="").geturl()


def _private_key(key: Key, place: str) -> rsa.RSAPrivateKey:
    try:
        private = keys.private(key.private_key.encode())
    except (ValueError, TypeError, binascii.Error):
        raise errors.BadSettings(place, "The key file's private_key cannot be read", PASTE) from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise errors.BadSettings(place, "The key file's private_key is not an RSA key", PASTE)
    return private


def _denied(reply: transport.Reply, now: float) -> errors.SendError:
    wait = atlas.retry_after(reply.headers.get("retry-after"), now)
    if reply.status == 429:
        return errors.Throttled("token-429", "Too many token requests", status=429, retry_after_s=wait)
    if reply.status >= 500:
        return errors.ProviderDown(
            f"token-{reply.status}",
            "The token endpoint is not available",
            status=reply.status,
            retry_after_s=wait,
        )
    try:
        denied = msgspec.json.decode(reply.body, type=_Denied)
    except transport.UNREADABLE:
        denied = _Denied(error=f"token-{reply.status}", error_description="No token was given")
    code = denied.error[:64]
    if atlas.entry(TABLE, code) is None:
        return errors.AuthConfig(code, denied.error_description, status=reply.status)
    return atlas.error(TABLE, code, text=denied.error_description, status=reply.status)


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
