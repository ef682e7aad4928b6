"""The equation, charts and figures say the truth in numbers, in words and by keyboard."""

import datetime

import numpy
import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import samples
from console.widgets import accessible, bars, cards, equation, figures, stepper, tabs, throughput


def verdict(view: equation.EquationView) -> str:
    """What the equation says about itself."""
    return view._verdict.accessibleName()


def test_a_closed_equation_is_ticked_and_an_open_one_is_an_alarm(qtbot: QtBot) -> None:
    view = equation.EquationView()
    qtbot.addWidget(view)
    assert verdict(view) == "Not launched"
    view.set_equation(samples.BALANCED)
    assert samples.BALANCED.balances
    assert verdict(view) == "Balances"
    view.set_equation(samples.BROKEN)
    assert verdict(view) == "12 unaccounted for"
    assert view._verdict._tone == "bad"


def test_every_number_is_a_button_with_a_name(qtbot: QtBot) -> None:
    view = equation.EquationView()
    qtbot.addWidget(view)
    view.set_equation(samples.BALANCED)
    assert view.chips["doubt"].accessibleName() == "30 in doubt"
    asked: list[str] = []
    view.asked.connect(asked.append)
    view.audience.click()
    for chip in view.chips.values():
        assert chip.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus
        QtTest.QTest.keyClick(chip, QtCore.Qt.Key.Key_Return)
    assert asked == ["audience", "waiting", "sending", "accepted", "failed", "skipped", "doubt", "cancelled"]


def test_the_whole_equation_can_be_read_aloud(qtbot: QtBot) -> None:
    view = equation.EquationView()
    qtbot.addWidget(view)
    view.set_equation(samples.BALANCED)
    assert view.accessibleDescription().startswith(
        "Audience 412,806: 148,626 waiting, 64 sending, 261,802 accepted"
    )


def test_the_smallest_part_of_the_bar_can_still_be_seen(qtbot: QtBot) -> None:
    stack = bars.Stack("Parts")
    qtbot.addWidget(stack)
    stack.set_parts([("accepted", 1_000_000, "ok"), ("in doubt", 1, "warn"), ("failed", 0, "bad")])
    widths = stack._widths(600.0)
    assert [token for _, token in widths] == ["ok", "warn"]
    assert widths[1][0] > 2.5
    assert sum(width for width, _ in widths) == pytest.approx(600.0)


def test_a_histogram_names_its_quantiles(qtbot: QtBot) -> None:
    spread = bars.Histogram("Latency")
    qtbot.addWidget(spread)
    assert spread.accessibleDescription() == "no data yet"
    spread.set_counts((10, 20, 50), (0, 60, 36, 4))
    assert (spread.quantile(0.5), spread.quantile(0.95), spread.quantile(1)) == (
        "≤ 20 ms",
        "≤ 50 ms",
        "> 50 ms",
    )


def test_a_funnel_is_read_aloud_step_by_step(qtbot: QtBot) -> None:
    funnel = bars.Funnel()
    qtbot.addWidget(funnel)
    funnel.set_steps([("Audience", 2000), ("Accepted", 1500)])
    assert funnel.accessibleDescription() == "Audience 2,000, Accepted 1,500"


def test_thinning_a_line_loses_no_peak() -> None:
    x = numpy.arange(10_000, dtype=float)
    y = numpy.sin(x / 50)
    y[4321], y[77] = 9.0, -9.0
    thin_x, thin_y = throughput.decimated(x, y, 200)
    assert len(thin_x) == len(thin_y) == 400
    assert (thin_y.max(), thin_y.min()) == (9.0, -9.0)
    assert (numpy.diff(thin_x) >= 0).all()


def test_the_chart_tells_its_newest_values(qtbot: QtBot) -> None:
    chart = throughput.Throughput()
    qtbot.addWidget(chart)
    chart.set_series({})
    assert chart.accessibleDescription() == "no data yet"
    chart.set_series({"email": ([0.0, 1.0], [10.0, 20.0]), "sms": ([], [])})
    chart.set_series({"email": ([0.0, 1.0], [10.0, 40.0]), "rcs": ([0.0, 1.0], [0.0, 2.0])})
    assert chart.accessibleDescription() == "email 40 / s, rcs 2.0 / s"


def test_a_painted_widget_has_a_role(qtbot: QtBot) -> None:
    meter = bars.Meter(0.4, name="Import")
    qtbot.addWidget(meter)
    QtGui.QAccessible.setActive(True)
    found = QtGui.QAccessible.queryAccessibleInterface(meter)
    assert (found.role(), found.text(QtGui.QAccessible.Text.Name)) == (accessible.Role.ProgressBar, "Import")


def test_a_clickable_number_answers_to_the_keyboard(qtbot: QtBot) -> None:
    kpi = cards.Kpi("In doubt", clickable=True)
    qtbot.addWidget(kpi)
    kpi.set_value("30", "oldest 4 min", "bad")
    assert kpi.accessibleDescription() == "30. oldest 4 min"
    with qtbot.waitSignal(kpi.activated):
        QtTest.QTest.keyClick(kpi, QtCore.Qt.Key.Key_Space)


def test_arrow_keys_walk_the_tabs_once_each(qtbot: QtBot) -> None:
    made = tabs.Tabs([("all", "All"), ("live", "Live"), ("draft", "Drafts")])
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitExposed(made):
        made.activateWindow()
    gone: list[str] = []
    made.chosen.connect(gone.append)
    made._tabs["all"].setFocus()
    for _ in range(2):
        where = QtWidgets.QApplication.focusWidget()
        assert where is not None
        QtTest.QTest.keyClick(where, QtCore.Qt.Key.Key_Right)
    assert gone == ["live", "draft"]
    assert made.current() == "draft"


def test_tabs_offered_anew_keep_the_place(qtbot: QtBot) -> None:
    made = tabs.Tabs([("all", "All"), ("live", "Live")])
    qtbot.addWidget(made)
    made.set_current("live")
    made.set_tabs([("draft", "Drafts"), ("live", "Live")])
    assert made.current() == "live"
    made.set_count("live", 1204)
    assert made._tabs["live"].accessibleName() == "Live, 1,204"


def test_steps_tell_what_is_done_and_what_is_wrong(qtbot: QtBot) -> None:
    made = stepper.Stepper(["Audience", "Content", "Review"])
    qtbot.addWidget(made)
    made.set_current(1)
    made.set_wrong([2])
    said = [step.accessibleName() for step in made._steps]
    assert said == [
        "Step 1, Audience, done",
        "Step 2, Content, current step",
        "Step 3, Review, needs attention",
    ]
    with qtbot.waitSignal(made.chosen) as told:
        QtTest.QTest.keyClick(made._steps[0], QtCore.Qt.Key.Key_Return)
    assert told.args == [0]


@pytest.mark.parametrize(
    "said,expected",
    [
        (figures.count(1234567), "1,234,567"),
        (figures.count(None), "—"),
        (figures.share(1, 3), "33.3 %"),
        (figures.share(999_999, 1_000_000), "> 99.9 %"),
        (figures.share(1, 1_000_000), "< 0.1 %"),
        (figures.share(0, 0), "—"),
        (figures.rate(2592.4), "2,592 / s"),
        (figures.rate(0.25), "0.2 / s"),
        (figures.duration(0.038), "38 ms"),
        (figures.duration(61), "1 min 01 s"),
        (figures.duration(90_000), "1 d 1 h"),
        (figures.size(999), "999 B"),
        (figures.size(1_500_000), "1.5 MB"),
        (figures.short(1_204_330), "1.2 M"),
    ],
)
def test_a_figure_reads_as_people_write_it(said: str, expected: str) -> None:
    assert said == expected


def test_how_long_ago_is_one_unit() -> None:
    now = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)
    passed = [datetime.timedelta(seconds=seconds) for seconds in (3, 45, 600, 7200, 200_000)]
    assert [figures.ago(now - gone, now) for gone in passed] == ["now", "45 s", "10 min", "2 h", "2 d"]
    assert figures.ago(None) == "—"
