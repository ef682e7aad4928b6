"""The whole path of a message, from the frozen run to the written outcome, channel by channel.

A real sender process, pinned to one core, reads a real ledger file and flushes every intent; the sink that others
wrote has another core. Beside it, in the same run, the client library alone sends as many to the same sink.
"""

import contextlib
import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from server.twins import base as twins
from tests.bench import bare, ground, measure, programs, sender

ROOT = Path(__file__).parents[2]
MESSAGES = int(os.environ.get("MESSAGES", "30000"))
CORES = os.cpu_count() or 1
SENDER_CORE, SINK_CORE = (0, 1) if CORES > 1 else (None, None)
#: A slow client is not asked for more than this.
MOST_BARE = 5_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One measurement of the table."""

    provider: str
    sink: str
    bare: str
    goal_ms: float
    more: tuple[tuple[str, str | int | bool], ...] = ()  #: settings of the account
    ed25519: bool = False


TAKES_ALL = (("messages_per_connection", 100_000), ("username", ""))
WORKS = {
    "APNs": Work(provider="push/apns", sink="nginx", bare="aioapns", goal_ms=160),
    "Twilio-shaped SMS": Work(provider="sms/twilio", sink="nginx", bare="pyreqwest form", goal_ms=140),
    "Web Push, sealed": Work(provider="push/webpush", sink="nginx", bare="pyreqwest sealed", goal_ms=240),
    "SMTP, 10 KB, DKIM rsa2048": Work(
        provider="email/smtp", sink="smtp-sink", bare="aiosmtplib", goal_ms=600, more=TAKES_ALL
    ),
    "SMTP, 10 KB, DKIM ed25519": Work(
        provider="email/smtp", sink="smtp-sink", bare="aiosmtplib", goal_ms=350, more=TAKES_ALL, ed25519=True
    ),
}


def measured(name: str) -> measure.Result:
    """Measure one row of the table."""
    work = WORKS[name]
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        tls = ground.tls(Path(folder) / "tls")
        with sink(work.sink, tls) as address:
            laid = lay(work, Path(folder) / "data", tls, address, MESSAGES)
            took = send(laid)
            alone = _bare(work.bare, address, tls)
        sent(laid, MESSAGES)
    return measure.Result(
        name=name,
        what="messages",
        count=MESSAGES,
        cpu_ms=1e6 * took.cpu_s / MESSAGES,
        per_s=MESSAGES / took.wall_s,
        bare=work.bare,
        bare_cpu_ms=alone.cpu_ms_per_1000,
        goal_cpu_ms=work.goal_ms,
        rss_mb=took.rss_mb,
        note=f"into {work.sink}",
    )


@contextlib.contextmanager
def sink(
    name: str, tls: twins.Tls, *, core: int | None = SINK_CORE, log: Path | None = None
) -> Iterator[str]:
    """One sink; yields its address."""
    starts: dict[str, Callable[[], contextlib.AbstractContextManager[str]]] = {
        "nginx": lambda: programs.nginx(tls, core=core, log=log),
        "smtp-sink": lambda: programs.smtp_sink(core=core),
    }
    with starts[name]() as address:
        yield address


def lay(work: Work, data: Path, tls: twins.Tls, address: str, people: int) -> ground.Ground:
    """A frozen run of so many people for one kind of work."""
    account = ground.account(work.provider, address, tls, **dict(work.more))
    secrets = dict(account.secrets)
    if work.ed25519:
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        secrets["dkim_key"] = ed25519.Ed25519PrivateKey.generate().private_bytes(*form).decode()
    if not account.settings.get("username", "?"):  # smtp-sink asks for no log-in
        del secrets["password"]
    account = dataclasses.replace(account, secrets=secrets)
    return ground.lay(data, account=account, people=people, endpoint=address)


def send(laid: ground.Ground, *, slot: int = 0, core: int | None = SENDER_CORE) -> sender.Took:
    """Run one sender over the ground until its run ends."""
    with started(laid, slot=slot, core=core) as process:
        return finished(process)


@contextlib.contextmanager
def started(laid: ground.Ground, *, slot: int, core: int | None) -> Iterator["subprocess.Popen[bytes]"]:
    """A sender process that ends with its run, or at the latest with the block."""
    arguments = [str(laid.data), str(laid.run), str(slot), "" if core is None else str(core)]
    command = [sys.executable, "-m", "tests.bench.sender", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()


def finished(process: "subprocess.Popen[bytes]") -> sender.Took:
    """What a sender process took, once it has ended."""
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the sender ended with {process.returncode}")
    if not told:
        raise RuntimeError("the sender ended without a word: was a file of tests/bench being written?")
    return msgspec.json.decode(told, type=sender.Took)


def sent(laid: ground.Ground, messages: int) -> None:
    """Make sure that a figure is not that of refusals: every message was accepted, and the ledger says so twice."""
    counts = ground.counts(laid)
    if counts != {"accepted": messages}:
        raise RuntimeError(f"not every message was accepted: {counts}")


def _bare(name: str, address: str, tls: twins.Tls) -> bare.Cost:
    count = min(MESSAGES, MOST_BARE)
    core = "" if SENDER_CORE is None else str(SENDER_CORE)
    command = [sys.executable, "-m", "tests.bench.bare", name, address, str(tls.authority), str(count), core]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return msgspec.json.decode(told, type=bare.Cost)
