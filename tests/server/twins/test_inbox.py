"""The inbox: counted at once, on disk in the end, whatever the disk or the sender does."""

import contextlib
import gc
import sqlite3
import stat
import threading
import time
import tracemalloc
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
    kept.keep(arrival(taken=False))
    assert (kept.attempts("sms", "+1"), kept.taken("sms", "+1", "r")) == (1, 0)
    for one in (arrival(), arrival(), arrival(ref="other"), arrival(to="+2")):
        kept.keep(one)
    for _ in ("waiting", "on disk"):
        assert kept.attempts("sms", "+1") == 4
        assert [kept.taken("sms", to, ref) for to, ref in (("+1", "r"), ("+1", "other"), ("+2", "r"))] == [
            2,
            1,
            1,
        ]
        kept.flush()
    assert kept.taken("sms", "+2", "other") == 0
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
        second.keep(arrival())
        assert second.taken("sms", "+1", "r") == 2
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
    monkeypatch.setattr(inbox, "GATHER_S", 60.0)
    monkeypatch.setattr(inbox, "WAITING_BYTES", 3 * inbox.ROW_BYTES)
    for _ in range(3):
        kept.keep(arrival())
    with pytest.raises(inbox.InboxFull):
        kept.keep(arrival())
    assert kept.attempts("sms", "+1") == 3
    kept.flush()
    kept.keep(arrival())
    assert kept.attempts("sms", "+1") == 4


def test_what_comes_after_the_end_is_not_taken(tmp_path: Path) -> None:
    closed = inbox.Inbox(tmp_path / "inbox.db")
    closed.keep(arrival())
    closed.close()
    with pytest.raises(inbox.InboxFull):
        closed.keep(arrival())
    assert closed.arrived == {"sms/twilio": 1}


def test_a_raw_message_is_opened_when_somebody_looks_and_not_before(tmp_path: Path) -> None:
    looked: list[bytes] = []

    def opened(raw: bytes) -> base.Opened:
        looked.append(raw)
        return base.Opened(
            title="T", text="x", image="i", wire={"To": "a"}, body="b" * 100_000, shown={"n": [1]}
        )

    kept = inbox.Inbox(tmp_path / "inbox.db", {"sms/twilio": opened})
    try:
        kept.keep(arrival(raw=b"as it came"))
        kept.flush()
        assert looked == []
        [row] = kept.page(everything()).rows
        found = kept.show(row.id)
    finally:
        kept.close()
    assert (row.title, row.text, row.image) == ("T", "x", "i")
    assert found is not None
    assert (found.arrival, found.wire, found.shown) == (row, {"To": "a"}, {"n": [1]})
    assert len(found.body) == inbox.BODY_LIMIT
    assert set(looked) == {b"as it came"}


def test_an_inbox_of_the_first_version_is_read_and_added_to(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "inbox.db")) as old:
        new = "shown BLOB NOT NULL,        -- JSON\n    raw BLOB NOT NULL DEFAULT x''"
        assert new in inbox._SCHEMA
        old.executescript(inbox._SCHEMA.replace(new, "shown BLOB NOT NULL"))
        old.execute(
            "INSERT INTO arrival VALUES (1, 0, 'a', 'sms', '+1', 'r', '', 'd', 't', '', '', 1, '{}', '', '{}')"
        )
        old.commit()
    kept = inbox.Inbox(tmp_path / "inbox.db")
    try:
        kept.keep(arrival())
        assert [row.title for row in kept.page(everything()).rows] == ["", "t"]
        assert kept.taken("sms", "+1", "r") == 2
    finally:
        kept.close()


def test_keeping_is_quick_and_writing_happens_beside_it(kept: inbox.Inbox) -> None:
    began = time.perf_counter()
    for number in range(2000):
        kept.keep(arrival(to=f"+{number}", body="x" * 2000))
    assert time.perf_counter() - began < 1.0
    assert kept.page(everything(limit=1)).total == 2000


def test_memory_holds_nothing_of_what_is_on_disk(kept: inbox.Inbox) -> None:
    """A campaign may be of any size: what the inbox holds in memory is what came within the last moments."""

    def arrive(numbers: range) -> int:
        for number in numbers:
            kept.keep(arrival(to=f"+{number}", ref=f"r{number}", raw=b"x" * 3000))
        kept.flush()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        few = arrive(range(1_000))
        many = arrive(range(1_000, 9_000))
    finally:
        tracemalloc.stop()
    assert many - few < 2_000_000  # bytes, for 8,000 arrivals of 3,000 bytes
    assert (kept._waiting, kept._fresh, kept._waiting_bytes) == ([], {}, 0)
    assert kept.attempts("sms", "+8999") == 1
