"""Toasts, banners, dialogs, progress, search, shortcuts, stories: what is said, asked and taken back."""

from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import samples
from console.widgets import (
    buttons,
    code,
    commands,
    dialogs,
    facts,
    inspector,
    navigation,
    notices,
    pills,
    progress,
    search,
    text,
    timeline,
)

ENTER = QtCore.Qt.Key.Key_Return


def window(qtbot: QtBot) -> QtWidgets.QWidget:
    """A window that is up and active."""
    made = QtWidgets.QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    with qtbot.waitExposed(made):
        made.activateWindow()
    return made


def test_a_toast_can_be_undone_and_is_shown_once(qtbot: QtBot) -> None:
    over = window(qtbot)
    toasts, undone = notices.Toasts(over), list[str]()
    toasts.show("Deleted", action="Undo", clicked=lambda: undone.append("yes"))
    toast = toasts.show("Deleted", action="Undo", clicked=lambda: undone.append("yes"))
    assert len([one for one in over.findChildren(notices.Toast) if one.isVisible()]) == 1
    toast.findChildren(buttons.Button)[0].click()
    assert undone == ["yes"]
    assert not toast.isVisible()


def test_at_most_three_toasts_stand_at_once(qtbot: QtBot) -> None:
    over = window(qtbot)
    toasts = notices.Toasts(over)
    for number in range(6):
        toasts.show(f"Number {number}")
    shown = [one.words for one in over.findChildren(notices.Toast) if one.isVisible()]
    assert shown == ["Number 3", "Number 4", "Number 5"]


def test_a_banner_says_what_and_what_to_do(qtbot: QtBot) -> None:
    banner = notices.Banner("The token was refused.", "Enter the new one.", action="Open")
    qtbot.addWidget(banner)
    assert (banner.accessibleName(), banner.accessibleDescription()) == (
        "The token was refused.",
        "Enter the new one.",
    )
    with qtbot.waitSignal(banner.acted):
        banner.findChildren(buttons.Button)[0].click()
    banner.say("")
    assert banner.isHidden()


def test_a_question_is_answered_later_and_only_once_typed(qtbot: QtBot) -> None:
    done: list[str] = []
    over = window(qtbot)
    sheet = dialogs.confirm(
        over,
        "Send?",
        "To 12 people.",
        act="Launch",
        done=lambda: done.append("sent"),
        typed="12",
        danger=True,
    )
    assert done == []
    launch = next(one for one in sheet.findChildren(buttons.Button) if one.accessibleName() == "Launch")
    line = sheet.findChildren(QtWidgets.QLineEdit)[0]
    assert not launch.isEnabled()
    QtTest.QTest.keyClicks(line, "1")
    assert not launch.isEnabled()
    QtTest.QTest.keyClicks(line, "2")
    QtTest.QTest.keyClick(line, ENTER)
    assert done == ["sent"]
    assert not sheet.isVisible()


def test_escape_answers_no(qtbot: QtBot) -> None:
    done: list[str] = []
    over = window(qtbot)
    sheet = dialogs.confirm(
        over, "Delete?", "For good.", act="Delete", done=lambda: done.append("x"), danger=True
    )
    QtTest.QTest.keyClick(sheet, QtCore.Qt.Key.Key_Escape)
    assert (done, sheet.isVisible()) == ([], False)


def test_enter_on_a_dangerous_question_keeps_things_as_they_are(qtbot: QtBot) -> None:
    done: list[str] = []
    over = window(qtbot)
    sheet = dialogs.confirm(
        over, "Delete?", "For good.", act="Delete", done=lambda: done.append("x"), danger=True
    )
    qtbot.waitUntil(lambda: sheet.focusWidget() is not None)
    focused = sheet.focusWidget()
    assert focused is not None
    QtTest.QTest.keyClick(focused, ENTER)
    assert (done, sheet.isVisible()) == ([], False)


def test_work_can_be_cancelled_once(qtbot: QtBot) -> None:
    row = progress.ProgressRow("Importing")
    qtbot.addWidget(row)
    row.set_progress(50, 200)
    assert row.accessibleDescription() == "50 of 200 · 25%"
    told: list[bool] = []
    row.cancelled.connect(lambda: told.append(True))
    cancel = row.findChildren(buttons.Button)[0]
    cancel.click()
    cancel.click()
    assert told == [True]
    row.finish("Stopped", good=False)
    assert cancel.isHidden()


def test_a_busy_button_ignores_clicks_until_it_is_over(qtbot: QtBot) -> None:
    clicks: list[bool] = []
    button = buttons.primary("Launch", lambda: clicks.append(True), icon="rocket")
    qtbot.addWidget(button)
    button.set_busy(True, "Launching…")
    button.click()
    assert (clicks, button.text()) == ([], " Launching…")
    button.set_busy(False)
    QtTest.QTest.keyClick(button, ENTER)
    assert (clicks, button.text()) == ([True], " Launch")


def test_search_waits_for_a_pause_and_enter_does_not(qtbot: QtBot) -> None:
    field = search.SearchField("Find")
    qtbot.addWidget(field)
    asked: list[str] = []
    field.asked.connect(asked.append)
    with qtbot.waitSignal(field.asked):
        QtTest.QTest.keyClicks(field, " ana ")
    assert asked == ["ana"]
    with qtbot.waitSignal(field.submitted) as told:
        QtTest.QTest.keyClicks(field, "x")
        QtTest.QTest.keyClick(field, ENTER)
    assert told.args == ["ana x"]
    QtTest.QTest.keyClick(field, QtCore.Qt.Key.Key_Escape)
    assert asked == ["ana", "ana x", ""]


def test_shortcuts_of_two_strokes_go_and_are_silent_while_one_types(qtbot: QtBot) -> None:
    over = window(qtbot)
    line, gone = QtWidgets.QLineEdit(over), list[str]()
    line.show()
    known = commands.Commands(over)
    known.register(
        commands.Command(
            key="go", title="Campaigns", keys="G, C", group="Go to", run=lambda: gone.append("c")
        )
    )
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    QtTest.QTest.keyClicks(line, "gc")
    assert (gone, line.text()) == ([], "gc")
    over.setFocus()
    QtTest.QTest.keyClicks(over, "gc")
    assert gone == ["c"]
    known.forget("go")
    QtTest.QTest.keyClicks(over, "gc")
    assert gone == ["c"]


def test_the_cheat_sheet_shows_every_shortcut(qtbot: QtBot) -> None:
    over = window(qtbot)
    known = commands.Commands(over)
    known.register(commands.Command(key="find", title="Find", keys="Ctrl+K", group="All", run=lambda: None))
    sheet = known.cheat_sheet()
    words = [label.text() for label in sheet.findChildren(text.Label)]
    assert {"Find", "Ctrl", "K"} <= set(words)
    sheet.reject()


def test_markup_in_texts_that_are_not_ours_is_shown_as_it_is(qtbot: QtBot) -> None:
    label = text.Label("<img src=http://198.51.100.7/x><b>hi</b>")
    qtbot.addWidget(label)
    assert label.textFormat() == QtCore.Qt.TextFormat.PlainText


def test_a_payload_is_copied_whole(qtbot: QtBot) -> None:
    block = code.CodeBlock("{\n  1\n}", name="Request")
    qtbot.addWidget(block)
    block.findChildren(buttons.Button)[0].click()
    assert QtGui.QGuiApplication.clipboard().text() == "{\n  1\n}"


def test_a_story_is_read_in_its_order(qtbot: QtBot) -> None:
    story = timeline.Timeline(samples.STORY)
    qtbot.addWidget(story)
    assert story.accessibleDescription().endswith("10:41:56.310 Accepted; 10:41:58.902 Delivered")
    story.set_lines(samples.STORY[:1])
    assert story.accessibleDescription() == "10:41:50.120 Frozen into the run"


def test_an_inspector_is_filled_emptied_and_closed(qtbot: QtBot) -> None:
    panel = inspector.Inspector()
    qtbot.addWidget(panel)
    panel.set_heading("MSG 1", "Ana")
    panel.add(facts.Facts([("Address", "")]), heading="Details")
    panel.finish()
    shown = panel.findChildren(facts.Facts)[0]
    assert [label.accessibleName() for label in shown.findChildren(text.Label)][1] == "Address: none"
    panel.clear()
    with qtbot.waitSignal(panel.closed):
        panel.findChildren(buttons.Button)[0].click()
    assert panel.isHidden()


def test_a_state_of_a_later_version_shows_its_own_word() -> None:
    assert pills.look(pills.MESSAGE, "quite_new") == pills.Look("Quite new", "circle-question-mark", "mute")


def test_a_view_is_chosen_by_keyboard_and_its_count_is_told(qtbot: QtBot) -> None:
    entries = [
        navigation.Entry(key="a", title="Overview", icon="activity"),
        navigation.Entry(key="b", title="Twins", icon="bot", group="Setup"),
    ]
    nav = navigation.Navigation(entries)
    qtbot.addWidget(nav)
    nav.set_current("a")
    nav.set_badge("a", "3", "bad")
    said = nav.currentIndex().data(QtCore.Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Overview, 3"
    QtTest.QTest.keyClick(nav, QtCore.Qt.Key.Key_Down)
    with qtbot.waitSignal(nav.chosen) as told:
        QtTest.QTest.keyClick(nav, ENTER)
    assert told.args == ["b"]
