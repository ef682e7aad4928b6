"""The shared blocks that contents name, at hand when they are checked, previewed and frozen."""

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import base, contents
from server.pipeline.content import mailmaking, sharing
from server.store import blocks

Connection = sa_asyncio.AsyncConnection


class Unsealed(Exception):
    """Contents that cannot be frozen; the sentence names the place."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


async def library(
    connection: Connection,
    workspace: int,
    parts: Iterable[object],
    pinned: Mapping[str, int] | None = None,
) -> sharing.Library:
    """The blocks that some contents name, and those within them; with `pinned` as they were then."""
    wanted = sharing.names(parts)
    if not wanted:
        return sharing.NOTHING
    found = await blocks.needed(connection, workspace, wanted, pinned)
    return {name: sharing.Piece(*text) for name, text in found.items()}


async def of_campaign(connection: Connection, workspace: int, chosen: contents.Contents) -> sharing.Library:
    """The same for a campaign's contents in all their languages."""
    return await library(connection, workspace, [chosen.chosen(), languages(chosen)])


def languages(chosen: contents.Contents) -> list[dict[str, contents.Content]]:
    """The contents in further languages."""
    return [spoken.others for spoken in chosen.languages.values()]


def seal(connection: sqlite3.Connection, workspace: int, text: str) -> str:
    """A draft's contents as a run freezes them: every block taken in at its newest version. Raises Unsealed.

    Both are JSON of channels.contents.Contents. Contents that name no block come back as they are.
    """
    if "render" not in text:
        return text
    chosen = msgspec.json.decode(text, type=contents.Contents)
    wanted = sharing.names([chosen.chosen(), languages(chosen)])
    if not wanted:
        return text
    found = blocks.needed_now(connection, workspace, wanted)
    try:
        sealed = sharing.resolved_all(chosen, {name: sharing.Piece(*piece) for name, piece in found.items()})
    except sharing.Unresolved as error:
        raise _unsealed(error.faults[0]) from error
    except mailmaking.Broken as error:
        raise _unsealed(base.under("email", error.fault())) from error
    return msgspec.json.encode(sealed).decode()


def _unsealed(fault: base.Fault) -> Unsealed:
    return Unsealed(f"{fault.place}: {fault.message}", fault.remedy)
