"""Sign JSON web tokens with ES256 (RFC 7515, RFC 7518)."""

import base64
import binascii
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

_STANDARD = bytes.maketrans(b"-_", b"+/")
_ES256 = ec.ECDSA(hashes.SHA256())


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Base64url with or without padding; the standard alphabet is forgiven. Raises ValueError."""
    plain = text.encode("ascii").translate(_STANDARD).rstrip(b"=")
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)


def sign(header: dict[str, str], claims: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> str:
    """A compact token; its signature is R and S, 32 bytes each, never DER."""
    text = f"{encode(msgspec.json.encode(header))}.{encode(msgspec.json.encode(claims))}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), _ES256))
    return f"{text}.{encode(r.to_bytes(32) + s.to_bytes(32))}"
