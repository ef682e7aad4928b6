"""Triage against a real server: reasons explained, acts asked for and taken back, all of it by keyboard too."""

import pathlib

from PySide6 import QtCore, QtTest, QtWidgets

from console.services import whose
from console.views.exceptions import model, sheets
from console.views.exceptions import page as exceptions_page
from console.widgets import notices, text
from server.wire import exceptions, messages
from tests.console import conftest
from tests.console.views import sandbox


def page_of(shown: object) -> exceptions_page.Page:
    """The page on screen."""
    page = shown.page()  # type: ignore[attr-defined]
    assert isinstance(page, exceptions_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


def toast(shown: QtWidgets.QWidget) -> notices.Toast | None:
    """The newest toast."""
    found = [one for one in shown.findChildren(notices.Toast) if one.isVisible()]
    return found[-1] if found else None


def press(toast: notices.Toast, label: str) -> None:
    next(one for one in toast.findChildren(QtWidgets.QPushButton) if one.text() == label).click()


async def dead(shown: QtWidgets.QWidget, until: conftest.Until) -> exceptions_page.Page:
    page = page_of(shown)
    await until(lambda: page.detail.isVisible() and page.rows.heard)
    return page


async def test_dead_letters_are_grouped_explained_and_listed(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="dead") as shown:
        page = await dead(shown, until)
        groups = page.list.groups()
        assert groups
        assert all(group.meaning and group.remedy for group in groups)
        assert [group.count for group in groups] == sorted((group.count for group in groups), reverse=True)
        refused = next(group for group in groups if group.reason == "21618")
        page.list.pick(model.key_of(refused))
        await until(lambda: page.rows.total == refused.count and page.rows.heard)
        assert "The body cannot be sent" in words(page.detail)
        row = page.rows.row(0)
        await until(lambda: page.rows.row(0) is not None)
        row = page.rows.row(0)
        assert isinstance(row, messages.Message)
        assert row.reason == "21618"


async def test_the_preview_is_shown_before_anything_is_sent_again_and_can_be_left(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="dead", reason="21618") as shown:
        page = await dead(shown, until)
        QtTest.QTest.keyClick(page.list, QtCore.Qt.Key.Key_R)
        await until(lambda: page.findChild(sheets.PreviewSheet) is not None)
        sheet = page.findChild(sheets.PreviewSheet)
        assert isinstance(sheet, sheets.PreviewSheet)
        assert not sheet.go.isEnabled()
        await until(sheet.facts.isVisible)
        assert "1 message" in words(sheet)
        assert sheet.go.isEnabled()
        QtTest.QTest.keyClick(sheet, QtCore.Qt.Key.Key_Escape)
        with sent.server.client() as asked:
            assert not [
                act for act in asked.call(exceptions.ACTS).rows if act.kind is exceptions.Kind.REDRIVE
            ]


async def test_closing_empties_the_desk_and_undo_fills_it_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="dead", reason="21211") as shown:
        page = await dead(shown, until)
        page.detail.buttons["close"].click()
        await until(lambda: not page.list.groups())
        await until(page.shut.isVisible)
        told = toast(shown)
        assert told is not None
        assert told.words == "Closing 1 message."
        page.shut.click()
        await until(lambda: len(page.list.groups()) == 1)
        assert not page.detail.buttons["close"].isVisible()
        press(told, "Undo")
        await until(lambda: not page.list.groups())
        page.shut.click()
        await until(lambda: len(page.list.groups()) == 1)


async def test_a_doubt_is_settled_only_with_a_reason_and_the_story_keeps_who_and_why(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="doubt", channel="apns") as shown:
        page = await dead(shown, until)
        assert not page.detail.buttons["look_up"].isVisible()
        assert "collapse id" in words(page.detail)
        await until(lambda: page.rows.row(0) is not None)
        ref = page.rows.row(0).ref  # type: ignore[union-attr]
        page.detail.buttons["accepted"].click()
        sheet = page.findChild(sheets.ReasonSheet)
        assert isinstance(sheet, sheets.ReasonSheet)
        assert not sheet.go.isEnabled()
        sheet.why.input.setPlainText("Ana showed it to me")
        assert sheet.go.isEnabled()
        sheet.go.click()
        await until(lambda: not page.list.groups())
        with sent.server.client() as asked:
            story = asked.call(messages.STORY, ref=ref)
            assert story.message.state == "accepted"
            settled = story.events[-1].detail
            assert (settled["by"], settled["why"]) == (whose.user(), "Ana showed it to me")
        told = toast(shown)
        assert told is not None
        press(told, "Undo")
        await until(lambda: len(page.list.groups()) == 1)
        with sent.server.client() as asked:
            assert asked.call(messages.STORY, ref=ref).message.state == "doubt"


async def test_sending_a_doubt_again_needs_a_reason_and_the_word_that_twice_is_accepted(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="doubt", channel="apns") as shown:
        page = await dead(shown, until)
        page.detail.buttons["again"].click()
        sheet = page.findChild(sheets.PreviewSheet)
        assert isinstance(sheet, sheets.PreviewSheet)
        await until(sheet.twice.isVisible)
        assert "may have arrived already" in "\n".join(
            banner.accessibleName() for banner in sheet.findChildren(notices.Banner)
        )
        sheet.why.input.setText("they asked for it")
        sheet.why.changed.emit()
        assert not sheet.go.isEnabled()
        sheet.twice.input.click()
        assert sheet.go.isEnabled()
        sheet.close()


async def test_chosen_rows_narrow_what_an_act_is_about_and_escape_lets_them_go(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="dead", channel="email") as shown:
        page = await dead(shown, until)
        await until(lambda: page.rows.row(0) is not None)
        page.detail.table.pick(0)
        assert page.detail.count() == 1
        assert "chosen" in words(page.detail)
        QtTest.QTest.keyClick(page, QtCore.Qt.Key.Key_Escape)
        assert not page.detail.chosen()
        assert page.detail.group is not None
        assert page.detail.count() == page.detail.group.count


async def test_an_empty_desk_teaches_and_a_filter_without_a_match_clears_by_one_click(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(
        sent.server, tmp_path, "exceptions", subject="dead", find="nobody at all"
    ) as shown:
        page = page_of(shown)
        await until(page._no_match.isVisible)
        button = page._no_match.findChild(QtWidgets.QPushButton)
        assert button is not None
        button.click()
        await until(page.detail.isVisible)
        assert page.seek.text() == ""


async def test_the_sidebar_counts_what_waits_here_and_the_overview_leads_here(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = shown.page()
        await until(lambda: "given up in the last 24 hours" in words(page))
        await until(lambda: page._seen is not None)  # type: ignore[attr-defined]
        alarms = page._seen.overview.alarms  # type: ignore[attr-defined]
        at = next(at for at, alarm in enumerate(alarms) if alarm.subject == "dead")
        page.lead(at)  # type: ignore[attr-defined]
        there = await dead(shown, until)
        assert there.tabs.current() == model.Desk.DEAD


async def test_a_part_with_its_filters_is_a_view(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "exceptions", subject="dead", channel="sms") as shown:
        page = shown.page()
        assert isinstance(page, exceptions_page.Page)
        assert shown.where().args == {"part": "dead", "channel": "sms"}
        page.saved.save("SMS")
        shown.navigate("exceptions", fresh=True)
        assert shown.where().args == {"part": "doubt"}
        [(_, args)] = page.saved.rows()
        shown.navigate("exceptions", fresh=True, **args)
        assert shown.where().args == {"part": "dead", "channel": "sms"}
