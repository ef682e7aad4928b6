"""Limits in the tick's own transaction: shared exactly, all or nothing, and remembered over a crash."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from server.store import database
from server.store.ledger import batches, codes, metering, sliding, ticks
from tests.support import books

HOUR = sliding.Rule(5, 3600)


def uses(*keys: str, rule: sliding.Rule = HOUR) -> tuple[metering.Use, ...]:
    return tuple(metering.Use(key, rule) for key in keys)


def claimed(connection: sqlite3.Connection, owner: str, channel: str) -> list[ticks.Intent]:
    found = batches.claim(
        connection, owner=owner, channel=codes.CHANNELS[channel], now=time.time(), lease_s=60
    )
    assert found is not None
    return [books.intent(found[0], row) for row in found[1]]


def limited(intents: list[ticks.Intent], some: tuple[metering.Use, ...]) -> list[ticks.Intent]:
    return [msgspec.structs.replace(intent, uses=some) for intent in intents]


def test_a_tick_grants_what_fits_and_says_what_held_the_rest_back(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=20) as connection:
        run = books.freeze(connection)
        intents = limited(claimed(connection, "1/1", "sms"), uses("account//7/3600"))
        done = books.tick(connection, "1/1", [intents[0].batch], intents=intents)
        assert len(done.granted) == 5
        assert set(done.limited.blocked.values()) == {"account//7/3600"}
        assert len(done.limited.blocked) == 15
        assert list(books.states(connection, run).values()).count("sending") == 5
        assert books.differences(connection, run) == []


def test_two_senders_draw_on_the_same_limit(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=20) as connection:
        books.freeze(connection)
        granted = 0
        for owner, channel in (("1/1", "sms"), ("2/1", "email")):
            intents = limited(claimed(connection, owner, channel)[:4], uses("workspace///3600"))
            done = books.tick(connection, owner, [intents[0].batch], intents=intents)
            granted += len(done.granted)
        assert granted == 5


def test_a_message_counts_towards_all_of_its_limits_or_none(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=20) as connection:
        books.freeze(connection)
        intents = claimed(connection, "1/1", "sms")
        both = limited(intents[:8], uses("a", "b"))
        books.tick(connection, "1/1", [intents[0].batch], intents=both)
        used = {
            key: sliding.used(sliding.load(state))
            for key, state in connection.execute("SELECT key, state FROM usage")
        }
        assert used == {"a": 5, "b": 5}
        full_and_free = limited(intents[8:12], uses("c", "a"))
        done = books.tick(connection, "1/1", [intents[0].batch], intents=full_and_free)
        assert done.granted == set()
        assert connection.execute("SELECT count(*) FROM usage WHERE key = 'c'").fetchone() == (0,)


def test_an_intent_that_is_refused_for_other_reasons_uses_nothing(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=5) as connection:
        run = books.freeze(connection)
        intents = limited(claimed(connection, "1/1", "sms"), uses("a"))
        connection.execute("UPDATE run SET status = 'paused' WHERE id = ?", (run,))
        done = books.tick(connection, "1/1", [intents[0].batch], intents=intents)
        assert done.granted == set()
        assert connection.execute("SELECT count(*) FROM usage").fetchone() == (0,)


KILLED = """
import os, signal, sys, time
from server.store import database
from server.store.ledger import metering, sliding, book
class Intent:
    spot = book.Spot(1, 1, 1)
    uses = (metering.Use("account//7/86400", sliding.Rule(1000, 86400)),)
connection = database.connect(__import__("pathlib").Path(sys.argv[1]))
with database.transaction(connection):
    metering.admit(connection, [Intent] * 700, time.time())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_used_of_a_days_quota_is_known_after_kill_9(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=1):
        pass
    path = tmp_path / "heliograph.db"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert killed.returncode == -9
    connection = database.connect(path)
    (state,) = connection.execute("SELECT state FROM usage").fetchone()
    rule, now = sliding.Rule(1000, 86400), time.time()
    known = sliding.load(state)
    sliding.settle(known, rule, now)
    assert sliding.room(known, rule, now) == 300
    connection.close()


def test_what_no_longer_counts_is_forgotten_and_what_bound_adds_up(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=1) as connection:
        now = time.time()
        with database.transaction(connection):
            for key, until in (("old", now - 1), ("new", now + 60)):
                state = sliding.dump(sliding.State())
                connection.execute("INSERT INTO usage VALUES (1, ?, ?, ?)", (key, state, until))
        for _ in range(2):
            with database.transaction(connection):
                metering.note(connection, {(1, 1, 4, "window"): 0.5}, now)
        assert connection.execute("SELECT key FROM usage").fetchall() == [("new",)]
        assert connection.execute("SELECT cause, seconds FROM bound").fetchall() == [("window", 1.0)]


def test_what_may_have_arrived_is_loaded_with_the_account_it_was_given_to(tmp_path: Path) -> None:
    with books.opened(tmp_path, people=2) as connection:
        books.freeze(connection, ["sms"])
        first, second = claimed(connection, "1/1", "sms")
        books.tick(connection, "1/1", [first.batch], intents=[first, second])
        ends = [
            books.outcome(first, ticks.End.REPEAT, reason="no_answer", due_at=0.0),
            books.outcome(second, ticks.End.AGAIN, reason="500", due_at=0.0),
        ]
        books.tick(connection, "1/1", [first.batch], outcomes=ends, released=[(first.batch, 0.0)])
        found = batches.claim(
            connection, owner="2/1", channel=codes.CHANNELS["sms"], now=time.time(), lease_s=60
        )
        assert found is not None
        assert [row.only for row in found[1]] == [books.ACCOUNT, None]
