"""A real server whose receipts door is called by one twin's courier: what the api process pays for each call."""

import asyncio
import contextlib
import json
import os
import random
import sqlite3
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from server.store import numbers
from server.store.ledger import codes
from server.twins import courier
from server.twins.sms import news
from server.wire import providers as wire
from tests.support import served as running

STATUSES = ("sent", "delivered")
RUN = 1


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One signed status callback."""

    path: str
    body: bytes
    signed: Mapping[str, str]
    sent_at: float = 0.0
    took_s: float = 0.0

    def headers(self, _: bytes) -> Mapping[str, str]:
        """Signed beforehand; noted when it leaves."""
        self.sent_at = time.perf_counter()
        return self.signed


@contextlib.contextmanager
def opened(messages: int, *arguments: str) -> Iterator[tuple[running.Served, list[Parcel]]]:
    """A server that has handed over `messages` SMS, and two receipts for each, shuffled."""
    with running.folder() as data, running.serve(data, *arguments) as served:
        with served.client() as asked:
            row = next(row for row in asked.call(wire.LIST).rows if row.provider == "sms/twilio")
        token = json.loads((data / "twins" / "world.json").read_bytes())["credentials"]["sms/twilio"][
            "auth_token"
        ]
        with contextlib.closing(served.database()) as database:
            _hand_over(database, row.id, messages)
            (installation,) = database.execute("SELECT value FROM meta WHERE key = 'installation'").fetchone()
        made = [
            _parcel(
                row.receipts_url, f"{installation}-1-{RUN}-{seq}", f"SM{seq:032x}", status, token.encode()
            )
            for seq in range(1, messages + 1)
            for status in STATUSES
        ]
        random.Random(5).shuffle(made)
        yield served, made


def _hand_over(database: sqlite3.Connection, account: int, messages: int) -> None:
    """A run whose messages the provider has taken."""
    database.execute("BEGIN IMMEDIATE")
    numbers.take_now(database, 1, "run")
    database.execute(
        "INSERT INTO run (workspace, id, campaign, status, people, messages) VALUES (1, ?, 1, 'done', ?, ?)",
        (RUN, messages, messages),
    )
    sms, accepted = codes.CHANNELS["sms"], codes.ACCEPTED
    database.executemany(
        "INSERT INTO message (workspace, run, seq, channel, contact, state, attempts, account, provider_ref, hash,"
        " vars) VALUES (1, ?, ?, ?, ?, ?, 1, ?, ?, zeroblob(16), '{}')",
        ((RUN, seq, sms, seq, accepted, account, f"SM{seq:032x}") for seq in range(1, messages + 1)),
    )
    database.execute(
        "INSERT INTO tally VALUES (1, ?, ?, ?, ?, '', ?)", (RUN, sms, account, accepted, messages)
    )
    database.execute("COMMIT")


def _parcel(door: str, ref: str, sid: str, status: str, token: bytes) -> Parcel:
    url = f"{door}?ref={ref}"
    fields = {
        "AccountSid": f"AC{0:032x}",
        "ApiVersion": "2010-04-01",
        "From": "+14155550142",
        "MessageSid": sid,
        "SmsSid": sid,
        "To": "+447911123456",
        "MessageStatus": status,
        "SmsStatus": status,
    }
    parts = urlsplit(url)
    return Parcel(
        path=f"{parts.path}?{parts.query}",
        body=urlencode(fields).encode(),
        signed={
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": news.signature(token, url, fields),
        },
    )


async def posted(served: running.Served, parcels: list[Parcel]) -> dict[int, int]:
    """Post everything, as many at once as the twins do; returns how often each status was answered."""
    answers: dict[int, int] = {}
    everything = asyncio.Event()

    def done(parcel: Parcel, status: int) -> None:
        parcel.took_s = time.perf_counter() - parcel.sent_at
        answers[status] = answers.get(status, 0) + 1
        if sum(answers.values()) == len(parcels):
            everything.set()

    carrier = courier.Courier("http", f"127.0.0.1:{served.port}", trust=ssl.create_default_context, done=done)
    for parcel in parcels:
        carrier.carry(parcel)
    await everything.wait()
    await carrier.close(5.0)
    return answers


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Memory a process holds now."""
    return _memory_mb(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most memory a process ever held."""
    return _memory_mb(pid, "VmHWM")


def _memory_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def child(served: running.Served, role: str) -> int:
    """The process id of a part of the server, such as `api` or `server.twins`."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_text().split("\0")
            if int(parent) == served.process.pid and role in words:
                return int(folder.name)
    raise LookupError(f"the server has no {role} process")
