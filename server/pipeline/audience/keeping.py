"""Merge people into the database: load who is concerned, apply the rules, write what changed."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from server.pipeline.audience import merging, rows
from server.store import audiences, contacts, numbers


async def merge(
    connection: contacts.Connection,
    workspace: int,
    audience: int,
    people: Sequence[tuple[int, rows.Person]],
    now: float,
) -> list[merging.Moved]:
    """Merge rows (number, person) in their order and put them into the audience; returns which addresses moved."""
    keys, address_keys = merging.wanted(person for _, person in people)
    merger = merging.Merger(_known(*await contacts.known(connection, workspace, keys, address_keys)), now)
    before = {(contact.id, channel) for contact in merger.contacts for channel in contact.identities}
    members = [merger.apply(row, person) for row, person in people]

    fresh = [contact for contact in merger.contacts if not contact.id]
    if fresh:
        first = await numbers.take(connection, workspace, "contact", len(fresh))
        merging.number(fresh, first)
    new_ids = {contact.id for contact in fresh}
    changed = [contact for contact in merger.contacts if contact.changed and contact.id not in new_ids]
    await contacts.update(
        connection,
        workspace,
        [_row(workspace, contact, now) for contact in changed],
        [contact.id for contact in changed if contact.rekeyed],
    )
    await contacts.insert(
        connection, [_row(workspace, contact, now) | {"created_at": now} for contact in fresh]
    )
    touched = [(contact, channel) for contact in merger.contacts for channel in sorted(contact.touched)]
    await contacts.replace_identities(
        connection,
        workspace,
        [(contact.id, channel) for contact, channel in touched if (contact.id, channel) in before],
        [
            _identity(workspace, contact, channel)
            for contact, channel in touched
            if channel in contact.identities
        ],
    )
    await audiences.add(connection, workspace, audience, dict.fromkeys(contact.id for contact in members))
    return merger.moved


def _known(found: Sequence[sa.Row[Any]], identities: Sequence[sa.Row[Any]]) -> list[merging.Contact]:
    known = {
        row.id: merging.Contact(
            id=row.id,
            key=row.key,
            name=row.name,
            country=row.country,
            zone=row.zone,
            locale=row.locale,
            attributes=msgspec.json.decode(row.attributes),
        )
        for row in found
    }
    for row in identities:
        known[row.contact].identities[row.channel] = merging.Identity(
            address=row.address,
            address_key=row.address_key,
            created_at=row.created_at,
            removed_at=row.removed_at,
            removed_because=row.removed_because,
        )
    return list(known.values())


def _row(workspace: int, contact: merging.Contact, now: float) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "id": contact.id,
        "key": contact.key,
        "name": contact.name,
        "country": contact.country,
        "zone": contact.zone,
        "locale": contact.locale,
        "attributes": msgspec.json.encode(contact.attributes).decode(),
        "updated_at": now,
    }


def _identity(workspace: int, contact: merging.Contact, channel: str) -> dict[str, Any]:
    identity = contact.identities[channel]
    return {
        "workspace": workspace,
        "contact": contact.id,
        "channel": channel,
        "address": identity.address,
        "address_key": identity.address_key,
        "created_at": identity.created_at,
        "removed_at": identity.removed_at,
        "removed_because": identity.removed_because,
    }
