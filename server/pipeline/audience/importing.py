"""Run imports in the background: read the file, merge its people, make the audience ready; go on after any crash."""

import asyncio
import contextlib
import errno
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from server.pipeline.audience import asking, csvfile, keeping, mapping, merging, rows, staging, uploads
from server.store import audiences as audience_rows
from server.store import database, imports, numbers
from server.wire import audiences, problems

log = logging.getLogger(__name__)

#: Seconds between two looks whether the disk has room again.
PAUSE_S = 2.0

_READING = audiences.ImportStatus.READING.value
_MERGING = audiences.ImportStatus.MERGING.value
_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)

_person = msgspec.json.Decoder(rows.Person)


class Importer:
    """All imports of one server, one at a time, oldest first."""

    def __init__(self, base: database.Database, data: Path) -> None:
        self._database = base
        self._data = data
        self._folder = data / "imports"
        self._waiting: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._troubles: dict[tuple[int, int], str] = {}

    # -- what a person asks for --------------------------------------------------------------------------------------

    async def inspect(self, body: AsyncIterator[bytes]) -> audiences.Inspection:
        """Look at a file's beginning. Raises problems.Refused for what is no CSV."""
        head, whole = await uploads.head(body)
        form = asking.form(head, whole=whole)
        lines = asking.sample(head, form)
        return audiences.Inspection(
            delimiter=form.delimiter,
            encoding=form.encoding,
            columns=list(form.columns),
            mapping=mapping.suggest(form.columns),
            sample=lines,
            faults=list(form.faults),
        )

    async def begin(self, workspace: int, ask: audiences.ImportAsk, body: AsyncIterator[bytes]) -> int:
        """Take a file in and start its import; returns the import's id. Raises problems.Refused, or OSError."""
        country = asking.country(ask.country)
        name = asking.audience_name(ask)
        path = await uploads.keep(body, self._folder)
        try:
            head, size = await asyncio.to_thread(_head_of, path)
            form = asking.form(head, whole=len(head) < csvfile.HEAD)
            mapped = mapping.read(ask.mapping, form.columns) if ask.mapping else mapping.suggest(form.columns)
            mapping.plan(mapped, form.columns)
            number = await self._insert(
                workspace,
                name,
                file=asking.file_name(ask.file),
                path=path.relative_to(self._data).as_posix(),
                mapping=msgspec.json.encode(mapped).decode(),
                country=country,
                delimiter=form.delimiter,
                encoding=form.encoding,
                bytes_total=size,
            )
        except BaseException:
            uploads.forget(path)
            raise
        self._enqueue(workspace, number)
        return number

    async def _insert(self, workspace: int, audience_name: str, **columns: object) -> int:
        now = time.time()
        async with self._database.writing() as connection:
            number = await numbers.take(connection, workspace, "import")
            audience = await numbers.take(connection, workspace, "audience")
            await audience_rows.insert(connection, workspace, audience, audience_name, now)
            await imports.insert(
                connection,
                workspace=workspace,
                id=number,
                audience=audience,
                status=_READING,
                created_at=now,
                **columns,
            )
        return number

    async def cancel(self, workspace: int, number: int) -> None:
        """Stop an import and leave nothing of it but its line in the list. Raises problems.Refused once it merges."""
        async with self._database.writing() as connection:
            found = await imports.state(connection, workspace, number)
            if found is None:
                raise problems.refuse(problems.Code.NOT_FOUND, f"There is no import {number}.")
            if not await self._drop(connection, found, status=audiences.ImportStatus.CANCELLED, message=""):
                raise problems.refuse(
                    problems.Code.CONFLICT, _NOT_CANCELLED[audiences.ImportStatus(found.status)]
                )
        self._troubles.pop((workspace, number), None)
        uploads.forget(self._data / found.path)

    def trouble(self, workspace: int, number: int) -> str:
        """Why an import waits, in a sentence with its remedy; empty while it does not."""
        return self._troubles.get((workspace, number), "")

    # -- running -----------------------------------------------------------------------------------------------------

    async def resume_all(self) -> None:
        """Go on with every import that was not finished, and clear away files that belong to none."""
        async with self._database.reading() as connection:
            found = await imports.unfinished(connection)
        kept = {self._data / path for _, _, path in found}
        await asyncio.to_thread(_sweep, self._folder, kept)
        for workspace, number, _ in found:
            self._enqueue(workspace, number)

    async def close(self) -> None:
        """Stop after the chunk at hand. What is not finished goes on at the next start."""
        self._closing.set()
        if self._worker is not None:
            await self._worker

    async def settled(self) -> None:
        """Wait until no import is waiting or running."""
        await self._waiting.join()

    def _enqueue(self, workspace: int, number: int) -> None:
        self._waiting.put_nowait((workspace, number))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="importer")

    async def _work(self) -> None:
        closing = asyncio.create_task(self._closing.wait())
        while not self._closing.is_set():
            waiting = asyncio.create_task(self._waiting.get())
            await asyncio.wait((waiting, closing), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                break
            try:
                await self._run_to_the_end(*waiting.result())
            finally:
                self._waiting.task_done()
        closing.cancel()

    async def _run_to_the_end(self, workspace: int, number: int) -> None:
        """Run one import; where the disk is at fault, wait and go on."""
        key = (workspace, number)
        while not self._closing.is_set():
            try:
                await self._run(workspace, number)
            except _Gone:
                pass
            except (OSError, sa.exc.DBAPIError) as error:
                self._wait_because(key, error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), PAUSE_S)
                continue
            except Exception:
                self._troubles[key] = _OURS
                log.exception(
                    "import %d stopped", number, extra={"action": "import_stopped", "workspace": workspace}
                )
                return
            self._troubles.pop(key, None)
            return

    def _wait_because(self, key: tuple[int, int], error: OSError | sa.exc.DBAPIError) -> None:
        """Keep why an import waits, and log it once, not at each look."""
        before, because = self._troubles.get(key), _waiting_because(error)
        self._troubles[key] = because
        if because != before:
            more = {"action": "import_waits", "workspace": key[0], "import": key[1]}
            log.warning("import %d waits: %s", key[1], because, exc_info=error, extra=more)

    async def _run(self, workspace: int, number: int) -> None:
        async with self._database.reading() as connection:
            found = await imports.state(connection, workspace, number)
        if found is None:
            return
        if found.status == _READING:
            await self._read(found)
        if found.status in imports.UNFINISHED:
            await self._merge(found)
            await self._finish(found)

    # -- the three steps ---------------------------------------------------------------------------------------------

    async def _read(self, found: sa.Row[Any]) -> None:
        """Stage every row of the file, from where the last chunk ended."""
        key = (found.workspace, found.id)
        async with self._database.reading() as connection:
            row = await imports.last_row(connection, *key)
        try:
            source = await asyncio.to_thread(
                staging.Source,
                self._data / found.path,
                mapped=msgspec.json.decode(found.mapping),
                country=found.country,
                offset=found.bytes_read,
                row=row,
            )
        except (FileNotFoundError, csvfile.NotTabular, problems.Refused) as error:
            await self._fail(
                found, f"The import's copy of the file cannot be read any more ({type(error).__name__})."
            )
            raise _Gone from error
        try:
            counts = {
                name: getattr(found, name) for name in ("rows_read", "rows_taken", "rows_refused", "faults")
            }
            while (chunk := await asyncio.to_thread(source.next)) is not None:
                await self._stage(key, chunk, counts)
                self._troubles.pop(key, None)
                self._stop_if_closing()
        finally:
            await asyncio.to_thread(source.close)
        async with self._database.writing() as connection:
            if not await imports.change(
                connection,
                *key,
                if_status=_READING,
                status=_MERGING,
                bytes_read=found.bytes_total,
                message="",
            ):
                raise _Gone

    async def _stage(self, key: tuple[int, int], chunk: staging.Chunk, counts: dict[str, int]) -> None:
        first = counts["faults"]
        after = {
            "rows_read": counts["rows_read"] + chunk.read,
            "rows_taken": counts["rows_taken"] + len(chunk.staged),
            "rows_refused": counts["rows_refused"] + chunk.read - len(chunk.staged),
            "faults": first + len(chunk.faults),
        }
        async with self._database.writing() as connection:
            if not await imports.change(connection, *key, if_status=_READING, bytes_read=chunk.end, **after):
                raise _Gone
            await imports.stage(connection, *key, chunk.staged)
            await imports.add_faults(connection, *key, first, chunk.faults)
        counts.update(after)

    async def _merge(self, found: sa.Row[Any]) -> None:
        """Merge the staged rows chunk by chunk; a merged row is no longer staged."""
        while await self._merge_chunk(found):
            self._troubles.pop((found.workspace, found.id), None)
            self._stop_if_closing()
            await asyncio.sleep(0)

    async def _merge_chunk(self, found: sa.Row[Any]) -> bool:
        key = (found.workspace, found.id)
        async with self._database.writing() as connection:
            staged = await imports.staged(connection, *key, staging.CHUNK)
            if not staged:
                return False
            people = [(row, _person.decode(data)) for row, data in staged]
            moved = await keeping.merge(connection, found.workspace, found.audience, people, time.time())
            now = await imports.state(connection, *key)
            if now is None:
                raise _Gone
            await imports.add_faults(connection, *key, now.faults, [_moved(one) for one in moved])
            await imports.change(
                connection,
                *key,
                if_status=_MERGING,
                merged=now.merged + len(staged),
                faults=now.faults + len(moved),
            )
            await imports.unstage(connection, *key, up_to=staged[-1][0])
        return True

    async def _finish(self, found: sa.Row[Any]) -> None:
        """Count the audience and let it be sent to."""
        key = (found.workspace, found.id)
        async with self._database.reading() as connection:
            people, reach = await audience_rows.count(connection, found.workspace, found.audience)
        async with self._database.writing() as connection:
            await audience_rows.make_ready(connection, found.workspace, found.audience, people, reach)
            await imports.change(
                connection,
                *key,
                if_status=_MERGING,
                status=audiences.ImportStatus.DONE.value,
                finished_at=time.time(),
                message="",
            )
        uploads.forget(self._data / found.path)
        log.info(
            "import %d is done: %d people",
            found.id,
            people,
            extra={"action": "import_done", "import": found.id},
        )

    async def _fail(self, found: sa.Row[Any], message: str) -> None:
        async with self._database.writing() as connection:
            await self._drop(
                connection, found, status=audiences.ImportStatus.FAILED, message=f"{message} {_AGAIN}"
            )
        uploads.forget(self._data / found.path)

    async def _drop(
        self,
        connection: imports.Connection,
        found: sa.Row[Any],
        *,
        status: audiences.ImportStatus,
        message: str,
    ) -> bool:
        """End an import that has not begun to merge; its rows, faults and audience go. Returns whether it could."""
        key = (found.workspace, found.id)
        if not await imports.change(
            connection,
            *key,
            if_status=_READING,
            status=status.value,
            finished_at=time.time(),
            message=message,
        ):
            return False
        await imports.unstage(connection, *key)
        await imports.forget_faults(connection, *key)
        await audience_rows.remove(connection, found.workspace, found.audience)
        return True

    def _stop_if_closing(self) -> None:
        if self._closing.is_set():
            raise _Gone


class _Gone(Exception):
    """There is nothing more to do for this import here and now."""


_AGAIN = "Nothing of it was taken; import the file again."
_OURS = "The import stopped on an error of ours; the server's log has it. Starting the server again goes on with it."
_NOT_CANCELLED = {
    audiences.ImportStatus.READING: "The import cannot be stopped now.",
    audiences.ImportStatus.MERGING: "The import is merging its people and can no longer be stopped; it ends by itself.",
    audiences.ImportStatus.DONE: "The import is done. Delete its audience if it should not be used.",
    audiences.ImportStatus.CANCELLED: "The import was stopped before.",
    audiences.ImportStatus.FAILED: "The import has failed, and nothing of it was taken.",
}


def _waiting_because(error: OSError | sa.exc.DBAPIError) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    text = str(cause)
    if (isinstance(cause, OSError) and cause.errno in _FULL) or "full" in text:
        return "The disk is full. Make room on it; the import then goes on by itself, from where it is."
    if isinstance(cause, sqlite3.OperationalError) and ("locked" in text or "busy" in text):
        return "Another program holds the database. Close it; the import then goes on by itself."
    if (isinstance(cause, OSError) and cause.errno in _UNWRITABLE) or "readonly" in text:
        return (
            "The data folder cannot be written. Give the server's user the right to; the import then goes on."
        )
    return "The data folder cannot be read or written. Look at the disk's health; the import then goes on."


def _moved(moved: merging.Moved) -> audiences.ImportFault:
    return audiences.ImportFault(
        row=moved.row,
        column=moved.channel,
        value=moved.address[: rows.SHOWN],
        message=f"The address belonged to {moved.from_key} and is now {moved.to_key}'s: an address has one owner.",
        remedy="Give each person an address of their own, or take the address out of one of the rows.",
        row_taken=True,
    )


def _head_of(path: Path) -> tuple[bytes, int]:
    with path.open("rb") as file:
        return file.read(csvfile.HEAD), path.stat().st_size


def _sweep(folder: Path, kept: set[Path]) -> None:
    if folder.is_dir():
        for path in folder.glob("*.csv"):
            if path not in kept:
                uploads.forget(path)
