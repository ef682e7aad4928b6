"""Seal a message for one browser subscription (RFC 8291 over RFC 8188), in a single record."""

import hashlib
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RECORD_SIZE = 4096
PLAIN_LIMIT = 3993  #: bytes: the record without its header (86), tag (16) and delimiter (1)
POINT_SIZE = 65  #: bytes of an uncompressed point

_CURVE = ec.SECP256R1()
_ECDH = ec.ECDH()
_X962 = serialization.Encoding.X962
_POINT = serialization.PublicFormat.UncompressedPoint
_CEK = b"Content-Encoding: aes128gcm\x00\x01"
_NONCE = b"Content-Encoding: nonce\x00\x01"
_LAST = b"\x02"  #: delimiter of the last record

_BLOCK = 64  #: bytes that SHA-256 takes at once
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


def seal(
    plain: bytes,
    receiver: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body to post. `receiver` is the subscription's p256dh (65 bytes), `auth` its secret (16 bytes).

    `sender` and `salt` are made anew for each message, as the RFC asks; only its vectors give them.
    Raises ValueError if `receiver` is no point of the curve or `plain` does not fit into a record.
    """
    if len(plain) > PLAIN_LIMIT:
        raise ValueError(f"{len(plain)} bytes do not fit into one record; {PLAIN_LIMIT} do")
    if len(receiver) != POINT_SIZE:
        raise ValueError("a receiver's key is one uncompressed point")
    their_key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver)
    our_key = sender or ec.generate_private_key(_CURVE)
    our_point = our_key.public_key().public_bytes(_X962, _POINT)
    salt = salt or os.urandom(16)
    secret = our_key.exchange(_ECDH, their_key)
    prk_key = _hmac(auth, secret)
    ikm = _hmac(prk_key, b"WebPush: info\x00" + receiver + our_point + b"\x01")
    prk = _hmac(salt, ikm)
    key, nonce = _hmac(prk, _CEK)[:16], _hmac(prk, _NONCE)[:12]
    header = salt + RECORD_SIZE.to_bytes(4) + bytes([len(our_point)]) + our_point
    return header + AESGCM(key).encrypt(nonce, plain + _LAST, None)


def _hmac(key: bytes, data: bytes) -> bytes:
    """HMAC with SHA-256 (RFC 2104) under a key no longer than a block.

    Every message needs five, and the library's own call takes half as long again.
    """
    block = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(block.translate(_INNER) + data).digest()
    return hashlib.sha256(block.translate(_OUTER) + inner).digest()
