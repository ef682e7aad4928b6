"""The token file: made once, for its owner alone."""

import os
import pathlib

import pytest

from server.api import tokens


def test_the_token_is_made_once_in_a_file_of_ones_own(tmp_path: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        token = tokens.ensure(tmp_path / "token")
    finally:
        os.umask(before)
    assert len(token) >= 40
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert tokens.ensure(tmp_path / "token") == token


def test_two_installations_have_two_tokens(tmp_path: pathlib.Path) -> None:
    assert tokens.ensure(tmp_path / "one") != tokens.ensure(tmp_path / "two")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_refused_with_the_command_to_type(
    tmp_path: pathlib.Path, mode: int
) -> None:
    path = tmp_path / "token"
    tokens.ensure(path)
    path.chmod(mode)
    with pytest.raises(tokens.Exposed, match=f"chmod 600 {path}"):
        tokens.ensure(path)


def test_an_empty_token_file_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "token"
    path.touch(0o600)
    with pytest.raises(tokens.Exposed, match=f"rm {path}"):
        tokens.ensure(path)


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        tokens.prepare(tmp_path / "deep" / "data")
    finally:
        os.umask(before)
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_others_can_enter_is_refused(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    with pytest.raises(tokens.Exposed, match=f"chmod 700 {data}"):
        tokens.prepare(data)


def test_a_file_in_the_data_folders_place_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "data").touch(0o600)
    with pytest.raises(tokens.Exposed, match="not a folder"):
        tokens.prepare(tmp_path / "data")
