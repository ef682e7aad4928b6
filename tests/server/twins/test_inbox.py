"""The inbox: counted at once, on disk in the end, whatever the disk or the sender does."""

import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.twins import base, inbox
from server.wire import twins as wire


def arrival(to: str = "+1", ref: str = "r", *, taken: bool = True, **more: object) -> base.Arrival:
    values: dict[str, object] = {
        "twin": "sms/twilio",
        "channel": "sms",
        "to": to,
        "ref": ref,
        "provider_ref": f"SM-{ref}",
        "outcome": "delivered" if taken else "20429",
        "taken": taken,
    }
    return base.Arrival(**(values | more))  # type: ignore[arg-type]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[inbox.Inbox]:
    found = inbox.Inbox(tmp_path / "inbox.db")
    yield found
    found.close()


def everything(**more: object) -> wire.ArrivalQuery:
    return wire.ArrivalQuery(**more)  # type: ignore[arg-type]


def test_it_counts_how_often_a_recipient_was_handed_a_reference(kept: inbox.Inbox) -> None:
    assert kept.attempts("sms", "+1") == 0
    assert kept.keep(arrival(taken=False)) == 0
    assert kept.attempts("sms", "+1") == 1
    assert [kept.keep(arrival()), kept.keep(arrival())] == [1, 2]
    assert kept.keep(arrival(ref="other")) == 1
    assert kept.keep(arrival(to="+2")) == 1
    assert kept.attempts("sms", "+1") == 4
    assert kept.attempts("whatsapp", "+1") == 0
    assert kept.arrived["sms/twilio"] == 5


def test_a_page_shows_all_that_was_kept_before_it_was_asked_newest_first(kept: inbox.Inbox) -> None:
    for number in range(250):
        kept.keep(arrival(to=f"+{number}", ref=f"r{number}"))
    page = kept.page(everything(limit=100))
    assert (page.total, page.offset) == (250, 0)
    assert [row.ref for row in page.rows] == [f"r{number}" for number in range(249, 149, -1)]
    last = kept.page(everything(offset=240, limit=100))
    assert [row.ref for row in last.rows] == [f"r{number}" for number in range(9, -1, -1)]


def test_it_is_narrowed_by_twin_outcome_and_the_beginning_of_any_name(kept: inbox.Inbox) -> None:
    kept.keep(arrival(to="+4470", ref="k-1"))
    kept.keep(arrival(to="+4471", ref="k-2", taken=False))
    kept.keep(arrival(to="ann@a.test", ref="k-3", twin="email/smtp", channel="email"))

    def refs(**more: object) -> list[str]:
        page = kept.page(everything(**more))
        assert page.total == len(page.rows)
        return [row.ref for row in page.rows]

    assert refs(twin="email/smtp") == ["k-3"]
    assert refs(outcome="20429") == ["k-2"]
    assert refs(find="+447") == ["k-2", "k-1"]
    assert refs(find="ann@a.test") == ["k-3"]
    assert refs(find="SM-k-1") == ["k-1"]
    assert refs(find="k-") == ["k-3", "k-2", "k-1"]
    assert refs(find="k-", twin="sms/twilio", outcome="delivered") == ["k-1"]
    assert refs(find="%") == []
    assert refs(find="' OR 1=1 --") == []


def test_a_doubled_message_shows_its_count_and_a_refused_one_is_not_counted(kept: inbox.Inbox) -> None:
    kept.keep(arrival(taken=False))
    kept.keep(arrival())
    kept.keep(arrival())
    assert [row.count for row in kept.page(everything()).rows] == [2, 2, 2]


def test_one_arrival_is_shown_whole(kept: inbox.Inbox) -> None:
    kept.keep(arrival(title="T", wire={"To": "+1"}, body="raw", shown={"body": "x", "n": [1, 2]}))
    [row] = kept.page(everything()).rows
    found = kept.show(row.id)
    assert found is not None
    assert (found.arrival, found.wire, found.body) == (row, {"To": "+1"}, "raw")
    assert found.shown == {"body": "x", "n": [1, 2]}
    assert kept.show(row.id + 1) is None


def test_hostile_texts_are_kept_as_far_as_they_can_be(kept: inbox.Inbox) -> None:
    kept.keep(
        arrival(title="\ud83d half", wire={"a": "\ud83d"}, shown={"x": {"\ud83d"}}, body="\0" + "x" * 100_000)
    )
    [row] = kept.page(everything()).rows
    assert row.title == "? half"
    found = kept.show(row.id)
    assert found is not None
    assert len(found.body) == inbox.BODY_LIMIT


def test_counts_and_rows_survive_a_restart(tmp_path: Path) -> None:
    first = inbox.Inbox(tmp_path / "inbox.db")
    first.keep(arrival(taken=False))
    first.keep(arrival())
    first.close()
    second = inbox.Inbox(tmp_path / "inbox.db")
    try:
        assert second.attempts("sms", "+1") == 2
        assert second.arrived["sms/twilio"] == 2
        assert second.keep(arrival()) == 2
        page = second.page(everything())
        assert [row.id for row in page.rows] == [3, 2, 1]
    finally:
        second.close()


def test_the_file_is_its_owners_alone(kept: inbox.Inbox) -> None:
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_a_file_that_is_no_inbox_is_told(tmp_path: Path) -> None:
    (tmp_path / "inbox.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        inbox.Inbox(tmp_path / "inbox.db")


def test_a_disk_that_fails_loses_nothing_that_was_kept(
    kept: inbox.Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, failed = inbox._store, threading.Event()

    def failing(database: sqlite3.Connection, batch: list[tuple[int, float, base.Arrival]]) -> None:
        if not failed.is_set():
            failed.set()
            raise sqlite3.OperationalError("database or disk is full")
        store(database, batch)

    monkeypatch.setattr(inbox, "_store", failing)
    monkeypatch.setattr(inbox, "RETRY_S", 0.01)
    for number in range(20):
        kept.keep(arrival(ref=f"r{number}"))
    assert kept.page(everything()).total == 20
    assert failed.is_set()
    assert "disk is full" in caplog.text


def test_a_twin_is_told_when_the_disk_cannot_follow(
    kept: inbox.Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "WAITING_LIMIT", 3)
    with kept._changed:  # the writer cannot take anything now
        kept._waiting.extend([(0, 0.0, arrival())] * 3)
        with pytest.raises(inbox.InboxFull):
            kept.keep(arrival())
        kept._waiting.clear()
    assert kept.attempts("sms", "+1") == 0


def test_keeping_is_quick_and_writing_happens_beside_it(kept: inbox.Inbox) -> None:
    began = time.perf_counter()
    for number in range(2000):
        kept.keep(arrival(to=f"+{number}", body="x" * 2000))
    assert time.perf_counter() - began < 1.0
    assert kept.page(everything(limit=1)).total == 2000
