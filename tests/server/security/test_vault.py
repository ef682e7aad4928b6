"""The vault seals what it is given, opens it at its own place alone, and finds its key again."""

import base64
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any, ClassVar

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest

from server.security import vault

SECRET = "p8-text-with-ümlauts"
HERE: dict[str, Any] = {"workspace": 1, "account": 7, "name": "key"}


Make = Callable[[], Any]


class Safe(keyring.backend.KeyringBackend):
    """A keyring that keeps what it is given, as a desktop's does."""

    priority: ClassVar[float] = 1.0
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class Locked(Safe):
    """A keyring that waits for a person who is not there."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(30)
        return None

    set_password = get_password  # type: ignore[assignment]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    Safe.kept.clear()

    def choose(kind: Make) -> None:
        backend = kind()
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)

    return choose


def test_a_sealed_secret_opens_at_its_own_place(tmp_path: pathlib.Path) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    sealed = keys.seal(SECRET, **HERE)
    assert SECRET.encode() not in sealed
    assert keys.open(sealed, **HERE) == SECRET


@pytest.mark.parametrize("moved", [{"workspace": 2}, {"account": 8}, {"name": "token"}])
def test_a_sealed_secret_does_not_open_at_another_place(
    tmp_path: pathlib.Path, moved: dict[str, Any]
) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    sealed = keys.seal(SECRET, **HERE)
    with pytest.raises(vault.Tampered, match="Type it again"):
        keys.open(sealed, **{**HERE, **moved})


def test_every_changed_byte_and_every_cut_is_found(tmp_path: pathlib.Path) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    sealed = keys.seal(SECRET, **HERE)
    for index in range(len(sealed)):
        for other in (sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :], sealed[:index]):
            with pytest.raises(vault.Tampered):
                keys.open(other, **HERE)


def test_the_same_secret_is_sealed_differently_each_time(tmp_path: pathlib.Path) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    assert keys.seal(SECRET, **HERE) != keys.seal(SECRET, **HERE)


def test_the_key_shows_in_no_repr(tmp_path: pathlib.Path) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    assert base64.b64encode(keys.key).decode() not in repr(keys)
    assert repr(keys.key)[2:-1] not in repr(keys)


def test_without_a_keyring_the_key_lies_in_a_file_of_ones_own_and_the_vault_says_so(
    tmp_path: pathlib.Path,
) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    path = tmp_path / "master.key"
    assert str(path) in keys.place
    assert path.stat().st_mode & 0o777 == 0o600
    assert vault.unlock(tmp_path, keyring=False) == keys


def test_a_real_keyring_is_used_and_no_key_lies_in_a_file(tmp_path: pathlib.Path, use: Any) -> None:
    use(Safe)
    keys = vault.unlock(tmp_path)
    assert "keyring" in keys.place
    assert not (tmp_path / "master.key").exists()
    assert vault.unlock(tmp_path) == keys


def test_a_backend_that_protects_nothing_is_never_used(tmp_path: pathlib.Path, use: Any) -> None:
    class PlaintextKeyring(Safe):
        pass

    for number, kind in enumerate(
        (keyring.backends.null.Keyring, keyring.backends.fail.Keyring, PlaintextKeyring)
    ):
        use(kind)
        data = tmp_path / str(number)
        data.mkdir()
        assert "file" in vault.unlock(data).place
    assert Safe.kept == {}


def test_a_locked_keyring_cannot_hang_the_start(
    tmp_path: pathlib.Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "PATIENCE_S", 0.2)
    use(Locked)
    begun = time.monotonic()
    assert "file" in vault.unlock(tmp_path).place
    assert time.monotonic() - begun < 5


def test_a_keyring_that_is_locked_today_never_leads_to_a_second_key(
    tmp_path: pathlib.Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Safe)
    vault.unlock(tmp_path)
    monkeypatch.setattr(vault, "PATIENCE_S", 0.2)
    use(Locked)
    with pytest.raises(vault.Closed, match="Unlock the keyring"):
        vault.unlock(tmp_path)
    assert not (tmp_path / "master.key").exists()


def test_a_key_that_others_can_read_is_refused_with_the_command_to_type(tmp_path: pathlib.Path) -> None:
    vault.unlock(tmp_path, keyring=False)
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(vault.Closed, match=r"chmod 600 .*master\.key"):
        vault.unlock(tmp_path, keyring=False)


def test_another_key_in_the_files_place_is_refused(tmp_path: pathlib.Path) -> None:
    vault.unlock(tmp_path, keyring=False)
    (tmp_path / "master.key").write_bytes(base64.b64encode(os.urandom(32)))
    with pytest.raises(vault.Closed, match="not the one"):
        vault.unlock(tmp_path, keyring=False)


@pytest.mark.parametrize("content", [b"", b"!!!", base64.b64encode(b"short")])
def test_a_damaged_key_is_named(tmp_path: pathlib.Path, content: bytes) -> None:
    vault.unlock(tmp_path, keyring=False)
    (tmp_path / "master.key").write_bytes(content)
    with pytest.raises(vault.Closed, match="damaged"):
        vault.unlock(tmp_path, keyring=False)


def test_a_lost_key_is_named_and_not_made_anew(tmp_path: pathlib.Path) -> None:
    vault.unlock(tmp_path, keyring=False)
    (tmp_path / "master.key").unlink()
    with pytest.raises(vault.Closed, match="gone"):
        vault.unlock(tmp_path, keyring=False)


def test_a_first_start_that_was_cut_off_is_finished_with_the_same_key(tmp_path: pathlib.Path) -> None:
    keys = vault.unlock(tmp_path, keyring=False)
    (tmp_path / "vault.json").unlink()
    assert vault.unlock(tmp_path, keyring=False).key == keys.key


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 1}', '{"id": "x", "place": "file", "probe": "?"}'])
def test_a_damaged_card_is_named(tmp_path: pathlib.Path, text: str) -> None:
    vault.unlock(tmp_path, keyring=False)
    (tmp_path / "vault.json").write_text(text)
    with pytest.raises(vault.Closed, match=r"vault\.json is damaged"):
        vault.unlock(tmp_path, keyring=False)
