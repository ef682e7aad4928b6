"""Lists of people are windows: found, sorted, paged, and never more than was asked for."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from server.channels import contents
from server.store import addresses, audiences, contacts, database, migrate, schema, suppressions, templates
from server.wire import audiences as wire
from server.wire import endpoint, problems
from server.wire import templates as wire_templates

NAMES = ("Ann Lee", "Anna Berg", "Bob Stone", "ann marie", "Zoé")


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[database.Database]:
    """A database with one person of each name in workspace 1, and one more in workspace 2."""
    migrate.upgrade(folder / "heliograph.db")
    base = database.Database(folder / "heliograph.db")
    async with base.writing() as connection:
        for number, name in enumerate((*NAMES, "Elsewhere"), start=1):
            workspace, own = (1, number) if number <= len(NAMES) else (2, 1)
            await contacts.insert(connection, [person(workspace, own, name)])
            await contacts.replace_identities(
                connection, workspace, [], [identity(workspace, own, "email", f"P{number}@example.com")]
            )
        await contacts.replace_identities(connection, 1, [], [identity(1, 1, "sms", "+33612345678")])
    yield base
    await base.close()


def person(workspace: int, number: int, name: str) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "id": number,
        "key": f"C-{number}",
        "name": name,
        "country": "FR",
        "zone": "",
        "locale": "",
        "attributes": f'{{"rank": "{number}"}}',
        "created_at": float(number),
        "updated_at": 0.0,
    }


def identity(workspace: int, contact: int, channel: str, address: str) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "contact": contact,
        "channel": channel,
        "address": address,
        "address_key": addresses.key(channel, address),
        "created_at": 0.0,
        "removed_at": None,
        "removed_because": "",
    }


async def names(base: database.Database, **query: Any) -> list[str]:
    async with base.reading() as connection:
        found = await contacts.page(connection, 1, wire.ContactQuery(**query))
    return [row.name for row in found.rows]


@pytest.mark.parametrize(
    "find, found",
    [
        ("Ann", ["Ann Lee", "Anna Berg", "ann marie"]),
        ("ann", ["Ann Lee", "Anna Berg", "ann marie"]),
        ("ann l", ["Ann Lee"]),
        ("p2@EXAMPLE.com", ["Anna Berg"]),
        ("+33 6 12 34 56 78", ["Ann Lee"]),
        ("33612345678", ["Ann Lee"]),
        ("C-3", ["Bob Stone"]),
        ("zoé", ["Zoé"]),
        ("%", []),
        ("_nn", []),
        ("' OR 1=1 --", []),
        ("Elsewhere", []),
        ("p6@example.com", []),
    ],
)
async def test_people_are_found_by_name_address_and_key(tmp_path: Path, find: str, found: list[str]) -> None:
    async with opened(tmp_path) as base:
        assert await names(base, find=find) == found


async def test_pages_follow_one_another_without_gap_or_repeat(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        whole = await names(base, sort="country")
        parts = [await names(base, sort="country", offset=offset, limit=2) for offset in (0, 2, 4)]
        assert [name for part in parts for name in part] == whole
        assert await names(base, sort="-name", limit=1) == ["ann marie"]
        async with base.reading() as connection:
            page = await contacts.page(connection, 1, wire.ContactQuery(offset=4, limit=2))
        assert (page.total, page.offset, len(page.rows)) == (5, 4, 1)


@pytest.mark.parametrize("query", [{"limit": 501}, {"limit": 0}, {"offset": -1}, {"sort": "attributes"}])
async def test_a_window_that_cannot_be_is_refused(tmp_path: Path, query: dict[str, Any]) -> None:
    async with opened(tmp_path) as base:
        with pytest.raises(problems.Refused) as refused:
            await names(base, **query)
        assert [fault.place for fault in refused.value.problem.fields] == list(query)


async def test_a_contact_shows_its_identities_and_where_it_is_suppressed(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        async with base.writing() as connection:
            await suppressions.add(connection, 1, "all", "p1@example.com", "asked")
            await suppressions.add(connection, 1, "email", "P1@example.com", "bounced")
            await connection.execute(
                sa.update(schema.identity)
                .where(schema.identity.c.channel == "sms")
                .values(removed_at=1.0, removed_because="410")
            )
        async with base.reading() as connection:
            found = await contacts.show(connection, 1, 1)
            assert await contacts.show(connection, 1, 6) is None
            assert await contacts.attribute_names(connection, 1) == {"rank"}
    assert found is not None
    assert [(i.channel, i.removed_because) for i in found.identities] == [("email", ""), ("sms", "410")]
    assert found.suppressed == ["all", "email"]
    assert found.attributes == {"rank": "1"}


async def test_an_audience_counts_people_and_the_addresses_in_use(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        async with base.writing() as connection:
            await audiences.insert(connection, 1, 1, "All", 1.0)
            await audiences.add(connection, 1, 1, [1, 2, 3])
            await audiences.add(connection, 1, 1, [3])
            people, reach = await audiences.count(connection, 1, 1)
            await audiences.make_ready(connection, 1, 1, people, reach)
        assert await names(base, audience=1, sort="name") == ["Ann Lee", "Anna Berg", "Bob Stone"]
        async with base.reading() as connection:
            (row,) = (await audiences.page(connection, 1, endpoint.Window())).rows
        assert (row.people, row.reach, row.ready) == (3, {"email": 3, "sms": 1}, True)
        async with base.writing() as connection:
            assert await audiences.remove(connection, 1, 1)
            assert not await audiences.remove(connection, 1, 1)
            assert await audiences.show(connection, 1, 1) is None
        assert len(await names(base)) == len(NAMES)


async def test_a_suppression_is_one_however_it_is_spelled_and_can_be_lifted(tmp_path: Path) -> None:
    async with opened(tmp_path) as base, base.writing() as connection:
        await suppressions.add(connection, 1, "email", "Ann@Example.com", "asked")
        await suppressions.add(connection, 1, "email", "ann@example.com", "again")
        found = await suppressions.page(connection, 1, wire.SuppressionQuery(find="ANN@ex"))
        assert [(row.address, row.reason) for row in found.rows] == [("Ann@Example.com", "asked")]
        assert not await suppressions.lift(connection, 2, "email", "ann@example.com")
        assert await suppressions.lift(connection, 1, "email", "ANN@example.com")
        assert not await suppressions.lift(connection, 1, "email", "ANN@example.com")


async def test_a_template_has_a_new_version_only_where_its_content_differs(tmp_path: Path) -> None:
    async with opened(tmp_path) as base, base.writing() as connection:
        first = templates.Written(content=contents.Sms(body="Hi"))
        number = await templates.insert(connection, 1, "Hello", first, folder="", tags=[])
        for name, body, version in (
            ("Hello 2", "Hi", 1),
            ("Hello 2", "Hi there", 2),
            ("Hello 2", "Hi there", 2),
        ):
            before = await templates.show(connection, 1, number)
            assert before is not None
            written = templates.Written(content=contents.Sms(body=body))
            assert await templates.save(connection, 1, before, name, written) == version
            after = await templates.show(connection, 1, number)
            assert after is not None
            assert (after.name, after.version, after.content) == (name, version, contents.Sms(body=body))
        kept = await connection.execute(sa.select(schema.template_version.c.content).order_by("version"))
        assert [msgspec.json.decode(row[0])["body"] for row in kept] == ["Hi", "Hi there"]
        for channel, find, total in (("sms", "", 1), ("email", "", 0), ("", "hello", 1), ("", "%", 0)):
            query = wire_templates.TemplateQuery(channel=channel, find=find)
            assert (await templates.page(connection, 1, query)).total == total
        assert await templates.remove(connection, 1, number)
        assert not await templates.remove(connection, 1, number)
        assert await templates.show(connection, 1, number) is None
