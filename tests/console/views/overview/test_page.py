"""The overview against a real server, and in the states that a sandbox does not come into by itself."""

import datetime
import pathlib

import msgspec
from PySide6 import QtCore, QtTest, QtWidgets

from console import window
from console.views.overview import page as overview_page
from console.views.overview import running
from console.widgets import buttons, notices, text
from server.wire import campaigns, server
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.overview import samples


def page_of(shown: window.Window) -> overview_page.Page:
    """The page on screen."""
    page = shown.page()
    assert isinstance(page, overview_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say, and those painted by hand by their names."""
    said = [label.text() for label in widget.findChildren(text.Label)]
    return "\n".join([*said, *(line.text() for line in widget.findChildren(text.Elided))])


def gone(shown: window.Window) -> tuple[str, dict[str, object]]:
    """Where the window went last."""
    return shown._history[-1]


async def test_the_numbers_of_a_day_are_shown_and_lead_to_messages(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = page_of(shown)
        await until(lambda: page.equation.audience.number() >= sandbox.MESSAGES)
        assert page.accepted.accessibleDescription() != ""
        chip = page.equation.chips["failed"]
        assert chip.number() > 0
        chip.click()
        assert gone(shown) == ("messages", {"state": "failed", "group": True})
        page.equation.audience.click()
        assert gone(shown) == ("messages", {"state": "", "group": True})


async def test_a_newcomer_is_taught_three_steps_and_led_to_the_next(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = page_of(shown)
        await until(lambda: page._seen is not None)
        page.show_seen(samples.first())
        assert page.first.isVisible()
        due = [one for one in page.first.findChildren(buttons.Button) if one.isVisible()]
        kinds = {one.text(): one.property("kind") for one in due}
        assert kinds == {"Import contacts": "plain", "Write a campaign": "primary", "Show drafts": "plain"}
        next(one for one in due if one.text() == "Write a campaign").click()
        assert gone(shown) == ("campaigns", {"new": True})


async def test_a_running_campaign_is_followed_row_by_row_and_opened_by_keyboard(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = page_of(shown)
        await until(lambda: page._seen is not None and not shown.services.operations.busy(overview_page.LOOK))
        page.show_seen(samples.running())
        row = page.running.row(31)
        assert isinstance(row, running.Row)
        assert "—" in words(row)
        known = row.campaign.equation
        assert known is not None
        moved = msgspec.structs.replace(known, waiting=0, accepted=known.accepted + known.waiting)
        change = server.Change(
            kind=server.ChangeKind.RUN,
            subject=31,
            at=datetime.datetime.now(datetime.UTC),
            equation=moved,
            status="paused",
            rate_per_s=12.0,
        )
        shown.desk.live.changed.emit([change])
        assert page.running.row(31) is row
        assert "12 / s" in words(row)
        assert "Resume" in [one.text().strip() for one in row.findChildren(buttons.Button)]
        row.setFocus()
        QtTest.QTest.keyClick(row, QtCore.Qt.Key.Key_Return)
        assert gone(shown) == ("campaigns", {"campaign": 31})


async def test_an_alarm_says_what_to_do_and_leads_there(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = page_of(shown)
        await until(lambda: page._seen is not None and not shown.services.operations.busy(overview_page.LOOK))
        page.show_seen(samples.running())
        banner = next(one for one in page.findChildren(notices.Banner) if one.isVisible())
        assert "Twilio does not know this auth token" in words(banner)
        banner.findChildren(buttons.Button)[0].click()
        assert gone(shown) == ("providers", {"subject": "6"})


async def test_a_pause_the_server_refuses_is_told(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        page = page_of(shown)
        await until(lambda: page._seen is not None and not shown.services.operations.busy(overview_page.LOOK))
        page._turn(msgspec.structs.replace(sent.campaign, status=campaigns.Status.RUNNING))
        await until(lambda: any("cannot be paused" in notice.words for notice in shown.services.told.rows))


async def test_an_overview_that_cannot_be_read_says_why_and_tries_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        await shown.services.api.connect("http://127.0.0.1:9", "nobody")
        shown.navigate("overview")
        page = page_of(shown)
        await until(lambda: "does not answer" in words(page))
        await shown.services.api.connect(sent.server.url, sent.server.token)
        next(
            one for one in page.findChildren(buttons.Button) if one.text() == "Try again" and one.isVisible()
        ).click()
        await until(lambda: page.equation.audience.number() >= sandbox.MESSAGES)
