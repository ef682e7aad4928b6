"""Run benchmarks, each in a process of its own, and write results.json and README.md beside this file."""

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from server.channels import contents
from server.providers import registry
from tests.bench import flood, floors, house, measure, million, page, programs, scale, sending, whole, working

HERE = Path(__file__).parent
ONE = "--one"  #: measure a single thing here and print it

#: The whole path of a message, which the goals are set for.
WHOLE: dict[str, Callable[[], measure.Result]] = {
    name: functools.partial(whole.measured, name) for name in whole.WORKS
}
#: What it is made of, and what the rest of the server does meanwhile.
PARTS: dict[str, Callable[[], measure.Result]] = {
    **{f"send {key}": functools.partial(sending.run, key) for key in registry.PROVIDERS},
    **floors.FLOORS,
    "ledger": working.ledger,
    **{f"render {channel}": functools.partial(working.rendered, channel) for channel in contents.CHANNELS},
    "import": working.csv_import,
    **house.BENCHES,
}
#: How all of it grows.
SECTIONS = scale.SECTIONS | million.SECTIONS | flood.SECTIONS
NAMES = (*WHOLE, *SECTIONS, *PARTS)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What measuring one name gave."""

    results: list[measure.Result]
    facts: list[scale.Fact] = []


def main(arguments: list[str]) -> int:
    """Run those whose names begin with an argument, all without one; only a whole round is written down."""
    if arguments[:1] == [ONE]:
        print(msgspec.json.encode(_measure(arguments[1])).decode())
        return 0
    chosen = [name for name in NAMES if not arguments or any(name.startswith(given) for given in arguments)]
    if not chosen:
        print(f"There is no such benchmark. They are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    try:
        programs.ready()
    except programs.Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    everything = {name: _in_its_own_process(name) for name in chosen}
    if not arguments:
        page.write(
            HERE,
            whole=[result for name in WHOLE for result in everything[name].results],
            scale=[result for name in SECTIONS for result in everything[name].results],
            facts=[fact for name in SECTIONS for fact in everything[name].facts],
            parts=[result for name in PARTS for result in everything[name].results],
        )
    return 0


def _measure(name: str) -> Measured:
    if name in SECTIONS:
        results, facts = SECTIONS[name]()
        return Measured(results=results, facts=facts)
    return Measured(results=[(WHOLE.get(name) or PARTS[name])()])


def _in_its_own_process(name: str) -> Measured:
    command = [sys.executable, "-m", "tests.bench", ONE, name]
    told = subprocess.run(command, cwd=HERE.parents[1], stdout=subprocess.PIPE, check=True).stdout
    measured = msgspec.json.decode(told, type=Measured)
    for result in measured.results:
        print(page.line(result), flush=True)
    for fact in measured.facts:
        print(page.sentence(fact), flush=True)
    return measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
