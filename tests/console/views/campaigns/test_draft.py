"""Writing a campaign from nothing to its launch, and what becomes of a draft in between, against a real server."""

import pathlib

import msgspec
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import window
from console.services import drafts
from console.views.campaigns import actions
from console.views.campaigns import page as campaigns_page
from console.views.campaigns.draft import model, saving
from console.views.campaigns.draft import page as draft_page
from console.widgets import buttons, dialogs, text
from console.widgets.devices import device as device_widget
from console.widgets.editors import email as email_editor
from console.widgets.editors import leaves
from server.channels import contents
from server.wire import campaigns
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import samples

RETURN = QtCore.Qt.Key.Key_Return


def page_of(shown: window.Window) -> campaigns_page.Page:
    """The page on screen."""
    page = shown.page()
    assert isinstance(page, campaigns_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say, and what its devices read aloud."""
    said = [label.text() for label in widget.findChildren(text.Label)]
    shown = [one for one in widget.findChildren(device_widget.Device) if one.isVisibleTo(widget)]
    return "\n".join([*said, *(one.accessibleDescription() for one in shown)])


def field(draft: draft_page.DraftPage, channel: str, place: str) -> leaves.Leaf:
    """One field of a channel's form."""
    found = draft.content._forms[channel].group.editors[place]
    assert isinstance(found, leaves.Leaf)
    return found


def write(draft: draft_page.DraftPage, channel: str, place: str, said: str) -> None:
    """Type into a field as a person does."""
    control = field(draft, channel, place).field.control
    control.setFocus()
    QtTest.QTest.keyClicks(control, said)


def press(sheet: QtWidgets.QWidget, label: str) -> None:
    """Press a button of a dialog by its words."""
    next(one for one in sheet.findChildren(buttons.Button) if one.text().strip() == label).click()


async def made(
    shown: window.Window, sent: sandbox.Sandbox, *, name: str, **chosen: contents.Content
) -> campaigns.Campaign:
    """A draft on the server."""
    ask = campaigns.SaveCampaign(
        name=name,
        audience=sent.audience.id,
        contents=campaigns.Contents(**chosen),  # type: ignore[arg-type]
    )
    return await shown.desk.api.call(campaigns.CREATE, ask)


async def test_a_campaign_is_written_and_launched_from_nothing(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        page = page_of(shown)
        draft = page.draft
        assert draft.name.selectedText() == model.UNNAMED
        QtTest.QTest.keyClicks(draft.name, "Autumn")
        await until(lambda: draft.audience.table.model.row(0) is not None)
        found = next(
            at for at in range(draft.audience.table.model.total) if _id(draft, at) == sent.audience.id
        )
        draft.audience.table.pick(found)
        assert draft.work.audience is None  # the keyboard may pass through
        QtTest.QTest.keyClick(draft.audience.table.view, RETURN)
        await until(lambda: draft.work.audience == sent.audience.id)
        draft.next()
        draft.content.go("sms")
        draft.content.switch(on=True)
        write(draft, "sms", "body", "Hello {{ first_name }}")
        await until(lambda: draft.saver.is_clean)
        assert draft.work.campaign is not None
        draft.next()
        await until(lambda: "will be skipped" in words(draft.review) or "handed over" in words(draft.review))
        await until(lambda: "Three of them" in words(draft.review) and draft.review._three.count() == 3)
        draft.next()
        await until(draft.launch.go.isEnabled)
        assert "5 people" in draft.launch.go.text()
        draft.launch.go.click()
        draft.launch.go.click()
        press(shown.findChildren(dialogs.Sheet)[-1], "Launch")
        await until(lambda: page.run.campaign is not None and page.run.campaign.id == draft.work.campaign)
        rows = await shown.desk.api.call(campaigns.LIST, campaigns.CampaignQuery(find="Autumn"))
        assert rows.total == 1
        assert rows.rows[0].status is not campaigns.Status.DRAFT
        assert shown.desk.drafts.all() == []


def _id(draft: draft_page.DraftPage, at: int) -> int:
    row = draft.audience.table.model.row(at)
    return int(row.id) if row is not None else 0


async def test_a_refused_launch_shows_the_servers_sentence_and_counts_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Refused", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        draft = page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        draft.go(draft_page.LAUNCH)
        await until(draft.launch.go.isEnabled)
        assert draft._estimate is not None
        draft._estimate = msgspec.structs.replace(draft._estimate, people=4)
        draft.ask_launch()
        press(shown.findChildren(dialogs.Sheet)[-1], "Launch")
        await until(lambda: "The audience has 5 people now, not 4." in words(draft.launch.refusal))
        await until(draft.launch.go.isEnabled)
        assert draft._estimate.people == 5
        assert draft.launch.refusal.isVisible()


async def test_what_cannot_be_saved_is_kept_here_and_said_to_be(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Faulty", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        page = page_of(shown)
        await until(lambda: page.draft.work.campaign == row.id)
        page.draft.content.go("sms")
        body = field(page.draft, "sms", "body")
        control = body.field.control
        assert isinstance(control, QtWidgets.QPlainTextEdit)
        control.selectAll()
        QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_Delete)
        assert "The message is empty" in body.field.error()
        assert "1 fault has to be mended" in page.draft._told.text()
        shown.navigate("overview")
        assert any("is kept on this computer" in notice.words for notice in shown.services.told.rows)
        shown.navigate("campaigns", campaign=row.id)
        await until(lambda: "had not reached the server" in words(page.draft.banner))
        assert page.draft.work.fields("sms")["body"] == ""
        page.draft.banner.acted.emit()
        await until(lambda: page.draft.work.fields("sms")["body"] == "Hi")
        assert shown.desk.drafts.find(saving.EDITOR, str(row.id)) is None


async def test_a_new_draft_survives_a_crash(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        draft = page_of(shown).draft
        draft.content.go("email")
        draft.content.switch(on=True)
        write(draft, "email", "subject", "Half written")
        shown.desk.drafts.save()
    left = drafts.Drafts(tmp_path / "drafts").all()
    assert [one.key for one in left] == [model.NEW]
    async with sandbox.opened(sent.server, tmp_path, "campaigns", draft=model.NEW) as shown:
        draft = page_of(shown).draft
        assert draft.work.fields("email")["subject"] == "Half written"
        assert "begun and not saved" in words(draft.banner)
        draft.banner.acted.emit()
        assert draft.work.on == set()
        assert shown.desk.drafts.all() == []


async def test_edits_made_while_a_save_travels_are_saved_after_it(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        draft = page_of(shown).draft
        QtTest.QTest.keyClicks(draft.name, "Swift")
        kept: list[object] = []
        draft.saver.saved.connect(lambda _row: kept.append(_kept_name(shown, draft)))
        draft.saver.save()
        QtTest.QTest.keyClicks(draft.name, "er")
        await until(lambda: draft.saver.is_clean)
        found = await shown.desk.api.call(campaigns.LIST, campaigns.CampaignQuery(find="Swift"))
        assert [row.name for row in found.rows] == ["Swifter"]
        assert kept == ["Swifter", ""]  # a crash between the two saves would have lost nothing
        assert shown.desk.drafts.all() == []


def _kept_name(shown: window.Window, draft: draft_page.DraftPage) -> object:
    left = shown.desk.drafts.find(saving.EDITOR, draft.work.key)
    return left.content["name"] if left is not None and not draft.saver.is_clean else ""


async def test_a_fault_only_the_server_finds_lands_at_its_field(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Liquid", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        draft = page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        draft.content.go("sms")
        write(draft, "sms", "body", "{% if %}")
        draft.saver.save()
        await until(lambda: field(draft, "sms", "body").field.error() != "")
        assert "the server found faults" in draft._told.text()
        assert draft.content.channels.entries["sms"].accessibleName() == "SMS, 1 to mend"


async def test_the_preview_shows_a_real_person_then_the_next_and_names_what_is_missing(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Seen", sms=contents.Sms(body="Hello {{ first_name }}"))
        shown.navigate("campaigns", campaign=row.id)
        draft = page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        preview = draft.content.preview
        await until(lambda: f"Hello {preview._who.text()}" in words(preview) and preview._people == 5)
        first = preview._who.text()
        QtTest.QTest.keyClick(preview.after, RETURN)
        await until(lambda: preview._who.text() != first and f"Hello {preview._who.text()}" in words(preview))
        preview.step(-2)
        await until(lambda: "5 of 5" in words(preview))
        write(draft, "sms", "body", " {{ nickname }}")
        await until(lambda: "has no value for nickname" in words(preview))


async def test_the_sample_fills_every_channel_and_asks_before_it_replaces(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        draft = page_of(shown).draft
        draft.saver.keeps = False
        draft.go(draft_page.CONTENT)
        draft.sample.click()
        assert draft.work.on == set(contents.CHANNELS)
        assert model.hindrances(draft.work) == {}
        draft.content.go("sms")
        write(draft, "sms", "body", "mine")
        draft.sample.click()
        assert "mine" in draft.work.fields("sms")["body"]
        press(shown.findChildren(dialogs.Sheet)[-1], "Replace it")
        assert "mine" not in draft.work.fields("sms")["body"]


async def test_a_value_is_inserted_where_the_keyboard_was(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Values", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        draft = page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id and "tier" in draft.content.insert.known)
        shown.activateWindow()
        await until(shown.isActiveWindow)
        draft.content.go("sms", "body")
        control = field(draft, "sms", "body").field.control
        await until(control.hasFocus)
        QtTest.QTest.keyClicks(control, "Your ")
        draft.content.insert.setFocus()
        draft.content.insert.insert("tier")
        assert draft.work.fields("sms")["body"] == "Your {{ tier }}Hi"


async def test_switching_a_channel_off_keeps_what_was_written(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        draft = page_of(shown).draft
        draft.saver.keeps = False
        draft.content.go("rcs")
        draft.content.switch(on=True)
        write(draft, "rcs", "text", "Still here")
        draft.content.switch(on=False)
        assert "What was written before is kept." in words(draft.content)
        draft.content.switch(on=True)
        assert draft.content._forms["rcs"].value()["text"] == "Still here"


async def test_the_review_leads_from_a_fault_to_its_field(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        draft = page_of(shown).draft
        draft.saver.keeps = False
        draft.content.go("email")
        draft.content.switch(on=True)
        draft.content.go("sms")
        draft.go(draft_page.REVIEW)
        told = words(draft.review)
        assert "The campaign has no audience. Choose one." in told
        assert "Email: The subject is empty." in told
        mend = [one for one in draft.review.findChildren(buttons.Button) if one.text() == "Mend it"]
        mend[0].click()
        assert draft.steps.current() == draft_page.CONTENT
        assert draft.content.channels.current() == "email"
        subject = field(draft, "email", "subject").field
        assert "The subject is empty" in subject.error()
        shown.activateWindow()
        await until(subject.control.hasFocus)


async def test_deleting_a_draft_asks_first_and_leaves_nothing(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="Doomed", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        page = page_of(shown)
        await until(lambda: page.draft.work.campaign == row.id)
        page.draft.content.go("sms")
        write(page.draft, "sms", "body", "{{")
        page.draft.name.clear()
        QtTest.QTest.keyClicks(page.draft.name, " ")
        assert shown.desk.drafts.find(saving.EDITOR, str(row.id)) is not None
        page.draft.delete.click()
        press(shown.findChildren(dialogs.Sheet)[-1], "Delete the draft")
        await until(page.list.isVisible)
        found = await shown.desk.api.call(campaigns.LIST, campaigns.CampaignQuery(find="Doomed"))
        assert found.total == 0
        assert shown.desk.drafts.find(saving.EDITOR, str(row.id)) is None


async def test_a_draft_of_a_campaign_that_is_gone_becomes_a_new_one(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    kept = drafts.Drafts(tmp_path / "drafts")
    work = model.Work(campaign=77_777, name="Orphan", on={"sms"})
    work.fields("sms")["body"] = ""
    kept.keep(saving.EDITOR, "77777", work.kept())
    kept.save()
    async with sandbox.opened(sent.server, tmp_path, "campaigns", draft="77777") as shown:
        page = page_of(shown)
        await until(lambda: page.draft.isVisible() and page.draft.work.name == "Orphan")
        assert page.draft.work.campaign is None
        assert "it is a new draft now" in words(page.draft.banner)


def test_a_launch_to_more_than_a_thousand_has_the_number_typed(qtbot: QtBot) -> None:
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    asked: list[int] = []
    many = samples.estimate()
    sheet = actions.ask_launch(parent, "Spring", many, "production", lambda: asked.append(1))
    assert "This is production: real people get it." in words(sheet)
    line = sheet.findChildren(QtWidgets.QLineEdit)[0]
    press(sheet, "Launch")
    assert asked == []
    QtTest.QTest.keyClicks(line, str(many.people))
    press(sheet, "Launch")
    assert asked == [1]
    few = msgspec.structs.replace(many, people=1_000)
    sheet = actions.ask_launch(parent, "Spring", few, "sandbox", lambda: asked.append(2))
    assert sheet.findChildren(QtWidgets.QLineEdit) == []
    sheet.reject()


async def test_a_mail_is_edited_in_blocks_made_into_html_by_the_server_and_saved(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        row = await made(shown, sent, name="In blocks", sms=contents.Sms(body="Hi"))
        shown.navigate("campaigns", campaign=row.id)
        draft = page_of(shown).draft
        await until(lambda: draft.work.campaign == row.id)
        draft.content.go("email")
        draft.content.switch(on=True)
        editor = draft.content._forms["email"]
        assert isinstance(editor, email_editor.EmailEditor)
        assert draft.content.side.isHidden()
        write(draft, "email", "subject", "Hello")
        editor.panel.palette_.entries["text"].click()
        await until(lambda: "Write here." in editor.value()["html"])
        await until(lambda: draft.saver.is_clean)
        saved = await shown.desk.api.call(campaigns.SHOW, campaign=row.id)
        assert saved.contents.email is not None
        assert saved.contents.email.source == editor.value()["source"]
        assert saved.contents.email.html == editor.value()["html"]
        editor.beside.click()
        assert not draft.content.side.isHidden()
        await until(lambda: not draft.content.preview.mail.isHidden())
        chromium = draft.content.preview.mail.page
        assert chromium is not None
        chromium.shut()
