"""Weights move away from an account that got slow, seen from two mail servers."""

import csv
from pathlib import Path

from server import client
from server.channels import contents
from server.pipeline.delivery import balancing
from server.wire import campaigns, limits, providers
from server.wire import server as wire
from tests.acceptance.harness import systems
from tests.support import crashing, served

PEOPLE = 260
MAIL = campaigns.Contents(email=contents.Email(subject="Hello", text="Hello {{ name }}"))


def write_people(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["key", "name", "email"])
        sheet.writerows([f"k{n}", f"Person {n}", f"p{n}@example.com"] for n in range(1, PEOPLE + 1))


def add(server: client.Client, name: str, sink: "systems.MailSink") -> providers.Account:
    """An account that hands mails to a sink."""
    return server.call(
        providers.CREATE,
        providers.SaveAccount(
            name=name,
            provider="email/smtp",
            settings={"endpoint": f"smtp://127.0.0.1:{sink.port}", "from_address": "news@example.com"},
        ),
    )


def shifted(server: client.Client) -> dict[str, int]:
    """Account to the points it has more or less than by its weight."""
    return {row.name: row.shifted for row in server.call(providers.LIST).rows}


def test_a_slow_account_gives_points_to_the_quick_one_and_its_messages_stay_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("slow", "quick"):
        (tmp_path / name).mkdir()
    with (
        systems.mail_sink(tmp_path / "slow", hold_s=balancing.SLOW_S + 0.3) as slow,
        systems.mail_sink(tmp_path / "quick") as quick,
        served.serve(data, "--set", "twins=false") as running,
        running.client() as server,
    ):
        made = server.call(
            wire.ADD_WORKSPACE, wire.AddWorkspace(name="Weights", environment=wire.Environment.STAGING)
        )
        server.work_in(str(made.workspace.id))
        add(server, "Slow", slow)
        add(server, "Quick", quick)
        write_people(tmp_path / "people.csv")
        campaign = crashing.draft(server, tmp_path / "people.csv", MAIL)
        # Both accounts stay in use while the slow one shows itself.
        limit = limits.SaveLimits(layer=limits.Layer.WORKSPACE, rates=[limits.Rate(count=30, per_s=1)])
        server.call(limits.SAVE, limit)
        run = server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=campaign).run
        assert run is not None
        served.until(lambda: shifted(server) == {"Slow": -10, "Quick": 10}, "ten points to move")
        server.call(limits.SAVE, limits.SaveLimits(layer=limits.Layer.WORKSPACE))
        served.until(
            lambda: server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.DONE,
            "the run to end",
        )
        assert shifted(server) == {"Slow": -10, "Quick": 10}  # no second move within five minutes
        taken = slow.counted() + quick.counted()
        assert len(taken) == PEOPLE
        assert max(taken.values()) == 1
        found = server.call(campaigns.RUN, run=run).equation
        assert (found.accepted, found.doubt) == (PEOPLE, 0)
