"""The live feed: folded, resumed where it broke, and bounded in how often it reaches the widgets."""

import pathlib
from collections.abc import AsyncIterator, Iterable

import pytest

from console.services import api, backend, live
from server.wire import server
from tests.console import conftest


async def lines(words: Iterable[str]) -> AsyncIterator[str]:
    """Lines as a socket brings them."""
    for word in words:
        yield word


async def read(*words: str) -> list[live.Sent]:
    """The events in these lines."""
    return [sent async for sent in live.events(lines(words))]


async def test_a_stream_is_read_as_its_specification_says() -> None:
    assert await read("id: 4", "event: change", "data: one", "data:two", "", "data: half") == [
        live.Sent("4", "change", "one\ntwo")
    ]


async def test_a_comment_is_a_heartbeat_and_an_id_outlives_its_event() -> None:
    assert await read(": alive", "id: 9", "data: a", "", "data: b", "", "retry: 5", "nonsense", "") == [
        live.Sent("", "", ""),
        live.Sent("9", "", "a"),
        live.Sent("9", "", "b"),
    ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(live, "LONGEST_WAIT_S", 0.1)


async def test_a_broken_feed_goes_on_where_it_broke(
    far: backend.Backend, data: pathlib.Path, quick: None, until: conftest.Until
) -> None:
    reached = api.Api()
    await far.reach(reached)
    feed = live.Live(reached)
    states, resumed, seen = list[str](), list[bool](), list[server.Change]()
    feed.state_changed.connect(lambda state, _words: states.append(state))
    feed.resumed.connect(lambda: resumed.append(True))
    feed.changed.connect(seen.extend)
    feed.start()
    feed.start()
    await until(
        lambda: int((data / "resumed_from").read_text() or 0) >= 6 if (data / "resumed_from").exists() else 0
    )
    await until(lambda: any(change.rate_per_s >= 6 for change in seen))
    assert states[:3] == [live.CONNECTED, live.LOST, live.CONNECTED]
    assert resumed
    rates = [change.rate_per_s for change in seen]
    assert len(set(rates)) == len(rates), "nothing is told twice"
    await feed.stop()
    await reached.close()
    await far.stop()


async def test_many_changes_of_one_subject_reach_the_widgets_as_one(
    far: backend.Backend, data: pathlib.Path, until: conftest.Until
) -> None:
    (data / "hold").touch()
    reached = api.Api()
    await far.reach(reached)
    feed, emitted, lags = live.Live(reached), list[list[server.Change]](), list[float]()
    feed.changed.connect(emitted.append)
    feed.lag_changed.connect(lags.append)
    feed.start()
    await until(lambda: emitted)
    assert [sorted((change.subject, change.rate_per_s) for change in group) for group in emitted] == [
        [(0, 2.0), (1, 3.0)]
    ]
    assert len(lags) == 3
    assert all(0 <= lag < 10 for lag in lags)
    (data / "hold").unlink()
    await feed.stop()
    await reached.close()
    await far.stop()


async def test_a_server_that_dies_is_told_and_waited_for(
    far: backend.Backend, data: pathlib.Path, quick: None, until: conftest.Until
) -> None:
    (data / "hold").touch()
    reached = api.Api()
    await far.reach(reached)
    feed, words = live.Live(reached), list[str]()
    feed.state_changed.connect(lambda state, said: words.append(f"{state}: {said}"))
    feed.start()
    await until(lambda: feed.state == live.CONNECTED)
    await far.stop()
    await until(lambda: any("does not answer" in word for word in words))
    (data / "server.json").unlink()
    await far.reach(reached)
    await until(lambda: feed.state == live.CONNECTED)
    (data / "hold").unlink()
    await feed.stop()
    await reached.close()
    await far.stop()


async def test_a_reset_asks_the_pages_to_reload(qapp: object) -> None:
    feed, resumed = live.Live(api.Api()), list[bool]()
    feed.resumed.connect(lambda: resumed.append(True))
    feed._take(live.Sent("1", "reset", ""))
    assert resumed == [True]


async def test_what_is_forgotten_is_neither_told_nor_gone_on_from(
    far: backend.Backend, data: pathlib.Path, until: conftest.Until
) -> None:
    (data / "hold").touch()
    reached = api.Api()
    await far.reach(reached)
    feed, emitted = live.Live(reached), list[list[server.Change]]()
    feed.changed.connect(emitted.append)
    feed.start()
    await until(lambda: feed._folded)
    await feed.stop()
    feed.forget()
    feed.start()
    await until(lambda: emitted)
    assert (data / "resumed_from").read_text() == "0"
    assert sorted(change.subject for change in emitted[0]) == [0, 1]
    (data / "hold").unlink()
    await feed.stop()
    await reached.close()
    await far.stop()
