"""Sealing against the RFC's vector and against a library that others wrote."""

import base64
import json
import os
import pathlib

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.channels import webpush as rules
from server.providers.push import es256, sealing

VECTORS = json.loads(
    (pathlib.Path(__file__).parents[4] / "resources/reference/vectors.json").read_text(encoding="utf-8")
)


def key_of(number: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def test_the_example_of_rfc_8291_comes_out_byte_for_byte() -> None:
    given = VECTORS["rfc8291_section5_and_appendixA"]
    raw = {name: es256.decode(given[name]) for name in ("receiver_public", "auth_secret", "salt", "body")}
    sender = key_of(es256.decode(given["sender_private"]))
    sealed = sealing.seal(
        given["plaintext"].encode(),
        raw["receiver_public"],
        raw["auth_secret"],
        sender=sender,
        salt=raw["salt"],
    )
    assert sealed == raw["body"]


@pytest.mark.parametrize("length", [0, 1, 330, sealing.PLAIN_LIMIT])
def test_another_library_opens_what_we_seal(length: int) -> None:
    device, auth, plain = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), os.urandom(length)
    sealed = sealing.seal(plain, point_of(device), auth)
    assert len(sealed) == length + 103
    assert http_ece.decrypt(sealed, private_key=device, auth_secret=auth, version="aes128gcm") == plain


def test_a_full_payload_fills_the_record_and_no_more() -> None:
    assert rules.PAYLOAD_LIMIT == sealing.PLAIN_LIMIT
    device = ec.generate_private_key(ec.SECP256R1())
    assert len(sealing.seal(b"x" * sealing.PLAIN_LIMIT, point_of(device), bytes(16))) == 4096
    with pytest.raises(ValueError, match="3994"):
        sealing.seal(b"x" * (sealing.PLAIN_LIMIT + 1), point_of(device), bytes(16))


def test_no_two_sealings_share_salt_or_key() -> None:
    device = ec.generate_private_key(ec.SECP256R1())
    one, two = (sealing.seal(b"same", point_of(device), bytes(16)) for _ in range(2))
    assert one[:16] != two[:16]
    assert one[21:86] != two[21:86]


@pytest.mark.parametrize("point", [b"", b"\x04" + bytes(64), b"\x02" * 33, b"\x05" * 65])
def test_what_is_no_point_of_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        sealing.seal(b"x", point, bytes(16))


def test_base64url_is_read_with_and_without_padding_in_both_alphabets() -> None:
    raw = bytes(range(250, 256)) * 3 + b"x"
    for text in (
        es256.encode(raw),
        base64.urlsafe_b64encode(raw).decode(),
        base64.b64encode(raw).decode(),
    ):
        assert es256.decode(text) == raw
    for broken in ("a", "a b=", "ü"):
        with pytest.raises(ValueError, match=r".*"):
            es256.decode(broken)
