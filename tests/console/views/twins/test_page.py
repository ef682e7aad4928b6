"""What arrived at real twins, seen as a device shows it; and the recipients that play a part there."""

import pathlib

from PySide6 import QtCore, QtGui, QtTest

from console.views.twins import devices
from console.views.twins import page as twins_page
from console.widgets import code
from tests.console import conftest
from tests.console.views import sandbox


def page_of(shown: object) -> twins_page.Page:
    """The page on screen."""
    page = shown.page()  # type: ignore[attr-defined]
    assert isinstance(page, twins_page.Page)
    return page


async def test_an_arrival_is_shown_as_the_device_shows_it_and_as_it_came(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find=sent.phones["delivered"]) as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.row(0) is not None)
        page.table.pick(0)
        await until(lambda: page.panel.told)
        device = page.panel.findChildren(devices.DeviceView)[0]
        assert "Hello Delivered, your tier is gold." in device.accessibleDescription()
        wire = next(
            block for block in page.panel.findChildren(code.CodeBlock) if "StatusCallback" in block.text()
        )
        assert sent.phones["delivered"] in wire.text()


async def test_a_twin_s_card_narrows_the_inbox_and_widens_it_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.total > 0 and page.running.count("sms/twilio") > 0)
        whole = page.inbox.total
        card = page.running._cards["sms/twilio"]
        assert card.accessibleName() == "Twilio"
        QtTest.QTest.keyClick(card, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.inbox.heard)
        assert page.inbox.total == page.running.count("sms/twilio") < whole
        QtTest.QTest.mouseClick(card, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.inbox.heard)
        assert page.inbox.total == whole


async def test_nothing_that_matches_says_so(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find="+1999") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.heard)
        assert page.table.currentWidget() is page._no_match


async def test_a_magic_recipient_is_found_by_word_and_copied_by_enter(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins") as shown:
        page = page_of(shown)
        await until(lambda: bool(page._magic))
        page.show_part("magic")
        page._channels.set_current("email")
        page._channels.chosen.emit("email")
        page._seek_magic.setText("spam")
        await until(lambda: page.magic.total == 1)
        page.magic_table.pick(0)
        QtTest.QTest.keyClick(page.magic_table.view, QtCore.Qt.Key.Key_Return)
        assert QtGui.QGuiApplication.clipboard().text() == "complained@magic.test"


async def test_the_story_behind_an_arrival_is_one_click_away(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find=sent.mails["delivered"]) as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.row(0) is not None)
        ref = page.inbox.row(0).ref  # type: ignore[union-attr]  # now: the list is looked at anew later on
        page.table.pick(0)
        await until(lambda: page.panel.told)
        page.panel.message_asked.emit(ref)
        assert shown.current == "messages"
        panel = shown.page().panel  # type: ignore[attr-defined]
        await until(lambda: panel.story is not None)
        assert panel.story.message.address == sent.mails["delivered"]
