"""Quiet hours and recipients' own hours, through every change of the clocks in every zone."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pipeline.delivery import hours, zones
from server.wire import policies

UTC = dt.UTC
NIGHT = policies.Window(start="21:00", end="08:00")


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    """`2026-03-29 02:30` on a zone's clock as epoch seconds."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=fold).timestamp()


def shown(moment: float, zone: str) -> str:
    return f"{zones.wall(moment, zone):%Y-%m-%d %H:%M:%S}"


def free(now: float, zone: str, *windows: policies.Window, channel: str = "sms") -> str:
    return shown(hours.Quiet(windows, channel).free_at(now, zone), zone)


# -- windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now,expected",
    [
        ("2026-11-20 20:59", "2026-11-20 20:59:00"),
        ("2026-11-20 21:00", "2026-11-21 08:00:00"),
        ("2026-11-21 03:00", "2026-11-21 08:00:00"),
        ("2026-11-21 07:59", "2026-11-21 08:00:00"),
        ("2026-11-21 08:00", "2026-11-21 08:00:00"),
    ],
)
def test_a_night_ends_in_the_morning_of_the_recipient(now: str, expected: str) -> None:
    assert free(at(now, "Asia/Tokyo"), "Asia/Tokyo", NIGHT) == expected


def test_a_moment_that_is_not_quiet_is_taken_to_the_second() -> None:
    now = at("2026-11-20 12:00") + 33.25
    assert hours.Quiet([NIGHT], "sms").free_at(now, "UTC") == now


def test_a_window_holds_on_the_days_it_starts_on() -> None:
    weekend = policies.Window(start="22:00", end="10:00", days=["fri", "sat"])
    assert free(at("2026-11-20 23:00"), "UTC", weekend) == "2026-11-21 10:00:00"  # a Friday
    assert free(at("2026-11-22 09:00"), "UTC", weekend) == "2026-11-22 10:00:00"  # begun on Saturday
    assert free(at("2026-11-22 23:00"), "UTC", weekend) == "2026-11-22 23:00:00"  # a Sunday


def test_windows_that_follow_one_another_are_one_quiet_time() -> None:
    evening = policies.Window(start="18:00", end="21:00")
    whole_sunday = policies.Window(start="00:00", end="00:00", days=["sun"])
    assert free(at("2026-11-21 19:00"), "UTC", evening, NIGHT, whole_sunday) == "2026-11-23 08:00:00"


def test_a_window_for_some_channels_leaves_the_others_alone() -> None:
    texts = policies.Window(start="21:00", end="08:00", channels=["sms"])
    assert hours.Quiet([texts], "sms")
    assert not hours.Quiet([texts], "email")


def test_a_week_of_quiet_has_no_end() -> None:
    always = policies.Window(start="00:00", end="00:00")
    assert hours.Quiet([always], "sms").free_at(0.0, "UTC") == float("inf")


def test_a_look_is_good_until_it_may_be_quiet() -> None:
    quiet = hours.Quiet([NIGHT], "sms")
    assert quiet.good_until(at("2026-11-20 12:00") + 5, "UTC") == at("2026-11-20 12:02")
    assert quiet.good_until(at("2026-11-20 20:59") + 5, "UTC") == at("2026-11-20 21:00")


# -- the clocks change ----------------------------------------------------------------------------


def test_a_window_that_ends_in_the_hour_left_out_ends_when_the_clocks_jump() -> None:
    window = policies.Window(start="22:00", end="02:30")
    ends = free(at("2026-03-28 23:00", "Europe/Paris"), "Europe/Paris", window)
    assert ends == "2026-03-29 03:00:00"


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    window = policies.Window(start="02:00", end="02:30")
    first = at("2026-10-25 02:10", "Europe/Paris")
    second = at("2026-10-25 02:10", "Europe/Paris", fold=1)
    quiet = hours.Quiet([window], "sms")
    assert second - first == 3600
    assert quiet.free_at(first, "Europe/Paris") == first + 20 * 60
    assert quiet.free_at(first + 30 * 60, "Europe/Paris") == first + 30 * 60
    assert quiet.free_at(second, "Europe/Paris") == second + 20 * 60


TIMES = st.builds(
    lambda minute: f"{minute // 60:02}:{minute % 60:02}", st.integers(min_value=0, max_value=24 * 60 - 1)
)
WINDOWS = st.lists(
    st.builds(
        lambda start, end, days: policies.Window(start=start, end=end, days=days),
        TIMES,
        TIMES,
        st.lists(st.sampled_from(policies.DAYS), max_size=4),
    ),
    min_size=1,
    max_size=3,
)
#: Ordinary zones, half hours, a 30-minute change of the clocks, and one that skipped a day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Gaza",
)


def is_quiet(moment: float, zone: str, windows: list[policies.Window]) -> bool:
    """Whether the wall clock stands in a window, told in another way: minute by minute of the window's days."""
    clock = zones.wall(moment, zone)
    minute = clock.hour * 60 + clock.minute
    for window in windows:
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (window.start, window.end))
        length = (end - start) % 1440 or 1440
        for back in (0, 1):
            day = (clock.weekday() - back) % 7
            if window.days and policies.DAYS[day] not in window.days:
                continue
            if start <= minute + 1440 * back < start + length:
                return True
    return False


@settings(max_examples=150, deadline=None)
@given(st.integers(1_750_000_000 // 60, 1_830_000_000 // 60), st.sampled_from(ZONES), WINDOWS)
def test_the_first_free_minute_is_the_first_at_which_no_wall_clock_is_quiet(
    minute: int, zone: str, windows: list[policies.Window]
) -> None:
    now = minute * 60.0
    found = hours.Quiet(windows, "sms").free_at(now, zone)
    moment = now
    while is_quiet(moment, zone, windows) and moment < now + 8 * 86400:
        moment += 60
    assert found == (moment if moment < now + 8 * 86400 else found)
    assert found == float("inf") or not is_quiet(found, zone, windows)


def test_every_zone_there_is_gives_each_minute_of_its_changes_a_moment() -> None:
    """Every change of the clocks of every zone in ten years: what is shown is found again, a gap ends at its jump."""
    checked = 0
    for zone in sorted(zoneinfo.available_timezones()):
        clock = zoneinfo.ZoneInfo(zone)
        for day in range(0, 3650, 7):
            moment = at("2026-01-01 00:00") + day * 86400
            offsets = [dt.datetime.fromtimestamp(moment + add, clock).utcoffset() for add in (0, 7 * 86400)]
            if offsets[0] == offsets[1]:
                continue
            low, high = moment, moment + 7 * 86400
            while high - low > 1:
                middle = (low + high) // 2
                if dt.datetime.fromtimestamp(middle, clock).utcoffset() == offsets[0]:
                    low = middle
                else:
                    high = middle
            before, after = zones.wall(high - 60, zone), zones.wall(high, zone)
            for minutes in range(-90, 91, 15):
                asked = max(before, after) + dt.timedelta(minutes=minutes)
                for found in zones.moments(asked, zone):
                    told = zones.wall(found, zone)
                    assert told == asked or (found == high and before < asked < after)
                    checked += 1
            break
    assert checked > 1000


# -- the hour of their own clock ------------------------------------------------------------------

NINE = policies.LocalTime(at="09:00")


def test_each_zone_has_its_own_nine_o_clock_on_its_own_day() -> None:
    now = at("2026-11-20 00:30")
    assert hours.local_moment(NINE, "Europe/London", now) == (at("2026-11-20 09:00"), False)
    # In Los Angeles it is still the 19th, half past four in the afternoon: nine is over, so tomorrow.
    assert hours.local_moment(NINE, "America/Los_Angeles", now) == (
        at("2026-11-20 09:00", "America/Los_Angeles"),
        True,
    )


def test_an_hour_that_is_over_is_sent_now_or_never_where_the_policy_says_so() -> None:
    now = at("2026-11-20 12:00")
    late_now = policies.LocalTime(at="09:00", late=policies.Late.NOW)
    late_skip = policies.LocalTime(at="09:00", late=policies.Late.SKIP)
    assert hours.local_moment(late_now, "UTC", now) == (now, True)
    assert hours.local_moment(late_skip, "UTC", now) == (None, True)


def test_a_day_by_name_begins_first_in_the_east() -> None:
    eve = policies.LocalTime(at="09:00", day="2026-12-24")
    now = at("2026-11-20 12:00")
    auckland, _ = hours.local_moment(eve, "Pacific/Auckland", now)
    honolulu, _ = hours.local_moment(eve, "Pacific/Honolulu", now)
    assert auckland == at("2026-12-23 20:00")
    assert honolulu == at("2026-12-24 19:00")


def test_half_past_two_on_the_night_it_is_left_out_is_the_moment_of_the_jump() -> None:
    local = policies.LocalTime(at="02:30", day="2026-03-29")
    due, _ = hours.local_moment(local, "Europe/Paris", at("2026-03-01 00:00"))
    assert due == at("2026-03-29 01:00")


def test_half_past_two_on_the_night_it_comes_twice_is_the_first() -> None:
    local = policies.LocalTime(at="02:30", day="2026-10-25")
    due, _ = hours.local_moment(local, "Europe/Paris", at("2026-10-01 00:00"))
    assert due == at("2026-10-25 00:30")


# -- whose clock ----------------------------------------------------------------------------------


def test_a_zone_comes_from_the_person_then_from_a_country_with_one_clock_then_from_the_workspace() -> None:
    assert zones.of("Asia/Tokyo", "FR", "UTC") == ("Asia/Tokyo", "contact")
    assert zones.of("", "FR", "UTC") == ("Europe/Paris", "country")
    assert zones.of("", "US", "America/Chicago") == ("America/Chicago", "workspace")
    assert zones.of("", "", "America/Chicago") == ("America/Chicago", "workspace")
    assert zones.of("Mars/Olympus", "DE", "UTC") == ("Europe/Berlin", "country")


def test_every_country_of_the_table_has_one_clock_and_a_zone_that_exists() -> None:
    assert len(zones.by_country()) > 200
    assert all(zones.is_known(zone) for zone in zones.by_country().values())
    assert not zones.by_country().keys() & {"US", "CA", "BR", "AU", "RU", "ES", "PT", "MX"}


@pytest.mark.parametrize("text", ["", "9", "25:00", "12:60", "12:5", "\uff11\uff12:00", "noon", "12:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        hours.time_of(text)
