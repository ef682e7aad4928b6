"""Look at a content as one person would get it, by the one renderer that also sends."""

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import base, contents, languages
from server.pipeline.content import mailmaking, rendering, sharing, speaking, values
from server.wire import campaigns as wire
from server.wire import problems

Connection = sa_asyncio.AsyncConnection

REACHED = """(SELECT address FROM identity WHERE identity.workspace = contact.workspace
    AND identity.contact = contact.id AND identity.channel = '{}' AND identity.removed_at IS NULL)"""
COLUMNS = f"""
SELECT contact.id, contact.key, contact.name, contact.country, contact.zone, contact.locale, contact.attributes,
  {REACHED.format("email")} AS email,
  coalesce({REACHED.format("sms")}, {REACHED.format("whatsapp")}, {REACHED.format("rcs")}) AS phone
"""
MEMBERS = """
FROM member JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact
WHERE member.workspace = :workspace AND member.audience = :audience
"""
AT_POSITION = f"{COLUMNS}{MEMBERS} ORDER BY member.contact LIMIT 1 OFFSET :position"
BY_ID = f"{COLUMNS} FROM contact WHERE contact.workspace = :workspace AND contact.id = :contact"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whom something is rendered for; nobody where `contact` is None."""

    contact: int | None = None
    name: str = ""
    values: dict[str, object] = {}


async def person(
    connection: Connection, workspace: int, *, audience: int | None, position: int, contact: int | None
) -> Person:
    """The person of a number, or at a place of an audience. Raises problems.Refused where there is nobody."""
    if contact is None and audience is None:
        return Person()
    key: dict[str, object] = {"workspace": workspace, "contact": contact}
    if contact is None:
        key = {"workspace": workspace, "audience": audience, "position": max(position, 0)}
    found = await connection.execute(sa.text(AT_POSITION if contact is None else BY_ID), key)
    row = found.mappings().one_or_none()
    if row is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            "There is nobody at that place in the audience."
            if contact is None
            else f"There is no contact {contact}.",
            "Choose another person or audience.",
        )
    named = row["name"] or row["key"]
    return Person(contact=row["id"], name=named, values=values.values_of(dict(row)))


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One content as one person gets it, or why they do not."""

    rendered: rendering.Rendered | None = None
    faults: list[base.Fault] = []
    spoken: wire.Spoken | None = None  #: where there are further languages
    written: contents.Content | None = None  #: the language's content with its blocks taken in
    blocks: dict[str, int] = {}


def look(
    content: contents.Content,
    spoken: contents.Translations | None,
    library: sharing.Library,
    given: Mapping[str, object],
    language: str = "",
) -> Look:
    """Render one channel's content in the language these values choose, or in `language` where it is there."""
    told = None
    if spoken is not None and (spoken.others or spoken.language):
        spoken = speaking.tidied(spoken)  # an editor's is as it was typed
        choice = speaking.choose(spoken, given, language)
        content = spoken.others.get(choice.language, content)
        told = wire.Spoken(
            language=choice.language,
            because=choice.because,
            wanted=choice.wanted,
            why=languages.explain(choice),
        )
    try:
        resolved = sharing.resolved(content, library)
        rendered = rendering.Renderer(resolved.content).render(given)
    except sharing.Unresolved as error:
        return Look(faults=error.faults, spoken=told)
    except mailmaking.Broken as error:
        return Look(faults=[error.fault()], spoken=told)
    except rendering.CannotRender as error:
        return Look(faults=faults(error), spoken=told)
    return Look(rendered=rendered, spoken=told, written=resolved.content, blocks=resolved.blocks)


def faults(error: rendering.CannotRender) -> list[base.Fault]:
    """Why one person's rendering failed, for the people who write content."""
    match error:
        case rendering.MissingValue():
            return [
                base.fault(
                    error.place,
                    f"This person has no value for {error.variable}, and would be skipped.",
                    f"Give it a default: {{{{ {error.variable} | default: '…' }}}}.",
                )
            ]
        case rendering.Unrenderable():
            return [base.fault(error.place, error.message, error.remedy)]
        case rendering.BadContent():
            return error.faults
    return [base.fault("", str(error))]
