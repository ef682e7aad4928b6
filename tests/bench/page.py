"""Write figures down: a line for the terminal, results.json for programs, README.md for people."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from server import settings
from server.demo import figures, gauge
from tests.bench import floors, measure, scale

T = TypeVar("T")

FSYNC = "SQLite in WAL mode with `synchronous = FULL`: every commit is on disk before the next byte leaves"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement in results.json."""

    name: str
    cpu_ms_per_1000: float
    bare_cpu_ms_per_1000: float | None  #: of the client library alone, in the same run
    goal_cpu_ms_per_1000: float | None
    messages: int
    rss_mb: float | None


def line(result: measure.Result) -> str:
    """One result for a terminal."""
    said = f"{result.name:32} {result.cpu_ms:8.1f} ms CPU per 1,000 {result.what:8} {result.per_s:9,.0f}/s"
    if result.ratio:
        said += f"   bare {result.bare_cpu_ms:.1f} ms, x {result.ratio:.2f}"
    if result.goal_cpu_ms:
        said += f"   goal {result.goal_cpu_ms:.0f} ms: {'met' if result.met else 'MISSED'}"
    return said


def sentence(fact: scale.Fact) -> str:
    """One fact for a terminal."""
    verdict = "met" if fact.good else "MISSED"
    return f"{fact.name}: {_number(fact.value)} {fact.unit} ({fact.goal}: {verdict}) {fact.note}".rstrip()


def write(
    folder: Path,
    *,
    whole: list[measure.Result],
    scale: list[measure.Result],
    facts: list[scale.Fact],
    parts: list[measure.Result],
) -> None:
    """Write both files."""
    rows = [_row(result) for result in (*whole, *scale, *parts)]
    (folder / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")
    text = _page(whole=whole, scale=scale, facts=facts, parts=parts)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _row(result: measure.Result) -> Row:
    return Row(
        name=result.name,
        cpu_ms_per_1000=round(result.cpu_ms, 1),
        bare_cpu_ms_per_1000=round(result.bare_cpu_ms, 1) or None,
        goal_cpu_ms_per_1000=result.goal_cpu_ms or None,
        messages=result.count,
        rss_mb=round(result.rss_mb, 1) or None,
    )


def _page(
    *,
    whole: list[measure.Result],
    scale: list[measure.Result],
    facts: list[scale.Fact],
    parts: list[measure.Result],
) -> str:
    machine = gauge.machine()
    return f"""# Benchmarks

`make bench` measures all of this in a quarter of an hour and writes this page and `results.json`. It installs the sinks
it needs (Debian's nginx-light and postfix, for smtp-sink) where it is root, and says what to type where it is not.
`python -m tests.bench SMS ledger` measures what begins so and writes nothing. Sizes: `MESSAGES` (30,000 a row of the
first table), `FEW` and `MANY` (10,000 and 1,000,000 recipients), `PAIRED` (6,000 for one sender and two).

Heliograph {settings.VERSION}, {_machine(machine)}.
Flushing: {FSYNC}.

## A message's whole path

CPU time of one sender process, all its threads, from its first act to the end of its run, per 1,000 messages. It is
pinned to one core and the sink to another. Everything is real: the ledger file, the flushed intent before the first
byte, the outcome and both events written, tallies and leases, the content rendered for each person, the adapter, TLS
to nginx (smtp-sink knows none). W = 64. *Bare* is the client library alone, in the same run into the same sink, with
a message made beforehand: pyreqwest posts, aioapns, aiosmtplib over 16 connections kept open.

| work | CPU ms per 1,000 | goal | bare | ratio | rate | memory | |
|---|---:|---:|---:|---:|---:|---:|---|
{_lines(whole, _whole)}

{_floors(whole, parts)}
## Growth, and stopping

| what | figure | goal | |
|---|---:|---|---|
{_lines(facts, _fact)}

CPU per message without what a start costs, as it is compared above:

| | CPU ms per 1,000 | rate | memory |
|---|---:|---:|---:|
{_lines(scale, _grown)}

## The parts

The path's parts, each against the least that does the same to the outside: for the adapters pyreqwest (for SMTP plain
sockets) sending the very bytes the adapter sent last, for the ledger two plain updates and inserts a message in as many
flushed transactions, for the import `csv.reader` alone. Below them what the rest of the server does.

| what | CPU ms per 1,000 | bare | ratio | rate | |
|---|---:|---:|---:|---:|---|
{_lines(parts, _part)}
"""


FLOORS = """\
Where the time goes, measured in the same run, in ms per 1,000. What no program goes below with these libraries:
{seal:.0f} to seal for a browser (a new key pair, an exchange, a cipher; {ours:.0f} as we do it), {rsa:.0f} for an
RSA-2048 signature, {ed:.0f} for an Ed25519 one, {request:.0f} for a request over TLS in pyreqwest, and about
{ledger:.0f} for two flushed moves of a message with its story and its counts (our whole tick; two plain updates and
inserts take {plain:.0f}). What is left is Python: composing and rendering {render:.0f} (a mail {mail:.0f}, and 70 for
its MIME parts and headers), the adapter 5 to 15, the loop, its limits and its lease 20.

So a sealed Web Push message takes {sealed:.0f} of its 240 for the cipher, the request and the ledger, most of it for
the exchange, which RFC 8291 wants anew for every message. A mail signed with rsa2048 costs {dearer:.0f} more than one
signed with ed25519, and its goal is 250 higher; where receivers take both, ed25519 is the cheaper one.
Given up: signatures and exchanges in another thread (the same CPU, and 50 more for the way there and back), prehashed
RSA (the same), HKDF by the library (dearer than five hashes by hand), all exchanges of a tick before its first request,
and batch scheduling of the process (neither changes anything), one row of the story less per message (about 3, and
the story would no longer say when a message left).
Figures grow by a tenth to a half on a machine that does other work, for a tick then writes fewer messages at once.
"""


def _floors(whole: list[measure.Result], parts: list[measure.Result]) -> str:
    """Where the time goes, by this run's own figures."""
    part = {result.name: result for result in parts}
    seal, rsa, ed = part[floors.SEAL], part[floors.RSA], part[floors.ED25519]
    ledger = next(result for name, result in part.items() if name.startswith("ledger"))
    request = next(result.bare_cpu_ms for result in whole if result.bare.startswith("pyreqwest"))
    return FLOORS.format(
        seal=seal.bare_cpu_ms,
        ours=seal.cpu_ms,
        rsa=rsa.cpu_ms,
        ed=ed.cpu_ms,
        request=request,
        ledger=ledger.cpu_ms,
        plain=ledger.bare_cpu_ms,
        render=part["render sms"].cpu_ms,
        mail=part["render email"].cpu_ms,
        sealed=seal.bare_cpu_ms + request + ledger.cpu_ms,
        dearer=rsa.cpu_ms - ed.cpu_ms,
    )


def _lines(items: list[T], row: Callable[[T], tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row(item))} |" for item in items)


def _whole(result: measure.Result) -> tuple[str, ...]:
    return (
        result.name,
        f"**{result.cpu_ms:.0f}**",
        f"{result.goal_cpu_ms:.0f}, {'met' if result.met else 'missed'}",
        f"{result.bare_cpu_ms:.0f}, {result.bare}",
        f"{result.ratio:.2f}",
        f"{result.per_s:,.0f}/s",
        f"{result.rss_mb:.0f} MB",
        result.note,
    )


def _grown(result: measure.Result) -> tuple[str, ...]:
    return result.name, f"{result.cpu_ms:.1f}", f"{result.per_s:,.0f}/s", f"{result.rss_mb:.0f} MB"


def _fact(fact: scale.Fact) -> tuple[str, ...]:
    verdict = "met" if fact.good else "missed"
    return fact.name, f"{_number(fact.value)} {fact.unit}", f"{fact.goal}: {verdict}", fact.note


def _part(result: measure.Result) -> tuple[str, ...]:
    return (
        result.name,
        f"{result.cpu_ms:.1f} {result.what}",
        f"{result.bare_cpu_ms:.1f}" if result.bare_cpu_ms else "",
        f"{result.ratio:.2f}" if result.ratio else "",
        f"{result.per_s:,.0f}/s",
        result.note,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _machine(machine: figures.Machine) -> str:
    return f"{machine.python}, {machine.cores} cores of {machine.processor}, {machine.system}"
