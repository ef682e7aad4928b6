"""One real server with a finished run for all tests of these views, and a window on it."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.console.views import sandbox


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """The sandbox after its run; tests may add to it, and must not change what was sent."""
    folder: pathlib.Path = tmp_path_factory.mktemp("views")
    with sandbox.sent(folder) as made:
        yield made
