"""The fault harness at length: `python -m tests.acceptance.soak`, with KILLS and RECIPIENTS from the environment."""

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from server import client
from server.wire import ledger
from tests.support import crashing


def main() -> int:
    """Kill a sending server KILLS times over a run of RECIPIENTS people; write soak.json; 0 if the verdict is good."""
    kills = int(os.environ.get("KILLS", "200"))
    recipients = int(os.environ.get("RECIPIENTS", "100000"))
    seed = int(os.environ.get("SEED", "1"))
    with tempfile.TemporaryDirectory(prefix="heliograph-soak-") as folder:
        verdict = soak(Path(folder), kills=kills, recipients=recipients, seed=seed)
    told = {"kills_asked": kills, "recipients": recipients, "seed": seed, **asdict(verdict)}
    Path("soak.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    good = verdict.balanced and not (
        verdict.lost or verdict.hidden or verdict.strangers or verdict.doubled_unlisted
    )
    print(f"seed={seed} {verdict.sentence()} verdict={'good' if good else 'BAD'}")
    return 0 if good else 1


def soak(folder: Path, *, kills: int, recipients: int, seed: int) -> crashing.Verdict:
    """One launch, many kills, and the audit at the end."""
    people, data = folder / "people.csv", folder / "data"
    crashing.write_people(people, recipients)
    with crashing.twins(data):
        run, verdict = crashing.kill_at_random(
            data,
            kills=kills,
            messages_total=recipients * len(crashing.CHANNELS),
            seed=seed,
            start=lambda: crashing.serving(data),
            begin=lambda server: crashing.launch(server, people),
        )
        with crashing.serving(data), client.on(data) as server:
            verdict.balanced &= not server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences
    return verdict


if __name__ == "__main__":
    sys.exit(main())
