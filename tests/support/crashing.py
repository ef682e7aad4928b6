"""Runs of a real server beside twins in a process of their own, judged by what the twins' inbox saw."""

import collections
import contextlib
import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server import client
from server.channels import contents
from server.store.ledger import codes
from server.wire import audiences, campaigns, ledger, messages, providers
from tests.support import served

CONTENTS = campaigns.Contents(
    apns=contents.Apns(title="Hello {{ name }}", body="Kept to the letter."),
    email=contents.Email(subject="Hello {{ name }}", html="<p>Hello {{ name }}</p>", text="Hello {{ name }}"),
    sms=contents.Sms(body="Hello {{ name }}, kept to the letter."),
)
CHANNELS = ("apns", "email", "sms")


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What the outside saw, set against what the ledger says. References, not bodies, decide what is one message."""

    audience: int = 0
    accepted: int = 0
    doubts: int = 0
    lost: list[str] = field(default_factory=list)  #: called sent (or receipted) where the sink saw nothing
    doubled: list[str] = field(default_factory=list)  #: taken more than once
    doubled_unlisted: list[str] = field(default_factory=list)  #: of these, never listed in doubt
    hidden: list[str] = field(default_factory=list)  #: taken, yet called untouched or refused
    strangers: list[str] = field(default_factory=list)  #: taken, and in nobody's ledger
    balanced: bool = False

    def sentence(self) -> str:
        """One line for a log."""
        return (
            f"audience={self.audience} accepted={self.accepted} doubts={self.doubts} "
            f"lost={len(self.lost)} doubled={len(self.doubled)} "
            f"unlisted={len(self.doubled_unlisted)} hidden={len(self.hidden)} strangers={len(self.strangers)} "
            f"balanced={self.balanced}"
        )


@contextlib.contextmanager
def twins(data: Path, *, pace: float = 0.05) -> Iterator[None]:
    """The twins in a process of their own, which no kill of ours reaches: they are the judge."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.twins", "--data", str(data), "--pace", str(pace), "--parent-pipe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        json.loads(process.stdout.readline())
        yield
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
        if process.stdin:
            process.stdin.close()


@contextlib.contextmanager
def serving(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server on that data whose twins run elsewhere; at the end it is gone."""
    with served.serve(data, "--set", "twins=false") as running:
        yield running.process


def write_people(path: Path, count: int) -> None:
    """A CSV of people with a phone, a mail address and an APNs token each, none of them magic."""
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["key", "name", "email", "sms", "apns"])
        for person in range(1, count + 1):
            token = f"{person:064x}".replace("0", "a", 20)
            sheet.writerow(
                [f"k{person}", f"Person {person}", f"p{person}@example.com", f"+336{person:08d}", token]
            )


def draft(server: client.Client, people: Path, chosen: campaigns.Contents = CONTENTS, **more: Any) -> int:
    """Import and write; returns the campaign."""
    imported = server.upload(audiences.IMPORT, audiences.ImportAsk(file=people.name), _pieces(people))
    served.until(
        lambda: server.call(audiences.IMPORTED, id=imported.id).status is audiences.ImportStatus.DONE,
        what="the import to be done",
    )
    made = server.call(
        campaigns.CREATE,
        campaigns.SaveCampaign(name="Crash", audience=imported.audience, contents=chosen, **more),
    )
    return made.id


def launch(server: client.Client, people: Path, chosen: campaigns.Contents = CONTENTS) -> int:
    """Import, write, launch; returns the run."""
    launched = server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=draft(server, people, chosen))
    assert launched.run is not None
    return launched.run


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 16):
            yield piece


def same(account: providers.Account, **changed: Any) -> providers.SaveAccount:
    """An account as it stands, but for what is changed; its secrets stay."""
    kept = {name: getattr(account, name) for name in ("name", "provider", "enabled", "weight", "window")}
    kept |= {"rate_per_s": account.rate_per_s, "settings": account.settings}
    return providers.SaveAccount(**(kept | changed))


def read(data: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Ask the database from outside, without the server."""
    with contextlib.closing(sqlite3.connect(data / "heliograph.db", timeout=30)) as connection:
        return connection.execute(statement, values).fetchall()


def count(data: Path, *states: int) -> int:
    """Messages in these states, by counting them."""
    marks = ", ".join(str(state) for state in states)
    (found,) = read(data, f"SELECT count(*) FROM message WHERE state IN ({marks})")
    return int(str(found[0]))


def kill_sender(data: Path, process: subprocess.Popen[bytes]) -> None:
    """Kill -9 the senders alone; the supervisor starts others."""
    for one in served.processes(process.pid):
        if "sender" in one.arguments:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)


def newest_receipt(data: Path) -> int:
    """The id of the receipt that came last; 0 where none has."""
    ((found,),) = read(data, "SELECT coalesce(max(id), 0) FROM receipt")
    return int(str(found))


def settled_news(data: Path, quiet_s: float = 2.0) -> None:
    """Wait until no receipt has come for a while: longer than any twin keeps one back at the pace of a test."""
    known = -1
    while known != (now := newest_receipt(data)):
        known = now
        time.sleep(quiet_s)


def settled_inbox(data: Path) -> None:
    """Wait until the twins have written down all they took."""
    known = -1
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        while known != (now := inbox.execute("SELECT coalesce(max(id), 0) FROM arrival").fetchone()[0]):
            known = now
            time.sleep(1.0)


def taken(data: Path, prefix: str = "") -> dict[str, collections.Counter[str]]:
    """What the twins took, by channel and reference; only references that begin so."""
    found: dict[str, collections.Counter[str]] = {}
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        for channel, ref, times in inbox.execute(
            "SELECT channel, ref, sum(taken) FROM arrival WHERE substr(ref, 1, ?) = ? GROUP BY channel, ref",
            (len(prefix), prefix),
        ):
            found.setdefault(channel, collections.Counter())[ref] = times
    return found


def judge(server: client.Client, data: Path, run: int, verdict: Verdict) -> Verdict:
    """Set the dump beside the inbox."""
    settled_inbox(data)
    lines = b"".join(server.stream(messages.DUMP, run=run)).splitlines()
    rows = {row["ref"]: row for row in map(json.loads, lines)}
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        taken = collections.Counter(
            dict(inbox.execute("SELECT ref, sum(taken) FROM arrival GROUP BY ref").fetchall())
        )
    listed = {
        f"{next(iter(rows)).rsplit('-', 2)[0]}-{run}-{seq}"
        for (seq,) in read(
            data,
            "SELECT DISTINCT seq FROM event WHERE run = ? AND kind = ?",
            run,
            codes.EVENTS[ledger.EventKind.DOUBT],
        )
    }
    for ref, row in rows.items():
        state = row["state"]
        if state in ("accepted", "delivered", "seen", "clicked", "replied") and not taken[ref]:
            verdict.lost.append(ref)
        if taken[ref] and state in ("waiting", "sending", "skipped", "cancelled"):
            verdict.hidden.append(ref)
        if taken[ref] > 1:
            verdict.doubled.append(ref)
            if ref not in listed:
                verdict.doubled_unlisted.append(ref)
        verdict.accepted += state in ("accepted", "delivered", "seen", "clicked", "replied")
        verdict.doubts += state == "doubt"
    verdict.strangers = [ref for ref, times in taken.items() if times and ref not in rows]
    equation = server.call(campaigns.RUN, run=run).equation
    verdict.audience = equation.audience
    verdict.balanced = equation.balances and equation.waiting == equation.sending == 0
    return verdict
