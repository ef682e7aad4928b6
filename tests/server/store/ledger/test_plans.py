"""The ledger's statements find what they want by an index, whatever the tables hold."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store import database, migrate
from server.store.ledger import book

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
