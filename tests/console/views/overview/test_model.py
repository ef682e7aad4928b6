"""What the overview makes of the server's numbers."""

import dataclasses

import msgspec
import pytest

from console.views.overview import model
from console.widgets import equation
from server.wire import campaigns, ledger, server
from tests.console.views.overview import samples

NOW_S = 1_795_000_302.0


def moment(at: int, accepted: int, channel: str = "email") -> campaigns.Moment:
    return campaigns.Moment(at=at, channel=channel, accepted=accepted, failed=0)


def test_a_bucket_without_messages_is_drawn_as_zero() -> None:
    drawn = model.lines([moment(1_795_000_290, 50)], NOW_S)
    at, values = drawn["Email"]
    assert len(at) == model.SPAN_S // model.BUCKET_S
    assert values[-2:] == [10.0, 0.0]
    assert at[-2] == 1_795_000_290


def test_the_bucket_that_still_fills_is_left_out() -> None:
    at, values = model.lines([moment(1_795_000_300, 50)], NOW_S)["Email"]
    assert at[-1] < 1_795_000_300
    assert sum(values) == 0


def test_channels_are_drawn_in_the_order_of_screens() -> None:
    drawn = model.lines([moment(1_795_000_290, 1, "rcs"), moment(1_795_000_290, 1, "apns")], NOW_S)
    assert list(drawn) == ["Apple push", "RCS"]
    assert model.together(drawn)[-2] == pytest.approx(0.4)


def test_a_change_of_a_run_reaches_its_campaign_and_no_other() -> None:
    live = samples.running().overview.live
    change = server.Change(
        kind=server.ChangeKind.RUN,
        subject=30,
        at=live[0].created_at,
        equation=msgspec.structs.replace(samples.NOTHING, audience=9, accepted=9),
        status="paused",
    )
    row = model.folded(live, change)
    assert row is not None
    assert (row.id, row.status) == (30, campaigns.Status.PAUSED)
    assert row.equation is not None
    assert row.equation.accepted == 9
    assert model.folded(live, msgspec.structs.replace(change, subject=99)) is None


def test_nothing_launched_yet_is_a_first_run_whatever_lies_in_drafts() -> None:
    seen = samples.first()
    assert seen.is_first_run
    assert counted(seen, campaigns=2, drafts=2).is_first_run
    assert not counted(seen, campaigns=3, drafts=2).is_first_run


def counted(seen: model.Seen, *, campaigns: int, drafts: int) -> model.Seen:
    return dataclasses.replace(seen, campaigns=campaigns, drafts=drafts)


@pytest.mark.parametrize(
    "waiting,sending,share,words",
    [(10, 0, 0.0, "0 %"), (1, 0, 0.9, "90 %"), (0, 0, 1.0, "100 %"), (0, 1, 0.9, "90 %")],
)
def test_progress_is_what_neither_waits_nor_is_on_its_way(
    waiting: int, sending: int, share: float, words: str
) -> None:
    known = ledger.Equation(
        audience=10,
        waiting=waiting,
        sending=sending,
        accepted=10 - waiting - sending,
        failed=0,
        skipped=0,
        doubt=0,
        cancelled=0,
    )
    assert equation.settled(known) == pytest.approx(share)
    assert equation.percent(share) == words


def test_almost_all_is_never_told_as_all() -> None:
    assert equation.percent(0.9999) == "99 %"


def test_a_history_that_stands_still_has_one_value() -> None:
    kept: list[float] = []
    for value in (1.0, 1.0, 2.0, 2.0):
        kept = model.remembered(kept, value)
    assert kept == [1.0, 2.0]
