"""Shared blocks: written, checked with all they take in, and removed when nothing uses them."""

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import base, shared
from server.engine import desk as desks
from server.engine import impact, library, placing, taking
from server.pipeline.content import liquid, sharing
from server.store import blocks as rows
from server.wire import blocks as wire
from server.wire import endpoint, moments, problems, templates

Connection = sa_asyncio.AsyncConnection
Desk = desks.Desk

LONGEST_TEXT = 200_000


async def list_(desk: Desk, ask: wire.BlockQuery) -> wire.Blocks:
    """A window over the blocks."""
    async with desk.database.reading() as connection:
        found, total = await rows.page(connection, desk.workspace, ask)
        told = [await _told(connection, desk.workspace, row) for row in found]
    return wire.Blocks(total=total, offset=ask.offset, rows=told)


async def show(desk: Desk, block: int) -> wire.Block:
    """One block. Raises problems.Refused where there is none."""
    async with desk.database.reading() as connection:
        return await _told(connection, desk.workspace, await there(connection, desk.workspace, block))


async def there(connection: Connection, workspace: int, block: int) -> rows.Row:
    """One block's row. Raises problems.Refused where there is none."""
    found = await rows.one(connection, workspace, block)
    if found is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND, f"There is no shared block {block}.", "It may have been removed."
        )
    return found


async def _told(connection: Connection, workspace: int, row: rows.Row) -> wire.Block:
    pieces = await taking.library(connection, workspace, [impact.tag(row.name)])
    users = await impact.users_of_block(connection, workspace, row.name)
    return wire.Block(
        id=row.id,
        name=row.name,
        kind=wire.Kind(row.kind),
        version=row.version,
        text=row.text,
        note=row.note,
        by=row.by,
        blocks=sorted(shared.names(row.text)),
        variables=_variables(row.name, pieces),
        uses=len({(use.kind, use.id) for use in users}),
        updated_at=moments.utc(row.updated_at),
    )


def _variables(name: str, pieces: sharing.Library) -> list[str]:
    try:
        compiled = liquid.compiled(sharing.whole(name, pieces), html=pieces[name].kind != "text")
    except (sharing.Unresolved, liquid.Broken):
        return []
    return sorted(compiled.variables)


# -- writing -----------------------------------------------------------------------------------------


async def create(desk: Desk, ask: wire.SaveBlock) -> wire.Block:
    """Make a block. One that cannot stand anywhere as it is written is refused, every fault named."""
    async with desk.database.writing() as connection:
        block = await add(connection, desk.workspace, ask)
        return await _told(connection, desk.workspace, await there(connection, desk.workspace, block))


async def add(connection: Connection, workspace: int, ask: wire.SaveBlock) -> int:
    """The same in the caller's transaction; returns the block's id."""
    written = await _checked(connection, workspace, ask)
    if await rows.named(connection, workspace, ask.name) is not None:
        raise _taken(ask.name)
    return await rows.insert(connection, workspace, ask.name, ask.kind.value, written)


async def save(desk: Desk, block: int, ask: wire.SaveBlock, *, restored_from: int = 0) -> wire.Block:
    """Change a block; whatever names it takes the new version from now on, but for runs that were launched."""
    if not ask.confirm:
        found = await show(desk, block)
        meant = await impact.of_block(desk, found.name, found.kind.value, ask.text)
        if meant.breaks:
            raise impact.refusal(meant)
    async with desk.database.writing() as connection:
        row = await there(connection, desk.workspace, block)
        await _refuse_unlike(connection, desk.workspace, row, ask)
        await put(connection, desk.workspace, row, ask, restored_from=restored_from)
        return await _told(connection, desk.workspace, await there(connection, desk.workspace, block))


async def put(
    connection: Connection, workspace: int, row: rows.Row, ask: wire.SaveBlock, *, restored_from: int = 0
) -> None:
    """The same in the caller's transaction, whatever it means for its users."""
    written = await _checked(connection, workspace, ask)
    await rows.save(connection, workspace, row, ask.name, written._replace(restored_from=restored_from))


async def _refuse_unlike(connection: Connection, workspace: int, row: rows.Row, ask: wire.SaveBlock) -> None:
    """Refuse what would leave its users with a name or a kind that is not there, or undo somebody's work unseen."""
    if ask.kind.value != row.kind:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The block {row.name} is {row.kind}, and stays so.",
            "Make another block for the other kind.",
        )
    if ask.name != row.name:
        if users := await impact.users_of_block(connection, workspace, row.name):
            raise library.in_use("block", users, "Keep its name, or take it out of them first.")
        if await rows.named(connection, workspace, ask.name) is not None:
            raise _taken(ask.name)
    if ask.base is not None and ask.base != row.version:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"Version {row.version} was saved while you worked on version {ask.base}.",
            "Look at the newer one, then save on top of it.",
        )


def _taken(name: str) -> problems.Refused:
    fault = problems.Fault(place="name", message=f"There is a block {name} already.", remedy="Change it.")
    return problems.refuse(problems.Code.CONFLICT, fault.message, "Choose another name.", [fault])


async def _checked(connection: Connection, workspace: int, ask: wire.SaveBlock) -> rows.Written:
    """See that a block can be saved so. Raises problems.Refused, every fault named by its place."""
    faults: placing.Faults = []
    if not shared.NAME.fullmatch(ask.name):
        faults.append(
            problems.Fault(
                place="name",
                message="A block's name has 1 to 64 letters, digits, - and _, and begins with a letter or digit.",
                remedy="Name it such as footer or legal-de.",
            )
        )
    note = placing.note(ask.note, faults)
    if len(ask.text) > LONGEST_TEXT:
        message = f"A block has at most {LONGEST_TEXT:,} characters."
        faults.append(problems.Fault(place="text", message=message, remedy="Shorten or split it."))
    else:
        pieces = await taking.library(connection, workspace, [ask.text])
        found = text_faults(ask, pieces)
        faults += [problems.Fault(place=one.place, message=one.message, remedy=one.remedy) for one in found]
    placing.refuse(faults, "The block cannot be saved as it is.")
    return rows.Written(text=ask.text, note=note, by=ask.by.strip()[: placing.LONGEST_NAME])


def text_faults(ask: wire.SaveBlock, pieces: sharing.Library) -> list[base.Fault]:
    """What is wrong with a block's text: Liquid that cannot be understood, blocks that cannot be taken in."""
    html = ask.kind is not wire.Kind.TEXT
    whole = {**pieces, ask.name: sharing.Piece(ask.name, ask.kind.value, 0, ask.text)}
    try:
        liquid.compiled(shared.blanked(ask.text), html=html)
        liquid.compiled(sharing.whole(ask.name, whole), html=html)
    except sharing.Unresolved as error:
        return error.faults
    except liquid.Broken as error:
        return [base.fault("text", f"{str(error).rstrip('.')}.", error.remedy)]
    return []


async def delete(desk: Desk, block: int) -> None:
    """Remove a block that nothing takes in any more."""
    async with desk.database.writing() as connection:
        row = await there(connection, desk.workspace, block)
        users = await impact.users_of_block(connection, desk.workspace, row.name, still_open=True)
        if users:
            raise library.in_use("block", users, "Take it out of them first.")
        await rows.remove(connection, desk.workspace, block)


async def versions(desk: Desk, block: int, window: endpoint.Window) -> wire.BlockVersions:
    """A window over a block's versions."""
    async with desk.database.reading() as connection:
        await there(connection, desk.workspace, block)
        return await rows.versions(connection, desk.workspace, block, window)


async def restore(desk: Desk, block: int, version: int, ask: templates.Restore) -> wire.Block:
    """Take an older version's text up again, as a new version."""
    found = await show(desk, block)
    async with desk.database.reading() as connection:
        text = await rows.text_of(connection, desk.workspace, block, version)
    if text is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"The block {found.name} has no version {version}.",
            "Look at the list of its versions.",
        )
    again = wire.SaveBlock(
        name=found.name,
        kind=found.kind,
        text=text,
        note=ask.note or f"Version {version} again",
        by=ask.by,
        base=found.version,
        confirm=ask.confirm,
    )
    return await save(desk, block, again, restored_from=version)


async def list_uses(desk: Desk, block: int) -> templates.Uses:
    """Every campaign, template and block that names a block; of those launched, the version that was frozen."""
    async with desk.database.reading() as connection:
        row = await there(connection, desk.workspace, block)
        users = await impact.users_of_block(connection, desk.workspace, row.name)
        frozen = await rows.frozen(connection, desk.workspace, row.name, [use.id for use in users])
    return templates.Uses(
        rows=[
            msgspec.structs.replace(use, version=frozen.get(use.id, 0)) if use.status else use
            for use in users
        ]
    )


async def meant(desk: Desk, block: int, ask: wire.BlockImpactAsk) -> templates.Impact:
    """What saving a text would mean for those who use the block."""
    found = await show(desk, block)
    return await impact.of_block(desk, found.name, found.kind.value, ask.text)
