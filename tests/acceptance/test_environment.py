"""What a machine does to a server: files taken away, a database held by others, clocks set, handles used up, no log."""

import concurrent.futures
import contextlib
import dataclasses
import os
import resource
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import settings as configuration
from server.wire import campaigns
from server.wire import server as wire
from tests.acceptance import harness
from tests.acceptance.harness import scenes, systems
from tests.support import served

#: Real processes are started again and again, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

WAL_BYTES = 64 * 1024 * 1024
#: Root may write anywhere, unless it lets go of that right.
BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
HANDLES = 256
HOUR, DAY = 3600, 86_400
LEAPS = (HOUR, -HOUR, 365 * DAY, -DAY)  #: seconds by which the wall clock goes wrong, one after another


def alarms(heliograph: systems.Heliograph) -> str:
    with heliograph.client() as asked:
        return "\n".join(alarm.title for alarm in asked.call(wire.OVERVIEW).alarms)


def draft() -> campaigns.SaveCampaign:
    return campaigns.SaveCampaign(name="Meanwhile", audience=None, contents=campaigns.Contents())


def test_a_database_deleted_under_it_stops_sending_and_back_in_its_place_lets_it_go_on(
    tmp_path: Path,
) -> None:
    with scenes.sending(tmp_path) as (heliograph, sink):
        taken, aside = heliograph.data / "heliograph.db", tmp_path / "aside.db"
        taken.rename(aside)
        stopped = scenes.settled(sink)
        assert stopped < scenes.PEOPLE
        scenes.pause(2.0)
        assert sum(sink.counted().values()) == stopped, "it sent what no ledger on the disk knows of"
        assert "moved, replaced or deleted" in alarms(heliograph)
        with heliograph.client() as asked, pytest.raises(Exception, match="so nothing was changed"):
            asked.call(campaigns.CREATE, draft())
        assert not taken.exists() or taken.stat().st_size == 0
        aside.replace(taken)
        assert scenes.judged(heliograph).doubts == 0
        assert "moved" not in alarms(heliograph)


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence_and_not_tried_for_ever(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    try:
        began = time.monotonic()
        done = subprocess.run(
            [*BOUND, *served.command("serve", "--data", str(data))],
            capture_output=True,
            text=True,
            timeout=served.PATIENCE_S,
            env=served.environment(),
            check=False,
        )
        assert done.returncode == 1
        assert time.monotonic() - began < 15
        last = done.stderr.strip().splitlines()[-1]
        assert str(data) in last
        assert "Traceback" not in done.stderr
    finally:
        data.chmod(stat.S_IRWXU)


def test_a_database_that_another_program_locks_is_waited_for_and_nobody_sees_an_error(tmp_path: Path) -> None:
    locked_s = 35.0 if harness.LONG else 4.0
    with scenes.sending(tmp_path) as (heliograph, sink), heliograph.client() as asked:
        with contextlib.closing(
            sqlite3.connect(heliograph.data / "heliograph.db", isolation_level=None, timeout=30)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(1) as aside:
                saved = aside.submit(asked.call, campaigns.CREATE, draft())
                with heliograph.client() as reading:  # who only looks does not wait
                    assert reading.call(campaigns.RUN, run=heliograph.run).equation.balances
                    assert time.monotonic() - began < locked_s / 2
                left = locked_s - (time.monotonic() - began)
                scenes.pause(max(left, 0))
                assert not saved.done()
                stopped = sum(sink.counted().values())
                other.execute("COMMIT")
                assert saved.result().name == "Meanwhile"
            assert stopped < scenes.PEOPLE
        verdict = scenes.judged(heliograph)
        assert verdict.doubts <= (systems.WINDOW if harness.LONG else 0)
        words = "\n".join(path.read_text() for path in (heliograph.data / "logs").glob("*.log"))
        assert "locked" not in words


def test_the_journal_is_small_again_after_a_long_look_kept_it_from_being_emptied(tmp_path: Path) -> None:
    with scenes.sending(tmp_path) as (heliograph, _sink):
        database = heliograph.data / "heliograph.db"
        journal = heliograph.data / "heliograph.db-wal"
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as looking:
            looking.execute("BEGIN")
            looking.execute("SELECT count(*) FROM message").fetchone()
            with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
                other.execute("CREATE TABLE ballast (bytes BLOB)")
                for _ in range(40):
                    other.execute("INSERT INTO ballast VALUES (zeroblob(2000000))")
                other.execute("DROP TABLE ballast")
            assert journal.stat().st_size > WAL_BYTES
            looking.execute("COMMIT")
        scenes.judged(heliograph)
        served.until(lambda: journal.stat().st_size <= WAL_BYTES, "the journal to be small again")


@contextlib.contextmanager
def senders(settings: configuration.Settings, wrong_by: Path) -> Iterator[None]:
    """Two senders whose wall clock goes wrong by as much as the file says; at the end they are gone."""
    command = [sys.executable, "-m", "tests.acceptance.harness.leaping"]
    with contextlib.ExitStack() as both:
        for slot in (0, 1):
            process = both.enter_context(
                subprocess.Popen(
                    [*command, str(slot), str(wrong_by)], stdin=subprocess.PIPE, env=served.environment()
                )
            )
            both.callback(process.kill)
            assert process.stdin is not None
            process.stdin.write(configuration.dump(settings) + b"\n")
            process.stdin.flush()
        yield


def test_clocks_set_in_the_middle_of_a_run_double_lose_and_doubt_nothing(tmp_path: Path) -> None:
    wrong_by = tmp_path / "wrong_by"
    wrong_by.write_text("0")
    with systems.mail_sink(tmp_path, hold_s=scenes.HOLD_S) as sink:
        heliograph = systems.Heliograph(
            data=tmp_path / "data",
            people=2 * scenes.PEOPLE,
            channels=("email",),
            mail_sink=sink,
            arguments=("--set", "senders=0"),
        )
        heliograph.start()
        heliograph.begin()
        settings = dataclasses.replace(
            configuration.read({"data": str(heliograph.data)}, {}),
            port=heliograph.running.port,
            keyring=False,
            twins=False,
            lease_s=3.0,
        )
        with senders(settings, wrong_by):
            for number, leap in enumerate(LEAPS, start=1):
                share = 1 - number / (len(LEAPS) + 2)
                served.until(lambda share=share: heliograph.left() < share, "the run to go on")  # type: ignore[misc]
                replaced = tmp_path / "replaced"
                replaced.write_text(str(leap))
                replaced.replace(wrong_by)
            verdict = scenes.judged(heliograph)
        heliograph.stop()
        assert verdict.listed == 0, "a clock put messages in doubt"


@contextlib.contextmanager
def handles(most: int) -> Iterator[None]:
    """Let what is started meanwhile have only so many handles."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def everybody(heliograph: systems.Heliograph) -> list[int]:
    parent = heliograph.running.process.pid
    return [parent, *sorted(one.pid for one in served.processes(parent))]


def test_a_crowd_on_few_handles_is_answered_503_and_ends_nobody(tmp_path: Path) -> None:
    with handles(HANDLES), scenes.sending(tmp_path) as (heliograph, _sink):
        pids = everybody(heliograph)
        with handles(4 * HANDLES), contextlib.ExitStack() as crowd:
            answers = []
            for _ in range(2 * HANDLES):
                one = crowd.enter_context(
                    socket.create_connection(("127.0.0.1", heliograph.running.port), 10)
                )
                answers.append(one)
            refused = answers[-1]
            assert refused.recv(1000).startswith(b"HTTP/1.1 503 ")
            assert everybody(heliograph) == pids
        served.until(lambda: knows(heliograph), "the server to answer again")
        scenes.judged(heliograph)
        assert everybody(heliograph) == pids, "a process was started again"


def knows(heliograph: systems.Heliograph) -> bool:
    with heliograph.running.http() as asked:
        return asked.get("/v1/about").status_code == 200


def test_logs_that_cannot_be_written_are_an_alarm_and_sending_goes_on(tmp_path: Path) -> None:
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True, mode=0o700)
    (tmp_path / "data").chmod(0o700)
    for name in ("api", "sender-0", "server"):
        (logs / f"{name}.log").symlink_to("/dev/full")
    with scenes.sending(tmp_path) as (heliograph, _sink):
        verdict = scenes.judged(heliograph)
        assert verdict.doubts == 0
        assert "cannot be written" in alarms(heliograph)
