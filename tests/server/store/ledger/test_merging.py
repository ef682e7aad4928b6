"""Receipts: doubled, late and out of order they leave the same end state."""

import itertools
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.store import receipts
from server.store.ledger import batches, codes, merging, ticks
from server.wire import ledger
from tests.support import books

KINDS = st.tuples(
    st.sampled_from(
        ("accepted", "delivered", "seen", "clicked", "replied", "failed", "complained", "delayed")
    ),
    st.sampled_from(("", "30003", "30005")),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=4) as opened:
        yield opened


def send_all(connection: sqlite3.Connection, end: ticks.End | None) -> int:
    """Launch an SMS run and hand everything over; with `end` None the answers are still to come."""
    run = books.freeze(connection, ["sms"])
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    batch, rows = claimed
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    if end is not None:
        outcomes = [
            books.outcome(intent, end, reason="no_answer", provider_ref=f"SM{intent.spot.seq}")
            for intent in intents
        ]
        books.tick(connection, "1/1", [batch], outcomes=outcomes)
    return run


def merge(connection: sqlite3.Connection) -> merging.Merged:
    return merging.merge(connection, installation=books.INSTALLATION, now=time.time())


@given(news=st.lists(KINDS, min_size=1, max_size=5), data=st.data())
def test_any_order_and_any_repetition_of_news_ends_the_same(
    news: list[tuple[str, str]], data: st.DataObject
) -> None:
    def end(order: list[tuple[str, str]]) -> tuple[int, str]:
        standing = (codes.ACCEPTED, "")
        for kind, code in order:
            standing = merging.further(*standing, kind, code)
        return standing

    shuffled = data.draw(st.permutations(news + data.draw(st.lists(st.sampled_from(news), max_size=4))))
    assert end(shuffled) == end(news)


@given(state=st.sampled_from(list(codes.RANK)), news=KINDS)
def test_news_never_moves_a_message_back(state: int, news: tuple[str, str]) -> None:
    after, _ = merging.further(state, "", *news)
    assert codes.RANK[after] >= codes.RANK[state]


@pytest.mark.parametrize("order", list(itertools.permutations(("accepted", "failed", "delivered", "seen"))))
def test_receipts_posted_in_any_order_and_twice_leave_one_end_state(
    connection: sqlite3.Connection, order: tuple[str, ...]
) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    for kind in order + order:
        books.post(connection, run, 1, kind)
        merge(connection)
    assert books.state(connection, run, 1) == ("seen", "")
    assert books.differences(connection, run) == []


def test_a_late_bounce_after_delivered_is_a_fact_beside_the_state(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    for kind in ("delivered", "failed"):
        books.post(connection, run, 2, kind, code="30005")
    merge(connection)
    assert books.state(connection, run, 2) == ("delivered", "")
    assert books.events(connection, run, 2)[-1] is ledger.EventKind.UNDELIVERED


def test_a_receipt_that_overtakes_the_answer_is_not_undone_by_it(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, ["sms"])
    claimed = batches.claim(
        connection, owner="1/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
    )
    assert claimed is not None
    batch, rows = claimed
    intent = books.intent(batch, rows[0])
    books.tick(connection, "1/1", [batch], intents=[intent])
    books.post(connection, run, intent.spot.seq, "delivered")
    merge(connection)
    books.tick(
        connection, "1/1", [batch], outcomes=[books.outcome(intent, ticks.End.ACCEPTED, provider_ref="SM1")]
    )
    assert books.state(connection, run, intent.spot.seq) == ("delivered", "")
    assert books.differences(connection, run) == []


def test_a_receipt_settles_a_doubt(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticks.End.DOUBT)
    assert books.state(connection, run, 3) == ("doubt", "no_answer")
    books.post(connection, run, 3, "delivered")
    merge(connection)
    assert books.state(connection, run, 3) == ("delivered", "")
    assert books.differences(connection, run) == []


def test_news_of_an_earlier_attempt_keeps_a_waiting_message_from_being_sent_again(
    connection: sqlite3.Connection,
) -> None:
    run = send_all(connection, ticks.End.AGAIN)
    assert books.state(connection, run, 1)[0] == "waiting"
    books.post(connection, run, 1, "delivered")
    merge(connection)
    claimed = batches.claim(
        connection, owner="2/1", channel=codes.CHANNELS["sms"], now=time.time() + 3600, lease_s=60
    )
    assert claimed is not None
    assert 1 not in {row.seq for row in claimed[1]}


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "zzzzzz-1-1-1",
        f"{books.INSTALLATION}-2-1-1",
        f"{books.INSTALLATION}-1-1-999",
        f"{books.INSTALLATION}-1-x-1",
        "-",
    ],
)
def test_news_about_nobody_is_kept_aside_and_changes_nothing(
    connection: sqlite3.Connection, ref: str
) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    before = books.states(connection, run)
    books.post(connection, run, 1, "failed", ref=ref)
    assert merge(connection) == merging.Merged(merged=0, aside=1, runs=frozenset())
    assert books.states(connection, run) == before
    assert connection.execute("SELECT state FROM receipt").fetchall() == [(2,)]


def test_news_about_a_message_that_was_never_handed_over_is_kept_aside(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"])
    books.post(connection, run, 1, "delivered")
    assert merge(connection).aside == 1
    assert books.state(connection, run, 1)[0] == "waiting"


def test_an_answer_without_a_reference_goes_to_the_newest_message_to_that_address(
    connection: sqlite3.Connection,
) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    books.post(connection, run, 2, "replied", ref="", address="+15550000002")
    merge(connection)
    assert books.state(connection, run, 2)[0] == "replied"


def test_news_that_forbids_an_address_suppresses_it(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    books.post(connection, run, 2, "failed", code="30005", address="+15550000002", suppress=1)
    merge(connection)
    assert connection.execute("SELECT channel, address_key, reason FROM suppression").fetchall() == [
        ("sms", "+15550000002", "failed 30005")
    ]


def incoming(run: int, seq: int, kind: str, **more: object) -> receipts.Incoming:
    values: dict[str, object] = {
        "workspace": books.WORKSPACE,
        "account": books.ACCOUNT,
        "event_id": f"{run}-{seq}-{kind}-{more.get('code', '')}",
        "at": 1.0,
        "kind": kind,
        "ref": books.ref(run, seq),
        "provider_ref": f"SM{seq}",
        "address": "",
        "happened_at": None,
        "code": "",
        "text": "",
        "suppress": False,
        "raw": b"raw",
    }
    return receipts.Incoming(**(values | more))  # type: ignore[arg-type]


def take(connection: sqlite3.Connection, news: list[receipts.Incoming]) -> merging.Taken:
    return merging.take(connection, news, installation=books.INSTALLATION, now=time.time())


def standing(connection: sqlite3.Connection, run: int) -> tuple[list[object], list[object], list[object]]:
    """Everything of a run that receipts decide: messages, tallies, and what is kept of the receipts."""
    rows = "SELECT seq, state, reason, account, provider_ref FROM message WHERE run = ? ORDER BY seq"
    tallies = (
        "SELECT channel, account, state, reason, n FROM tally WHERE run = ? AND n <> 0 ORDER BY 1, 2, 3, 4"
    )
    kept = "SELECT event_id, state, run, seq, raw FROM receipt ORDER BY event_id"
    return (
        connection.execute(rows, (run,)).fetchall(),
        connection.execute(tallies, (run,)).fetchall(),
        connection.execute(kept).fetchall(),
    )


def test_a_receipt_is_stored_and_merged_in_one_go_and_a_double_changes_nothing(
    connection: sqlite3.Connection,
) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    news = [incoming(run, 1, "delivered"), incoming(run, 1, "seen"), incoming(run, 1, "delivered")]
    assert take(connection, news) == merging.Taken(merged=2, later=0)
    assert books.state(connection, run, 1) == ("seen", "")
    before = (standing(connection, run), books.events(connection, run, 1))
    assert take(connection, news) == merging.Taken(merged=0, later=0)
    assert (standing(connection, run), books.events(connection, run, 1)) == before
    assert merge(connection).merged == 0
    assert books.differences(connection, run) == []


def test_what_names_no_message_by_our_reference_waits_for_the_merger(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticks.End.ACCEPTED)
    news = [
        incoming(run, 2, "delivered", ref=""),
        incoming(run, 99, "delivered", provider_ref=""),
        incoming(run, 3, "delivered", ref="zzzzzz-1-1-3"),
    ]
    assert take(connection, news) == merging.Taken(merged=0, later=3)
    done = merge(connection)
    assert (done.merged, done.aside) == (1, 2)
    assert books.state(connection, run, 2) == ("delivered", "")


def test_three_shuffled_replays_through_either_way_end_bit_for_bit_like_the_first(tmp_path: Path) -> None:
    def end(folder: Path, order: list[int], *, one_by_one: bool) -> object:
        folder.mkdir()
        with books.opened(folder, people=4) as connection:
            run = send_all(connection, ticks.End.ACCEPTED)
            kinds = ("accepted", "delivered", "seen", "failed", "complained", "delayed")
            news = [
                incoming(run, seq, kind, code=code)
                for seq in range(1, 5)
                for kind in kinds[: seq + 2]
                for code in ("30003", "30005")
            ]
            told = [news[index % len(news)] for index in order] if order else news
            for start in range(0, len(told), 1 if one_by_one else 7):
                take(connection, told[start : start + (1 if one_by_one else 7)])
            assert books.differences(connection, run) == []
            return standing(connection, run)

    first = end(tmp_path / "first", [], one_by_one=False)
    for seed in range(3):
        order = [*range(36)] * 3
        random.Random(seed).shuffle(order)
        assert end(tmp_path / str(seed), order, one_by_one=seed == 1) == first


def test_a_receipt_no_database_could_take_is_about_no_message(connection: sqlite3.Connection) -> None:
    send_all(connection, ticks.End.ACCEPTED)
    assert merging.spot_of(f"{books.INSTALLATION}-1-1-{'9' * 30}") is None
