"""Verify JSON web tokens as push services do: ES256, 64 raw bytes of signature, no padding."""

import base64
import re
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  #: what hostile JSON may raise

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Base64url without padding. Raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify(token: str, public: ec.EllipticCurvePublicKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims. Raises ValueError for another form, algorithm or signer."""
    found = _COMPACT.fullmatch(token)
    if found is None:
        raise ValueError("not a compact token")
    header, claims = _object(found[1]), _object(found[2])
    signature = decode(found[3])
    if header.get("alg") != "ES256" or len(signature) != 64:
        raise ValueError("not signed by ES256")
    der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        public.verify(der, f"{found[1]}.{found[2]}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ValueError("signed with another key") from None
    return header, claims


def key_id(token: str) -> str:
    """The key id a token names, not verified; empty where it names none."""
    try:
        return str(_object(token.partition(".")[0]).get("kid", ""))
    except ValueError:
        return ""


def _object(part: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(decode(part))
    except UNREADABLE:
        raise ValueError("not JSON") from None
    if isinstance(value, dict):
        return value
    raise ValueError("not a JSON object")
