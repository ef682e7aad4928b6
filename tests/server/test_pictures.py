"""`heliograph shots`, `gallery` and a link each start the console's program that is meant, with what it needs."""

import argparse
import pathlib

import pytest

from server import cli, demo
from server.commands import output, serving


@pytest.fixture
def drawn(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the console's program was started with, in a folder where no demo has been run."""
    started: list[list[str]] = []

    def start(module: str, arguments: list[str]) -> int:
        started.append([module, *arguments])
        return output.OK

    monkeypatch.setattr(serving, "_console", start)
    monkeypatch.setattr(demo, "main", lambda _arguments: pytest.fail("no demo was asked for"))
    monkeypatch.chdir(tmp_path)
    return started


def test_the_data_that_were_named_are_shown(drawn: list[list[str]]) -> None:
    assert cli.main(["shots", "pictures", "--data", "elsewhere"]) == output.OK
    assert drawn == [["console.shots", "pictures", "--data", "elsewhere"]]


def test_the_demos_data_are_shown_where_it_has_been_run(
    drawn: list[list[str]], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "demo" / "data").mkdir(parents=True)
    (tmp_path / "demo" / "data" / "heliograph.db").touch()
    assert cli.main(["shots", "pictures"]) == output.OK
    assert drawn == [["console.shots", "pictures", "--data", str(pathlib.Path("demo", "data"))]]


def test_a_demo_is_run_first_where_none_has_been(
    drawn: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[argparse.Namespace] = []

    def send(arguments: argparse.Namespace) -> int:
        sent.append(arguments)
        return output.OK

    monkeypatch.setattr(demo, "main", send)
    assert cli.main(["shots", "pictures"]) == output.OK
    assert [(one.recipients, one.out) for one in sent] == [(serving.FEW, pathlib.Path("demo"))]
    assert drawn == [["console.shots", "pictures", "--data", str(pathlib.Path("demo", "data"))]]
    assert "No demo has been run here" in capsys.readouterr().err


def test_no_picture_is_taken_of_a_demo_that_failed(
    drawn: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "main", lambda _arguments: output.BAD_NEWS)
    assert cli.main(["shots", "pictures"]) == output.BAD_NEWS
    assert drawn == []


def test_the_gallery_is_shown_or_drawn(drawn: list[list[str]]) -> None:
    assert cli.main(["gallery"]) == output.OK
    assert cli.main(["gallery", "--shot", "pictures", "--theme", "dark"]) == output.OK
    assert drawn == [
        ["console.gallery", "--theme", "light"],
        ["console.gallery", "--theme", "dark", "--shot", "pictures"],
    ]


def test_a_link_opens_the_console(drawn: list[list[str]]) -> None:
    assert cli.main(["heliograph://messages?state=failed"]) == output.OK
    assert cli.main(["--data", "elsewhere", "heliograph://campaigns"]) == output.OK
    assert drawn == [
        ["console", "heliograph://messages?state=failed"],
        ["console", "--data", "elsewhere", "heliograph://campaigns"],
    ]
