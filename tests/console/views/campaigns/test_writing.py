"""Writing on each channel with the preview beside it: the phone leads to its field, and the field to its phone."""

import pathlib

from PySide6 import QtCore, QtTest, QtWidgets

from console import window
from console.views.campaigns.draft import page as draft_page
from console.widgets.editors import channel
from server.channels import contents, rcs
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import test_draft

RCS = contents.Rcs(
    kind="carousel",
    cards=[rcs.Card(title="First, {{ first_name }}"), rcs.Card(title="Second")],
    suggestions=[rcs.Suggestion(text="Tell me more")],
)


def form(draft: draft_page.DraftPage, name: str) -> channel.Form:
    found = draft.content._forms[name]
    assert isinstance(found, channel.Form)
    return found


async def wake(shown: window.Window, until: conftest.Until) -> None:
    """Only a window that is active has the keyboard."""
    shown.activateWindow()
    await until(shown.isActiveWindow)


async def test_a_phone_leads_to_its_field_and_shows_the_sms_in_its_place(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        sms = contents.Sms(body="Text for {{ first_name }}")
        row = await test_draft.made(shown, sent, name="Writing", rcs=RCS, sms=sms)
        shown.navigate("campaigns", campaign=row.id)
        draft = test_draft.page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        await wake(shown, until)
        content, preview = draft.content, draft.content.preview
        content.go("rcs")
        await until(lambda: "First, Delivered" in preview.handset.device.accessibleDescription())
        assert "Text for Delivered" in test_draft.words(preview.fallback)
        assert "1 segment, GSM-7" in test_draft.words(preview.fallback)
        await wake(shown, until)
        preview.handset.part_clicked.emit("cards.1.title")
        title = form(draft, "rcs").place("cards.1.title")
        assert QtWidgets.QApplication.focusWidget() is title
        assert preview.handset.device._marked == "cards.1.title"
        preview.handset.part_clicked.emit("suggestions.0")
        focused = QtWidgets.QApplication.focusWidget()
        assert focused is not None
        assert form(draft, "rcs").where(focused) == "suggestions.0.kind"
        preview.fallback.wanted.emit()
        assert content.channels.current() == "sms"
        content.switch(on=False)
        content.go("rcs")
        await until(lambda: "these phones stay silent" in test_draft.words(preview.fallback))


async def test_control_z_takes_edits_back_wherever_the_keyboard_is(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await test_draft.made(shown, sent, name="Undone", apns=contents.Apns(title="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        draft = test_draft.page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        await wake(shown, until)
        draft.content.go("apns", "title")
        made = form(draft, "apns")
        title, body = made.place("title"), made.place("body")
        assert title is not None
        assert body is not None
        QtTest.QTest.keyClick(title, QtCore.Qt.Key.Key_Home)
        QtTest.QTest.keyClicks(title, "!")
        body.setFocus()
        QtTest.QTest.keyClicks(body, "b")
        control = QtCore.Qt.KeyboardModifier.ControlModifier
        QtTest.QTest.keyClick(body, QtCore.Qt.Key.Key_Z, control)
        assert (made.value()["title"], made.value()["body"]) == ("!Hi", "")
        QtTest.QTest.keyClick(body, QtCore.Qt.Key.Key_Z, control)
        assert made.value()["title"] == "Hi"
        assert draft.work.fields("apns")["title"] == "Hi"
        assert QtWidgets.QApplication.focusWidget() is title
        QtTest.QTest.keyClick(title, QtCore.Qt.Key.Key_Y, control)
        assert made.value()["title"] == "!Hi"
