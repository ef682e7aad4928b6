"""Nothing is sent before a person decides: a copy put back, everything stopped by hand, a second server."""

import contextlib
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from server import client
from server.store.ledger import codes
from server.wire import campaigns, holds, ledger, problems, providers, schedules
from server.wire import server as wire_server
from tests.support import crashing, served

PEOPLE = 60
HELD_PER_S = 2.0  #: what no machine is too slow for: the run goes on while it is copied or stopped
KILL_SWITCH_S = 2.0
REFUSAL_S = 2.0


def arrived(data: Path) -> int:
    """Messages the twins took so far."""
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        (found,) = inbox.execute("SELECT coalesce(sum(taken), 0) FROM arrival").fetchone()
    return int(found)


def pace(server: client.Client, rate_per_s: float) -> None:
    """Hold every account to a rate; 0 lets it go as fast as it can."""
    accounts = served.until(
        lambda: len(rows := server.call(providers.LIST).rows) == 7 and rows, what="the sandbox's accounts"
    )
    for account in accounts:
        server.call(providers.SAVE, crashing.same(account, rate_per_s=rate_per_s), account=account.id)


def looked(data: Path) -> None:
    """Wait until a sender has looked for work a while: one that starts reports at once, and then after two seconds."""
    since = time.time() + 1.5
    served.until(
        lambda: crashing.read(data, "SELECT 1 FROM sender WHERE seen_at > ?", since),
        what="the sender's report",
    )


def status(server: client.Client, campaign: int = 1) -> campaigns.Status:
    return server.call(campaigns.SHOW, campaign=campaign).status


def done(server: client.Client, campaign: int = 1) -> None:
    served.until(
        lambda: status(server, campaign) is campaigns.Status.DONE, what="the run to be done", patience_s=90
    )


def copy(data: Path, to: Path) -> None:
    """A backup of a database in use."""
    with (
        contextlib.closing(sqlite3.connect(data / "heliograph.db", timeout=30)) as live,
        contextlib.closing(sqlite3.connect(to)) as kept,
    ):
        live.backup(kept)


def put_back(data: Path, kept: Path) -> None:
    for left in ("heliograph.db-wal", "heliograph.db-shm"):
        (data / left).unlink(missing_ok=True)
    (data / "heliograph.db").write_bytes(kept.read_bytes())


def judged(server: client.Client, data: Path, run: int) -> None:
    def lost() -> list[str]:
        return crashing.judge(server, data, run, crashing.Verdict()).lost

    served.until(lambda: not lost(), what="the twins' inbox to be written")
    verdict = crashing.judge(server, data, run, crashing.Verdict())
    assert verdict.doubled == verdict.hidden == []
    assert verdict.balanced
    assert server.call(ledger.AUDIT, ledger.AuditAsk()).differences == []


def handed_over(path: Path) -> int:
    """Messages that providers were given, by a database that nobody has open."""
    states = (state for state, term in codes.TERMS.items() if term in ("sending", "accepted", "doubt"))
    marks = ", ".join(map(str, states))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute(
            f"SELECT count(*) FROM message WHERE state IN ({marks}) OR state = {codes.FAILED} AND account <> 0"
        ).fetchone()
    return int(found)


def test_a_copy_put_back_sends_nothing_before_a_person_decides_and_says_what_it_has_missed(
    tmp_path: Path,
) -> None:
    people, data, kept = tmp_path / "people.csv", tmp_path / "data", tmp_path / "kept.db"
    crashing.write_people(people, PEOPLE)
    with served.serve(data) as running, running.client() as server:
        pace(server, HELD_PER_S)
        run = crashing.launch(server, people)
        served.until(lambda: arrived(data) > 3, what="the run to be under way")
        copy(data, kept)
        pace(server, 0.0)
        done(server)
        lost = crashing.launch(server, people)
        done(server, 2)
    before = arrived(data)
    later = handed_over(data / "heliograph.db") - handed_over(kept)
    put_back(data, kept)
    assert crashing.count(data, codes.WAITING) > PEOPLE  # it would send all these again
    with served.serve(data) as running, running.client() as server:
        looked(data)
        assert arrived(data) == before
        assert server.call(wire_server.HEALTH).held
        hold = server.call(holds.SHOW)
        assert (hold.held, hold.why) == (True, holds.Why.RESTORED)
        assert hold.copy is not None
        assert hold.copy.sent_after == later > PEOPLE
        assert [(one.run, one.campaign) for one in hold.copy.lost_runs] == [(lost, "Crash")]
        assert [(one.run, one.status) for one in hold.runs] == [(run, "running")]
        known = hold.runs[0].equation
        assert known.balances
        assert known.waiting + known.accepted + known.doubt + known.skipped + known.failed == PEOPLE * 3
        assert "is a copy" in server.call(wire_server.OVERVIEW).held
        with pytest.raises(problems.Refused, match="Name the runs"):
            server.call(holds.RELEASE, holds.Release())
        with pytest.raises(problems.Refused, match="over, or was never there"):
            server.call(holds.RELEASE, holds.Release(go_on=[holds.Which(workspace=1, run=lost)]))
        with pytest.raises(problems.Refused, match="held, and launches nothing"):
            crashing.launch(server, people)
    with served.serve(data) as running, running.client() as server:  # a restart is no decision
        looked(data)
        assert arrived(data) == before
        released = server.call(
            holds.RELEASE, holds.Release(go_on=[], cancel=[holds.Which(workspace=1, run=run)])
        )
        assert not released.held
        served.until(lambda: status(server) is campaigns.Status.CANCELLED, what="the run to be cancelled")
        pace(server, 0.0)
        again = crashing.launch(server, people)
        assert again > lost + 500
        served.until(
            lambda: crashing.read(data, "SELECT 1 FROM run WHERE id = ? AND status = 'done'", again),
            what="the new run to be done",
            patience_s=90,
        )
        judged(server, data, again)
    assert arrived(data) > before


def test_everything_stops_within_two_seconds_and_stays_stopped_until_it_is_let_go_on(tmp_path: Path) -> None:
    people, data = tmp_path / "people.csv", tmp_path / "data"
    crashing.write_people(people, PEOPLE)
    with served.serve(data) as running, running.client() as server:
        pace(server, HELD_PER_S)
        run = crashing.launch(server, people)
        served.until(lambda: arrived(data) > 3, what="the run to be under way")
        stopped = time.time()
        hold = server.call(holds.STOP_ALL, holds.StopAll(note="The prices are wrong"))
        assert (hold.why, hold.note) == (holds.Why.STOPPED, "The prices are wrong")
        looked(data)
        ((last,),) = crashing.read(
            data, "SELECT max(at) / 1e6 FROM event WHERE kind = ?", codes.EVENTS[ledger.EventKind.SENDING]
        )
        assert float(str(last)) <= stopped + KILL_SWITCH_S
    rest = arrived(data)
    assert rest < PEOPLE * 3
    with served.serve(data) as running, running.client() as server:
        looked(data)
        assert arrived(data) == rest
        assert status(server) is campaigns.Status.RUNNING  # what it is again, once it is let go on
        pace(server, 0.0)
        assert not server.call(holds.RELEASE, holds.Release()).held
        done(server)
        judged(server, data, run)
    assert arrived(data) > rest


def test_a_server_started_held_launches_and_sends_nothing_until_it_is_released(tmp_path: Path) -> None:
    people, data = tmp_path / "people.csv", tmp_path / "data"
    crashing.write_people(people, 20)
    with served.serve(data, "--hold") as running, running.client() as server:
        assert server.call(holds.SHOW).why is holds.Why.STARTED
        with pytest.raises(problems.Refused, match="held, and launches nothing"):
            crashing.launch(server, people)
        server.call(holds.RELEASE, holds.Release())
        found = server.call(campaigns.LAUNCH, campaigns.Launch(delay_s=600), campaign=1)
        assert found.status is campaigns.Status.SCHEDULED
        assert server.call(schedules.DROP, campaign=1).status is campaigns.Status.DRAFT
        assert server.call(campaigns.LAUNCH, campaigns.Launch(delay_s=1), campaign=1).run is None
        done(server)
        judged(server, data, 1)


def test_a_second_server_on_the_same_data_refuses_within_two_seconds_and_says_who_has_it(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with served.serve(data) as running:
        # Whoever waits for the other server waits every time; a machine busy with other work is so only now and then.
        quickest_s = min(_refused(data, running.process.pid) for _ in range(3))
    assert quickest_s < REFUSAL_S


def _refused(data: Path, holder: int) -> float:
    """Start a second server; seconds until it had refused."""
    began = time.monotonic()
    second = subprocess.run(
        served.command("serve", "--data", str(data)),
        capture_output=True,
        text=True,
        env=served.environment(),
        timeout=60,
        check=False,
    )
    took_s = time.monotonic() - began
    assert second.returncode == 1
    assert f"Another server (process {holder}, since " in second.stderr
    assert "choose another --data" in second.stderr
    return took_s
