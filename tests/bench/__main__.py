"""Run benchmarks, each in a process of its own, and write results.json and README.md beside this file."""

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from server import settings
from server.channels import contents
from server.demo import figures, gauge
from server.providers import registry
from tests.bench import measure, sending, working

HERE = Path(__file__).parent
ONE = "--one"  #: run a single benchmark here and print it

BENCHES: dict[str, Callable[[], measure.Result]] = {
    **{f"send {key}": functools.partial(sending.run, key) for key in registry.PROVIDERS},
    "ledger": working.ledger,
    **{f"render {channel}": functools.partial(working.rendered, channel) for channel in contents.CHANNELS},
    "import": working.csv_import,
}


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One round of benchmarks."""

    command: str
    version: str
    machine: figures.Machine
    results: list[measure.Result]


def main(arguments: list[str]) -> int:
    """Run those whose names begin with an argument, all without one; only a whole round is written down."""
    if arguments[:1] == [ONE]:
        print(msgspec.json.encode(BENCHES[arguments[1]]()).decode())
        return 0
    chosen = [name for name in BENCHES if not arguments or any(name.startswith(given) for given in arguments)]
    if not chosen:
        print(f"There is no such benchmark. They are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    results = []
    for name in chosen:
        command = [sys.executable, "-m", "tests.bench", ONE, name]
        told = subprocess.run(command, cwd=HERE.parents[1], stdout=subprocess.PIPE, check=True).stdout
        results.append(msgspec.json.decode(told, type=measure.Result))
        print(line(results[-1]), flush=True)
    if not arguments:
        whole = Results(
            command="make bench", version=settings.VERSION, machine=gauge.machine(), results=results
        )
        (HERE / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")
        (HERE / "README.md").write_text(page(whole), encoding="utf-8")
    return 0


def line(result: measure.Result) -> str:
    """One result for a terminal."""
    said = f"{result.name:32} {result.cpu_ms:8.1f} ms CPU per 1,000 {result.what:8} {result.per_s:9,.0f}/s"
    if result.ratio:
        said += f"   bare {result.bare_cpu_ms:.1f} ms, x {result.ratio:.2f}"
    return said


def page(whole: Results) -> str:
    """README.md."""
    rows = "\n".join(_row(result) for result in whole.results)
    machine = whole.machine
    return f"""# Benchmarks

CPU time of the measured process, all its threads, per 1,000 of what is counted. Sinks run in processes of
their own. *Bare* is the least that does the same to the outside in the same run: for the send path
pyreqwest (for SMTP plain sockets) that sends the very bytes the adapter sent last; for the ledger two plain
updates and inserts a message in as many flushed transactions; for the import `csv.reader` alone. The rate is by
the clock, with whatever else the machine did.

    {whole.command}

runs them all, each for some seconds in a process of its own, and writes this file and `results.json`.
`python -m tests.bench send` runs those whose names begin so, and writes nothing.

Heliograph {whole.version}, {machine.python}, {machine.cores} cores of {machine.processor}, {machine.system}.

| what | CPU ms per 1,000 | bare | ratio | rate | |
|---|---:|---:|---:|---:|---|
{rows}
"""


def _row(result: measure.Result) -> str:
    bare = f"{result.bare_cpu_ms:.1f}" if result.bare_cpu_ms else ""
    ratio = f"{result.ratio:.2f}" if result.ratio else ""
    cells = (
        result.name,
        f"{result.cpu_ms:.1f} {result.what}",
        bare,
        ratio,
        f"{result.per_s:,.0f}/s",
        result.note,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
