"""What the harness kills: Heliograph's real processes, and beside them a naive sender that must be found out."""

import collections
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from server import client
from server.channels import contents
from server.store.ledger import codes
from server.wire import campaigns, ledger, messages, providers
from server.wire import server as wire
from tests.acceptance import naive
from tests.acceptance.harness import judging, sink
from tests.support import crashing, served

WINDOW = 64
STAGING = "Crash"
CONTENTS = {
    "apns": contents.Apns(title="Hello {{ name }}", body="Kept to the letter."),
    "email": contents.Email(
        subject="Hello {{ name }}", html="<p>Hello {{ name }}</p>", text="Hello {{ name }}"
    ),
    "sms": contents.Sms(body="Hello {{ name }}, kept to the letter."),
}
BURIED_S = 10.0


class System(Protocol):
    """What can be killed."""

    channels: tuple[str, ...]
    targets: tuple[str, ...]  #: what of it can be killed, the more often the more likely

    def start(self) -> None:
        """Start what nobody else starts again."""

    def begin(self) -> None:
        """Launch the run."""

    def left(self) -> float:
        """Which share of the messages still waits."""

    def over(self) -> bool:
        """Whether it says that the run is done."""

    def kill(self, target: str) -> judging.Scene:
        """Kill -9, and say what lay under way."""

    def taken(self) -> dict[str, collections.Counter[str]]:
        """What the sink was handed, by channel and reference."""

    def books(self) -> list[judging.Book]:
        """What it says of its messages, one book a channel."""

    def stop(self) -> None:
        """Let nothing of it run on."""


@dataclass(slots=True, kw_only=True)
class Heliograph:
    """The real server. Its twins, or a plain mail sink, are processes that no kill reaches."""

    data: Path
    people: int
    channels: tuple[str, ...]
    mail_sink: "MailSink | None" = None  #: else the twins are the sink, for mails too
    arguments: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)  #: of its environment, besides our own
    targets: tuple[str, ...] = ("sender",) * 5 + ("all",) * 3 + ("api", "supervisor")
    run: int = 0
    workspace: int = 1
    ready_s: list[float] = field(default_factory=list)  #: how long each start took
    _running: served.Served | None = None
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def running(self) -> served.Served:
        """The server of now."""
        assert self._running is not None, "it has not been started"
        return self._running

    def start(self) -> None:
        """Start the server, if it does not run."""
        if self._running is not None and self._running.process.poll() is None:
            return
        self._stack.close()
        began = time.monotonic()
        self._running = self._stack.enter_context(
            served.serve(self.data, "--set", "twins=false", *self.arguments, ready=True, **self.variables)
        )
        self.ready_s.append(time.monotonic() - began)

    @contextlib.contextmanager
    def client(self) -> Iterator[client.Client]:
        """A client that works in the run's workspace."""
        with client.on(self.data) as asked:
            if self.workspace != 1:
                asked.work_in(str(self.workspace))
            yield asked

    def begin(self) -> None:
        """Import the people and launch one campaign over the channels."""
        sheet = self.data.parent / f"people-{'-'.join(self.channels)}.csv"
        crashing.write_people(sheet, self.people)
        if self.mail_sink is not None:
            self._establish(self.mail_sink)
        chosen = campaigns.Contents(**{channel: CONTENTS[channel] for channel in self.channels})  # type: ignore[arg-type]
        with self.client() as asked:
            if self.workspace == 1:
                served.until(lambda: len(asked.call(providers.LIST).rows) == 7, "the sandbox's accounts")
            self.run = crashing.launch(asked, sheet, chosen)

    def _establish(self, to: "MailSink") -> None:
        """A workspace of our own whose one account hands mails to the plain sink: the sandbox reaches only twins."""
        with client.on(self.data) as asked:
            made = asked.call(
                wire.ADD_WORKSPACE, wire.AddWorkspace(name=STAGING, environment=wire.Environment.STAGING)
            )
            self.workspace = made.workspace.id
            asked.work_in(str(self.workspace))
            asked.call(
                providers.CREATE,
                providers.SaveAccount(
                    name="sink",
                    provider="email/smtp",
                    window=WINDOW,
                    settings={
                        "endpoint": f"smtp://127.0.0.1:{to.port}",
                        "from_address": "news@example.org",
                        "messages_per_connection": 100_000,
                    },
                ),
            )

    def left(self) -> float:
        """By its own tally: a count of the rows would cost more than the sending."""
        statement = "SELECT coalesce(sum(n), 0) FROM tally WHERE workspace = ? AND run = ? AND state = ?"
        ((waiting,),) = crashing.read(self.data, statement, self.workspace, self.run, codes.WAITING)
        return int(str(waiting)) / (self.people * len(self.channels))

    def over(self) -> bool:
        """By the run's status."""
        statement = "SELECT status FROM run WHERE workspace = ? AND id = ?"
        return crashing.read(self.data, statement, self.workspace, self.run) == [("done",)]

    def kill(self, target: str) -> judging.Scene:
        """Kill the sender, the api, the supervisor, or all of them at once.

        The supervisor is stopped meanwhile, so that nothing it would start again touches what is looked at.
        """
        supervisor = self.running.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGSTOP)
        children = [
            one.pid
            for one in served.processes(supervisor)
            if target == "all" or (target != "supervisor" and target in one.arguments)
        ]
        for pid in children if target != "supervisor" else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if target in ("all", "supervisor"):
            self.running.process.kill()
            self.running.process.wait()
        served.until(
            lambda: not any(served.alive(pid) for pid in children), "the killed to be dead", BURIED_S
        )
        scene = self._look(target, kills_sender=target in ("sender", "all") and bool(children))
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGCONT)
        return scene

    def _look(self, target: str, *, kills_sender: bool) -> judging.Scene:
        """What lies under way in the database."""
        held = crashing.read(
            self.data,
            "SELECT count(*) FROM batch WHERE workspace = ? AND run = ? AND owner <> ''",
            self.workspace,
            self.run,
        )
        rows = crashing.read(
            self.data,
            "SELECT message.channel, message.account, message.seq FROM batch JOIN message"
            " ON message.workspace = batch.workspace AND message.run = batch.run"
            " AND message.seq >= batch.seq_from AND message.seq < batch.seq_to AND message.state = ?"
            " WHERE batch.workspace = ? AND batch.run = ? AND batch.owner <> ''",
            codes.SENDING,
            self.workspace,
            self.run,
        )
        prefix = self._installation()
        sending: dict[str, set[str]] = {}
        lanes = collections.Counter(account for _, account, _ in rows)
        for channel, _, seq in rows:
            refs = sending.setdefault(codes.CHANNEL_NAMES[int(str(channel))], set())
            refs.add(f"{prefix}-{self.workspace}-{self.run}-{seq}")
        return judging.Scene(
            target=target,
            kills_sender=kills_sender,
            claimed=int(str(held[0][0])),
            sending={channel: frozenset(refs) for channel, refs in sending.items()},
            most_in_lane=max(lanes.values(), default=0),
        )

    def _installation(self) -> str:
        ((name,),) = crashing.read(self.data, "SELECT value FROM meta WHERE key = 'installation'")
        return str(name)

    def taken(self) -> dict[str, collections.Counter[str]]:
        """The plain sink's log, or the twins' inbox; of this run alone."""
        if self.mail_sink is not None:
            return {"email": self.mail_sink.counted()}
        crashing.settled_inbox(self.data)
        return crashing.taken(self.data, f"{self._installation()}-{self.workspace}-{self.run}-")

    def books(self) -> list[judging.Book]:
        """The run's dump, its doubts, and an audit; everything asked of the server or read from its database."""
        with self.client() as asked:
            _settle(self.data)
            rows = [
                json.loads(line) for line in b"".join(asked.stream(messages.DUMP, run=self.run)).splitlines()
            ]
            equation = asked.call(campaigns.RUN, run=self.run).equation
            differences = asked.call(ledger.AUDIT, ledger.AuditAsk(run=self.run)).differences
        balanced = equation.balances and equation.waiting == equation.sending == 0 and not differences
        listed = self._listed()
        return [
            judging.Book(
                channel=channel,
                audience=self.people,
                states={row["ref"]: row["state"] for row in rows if row["channel"] == channel},
                listed=listed,
                balanced=balanced,
            )
            for channel in self.channels
        ]

    def _listed(self) -> frozenset[str]:
        doubts = crashing.read(
            self.data,
            "SELECT DISTINCT seq FROM event WHERE workspace = ? AND run = ? AND kind = ?",
            self.workspace,
            self.run,
            codes.EVENTS[ledger.EventKind.DOUBT],
        )
        prefix = self._installation()
        return frozenset(f"{prefix}-{self.workspace}-{self.run}-{seq}" for (seq,) in doubts)

    def stop(self) -> None:
        """Stop the server."""
        self._stack.close()
        self._running = None


def _settle(data: Path) -> None:
    """Wait until no receipt has come for a second."""
    known = -1
    while known != (now := crashing.newest_receipt(data)):
        known = now
        time.sleep(1.0)


@dataclass(slots=True, kw_only=True)
class MailSink:
    """The plain sink's process."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def counted(self) -> collections.Counter[str]:
        """How often each reference was taken."""
        return sink.counted(self.log)


@contextlib.contextmanager
def mail_sink(folder: Path, *, hold_s: float = 0.0, cut_every: int = 0) -> Iterator[MailSink]:
    """A plain sink that runs beside what is killed."""
    log = folder / "sink.log"
    command = ["-m", "tests.acceptance.harness.sink", "--log", str(log), "--hold", str(hold_s)]
    command += ["--cut-every", str(cut_every)]
    with subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        port = int(json.loads(process.stdout.readline())["port"])
        yield MailSink(process=process, port=port, log=log)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(BURIED_S)


@dataclass(slots=True, kw_only=True)
class Naive:
    """The naive sender, under the same kills and the same sink."""

    database: Path
    people: int
    mail_sink: MailSink
    channels: tuple[str, ...] = ("email",)
    targets: tuple[str, ...] = ("sender",)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, if it does not run."""
        if not self.database.exists():
            naive.fill(self.database, self.people)
        if self._process is None or self._process.poll() is not None:
            command = ["-m", "tests.acceptance.naive", str(self.database), str(self.mail_sink.port)]
            self._process = subprocess.Popen([sys.executable, *command])

    def begin(self) -> None:
        """It begins as it starts."""

    def left(self) -> float:
        """By its own column."""
        return self._count("waiting") / self.people

    def over(self) -> bool:
        """When everything is sent."""
        return self._count("sent") == self.people

    def _count(self, status: str) -> int:
        with contextlib.closing(naive.connect(self.database)) as database:
            ((found,),) = database.execute(
                "SELECT count(*) FROM message WHERE status = ?", (status,)
            ).fetchall()
        return int(found)

    def kill(self, target: str) -> judging.Scene:
        """Kill it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        with contextlib.closing(naive.connect(self.database)) as database:
            under_way = database.execute("SELECT id FROM message WHERE status = 'sending'").fetchall()
        return judging.Scene(
            target=target,
            kills_sender=True,
            sending={"email": frozenset(f"naive-{number}" for (number,) in under_way)},
            most_in_lane=len(under_way),
        )

    def taken(self) -> dict[str, collections.Counter[str]]:
        """The plain sink's log."""
        return {"email": self.mail_sink.counted()}

    def books(self) -> list[judging.Book]:
        """Its column. It has no list of doubts, because it has no doubts."""
        words = {"sent": "accepted"}
        with contextlib.closing(naive.connect(self.database)) as database:
            rows = database.execute("SELECT id, status FROM message").fetchall()
        states = {f"naive-{number}": words.get(status, status) for number, status in rows}
        return [
            judging.Book(
                channel="email", audience=self.people, states=states, listed=frozenset(), balanced=True
            )
        ]

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
