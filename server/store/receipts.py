"""Receipts as they came: stored raw and once, before anybody is told that they were taken."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from server.store import database

RAW_BYTES = 16_384  #: of each receipt's raw text, at most

ADD = """
INSERT INTO receipt (
  workspace, account, event_id, at, kind, ref, provider_ref, address, happened_at, code, text, suppress, raw)
VALUES (
  :workspace, :account, :event_id, :at, :kind, :ref, :provider_ref, :address, :happened_at, :code, :text, :suppress,
  :raw)
ON CONFLICT (workspace, account, event_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
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
    """Store receipts in one flushed transaction; doubles are left out. Returns how many were new."""
    before = connection.total_changes
    with database.transaction(connection):
        connection.executemany(ADD, [_values(receipt) for receipt in receipts])
    return connection.total_changes - before


def _values(receipt: Incoming) -> dict[str, object]:
    return {
        "workspace": receipt.workspace,
        "account": receipt.account,
        "event_id": receipt.event_id,
        "at": receipt.at,
        "kind": receipt.kind,
        "ref": receipt.ref,
        "provider_ref": receipt.provider_ref,
        "address": receipt.address,
        "happened_at": receipt.happened_at,
        "code": receipt.code,
        "text": receipt.text,
        "suppress": int(receipt.suppress),
        "raw": receipt.raw[:RAW_BYTES],
    }
