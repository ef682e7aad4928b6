"""An operator's key is read once, however often accounts are opened with it."""

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.providers import keys
from server.providers.email import dkim

AGAIN = 50


def _pem(cipher: serialization.KeySerializationEncryption) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher)


def _cpu_s(pem: bytes, times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        dkim.Signer(domain="sender.example", selector="one", key_pem=pem.decode())
    return time.process_time() - began


def test_opening_with_the_same_key_again_costs_next_to_nothing() -> None:
    pem = _pem(serialization.NoEncryption())
    first_s = _cpu_s(pem, 1)
    assert _cpu_s(pem, AGAIN) < AGAIN * first_s / 4


def test_a_locked_key_and_no_key_are_refused_each_time() -> None:
    locked = _pem(serialization.BestAvailableEncryption(b"secret"))
    for _ in range(2):
        with pytest.raises(TypeError):
            keys.private(locked)
        with pytest.raises(ValueError, match="load PEM"):
            keys.private(b"no key")
