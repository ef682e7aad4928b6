"""When plans' times come: on the wall of a zone, through clock changes either way, and in words."""

import datetime as dt
import itertools
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine import crontab, recurring
from server.wire import schedules as wire

BERLIN = "Europe/Berlin"
E = wire.Every


def at(text: str, zone: str = "UTC") -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()


def locals_(plan: wire.Plan, since: str, count: int = 4) -> list[str]:
    return [one.local for one in recurring.upcoming(plan, at(since), count)]


def utc(plan: wire.Plan, since: str, count: int = 4) -> list[str]:
    times = recurring.upcoming(plan, at(since), count)
    return [dt.datetime.fromtimestamp(one.at, dt.UTC).strftime("%d %H:%M") for one in times]


@pytest.mark.parametrize(
    "plan, since, times",
    [
        (
            wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00"),
            "2026-11-20T07:30",
            ["2026-11-20T09:00", "2026-11-21T09:00", "2026-11-22T09:00", "2026-11-23T09:00"],
        ),
        (
            wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00", interval=3, start="2026-11-20"),
            "2026-11-20T09:30",
            ["2026-11-23T09:00", "2026-11-26T09:00", "2026-11-29T09:00", "2026-12-02T09:00"],
        ),
        (
            wire.Plan(every=E.WEEKLY, zone=BERLIN, time="08:15", weekdays=[0, 3], end="2026-11-30"),
            "2026-11-20T00:00",
            ["2026-11-23T08:15", "2026-11-26T08:15", "2026-11-30T08:15"],
        ),
        (
            wire.Plan(
                every=E.WEEKLY, zone=BERLIN, time="08:00", weekdays=[4], interval=2, start="2026-11-20"
            ),
            "2026-11-21T00:00",
            ["2026-12-04T08:00", "2026-12-18T08:00", "2027-01-01T08:00", "2027-01-15T08:00"],
        ),
        (
            wire.Plan(every=E.MONTHLY, zone=BERLIN, time="08:00", days=[31, -1]),
            "2027-01-01T00:00",
            ["2027-01-31T08:00", "2027-02-28T08:00", "2027-03-31T08:00", "2027-04-30T08:00"],
        ),
        (
            wire.Plan(every=E.CRON, zone=BERLIN, cron="30 9 * * 1-5"),
            "2026-11-20T12:00",
            ["2026-11-23T09:30", "2026-11-24T09:30", "2026-11-25T09:30", "2026-11-26T09:30"],
        ),
        (
            wire.Plan(
                every=E.CRON, zone=BERLIN, cron="0 9 13 * fri"
            ),  # of cron's two day fields either may hold
            "2026-11-12T00:00",
            ["2026-11-13T09:00", "2026-11-20T09:00", "2026-11-27T09:00", "2026-12-04T09:00"],
        ),
        (
            wire.Plan(every=E.CRON, zone=BERLIN, cron="0 9 29 feb *"),
            "2026-11-12T00:00",
            ["2028-02-29T09:00", "2032-02-29T09:00", "2036-02-29T09:00", "2040-02-29T09:00"],
        ),
        (
            wire.Plan(every=E.ONCE, zone=BERLIN, at="2026-11-21T09:00"),
            "2026-11-20T00:00",
            ["2026-11-21T09:00"],
        ),
    ],
)
def test_a_plan_names_its_next_times(plan: wire.Plan, since: str, times: list[str]) -> None:
    recurring.check(plan, at(since))
    assert locals_(plan, since) == times


def test_a_time_that_the_clock_leaves_out_comes_as_much_later_and_once() -> None:
    plan = wire.Plan(every=E.DAILY, zone=BERLIN, time="02:30")
    assert utc(plan, "2026-03-27T12:00", 3) == ["28 01:30", "29 01:30", "30 00:30"]
    moment = recurring.told(plan, recurring.upcoming(plan, at("2026-03-28T12:00"), 1)[0])
    assert "02:30 does not exist on that day" in moment.note
    assert "starts at 03:30" in moment.note
    assert "03:30 Berlin (CEST)" in moment.words


def test_a_time_that_comes_twice_counts_the_first_time_and_once() -> None:
    plan = wire.Plan(every=E.DAILY, zone=BERLIN, time="02:30")
    assert utc(plan, "2026-10-24T12:00", 3) == ["25 00:30", "26 01:30", "27 01:30"]
    assert "comes twice" in recurring.told(plan, recurring.upcoming(plan, at("2026-10-24T12:00"), 1)[0]).note


def test_two_times_that_a_clock_change_lays_onto_one_moment_count_once() -> None:
    hourly = wire.Plan(every=E.CRON, zone=BERLIN, cron="0 * * * *")
    assert utc(hourly, "2026-03-28T23:30", 4) == ["29 00:00", "29 01:00", "29 02:00", "29 03:00"]
    assert locals_(hourly, "2026-03-28T23:30", 3) == [
        "2026-03-29T01:00",
        "2026-03-29T02:00",
        "2026-03-29T04:00",
    ]


@pytest.mark.parametrize(
    "plan, place",
    [
        (wire.Plan(every=E.DAILY, zone="Europe/Atlantis", time="09:00"), "zone"),
        (wire.Plan(every=E.DAILY, zone="../../etc/passwd", time="09:00"), "zone"),
        (wire.Plan(every=E.DAILY, zone="Europe", time="09:00"), "zone"),
        (wire.Plan(every=E.DAILY, zone="", time="09:00"), "zone"),
        (wire.Plan(every=E.DAILY, zone=BERLIN, time="25:00"), "time"),
        (wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00", interval=0), "interval"),
        (wire.Plan(every=E.WEEKLY, zone=BERLIN, time="09:00"), "weekdays"),
        (wire.Plan(every=E.WEEKLY, zone=BERLIN, time="09:00", weekdays=[7]), "weekdays"),
        (wire.Plan(every=E.MONTHLY, zone=BERLIN, time="09:00", days=[0]), "days"),
        (wire.Plan(every=E.ONCE, zone=BERLIN, at="tomorrow"), "at"),
        (wire.Plan(every=E.ONCE, zone=BERLIN, at="2020-01-01T09:00"), "at"),
        (wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00", start="2027-01-02", end="2027-01-01"), "end"),
        (wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00", end="2026-01-01"), "end"),
        (wire.Plan(every=E.CRON, zone=BERLIN, cron="* * * * *"), "cron"),
        (wire.Plan(every=E.CRON, zone=BERLIN, cron="0 9 30 2 *"), "cron"),
        (wire.Plan(every=E.CRON, zone=BERLIN, cron="0 9 * *"), "cron"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place_with_a_remedy(plan: wire.Plan, place: str) -> None:
    with pytest.raises(recurring.Wrong) as error:
        recurring.check(plan, at("2026-11-20T12:00"))
    assert error.value.fault.place == place
    assert error.value.fault.remedy


@pytest.mark.parametrize(
    "plan, words",
    [
        (wire.Plan(every=E.DAILY, zone=BERLIN, time="09:00"), "Every day at 09:00, Europe/Berlin"),
        (
            wire.Plan(every=E.WEEKLY, zone="America/New_York", time="09:00", weekdays=[0, 1, 2, 3, 4]),
            "Every working day at 09:00, America/New York",
        ),
        (
            wire.Plan(every=E.WEEKLY, zone=BERLIN, time="09:00", weekdays=[4, 0], interval=2),
            "Every 2 weeks on Monday and Friday at 09:00, Europe/Berlin",
        ),
        (
            wire.Plan(every=E.MONTHLY, zone=BERLIN, time="09:00", days=[1, 22, -1], end="2027-01-01"),
            "On the 1st and 22nd and the last day of every month at 09:00, Europe/Berlin, until 2027-01-01",
        ),
        (
            wire.Plan(every=E.ONCE, zone=BERLIN, at="2026-11-21T09:00"),
            "Once, on Saturday 21 November 2026, 09:00, Europe/Berlin",
        ),
        (wire.Plan(every=E.CRON, zone="UTC", cron="0  9 * * 1"), "By the rule 0 9 * * 1, UTC"),
    ],
)
def test_a_plan_reads_as_a_person_says_it(plan: wire.Plan, words: str) -> None:
    assert recurring.words(plan) == words


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(
        [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]
    ),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    since=st.integers(int(at("2025-01-01")), int(at("2028-01-01"))),
)
def test_every_day_of_every_zone_has_its_time_exactly_once(
    zone: str, hour: int, minute: int, since: int
) -> None:
    plan = wire.Plan(every=E.DAILY, zone=zone, time=f"{hour:02}:{minute:02}")
    times = recurring.upcoming(plan, since, 20)
    days = [dt.date.fromisoformat(one.local[:10]) for one in times]
    assert all(other - one == dt.timedelta(days=1) for one, other in itertools.pairwise(days))
    for one in times:
        shown = dt.datetime.fromtimestamp(one.at, zoneinfo.ZoneInfo(zone)).strftime(recurring.LOCAL)
        assert one.at > since
        assert (
            shown == one.local or recurring.told(plan, one).note
        )  # but for the times a clock change leaves out


@pytest.mark.parametrize(
    "text", ["60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "* * 0 * *", "* * * * 8", ""]
)
def test_a_cron_rule_that_is_none_names_its_field(text: str) -> None:
    with pytest.raises(crontab.Unreadable):
        crontab.read(text)


def test_a_cron_rule_knows_names_steps_lists_and_both_sundays() -> None:
    found = crontab.read("*/20 8-10,20 1 jan-mar 0,7,wed")
    assert (found.minutes, found.hours, found.months) == ([0, 20, 40], [8, 9, 10, 20], [1, 2, 3])
    assert (found.month_days, found.weekdays) == ([1], [2, 6])
