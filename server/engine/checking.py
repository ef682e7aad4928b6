"""Render contents for everybody of an audience, in the background, and keep whom they fail for and why."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from server.channels import contents
from server.engine import looking
from server.pipeline.content import rendering, speaking, values
from server.store import checks, database
from server.wire import crafting, problems

log = logging.getLogger(__name__)

#: People read and rendered at once: a turn of the loop waits for no more than these.
PAGE = 200
#: Seconds between two writes of how far a check is.
WRITE_S = 1.0
#: People of a check that are kept; the others are counted.
MOST_PEOPLE = 10_000
#: Reasons that are told apart; the others are one.
MOST_GROUPS = 200
#: Checks under way at once in the whole server.
MOST_RUNNING = 4

RESTARTED = "The server was restarted before the check was through. Start it again."

PEOPLE = (
    f"{looking.COLUMNS}{looking.MEMBERS} AND member.contact > :after ORDER BY member.contact LIMIT :limit"
)
REACHED = sa.text(
    "SELECT contact, channel FROM identity WHERE workspace = :workspace AND contact >= :first AND contact <= :last"
    " AND removed_at IS NULL"
)
_NUMBER = re.compile(r"[0-9][0-9.,]*")
_OTHER = rendering.Unrenderable("", "It fails for yet another reason.", "Mend the reasons above first.")

Renderer = rendering.Renderer | speaking.Speaker


class Count:
    """What one check found so far."""

    def __init__(self, chosen: contents.Contents) -> None:
        self.looked_at = 0
        self.failing = 0
        self.fresh: list[checks.Failed] = []  #: not written yet
        self.kept = 0  #: people written or to be written
        self.languages: dict[str, dict[str, int]] = {}
        self._chosen = chosen
        self._renderers = {channel: speaking.of(chosen, channel) for channel in chosen.chosen()}
        self._groups: dict[tuple[str, str, str, str], crafting.Group] = {}

    def page(self, rows: Sequence[Mapping[str, Any]], reached: set[tuple[int, str]]) -> None:
        """Render for some people, one after another by their numbers; those without an address are left out."""
        for row in rows:
            given = values.values_of(row)
            failed = [
                self._group(channel, error, given)
                for channel, renderer in self._renderers.items()
                if (row["id"], channel) in reached
                and (error := self._error(channel, renderer, given)) is not None
            ]
            for group in failed:
                self._keep(row, group)
            self.failing += bool(failed)
            self.looked_at += 1

    def _error(
        self, channel: str, renderer: Renderer, given: Mapping[str, object]
    ) -> rendering.CannotRender | None:
        language = self._language(channel, given)
        counts = self.languages.setdefault(channel, {})
        counts[language] = counts.get(language, 0) + 1
        try:
            renderer.render(given)
        except rendering.CannotRender as error:
            return error
        return None

    def _language(self, channel: str, given: Mapping[str, object]) -> str:
        spoken = self._chosen.languages.get(channel)
        return "" if spoken is None else speaking.choose(spoken, given).language

    def _group(self, channel: str, error: rendering.CannotRender, given: Mapping[str, object]) -> int:
        """The group of one failure, which counts one more person; numbers in a message do not tell groups apart."""
        fault = looking.faults(error)[0]
        language = self._language(channel, given)
        key = (channel, language, fault.place, _NUMBER.sub("#", fault.message))
        if key not in self._groups and len(self._groups) >= MOST_GROUPS:
            fault = looking.faults(_OTHER)[0]
            key = (channel, "", fault.place, fault.message)
        known = self._groups.get(key) or crafting.Group(
            group=len(self._groups) + 1,
            channel=channel,
            place=fault.place,
            message=fault.message,
            remedy=fault.remedy,
            language=key[1],
            people=0,
        )
        self._groups[key] = msgspec.structs.replace(known, people=known.people + 1)
        return known.group

    def _keep(self, row: Mapping[str, Any], group: int) -> None:
        if self.kept < MOST_PEOPLE:
            named = row["name"] or row["key"]
            self.fresh.append(checks.Failed(row["id"], named, self.looked_at, group))
            self.kept += 1

    def progress(self) -> checks.Progress:
        """How far it is."""
        return checks.Progress(
            looked_at=self.looked_at,
            failing=self.failing,
            groups=list(self._groups.values()),
            languages=self.languages,
        )


class Checker:
    """All checks of one server."""

    def __init__(self, base: database.Database) -> None:
        self._database = base
        self._running: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._closing = False

    async def begin(self, workspace: int, audience: int, chosen: contents.Contents) -> int:
        """Start a check of contents whose blocks are taken in; returns its id. Raises problems.Refused."""
        if self.running >= MOST_RUNNING:
            raise problems.refuse(
                problems.Code.CONFLICT,
                f"{MOST_RUNNING} checks are under way already.",
                "Wait for one of them, or cancel it.",
            )
        async with self._database.writing() as connection:
            key = {"workspace": workspace, "audience": audience}
            people = await connection.scalar(sa.text(f"SELECT count(*) {looking.MEMBERS}"), key)
            text = msgspec.json.encode(chosen).decode()
            number = await checks.insert(connection, workspace, audience, int(people or 0), text)
        name = f"check {workspace}-{number}"
        task = asyncio.create_task(self._run(workspace, number, audience, chosen), name=name)
        self._running[workspace, number] = task
        task.add_done_callback(lambda _: self._running.pop((workspace, number), None))
        return number

    @property
    def running(self) -> int:
        """How many are under way."""
        return len(self._running)

    async def abandon(self) -> None:
        """End what an earlier process left running."""
        async with self._database.writing() as connection:
            await checks.abandon(connection, RESTARTED)

    async def close(self) -> None:
        """Stop after the page at hand; a start says what was left."""
        self._closing = True
        await asyncio.gather(*self._running.values())

    async def _run(self, workspace: int, number: int, audience: int, chosen: contents.Contents) -> None:
        status, message = crafting.CheckStatus.DONE, ""
        try:
            if not await self._look(workspace, number, audience, Count(chosen)):
                return
        except rendering.CannotRender as error:
            status, message = crafting.CheckStatus.FAILED, str(error)
        except Exception:
            log.exception("check %d ended early", number, extra={"action": "check_failed"})
            status, message = (
                crafting.CheckStatus.FAILED,
                "Something went wrong in the server; its log says what.",
            )
        async with self._database.writing() as connection:
            await checks.finish(connection, workspace, number, status, message)

    async def _look(self, workspace: int, number: int, audience: int, count: Count) -> bool:
        """Look at everybody. Returns False where the check was cancelled meanwhile, or the server is."""
        after, written_at = -1, time.monotonic()
        while rows := await self._people(workspace, audience, after):
            reached = await self._reached(workspace, rows[0]["id"], rows[-1]["id"])
            after = rows[-1]["id"]
            await asyncio.to_thread(count.page, rows, reached)
            if self._closing:
                return False
            if time.monotonic() - written_at >= WRITE_S:
                if not await self._write(workspace, number, count):
                    return False
                written_at = time.monotonic()
        return await self._write(workspace, number, count)

    async def _people(self, workspace: int, audience: int, after: int) -> list[dict[str, Any]]:
        asked = {"workspace": workspace, "audience": audience, "after": after, "limit": PAGE}
        async with self._database.reading() as connection:
            found = await connection.execute(sa.text(PEOPLE), asked)
            return [dict(row) for row in found.mappings()]

    async def _reached(self, workspace: int, first: int, last: int) -> set[tuple[int, str]]:
        """Contact and channel of the addresses some people have."""
        async with self._database.reading() as connection:
            found = await connection.execute(REACHED, {"workspace": workspace, "first": first, "last": last})
            return {(row.contact, row.channel) for row in found}

    async def _write(self, workspace: int, number: int, count: Count) -> bool:
        fresh, count.fresh = count.fresh, []
        async with self._database.writing() as connection:
            return await checks.advance(
                connection,
                workspace,
                number,
                count.progress(),
                fresh,
                first=count.kept - len(fresh),
            )
