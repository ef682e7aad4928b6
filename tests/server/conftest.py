"""One real server, with its twins and a sender, for all tests that only ask."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support import served as running


@pytest.fixture(scope="session")
def served() -> Iterator[running.Served]:
    with running.folder() as data, running.serve(data) as found:
        yield found


@pytest.fixture
def http(served: running.Served) -> Iterator[httpx.Client]:
    with served.http() as client:
        yield client
