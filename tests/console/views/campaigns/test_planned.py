"""A campaign is scheduled in the window, shown with its times, asks about a missed one, and is taken back."""

import asyncio
import contextlib
import pathlib

from PySide6 import QtWidgets

from console import holding, window
from console.views.campaigns import page as campaigns_page
from console.views.campaigns import planned
from console.views.campaigns.draft import page as draft_page
from console.views.campaigns.draft import plans
from console.widgets import buttons, dialogs, text
from server.channels import contents
from server.wire import campaigns, schedules
from tests.console import conftest
from tests.console.views import sandbox
from tests.support import served


def page_of(shown: window.Window) -> campaigns_page.Page:
    page = shown.page()
    assert isinstance(page, campaigns_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


def press(sheet: QtWidgets.QWidget, label: str) -> None:
    next(one for one in sheet.findChildren(buttons.Button) if one.text().strip() == label).click()


async def made(shown: window.Window, sent: sandbox.Sandbox, name: str) -> campaigns.Campaign:
    ask = campaigns.SaveCampaign(
        name=name, audience=sent.audience.id, contents=campaigns.Contents(sms=contents.Sms(body="Hello"))
    )
    return await shown.desk.api.call(campaigns.CREATE, ask)


async def test_a_draft_is_scheduled_read_back_and_taken_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft_ = await made(shown, sent, "Weekly")
        shown.navigate("campaigns", campaign=draft_.id)
        page = page_of(shown)
        await until(lambda: page.draft.work.campaign == draft_.id)
        page.draft.go(draft_page.LAUNCH)
        when = page.draft.launch.when
        await until(page.draft.launch.go.isEnabled)
        assert when.plan() is None
        when.every.set_value(schedules.Every.WEEKLY)
        when.zone.setCurrentIndex(when.zone.findData("Europe/Berlin"))
        when._on_kind(plans.OFTEN)
        when.kind.set_current(plans.OFTEN)
        assert not page.draft.launch.go.isEnabled()  # until it has been read back
        await until(page.draft.launch.go.isEnabled)
        assert "Every Monday at 09:00, Europe/Berlin" in words(when)
        assert words(when).count("09:00 Berlin") == 5
        assert page.draft.launch.go.text().strip().startswith("Schedule for ")
        page.draft.launch.go.click()
        sheet = shown.findChildren(dialogs.Sheet)[-1]
        assert "Every Monday at 09:00" in words(sheet)
        press(sheet, "Schedule")
        await until(lambda: page._stack.currentWidget() is page.planned and page.planned.seen is not None)
        assert "Every Monday at 09:00, Europe/Berlin" in words(page.planned)
        assert words(page.planned).count("09:00 Berlin") == 5
        page.planned.undo.click()
        press(shown.findChildren(dialogs.Sheet)[-1], "Take it back")
        await until(lambda: page._stack.currentWidget() is page.draft)
        found = await shown.desk.api.call(campaigns.SHOW, campaign=draft_.id)
        assert found.status is campaigns.Status.DRAFT


async def test_a_plan_that_cannot_be_meant_says_so_and_closes_the_button(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft_ = await made(shown, sent, "Never")
        shown.navigate("campaigns", campaign=draft_.id)
        page = page_of(shown)
        await until(lambda: page.draft.work.campaign == draft_.id)
        page.draft.go(draft_page.LAUNCH)
        when = page.draft.launch.when
        when.every.set_value(schedules.Every.CRON)
        when.cron.set_value("0 9 30 2 *")
        when.kind.set_current(plans.OFTEN)
        when._on_kind(plans.OFTEN)
        await until(lambda: "None of its months has such a day" in words(when))
        assert not page.draft.launch.go.isEnabled()


async def test_a_missed_start_asks_on_the_campaigns_page_and_in_the_overview(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft_ = await made(shown, sent, "Missed")
        plan = schedules.Plan(every=schedules.Every.DAILY, zone="UTC", time="09:00")
        await shown.desk.api.call(schedules.SAVE, plan, campaign=draft_.id)
        with contextlib.closing(sent.server.database()) as database:
            database.execute(
                "UPDATE schedule SET next_local = '2020-01-01T09:00', next_at = next_at - 86400 WHERE campaign = ?",
                (draft_.id,),
            )
        with sent.server.client() as server:
            await asyncio.to_thread(
                served.until, lambda: server.call(schedules.OVERDUE).rows, "the clock to see the missed start"
            )
        shown.navigate("campaigns", campaign=draft_.id)
        page = page_of(shown)
        asked = page.planned

        def questions() -> list[planned.Question]:
            return [one for one in asked.findChildren(planned.Question) if one.isVisibleTo(asked)]

        await until(lambda: bool(questions()))
        assert "people would get" in words(questions()[0])
        shown.attending.ask()
        await until(lambda: any("Missed was to start" in notice.words for notice in shown.bell.alarms))
        questions()[0].later.click()
        sheet = shown.findChildren(planned.MoveSheet)[-1]
        sheet.asked.emit("2020-01-01T09:00")
        await until(lambda: "in the past" in words(sheet))
        sheet.reject()
        questions()[0].skip.click()
        await until(lambda: not questions())
        assert "Left out" in words(asked)
        asked.undo.click()
        press(shown.findChildren(dialogs.Sheet)[-1], "Take it back")
        await until(lambda: page._stack.currentWidget() is page.draft)


async def test_everything_is_stopped_from_the_top_bar_and_goes_on_after_a_decision(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        shown.top.stop.click()
        sheet = shown.findChildren(holding.StopSheet)[-1]
        sheet.note.set_value("A drill")
        sheet.go.click()
        await until(lambda: shown.holding.is_held)
        assert shown.holding.banner.isVisible()
        assert "decide what goes on" in shown.top.stop.toolTip()
        shown.top.stop.click()
        await until(lambda: bool(shown.findChildren(holding.DecisionSheet)))
        decision = shown.findChildren(holding.DecisionSheet)[-1]
        assert "A drill" in words(decision)
        decision.go.click()
        await until(lambda: not shown.holding.is_held)
        assert not shown.holding.row.isVisible()
