"""Charts: what is drawn is what was counted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import charts
from server.wire import campaigns

BOUNDS = campaigns.LATENCY_BOUNDS_MS


def widths(drawn: str) -> list[float]:
    return [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)%"', drawn)]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=7))
def test_a_stack_fills_its_width_and_hides_nothing_that_is_there(numbers: list[int]) -> None:
    drawn = charts.stack([(f"part {index}", number, "ok") for index, number in enumerate(numbers)], "All")
    found = widths(drawn)
    assert len(found) == sum(number > 0 for number in numbers)
    if found:
        assert sum(found) == pytest.approx(100, abs=0.1)
        assert min(found) > 0.5


@given(st.floats(0.01, 1e9))
def test_an_axis_ends_at_a_round_number_not_far_above_the_highest_value(value: float) -> None:
    top = charts.ceiling(value)
    assert value * 0.998 <= top <= value * 2.01
    assert len(charts.ticks(top)) == 5


@pytest.mark.parametrize("seconds", [0, 1, 9, 57, 600, 7200, 10**6])
def test_a_time_axis_has_few_marks_and_begins_at_nothing(seconds: float) -> None:
    marks = charts.moments(seconds)
    assert marks[0] == 0
    assert len(marks) <= 10
    assert marks[-1] <= seconds


def test_a_histogram_draws_a_bar_for_every_bucket_that_holds_something() -> None:
    counts = [0] * (len(BOUNDS) + 1)
    counts[3], counts[-1] = 5, 1
    drawn = charts.histogram(counts, BOUNDS, "c1", "SMS")
    heights = [float(height) for height in re.findall(r'height="([\d.]+)" rx', drawn)]
    assert sum(height > 0 for height in heights) == 2
    assert "up to 10 ms: 5, 83.3 %" in drawn
    assert "above 10 s: 1, 16.7 %" in drawn


def test_a_histogram_of_nothing_says_so() -> None:
    assert "No answer yet" in charts.histogram([0] * 14, BOUNDS, "c1", "SMS")


def test_lines_keep_within_the_chart() -> None:
    drawn = charts.lines({"SMS": ("c3", [0.0, 40.0, 10.0]), "RCS": ("c4", [0.0, 0.0, 0.0])}, 1)
    points = [
        tuple(map(float, pair.split(",")))
        for line in re.findall(r'points="([^"]*)"', drawn)
        for pair in line.split()
    ]
    assert len(points) == 6
    assert all(0 <= x <= charts.WIDE and 0 <= y <= charts.HIGH for x, y in points)


def test_a_funnel_tells_the_share_of_its_first_step() -> None:
    drawn = charts.funnel([("Audience", 200), ("Accepted", 100), ("Replied", 0)], "c1", "SMS")
    assert "50 %" in drawn
    assert 'aria-label="SMS: Audience 200, Accepted 100, Replied 0"' in drawn
