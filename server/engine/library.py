"""The template library: templates are written, found, copied and removed."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.engine import impact, placing, taking
from server.pipeline.content import examining, mailmaking, sharing, speaking
from server.store import templates as rows
from server.store import uses, versions
from server.wire import problems
from server.wire import templates as wire

Connection = sa_asyncio.AsyncConnection
Desk = desks.Desk


async def list_(desk: Desk, ask: wire.TemplateQuery) -> wire.Templates:
    """A window over the templates."""
    if ask.archived not in set(wire.Archived):
        fault = problems.Fault(
            place="archived", message="Say no, only or all.", remedy="Leave it out for those in use."
        )
        raise problems.refuse(problems.Code.INVALID, fault.message, fault.remedy, [fault])
    async with desk.database.reading() as connection:
        return await rows.page(connection, desk.workspace, ask)


async def show(desk: Desk, template: int) -> wire.Template:
    """One template. Raises problems.Refused where there is none."""
    async with desk.database.reading() as connection:
        return await there(connection, desk.workspace, template)


async def there(connection: Connection, workspace: int, template: int) -> wire.Template:
    """The same on a connection that is open."""
    found = await rows.show(connection, workspace, template)
    if found is None:
        raise none(template)
    return found


def none(template: int) -> problems.Refused:
    """The refusal for a template that is not there."""
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no template {template}.", "It may have been removed."
    )


async def version_there(connection: Connection, workspace: int, template: int, version: int) -> wire.Version:
    """One version. Raises problems.Refused where there is none."""
    found = await versions.show(connection, workspace, template, version)
    if found is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"Template {template} has no version {version}.",
            "Look at the list of its versions.",
        )
    return found


# -- writing -----------------------------------------------------------------------------------------


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it was asked for, tidied and found sound."""

    name: str
    folder: str | None
    tags: list[str] | None
    written: rows.Written


async def create(desk: Desk, ask: wire.SaveTemplate) -> wire.Template:
    """Make a template. Content that cannot be sent as it is written is refused, every fault named."""
    async with desk.database.writing() as connection:
        template = await add(connection, desk.workspace, ask)
        return await there(connection, desk.workspace, template)


async def add(connection: Connection, workspace: int, ask: wire.SaveTemplate) -> int:
    """The same in the caller's transaction; returns the template's id."""
    made = await drafted(connection, workspace, ask, ask.translations or contents.Translations())
    return await rows.insert(
        connection, workspace, made.name, made.written, folder=made.folder or "", tags=made.tags or []
    )


async def save(desk: Desk, template: int, ask: wire.SaveTemplate, *, restored_from: int = 0) -> wire.Template:
    """Change a template; a new version is made where the content differs in any language."""
    if not ask.confirm:
        await _refuse_breaking(desk, template, ask)
    async with desk.database.writing() as connection:
        found = await there(connection, desk.workspace, template)
        _refuse_other_channel(found, ask.content)
        _refuse_outdated(found, ask.base)
        await put(connection, desk.workspace, found, ask, restored_from=restored_from)
        return await there(connection, desk.workspace, template)


async def put(
    connection: Connection,
    workspace: int,
    found: wire.Template,
    ask: wire.SaveTemplate,
    *,
    restored_from: int = 0,
) -> int:
    """The same in the caller's transaction, unconditionally; returns the version it has then."""
    spoken = found.translations if ask.translations is None else ask.translations
    made = await drafted(connection, workspace, ask, spoken)
    written = msgspec.structs.replace(made.written, restored_from=restored_from)
    version = await rows.save(connection, workspace, found, made.name, written)
    place = wire.Place(template=found.id, folder=made.folder, tags=made.tags)
    await rows.place(connection, workspace, place)
    return version


async def drafted(
    connection: Connection, workspace: int, ask: wire.SaveTemplate, spoken: contents.Translations
) -> Draft:
    """See that a template can be saved so. Raises problems.Refused, every fault named by its place."""
    faults: placing.Faults = []
    name = placing.name(ask.name, faults)
    folder = None if ask.folder is None else placing.folder(ask.folder, faults)
    tags = None if ask.tags is None else placing.tags(ask.tags, faults)
    note = placing.note(ask.note, faults)
    channel = str(ask.content.__struct_config__.tag)
    library = await taking.library(connection, workspace, [ask.content, spoken.others])
    faults += [*_content_faults(ask.content, spoken, library), *_language_faults(channel, spoken)]
    placing.refuse(faults, "The template cannot be saved as it is.")
    spoken = speaking.tidied(spoken)
    parts = [ask.content, *spoken.others.values()]
    written = rows.Written(
        content=mailmaking.made(ask.content),
        translations=mailmaking.made_others(spoken),
        blocks={
            name: version
            for part in parts
            for name, version in sharing.resolved(part, library).blocks.items()
        },
        note=note,
        by=ask.by.strip()[: placing.LONGEST_NAME],
    )
    return Draft(name=name, folder=folder, tags=tags, written=written)


def _content_faults(
    content: contents.Content, spoken: contents.Translations, library: sharing.Library
) -> placing.Faults:
    parts = {"content": content} | {
        f"translations.others.{tag}": other for tag, other in spoken.others.items()
    }
    return [
        problems.Fault(place=f"{place}.{fault.place}", message=fault.message, remedy=fault.remedy)
        for place, part in parts.items()
        for fault in examining.examine_one(part, library=library)
        if fault.level == "error"
    ]


def _language_faults(channel: str, spoken: contents.Translations) -> placing.Faults:
    return [
        problems.Fault(place=f"translations.{fault.place}", message=fault.message, remedy=fault.remedy)
        for fault in speaking.faults(channel, spoken)
        if fault.level == "error"
    ]


async def _refuse_breaking(desk: Desk, template: int, ask: wire.SaveTemplate) -> None:
    """Raise problems.Refused where people of a campaign that uses the template lack what the content now needs."""
    found = await show(desk, template)
    spoken = found.translations if ask.translations is None else ask.translations
    meant = await impact.of_template(desk, found, ask.content, spoken)
    if meant.breaks:
        raise impact.refusal(meant)


def _refuse_other_channel(found: wire.Template, content: contents.Content) -> None:
    if found.channel != str(content.__struct_config__.tag):
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The template is one for {contents.TITLES[found.channel]}, and stays one.",
            "Create another template for the other channel.",
        )


def _refuse_outdated(found: wire.Template, base: int | None) -> None:
    if base is not None and base != found.version:
        by = f" by {found.by}" if found.by else ""
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"Version {found.version} was saved{by} while you worked on version {base}.",
            "Compare the two, then save on top of the newer one.",
        )


async def duplicate(desk: Desk, template: int, ask: wire.Duplicate) -> wire.Template:
    """Make a template of another's newest version, or of an older one. It lies beside the other."""
    async with desk.database.writing() as connection:
        found = await there(connection, desk.workspace, template)
        wanted = await version_there(connection, desk.workspace, template, ask.version or found.version)
        note = f"Copy of {found.name}, version {wanted.version}"
        copy = wire.SaveTemplate(
            name=ask.name or f"Copy of {found.name}"[: placing.LONGEST_NAME],
            content=wanted.content,
            translations=wanted.translations,
            folder=found.folder,
            tags=found.tags,
            note=note,
            by=ask.by,
        )
        made = await add(connection, desk.workspace, copy)
        return await there(connection, desk.workspace, made)


async def delete(desk: Desk, template: int) -> None:
    """Remove a template that no draft and no schedule uses. What was sent with it stays as it is."""
    async with desk.database.writing() as connection:
        await there(connection, desk.workspace, template)
        users = await uses.of_campaigns(
            connection, desk.workspace, uses.TEMPLATE, [str(template)], still_open=True
        )
        if users:
            raise in_use("template", users, "Archive it instead, or take it out of them first.")
        await rows.remove(connection, desk.workspace, template)


def in_use(noun: str, users: Sequence[wire.Use], remedy: str) -> problems.Refused:
    """The refusal for a thing that is in use; the places are named."""
    faults = [
        problems.Fault(
            place=f"{use.kind}.{use.id}",
            message=f"{use.kind.title()} {use.name!r}{f' ({use.status.value})' if use.status else ''} uses it.",
        )
        for use in users[:50]
    ]
    places = "1 place" if len(users) == 1 else f"{len(users)} places"
    return problems.refuse(problems.Code.CONFLICT, f"The {noun} is in use in {places}.", remedy, faults)
