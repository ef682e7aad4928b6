"""Forms drawn from settings types, and settings built from what was filled in."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from server.providers import base, errors, form, registry
from server.wire import providers as wire

KIND = wire.FieldKind


class Sample(base.Settings, frozen=True, kw_only=True):
    """One field of each kind."""

    name: Annotated[str, msgspec.Meta(title="Login", description="As in the contract", examples=["acme"])]
    password: Annotated[base.Secret, msgspec.Meta(title="Password")]
    key: Annotated[base.Secret, msgspec.Meta(extra={"multiline": True})] = base.Secret("")
    notes: Annotated[str, msgspec.Meta(extra={"multiline": True})] = "none"
    mode: Annotated[Literal["fast", "safe"], msgspec.Meta(title="Mode")] = "safe"
    port: Annotated[int, msgspec.Meta(title="Port", ge=1, le=65535)] = 587
    pooled: bool = True
    code: Annotated[str, msgspec.Meta(title="Code", pattern="^[A-Z]{2}$")] = "AA"


FILLED: dict[str, str | int | bool] = {"name": "acme"}
SECRET = {"password": "pa55w0rd-of-acme"}


def test_every_field_is_drawn_and_the_common_ones_come_last() -> None:
    drawn = form.fields(Sample)
    assert [(field.name, field.kind) for field in drawn] == [
        ("name", KIND.TEXT),
        ("password", KIND.SECRET),
        ("key", KIND.SECRET_MULTILINE),
        ("notes", KIND.MULTILINE),
        ("mode", KIND.CHOICE),
        ("port", KIND.NUMBER),
        ("pooled", KIND.SWITCH),
        ("code", KIND.TEXT),
        ("endpoint", KIND.TEXT),
        ("ca", KIND.MULTILINE),
    ]
    name, password, _, _, mode, port, *_ = drawn
    assert (name.label, name.help, name.placeholder, name.required) == (
        "Login",
        "As in the contract",
        "acme",
        True,
    )
    assert (password.required, password.default) == (True, None)
    assert (mode.choices, mode.default) == (["fast", "safe"], "safe")
    assert (port.default, port.required) == (587, False)


def test_settings_are_built_with_defaults_and_trimmed() -> None:
    made = form.build(Sample, {"name": " acme\n", "port": "25", "endpoint": "twin"}, {"password": "a b\n"})
    assert (made.name, made.port, made.mode, made.endpoint) == ("acme", 25, "safe", "twin")
    assert made.password.reveal() == "a b"
    assert not made.key


@pytest.mark.parametrize(
    "settings, secrets, place, says",
    [
        ({}, SECRET, "name", "Login is missing"),
        ({"name": "  "}, SECRET, "name", "Login is missing"),
        (FILLED, {}, "password", "Password is missing"),
        (FILLED, {"password": ""}, "password", "Password is missing"),
        (FILLED | {"port": 0}, SECRET, "port", "Port must be a whole number from 1 to 65535"),
        (FILLED | {"port": "many"}, SECRET, "port", "Port must be a whole number from 1 to 65535"),
        (FILLED | {"mode": "slow"}, SECRET, "mode", "Mode must be one of fast, safe"),
        (FILLED | {"pooled": "perhaps"}, SECRET, "pooled", "Pooled must be true or false"),
        (FILLED | {"code": "a"}, SECRET, "code", "Code does not have the right form"),
        (FILLED | {"prot": 1}, SECRET, "prot", "This provider has no setting 'prot'"),
        (FILLED | {"password": "x"}, SECRET, "password", "Password is a secret"),
        (FILLED, SECRET | {"name": "x"}, "name", "Login is not a secret"),
        (FILLED, SECRET | {"other": "x"}, "other", "This provider has no setting 'other'"),
    ],
)
def test_a_mistake_names_the_field(settings: Any, secrets: dict[str, str], place: str, says: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        form.build(Sample, settings, secrets)
    assert caught.value.place == place
    assert caught.value.message == says
    assert caught.value.remedy


def test_no_repr_shows_a_secret() -> None:
    made = form.build(Sample, FILLED, SECRET)
    assert SECRET["password"] not in f"{made!r} {made}"


def test_a_type_no_form_can_ask_for_is_a_mistake_of_ours() -> None:
    class Odd(base.Settings, frozen=True, kw_only=True):
        sizes: list[int] = []  # noqa: RUF012 - msgspec copies it

    with pytest.raises(TypeError, match="sizes"):
        form.fields(Odd)


def test_every_adapter_is_found_by_its_key_and_draws_its_form() -> None:
    types = {row.key: row for row in registry.types()}
    assert list(types) == list(registry.PROVIDERS)
    for key, row in types.items():
        assert row.channel == registry.PROVIDERS[key].channel
        assert row.title
        assert row.about
        assert [field.name for field in row.fields[-2:]] == ["endpoint", "ca"]
        assert all(field.label for field in row.fields)
        assert all(field.help for field in row.fields if field.required), key


def test_an_unknown_key_is_no_provider() -> None:
    with pytest.raises(KeyError):
        registry.PROVIDERS["sms/nobody"]
