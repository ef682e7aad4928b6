"""A provider that goes away in the middle of a run, and comes back."""

from pathlib import Path

import pytest

from server import client
from server.store.ledger import codes
from server.wire import campaigns, ledger, providers
from tests.support import crashing, served

PEOPLE = 1_500
WINDOW = 64
LANES = 4
HELD_PER_S = 20.0  #: what no machine is too slow for; two lanes of it take 37 s over the mails, so that the run goes on
UNHELD_PER_S = 0.0


@pytest.mark.timeout(240)  # a lane that paused itself looks again after a minute at the latest
def test_a_provider_that_is_down_loses_nobody_and_the_run_goes_on_when_it_is_back(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, PEOPLE)
    data = tmp_path / "data"
    with (
        crashing.twins(data),
        served.serve(data, "--set", "twins=false") as running,
        running.client() as server,
    ):
        wired(server)
        hold(server, HELD_PER_S)
    with served.serve(data, "--set", "twins=false") as running, running.client() as server:
        with crashing.twins(data):
            wired(server)
            run = crashing.launch(server, people)
            served.until(lambda: taken(data) > 0, what="the run to be under way")
        served.until(lambda: failing(server), what="a lane to say that its provider does not answer")
        equation = server.call(campaigns.RUN, run=run).equation
        assert equation.balances
        assert equation.waiting > 0
        with crashing.twins(data):
            hold(server, UNHELD_PER_S)
            served.until(
                lambda: server.call(campaigns.SHOW, campaign=1).status is campaigns.Status.DONE,
                what="the run to be done",
                patience_s=180,
            )
            verdict = crashing.judge(server, data, run, crashing.Verdict())
        assert verdict.lost == verdict.hidden == verdict.doubled == verdict.strangers == []
        assert verdict.balanced
        assert verdict.doubts <= WINDOW * LANES
        assert server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences == []


def wired(server: client.Client) -> None:
    served.until(lambda: len(server.call(providers.LIST).rows) == 7, what="the sandbox's accounts")


def hold(server: client.Client, rate_per_s: float) -> None:
    """Hold every account to a rate; 0 lets it go as fast as it can."""
    for account in server.call(providers.LIST).rows:
        server.call(providers.SAVE, crashing.same(account, rate_per_s=rate_per_s), account=account.id)


def taken(data: Path) -> int:
    return crashing.count(data, *(state for state, term in codes.TERMS.items() if term == "accepted"))


def failing(server: client.Client) -> bool:
    return any(account.health is providers.Health.FAILING for account in server.call(providers.LIST).rows)
