"""Kill -9 at random moments of a run: nothing is lost, nothing is doubled, and what nobody knows is listed in doubt."""

from pathlib import Path

from server import client
from server.wire import ledger
from tests.support import crashing

PEOPLE = 5_000
KILLS = 10
SEED = 20_261_120
WINDOW = 64
LANES = 4  # APNs, SMTP, SES, Twilio


def test_ten_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, PEOPLE)
    data = tmp_path / "data"
    with crashing.twins(data):
        run, verdict = crashing.kill_at_random(
            data,
            kills=KILLS,
            messages_total=PEOPLE * len(crashing.CHANNELS),
            seed=SEED,
            start=lambda: crashing.serving(data),
            begin=lambda server: crashing.launch(server, people),
        )
        with crashing.serving(data), client.on(data) as server:
            audit = server.call(ledger.AUDIT, ledger.AuditAsk(run=run))
    print(f"seed={SEED} {verdict.sentence()}")
    assert verdict.kills == KILLS
    assert verdict.kills_while_sending >= KILLS // 2, "a kill that finds nothing under way proves nothing"
    assert verdict.audience == PEOPLE * len(crashing.CHANNELS)
    assert verdict.lost == []
    assert verdict.hidden == []
    assert verdict.strangers == []
    assert verdict.doubled == []
    assert verdict.balanced
    assert verdict.doubts <= KILLS * WINDOW * LANES
    assert audit.differences == []
