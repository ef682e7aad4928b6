"""The list and the run page, against a real server with a finished run."""

import pathlib

import msgspec
from PySide6 import QtCore, QtTest, QtWidgets

from console import window
from console.views.campaigns import page as campaigns_page
from console.views.campaigns.run import by_channel, why
from console.widgets import dialogs, notices, text
from server.wire import campaigns, ledger, server
from tests.console import conftest
from tests.console.views import sandbox

CONTROL = QtCore.Qt.KeyboardModifier.ControlModifier


def page_of(shown: window.Window) -> campaigns_page.Page:
    """The page on screen."""
    page = shown.page()
    assert isinstance(page, campaigns_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say."""
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


def gone(shown: window.Window) -> tuple[str, dict[str, object]]:
    """Where the window went last."""
    return shown._history[-1]


async def test_the_list_is_walked_filtered_and_opened_by_keyboard(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        page = page_of(shown)
        await until(lambda: page.list.table.model.total >= 1)
        await until(lambda: page.list.tabs._tabs["done"].accessibleName() not in ("Done", "Done, 0"))
        page.list.search.setFocus()
        QtTest.QTest.keyClicks(page.list.search, "Spring")
        QtTest.QTest.keyClick(page.list.search, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.list.table.model.total == 1 and page.list.table.model.row(0) is not None)
        page.list.table.pick(0)
        QtTest.QTest.keyClick(page.list.table.view, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.run.seen is not None)
        assert gone(shown) == ("campaigns", {"campaign": sent.campaign.id})
        assert page.run.name.text() == "Spring"


async def test_a_search_without_a_match_says_so_and_leads_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        page = page_of(shown)
        await until(lambda: page.list.table.model.total >= 1)
        QtTest.QTest.keyClicks(page.list.search, "no such thing")
        await until(lambda: page.list.table.model.heard and page.list.table.model.total == 0)
        assert "“no such thing”" in words(page.list.table)
        page.list.show_all()
        await until(lambda: page.list.table.model.total >= 1)


async def test_a_live_change_repaints_the_row_in_place(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", tab="done") as shown:
        page = page_of(shown)
        await until(page.list.rows)
        row = next(row for row in page.list.rows() if row.id == sent.campaign.id)
        assert row.run is not None
        assert row.equation is not None
        moved = msgspec.structs.replace(row.equation, accepted=row.equation.accepted + 1000)
        change = server.Change(
            kind=server.ChangeKind.RUN, subject=row.run, at=row.updated_at, equation=moved, status="paused"
        )
        shown.desk.live.changed.emit([change])
        shownrow = next(one for one in page.list.rows() if one.id == row.id)
        assert shownrow.equation == moved
        assert shownrow.status is campaigns.Status.PAUSED


async def test_every_number_of_a_run_leads_to_its_messages(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", campaign=sent.campaign.id) as shown:
        page = page_of(shown)
        await until(lambda: page.run.seen is not None)
        run = sent.campaign.run
        chip = page.run.equation.chips["failed"]
        chip.setFocus()
        QtTest.QTest.keyClick(chip, QtCore.Qt.Key.Key_Return)
        assert gone(shown) == ("messages", {"run": run, "state": "failed", "group": True})
        page.run.equation.asked.emit("audience")
        assert gone(shown) == ("messages", {"run": run, "state": "", "group": True})
        number = page.run.channels.findChildren(by_channel.Number)[2]
        number.click()
        assert gone(shown) == (
            "messages",
            {"run": run, "channel": "apns", "state": "accepted", "group": True},
        )
        rows = page.run.why.findChildren(why.Row)
        first = next(row for row in rows if row.reason.state is ledger.State.FAILED)
        first.click()
        view, asked = gone(shown)
        assert view == "messages"
        assert asked["reason"] == first.reason.code


async def test_a_finished_run_shows_how_long_it_took_and_offers_no_pause(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", campaign=sent.campaign.id) as shown:
        page = page_of(shown)
        await until(lambda: page.run.seen is not None)
        told = words(page.run)
        assert "Took" in told
        assert "Time left" not in told
        assert not page.run.pause.isVisible()
        assert not page.run.cancel.isVisible()
        assert "Balances" in page.run.equation._verdict.accessibleName()


async def test_an_act_the_server_refuses_says_its_sentence_in_place(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", campaign=sent.campaign.id) as shown:
        page = page_of(shown)
        await until(lambda: page.run.seen is not None)
        page.run.show_campaign(msgspec.structs.replace(sent.campaign, status=campaigns.Status.RUNNING))
        page.run.toggle()
        page.run.toggle()
        banner = page.run.findChildren(notices.Banner)[0]
        await until(lambda: "cannot be paused" in words(banner))
        assert page.run.pause.isEnabled()


async def test_a_campaign_that_is_not_there_is_said_not_to_be(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", campaign=99_999) as shown:
        await until(lambda: "There is no campaign 99999." in words(shown.page()))


async def test_pausing_resuming_and_cancelling_a_run_from_its_page(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    audience = sandbox.crowd(sent.server, tmp_path / "crowd.csv", 15_000)
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        page = page_of(shown)
        shown.desk.live.start()
        ask = campaigns.SaveCampaign(
            name="Long", audience=audience.id, contents=campaigns.Contents(sms=sandbox.CONTENTS.sms)
        )
        draft = await shown.desk.api.call(campaigns.CREATE, ask)
        await shown.desk.api.call(campaigns.LAUNCH, campaigns.Launch(), campaign=draft.id)
        shown.navigate("campaigns", campaign=draft.id)
        running = campaigns.Status.RUNNING
        await until(lambda: page.run.campaign is not None and page.run.campaign.status is running)
        await until(lambda: page.run.pause.isVisible() and page.run.pause.isEnabled())
        for _ in range(2):
            QtTest.QTest.mouseClick(page.run.pause, QtCore.Qt.MouseButton.LeftButton)
        await until(lambda: page.run.pause.text().strip() == "Resume" and page.run.pause.isEnabled())
        QtTest.QTest.keyClick(page.run.pause, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.run.pause.text().strip() == "Pause" and page.run.pause.isEnabled())
        page.run.ask_cancel()
        sheet = shown.findChildren(dialogs.Sheet)[-1]
        assert "will never be sent" in words(sheet)
        go = next(
            one for one in sheet.findChildren(QtWidgets.QPushButton) if one.text() == "Cancel the campaign"
        )
        go.click()
        cancelled = campaigns.Status.CANCELLED
        await until(lambda: page.run.campaign is not None and page.run.campaign.status is cancelled)
        assert page.run.campaign is not None
        assert page.run.campaign.equation is not None
        assert page.run.campaign.equation.balances
        assert page.run.campaign.equation.cancelled > 0
