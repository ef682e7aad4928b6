"""Checks over an audience: everybody once, grouped by reason, stopped when asked, ended by a restart."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.channels import contents
from server.engine import checking
from server.store import addresses, audiences, checks, contacts, database, migrate, schema
from server.wire import crafting, problems

PEOPLE = 450  #: more than two pages
PATIENCE_S = 60.0


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[database.Database]:
    """A database with an audience of people with numbers; every tenth has no town, every fifth no number."""
    migrate.upgrade(folder / "heliograph.db")
    base = database.Database(folder / "heliograph.db")
    numbers = range(1, PEOPLE + 1)
    async with base.writing() as connection:
        await audiences.insert(connection, 1, 1, "Everybody", 0.0)
        await contacts.insert(connection, [person(number) for number in numbers])
        identities = [identity(number) for number in numbers if number % 5]
        await contacts.replace_identities(connection, 1, [], identities)
        await audiences.add(connection, 1, 1, list(numbers))
    try:
        yield base
    finally:
        await base.close()


def person(number: int) -> dict[str, object]:
    town = "" if number % 10 == 1 else f'"town": "{"x" * number}"'
    return {
        "workspace": 1,
        "id": number,
        "key": f"k{number}",
        "name": f"Person {number}",
        "country": "FR",
        "zone": "",
        "locale": "de" if number % 2 else "en",
        "attributes": f"{{{town}}}",
        "created_at": 0.0,
        "updated_at": 0.0,
    }


def identity(number: int) -> dict[str, object]:
    address = f"+336{number:08d}"
    return {
        "workspace": 1,
        "contact": number,
        "channel": "sms",
        "address": address,
        "address_key": addresses.key("sms", address),
        "created_at": 0.0,
        "removed_at": None,
        "removed_because": "",
    }


def sms(body: str) -> contents.Contents:
    return contents.Contents(sms=contents.Sms(body=body))


async def show(base: database.Database, number: int) -> crafting.Check:
    async with base.reading() as connection:
        found = await checks.show(connection, 1, number)
    assert found is not None
    return found


async def ended(base: database.Database, number: int) -> crafting.Check:
    deadline = time.monotonic() + PATIENCE_S
    while (found := await show(base, number)).finished_at is None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    return found


async def test_everybody_with_an_address_is_looked_at_once_and_reasons_are_grouped(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        found = await ended(base, await checker.begin(1, 1, sms("{{ town }}")))
        assert (found.status, found.people, found.looked_at) == ("done", PEOPLE, PEOPLE)
        missing = [number for number in range(1, PEOPLE + 1) if number % 10 == 1]
        assert [(group.place, group.people) for group in found.groups] == [("body", len(missing))]
        assert found.languages == {"sms": {"": PEOPLE - PEOPLE // 5}}
        async with base.reading() as connection:
            page = await checks.people(connection, 1, found, crafting.FailingQuery(limit=500))
        assert [row.contact for row in page.rows] == missing
        assert [row.position for row in page.rows] == [number - 1 for number in missing]
        await checker.close()


async def test_lengths_that_differ_are_one_reason(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        chosen = contents.Contents(sms=contents.Sms(body="{{ town | append: town | append: town }}" * 9))
        found = await ended(base, await checker.begin(1, 1, chosen))
        assert len(found.groups) == 2  # no town, and a text that is too long by however much
        await checker.close()


async def test_each_language_is_counted_and_named_with_its_failures(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        spoken = contents.Translations(language="en", others={"de": contents.Sms(body="{{ town }}")})
        chosen = contents.Contents(sms=contents.Sms(body="x"), languages={"sms": spoken})
        found = await ended(base, await checker.begin(1, 1, chosen))
        assert sum(found.languages["sms"].values()) == PEOPLE - PEOPLE // 5
        assert [group.language for group in found.groups] == ["de"]
        await checker.close()


async def test_a_cancelled_check_stops_and_keeps_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "PAGE", 1)
    monkeypatch.setattr(checking, "WRITE_S", 0.0)
    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        number = await checker.begin(1, 1, sms("{{ town }}"))
        deadline = time.monotonic() + PATIENCE_S
        while not (await show(base, number)).looked_at:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        async with base.writing() as connection:
            assert await checks.finish(connection, 1, number, crafting.CheckStatus.CANCELLED)
        left = await show(base, number)
        while checker.running:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        found = await show(base, number)
        assert found == left
        assert found.status is crafting.CheckStatus.CANCELLED
        assert 0 < found.looked_at < PEOPLE


async def test_a_restart_ends_what_was_under_way(tmp_path: Path) -> None:
    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        number = await checker.begin(1, 1, sms("{{ town }}"))
        await checker.close()
        assert (await show(base, number)).status is crafting.CheckStatus.RUNNING
        await checking.Checker(base).abandon()
        found = await show(base, number)
        assert (found.status, found.message) == (crafting.CheckStatus.FAILED, checking.RESTARTED)


async def test_more_than_a_few_at_once_are_refused_and_old_ones_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, look = threading.Event(), checking.Count.page

    def hold(count: checking.Count, *seen: Any) -> None:
        held.wait(PATIENCE_S)
        look(count, *seen)

    async with opened(tmp_path) as base:
        checker = checking.Checker(base)
        monkeypatch.setattr(checking.Count, "page", hold)
        first = await checker.begin(1, 1, sms("x"))
        for _ in range(checking.MOST_RUNNING - 1):
            await checker.begin(1, 1, sms("x"))
        with pytest.raises(problems.Refused, match="under way already"):
            await checker.begin(1, 1, sms("x"))
        held.set()
        await checker.close()
        monkeypatch.setattr(checks, "KEPT", 2)
        checker = checking.Checker(base)
        await ended(base, await checker.begin(1, 1, sms("{{ town }}")))
        async with base.reading() as connection:
            assert await checks.show(connection, 1, first) is None
            kept = await connection.scalar(sa.select(sa.func.count()).select_from(schema.content_check))
        assert kept == 2
        await checker.close()
