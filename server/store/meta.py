"""What one installation is known by: made once, kept in the database."""

import base64
import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import database

REF_LENGTH = 6  #: base32 characters: 30 bits set our references apart from other installations'

PORT = "port"  #: the last port listened on

GET = "SELECT value FROM meta WHERE key = :key"
PUT = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
FOUND = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """This installation's name in references, and the key its receipts doors are derived from."""

    ref: str  #: 6 lower-case base32 characters
    receipts_key: bytes = field(repr=False)

    def door(self, workspace: int, account: int) -> str:
        """The unguessable part of an account's receipts address."""
        digest = hmac.digest(self.receipts_key, f"{workspace}/{account}".encode(), hashlib.sha256)
        return base64.b32encode(digest[:20]).decode().lower()


def establish(connection: sqlite3.Connection) -> None:
    """Write down who this installation is, once."""
    ref = base64.b32encode(secrets.token_bytes(5)).decode().lower()[:REF_LENGTH]
    with database.transaction(connection):
        connection.execute(FOUND, {"key": "installation", "value": ref})
        connection.execute(FOUND, {"key": "receipts_key", "value": secrets.token_hex(32)})


async def installation(connection: sa_asyncio.AsyncConnection) -> Installation:
    """Who this installation is. Raises LookupError before `establish`."""
    ref, key = await get(connection, "installation"), await get(connection, "receipts_key")
    if ref is None or key is None:
        raise LookupError("the installation has not been established")
    return Installation(ref=ref, receipts_key=bytes.fromhex(key))


async def get(connection: sa_asyncio.AsyncConnection, key: str) -> str | None:
    """One value; None where it was never put."""
    found = (await connection.execute(sa.text(GET), {"key": key})).scalar_one_or_none()
    return None if found is None else str(found)


async def put(connection: sa_asyncio.AsyncConnection, key: str, value: str) -> None:
    """Keep one value."""
    await connection.execute(sa.text(PUT), {"key": key, "value": value})


def get_now(connection: sqlite3.Connection, key: str) -> str | None:
    """One value, on a plain connection."""
    row = connection.execute(GET, {"key": key}).fetchone()
    return None if row is None else str(row[0])


def put_now(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Keep one value, on a plain connection."""
    connection.execute(PUT, {"key": key, "value": value})
