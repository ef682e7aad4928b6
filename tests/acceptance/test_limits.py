"""Limits as they are seen from outside: how many reach the providers, when, and what the server says of it."""

import contextlib
import csv
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import client
from server.channels import contents
from server.wire import campaigns, limits, providers
from tests.support import crashing, served

SMS = campaigns.Contents(sms=contents.Sms(body="Hello {{ name }}"))
MAIL = campaigns.Contents(email=contents.Email(subject="Hello", text="Hello {{ name }}"))
PEOPLE = 400


class House:
    """A server with two senders and its twins, and people to send to."""

    def __init__(self, running: served.Served, server: client.Client, audience: int) -> None:
        self.running, self.server, self.audience = running, server, audience
        self.accounts = {row.provider: row for row in server.call(providers.LIST).rows}

    def launch(self, chosen: campaigns.Contents, **more: object) -> tuple[int, int]:
        """Launch to everybody; returns campaign and run."""
        ask = campaigns.SaveCampaign(name="Limits", audience=self.audience, contents=chosen, **more)  # type: ignore[arg-type]
        made = self.server.call(campaigns.CREATE, ask)
        run = self.server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=made.id).run
        assert run is not None
        return made.id, run

    def limit(self, layer: str, *rates: tuple[int, int], subject: str = "", channel: str = "") -> None:
        """Set the limits of one subject; none lifts them."""
        ask = limits.SaveLimits(
            layer=limits.Layer(layer),
            subject=subject,
            channel=channel,
            rates=[limits.Rate(count=count, per_s=per_s) for count, per_s in rates],
        )
        self.server.call(limits.SAVE, ask)

    def times(self, run: int) -> list[float]:
        """When each message of a run came to a provider, by the ledger's intents: nothing leaves before its own."""
        rows = self.running.sql("SELECT at FROM event WHERE run = ? AND kind = 2 ORDER BY at", run)
        return [at / 1e6 for (at,) in rows]

    def arrivals(self, run: int) -> list[float]:
        """When each call of a run came in at the twins: they are the sink, and share no code with the limits."""
        crashing.settled_inbox(self.running.data)
        with contextlib.closing(
            sqlite3.connect(self.running.data / "twins" / "inbox.db", timeout=30)
        ) as inbox:
            rows = inbox.execute("SELECT at FROM arrival WHERE ref LIKE ? ORDER BY at", (f"%-1-{run}-%",))
            return [at for (at,) in rows]

    def gone(self, run: int) -> int:
        """Messages of a run that were handed over."""
        equation = self.server.call(campaigns.RUN, run=run).equation
        return equation.audience - equation.waiting - equation.skipped

    def cancel(self, campaign: int) -> None:
        """End a run early, and wait for the end."""
        if self.server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.RUNNING:
            self.server.call(campaigns.CANCEL, campaign=campaign)
        served.until(
            lambda: (
                self.server.call(campaigns.SHOW, campaign=campaign).status
                in (campaigns.Status.CANCELLED, campaigns.Status.DONE)
            ),
            "the run to end",
        )


def write_people(path: Path) -> None:
    """Everybody with a phone and a mail address: the first half of them at one big domain."""
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["key", "name", "email", "sms"])
        for person in range(1, PEOPLE + 1):
            domain = "big.example" if person <= PEOPLE // 2 else f"d{person}.example"
            sheet.writerow([f"k{person}", f"Person {person}", f"p{person}@{domain}", f"+336{person:08d}"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("limits")
    write_people(folder / "people.csv")
    with served.serve(folder / "data", "--set", "senders=2") as running, running.client() as server:
        served.until(
            lambda: len(server.call(providers.LIST).rows) >= 6 and server.call(providers.LIST),
            "the sandbox's accounts",
        )
        audience = server.call(
            campaigns.SHOW, campaign=crashing.draft(server, folder / "people.csv", SMS)
        ).audience
        assert audience is not None
        made = House(running, server, audience)
        ses = made.accounts["email/ses"]
        server.call(providers.SAVE, crashing.same(ses, enabled=False), account=ses.id)
        yield made


def most_in_any(times: list[float], period_s: float) -> int:
    return max(
        (sum(1 for at in times[first:] if at < start + period_s) for first, start in enumerate(times)),
        default=0,
    )


def test_two_senders_share_a_limit_exactly_and_use_it_up(house: House) -> None:
    twilio = house.accounts["sms/twilio"]
    house.limit("account", (40, 1), subject=str(twilio.id))
    campaign, run = house.launch(SMS)
    served.until(lambda: len(house.times(run)) >= 160, "160 intents")
    house.cancel(campaign)
    times = house.times(run)
    house.limit("account", subject=str(twilio.id))
    slots = house.running.sql("SELECT count(DISTINCT slot) FROM sender")
    assert slots == [(2,)]
    # The tick's own stamps are a few milliseconds behind the moment it counts by.
    assert most_in_any(times, 0.95) <= 40
    lasted = times[159] - times[0]
    assert lasted >= 2.7, lasted
    arrived = house.arrivals(run)
    assert len(arrived) >= 160
    assert arrived[159] - arrived[0] >= 2.5
    assert most_in_any(arrived, 0.75) <= 40


def test_a_limit_of_one_mail_domain_leaves_the_others_alone_and_is_named(house: House) -> None:
    house.limit("domain", (2, 1), subject="big.example")
    campaign, run = house.launch(MAIL)
    others = PEOPLE // 2
    served.until(lambda: house.gone(run) >= others, "everybody at other domains")
    big = house.running.sql(
        "SELECT count(*) FROM message JOIN event USING (workspace, run, seq) WHERE run = ? AND kind = 2"
        " AND address_key LIKE '%@big.example'",
        run,
    )[0][0]
    assert big < others / 2
    pace = served.until(
        lambda: (found := house.server.call(limits.PACE, run=run)).sentence.count("big.example") and found,
        "the domain's limit to be named",
    )
    assert "the limit of big.example, 2 a second" in pace.sentence
    house.limit("domain", subject="big.example")
    served.until(
        lambda: house.server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.DONE,
        "the run to end once the limit is lifted",
        20,
    )


@pytest.mark.parametrize(
    "layer, subject, channel, words",
    [
        ("account", "{account}", "", "the limit of Sandbox Twilio, 20 a second"),
        ("workspace", "", "", "the limit of the workspace, 20 a second"),
        ("route", "+33", "sms", "the limit of SMS to +33, 20 a second"),
        ("campaign", "", "", "the limit of campaign {campaign}, 20 a second"),
    ],
)
def test_why_this_rate_names_the_limit_that_binds(
    house: House, layer: str, subject: str, channel: str, words: str
) -> None:
    account = house.accounts["sms/twilio"].id
    subject = subject.format(account=account)
    if layer != "campaign":
        house.limit(layer, (20, 1), subject=subject, channel=channel)
        campaign, run = house.launch(SMS)
    else:
        campaign, run = house.launch(SMS, limits=[limits.Rate(count=20, per_s=1)])
    named = words.format(campaign=campaign)
    pace = served.until(
        lambda: (found := house.server.call(limits.PACE, run=run)).sentence.count(named) and found,
        f"{named!r} to be named; said: {house.server.call(limits.PACE, run=run).sentence}",
    )
    assert sum(one.share for one in pace.causes) == pytest.approx(1.0)
    assert pace.causes[0].kind == layer
    served.until(lambda: house.server.call(limits.PACE, run=run).eta_low_s is not None, "an ETA", 15)
    pace = house.server.call(limits.PACE, run=run)
    assert pace.eta_low_s is not None
    assert pace.eta_high_s is not None
    assert pace.eta_low_s <= pace.left / 20 <= pace.eta_high_s * 1.2
    house.cancel(campaign)
    if layer != "campaign":
        house.limit(layer, subject=subject, channel=channel)


def test_a_test_message_passes_a_bulk_run_that_has_used_up_the_limit(house: House) -> None:
    account = str(house.accounts["sms/twilio"].id)
    house.limit("account", (5, 1), subject=account)
    bulk, run = house.launch(SMS)
    served.until(lambda: house.gone(run) >= 10, "the bulk run to be at its limit")
    began = time.time()
    test, urgent = house.launch(SMS, priority=limits.Priority.TEST)
    served.until(lambda: len(house.times(urgent)) >= 1, "the first test message", 10)
    took = house.times(urgent)[0] - began
    before, later = len(house.times(run)), len(house.times(urgent))
    served.until(lambda: len(house.times(urgent)) >= later + 10, "more of the test")
    assert len(house.times(run)) - before <= 10  # the test goes first
    house.cancel(test)
    house.cancel(bulk)
    house.limit("account", subject=account)
    assert took < 1.5, took


def test_a_changed_limit_takes_effect_within_a_second(house: House) -> None:
    account = str(house.accounts["sms/twilio"].id)
    house.limit("account", (2, 60), subject=account)
    campaign, run = house.launch(SMS)
    served.until(lambda: house.gone(run) >= 1, "the first message")
    house.limit("account", (10_000, 1), subject=account)
    raised = time.time()
    served.until(
        lambda: house.server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.DONE,
        "the run to end at its new pace",
    )
    first = next(at for at in house.times(run) if at > raised)
    house.limit("account", subject=account)
    assert first - raised < 2.5, first - raised
