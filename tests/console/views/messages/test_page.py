"""Finding one person's message among all, and reading its story, against a real server's finished run."""

import json
import pathlib

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from console.views.messages import model
from console.views.messages import page as messages_page
from console.widgets import buttons, chips, notices, text
from tests.console import conftest
from tests.console.views import sandbox


def page_of(shown: object) -> messages_page.Page:
    """The page on screen."""
    page = shown.page()  # type: ignore[attr-defined]
    assert isinstance(page, messages_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say."""
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


def chip(page: messages_page.Page, name: str) -> chips.Chip:
    """One filter by what it says."""
    return next(one for one in page.findChildren(chips.Chip) if one._name == name)


async def test_a_pasted_phone_number_in_any_spelling_opens_the_story_at_once(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages") as shown:
        page = page_of(shown)
        await until(lambda: page.list.total == sandbox.MESSAGES)
        number = sent.phones["delivered"]
        QtGui.QGuiApplication.clipboard().setText(f"{number[:2]} {number[2:5]}-{number[5:8]} {number[8:]}")
        page._seek.setFocus()
        page._seek.paste()
        await until(lambda: page.panel.story is not None)
        assert page.panel.isVisible()
        assert page.panel.story is not None
        message = page.panel.story.message
        assert (message.name, message.channel) == ("Delivered", "sms")
        assert page.list.total == len(sandbox.CONTENTS.chosen())


async def test_a_story_tells_attempt_answer_receipt_and_proves_what_was_sent(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(
        sent.server, tmp_path, "messages", find=sent.phones["delivered"], channel="sms"
    ) as shown:
        page = page_of(shown)
        await until(lambda: page.panel.story is not None)
        told = words(page.panel)
        assert "Handed to the provider" in told
        assert "Delivered" in told
        assert "equal to what was sent, by hash" in told
        assert "Hello Delivered, your tier is gold." in told
        page.panel.copy.click()
        copied = json.loads(QtGui.QGuiApplication.clipboard().text())
        assert copied["content_matches"] is True
        assert copied["message"]["ref"] == page.panel.story.message.ref  # type: ignore[union-attr]


async def test_a_failure_is_explained_in_words_with_its_remedy(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(
        sent.server, tmp_path, "messages", find=sent.phones["dead"], channel="sms"
    ) as shown:
        page = page_of(shown)
        await until(lambda: page.panel.story is not None)
        banner = page.panel.findChildren(notices.Banner)[0]
        assert banner.accessibleName()
        assert banner.accessibleDescription()


async def test_a_number_of_the_equation_lands_here_with_a_filter_that_can_be_let_go(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    run = sent.campaign.run
    async with sandbox.opened(
        sent.server, tmp_path, "messages", run=run, state="accepted", group=True
    ) as shown:
        page = page_of(shown)
        await until(lambda: page.list.heard)
        assert sent.campaign.equation is not None
        assert page.list.total == sent.campaign.equation.accepted
        state = chip(page, "State")
        assert state.isVisible()
        assert state.value() == f"accepted{model.GROUP}"
        state._drop.click()
        await until(lambda: page.list.total == sent.campaign.equation.audience)  # type: ignore[union-attr]
        assert page.filters == model.Filters(run=str(run))


async def test_the_alarm_about_doubts_shows_those_in_doubt(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages", subject="doubt") as shown:
        page = page_of(shown)
        await until(lambda: page.list.total > 0)
        row = page.list.row(0)
        assert row is not None
        assert row.state == "doubt"
        page.table.pick(0)
        await until(lambda: page.panel.story is not None)
        assert "It may have been sent" in "\n".join(
            banner.accessibleDescription() for banner in page.panel.findChildren(notices.Banner)
        )


async def test_what_nobody_was_sent_says_so_and_clears_by_one_click(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages", find="nobody@nowhere.example") as shown:
        page = page_of(shown)
        await until(lambda: page.list.heard)
        assert page.table.currentWidget() is page._no_match
        clear = page._no_match.findChildren(buttons.Button)[0]
        QtTest.QTest.mouseClick(clear, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.list.total == sandbox.MESSAGES)


async def test_the_contact_and_the_campaign_are_one_click_away(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages", find=sent.mails["delivered"]) as shown:
        page = page_of(shown)
        await until(lambda: page.panel.story is not None)
        page.panel.contact_asked.emit(page.panel.story.message.contact)  # type: ignore[union-attr]
        assert shown.current == "audiences"
        panel = shown.page().panel  # type: ignore[attr-defined]
        await until(lambda: panel.contact is not None)
        assert panel.contact.key == "m-delivered"


async def test_a_list_that_cannot_be_read_says_why_and_offers_to_try_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages") as shown:
        page = page_of(shown)
        await until(lambda: page.list.total == sandbox.MESSAGES)
        await shown.services.api.connect("http://127.0.0.1:9", "nothing")
        page.list.restart()
        await until(lambda: page.table.currentWidget() is page.table._broken)
        assert "does not answer" in page.table._broken.accessibleDescription()
        await shown.services.api.connect(sent.server.url, sent.server.token)
        again = page.table._broken.findChildren(buttons.Button)[0]
        QtTest.QTest.mouseClick(again, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.list.total == sandbox.MESSAGES)
