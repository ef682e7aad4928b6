"""What a freeze makes of a policy: waves by zone, batches that nobody looks at before they are due."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.engine import judging, shaping
from server.store.ledger import batches, codes, terms, ticks
from server.wire import policies
from tests.support import books

SMS = codes.CHANNELS["sms"]
#: Contact to zone and country; the last two have neither, or a country with many.
PLACES = {
    1: ("Asia/Tokyo", "JP"),
    2: ("", "JP"),
    3: ("Europe/Paris", ""),
    4: ("America/New_York", "US"),
    5: ("", "US"),
    6: ("", ""),
}
NOON = 1_795_176_000.0  # 2026-11-20 12:00 UTC


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with books.opened(tmp_path, people=6, without_email=[2]) as opened:
        for contact, (zone, country) in PLACES.items():
            opened.execute("UPDATE contact SET zone = ?, country = ? WHERE id = ?", (zone, country, contact))
        yield opened


def due(late: policies.Late = policies.Late.NEXT_DAY, not_after: float | None = None) -> terms.Terms:
    """Nine o'clock of their own, launched at noon in London by a workspace in Chicago."""
    local = policies.LocalTime(at="09:00", late=late)
    rules = judging.Rules(zone="America/Chicago", not_after=not_after)
    return terms.Terms(not_after=not_after, due=shaping.due(local, rules, NOON))


def hours(connection: sqlite3.Connection, run: int) -> dict[int, float | None]:
    """Contact to hours from the launch until their SMS is due."""
    rows = connection.execute("SELECT contact, due_at FROM message WHERE run = ? AND channel = ?", (run, SMS))
    return {contact: None if at is None else (at - NOON) / 3600 for contact, at in rows}


def test_everybody_waits_for_nine_o_clock_of_their_own(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection, terms=due())
    # Tokyo: nine in the evening already, so tomorrow. Paris: past. New York: 7:00, Chicago: 6:00.
    assert hours(connection, run) == {1: 12.0, 2: 12.0, 3: 20.0, 4: 2.0, 5: 3.0, 6: 3.0}
    assert books.differences(connection, run) == []


def test_the_plan_is_kept_zone_by_zone_and_says_where_a_zone_was_assumed(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, terms=due())
    found = connection.execute(
        "SELECT zone, messages, assumed FROM wave WHERE run = ? ORDER BY zone", (run,)
    ).fetchall()
    assert found == [
        ("America/Chicago", 4, 4),
        ("America/New_York", 2, 0),
        ("Asia/Tokyo", 3, 0),  # one of them has no mail address
        ("Europe/Paris", 2, 0),
    ]


def test_a_batch_is_not_looked_at_before_its_first_message_is_due(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, terms=due())
    look = {"channels": [SMS], "now": NOON + 1.9 * 3600}
    assert batches.due_channels(connection, **look) == []  # type: ignore[arg-type]
    claimed = batches.claim(connection, owner="1/1", channel=SMS, now=NOON + 2.1 * 3600, lease_s=30)
    assert claimed is not None
    batch, rows = claimed
    assert [row.contact for row in rows] == [4]
    intents = [books.intent(batch, row) for row in rows]
    books.tick(connection, "1/1", [batch], intents=intents)
    outcomes = [books.outcome(intents[0], ticks.End.ACCEPTED, provider_ref="p")]
    books.tick(connection, "1/1", [batch], outcomes=outcomes, released=[(batch, 0.0)])
    (again,) = connection.execute(
        "SELECT due_at FROM batch WHERE run = ? AND channel = ?", (run, SMS)
    ).fetchone()
    assert again == NOON + 3 * 3600


def test_who_is_too_late_is_skipped_by_name_or_goes_at_once(connection: sqlite3.Connection) -> None:
    skipping = books.freeze(connection, ["sms"], terms=due(policies.Late.SKIP))
    assert books.state(connection, skipping, 3) == ("skipped", "too_late")
    assert books.state(connection, skipping, 4) == ("waiting", "")
    assert books.differences(connection, skipping) == []
    at_once = books.freeze(connection, ["sms"], terms=due(policies.Late.NOW))
    assert hours(connection, at_once)[3] == 0.0


def test_whose_hour_comes_after_the_last_moment_is_skipped_as_expired(
    connection: sqlite3.Connection,
) -> None:
    run = books.freeze(connection, ["sms"], terms=due(not_after=NOON + 4 * 3600))
    assert books.state(connection, run, 1) == ("skipped", "expired")
    assert books.state(connection, run, 5) == ("waiting", "")


def test_a_run_without_rules_is_frozen_as_ever(connection: sqlite3.Connection) -> None:
    run = books.freeze(connection)
    assert set(hours(connection, run).values()) == {None}
    assert connection.execute("SELECT policy, not_after, fallback FROM run").fetchone() == ("", None, 0)
    assert connection.execute("SELECT sum(due_at) FROM batch").fetchone() == (0.0,)


def test_many_people_in_many_zones_are_spread_in_seconds(tmp_path: Path) -> None:
    """A guard against a plan that walks all people once per zone: it took minutes, not milliseconds."""
    people = 20_000
    with books.opened(tmp_path, people=people) as connection:
        connection.execute(
            "UPDATE contact SET zone = CASE id % 3 WHEN 0 THEN 'Asia/Tokyo' WHEN 1 THEN 'Europe/Paris' ELSE '' END,"
            " country = CASE id % 5 WHEN 0 THEN 'US' ELSE 'FR' END"
        )
        begun = time.process_time()
        run = books.freeze(connection, terms=due())
        assert time.process_time() - begun < 10
        assert connection.execute("SELECT sum(messages) FROM wave").fetchone() == (2 * people,)
        assert books.differences(connection, run) == []
