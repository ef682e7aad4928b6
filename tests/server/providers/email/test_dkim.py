"""Signatures, judged by dkimpy with the key taken from our own DNS record."""

import base64
import functools
import types
from collections.abc import Callable

import dkim as judge
import pytest
from cryptography import exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from server.providers.email import dkim, mime

AT = 1_795_165_506.0


@functools.cache
def pem(kind: str) -> str:
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if kind == "rsa":
        key = rsa.generate_private_key(65537, 2048)
    elif kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def signer(kind: str = "rsa") -> dkim.Signer:
    return dkim.Signer(domain="example.com", selector="s1", key_pem=pem(kind))


@pytest.fixture(autouse=True)
def _ed25519_for_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge canonicalises and decides by itself; for the curve's bare arithmetic it wants a library we lack."""

    class VerifyKey:
        def __init__(self, key: bytes, encoder: Callable[[bytes], bytes]) -> None:
            self.key = ed25519.Ed25519PublicKey.from_public_bytes(encoder(key))

        def verify(self, digest: bytes, signature: bytes) -> None:
            self.key.verify(signature, digest)

    nacl = types.SimpleNamespace(
        signing=types.SimpleNamespace(VerifyKey=VerifyKey),
        encoding=types.SimpleNamespace(Base64Encoder=base64.b64decode),
        exceptions=types.SimpleNamespace(
            BadSignatureError=exceptions.InvalidSignature, ValueError=ValueError
        ),
    )
    monkeypatch.setattr(judge, "nacl", nacl, raising=False)


def verifies(raw: bytes, by: dkim.Signer) -> bool:
    def record(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == by.record_name
        return by.record.encode()

    return bool(judge.verify(raw, dnsfunc=record))


def signed(mail: mime.Mail, by: dkim.Signer) -> bytes:
    return mime.Mail(headers=[by.sign(mail, at=AT), *mail.headers], body=mail.body).encode()


MAIL = mime.Mail(
    headers=[
        (b"From", b"Acme\r\n <news@example.com>"),
        (b"To", b"zoe@example.org"),
        (b"Subject", b"=?utf-8?B?w4l0w6k=?=\r\n  =?utf-8?B?w4l0w6k=?="),
        (b"Date", b"Fri, 20 Nov 2026 09:05:06 +0000"),
        (b"Message-ID", b"<1@example.com>"),
        (b"List-Unsubscribe", b"<https://u.example/1>"),
        (b"List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        (b"MIME-Version", b"1.0"),
        (b"Content-Type", b"text/plain;\tcharset=utf-8"),
    ],
    body=b"one  two \r\n\r\n.\r\n",
)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_verifies_and_covers_what_one_click_needs(kind: str) -> None:
    by = signer(kind)
    raw = signed(MAIL, by)
    assert verifies(raw, by)
    listed = (
        by.sign(MAIL, at=AT)[1]
        .replace(b"\r\n", b"")
        .replace(b" ", b"")
        .split(b"h=")[1]
        .split(b";")[0]
        .split(b":")
    )
    assert listed.count(b"from") == 2
    assert {b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"} < set(listed)
    assert {b"list-unsubscribe", b"list-unsubscribe-post"} < set(listed)
    assert b"reply-to" not in listed


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize(
    "old, new",
    [
        (b"one", b"ond"),
        (b"zoe@", b"zof@"),
        (b"https://u.example/1", b"https://u.example/2"),
        (b"One-Click", b"Two-Click"),
        (b"From: Acme", b"From: Other <x@example.net>\r\nFrom: Acme"),
        (b"\r\n.\r\n", b"\r\n.\r\nmore\r\n"),
    ],
)
def test_what_is_changed_on_the_way_no_longer_verifies(kind: str, old: bytes, new: bytes) -> None:
    by = signer(kind)
    raw = signed(MAIL, by)
    assert old in raw
    assert not verifies(raw.replace(old, new), by)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@settings(max_examples=40, deadline=None)
@given(
    body=st.lists(st.text(alphabet="ab \t.=-")).map(
        lambda lines: "".join(f"{line}\r\n" for line in lines).encode()
    ),
    subject=st.text(alphabet="ab \t:;=", max_size=80).map(str.encode),
)
def test_any_body_and_subject_verify(kind: str, body: bytes, subject: bytes) -> None:
    headers = [(name, subject if name == b"Subject" else value) for name, value in MAIL.headers]
    by = signer(kind)
    assert verifies(signed(mime.Mail(headers=headers, body=body), by), by)


@pytest.mark.parametrize(
    "body, canonical",
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \r\n\t\r\n", b""),
        (b"a \t b\t\r\n\r\n", b"a b\r\n"),
        (b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
    ],
)
def test_a_body_is_relaxed_as_the_standard_says(body: bytes, canonical: bytes) -> None:
    assert dkim.canonical_body(body) == canonical


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"domain": "exa mple"}, "the domain"),
        ({"domain": "example.com\r\nx"}, "the domain"),
        ({"selector": "s1; d=other"}, "the selector"),
        ({"key_pem": "secret-nonsense"}, "cannot be read"),
        ({"key_pem": pem("ec")}, "neither RSA nor Ed25519"),
    ],
)
def test_what_cannot_sign_is_named_without_showing_the_key(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        dkim.Signer(**{"domain": "example.com", "selector": "s1", "key_pem": pem("rsa"), **fields})
    assert "secret-nonsense" not in str(caught.value)


def test_a_locked_key_is_told_apart() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    ).decode()
    with pytest.raises(ValueError, match="password"):
        dkim.Signer(domain="example.com", selector="s1", key_pem=locked)
