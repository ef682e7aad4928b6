"""A sender that is stopped past its lease and goes on sends nothing more under its old fence; the sink counts."""

import contextlib
import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import settings as configuration
from server.store.ledger import codes
from server.wire import ledger
from tests.acceptance import harness
from tests.acceptance.harness import scenes, systems
from tests.support import crashing, served

#: Real processes are started again and again, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

LEASE_S = 1.0
PEOPLE = 300
STOPPING = [sys.executable, "-m", "tests.acceptance.harness.stopping"]
HELD = f"SELECT seq FROM message WHERE state = {codes.SENDING} ORDER BY seq"
FENCES = "SELECT sum(fence) FROM batch"
REFUSED, ACCEPTED = codes.EVENTS[ledger.EventKind.REFUSED], codes.EVENTS[ledger.EventKind.ACCEPTED]


@contextlib.contextmanager
def stopping(settings: configuration.Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """The sender that stops itself before its first byte; at the end it is gone."""
    with subprocess.Popen(STOPPING, stdin=subprocess.PIPE, env=served.environment()) as process:
        assert process.stdin is not None
        process.stdin.write(configuration.dump(settings) + b"\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def told(data: Path, kind: int) -> int:
    """How often a first try at a message that was ever in doubt is said to have ended so."""
    ((found,),) = crashing.read(
        data,
        "SELECT count(*) FROM event WHERE kind = ? AND attempt = 1 AND EXISTS (SELECT 1 FROM event AS doubt"
        " WHERE doubt.run = event.run AND doubt.seq = event.seq AND doubt.kind = ?)",
        kind,
        codes.EVENTS[ledger.EventKind.DOUBT],
    )
    return int(str(found))


def stop_outside_a_transaction(data: Path, pid: int) -> None:
    """Stop a sender. One stopped while it writes holds the database, and nobody sends at all until it goes on."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        served.until(lambda: is_stopped(pid), "it to be stopped")
        with (
            contextlib.closing(sqlite3.connect(data / "heliograph.db", timeout=0.5)) as database,
            contextlib.suppress(sqlite3.OperationalError),
        ):
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
            return
        os.kill(pid, signal.SIGCONT)


def test_one_stopped_between_its_intents_and_their_first_byte_lets_none_of_them_leave(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with systems.mail_sink(tmp_path) as sink:
        idle = ("--set", "senders=0", "--set", f"lease_s={LEASE_S}")
        heliograph = systems.Heliograph(
            data=data, people=PEOPLE, channels=("email",), mail_sink=sink, arguments=idle
        )
        heliograph.start()
        heliograph.begin()
        settings = dataclasses.replace(
            configuration.read({"data": str(data)}, {}),
            port=heliograph.running.port,
            keyring=False,
            twins=False,
            lease_s=LEASE_S,
        )
        with stopping(settings) as stopped:
            served.until(lambda: is_stopped(stopped.pid), "the sender to stop itself")
            intended = crashing.read(data, HELD)
            assert intended, "it stopped without an intent"
            assert sum(sink.counted().values()) == 0, "it stopped too late"
            scenes.pause(LEASE_S * 1.5)
            heliograph.stop()
            heliograph.arguments = ("--set", "senders=2", "--set", f"lease_s={LEASE_S}")
            fences = crashing.read(data, FENCES)
            heliograph.start()  # a start frees nothing here: the one that stopped is not known to be dead
            served.until(lambda: crashing.read(data, FENCES) > fences, "its batches to be taken over")
            served.until(lambda: crashing.count(data, codes.WAITING) == 0, "the others to be sent")
            served.until(lambda: crashing.count(data, codes.SENDING) == 0, "the others to be answered")
            before = sink.counted()
            refs = {ref for ref in before if int(ref.rpartition("-")[2]) in {seq for (seq,) in intended}}
            assert refs == set(), "what was in doubt was sent again"
            os.kill(stopped.pid, signal.SIGCONT)
            served.until(lambda: told(data, REFUSED) >= len(intended), "it to say that nothing left")
            assert told(data, ACCEPTED) == 0, "it sent under its old fence"
            scenes.judged(heliograph)
        heliograph.stop()
        assert max(sink.counted().values()) == 1


@pytest.mark.parametrize("moment", [0.1, 0.2, 0.3, 0.4, 0.5] if harness.LONG else [0.2])
def test_one_stopped_in_the_middle_of_a_run_doubles_nothing_when_it_goes_on(
    tmp_path: Path, moment: float
) -> None:
    with systems.mail_sink(tmp_path, hold_s=0.05) as sink:
        two = ("--set", "senders=2", "--set", f"lease_s={LEASE_S}")
        heliograph = systems.Heliograph(
            data=tmp_path / "data", people=PEOPLE * 3, channels=("email",), mail_sink=sink, arguments=two
        )
        heliograph.start()
        heliograph.begin()
        served.until(lambda: heliograph.left() <= 1 - moment, "the run to be under way")
        owners = crashing.read(heliograph.data, "SELECT DISTINCT owner FROM batch WHERE owner <> ''")
        pid = int(str(owners[0][0]).partition("/")[2].partition("-")[0])
        stop_outside_a_transaction(heliograph.data, pid)
        try:
            served.until(
                lambda: (
                    not crashing.read(
                        heliograph.data, "SELECT 1 FROM batch WHERE owner = ? AND closed = 0", owners[0][0]
                    )
                ),
                "its batches to be taken over",
            )
            fenced = {
                seq
                for (seq,) in crashing.read(
                    heliograph.data, "SELECT seq FROM message WHERE state = ?", codes.DOUBT
                )
            }
            before = sink.counted()
        finally:
            os.kill(pid, signal.SIGCONT)
        scenes.judged(heliograph)
        heliograph.stop()
        # What it says has not left may leave once more, by a second try of whoever holds it now.
        once = {
            seq for (seq,) in crashing.read(heliograph.data, "SELECT seq FROM message WHERE attempts = 1")
        }
        late = {int(ref.rpartition("-")[2]) for ref in sink.counted() - before} & fenced
        assert late & once == set(), "what was taken over left after all"
