"""The fault harness at length: `python -m tests.acceptance.soak`; docs/faults.md says what it proves.

From the environment: KILLS (200) and RECIPIENTS (100000) of each channel, SEED (drawn and printed where none is given),
CHANNELS (email,sms,apns), JOBS (as many channels at once as there are cores), FAULTS=0 for the kills alone, ONLY=E4,P3
for some faults alone. Writes soak.json, and ends with 0 only if every verdict is good.
"""

import concurrent.futures
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.acceptance import faults
from tests.acceptance.harness import judging, striking, systems
from tests.support import crashing

CHANNELS = ("email", "sms", "apns")
#: Enough for the naive sender to be found out.
NAIVE_PEOPLE, NAIVE_KILLS, NAIVE_HOLD_S = 3_000, 20, 0.01
#: Of a long soak's kills, so many must have found messages under way, or it has proven little.
LEAST_WHILE_SENDING = 20
SHOWN = 20  #: references of each list of faults in the file


def main() -> int:
    """Kill, break, judge; write soak.json."""
    kills, people = int(os.environ.get("KILLS", "200")), int(os.environ.get("RECIPIENTS", "100000"))
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1, 1_000_000))
    only = tuple(filter(None, os.environ.get("ONLY", "").split(",")))
    channels = () if only else tuple(os.environ.get("CHANNELS", ",".join(CHANNELS)).split(","))
    if channels:
        say(f"seed {seed}: the same kills again with SEED={seed} KILLS={kills} RECIPIENTS={people} make soak")
    told: dict[str, Any] = {
        "seed": seed,
        "kills_asked": kills,
        "recipients": people,
        "channels": {},
        "faults": {},
    }
    with tempfile.TemporaryDirectory(prefix="heliograph-soak-") as folder:
        told["channels"] = all_channels(Path(folder), channels, kills=kills, people=people, seed=seed)
        if channels:
            told["naive"] = the_naive(Path(folder), seed=seed)
        if os.environ.get("FAULTS", "1") != "0":
            for fault in faults.chosen(only):
                told["faults"][fault.key] = one_fault(fault)
    told["good"] = all(
        row["verdict"] == "good"
        for row in (
            *told["channels"].values(),
            *told["faults"].values(),
            *([told["naive"]] if channels else ()),
        )
    )
    Path("soak.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    say(f"soak.json is written; seed={seed} verdict={'good' if told['good'] else 'BAD'}")
    return 0 if told["good"] else 1


def say(words: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def all_channels(
    folder: Path, channels: tuple[str, ...], *, kills: int, people: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Each channel with its own server and sink; several at once, for most of a kill is waiting for a restart."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count() or 1)) as pool:
        running = {
            channel: pool.submit(one_channel, folder, channel, kills=kills, people=people, seed=seed)
            for channel in channels
        }
        found = {channel: one.result() for channel, one in running.items()}
    if channels:
        say(f"{', '.join(channels)}: {(time.monotonic() - began) / 60:.1f} minutes")
    return found


def one_channel(folder: Path, channel: str, *, kills: int, people: int, seed: int) -> dict[str, Any]:
    """One campaign over one channel, killed again and again. Mails go to the plain sink, the others to their twins."""
    place = folder / channel
    place.mkdir()
    say(f"{channel}: {people:,} people, {kills} kills")

    def hear(words: str) -> None:
        say(f"{channel}: {words}")

    if channel == "email":
        with systems.mail_sink(place) as sink:
            system = systems.Heliograph(
                data=place / "data", people=people, channels=(channel,), mail_sink=sink
            )
            report = striking.strike(system, kills=kills, seed=seed, told=hear)
    else:
        with crashing.twins(place / "data"):
            system = systems.Heliograph(data=place / "data", people=people, channels=(channel,))
            report = striking.strike(system, kills=kills, seed=seed, told=hear)
    [verdict] = report.verdicts
    told = figures(verdict) | {
        "seconds": round(report.seconds, 1),
        "restart_ready_s_p95": round(p95(system.ready_s), 2),
        "restarts": len(system.ready_s),
    }
    if verdict.kills_while_sending < min(LEAST_WHILE_SENDING, kills // 5):
        told["verdict"] = "bad"
        told["against"].append(f"only {verdict.kills_while_sending} kills found messages under way")
    say(verdict.sentence())
    return told


def figures(verdict: judging.Verdict) -> dict[str, Any]:
    """A verdict as the file has it."""
    return {
        "verdict": "good" if verdict.good else "bad",
        "against": verdict.faults,
        "kills": verdict.kills,
        "kills_while_sending": verdict.kills_while_sending,
        "kills_by_state": dict(verdict.fell),
        "audience": verdict.audience,
        "accepted": verdict.accepted,
        "under_way_at_kills": verdict.unanswered,
        "under_way_and_taken": verdict.unwritten,
        "most_under_way_in_a_lane": verdict.most_in_lane,
        "window": verdict.window,
        "doubts": verdict.doubts,
        "doubts_ever": verdict.listed,
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "doubled_unlisted": len(verdict.doubled_unlisted),
        "hidden": len(verdict.hidden),
        "strangers": len(verdict.strangers),
        "balanced": verdict.balanced,
        "references": [*verdict.lost, *verdict.doubled_unlisted, *verdict.hidden, *verdict.strangers][:SHOWN],
    }


def p95(seconds: list[float]) -> float:
    """The 95th of a hundred."""
    return (
        statistics.quantiles(seconds, n=20, method="inclusive")[-1]
        if len(seconds) > 1
        else max(seconds, default=0)
    )


def the_naive(folder: Path, *, seed: int) -> dict[str, Any]:
    """The naive sender under the same harness: good is what finds it out."""
    place = folder / "naive"
    place.mkdir()
    with systems.mail_sink(place, hold_s=NAIVE_HOLD_S) as sink:
        system = systems.Naive(database=place / "naive.db", people=NAIVE_PEOPLE, mail_sink=sink)
        report = striking.strike(system, kills=NAIVE_KILLS, seed=seed)
    [verdict] = report.verdicts
    say(f"the naive sender, {verdict.sentence()}")
    return figures(verdict) | {"verdict": "bad" if verdict.good else "good", "found_out": not verdict.good}


def one_fault(fault: faults.Fault) -> dict[str, Any]:
    """Run one fault's tests in their long form."""
    began = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "--timeout=900",
            *fault.tests,
        ],
        env=os.environ | {"SOAK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    good = done.returncode == 0
    seconds = round(time.monotonic() - began, 1)
    say(f"{fault.key} {fault.what}: {'good' if good else 'BAD'} ({seconds} s)")
    if not good:
        print(done.stdout[-6000:], done.stderr[-2000:], sep="\n", flush=True)
        say(f"again with: SOAK=1 python -m pytest {' '.join(fault.tests)}")
    return {
        "verdict": "good" if good else "bad",
        "what": fault.what,
        "seconds": seconds,
        "tests": list(fault.tests),
    }


if __name__ == "__main__":
    sys.exit(main())
