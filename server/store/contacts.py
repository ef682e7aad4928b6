"""Contacts and their identities: found, listed, written."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.store import addresses, schema, windows
from server.wire import audiences

Connection = sa_asyncio.AsyncConnection

_contact = schema.contact.c
_identity = schema.identity.c
_member = schema.member.c
_suppression = schema.suppression.c

_SORTS: dict[str, windows.Column] = {
    "id": _contact.id,
    "key": _contact.key,
    "name": _contact.name,
    "country": _contact.country,
    "zone": _contact.zone,
    "locale": _contact.locale,
    "created_at": _contact.created_at,
}

#: Contacts that are looked at to learn which attributes there are.
SAMPLE = 1_000


async def page(connection: Connection, workspace: int, query: audiences.ContactQuery) -> audiences.Contacts:
    """A window over the contacts, in the order they came. Raises problems.Refused for a window that cannot be."""
    select = sa.select(schema.contact).where(_contact.workspace == workspace)
    if query.audience:
        members = sa.select(_member.contact).where(
            _member.workspace == workspace, _member.audience == query.audience
        )
        select = select.where(_contact.id.in_(members))
    if find := query.find.strip():
        select = select.where(_found(workspace, find))
    rows, total = await windows.page(
        connection, select, query, sorts=_SORTS, order=_contact.id.asc(), tie=_contact.id.asc()
    )
    return audiences.Contacts(
        total=total, offset=query.offset, rows=await _whole(connection, workspace, rows)
    )


async def show(connection: Connection, workspace: int, contact: int) -> audiences.Contact | None:
    """One contact; None where there is none."""
    select = sa.select(schema.contact).where(_contact.workspace == workspace, _contact.id == contact)
    found = await _whole(connection, workspace, list(await connection.execute(select)))
    return found[0] if found else None


def _found(workspace: int, find: str) -> windows.Column:
    """Whether a contact is meant by what somebody pasted: a name's beginning, an address, a key."""
    keys = {addresses.key(channel, find) for channel in ("email", "webpush")}
    compact = "".join(c for c in find if c not in " -()./\u00a0")
    if compact.removeprefix("+").isdecimal():
        keys |= {compact, f"+{compact.removeprefix('+')}"}
    holders = sa.select(_identity.contact).where(
        _identity.workspace == workspace, _identity.address_key.in_(sorted(keys))
    )
    return sa.or_(_contact.key == find, _contact.id.in_(holders), windows.beginning(_contact.name, find))


async def _whole(
    connection: Connection, workspace: int, rows: Sequence[sa.Row[Any]]
) -> list[audiences.Contact]:
    """Contacts with their identities and suppressions, in the order of the rows."""
    wanted = [row.id for row in rows]
    if not wanted:
        return []
    identities: dict[int, list[audiences.Identity]] = {contact: [] for contact in wanted}
    suppressed: dict[int, set[str]] = {contact: set() for contact in wanted}
    select = (
        sa.select(schema.identity, _suppression.channel.label("suppressed"))
        .select_from(schema.identity.outerjoin(schema.suppression, _forbids()))
        .where(_identity.workspace == workspace, _identity.contact.in_(wanted))
        .order_by(_identity.contact, _identity.channel)
    )
    for row in await connection.execute(select):
        identity = audiences.Identity(
            channel=row.channel, address=row.address, removed_because=_why_removed(row)
        )
        if identity not in identities[row.contact]:  # twice where both `all` and the channel are suppressed
            identities[row.contact].append(identity)
        if row.suppressed:
            suppressed[row.contact].add(row.suppressed)
    return [
        audiences.Contact(
            id=row.id,
            key=row.key,
            name=row.name,
            country=row.country,
            zone=row.zone,
            locale=row.locale,
            attributes=msgspec.json.decode(row.attributes),
            identities=identities[row.id],
            suppressed=sorted(suppressed[row.id]),
            created_at=windows.moment(row.created_at),
        )
        for row in rows
    ]


def _why_removed(row: sa.Row[Any]) -> str:
    return str(row.removed_because or "removed") if row.removed_at is not None else ""


def _forbids() -> sa.ColumnElement[bool]:
    """A suppression that forbids an identity's address on its channel."""
    return sa.and_(
        _suppression.workspace == _identity.workspace,
        _suppression.address_key == _identity.address_key,
        _suppression.channel.in_((_identity.channel, "all")),
    )


async def attribute_names(connection: Connection, workspace: int) -> set[str]:
    """The attributes that the newest contacts have."""
    select = (
        sa.select(_contact.attributes)
        .where(_contact.workspace == workspace)
        .order_by(_contact.id.desc())
        .limit(SAMPLE)
    )
    names: set[str] = set()
    for (attributes,) in await connection.execute(select):
        names.update(msgspec.json.decode(attributes))
    return names


# -- for merging: sets of contacts, read and written in few statements -------------------------------------------------


async def known(
    connection: Connection, workspace: int, keys: Iterable[str], address_keys: Iterable[str]
) -> tuple[list[sa.Row[Any]], list[sa.Row[Any]]]:
    """The contacts that have one of these keys or addresses, and all their identities."""
    holders = sa.select(_identity.contact).where(
        _identity.workspace == workspace, _identity.address_key.in_(sorted(address_keys))
    )
    by_key = sa.select(_contact.id).where(_contact.workspace == workspace, _contact.key.in_(sorted(keys)))
    ids = {row[0] for select in (holders, by_key) for row in await connection.execute(select)}
    if not ids:
        return [], []
    wanted = sorted(ids)
    contacts = await connection.execute(
        sa.select(schema.contact).where(_contact.workspace == workspace, _contact.id.in_(wanted))
    )
    identities = await connection.execute(
        sa.select(schema.identity).where(_identity.workspace == workspace, _identity.contact.in_(wanted))
    )
    return list(contacts), list(identities)


async def insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write new contacts, each a dict of all columns."""
    if rows:
        await connection.execute(sa.insert(schema.contact), rows)


async def update(
    connection: Connection, workspace: int, rows: Sequence[dict[str, Any]], rekeyed: Sequence[int]
) -> None:
    """Write known contacts anew. Those that change their key give it up first, so that keys may change hands."""
    if rekeyed:
        await connection.execute(
            sa.update(schema.contact)
            .where(_contact.workspace == workspace, _contact.id.in_(list(rekeyed)))
            .values(key=sa.literal("contact:") + sa.cast(_contact.id, sa.Text) + sa.literal(":rekeyed"))
        )
    if rows:
        names = ("key", "name", "country", "zone", "locale", "attributes", "updated_at")
        statement = (
            sa.update(schema.contact)
            .where(_contact.workspace == workspace, _contact.id == sa.bindparam("contact_id"))
            .values({name: sa.bindparam(f"new_{name}") for name in names})
        )
        await connection.execute(
            statement,
            [{"contact_id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows],
        )


async def replace_identities(
    connection: Connection,
    workspace: int,
    gone: Sequence[tuple[int, str]],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Take identities (contact, channel) away and write others; an address may so change hands in one transaction."""
    if gone:
        statement = sa.delete(schema.identity).where(
            _identity.workspace == workspace,
            _identity.contact == sa.bindparam("of_contact"),
            _identity.channel == sa.bindparam("on_channel"),
        )
        await connection.execute(
            statement, [{"of_contact": contact, "on_channel": channel} for contact, channel in gone]
        )
    if rows:
        await connection.execute(sa.insert(schema.identity), rows)
