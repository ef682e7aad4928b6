"""P1 to P4 and P10: a real server sends by two providers outside it, and one of them fails in every way."""

import collections
import csv
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server import client
from server.channels import contents
from server.wire import audiences, campaigns, ledger, providers
from server.wire import server as server_wire
from tests.support import crashing, gateway, served
from tests.support.gateway import EMAIL, SMS

PEOPLE = 500
FEW = 150
WINDOW = 64
RATE = 100.0  #: calls a second each account is held to, so that no machine's speed decides
TIMEOUT_S = 1.0
CONTENTS = campaigns.Contents(
    email=contents.Email(subject="Hello {{ name }}", text="Hello {{ name }}"),
    sms=contents.Sms(body="Hello {{ name }}"),
)


@dataclass(slots=True, kw_only=True)
class Desk:
    """A server, its far side, and the two accounts between them."""

    server: client.Client
    data: Path
    far: gateway.Gateway
    many: int  #: an audience of PEOPLE
    few: int  #: and one of FEW
    sms: int
    email: int
    runs: int = 0

    def launch(self, *, email: bool = True, audience: int = 0) -> tuple[int, int]:
        """A campaign, to many unless told otherwise; returns it and its run."""
        self.far.forget()
        self.runs += 1
        written = CONTENTS if email else campaigns.Contents(sms=CONTENTS.sms)
        made = self.server.call(
            campaigns.CREATE,
            campaigns.SaveCampaign(
                name=f"Faults {self.runs}", audience=audience or self.many, contents=written
            ),
        )
        launched = self.server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=made.id)
        assert launched.run is not None
        return made.id, launched.run

    def account(self, number: int) -> providers.Account:
        """An account as the API shows it."""
        return self.server.call(providers.SHOW, account=number)

    def change(self, number: int, *, password: str = "", **changed: object) -> None:
        """Save an account, changed; with another password too where one is given."""
        ask = crashing.same(self.account(number), **changed)
        if password:
            kept = {name: getattr(ask, name) for name in ask.__struct_fields__}
            ask = providers.SaveAccount(**(kept | {"secrets": {"auth_token": password}}))
        self.server.call(providers.SAVE, ask, account=number)

    def equation(self, run: int) -> ledger.Equation:
        """The run's equation, which always closes."""
        found = self.server.call(campaigns.RUN, run=run).equation
        assert found.balances
        return found

    def finish(self, campaign: int, run: int, *, patience_s: float = 90.0) -> ledger.Equation:
        """Wait for the end; nothing may differ between the ledger's tallies and its messages."""
        served.until(
            lambda: self.server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.DONE,
            what="the run to be done",
            patience_s=patience_s,
        )
        assert self.server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences == []
        return self.equation(run)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("faults")
    arguments = ("--set", "twins=false", "--set", f"provider_timeout_s={TIMEOUT_S}")
    with (
        gateway.opened() as far,
        served.serve(folder / "data", *arguments) as running,
        running.client() as server,
    ):
        ask = server_wire.AddWorkspace(name="Northwind", environment=server_wire.Environment.PRODUCTION)
        server.work_in(str(server.call(server_wire.ADD_WORKSPACE, ask).workspace.id))
        yield Desk(
            server=server,
            data=running.data,
            far=far,
            many=_people(server, folder / "many.csv", PEOPLE),
            few=_people(server, folder / "few.csv", FEW),
            sms=_sms(server, far.url),
            email=_email(server, far.url),
        )


@pytest.fixture(autouse=True)
def behaves(desk: Desk) -> Iterator[None]:
    yield
    desk.far.behaviour.clear()


def _people(server: client.Client, path: Path, count: int) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["key", "name", "email", "sms"])
        sheet.writerows(
            [f"k{n}", f"Person {n}", f"p{n}@example.com", f"+336{n:08d}"] for n in range(1, count + 1)
        )
    imported = server.upload(audiences.IMPORT, audiences.ImportAsk(file=path.name), iter([path.read_bytes()]))
    served.until(
        lambda: server.call(audiences.IMPORTED, id=imported.id).status is audiences.ImportStatus.DONE,
        what="the import to be done",
    )
    audience = server.call(audiences.IMPORTED, id=imported.id).audience
    assert audience is not None
    return audience


def _sms(server: client.Client, url: str) -> int:
    ask = providers.SaveAccount(
        name="Our SMS gateway",
        provider="sms/twilio",
        rate_per_s=RATE,
        settings={"account_sid": "AC" + "0" * 32, "sender": "+14155550100", "endpoint": url},
        secrets={"auth_token": gateway.PASSWORD},
    )
    return server.call(providers.CREATE, ask).id


def _email(server: client.Client, url: str) -> int:
    ask = providers.SaveAccount(
        name="Our mail gateway",
        provider="email/ses",
        rate_per_s=RATE,
        settings={
            "region": "eu-west-1",
            "access_key_id": "AKIDEXAMPLE12345",
            "from_address": "news@example.com",
            "endpoint": url,
        },
        secrets={"secret_access_key": "k" * 40},
    )
    return server.call(providers.CREATE, ask).id


def kept_its_rate(desk: Desk, since: float, until: float) -> None:
    """The other lane's rate, by what arrived outside, from then to then or to its last message.

    Looked at over whole seconds, the period of the limit: within one of them messages may leave in bunches.
    """
    mails = desk.far.of(EMAIL)
    until = min(until, mails[-1].at) if len(mails) >= PEOPLE else until
    seconds = int(until - since)
    assert seconds >= 1, "the other lane was done before the fault"
    arrived = len(desk.far.of(EMAIL, since=since, until=since + seconds))
    assert arrived >= 0.9 * RATE * seconds, (arrived, seconds)


def test_an_outage_opens_the_breaker_is_probed_seldom_and_costs_nobody(desk: Desk) -> None:
    """P1."""
    campaign, run = desk.launch()
    served.until(lambda: len(desk.far.of(SMS, 201)) > 30, what="the run to be under way")
    began = time.monotonic()
    desk.far.behaviour[SMS] = lambda *_: gateway.DOWN
    shown = served.until(
        lambda: (found := desk.account(desk.sms)).lane is providers.LaneState.OPEN and found,
        what="the account to say that nothing leaves",
    )
    assert time.monotonic() - began < 10.0
    assert shown.health is providers.Health.FAILING
    assert shown.lane_because == "the provider says that it is not working"
    assert shown.lane_resumes_at is not None
    served.until(lambda: len(desk.far.of(SMS, 503, since=began + 5.0)) >= 1, what="a probe", patience_s=20.0)
    ended = time.monotonic()
    desk.far.behaviour.clear()
    kept_its_rate(desk, began, ended)
    refused = desk.far.of(SMS, 503)
    last_of_burst = max(one.at for one in refused if one.at < began + 4.0)
    probes = [one.at for one in refused if one.at > last_of_burst]
    assert all(later - sooner >= 4.9 for sooner, later in itertools.pairwise([last_of_burst, *probes]))
    equation = desk.finish(campaign, run)
    back = next(one.at for one in desk.far.of(SMS, 201, since=ended))
    assert back - ended < 30.0
    after = desk.far.of(SMS, 201, since=back)
    # The lane opens up within a second or two; from then on it is held back by its rate alone.
    assert after[len(after) // 2].at - back <= 1.5 * (len(after) / 2) / RATE + 2.0
    assert (equation.failed, equation.doubt) == (0, 0)
    assert desk.far.doubled() == []
    assert len({one.to for one in desk.far.of(SMS, 201)}) == PEOPLE


def test_a_provider_that_hangs_leaves_a_window_of_doubts_and_the_other_lane_goes_on(desk: Desk) -> None:
    """P4."""
    campaign, run = desk.launch()
    served.until(lambda: len(desk.far.of(SMS, 201)) > 30, what="the run to be under way")
    began = time.monotonic()
    desk.far.behaviour[SMS] = lambda *_: gateway.HANGS
    shown = served.until(
        lambda: (found := desk.account(desk.sms)).lane is providers.LaneState.OPEN and found,
        what="the account to say that nothing leaves",
    )
    ended = time.monotonic()
    desk.far.behaviour.clear()
    assert shown.lane_because == "the provider does not answer"
    kept_its_rate(desk, began, ended)
    equation = desk.finish(campaign, run)
    hung = len(desk.far.of(SMS, 0))
    assert equation.doubt == hung
    assert 5 <= hung <= WINDOW + 1
    assert equation.failed == 0
    assert desk.far.doubled() == []
    took = crashing.read(
        desk.data,
        "SELECT max(json_extract(detail, '$.took_ms')) FROM event WHERE run = ? AND detail LIKE '%no_answer%'",
        run,
    )
    assert float(str(took[0][0])) <= (TIMEOUT_S + 2.0) * 1000


def test_errors_at_random_are_retried_within_the_budget_and_nobody_is_lost_or_doubled(desk: Desk) -> None:
    """P2."""
    chance, failures = random.Random(7), collections.Counter[str]()

    def now_and_then(to: str, _password: str, _number: int) -> gateway.Answer | None:
        # Nobody more than three times, or the last of the run would be waited for longer than all before.
        if failures[to] == 3 or chance.random() >= 0.3:
            return None
        failures[to] += 1
        return gateway.DOWN

    desk.far.behaviour[SMS] = now_and_then
    desk.change(desk.sms, rate_per_s=3 * RATE)
    campaign, run = desk.launch(email=False, audience=desk.few)
    equation = desk.finish(campaign, run)
    desk.change(desk.sms, rate_per_s=RATE)
    calls = len(desk.far.of(SMS))
    assert (equation.failed, equation.doubt) == (0, 0)
    assert len({one.to for one in desk.far.of(SMS, 201)}) == FEW
    assert desk.far.doubled() == []
    assert 0.1 <= (calls - FEW) / calls <= 0.4


def test_a_wait_that_was_told_is_kept_by_the_whole_lane_and_a_long_one_parks_it(desk: Desk) -> None:
    """P3."""
    told = iter(["3", "86400"])
    busy = {"code": 20429, "message": "Too Many Requests", "status": 429}

    def slow_down(_to: str, _password: str, number: int) -> gateway.Answer | None:
        if number not in (40, 80):
            return None
        return gateway.Answer(status=429, headers={"retry-after": next(told)}, body=busy)

    desk.far.behaviour[SMS] = slow_down
    campaign, run = desk.launch(email=False)
    served.until(lambda: len(desk.far.of(SMS, 429)) == 2, what="both throttlings")
    first, second = (one.at for one in desk.far.of(SMS, 429))
    early = desk.far.of(SMS, since=first + 0.25, until=first + 3.0 - 0.25)
    assert early == []
    shown = served.until(
        lambda: (found := desk.account(desk.sms)).lane is providers.LaneState.PARKED and found,
        what="the account to say that it is parked",
    )
    assert shown.health is providers.Health.THROTTLED
    assert shown.lane_resumes_at is not None
    left_s = shown.lane_resumes_at.timestamp() - time.time()
    assert 86_000 < left_s <= 86_400
    served.until(
        lambda: crashing.read(desk.data, "SELECT parked_until FROM account WHERE id = ?", desk.sms)[0][0],
        what="the account to be parked for every sender",
    )
    assert desk.far.of(SMS, since=second + 0.25) == []
    assert desk.equation(run).failed == 0
    desk.change(desk.sms)  # a person saves the account: it goes on at once
    served.until(lambda: len(desk.far.of(SMS, 201)) > 120, what="the lane to go on")
    desk.server.call(campaigns.CANCEL, campaign=campaign)


def test_wrong_credentials_cost_at_most_five_calls_and_burn_nobody(desk: Desk) -> None:
    """P10: from the first message, taken back by the provider in mid-flight, and typed in mid-campaign."""

    def strict(_to: str, password: str, _number: int) -> gateway.Answer | None:
        return None if password == accepted else gateway.DENIED

    accepted = gateway.PASSWORD
    desk.far.behaviour[SMS] = strict
    desk.change(desk.sms, password="0" * 32, rate_per_s=0.0)
    campaign, run = desk.launch(email=False)
    _halted(desk)
    assert 1 <= len(desk.far.of(SMS, 401)) <= 5
    desk.change(desk.sms, password=gateway.PASSWORD, rate_per_s=RATE)
    served.until(lambda: len(desk.far.of(SMS, 201)) > 50, what="the run to go on")
    refused = len(desk.far.of(SMS, 401))
    accepted = "2" * 32
    _halted(desk)
    # What was on the wire cannot be called back; nothing is called once the first refusal was read.
    in_flight = desk.far.of(SMS, 401)[refused:]
    print(f"a key revoked in mid-flight cost {len(in_flight)} calls; the bound is the window, {WINDOW}")
    assert len(in_flight) <= WINDOW
    assert [call for call in in_flight if call.at > in_flight[0].at + 1.0] == []
    refused = len(desk.far.of(SMS, 401))
    desk.change(desk.sms, password="1" * 32)
    served.until(lambda: len(desk.far.of(SMS, 401)) > refused, what="the wrong password to be tried")
    _halted(desk)
    assert len(desk.far.of(SMS, 401)) - refused <= 5
    equation = desk.equation(run)
    assert (equation.failed, equation.doubt) == (0, 0)
    assert equation.waiting > 0
    desk.change(desk.sms, password="2" * 32)
    done = desk.finish(campaign, run)
    assert (done.failed, done.doubt) == (0, 0)
    assert desk.far.doubled() == []
    assert len({one.to for one in desk.far.of(SMS, 201)}) == PEOPLE
    desk.change(desk.sms, password=gateway.PASSWORD)


def _halted(desk: Desk) -> None:
    shown = served.until(
        lambda: (found := desk.account(desk.sms)).lane is providers.LaneState.HALTED and found,
        what="the account to be halted",
    )
    assert shown.health is providers.Health.HALTED
    assert "20003" in shown.health_text
