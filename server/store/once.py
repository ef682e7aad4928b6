"""What was asked for under a key, so that the same request sent again is carried out once.

A claim is written before the act, and marked by the act's own transaction: after a crash it is known whether the act
was carried out, even where its answer was lost. Claims live in `meta`; their values begin with the time they were made
in a fixed width, so that old ones are found by comparing texts.
"""

import base64
import contextvars
import hashlib
import sqlite3
import zlib

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

KEPT_S = 24 * 3600.0
WIDTH = 16  #: characters of a time

CLAIM = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING"
FIND = "SELECT value FROM meta WHERE key = :key"
FORGET = "DELETE FROM meta WHERE key = :key"
FORGET_OLD = "DELETE FROM meta WHERE key >= 'once ' AND key < 'once!' AND value < :before"
PUT = "UPDATE meta SET value = :value WHERE key = :key"
MARK = f"{PUT} AND value = :claimed"  # what an act left running in the background marks nothing any more

#: The claim that acts carried out in this context belong to; their transactions mark it.
current: contextvars.ContextVar["Claim | None"] = contextvars.ContextVar("once", default=None)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One request, known by its key."""

    at: float  #: epoch seconds
    key: str
    process: str  #: which process carries it out
    digest: str  #: of everything that makes the request what it is
    done: bool = False  #: the act's first transaction is committed
    reply: str = ""  #: what was answered; empty until then

    @property
    def value(self) -> str:
        """As it is stored."""
        return f"{self.at:0{WIDTH}.3f} {msgspec.json.encode(self).decode()}"


def read(value: str) -> Claim:
    """What `Claim.value` wrote."""
    return msgspec.json.decode(value.partition(" ")[2], type=Claim)


def key_of(workspace: int, given: str) -> str:
    """Where a workspace's key is kept; two workspaces never meet."""
    return f"once {workspace} {hashlib.sha256(given.encode()).hexdigest()}"


def digest_of(*parts: bytes) -> str:
    """What makes a request what it is, in short."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def packed(reply: bytes) -> str:
    """A reply as it is kept."""
    return base64.b64encode(zlib.compress(reply)).decode()


def unpacked(reply: str) -> bytes:
    """What `packed` was given."""
    return zlib.decompress(base64.b64decode(reply))


async def claim(connection: sa_asyncio.AsyncConnection, wanted: Claim) -> Claim:
    """Make the claim in the caller's transaction, or return the one that was made before."""
    await connection.execute(sa.text(FORGET_OLD), {"before": f"{wanted.at - KEPT_S:0{WIDTH}.3f}"})
    await connection.execute(sa.text(CLAIM), {"key": wanted.key, "value": wanted.value})
    found = (await connection.execute(sa.text(FIND), {"key": wanted.key})).scalar_one()
    return read(str(found))


async def find(connection: sa_asyncio.AsyncConnection, key: str) -> Claim | None:
    """The claim under a key."""
    found = (await connection.execute(sa.text(FIND), {"key": key})).scalar_one_or_none()
    return None if found is None else read(str(found))


async def put(connection: sa_asyncio.AsyncConnection, kept: Claim) -> None:
    """Write a claim anew in the caller's transaction."""
    await connection.execute(sa.text(PUT), {"key": kept.key, "value": kept.value})


async def forget(connection: sa_asyncio.AsyncConnection, key: str) -> None:
    """Nothing was done under the key, so that it may be used again."""
    await connection.execute(sa.text(FORGET), {"key": key})


def mark_now(connection: sqlite3.Connection) -> None:
    """Mark the context's claim, if there is one, in the transaction that carries its act out."""
    if (own := current.get()) is not None:
        connection.execute(MARK, _marked(own))


async def mark(connection: sa_asyncio.AsyncConnection) -> None:
    """The same, on the control plane's connections."""
    if (own := current.get()) is not None:
        await connection.execute(sa.text(MARK), _marked(own))


def _marked(own: Claim) -> dict[str, str]:
    return {"key": own.key, "claimed": own.value, "value": msgspec.structs.replace(own, done=True).value}


def may_be_key(value: str) -> bool:
    """Whether a header's text can be a key: 1 to 200 printable ASCII characters."""
    return 0 < len(value) <= 200 and value.isascii() and value.isprintable()
