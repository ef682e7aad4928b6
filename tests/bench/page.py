"""Write figures down: a line for the terminal, results.json for programs, README.md for people."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from server import settings
from server.demo import figures, gauge
from tests.bench import measure, scale

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

`make bench` measures all of this in a few minutes and writes this page and `results.json`. It installs the sinks
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

{FLOORS}
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
Where the time goes on this kind of machine, in ms per 1,000: an RSA-2048 signature 250 and an Ed25519 one 31, the key
exchange of a sealed Web Push message with its new key pair 81, a request over TLS in pyreqwest 34, the ledger's two
moves and two events 28 (10 of them SQLite's own, 7 the kernel's). With these libraries no program goes below that.
What is left is Python: composing and rendering about 20, the adapter 4 to 15 (a mail's MIME and headers 60), the loop
20. Figures grow by a tenth to a half on a machine that does other work, for a tick then writes fewer messages at once.
"""


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
