"""The versions of templates, and the campaigns that took them."""

from server.engine import desk as desks
from server.engine import library, placing
from server.store import uses, versions
from server.wire import endpoint
from server.wire import templates as wire

Desk = desks.Desk


async def list_versions(desk: Desk, template: int, window: endpoint.Window) -> wire.Versions:
    """A window over a template's versions."""
    async with desk.database.reading() as connection:
        await library.there(connection, desk.workspace, template)
        return await versions.page(connection, desk.workspace, template, window)


async def show_version(desk: Desk, template: int, version: int) -> wire.Version:
    """One version."""
    async with desk.database.reading() as connection:
        return await library.version_there(connection, desk.workspace, template, version)


async def annotate(desk: Desk, template: int, version: int, ask: wire.Note) -> wire.Version:
    """Change a version's note."""
    faults: placing.Faults = []
    note = placing.note(ask.note, faults)
    placing.refuse(faults, "The note cannot be kept.")
    async with desk.database.writing() as connection:
        await versions.annotate(connection, desk.workspace, template, version, note)
        return await library.version_there(connection, desk.workspace, template, version)


async def restore(desk: Desk, template: int, version: int, ask: wire.Restore) -> wire.Template:
    """Take an older version's content up again, as a new version."""
    found = await library.show(desk, template)
    old = await show_version(desk, template, version)
    again = wire.SaveTemplate(
        name=found.name,
        content=old.content,
        translations=old.translations,
        note=ask.note or f"Version {version} again",
        by=ask.by,
        base=found.version,
        confirm=ask.confirm,
    )
    return await library.save(desk, template, again, restored_from=version)


async def list_uses(desk: Desk, template: int) -> wire.Uses:
    """The campaigns that took a template."""
    async with desk.database.reading() as connection:
        await library.there(connection, desk.workspace, template)
        found = await uses.of_campaigns(connection, desk.workspace, uses.TEMPLATE, [str(template)])
    return wire.Uses(rows=found)
