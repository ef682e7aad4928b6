"""What no program goes below with these libraries: the signatures and the key exchange that a message needs."""

import hashlib
import os
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.providers.push import sealing
from tests.bench import measure

ROUNDS, TIMES = 5, 400
SEAL, RSA, ED25519 = "floor: seal for a browser", "floor: sign with rsa2048", "floor: sign with ed25519"

_CURVE, _ECDH = ec.SECP256R1(), ec.ECDH()
_POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
_PLAIN = b"x" * 400


def seal() -> measure.Result:
    """One Web Push message, as the adapter seals it; bare are the library's calls that RFC 8291 asks for."""
    receiver = ec.generate_private_key(_CURVE).public_key().public_bytes(*_POINT)
    auth = os.urandom(16)
    ours = _repeated(lambda: sealing.seal(_PLAIN, receiver, auth))
    bare = _repeated(lambda: _exchanged(receiver))
    return _result(SEAL, ours, "a key pair, an exchange and a cipher, nothing else", bare.cpu_ms)


def sign_rsa() -> measure.Result:
    """One DKIM signature with the usual key."""
    key, form, kind = rsa.generate_private_key(65537, 2048), padding.PKCS1v15(), hashes.SHA256()
    return _result(RSA, _repeated(lambda: key.sign(b"headers", form, kind)))


def sign_ed25519() -> measure.Result:
    """One DKIM signature with the short key."""
    key, digest = ed25519.Ed25519PrivateKey.generate(), hashlib.sha256(b"headers").digest()
    return _result(ED25519, _repeated(lambda: key.sign(digest)))


FLOORS: dict[str, Callable[[], measure.Result]] = {SEAL: seal, RSA: sign_rsa, ED25519: sign_ed25519}


def _exchanged(receiver: bytes) -> None:
    """A new key pair shown, its exchange with the receiver's key, and one record sealed."""
    key = ec.generate_private_key(_CURVE)
    key.public_key().public_bytes(*_POINT)
    secret = key.exchange(_ECDH, ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver))
    AESGCM(secret[:16]).encrypt(secret[16:28], _PLAIN, None)


def _repeated(function: Callable[[], object]) -> measure.Cost:
    """The best of some rounds: what else the machine does only adds to a floor."""

    def round_of_it() -> None:
        for _ in range(TIMES):
            function()

    return min((measure.work(TIMES, round_of_it) for _ in range(ROUNDS)), key=lambda cost: cost.cpu_ms)


def _result(name: str, cost: measure.Cost, bare: str = "", bare_cpu_ms: float = 0.0) -> measure.Result:
    return measure.Result(
        name=name,
        what="messages",
        count=ROUNDS * TIMES,
        cpu_ms=cost.cpu_ms,
        per_s=cost.per_s,
        bare=bare,
        bare_cpu_ms=bare_cpu_ms,
        note=f"bare: {bare}" if bare else "",
    )
