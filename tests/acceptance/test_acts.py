"""Pause, resume, cancel, and set-ups that do not work: by the real server against the twins, judged by their inbox."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from server import client
from server.store.ledger import codes
from server.wire import campaigns, ledger, problems, providers
from server.wire import server as wire_server
from tests.support import crashing, served

PEOPLE = 3_000
LANES = 4
WINDOW = 64


def arrived(data: Path) -> int:
    """Messages the twins took so far."""
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        (found,) = inbox.execute("SELECT coalesce(sum(taken), 0) FROM arrival").fetchone()
    return int(found)


def quiet(data: Path) -> int:
    """Wait until nothing is under way any more; how much had arrived by then."""
    served.until(lambda: crashing.count(data, codes.SENDING) == 0, what="everything under way to be answered")
    taken = crashing.count(data, *(state for state, term in codes.TERMS.items() if term == "accepted"))
    served.until(lambda: arrived(data) >= taken, what="the twins' inbox to be written")
    return arrived(data)


def status(server: client.Client, campaign: int = 1) -> campaigns.Status:
    return server.call(campaigns.SHOW, campaign=campaign).status


def judged(server: client.Client, data: Path, run: int) -> crashing.Verdict:
    verdict = crashing.judge(server, data, run, crashing.Verdict())
    assert verdict.lost == verdict.hidden == verdict.doubled == verdict.strangers == []
    assert server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences == []
    return verdict


def test_a_paused_run_sends_nothing_survives_a_restart_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, PEOPLE)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        run = crashing.launch(server, people)
        served.until(
            lambda: crashing.count(running.data, codes.WAITING) < PEOPLE * 2.5, what="the run to be under way"
        )
        assert server.call(campaigns.PAUSE, campaign=1).status is campaigns.Status.PAUSED
        stopped = quiet(running.data)
        assert 0 < stopped < PEOPLE * 3
        with pytest.raises(problems.Refused, match="is paused and cannot be paused"):
            server.call(campaigns.PAUSE, campaign=1)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        assert status(server) is campaigns.Status.PAUSED
        assert quiet(running.data) == stopped
        server.call(campaigns.RESUME, campaign=1)
        served.until(
            lambda: status(server) is campaigns.Status.DONE, what="the run to be done", patience_s=90
        )
        verdict = judged(server, running.data, run)
        assert verdict.balanced
        assert verdict.doubts == 0


def test_a_cancelled_run_lets_no_more_leave_than_was_under_way_and_stays_cancelled(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, PEOPLE)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        run = crashing.launch(server, people)
        served.until(
            lambda: crashing.count(running.data, codes.WAITING) < PEOPLE * 2.5, what="the run to be under way"
        )
        before = arrived(running.data)
        server.call(campaigns.CANCEL, campaign=1)
        served.until(lambda: status(server) is campaigns.Status.CANCELLED, what="the run to be cancelled")
        after = quiet(running.data)
        assert after - before <= 2 * WINDOW * LANES  # what was under way, and what left between the two looks
        equation = server.call(campaigns.RUN, run=run).equation
        assert equation.balances
        assert equation.cancelled > 0
        assert equation.waiting == equation.sending == 0
        with pytest.raises(problems.Refused, match="cannot be resumed"):
            server.call(campaigns.RESUME, campaign=1)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        assert status(server) is campaigns.Status.CANCELLED
        assert quiet(running.data) == after
        judged(server, running.data, run)


def test_a_wrong_key_halts_its_lane_burns_nobody_and_mended_sends_everything(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    crashing.write_people(people, 300)
    with served.serve(tmp_path / "data") as running, running.client() as server:
        accounts = server.call(providers.LIST).rows
        twilio = next(account for account in accounts if account.provider == "sms/twilio")
        break_account(server, twilio)
        run = crashing.launch(server, people)
        halted = served.until(
            lambda: next(
                (
                    account
                    for account in server.call(providers.LIST).rows
                    if account.id == twilio.id and account.health is providers.Health.HALTED
                ),
                None,
            ),
            what="the lane to halt",
        )
        assert "20003" in halted.health_text
        served.until(
            lambda: server.call(campaigns.RUN, run=run).by_channel["email"].waiting == 0,
            what="the other lanes to finish",
            patience_s=60,
        )
        sms = server.call(campaigns.RUN, run=run).by_channel["sms"]
        assert (sms.waiting, sms.failed, sms.accepted) == (300, 0, 0)
        alarms = [alarm.title for alarm in server.call(wire_server.OVERVIEW).alarms]
        assert any("halted" in title for title in alarms)
        mend_account(server, running.data, twilio)
        served.until(
            lambda: status(server) is campaigns.Status.DONE, what="the run to be done", patience_s=60
        )
        verdict = judged(server, running.data, run)
        assert verdict.balanced
        assert verdict.audience == 900


def secrets_of(data: Path, key: str) -> dict[str, str]:
    """What the twin gave out, as an operator would have it in the provider's own console."""
    credentials = json.loads((data / "twins" / "world.json").read_text())["credentials"][key]
    return {"auth_token": credentials["auth_token"]}


def save(account: providers.Account, secrets: dict[str, str]) -> providers.SaveAccount:
    return providers.SaveAccount(
        name=account.name, provider=account.provider, settings=account.settings, secrets=secrets
    )


def break_account(server: client.Client, account: providers.Account) -> None:
    server.call(providers.SAVE, save(account, {"auth_token": "0" * 32}), account=account.id)


def mend_account(server: client.Client, data: Path, account: providers.Account) -> None:
    server.call(providers.SAVE, save(account, secrets_of(data, account.provider)), account=account.id)
