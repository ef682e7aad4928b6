"""Where templates lie: moved, tagged, archived and brought back, several at once, and counted."""

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import desk as desks
from server.engine import library, placing
from server.store import blocks, labels, schema
from server.store import templates as rows
from server.wire import problems
from server.wire import templates as wire

Connection = sa_asyncio.AsyncConnection
Desk = desks.Desk

_template = schema.template.c


async def arrange(desk: Desk, ask: wire.Arrange) -> wire.Arranged:
    """Rename, move, tag, archive templates, or bring them back: all or none."""
    faults: placing.Faults = []
    places = [_tidied(place, number, faults) for number, place in enumerate(ask.places)]
    placing.refuse(faults, "The templates cannot be arranged so.")
    async with desk.database.writing() as connection:
        before = [await _as_it_is(connection, desk.workspace, place) for place in places]
        return await _placed(connection, desk.workspace, places, before)


def _tidied(place: wire.Place, number: int, faults: placing.Faults) -> wire.Place:
    at = f"places.{number}"
    return msgspec.structs.replace(
        place,
        name=None if place.name is None else placing.name(place.name, faults, f"{at}.name"),
        folder=None if place.folder is None else placing.folder(place.folder, faults, f"{at}.folder"),
        tags=None if place.tags is None else placing.tags(place.tags, faults, f"{at}.tags"),
    )


async def _as_it_is(connection: Connection, workspace: int, place: wire.Place) -> wire.Place:
    """What a place would change, as it is before."""
    found = await library.there(connection, workspace, place.template)
    return wire.Place(
        template=found.id,
        name=None if place.name is None else found.name,
        folder=None if place.folder is None else found.folder,
        tags=None if place.tags is None else found.tags,
        archived=None if place.archived is None else found.archived,
    )


async def _placed(
    connection: Connection, workspace: int, places: list[wire.Place], before: list[wire.Place]
) -> wire.Arranged:
    for place in places:
        await rows.place(connection, workspace, place)
    changed = sum(one != other for one, other in zip(places, before, strict=True))
    return wire.Arranged(changed=changed, before=before)


async def rename_folder(desk: Desk, ask: wire.RenameFolder) -> wire.Arranged:
    """Give a folder and all in it another path."""
    faults: placing.Faults = []
    path = placing.folder(ask.path, faults, "path")
    to = placing.folder(ask.to, faults, "to")
    if not path:
        faults.append(problems.Fault(place="path", message="The top has no name.", remedy="Name a folder."))
    placing.refuse(faults, "The folder cannot be renamed so.")
    async with desk.database.writing() as connection:
        found = await rows.some(connection, desk.workspace, rows.within(path))
        if not found:
            raise problems.refuse(problems.Code.NOT_FOUND, f"There is no folder {path}.")
        before = [wire.Place(template=one.id, folder=one.folder) for one in found]
        places = [
            wire.Place(
                template=one.id, folder=placing.folder(f"{to}/{one.folder[len(path) :]}", faults, "to")
            )
            for one in found
        ]
        placing.refuse(faults, "The folder cannot be renamed so.")
        return await _placed(connection, desk.workspace, places, before)


async def shelves(desk: Desk) -> wire.Shelves:
    """Everything templates are found by, with counts."""
    async with desk.database.reading() as connection:
        lying = await rows.counted(connection, desk.workspace, _template.folder)
        tagged = await labels.counts(connection, desk.workspace, labels.TAG)
        return wire.Shelves(
            folders=_folders(lying),
            tags=[wire.Tag(tag=tag, templates=count) for tag, count in tagged.items()],
            languages=await labels.counts(connection, desk.workspace, labels.LANGUAGE),
            channels=await rows.counted(connection, desk.workspace, _template.channel),
            total=sum(lying.values()),
            top=lying.get("", 0),
            archived=await rows.archived(connection, desk.workspace),
            blocks=await blocks.count(connection, desk.workspace),
        )


def _folders(lying: dict[str, int]) -> list[wire.Folder]:
    """All folders and those above them, by path."""
    below: dict[str, int] = {}
    for path, count in lying.items():
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            below[above] = below.get(above, 0) + count
    return [
        wire.Folder(path=path, templates=lying.get(path, 0), below=count)
        for path, count in sorted(below.items(), key=lambda item: item[0].lower().split("/"))
    ]
