"""Templates and the shared blocks they need as one document, and such a document taken in."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import shared
from server.engine import blocks as block_engine
from server.engine import desk as desks
from server.engine import library, placing
from server.store import blocks as block_rows
from server.store import schema
from server.store import templates as rows
from server.wire import blocks, crafting, problems
from server.wire import templates as wire

Connection = sa_asyncio.AsyncConnection

_template = schema.template.c

Part = TypeVar("Part")

#: Templates and blocks of one document.
MOST = 2_000


class _Undo(Exception):
    """Ends a transaction whose outcome was only wanted to be seen."""

    def __init__(self, done: crafting.Imported) -> None:
        super().__init__()
        self.done = done


# -- out ---------------------------------------------------------------------------------------------


async def export(desk: desks.Desk, ask: crafting.ExportQuery) -> crafting.Bundle:
    """The newest versions of some templates, with every block they need."""
    conditions: list[sa.ColumnElement[bool]] = [_template.archived_at.is_(None)]
    if ask.ids:
        conditions = [_template.id.in_(_ids(ask.ids))]
    if ask.folder:
        faults: placing.Faults = []
        conditions.append(rows.within(placing.folder(ask.folder, faults)))
        placing.refuse(faults, "There is no such folder.")
    async with desk.database.reading() as connection:
        found = await rows.some(connection, desk.workspace, *conditions)
        if missing := set(_ids(ask.ids)) - {one.id for one in found}:
            raise library.none(min(missing))
        named = shared.names([(one.content, one.translations.others) for one in found])
        pieces = await block_rows.needed(connection, desk.workspace, named)
    return crafting.Bundle(
        templates=[_packed(one) for one in found],
        blocks=[
            crafting.PackedBlock(name=piece.name, kind=piece.kind, text=piece.text)
            for _, piece in sorted(pieces.items())
        ],
    )


def _ids(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        fault = problems.Fault(
            place="ids", message="Write templates' numbers, with commas between.", remedy="As in 1,5,9."
        )
        raise problems.refuse(problems.Code.INVALID, fault.message, fault.remedy, [fault])
    return [int(part) for part in parts]


def _packed(one: wire.Template) -> crafting.PackedTemplate:
    return crafting.PackedTemplate(
        name=one.name,
        content=one.content,
        translations=one.translations,
        folder=one.folder,
        tags=one.tags,
        note=one.note,
    )


# -- in ----------------------------------------------------------------------------------------------


async def take_in(desk: desks.Desk, ask: crafting.ImportAsk) -> crafting.Imported:
    """Take a document in: all of it or nothing. A dry one says what would happen, and changes nothing."""
    bundle = _read(ask.bundle)
    try:
        async with desk.database.writing() as connection:
            done = await _Taking(connection, desk.workspace, ask).all(bundle)
            if ask.dry:
                raise _Undo(done)
    except _Undo as undone:
        return undone.done
    return done


def _read(document: dict[str, object]) -> crafting.Bundle:
    try:
        bundle = msgspec.convert(document, crafting.Bundle)
    except msgspec.ValidationError as error:
        words = str(error)
        fault = problems.Fault(
            place="bundle", message=f"{words}.", remedy="Import a document that was exported here."
        )
        raise problems.refuse(
            problems.Code.INVALID, "This is no document of templates.", fault.remedy, [fault]
        ) from error
    if bundle.heliograph != 1:
        raise problems.refuse(
            problems.Code.INVALID,
            f"The document has form {bundle.heliograph}; this server reads form 1.",
            "Export it again from a server of this version, or upgrade this one.",
        )
    if len(bundle.templates) + len(bundle.blocks) > MOST:
        raise problems.refuse(
            problems.Code.TOO_LARGE,
            f"The document holds more than {MOST:,} templates and blocks.",
            "Split it.",
        )
    return bundle


class _Taking:
    """Takes one document in, in its caller's transaction."""

    def __init__(self, connection: Connection, workspace: int, ask: crafting.ImportAsk) -> None:
        self._connection = connection
        self._workspace = workspace
        self._ask = ask
        self._faults: placing.Faults = []
        self._done = crafting.Imported(created=[], versions=[], skipped=[], blocks=[], templates=[])

    async def all(self, bundle: crafting.Bundle) -> crafting.Imported:
        """Take everything in. Raises problems.Refused with the faults of all its parts."""
        for place, block in self._in_order(bundle.blocks):
            await self._guarded(f"bundle.blocks.{place}", self._block, block)
        for place, template in enumerate(bundle.templates):
            await self._guarded(f"bundle.templates.{place}", self._template, template)
        placing.refuse(self._faults, "The document cannot be taken in as it is.")
        return self._done

    @staticmethod
    def _in_order(blocks: list[crafting.PackedBlock]) -> list[tuple[int, crafting.PackedBlock]]:
        """The blocks with those first that others take in; what goes round in a circle is refused when it is saved."""
        waiting = dict(enumerate(blocks))
        names = {block.name for block in blocks}
        known: set[str] = set()
        found: list[tuple[int, crafting.PackedBlock]] = []
        while waiting:
            ready = [
                place for place, block in waiting.items() if shared.names(block.text) & names <= known
            ] or list(waiting)
            for place in ready:
                found.append((place, waiting.pop(place)))
                known.add(found[-1][1].name)
        return found

    async def _guarded(self, place: str, take: Callable[[Part], Awaitable[None]], part: Part) -> None:
        """Take one part in; what is wrong with it is kept under its place."""
        try:
            await take(part)
        except problems.Refused as error:
            problem = error.problem
            inner = problem.fields or [problems.Fault(place="", message=problem.title, remedy=problem.remedy)]
            self._faults += [
                msgspec.structs.replace(fault, place=f"{place}.{fault.place}".rstrip(".")) for fault in inner
            ]

    async def _block(self, block: crafting.PackedBlock) -> None:
        if block.kind not in set(blocks.Kind):
            kinds = ", ".join(blocks.Kind)
            fault = problems.Fault(place="kind", message=f"There is no kind {block.kind!r}.", remedy=kinds)
            raise problems.refuse(problems.Code.INVALID, fault.message, fault.remedy, [fault])
        ask = blocks.SaveBlock(
            name=block.name,
            kind=blocks.Kind(block.kind),
            text=block.text,
            note=block.note,
            by=self._ask.by,
        )
        there = await block_rows.named(self._connection, self._workspace, block.name)
        if there is None:
            await block_engine.add(self._connection, self._workspace, ask)
        elif (there.text, there.kind) == (block.text, block.kind) or self._ask.clash is crafting.Clash.SKIP:
            return
        elif self._ask.clash is crafting.Clash.VERSION and there.kind == block.kind:
            await block_engine.put(self._connection, self._workspace, there, ask)
        else:
            fault = problems.Fault(
                place="name",
                message=f"There is another block {block.name} here, and templates here use it.",
                remedy="Import with `version` to change it, with `skip` to keep it, or rename one of them.",
            )
            raise problems.refuse(problems.Code.CONFLICT, fault.message, fault.remedy, [fault])
        self._done.blocks.append(block.name)

    async def _template(self, packed: crafting.PackedTemplate) -> None:
        faults: placing.Faults = []
        folder = placing.folder(f"{self._ask.folder}/{packed.folder}", faults)
        name = placing.name(packed.name, faults)
        placing.refuse(faults, "The template cannot be saved as it is.")
        there = await self._there(folder, name)
        if there is not None and self._ask.clash is crafting.Clash.SKIP:
            self._done.skipped.append(name)
            self._done.templates.append(0)
            return
        if there is not None and self._ask.clash is crafting.Clash.COPY:
            name = await self._free(folder, name)
        ask = wire.SaveTemplate(
            name=name,
            content=packed.content,
            translations=packed.translations,
            folder=folder,
            tags=packed.tags,
            note=packed.note or "Imported",
            by=self._ask.by,
        )
        if there is not None and self._ask.clash is crafting.Clash.VERSION and _alike(there, packed):
            await library.put(self._connection, self._workspace, there, ask)
            self._done.versions.append(name)
            self._done.templates.append(there.id)
            return
        self._done.templates.append(await library.add(self._connection, self._workspace, ask))
        self._done.created.append(name)

    async def _there(self, folder: str, name: str) -> wire.Template | None:
        found = await rows.some(
            self._connection,
            self._workspace,
            _template.folder == folder,
            sa.func.lower(_template.name) == name.lower(),
            _template.archived_at.is_(None),
        )
        return found[0] if found else None

    async def _free(self, folder: str, name: str) -> str:
        """A name that is not taken in this folder."""
        number = 2
        while await self._there(folder, f"{name} ({number})") is not None:
            number += 1
        return f"{name} ({number})"


def _alike(there: wire.Template, packed: crafting.PackedTemplate) -> bool:
    return there.channel == str(packed.content.__struct_config__.tag)
