"""Plans made of what a person chose, and times told on other people's clocks."""

import datetime

import pytest

from console.views.campaigns.draft import plans
from server.wire import schedules

E = schedules.Every


def chosen(**fields: object) -> plans.Chosen:
    return plans.Chosen(**{"kind": plans.OFTEN, "zone": "Europe/Berlin", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "what, plan",
    [
        (chosen(kind=plans.NOW), None),
        (
            chosen(kind=plans.AT, at="2026-11-21T09:00"),
            schedules.Plan(every=E.ONCE, zone="Europe/Berlin", at="2026-11-21T09:00"),
        ),
        (
            chosen(every=E.WEEKLY, weekdays=(0, 4), interval=2, days="1", cron="x"),
            schedules.Plan(every=E.WEEKLY, zone="Europe/Berlin", time="09:00", weekdays=[0, 4], interval=2),
        ),
        (
            chosen(every=E.MONTHLY, days="1, 15 last", end=" 2027-01-01 "),
            schedules.Plan(
                every=E.MONTHLY, zone="Europe/Berlin", time="09:00", days=[1, 15, -1], end="2027-01-01"
            ),
        ),
        (
            chosen(every=E.CRON, cron=" 0 9 * * 1 ", interval=3),
            schedules.Plan(every=E.CRON, zone="Europe/Berlin", cron="0 9 * * 1"),
        ),
    ],
)
def test_only_what_belongs_to_the_way_it_was_chosen_is_part_of_the_plan(
    what: plans.Chosen, plan: schedules.Plan | None
) -> None:
    assert plans.plan(what) == plan


def test_what_is_no_day_becomes_one_that_the_server_refuses_by_name() -> None:
    assert plans.days("1, x, 99999") == [1, 0, 0]


def test_the_operators_zone_comes_first_then_the_audiences_and_each_once() -> None:
    offered = [zone for zone, _ in plans.zones("Europe/Berlin", ["America/New_York", "", "Europe/Berlin"])]
    assert offered[:3] == ["Europe/Berlin", "America/New_York", "UTC"]
    assert len(offered) == len(set(offered)) > 300


def test_the_next_time_is_told_on_the_clocks_of_the_audience() -> None:
    moment = schedules.Moment(
        at=datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.UTC), local="2026-11-23T09:00", words="x"
    )
    zones = [
        schedules.Zone(zone="Europe/Berlin", people=60),
        schedules.Zone(zone="America/New_York", people=30),
        schedules.Zone(zone="", people=9),
        schedules.Zone(zone="Not/AZone", people=1),
    ]
    told = plans.abroad(schedules.Preview(words="x", moments=[moment], zones=zones), "Europe/Berlin")
    assert told == ["03:00 on Monday for the 30.0 % in America/New York", "the zone of 9.0 % is not known"]
    assert plans.here(moment.at, "Europe/Berlin", "UTC") == "that is 08:00 here"
    assert plans.here(moment.at, "UTC", "UTC") == ""


def test_an_interval_is_counted_in_its_own_words() -> None:
    assert [plans.unit(E.WEEKLY, 1), plans.unit(E.DAILY, 3)] == ["week", "days"]
