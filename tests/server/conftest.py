"""One real server, with its twins and a sender, for all tests that only ask; and the command line, told where it is."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server import cli
from tests.support import served as running


@pytest.fixture(scope="session")
def served() -> Iterator[running.Served]:
    with running.folder() as data, running.serve(data) as found:
        yield found


@pytest.fixture
def http(served: running.Served) -> Iterator[httpx.Client]:
    with served.http() as client:
        yield client


class Run:
    """What one command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def heliograph(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("HELIOGRAPH_DATA", raising=False)
    monkeypatch.delenv("HELIOGRAPH_TOKEN_FILE", raising=False)

    def run(*arguments: object) -> Run:
        capfd.readouterr()
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = int(left.code or 0)
        said = capfd.readouterr()
        return Run(code, said.out, said.err)

    return run


@pytest.fixture
def ours(heliograph: Any, served: running.Served) -> Any:
    """The same, told where the server is."""
    return lambda *arguments: heliograph(*arguments, "--data", served.data)
