"""The palette: what matches, how fast it is there, what it remembers, and what it finds on the server."""

import pathlib
import time
from collections.abc import Callable

import pytest
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import window
from console.services import links
from console.widgets import dialogs, finder, fuzzy
from tests.console import conftest
from tests.console.views import sandbox


@pytest.fixture
def under(qtbot: QtBot) -> QtWidgets.QWidget:
    made = QtWidgets.QWidget()
    made.resize(1280, 800)
    qtbot.addWidget(made)
    made.show()
    return made


def opened(under: QtWidgets.QWidget, titles: list[str], recent: tuple[str, ...] = ()) -> finder.Finder:
    ran: list[str] = []
    made = finder.Finder(under, placeholder="Search")
    made.setProperty("ran", ran)
    entries = [
        finder.Entry(key=title, title=title, group="Acts", keys="Ctrl+Shift+P", run=_run(ran, title))
        for title in titles
    ]
    made.open(entries, recent)
    made.ran = ran  # type: ignore[attr-defined]
    return made


def _run(ran: list[str], title: str) -> Callable[[], None]:
    return lambda: ran.append(title)


def shown(made: finder.Finder) -> list[str]:
    return [entry.title for entry in made.shown()]


@pytest.mark.parametrize(
    "typed, title, places",
    [
        ("camp", "New campaign", (4, 5, 6, 7)),
        ("nc", "New campaign", (0, 4)),
        ("newcam", "New campaign", (0, 1, 2, 4, 5, 6)),
        ("campaign new", "New campaign", (0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11)),
        ("PAIGN", "New campaign", (7, 8, 9, 10, 11)),
        ("i", "İstanbul", None),
        ("stan", "İstanbul", (1, 2, 3, 4)),
    ],
)
def test_letters_that_match_are_known_by_their_places(
    typed: str, title: str, places: tuple[int, ...] | None
) -> None:
    found = fuzzy.match(typed, title)
    assert (found.at if found is not None else None) == places


@pytest.mark.parametrize(
    "typed, title", [("spr", "Stop everything now"), ("xyz", "New campaign"), ("wa", "New campaign")]
)
def test_letters_strewn_over_a_title_are_no_match(typed: str, title: str) -> None:
    assert fuzzy.match(typed, title) is None


def test_the_beginning_of_a_word_is_worth_more_than_its_middle(under: QtWidgets.QWidget) -> None:
    made = opened(under, ["Show unpaid", "Go to the aid desk", "Aid"])
    made.line.setText("aid")
    assert shown(made) == ["Aid", "Go to the aid desk", "Show unpaid"]


def test_what_was_chosen_lately_comes_first_and_once(under: QtWidgets.QWidget) -> None:
    made = opened(under, ["One", "Two", "Three"], recent=("Three", "gone"))
    assert shown(made) == ["Three", "One", "Two"]


def test_three_hundred_commands_are_there_within_a_tenth_of_a_second(under: QtWidgets.QWidget) -> None:
    titles = [f"Command {at} that does something with campaign {at * 7}" for at in range(300)]
    opened(under, titles[:3]).dismiss()  # fonts and icons are drawn once a program, not once an opening
    began = time.process_time()
    made = opened(under, titles)
    made.grab()
    took_to_open = time.process_time() - began
    began = time.process_time()
    made.line.setText("cam 7")
    made.grab()
    assert took_to_open < 0.1
    assert time.process_time() - began < 0.1


def test_the_keyboard_walks_over_headings_and_chooses(under: QtWidgets.QWidget) -> None:
    made = opened(under, ["One", "Two", "Three"])
    chosen: list[finder.Entry] = []
    made.chosen.connect(chosen.append)
    QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Up)
    assert made.rows.currentIndex().data() == "Three"
    QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Down)
    assert made.rows.currentIndex().data() == "One", "the heading above it is passed"
    QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Return)
    assert [entry.key for entry in chosen] == ["One"]
    assert made.ran == ["One"]  # type: ignore[attr-defined]
    assert made.isHidden()


def test_escape_and_a_click_beside_it_close_it_without_choosing(under: QtWidgets.QWidget) -> None:
    made = opened(under, ["One"])
    QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Escape)
    assert made.isHidden()
    again = opened(under, ["One"])
    QtTest.QTest.mouseClick(again, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(4, 4))
    assert again.isHidden()
    assert made.ran == again.ran == []  # type: ignore[attr-defined]


def test_an_answer_to_older_words_is_dropped(under: QtWidgets.QWidget) -> None:
    made = opened(under, ["One"])
    made.line.setText("ana")
    late = [finder.Entry(key="x", title="Someone else", run=lambda: None)]
    made.set_found("an", late)
    assert shown(made) == []
    assert "Nothing is called “ana”" in made.hint.text()
    made.set_found("ana", late)
    assert shown(made) == ["Someone else"]


async def test_a_person_a_campaign_and_a_message_are_found_by_what_is_pasted(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as desk:
        await desk.services.session.load(desk.services.api)
        desk.palette_over.toggle()
        made = _finder(desk)
        made.line.setText(sent.phones["delivered"])
        await until(lambda: any(entry.group == "Messages" for entry in made.shown()))
        groups = [entry.group for entry in made.shown()]
        assert groups.index("People") < groups.index("Messages")
        made.line.setText("Spring")
        await until(lambda: any(entry.group == "Campaigns" for entry in made.shown()))
        entry = next(entry for entry in made.shown() if entry.group == "Campaigns")
        made.line.setText("Members")
        await until(lambda: any(entry.group == "Audiences" for entry in made.shown()))
        made.line.setText("Spring")
        await until(lambda: any(one.key == entry.key for one in made.shown()))
        QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Return)
        assert desk.current == "campaigns"
        desk.palette_over.toggle()
        again = _finder(desk)
        assert shown(again)[0] == "Spring", "what was chosen is the first thing offered"
        desk.palette_over.toggle()
        assert desk.palette_over.finder is None


async def test_every_act_and_every_screen_is_offered_and_a_screen_can_be_begun_in(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as desk:
        desk.palette_over.toggle()
        made = _finder(desk)
        titles = set(shown(made))
        assert {spec.title for spec in desk.specs.values()} <= titles
        known = {one.title for one in desk.commands.all() if one.key != "palette"}
        assert known <= titles
        made.line.setText("new campaign")
        QtTest.QTest.keyClick(made.line, QtCore.Qt.Key.Key_Return)
        assert desk.current == "campaigns"
        assert desk.where() == links.Link(view="campaigns", args={"new": "yes"})


async def test_a_link_pasted_into_the_palette_is_followed_and_an_act_is_asked_first(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as desk:
        desk.palette_over.toggle("heliograph://messages?state=failed")
        assert shown(_finder(desk)) == ["Open this link"]
        QtTest.QTest.keyClick(_finder(desk).line, QtCore.Qt.Key.Key_Return)
        assert desk.current == "messages"
        assert desk.page().filters.state == "failed"  # type: ignore[attr-defined]
        before = desk.page()
        desk.follow("heliograph://do/go.twins")
        asked = desk.findChildren(dialogs.Sheet)[-1]
        assert asked.windowTitle() == "Twins?"
        assert desk.page() is before
        asked.reject()
        desk.follow("heliograph://do/nothing.like.it")
        assert "which nothing here can do" in desk.toasts._shown[-1].words
        desk.follow("heliograph://messages?state=failed&at=elsewhere-1")
        assert "another server" in desk.toasts._shown[-1].words


def _finder(desk: window.Window) -> finder.Finder:
    made = desk.palette_over.finder
    assert made is not None
    return made
