"""The campaign flow in the console: tests sent and seen, launches undone, campaigns copied, tagged and archived."""

import pathlib

from PySide6 import QtTest, QtWidgets

from console import window
from console.views.campaigns import page as campaigns_page
from console.views.campaigns import shelving
from console.views.campaigns.draft import outlook
from console.views.campaigns.draft import page as draft_page
from console.views.messages import page as messages_view
from console.widgets import dialogs, notices, pills, text
from server.channels import contents
from server.wire import campaigns, flow, prices, shelf, testing
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import test_draft

SMS = contents.Sms(body="Hi {{ first_name }}")


async def opened_draft(
    shown: window.Window, sent: sandbox.Sandbox, until: conftest.Until, name: str
) -> draft_page.DraftPage:
    """A draft on the server with an SMS, open."""
    row = await test_draft.made(shown, sent, name=name, sms=SMS)
    shown.navigate("campaigns", campaign=row.id)
    draft = test_draft.page_of(shown).draft
    await until(lambda: draft.work.campaign == row.id)
    draft.go(draft_page.CONTENT)
    draft.content.go("sms")
    return draft


def said(widget: QtWidgets.QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


async def test_a_test_is_sent_from_the_form_and_its_end_is_seen(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await opened_draft(shown, sent, until, "Tested")
        await until(lambda: draft.content.preview.seen is not None)
        test_draft.write(draft, "sms", "body", ", unsaved")
        draft.test.click()
        sheet = draft.tester.sheet
        assert sheet is not None
        QtTest.QTest.keyClicks(sheet.to.input, "+14155550144")
        sheet.go.click()
        await until(
            lambda: {pill.look().word for pill in sheet.findChildren(pills.Pill)} & {"Accepted", "Delivered"}
        )
        found = await shown.desk.api.call(testing.LIST, testing.TestQuery(campaign=draft.work.campaign or 0))
        assert [(row.address, row.person) for row in found.rows] == [("+14155550144", "Delivered")]
        sheet.accept()
        draft.ask_test()
        again = draft.tester.sheet
        assert again is not None
        await until(lambda: again._before.count() == 1)  # where it went is remembered
        again.all.click()
        messages_page = shown.page()
        assert isinstance(messages_page, messages_view.Page)
        assert messages_page.filters.tests == "only"
        await until(lambda: messages_page.table.model.total == 1)


async def test_a_test_that_cannot_be_sent_says_why_at_the_field(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await opened_draft(shown, sent, until, "Not tested")
        draft.ask_test()
        sheet = draft.tester.sheet
        assert sheet is not None
        sheet.go.click()
        assert "at least one address" in sheet.to.error()
        QtTest.QTest.keyClicks(sheet.to.input, "nobody")
        sheet.go.click()
        await until(lambda: "no phone number" in sheet.to.error())
        assert sheet.go.isEnabled()
        sheet.reject()


async def test_somebody_else_can_lend_the_data(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await opened_draft(shown, sent, until, "As somebody else")
        draft.ask_test()
        sheet = draft.tester.sheet
        assert sheet is not None
        QtTest.QTest.keyClicks(sheet.seek, "Thrott")
        await until(lambda: sheet._found.count() == 1)
        entry = sheet._found.itemAt(0)
        assert entry is not None
        button = entry.widget()
        assert isinstance(button, QtWidgets.QPushButton)
        button.click()
        assert sheet._person.text() == "Throttled"
        assert sheet.contact
        sheet.reject()


async def test_a_launch_counts_down_and_is_taken_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        await shown.desk.api.call(flow.SAVE, flow.SaveFlow(typed_above=4, delay_s=600))
        try:
            draft = await opened_draft(shown, sent, until, "Taken back")
            draft.go(draft_page.LAUNCH)
            await until(draft.launch.go.isEnabled)
            await until(lambda: draft.launch.when.chosen().delay_s == 600)
            draft.ask_launch()
            sheet = shown.findChildren(dialogs.Sheet)[-1]
            field = sheet.findChild(QtWidgets.QLineEdit)
            assert field is not None
            QtTest.QTest.keyClicks(field, "5")  # five people are more than four: the number is typed
            test_draft.press(sheet, "Launch")
            await until(lambda: draft.undoing.toast is not None)
            toast = draft.undoing.toast
            assert toast is not None
            assert "“Taken back” starts in" in toast.words
            shown.navigate("overview")
            await until(lambda: "599 s" in toast.words or "598 s" in toast.words or "597 s" in toast.words)
            draft.undoing.take_back(draft.work.campaign or 0)
            await until(
                lambda: isinstance(shown.page(), campaigns_page.Page) and draft.work.name == "Taken back"
            )
            found = await shown.desk.api.call(campaigns.LIST, campaigns.CampaignQuery(find="Taken back"))
            assert [row.status for row in found.rows] == [campaigns.Status.DRAFT]
        finally:
            await shown.desk.api.call(flow.SAVE, flow.SaveFlow(typed_above=1000, delay_s=0))


async def test_picked_campaigns_are_tagged_archived_and_brought_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        one = await test_draft.made(shown, sent, name="Shelf one", sms=SMS)
        two = await test_draft.made(shown, sent, name="Shelf two", sms=SMS)
        page = test_draft.page_of(shown)
        shelver = page.list.shelver
        shelver.act(shelving.Act.TAG, [one.id, two.id], "july")
        await until(lambda: [tag.name for tag in shelver.tags if tag.name == "july"] == ["july"])
        shown.navigate("campaigns", tab="all", tag="july")
        await until(lambda: page.list._model.total == 2)
        page.list.table.view.selectAll()
        assert page.list.acts.text().strip() == "2 picked"
        offered = [action.text() for action in page.list.menu().actions()]
        assert "Archive 2 campaigns" in offered
        assert "Take “july” off 2 campaigns" in offered
        page.list.archive()
        await until(lambda: page.list._model.total == 0)
        toast = shown.findChildren(notices.Toast)[-1]
        assert toast.words == "Archived 2 campaigns."
        page.list.choose("archived")
        await until(lambda: page.list._model.total == 2)
        shelver.act(shelving.Act.UNARCHIVE, [one.id, two.id])
        await until(lambda: page.list._model.total == 0)
        again = await shown.desk.api.call(campaigns.SHOW, campaign=one.id)
        assert not again.archived


async def test_prices_are_set_on_the_sheet_and_estimates_show_them(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await opened_draft(shown, sent, until, "Priced")
        sheet = shown.pricing.open()
        sheet.channel.set_value("sms")
        sheet.amount.set_value("0.05")
        sheet.currency.set_value("eur")
        sheet.go.click()
        await until(lambda: [row.amount for row in sheet.rows] == ["0.05"])
        sheet.amount.set_value("cheap")
        sheet.go.click()
        await until(lambda: "no price" in said(sheet.refusal))
        assert [row.amount for row in sheet.rows] == ["0.05"]
        sheet.table.pick(0)
        assert sheet.amount.value() == "0.05"
        draft.go(draft_page.REVIEW)
        await until(lambda: "0.25 EUR" in said(draft.review.outlook))
        sheet.remove.click()
        await until(lambda: not sheet.rows)
        sheet.accept()


def test_an_outlook_is_honest_about_what_is_not_known() -> None:
    cost = prices.Cost(
        totals=[prices.Money(currency="EUR", amount="1204.50"), prices.Money(currency="USD", amount="3.00")],
        unpriced=[prices.Unpriced(channel="sms", countries=["FR", "IT", "ES"], messages=1204)],
    )
    assert outlook.total(cost) == "1,204.50 EUR + 3.00 USD"
    assert outlook.unpriced(cost) == ["SMS: no price set for 3 countries (1,204 messages): FR, IT, ES."]
    none = prices.Cost(unpriced=[prices.Unpriced(channel="email", countries=[], messages=1)])
    assert outlook.total(none) == "Not known"
    assert outlook.unpriced(none) == ["Email: no price set (1 message)."]
    part = campaigns.ChannelDuration(channel="sms", messages=9, seconds=60.0, words="x")
    open_end = campaigns.Duration(low_s=60.0, high_s=None, words="", unknown=["email"], by_channel=[part])
    short, told = outlook.duration(open_end)
    assert short == "At least 1 min 00 s"
    assert "Email" in told[0]


def test_what_stays_as_it_is_is_said_with_why() -> None:
    one = shelf.Left(campaign=3, name="Spring", why="it is running")
    assert shelving.left([]) == ""
    assert shelving.left([one]) == "“Spring” stays as it is: it is running."
    assert shelving.left([one, one]) == "“Spring”, and 1 more stay as they are: it is running."


async def test_the_way_to_launch_is_changed_where_one_launches(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await opened_draft(shown, sent, until, "Ways")
        draft.go(draft_page.LAUNCH)
        await until(lambda: "Above 1,000 people" in said(draft.launch.way))
        sheet = draft.launch.way.open()
        sheet.typed.set_value(False)
        sheet.delay.set_value(45)
        sheet.go.click()
        try:
            await until(lambda: "never typed; a launch can be undone for 45 s" in said(draft.launch.way))
            assert draft.launch.when.chosen().delay_s == 45
        finally:
            await shown.desk.api.call(flow.SAVE, flow.SaveFlow(typed_above=1000, delay_s=0))
