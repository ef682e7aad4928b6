"""The command's manners: it refuses before it harms, in one sentence that names the remedy."""

import argparse
import pathlib

import pytest

from server import demo, lock
from server.demo import command, hosted


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(given)


@pytest.mark.parametrize(
    "option, value",
    [("--recipients", "0"), ("--recipients", "1000001"), ("--seed", "-1"), ("--senders", "0")],
)
def test_numbers_beyond_bounds_are_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert demo.main(arguments("--out", str(tmp_path / "out"), option, value)) == command.USAGE
    told = capsys.readouterr().err
    assert option in told
    assert value in told
    assert not (tmp_path / "out").exists()


def test_a_data_folder_that_no_demo_made_is_left_as_it_is(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "data" / "heliograph.db"
    precious.parent.mkdir()
    precious.write_bytes(b"everything")
    assert demo.main(arguments("--out", str(tmp_path))) == command.USAGE
    assert precious.read_bytes() == b"everything"
    assert "--data" in capsys.readouterr().err


def test_the_folder_of_an_earlier_demo_is_made_anew(tmp_path: pathlib.Path) -> None:
    _, data = command.folders(arguments("--out", str(tmp_path)))
    (data / "heliograph.db").write_bytes(b"old")
    _, again = command.folders(arguments("--out", str(tmp_path)))
    assert again == data
    assert [path.name for path in again.iterdir()] == [command.MARK]


def test_a_folder_a_server_runs_on_is_not_thrown_away(tmp_path: pathlib.Path) -> None:
    _, data = command.folders(arguments("--out", str(tmp_path)))
    held = lock.take(data / "server.lock")
    try:
        with pytest.raises(command.Refused, match="still runs"):
            command.folders(arguments("--out", str(tmp_path)))
    finally:
        held.release()
    assert (data / command.MARK).exists()


def test_a_named_data_folder_is_used_with_what_is_in_it(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "heliograph.db").write_bytes(b"kept")
    _, data = command.folders(arguments("--out", str(tmp_path / "out"), "--data", str(mine)))
    assert data == mine
    assert (mine / "heliograph.db").read_bytes() == b"kept"


def test_an_out_that_cannot_be_written_is_one_sentence(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert demo.main(arguments("--out", str(tmp_path / "file"))) == command.USAGE
    assert "Choose another --out" in capsys.readouterr().err


def test_a_server_that_does_not_start_is_told_in_its_own_words(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "heliograph.toml").write_text("senders = 'many'\n")
    assert demo.main(arguments("--out", str(tmp_path / "out"), "--data", str(data))) == command.BAD_NEWS
    told = capsys.readouterr().err
    assert "senders" in told
    assert "Traceback" not in told


def test_a_server_that_says_nothing_is_told_with_the_place_of_its_words(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    assert str(log) in hosted.last_words(log)
