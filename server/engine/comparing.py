"""Two contents side by side: rendered for one person, and what differs between them."""

import asyncio
from collections.abc import Mapping

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents, email, languages
from server.engine import desk as desks
from server.engine import library, looking, taking
from server.pipeline.content import differing, sharing, speaking
from server.wire import campaigns, crafting, problems

Connection = sa_asyncio.AsyncConnection


class _Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side, with the blocks it is shown with."""

    content: contents.Content
    spoken: contents.Translations
    version: int
    library: sharing.Library


async def diff(desk: desks.Desk, ask: crafting.DiffAsk) -> crafting.Diff:
    """Render both sides for one person and name what differs."""
    async with desk.database.reading() as connection:
        someone = await looking.person(
            connection,
            desk.workspace,
            audience=ask.audience,
            position=ask.position,
            contact=ask.contact,
        )
        left = await _side(connection, desk.workspace, ask.left, "left")
        right = await _side(connection, desk.workspace, ask.right, "right")
    given = {**someone.values, **ask.values}
    return await asyncio.to_thread(_compared, someone, left, right, given, languages.canonical(ask.language))


async def _side(connection: Connection, workspace: int, side: crafting.Side, place: str) -> _Side:
    if side.content is not None:
        spoken = speaking.tidied(side.translations or contents.Translations())
        return _Side(
            content=side.content,
            spoken=spoken,
            version=0,
            library=await taking.library(connection, workspace, [side.content, spoken.others]),
        )
    if not side.template:
        fault = problems.Fault(
            place=place, message="This side is empty.", remedy="Name a template, or give a content."
        )
        raise problems.refuse(problems.Code.INVALID, fault.message, fault.remedy, [fault])
    found = await library.there(connection, workspace, side.template)
    wanted = await library.version_there(connection, workspace, side.template, side.version or found.version)
    parts = [wanted.content, wanted.translations.others]
    pinned = None if wanted.version == found.version else wanted.blocks
    return _Side(
        content=wanted.content,
        spoken=wanted.translations,
        version=wanted.version,
        library=await taking.library(connection, workspace, parts, pinned),
    )


def _compared(
    someone: looking.Person, left: _Side, right: _Side, given: Mapping[str, object], language: str
) -> crafting.Diff:
    seen = [looking.look(side.content, side.spoken, side.library, given, language) for side in (left, right)]
    before, after = (_shown(look, side) for look, side in zip(seen, (left, right), strict=True))
    return crafting.Diff(
        person=someone.name,
        contact=someone.contact,
        left=before,
        right=after,
        rendered=_differences(*(_with_text(shown.content) for shown in (before, after)), written=False)
        if before.content is not None and after.content is not None
        else [],
        written=_differences(
            *(_in(side, look) for side, look in zip((left, right), seen, strict=True)), written=True
        ),
        equal=bool(before.hash) and before.hash == after.hash,
    )


def _shown(look: looking.Look, side: _Side) -> crafting.Shown:
    channel = str(side.content.__struct_config__.tag)
    return crafting.Shown(
        content=None if look.rendered is None else look.rendered.content,
        faults=[
            campaigns.PreviewFault(
                channel=channel, place=fault.place, message=fault.message, remedy=fault.remedy
            )
            for fault in look.faults
        ],
        hash="" if look.rendered is None else look.rendered.digest.hex(),
        language=look.spoken or campaigns.Spoken(language=side.spoken.language),
        version=side.version,
    )


def _in(side: _Side, look: looking.Look) -> contents.Content:
    """What the authors wrote in the language that was chosen."""
    tag = look.spoken.language if look.spoken else ""
    return side.spoken.others.get(tag, side.content)


def _with_text(content: contents.Content | None) -> contents.Content | None:
    """A mail with the text that is sent beside its HTML, which people read more easily."""
    if isinstance(content, contents.Email) and not content.text:
        return msgspec.structs.replace(content, text=email.plain_text(content.html))
    return content


def _differences(
    left: contents.Content | None, right: contents.Content | None, *, written: bool
) -> list[crafting.FieldDiff]:
    return differing.differences(
        differing.fields(left, written=written), differing.fields(right, written=written)
    )
