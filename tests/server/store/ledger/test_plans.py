"""The ledger's statements find what they want by an index, whatever the tables hold."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import database, migrate
from server.store.ledger import book, capping, codes, picking, terms

#: Statements that run for every batch, message or receipt, and what they must find their way by.
PLANS = {
    "is_due": "batch_open (closed=? AND channel=? AND due_at<?)",
    "claim_batch": "batch_open (closed=? AND channel=? AND due_at<?)",
    "load_batch": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "left_in_range": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "intend": "message USING PRIMARY KEY (workspace=? AND run=? AND seq=?)",
    "accept": "message USING PRIMARY KEY (workspace=? AND run=? AND seq=?)",
    "message_by_provider_ref": "message_by_provider_ref (workspace=? AND provider_ref=?)",
    "newest_message_to": "message_by_contact (workspace=? AND contact=?)",
    "suppressed_now": "suppression USING PRIMARY KEY (workspace=? AND channel=? AND address_key=?)",
    "receipts_to_merge": "receipt_to_merge",
    "standing": "message USING PRIMARY KEY (workspace=? AND run=? AND seq=?)",
    "advance": "message USING PRIMARY KEY (workspace=? AND run=? AND seq=?)",
    "held_batches": "batch_open (closed=?)",
    "freeze_messages": "member USING PRIMARY KEY (workspace=? AND audience=? AND contact>?)",
    "freeze_skips": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "freeze_tallies": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "frozen_last": "message USING PRIMARY KEY (workspace=? AND run=? AND seq=?)",
}


#: The same for what policies ask.
RULES = {
    "sent_to": "message_by_contact (workspace=? AND contact=?)",
    "unconfirmed": "held USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "waiting_until": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "set_due": "message USING PRIMARY KEY (workspace=? AND run=?)",
    "set_waves": "message USING PRIMARY KEY (workspace=? AND run=?)",
    "set_batches": "message USING PRIMARY KEY (workspace=? AND run=? AND seq>? AND seq<?)",
    "wake_batch": "batch USING PRIMARY KEY (workspace=? AND run=? AND n=?)",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "heliograph.db"
    migrate.upgrade(path)
    opened = database.connect(path)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", list(PLANS))
def test_a_hot_statement_goes_by_its_index(connection: sqlite3.Connection, name: str) -> None:
    statement = book.SQL[name]
    values = dict.fromkeys(re.findall(r":(\w+)", statement), 1) or (1,) * statement.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any(PLANS[name] in step for step in plan), plan


@pytest.mark.parametrize("name", list(RULES))
def test_a_policys_statement_goes_by_its_index(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(terms.DUE)
    statement = capping.SQL[name]
    values = dict.fromkeys(re.findall(r":(\w+)", statement), 1) or (1,) * statement.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any(RULES[name] in step for step in plan), plan


@pytest.mark.parametrize("state", [codes.FAILED, codes.DOUBT])
def test_exceptions_are_found_by_the_index_that_holds_them_alone(
    connection: sqlite3.Connection, state: int
) -> None:
    where, values = picking.where(picking.Pick(state=state), 1)
    plan = [
        row[3]
        for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT 1 {picking.FROM} WHERE {where}", values)
    ]
    assert any("message_exception (workspace=? AND state=?)" in step for step in plan), plan
