"""Receipts: doubled, late and out of order they leave the same end state."""

import itertools
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.store.ledger import batches, codes, merging, ticking
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


def send_all(connection: sqlite3.Connection, end: ticking.End | None) -> int:
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
    run = send_all(connection, ticking.End.ACCEPTED)
    for kind in order + order:
        books.post(connection, run, 1, kind)
        merge(connection)
    assert books.state(connection, run, 1) == ("seen", "")
    assert books.differences(connection, run) == []


def test_a_late_bounce_after_delivered_is_a_fact_beside_the_state(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticking.End.ACCEPTED)
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
        connection, "1/1", [batch], outcomes=[books.outcome(intent, ticking.End.ACCEPTED, provider_ref="SM1")]
    )
    assert books.state(connection, run, intent.spot.seq) == ("delivered", "")
    assert books.differences(connection, run) == []


def test_a_receipt_settles_a_doubt(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticking.End.DOUBT)
    assert books.state(connection, run, 3) == ("doubt", "no_answer")
    books.post(connection, run, 3, "delivered")
    merge(connection)
    assert books.state(connection, run, 3) == ("delivered", "")
    assert books.differences(connection, run) == []


def test_news_of_an_earlier_attempt_keeps_a_waiting_message_from_being_sent_again(
    connection: sqlite3.Connection,
) -> None:
    run = send_all(connection, ticking.End.AGAIN)
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
    run = send_all(connection, ticking.End.ACCEPTED)
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
    run = send_all(connection, ticking.End.ACCEPTED)
    books.post(connection, run, 2, "replied", ref="", address="+15550000002")
    merge(connection)
    assert books.state(connection, run, 2)[0] == "replied"


def test_news_that_forbids_an_address_suppresses_it(connection: sqlite3.Connection) -> None:
    run = send_all(connection, ticking.End.ACCEPTED)
    books.post(connection, run, 2, "failed", code="30005", address="+15550000002", suppress=1)
    merge(connection)
    assert connection.execute("SELECT channel, address_key, reason FROM suppression").fetchall() == [
        ("sms", "+15550000002", "failed 30005")
    ]
