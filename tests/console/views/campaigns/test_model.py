"""What the campaigns' list and the run page say; pure."""

import datetime

import msgspec
import pytest

from console.views.campaigns import model
from console.views.campaigns.run import model as runs
from console.widgets import figures
from server.wire import campaigns, ledger, server
from tests.console.views.campaigns import samples

S = campaigns.Status


@pytest.fixture(autouse=True)
def _stopped() -> object:
    figures.set_clock(lambda: datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC))
    yield
    figures.set_clock(None)


def tally(state: ledger.State, channel: str, reason: str, count: int, account: int = 1) -> ledger.Tally:
    return ledger.Tally(channel=channel, account=account, state=state, reason=reason, count=count)


def test_a_row_says_how_far_it_is() -> None:
    running, done = samples.campaign(S.RUNNING), samples.campaign(S.DONE)
    draft = msgspec.structs.replace(running, status=S.DRAFT, equation=None, run=None)
    assert model.progress(running) == "78 %"
    assert model.progress(done) == "100 %"
    assert model.progress(draft) == "Not started"
    assert model.delivered(draft) == "—"
    assert model.delivered(msgspec.structs.replace(done, delivered=0)) == "0.0 %"


def test_many_failures_are_red_and_few_are_not() -> None:
    row = samples.campaign(S.DONE)
    assert row.equation is not None
    bad = msgspec.structs.replace(row, equation=msgspec.structs.replace(row.equation, accepted=90, failed=10))
    assert model.failed_tone(row) is None
    assert model.failed_tone(bad) == "bad"


def test_a_live_change_updates_the_row_of_its_run() -> None:
    row = samples.campaign(S.RUNNING)
    change = server.Change(kind=server.ChangeKind.RUN, subject=31, at=row.created_at, status="done")
    folded = model.folded({31: row}, change)
    assert folded is not None
    assert folded.status is S.DONE
    assert folded.equation == row.equation


def test_the_time_left_is_never_guessed() -> None:
    run, pace = samples.seen(S.RUNNING).run, samples.seen(S.RUNNING).pace
    assert pace is not None
    nobody = msgspec.structs.replace(pace, eta_low_s=None, eta_high_s=None)
    assert runs.left(run, nobody)[0] == "Unknown"
    assert runs.left(msgspec.structs.replace(run, status=S.PAUSED), pace)[0] == "Paused"
    assert runs.left(samples.seen(S.DONE).run, pace)[0] == "—"
    begun = msgspec.structs.replace(run, started_at=figures.now() - datetime.timedelta(seconds=9))
    assert runs.left(begun, nobody)[0] == "Measuring"
    assert runs.left(begun, None)[0] == "Measuring"


def test_the_time_left_is_the_server_s_own_reckoning() -> None:
    run, pace = samples.seen(S.RUNNING).run, samples.seen(S.RUNNING).pace
    assert pace is not None
    known = msgspec.structs.replace(pace, eta_low_s=65.0, eta_high_s=80.0)
    rest = figures.count(run.equation.waiting + run.equation.sending)
    assert runs.left(run, known) == ("1 min 20 s", f"1 min 05 s at best, {rest} left")
    assert runs.left(run, msgspec.structs.replace(known, eta_high_s=65.0)) == ("1 min 05 s", f"{rest} left")
    assert runs.left(run, msgspec.structs.replace(known, eta_high_s=None))[0] == "Over 1 min 05 s"


def test_a_finished_run_says_how_long_it_took() -> None:
    assert runs.took(samples.seen(S.DONE).run) == "4 min 00 s"


def test_one_reason_over_several_channels_is_told_once() -> None:
    found = runs.why(
        [
            tally(ledger.State.DOUBT, "sms", "no_answer", 2),
            tally(ledger.State.DOUBT, "email", "no_answer", 3),
            tally(ledger.State.FAILED, "sms", "21211", 1),
            tally(ledger.State.FAILED, "email", "5.1.1", 7),
            tally(ledger.State.ACCEPTED, "email", "", 90),
            tally(ledger.State.FAILED, "rcs", "NOT_FOUND", 0),
        ]
    )
    assert [(one.state.value, one.code, one.count) for one in found] == [
        ("failed", "5.1.1", 7),
        ("failed", "21211", 1),
        ("doubt", "no_answer", 5),
    ]
    assert found[2].channels == ("email", "sms")
    assert runs.told_channels(found[2]) == "Email, SMS"
    assert found[0].words == "The mailbox does not exist"


def test_accounts_are_named_with_what_they_were_given() -> None:
    told = runs.accounts(
        [
            tally(ledger.State.ACCEPTED, "email", "", 10, account=1),
            tally(ledger.State.FAILED, "email", "x", 2, account=1),
            tally(ledger.State.ACCEPTED, "email", "", 5, account=9),
            tally(ledger.State.SKIPPED, "email", "no_address", 4, account=0),
        ],
        {1: "SES"},
    )
    assert told == {"email": "SES 12 · account 9 5"}


def test_delivered_counts_what_is_known_to_have_arrived() -> None:
    state = ledger.State
    rows = [
        tally(at, "email", "", 1)
        for at in (state.ACCEPTED, state.DELIVERED, state.SEEN, state.CLICKED, state.REPLIED, state.FAILED)
    ]
    assert runs.delivered(rows) == 4


def test_throughput_is_a_rate_and_gaps_are_zeros() -> None:
    series = campaigns.Series(
        bucket_s=2,
        moments=[
            campaigns.Moment(at=100, channel="sms", accepted=10, failed=0),
            campaigns.Moment(at=104, channel="sms", accepted=4, failed=0),
        ],
        latency={"sms": [1, 2], "email": [3, 4]},
        funnel={"sms": {"audience": 5, "accepted": 4}, "email": {"audience": 6}},
    )
    assert runs.lines(series) == {"SMS": ([100.0, 102.0, 104.0], [5.0, 0.0, 2.0])}
    assert runs.latency(series, runs.ALL) == [4, 6]
    assert runs.latency(series, "sms") == [1, 2]
    assert runs.latency(series, "rcs") == []
    assert runs.funnel(series, runs.ALL)[:2] == [("Audience", 11), ("Accepted", 4)]


def test_doubt_is_explained_with_its_bound() -> None:
    run = samples.seen(S.RUNNING).run
    assert "6 messages are in doubt" in runs.doubts(run)
    assert "At most 64 messages an account" in runs.doubts(run)
    certain = msgspec.structs.replace(run, equation=msgspec.structs.replace(run.equation, doubt=0))
    assert runs.doubts(certain).startswith("Every outcome is known.")


def test_the_fixed_states_balance() -> None:
    for status in (S.RUNNING, S.DONE):
        run = samples.seen(status).run
        assert run.equation.balances
        assert all(one.balances for one in run.by_channel.values())
