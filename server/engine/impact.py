"""What changing content that is in use would mean: values it newly needs, and the people who have none."""

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.engine import taking
from server.pipeline.content import mailmaking, needing, sharing
from server.store import schema, uses
from server.wire import problems
from server.wire import templates as wire

Connection = sa_asyncio.AsyncConnection

_contact = schema.contact.c
_member = schema.member.c
_identity = schema.identity.c

#: Values with columns of their own.
COLUMNS = ("key", "name", "country", "zone", "locale")
#: Values that are addresses, and the channels they are read from.
ADDRESSES = {"email": ("email",), "phone": ("sms", "whatsapp", "rcs")}
#: Variables and audiences looked at; a warning need not name more.
MOST_VARIABLES = 20
MOST_AUDIENCES = 50


async def of_template(
    desk: desks.Desk, found: wire.Template, content: contents.Content, spoken: contents.Translations
) -> wire.Impact:
    """What saving a content would mean for the drafts and schedules that took the template."""
    async with desk.database.reading() as connection:
        users = await uses.of_campaigns(
            connection, desk.workspace, uses.TEMPLATE, [str(found.id)], still_open=True
        )
        new, old = [content, *spoken.others.values()], [found.content, *found.translations.others.values()]
        library = await taking.library(connection, desk.workspace, [*new, *old])
        fresh = _needs(new, library) - _needs(old, library)
        return await _told(connection, desk.workspace, fresh, users)


async def of_block(desk: desks.Desk, name: str, kind: str, text: str) -> wire.Impact:
    """The same for a block's text, and the drafts and schedules that name it, through other blocks as well."""
    async with desk.database.reading() as connection:
        users = await campaigns_of_block(connection, desk.workspace, name, still_open=True)
        library = dict(await taking.library(connection, desk.workspace, [tag(name), text]))
        before = _needs_of_block(name, library)
        library[name] = sharing.Piece(name, kind, 0, text)
        meant = await _told(connection, desk.workspace, _needs_of_block(name, library) - before, users)
        everything = await users_of_block(connection, desk.workspace, name)
    return msgspec.structs.replace(meant, users=everything)


def tag(name: str) -> str:
    """How content takes a block in."""
    return f"{{% render '{name}' %}}"


async def campaigns_of_block(
    connection: Connection, workspace: int, name: str, *, still_open: bool = False
) -> list[wire.Use]:
    """The campaigns that name a block, or one that takes it in."""
    above = {name}
    fresh = {name}
    while fresh:
        fresh = {use.name for use in await uses.of_blocks(connection, workspace, fresh)} - above
        above |= fresh
    return await uses.of_campaigns(connection, workspace, uses.BLOCK, above, still_open=still_open)


def _needs(parts: Iterable[contents.Content], library: sharing.Library) -> frozenset[str]:
    found = frozenset[str]()
    for part in parts:
        try:
            found |= needing.needs(sharing.resolved(part, library).content)
        except (sharing.Unresolved, mailmaking.Broken):
            continue  # such a content is refused when it is saved
    return found


def _needs_of_block(name: str, library: sharing.Library) -> frozenset[str]:
    try:
        text = sharing.whole(name, library)
    except (sharing.Unresolved, KeyError):
        return frozenset()
    return needing.text_needs(text, html=library[name].kind != "text")


async def _told(
    connection: Connection, workspace: int, fresh: frozenset[str], users: Sequence[wire.Use]
) -> wire.Impact:
    audiences = list(dict.fromkeys(use.audience for use in users if use.audience is not None))
    lacking = []
    for audience in audiences[:MOST_AUDIENCES] if fresh else []:
        lacking += await _lacks(connection, workspace, audience, sorted(fresh)[:MOST_VARIABLES])
    return wire.Impact(variables=sorted(fresh), lacking=lacking, campaigns=list(users), breaks=bool(lacking))


async def _lacks(
    connection: Connection, workspace: int, audience: int, variables: Sequence[str]
) -> list[wire.Lack]:
    """How many people of one audience lack each variable; those that nobody lacks are left out."""
    columns = [sa.func.sum(sa.case((_absent(workspace, variable), 1), else_=0)) for variable in variables]
    found = await connection.execute(
        sa.select(sa.func.count().label("people"), *columns)
        .select_from(
            schema.member.join(
                schema.contact,
                sa.and_(_contact.workspace == _member.workspace, _contact.id == _member.contact),
            )
        )
        .where(_member.workspace == workspace, _member.audience == audience)
    )
    row = found.one()
    name = await connection.scalar(
        sa.select(schema.audience.c.name).where(
            schema.audience.c.workspace == workspace, schema.audience.c.id == audience
        )
    )
    return [
        wire.Lack(
            variable=variable,
            audience=audience,
            audience_name=name or "",
            people=row.people,
            missing=int(missing),
        )
        for variable, missing in zip(variables, row[1:], strict=True)
        if missing
    ]


def _absent(workspace: int, variable: str) -> sa.ColumnElement[bool]:
    """Whether a contact has no value for a variable."""
    if variable in COLUMNS:
        return _contact[variable] == ""
    if variable in ADDRESSES:
        return ~sa.exists().where(
            _identity.workspace == workspace,
            _identity.contact == _contact.id,
            _identity.channel.in_(ADDRESSES[variable]),
            _identity.removed_at.is_(None),
        )
    value = sa.func.json_extract(_contact.attributes, f'$."{variable}"')
    return sa.func.coalesce(value, "") == ""


async def users_of_block(
    connection: Connection, workspace: int, name: str, *, still_open: bool = False
) -> list[wire.Use]:
    """Everything that names a block: campaigns, templates and other blocks."""
    return [
        *await uses.of_campaigns(connection, workspace, uses.BLOCK, [name], still_open=still_open),
        *await uses.of_templates(connection, workspace, [name]),
        *await uses.of_blocks(connection, workspace, [name]),
    ]


def refusal(meant: wire.Impact) -> problems.Refused:
    """The refusal to save what breaks something, every lack named."""
    faults = [
        problems.Fault(
            place="content",
            message=f"{lack.missing:,} of {lack.people:,} people in {lack.audience_name} have no {lack.variable}.",
            remedy=f"Give it a default: {{{{ {lack.variable} | default: '…' }}}}.",
        )
        for lack in meant.lacking
    ]
    touched = len({use.id for use in meant.campaigns})
    return problems.refuse(
        problems.Code.CONFLICT,
        f"{', '.join(meant.variables)} {'is' if len(meant.variables) == 1 else 'are'} new, and people of "
        f"{touched} campaign{'' if touched == 1 else 's'} in use have no value for it.",
        "Give it a default, or save with `confirm`.",
        faults,
    )
