"""The live feed: folded changes, resumed where the ring reaches back, reset where it does not."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from server.engine import desk as desks
from server.engine import feed
from server.wire import campaigns, server
from tests.support import served as running


class Listener:
    """One listener on a thread of its own; `events` grows as they come."""

    def __init__(self, served: running.Served, last: str = "") -> None:
        self.events: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self._far = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        headers = {"authorization": f"Bearer {served.token}"} | ({"last-event-id": last} if last else {})
        self._far.request("GET", "/v1/live", headers=headers)
        self._answer = self._far.getresponse()
        assert self._answer.headers["content-type"].startswith("text/event-stream")
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for event in self._read(line.decode().rstrip("\n") for line in self._answer):
                self.events.append(event)

    def _read(self, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
        event: dict[str, Any] = {}
        for line in lines:
            self.raw.append(line)
            name, _, value = line.partition(": ")
            if line == "":
                if "data" in event:
                    yield event
                event = {}
            elif name in {"id", "event"}:
                event[name] = value
            elif name == "data":
                event["data"] = json.loads(value)

    def of(self, kind: str, subject: int | None = None) -> list[dict[str, Any]]:
        return [
            event["data"]
            for event in list(self.events)
            if event["data"].get("kind") == kind and subject in (None, event["data"]["subject"])
        ]

    def leave(self) -> str:
        """Stop listening; returns the last id heard."""
        assert self._far.sock is not None
        self._far.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self._answer.close()
        self._far.close()
        return str(self.events[-1]["id"]) if self.events else ""


def draft(served: running.Served, name: str) -> int:
    with served.client() as asked:
        return asked.call(campaigns.CREATE, campaigns.SaveCampaign(name=name)).id


def test_a_newcomer_is_told_what_lives_and_then_what_changes(served: running.Served) -> None:
    listener = Listener(served)
    running.until(lambda: listener.of("account"), "the accounts")
    number = draft(served, "told live")
    (change,) = running.until(lambda: listener.of("campaign", number), "the campaign")
    assert change["status"] == "draft"
    listener.leave()


def test_nothing_is_told_twice(served: running.Served) -> None:
    listener = Listener(served)
    running.until(lambda: listener.of("account"), "the accounts")
    number = draft(served, "told once")
    running.until(lambda: listener.of("campaign", number), "the campaign")
    time.sleep(1.2)  # several looks, at nothing new
    assert len(listener.of("campaign", number)) == 1
    listener.leave()


def test_who_comes_back_hears_exactly_what_was_missed(served: running.Served) -> None:
    first = Listener(served)
    running.until(lambda: first.of("account"), "the accounts")
    before = draft(served, "heard before")
    running.until(lambda: first.of("campaign", before), "the first campaign")
    last = first.leave()
    missed = draft(served, "missed")
    second = Listener(served, last)
    running.until(lambda: second.of("campaign", missed), "the missed campaign")
    assert not second.of("campaign", before)
    assert not [event for event in second.events if event.get("event") == "reset"]
    second.leave()


def test_who_comes_back_too_late_is_told_to_ask_anew(served: running.Served) -> None:
    for stale in ("00000000-5", "nonsense", "7"):
        listener = Listener(served, stale)
        running.until(lambda: listener.events, "the reset")  # noqa: B023 - asked within the turn
        assert listener.events[0]["event"] == "reset"
        running.until(lambda: listener.of("account"), "the state of what lives")  # noqa: B023
        listener.leave()


async def test_a_listener_too_slow_for_the_ring_is_told_to_ask_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "RING", 3)
    wide, turns = feed.Feed(), iter(range(10))

    async def look(desk: desks.Desk, *, seldom: bool) -> None:
        for number in turns:
            wide.tell([server.Change(kind=server.ChangeKind.RUN, subject=number, at=datetime.now(UTC))])

    monkeypatch.setattr(wide, "_look", look)
    nobody = cast(desks.Desk, None)
    listening = wide.listen(nobody, f"{wide.epoch}-2")
    first = await anext(listening)
    assert first is not None
    assert first.change is None
    told = [await anext(listening) for _ in range(10)]
    assert [one.change.subject for one in told if one and one.change] == list(range(10))
    resumed = wide.listen(nobody, f"{wide.epoch}-8")
    again = await anext(resumed)
    assert again is not None
    assert again.change is not None
    assert again.change.subject == 8
    await wide.close()
    await listening.aclose()
    await resumed.aclose()
