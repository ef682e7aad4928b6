"""Imports end whole or leave nothing: killed, cancelled, on a full disk, or given nonsense."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.pipeline.audience import csvfile, importing, staging, uploads
from server.store import audiences as audience_rows
from server.store import contacts, database, imports, migrate
from server.wire import audiences, endpoint, problems

HEADER = "id,first name,email,mobile,city\n"


@dataclass(frozen=True, slots=True)
class House:
    """An importer on a data folder of its own."""

    data: Path
    base: database.Database
    importer: importing.Importer

    async def begin(self, text: str | bytes, **ask: str) -> int:
        raw = text.encode() if isinstance(text, str) else text
        return await self.importer.begin(1, audiences.ImportAsk(file="people.csv", **ask), parts(raw))

    async def take(self, text: str | bytes, **ask: str) -> audiences.Import:
        number = await self.begin(text, **ask)
        await self.importer.settled()
        return await self.show(number)

    async def show(self, number: int) -> audiences.Import:
        async with self.base.reading() as connection:
            found = await imports.show(connection, 1, number)
        assert found is not None
        return found

    async def audience(self, number: int) -> audiences.Audience | None:
        async with self.base.reading() as connection:
            return await audience_rows.show(connection, 1, number)

    async def contacts(self, find: str = "") -> list[audiences.Contact]:
        async with self.base.reading() as connection:
            return (await contacts.page(connection, 1, audiences.ContactQuery(find=find))).rows

    async def faults(self, number: int) -> list[audiences.ImportFault]:
        async with self.base.reading() as connection:
            return (await imports.faults(connection, 1, number, endpoint.Window())).rows

    def files(self) -> list[str]:
        return [path.name for path in (self.data / "imports").glob("*")]

    def query(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.data / "heliograph.db") as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found


async def parts(raw: bytes, size: int = 60_000) -> AsyncIterator[bytes]:
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


async def opened(data: Path) -> House:
    migrate.upgrade(data / "heliograph.db")
    base = database.Database(data / "heliograph.db")
    return House(data, base, importing.Importer(base, data))


class Opened:
    """`async with Opened(folder) as house`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    async def __aenter__(self) -> House:
        self._house = await opened(self._data)
        return self._house

    async def __aexit__(self, *_: object) -> None:
        await self._house.importer.close()
        await self._house.base.close()


def people(count: int, first: int = 0) -> str:
    """Rows with every tenth address wrong and every seventh person there twice."""
    lines = [HEADER]
    for n in range(first, first + count):
        mail = f"p{n}@" if n % 10 == 0 else f"p{n}@example.com"
        lines.append(f"C-{n - n % 7 // 6},Person {n},{mail},06{10_000_000 + n},Nice\n")
        if n % 50 == 0:
            lines.append("\n")
    return "".join(lines)


async def test_a_file_becomes_contacts_and_an_audience_that_is_ready(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        done = await house.take(
            HEADER + "C-1,Ann,ann@example.com,0612345678,Nice\nC-2,Bob,bob@,,\n",
            country="FR",
            audience="Spring",
        )
        assert (done.status, done.audience_name) == (audiences.ImportStatus.DONE, "Spring")
        assert (done.rows_read, done.rows_taken, done.rows_refused, done.faults) == (2, 1, 1, 1)
        assert done.bytes_read == done.bytes_total > 0
        audience = await house.audience(done.audience)
        assert audience is not None
        assert audience.ready
        assert (audience.people, audience.reach) == (1, {"email": 1, "rcs": 1, "sms": 1, "whatsapp": 1})
        (ann,) = await house.contacts()
        assert (ann.key, ann.name, ann.attributes) == ("C-1", "Ann", {"first_name": "Ann", "city": "Nice"})
        (fault,) = await house.faults(done.id)
        assert (fault.row, fault.column, fault.value, fault.row_taken) == (3, "email", "bob@", False)
        assert house.files() == []
        assert house.query("SELECT count(*) FROM import_row") == [(0,)]


async def test_importing_a_file_again_changes_no_contact_and_makes_another_audience(tmp_path: Path) -> None:
    rows = HEADER + "".join(f"C-{n},Person {n},p{n}@example.com,,Nice\n" for n in range(1200))
    async with Opened(tmp_path) as house:
        first = await house.take(rows)
        before = [house.query(f"SELECT * FROM {table}") for table in ("contact", "identity")]
        again = await house.take(rows)
        assert [house.query(f"SELECT * FROM {table}") for table in ("contact", "identity")] == before
        assert again.rows_taken == 1200
        assert again.audience != first.audience


async def test_an_address_that_moves_is_named_in_the_error_sheet(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        await house.take("id,email\nC-1,ann@example.com\n")
        done = await house.take("id,email\nC-2,ann@example.com\n")
        (fault,) = await house.faults(done.id)
        assert done.faults == 1
        assert "C-1" in fault.message
        assert fault.row_taken
        found = {contact.key: [i.address for i in contact.identities] for contact in await house.contacts()}
        assert found == {"C-1": [], "C-2": ["ann@example.com"]}


async def test_addresses_can_change_hands_both_ways_in_one_file(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        await house.take("id,email\nC-1,a@example.com\nC-2,b@example.com\n")
        await house.take("id,email\nC-1,b@example.com\nC-2,a@example.com\n")
        found = {contact.key: [i.address for i in contact.identities] for contact in await house.contacts()}
        assert found == {"C-1": ["b@example.com"], "C-2": ["a@example.com"]}


async def test_a_key_made_of_an_address_goes_with_the_address(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        await house.take("email,mobile\na@example.com,+33612345678\n")
        await house.take("id,email\nC-9,z@example.com\n")
        await house.take("id,email,mobile\nC-9,,+33612345678\n")
        await house.take("email,mobile\na@example.com,\n,+33698765432\n")
        keys = sorted(contact.key for contact in await house.contacts())
        assert keys == ["C-9", "email:a@example.com", "sms:+33698765432"]


# -- killed ----------------------------------------------------------------------------------------------------------

#: What must be equal in the end; times and ids given out in passing are not.
SQL = (
    "SELECT key, name, attributes, country FROM contact ORDER BY key",
    "SELECT key, channel, address, removed_at FROM identity JOIN contact ON id = contact ORDER BY key, channel",
    "SELECT key FROM member JOIN contact ON id = contact ORDER BY key",
    "SELECT n, row, column, value, message, row_taken FROM import_fault ORDER BY n",
    "SELECT status, rows_read, rows_taken, rows_refused, faults, bytes_read, merged, message FROM import",
    "SELECT ready, people, reach FROM audience",
    "SELECT count(*) FROM import_row",
)


def run(data: Path, file: str, fatal: int, moment: str) -> int:
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.server.pipeline.audience.importer_process",
            data,
            file,
            str(fatal),
            moment,
        ],
        timeout=60,
        check=False,
    )
    return process.returncode


def ended(data: Path) -> list[list[Any]]:
    connection = sqlite3.connect(data / "heliograph.db")
    found = [connection.execute(sql).fetchall() for sql in SQL]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return found


def test_an_import_that_is_killed_again_and_again_ends_like_one_that_never_was(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(people(2600), encoding="utf-8")
    outcomes = {}
    for name, deaths in {
        "undisturbed": [],
        "killed": [(2, "before"), (4, "after"), (4, "before"), (5, "after")],
    }.items():
        data = tmp_path / name
        data.mkdir()
        migrate.upgrade(data / "heliograph.db")
        source = str(file)
        for fatal, moment in deaths:
            assert run(data, source, fatal, moment) == -signal.SIGKILL
            source = "-"
        assert run(data, source, 0, "never") == 0
        outcomes[name] = ended(data)
        assert list((data / "imports").glob("*")) == []
    assert outcomes["killed"] == outcomes["undisturbed"]
    assert outcomes["killed"][4][0][0] == "done"


async def test_nobody_can_be_sent_to_before_the_import_is_done(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(people(1500), encoding="utf-8")
    migrate.upgrade(tmp_path / "heliograph.db")
    await asyncio.to_thread(run, tmp_path, str(tmp_path / "people.csv"), 5, "after")
    async with Opened(tmp_path) as house:
        audience = await house.audience(1)
        assert audience is not None
        assert not audience.ready
        await house.importer.resume_all()
        await house.importer.settled()
        audience = await house.audience(1)
        assert audience is not None
        assert audience.ready


async def test_files_that_belong_to_no_import_are_cleared_away_at_the_start(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        (tmp_path / "imports").mkdir()
        (tmp_path / "imports" / "left.csv").write_bytes(b"x")
        await house.importer.resume_all()
        assert house.files() == []


async def test_an_import_whose_file_has_vanished_fails_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(people(1500), encoding="utf-8")
    migrate.upgrade(tmp_path / "heliograph.db")
    await asyncio.to_thread(run, tmp_path, str(tmp_path / "people.csv"), 2, "after")
    async with Opened(tmp_path) as house:
        for name in house.files():
            (tmp_path / "imports" / name).unlink()
        await house.importer.resume_all()
        await house.importer.settled()
        failed = await house.show(1)
        assert failed.status is audiences.ImportStatus.FAILED
        assert "again" in failed.message
        assert await house.audience(failed.audience) is None
        assert house.query("SELECT count(*) FROM import_row") == [(0,)]
        assert await house.contacts() == []


# -- cancelled -------------------------------------------------------------------------------------------------------


async def test_a_cancelled_import_leaves_nothing_but_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = asyncio.Event()
    go_on = asyncio.Event()
    stage = importing.Importer._stage

    async def slow(
        self: importing.Importer, key: tuple[int, int], chunk: staging.Chunk, counts: dict[str, int]
    ) -> None:
        await stage(self, key, chunk, counts)
        reading.set()
        await go_on.wait()

    monkeypatch.setattr(importing.Importer, "_stage", slow)
    async with Opened(tmp_path) as house:
        number = await house.begin(people(1500), country="FR")
        await reading.wait()
        await house.importer.cancel(1, number)
        go_on.set()
        await house.importer.settled()
        cancelled = await house.show(number)
        assert cancelled.status is audiences.ImportStatus.CANCELLED
        assert await house.audience(cancelled.audience) is None
        assert house.files() == []
        assert await house.contacts() == []
        assert house.query("SELECT count(*) FROM import_row UNION ALL SELECT count(*) FROM import_fault") == [
            (0,),
            (0,),
        ]
        with pytest.raises(problems.Refused) as refused:
            await house.importer.cancel(1, number)
        assert refused.value.problem.code is problems.Code.CONFLICT
        assert (await house.take(people(20), country="FR")).status is audiences.ImportStatus.DONE


async def test_an_import_that_is_done_cannot_be_cancelled(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        done = await house.take(people(20), country="FR")
        with pytest.raises(problems.Refused) as refused:
            await house.importer.cancel(1, done.id)
        assert refused.value.problem.code is problems.Code.CONFLICT
        assert await house.contacts()


async def test_cancelling_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        with pytest.raises(problems.Refused) as refused:
            await house.importer.cancel(1, 99)
        assert refused.value.problem.code is problems.Code.NOT_FOUND


# -- no room ---------------------------------------------------------------------------------------------------------


async def test_a_full_disk_makes_the_import_wait_and_room_lets_it_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(importing, "PAUSE_S", 0.02)
    async with Opened(tmp_path) as house:
        room = (
            house.query("PRAGMA page_count")[0][0] + 60,
        )  # SQLite then says what it says when the disk is full

        def limit(connection: sa.Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {room[0]}")

        sa.event.listen(house.base.engine.sync_engine, "begin", limit)
        number = await house.begin(people(2000), country="FR")
        async with asyncio.timeout(20):
            while not (trouble := house.importer.trouble(1, number)):  # noqa: ASYNC110  it is asked as a client asks
                await asyncio.sleep(0.01)
        assert trouble.startswith("The disk is full.")
        await asyncio.sleep(5 * importing.PAUSE_S)
        assert len([line for line in caplog.records if "waits" in line.getMessage()]) == 1  # not at each look
        assert (await house.show(number)).status in {
            audiences.ImportStatus.READING,
            audiences.ImportStatus.MERGING,
        }
        room = (1_000_000,)
        await house.importer.settled()
        assert (await house.show(number)).status is audiences.ImportStatus.DONE
        assert house.importer.trouble(1, number) == ""
        assert (
            house.query("SELECT count(*) FROM member")[0][0]
            == house.query("SELECT count(*) FROM contact")[0][0]
        )
        taken = await house.show(number)
        assert taken.rows_read == taken.rows_taken + taken.rows_refused == 2000


async def test_a_file_that_does_not_come_whole_leaves_nothing(tmp_path: Path) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"email\n" + b"a@example.com\n" * 1000
        raise ConnectionResetError

    async with Opened(tmp_path) as house:
        with pytest.raises(ConnectionResetError):
            await house.importer.begin(1, audiences.ImportAsk(file="x.csv"), torn())
        assert house.files() == []
        assert house.query("SELECT count(*) FROM import") == [(0,)]


async def test_a_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 1000)
    async with Opened(tmp_path) as house:
        with pytest.raises(problems.Refused) as refused:
            await house.begin(people(100))
        assert refused.value.problem.code is problems.Code.TOO_LARGE
        assert house.files() == []


# -- nonsense --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw, ask",
    [
        (b"", {}),
        (b"PK\x03\x04", {}),
        (b"city,plan\nNice,gold\n", {}),
        (b"email\na@b.co\n", {"mapping": '{"mail": "email"}'}),
        (b"email\na@b.co\n", {"mapping": "{"}),
        (b"email\na@b.co\n", {"country": "France"}),
        (b"email\na@b.co\n", {"audience": "x" * 300}),
    ],
)
async def test_what_cannot_be_imported_is_refused_before_anything_is_kept(
    tmp_path: Path, raw: bytes, ask: dict[str, str]
) -> None:
    async with Opened(tmp_path) as house:
        with pytest.raises(problems.Refused) as refused:
            await house.begin(raw, **ask)
        assert refused.value.problem.code is problems.Code.INVALID
        assert house.files() == []
        assert house.query("SELECT count(*) FROM audience") == [(0,)]


async def test_a_file_of_nothing_but_faults_is_read_to_its_end(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        rows = 'x\n"open\n,,,,,\n\0\n\n=cmd|x\n' + "y" * 200_000 + "\nlast@example.com\n"
        done = await house.take("email\n" + rows)
        assert done.status is audiences.ImportStatus.DONE
        assert done.rows_taken == 1
        assert done.rows_read == done.rows_taken + done.rows_refused
        assert {fault.row_taken for fault in await house.faults(done.id)} == {False}


async def test_inspecting_shows_columns_mapping_and_the_first_rows(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        found = await house.importer.inspect(parts(b"sep=;\nE-Mail;Ort\n" + b"a@b.co;Bonn\n" * 9))
        assert (found.delimiter, found.encoding, found.columns) == (";", "utf-8", ["E-Mail", "Ort"])
        assert found.mapping == {"E-Mail": "email", "Ort": "attribute:ort"}
        assert found.sample == [["a@b.co", "Bonn"]] * 5


async def test_twenty_thousand_rows_are_imported_while_the_loop_goes_on(tmp_path: Path) -> None:
    async with Opened(tmp_path) as house:
        number = await house.begin(people(20_000), country="FR")
        seen = set()
        while (found := await house.show(number)).status is not audiences.ImportStatus.DONE:
            seen.add((found.status, found.rows_read))
            await asyncio.sleep(0.02)
        assert len(seen) > 5  # progress was there to see
        assert found.rows_read == 20_000
        audience = await house.audience(found.audience)
        assert audience is not None
        assert audience.people == house.query("SELECT count(*) FROM contact")[0][0]
    assert found.bytes_total > csvfile.HEAD
