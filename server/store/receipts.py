"""Receipts as they came: stored raw and once, before anybody is told that they were taken."""

import sqlite3
from collections.abc import Iterable

import msgspec

from server.store import database

RAW_BYTES = 16_384  #: of each receipt's raw text, at most

ADD = """
INSERT INTO receipt (
  workspace, account, event_id, at, kind, ref, provider_ref, address, happened_at, code, text, suppress, raw,
  state, run, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace, account, event_id) DO NOTHING
"""


class Incoming(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One receipt about to be stored. Times are seconds since the epoch."""

    workspace: int
    account: int
    event_id: str
    at: float
    kind: str
    ref: str
    provider_ref: str
    address: str
    happened_at: float | None
    code: str
    text: str
    suppress: bool
    raw: bytes


def add(connection: sqlite3.Connection, receipts: Iterable[Incoming]) -> int:
    """Store receipts in one flushed transaction, for the merger; doubles are left out. Returns how many were new."""
    with database.transaction(connection):
        return sum(put(connection, receipt, 0, None) for receipt in receipts)


def put(
    connection: sqlite3.Connection, receipt: Incoming, state: int, spot: tuple[int, int, int] | None
) -> bool:
    """Store one in the caller's transaction, with its state and the message it is about. False for a double."""
    _, run, seq = spot or (None, None, None)
    values = (
        receipt.workspace,
        receipt.account,
        receipt.event_id,
        receipt.at,
        receipt.kind,
        receipt.ref,
        receipt.provider_ref,
        receipt.address,
        receipt.happened_at,
        receipt.code,
        receipt.text,
        int(receipt.suppress),
        receipt.raw[:RAW_BYTES],
        state,
        run,
        seq,
    )
    return connection.execute(ADD, values).rowcount > 0
