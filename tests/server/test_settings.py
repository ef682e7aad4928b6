"""Settings are read once from four places, and checked whole."""

import pathlib
import tomllib

import pytest

from server import settings

ROOT = pathlib.Path(__file__).parents[2]


def read(
    data: pathlib.Path, text: str = "", environment: dict[str, str] | None = None, **given: object
) -> settings.Settings:
    data.mkdir(exist_ok=True)
    if text:
        (data / "heliograph.toml").write_text(text, encoding="utf-8")
    return settings.read({"data": data, **given}, environment or {})


def faults(
    data: pathlib.Path, text: str = "", environment: dict[str, str] | None = None, **given: object
) -> list[str]:
    with pytest.raises(settings.Wrong) as caught:
        read(data, text, environment, **given)
    return caught.value.faults


def test_the_version_is_the_projects(tmp_path: pathlib.Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == settings.VERSION


def test_each_place_outranks_the_one_before(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path).senders == 1
    assert read(tmp_path, "senders = 2").senders == 2
    assert read(tmp_path, environment={"HELIOGRAPH_SENDERS": "3"}).senders == 3
    assert read(tmp_path, environment={"HELIOGRAPH_SENDERS": "3"}, senders=4).senders == 4


def test_an_argument_that_was_not_given_changes_nothing(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path, "port = 8471", port=None).port == 8471


def test_lists_and_switches_are_read_from_text(tmp_path: pathlib.Path) -> None:
    found = read(
        tmp_path, environment={"HELIOGRAPH_NAMES": "a.example, b.example:8443", "HELIOGRAPH_TWINS": "false"}
    )
    assert found.names == ("a.example", "b.example:8443")
    assert found.twins is False


def test_an_unknown_setting_is_named_with_the_nearest_known_one(tmp_path: pathlib.Path) -> None:
    (fault,) = faults(tmp_path, "sender = 2")
    assert "heliograph.toml sets `sender`" in fault
    assert "Did you mean `senders`?" in fault


def test_all_faults_are_named_at_once_with_their_source(tmp_path: pathlib.Path) -> None:
    found = faults(tmp_path, "port = 70000", {"HELIOGRAPH_SENDERS": "many"}, drain_s="-1")
    assert len(found) == 3
    assert "from 0 to 65535" in found[0]
    assert "The environment sets `senders` to 'many', which is not a whole number" in found[1]
    assert "The command line" in found[2]


def test_a_broken_file_is_named(tmp_path: pathlib.Path) -> None:
    (fault,) = faults(tmp_path, "senders = = 2")
    assert "heliograph.toml cannot be read" in fault


def test_the_file_cannot_say_where_it_lies_itself(tmp_path: pathlib.Path) -> None:
    (fault,) = faults(tmp_path, 'data = "/elsewhere"')
    assert "--data" in fault


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com"])
def test_listening_beyond_this_machine_without_tls_is_refused(tmp_path: pathlib.Path, host: str) -> None:
    (fault,) = faults(tmp_path, host=host)
    assert "tls_certificate" in fault
    assert "127.0.0.1" in fault


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_loopback_needs_no_tls(tmp_path: pathlib.Path, host: str) -> None:
    assert read(tmp_path, host=host).host == host


def test_half_of_a_tls_pair_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.pem").touch()
    (fault,) = faults(tmp_path, tls_certificate=str(tmp_path / "a.pem"))
    assert "both" in fault


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "https://", "https://[", "https://a/?q=1"]
)
def test_a_public_address_that_is_none_is_refused(tmp_path: pathlib.Path, url: str) -> None:
    (fault,) = faults(tmp_path, public_url=url)
    assert "public_url" in fault


def test_settings_travel_to_a_child_unchanged(tmp_path: pathlib.Path) -> None:
    found = read(tmp_path, names=["a.example"], senders=3, drain_s=1.5)
    assert settings.load(settings.dump(found)) == found


def test_every_setting_has_help() -> None:
    rows = settings.described()
    assert len(rows) > 10
    assert all(help_ and help_[0].islower() for _, help_, _ in rows)
