"""What arrived at real twins, seen as a device shows it; and the recipients that play a part there."""

import pathlib

from PySide6 import QtCore, QtGui, QtTest

from console.views.twins import page as twins_page
from console.widgets import code, differing
from server.wire import arrivals
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
        await until(lambda: page.inbox.rows.row(0) is not None)
        page.inbox.table.pick(0)
        await until(lambda: page.panel.told)
        handset = page.panel.face.handset
        assert handset is not None
        assert "Hello Delivered, your tier is gold." in handset.device.accessibleDescription()
        wire = next(
            block for block in page.panel.findChildren(code.CodeBlock) if "StatusCallback" in block.text()
        )
        assert sent.phones["delivered"] in wire.text()


async def test_a_twin_s_card_narrows_the_inbox_and_widens_it_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.rows.total > 0 and page.running.count("sms/twilio") > 0)
        whole = page.inbox.rows.total
        card = page.running._cards["sms/twilio"]
        assert card.accessibleName() == "Twilio"
        QtTest.QTest.keyClick(card, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.inbox.rows.heard)
        assert page.inbox.rows.total == page.running.count("sms/twilio") < whole
        QtTest.QTest.mouseClick(card, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.inbox.rows.heard)
        assert page.inbox.rows.total == whole


async def test_nothing_that_matches_says_so(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find="+1999") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.rows.heard)
        assert page.inbox.table.currentWidget() is page.inbox.no_match


async def test_a_magic_recipient_is_found_by_word_and_copied_by_enter(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins") as shown:
        page = page_of(shown)
        page.show_part("magic")
        await until(lambda: page.magic.known)
        page.magic.channels.set_current("email")
        page.magic.channels.chosen.emit("email")
        page.magic.seek.setText("spam")
        await until(lambda: page.magic.rows.total == 1)
        page.magic.table.pick(0)
        QtTest.QTest.keyClick(page.magic.table.view, QtCore.Qt.Key.Key_Return)
        assert QtGui.QGuiApplication.clipboard().text() == "complained@magic.test"


async def test_the_story_behind_an_arrival_is_one_click_away(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find=sent.mails["delivered"]) as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.rows.row(0) is not None)
        ref = page.inbox.rows.row(0).ref  # type: ignore[union-attr]  # now: the list is looked at anew later on
        page.inbox.table.pick(0)
        await until(lambda: page.panel.told)
        page.panel.message_asked.emit(ref)
        assert shown.current == "messages"
        panel = shown.page().panel  # type: ignore[attr-defined]
        await until(lambda: panel.story is not None)
        assert panel.story.message.address == sent.mails["delivered"]


async def test_every_row_says_whether_it_equals_its_promise(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", find=sent.phones["delivered"]) as shown:
        page = page_of(shown)
        column = next(at for at, one in enumerate(page.inbox.rows.columns) if one.title == "Promise")
        await until(lambda: page.inbox.rows.data(page.inbox.rows.index(0, column)) == "Equal")


async def test_an_arrival_stands_beside_its_promise_and_is_left_by_escape(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", twin="sms/twilio") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.rows.row(1) is not None)
        page.inbox.table.pick(0)
        await until(lambda: page.panel.told)
        page.inbox.show_beside()
        both = page.inbox.beside
        assert both.isVisible()
        for side in (both.promised, both.arrived):
            assert side.face.handset is not None
            assert "your tier is gold." in side.face.handset.device.accessibleDescription()
        first = page.panel.arrival
        QtTest.QTest.keyClick(both, QtCore.Qt.Key.Key_J)
        await until(lambda: page.panel.arrival != first and page.panel.told)
        QtTest.QTest.keyClick(both, QtCore.Qt.Key.Key_Escape)
        assert not both.isVisible()
        assert page.panel.isVisible()


async def test_what_differs_is_named_with_its_words_marked(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", twin="sms/twilio") as shown:
        page = page_of(shown)
        await until(lambda: page.inbox.rows.row(0) is not None)
        page.inbox.table.pick(0)
        await until(lambda: page.inbox._pair is not None)
        whole, found = page.inbox._pair  # type: ignore[misc]  # waited for
        changed = arrivals.Comparison(
            id=found.id,
            verdict=arrivals.Verdict.DIFFERS,
            promised_hash="a",
            arrived_hash="b",
            promised=found.promised,
            arrived=found.arrived,
            differences=[arrivals.Difference(place="body", promised="Hello Ana", arrived="Hello Eva")],
        )
        page.inbox._tell((whole, changed))
        page.inbox.show_beside()
        [marks] = page.inbox.beside.findChildren(differing.Differing)
        assert marks.accessibleName() == "Promised: Hello Ana. Arrived: Hello Eva"


def test_only_what_differs_is_marked_and_long_texts_are_cut_around_it() -> None:
    before, after = differing.marked(
        "x" * 200 + " one two " + "y" * 200, "x" * 200 + " one three " + "y" * 200
    )
    assert [before.words[a:b] for a, b in before.spans] == ["two"]
    assert [after.words[a:b] for a, b in after.spans] == ["three"]
    assert before.words.startswith("…x")
    assert before.words.endswith("y…")


async def test_the_inbox_is_sorted_by_the_server_and_kept_as_a_view(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "twins", twin="sms/twilio", sort="to") as shown:
        page = page_of(shown)
        rows = page.inbox.rows
        await until(lambda: rows.heard and rows.total > 2)
        found = [rows.row(at).to for at in range(rows.total)]  # type: ignore[union-attr]
        assert found == sorted(found)
        assert shown.where().args == {"twin": "sms/twilio", "sort": "to"}
        page.inbox.table.sort_by("-at")
        await until(lambda: rows.heard and rows.row(0) is not None)
        numbers = [rows.row(at).id for at in range(rows.total)]  # type: ignore[union-attr]
        assert numbers == sorted(numbers, reverse=True)
