"""Identify us to push services (RFC 8292): keys, and one token per service that is kept for hours."""

from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.providers import base, errors
from server.providers.push import es256
from server.wire import providers as wire

TOKEN_LIFE_S = 12 * 3600  #: push services allow 24 hours
RENEW_BEFORE_S = 3600
SERVICES_KEPT = (
    1000  #: subscriptions may name any subdomain of an allowed host; the cache must not grow with them
)

_HEADER = {"typ": "JWT", "alg": "ES256"}


class Pair(Protocol):
    """Where the keys are found in an account's settings."""

    @property
    def private_key(self) -> base.Secret:
        """Base64url of 32 bytes, or PEM."""

    @property
    def public_key(self) -> str:
        """Base64url of the 65 bytes of the point."""


class Tokens:
    """Authorization headers by push service."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, *, contact: str, clock: Callable[[], float]) -> None:
        self._key = key
        self._public = public_text(key)
        self._contact = contact
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}

    def header(self, origin: str) -> str:
        """The header for one origin, such as `https://fcm.googleapis.com`."""
        now = self._clock()
        expires, header = self._kept.get(origin, (0.0, ""))
        if not RENEW_BEFORE_S < expires - now <= TOKEN_LIFE_S:
            if len(self._kept) >= SERVICES_KEPT:
                self._kept.clear()
            expires = int(now) + TOKEN_LIFE_S
            claims = {"aud": origin, "exp": expires, "sub": self._contact}
            header = f"vapid t={es256.sign(_HEADER, claims, self._key)},k={self._public}"
            self._kept[origin] = (expires, header)
        return header


def make() -> tuple[str, str]:
    """A new private and public key, base64url, as browsers and the account's form take them."""
    import pywebpush

    made = pywebpush.Vapid()
    made.generate_keys()
    number: int = made.private_key.private_numbers().private_value
    return es256.encode(number.to_bytes(32)), public_text(made.private_key)


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as `k` and as a browser's applicationServerKey."""
    point = serialization.PublicFormat.UncompressedPoint
    return es256.encode(key.public_key().public_bytes(serialization.Encoding.X962, point))


def load(pair: Pair) -> ec.EllipticCurvePrivateKey:
    """The signing key. Raises errors.BadSettings if it cannot be read or the public key is another's."""
    key = _read(pair.private_key.reveal().strip())
    try:
        same = es256.decode(pair.public_key) == es256.decode(public_text(key))
    except ValueError:
        same = False
    if not same:
        raise errors.BadSettings(
            "public_key",
            "The public key does not belong to the private key",
            "Give the pair your site subscribes with; with another key nobody can be reached",
        )
    return key


def _read(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        if "BEGIN" in text:
            key = serialization.load_pem_private_key(text.encode(), password=None)
            if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
                return key
        else:
            raw = es256.decode(text)
            if len(raw) == 32:
                return ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise errors.BadSettings(
        "private_key",
        "The VAPID private key cannot be read",
        "Give its 32 bytes as base64url, or the PEM text",
    )


def verify(header: str) -> wire.CheckRow:
    """What a library that others wrote says of one of our headers."""
    import pywebpush

    good = bool(pywebpush.Vapid.verify(header))
    message = (
        "The keys sign as push services expect" if good else "A token signed with these keys does not verify"
    )
    remedy = "" if good else "Make a new pair of keys and subscribe browsers with it"
    return wire.CheckRow(what="VAPID token", good=good, message=message, remedy=remedy)
