"""VAPID keys and tokens, verified by libraries that others wrote."""

import json
import pathlib
from dataclasses import dataclass

import jwt
import py_vapid
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.providers import base, errors
from server.providers.push import es256, vapid

VECTOR = json.loads(
    (pathlib.Path(__file__).parents[4] / "resources/reference/vectors.json").read_text(encoding="utf-8")
)["rfc8292_section2_4"]
ORIGIN = "https://push.example.net"


@dataclass
class Pair:
    private_key: base.Secret
    public_key: str


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def pair() -> Pair:
    private, public = vapid.make()
    return Pair(base.Secret(private), public)


def claims_of(header: str) -> dict[str, object]:
    token, public = header.removeprefix("vapid t=").split(",k=")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), es256.decode(public))
    found: dict[str, object] = jwt.decode(
        token, key, algorithms=["ES256"], audience=ORIGIN, options={"verify_exp": False}
    )
    return found


def test_a_token_verifies_with_two_other_libraries() -> None:
    clock = Clock()
    header = vapid.Tokens(vapid.load(pair()), contact="mailto:a@b.test", clock=clock).header(ORIGIN)
    assert py_vapid.Vapid02.verify(header)
    assert claims_of(header) == {"aud": ORIGIN, "exp": clock.now + 12 * 3600, "sub": "mailto:a@b.test"}


def test_the_example_of_rfc_8292_verifies_by_the_library_that_judges_us() -> None:
    assert py_vapid.Vapid02.verify(f"vapid t={VECTOR['t']},k={VECTOR['k']}")
    tampered = VECTOR["t"].replace("i3CYb7t4", "i3CYb7t5")
    assert not py_vapid.Vapid02.verify(f"vapid t={tampered},k={VECTOR['k']}")


def test_one_token_per_service_is_kept_for_hours_and_renewed_in_time() -> None:
    clock = Clock()
    tokens = vapid.Tokens(vapid.load(pair()), contact="mailto:a@b.test", clock=clock)
    first = tokens.header(ORIGIN)
    clock.now += 10.9 * 3600
    assert tokens.header(ORIGIN) == first
    assert tokens.header("https://other.example") != first
    clock.now += 0.2 * 3600
    renewed = tokens.header(ORIGIN)
    assert renewed != first
    clock.now -= 3600  # a clock set back must not leave a token that is valid for too long
    assert tokens.header(ORIGIN) != renewed


def test_the_cache_does_not_grow_with_the_hosts_that_subscriptions_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vapid, "SERVICES_KEPT", 5)
    tokens = vapid.Tokens(vapid.load(pair()), contact="mailto:a@b.test", clock=Clock())
    for number in range(50):
        tokens.header(f"https://{number}.notify.windows.com")
    assert len(tokens._kept) <= 5


def test_a_key_is_read_as_pem_too() -> None:
    made = pair()
    pem = vapid.load(made).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert vapid.public_text(vapid.load(Pair(base.Secret(pem.decode()), made.public_key))) == made.public_key


@pytest.mark.parametrize(
    "text", ["", "short", "A" * 42, "A" * 43, "not base64 !", "-----BEGIN PRIVATE KEY-----\nAA\n-----END"]
)
def test_a_private_key_that_cannot_be_read_is_named_and_not_repeated(text: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        vapid.load(Pair(base.Secret(text), pair().public_key))
    assert caught.value.place == "private_key"
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("public", [pair().public_key, "", "!"], ids=["another", "empty", "no key"])
def test_a_public_key_of_another_pair_is_named(public: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        vapid.load(Pair(pair().private_key, public))
    assert caught.value.place == "public_key"
