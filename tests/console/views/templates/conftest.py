"""A server of their own: these tests save templates, and other views' count what there is."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.console.views import sandbox


@pytest.fixture(scope="package")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """A sandbox after its first run, ended with the last test of this folder."""
    folder: pathlib.Path = tmp_path_factory.mktemp("templates")
    with sandbox.sent(folder) as made:
        yield made
