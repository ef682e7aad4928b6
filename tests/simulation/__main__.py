"""Run many made-up worlds: `python -m tests.simulation [--seeds N] [--first SEED]`, or one again with `--seed SEED`."""

import argparse
import collections
import concurrent.futures
import gc
import logging
import os
import sys
import time
from collections.abc import Iterator

from tests.simulation import campaign, machines, network

#: Worlds one worker takes at a time.
PIECE = 5


def main(arguments: list[str] | None = None) -> int:
    """Print what the worlds saw; 1 if the promise broke in one of them, with the seeds that break it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="one world alone, told in full")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.NOTSET if chosen.seed is not None else logging.CRITICAL)
    if chosen.seed is not None:
        print(campaign.simulate(chosen.seed))
        return 0
    started = time.monotonic()
    sums, acts, fates = (collections.Counter[str]() for _ in range(3))
    most_refused, broken = 0, []
    for told in _worlds(range(chosen.first, chosen.first + chosen.seeds)):
        if isinstance(told, str):
            broken.append(told)
            print(told, flush=True)
            continue
        sums.update(
            campaigns=1,
            messages=told.audience,
            arrived=told.taken,
            doubts=told.doubts,
            kills=told.kills,
            kills_while_sending=told.kills_while_sending,
            stops=told.stops,
            commits=told.commits,
        )
        sums.update({f"ended_{told.ended}": 1})
        most_refused = max(most_refused, told.most_refused)
        acts.update(told.acts)
        fates.update(told.fates)
    print("what happened:", ", ".join(f"{name} {count:,}" for name, count in sorted(acts.items())))
    print("what calls met:", ", ".join(f"{fate.value} {fates[fate.value]:,}" for fate in network.Fate))
    print(f"calls by one lane with a revoked key, at most: {most_refused} (its window is {machines.WINDOW})")
    words = " ".join(f"{name}={count}" for name, count in sums.items())
    print(f"{words} broken={len(broken)} took={time.monotonic() - started:.0f}s")
    return 1 if broken else 0


def _worlds(seeds: range) -> Iterator[campaign.Told | str]:
    pieces = [seeds[start : start + PIECE] for start in range(0, len(seeds), PIECE)]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), initializer=_quiet) as pool:
        for piece in pool.map(_piece, pieces):
            yield from piece


def _quiet() -> None:
    """Senders that die by the hundred say so by the hundred; and the garbage of a world is left to its end."""
    logging.disable(logging.CRITICAL)
    gc.disable()


def _piece(seeds: range) -> list[campaign.Told | str]:
    """The worlds of some seeds; a broken one as its sentence."""
    found: list[campaign.Told | str] = []
    for seed in seeds:
        try:
            found.append(campaign.simulate(seed))
        except campaign.Broken as error:
            found.append(f"BROKEN {error} (again with --seed {seed})")
        except Exception as error:  # noqa: BLE001  # an end nobody foresaw is told like any other
            found.append(f"BROKEN seed {seed}: {error!r} (again with --seed {seed})")
        gc.collect()
    return found


if __name__ == "__main__":
    sys.exit(main())
