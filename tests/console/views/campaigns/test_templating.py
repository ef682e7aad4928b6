"""Templates in a draft: one is taken up from its picture, a newer version is told of, and a draft becomes one."""

import pathlib

from PySide6 import QtWidgets

from console import window
from console.views.campaigns.draft import model
from console.views.campaigns.draft import page as draft_page
from console.widgets import dialogs, notices
from server.channels import contents
from server.wire import campaigns, templates
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import test_draft

HI = contents.Sms(body="Hello {{ first_name }}")
GERMAN = contents.Translations(language="en", others={"de": contents.Sms(body="Hallo")})


def told(shown: QtWidgets.QWidget) -> str:
    found = [one for one in shown.findChildren(notices.Toast) if one.isVisible()]
    return found[-1].words if found else ""


def press_toast(shown: QtWidgets.QWidget, label: str) -> None:
    found = [one for one in shown.findChildren(notices.Toast) if one.isVisible()]
    test_draft.press(found[-1], label)


def template(sent: sandbox.Sandbox, name: str, words: str) -> templates.Template:
    with sent.server.client() as asked:
        ask = templates.SaveTemplate(name=name, content=contents.Sms(body=words), translations=GERMAN)
        return asked.call(templates.CREATE, ask)


async def drafted(
    shown: window.Window, sent: sandbox.Sandbox, until: conftest.Until, name: str
) -> draft_page.DraftPage:
    row = await test_draft.made(shown, sent, name=name, sms=HI)
    shown.navigate("campaigns", campaign=row.id)
    draft = test_draft.page_of(shown).draft
    await until(lambda: draft.work.campaign == row.id)
    draft.content.go("sms")
    return draft


async def server_has(shown: window.Window, draft: draft_page.DraftPage) -> campaigns.Contents:
    assert draft.work.campaign is not None
    row = await shown.services.api.call(campaigns.SHOW, campaign=draft.work.campaign)
    return row.contents


async def test_a_template_is_taken_up_with_its_languages_and_given_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = template(sent, "Taken up", "Good day {{ first_name }}")
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await drafted(shown, sent, until, "Takes one up")
        picker = draft.content.templates.ask_which()
        await until(lambda: picker.rows.total > 0)
        picker.search.setText("Taken up")
        picker.search.asked.emit("Taken up")
        await until(lambda: picker.rows.heard and picker.rows.total == 1)
        assert not picker._go.isEnabled()
        picker.grid.pick([0])
        test_draft.press(picker, "Use it")
        assert draft.work.fields("sms")["body"] == "Good day {{ first_name }}"
        assert "From “Taken up” v1 · also in de" in test_draft.words(draft.content)
        await until(lambda: draft.saver.is_clean)
        kept = await server_has(shown, draft)
        assert kept.taken == {"sms": contents.Taken(template=row.id, version=1)}
        assert kept.languages == {"sms": GERMAN}
        press_toast(shown, "Undo")
        assert draft.work.fields("sms")["body"] == HI.body
        await until(lambda: draft.saver.is_clean)
        kept = await server_has(shown, draft)
        assert (kept.taken, kept.languages, kept.sms) == ({}, {}, HI)


async def test_a_newer_version_is_told_of_and_what_was_changed_by_hand_is_asked_about(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = template(sent, "Moves on", "One")
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await drafted(shown, sent, until, "Follows")
        draft.content.templates.take(row)
        await until(lambda: draft.saver.is_clean)
        with sent.server.client() as asked:
            ask = templates.SaveTemplate(name="Moves on", content=contents.Sms(body="Two"))
            asked.call(templates.SAVE, ask, template=row.id)
        draft.content.templates._known.clear()
        draft.content.go("sms")
        await until(lambda: "v2 is out" in test_draft.words(draft.content))
        test_draft.write(draft, "sms", "body", "!")
        draft.content.templates.update()
        await until(lambda: [one for one in shown.findChildren(dialogs.Sheet) if one.isVisible()])
        sheet = next(one for one in shown.findChildren(dialogs.Sheet) if one.isVisible())
        test_draft.press(sheet, "Update to v2")
        assert draft.work.fields("sms")["body"] == "Two"
        assert draft.work.taken["sms"].version == 2


async def test_a_draft_becomes_a_template_and_says_so(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        draft = await drafted(shown, sent, until, "Becomes one")
        sheet = draft.content.templates.ask_name()
        assert sheet is not None
        test_draft.press(sheet, "Save as a template")
        await until(lambda: told(shown) == "Made the template “Becomes one”.")
        template_id = draft.work.taken["sms"].template
        row = await shown.services.api.call(templates.SHOW, template=template_id)
        assert (row.name, row.content) == ("Becomes one", HI)
        assert "From “Becomes one” v1" in test_draft.words(draft.content)


def test_what_a_draft_took_survives_in_what_is_kept_here() -> None:
    work = model.Work(on={"sms"}, written={"sms": {"body": "Hi"}})
    work.taken["sms"], work.languages["sms"] = contents.Taken(template=3, version=2), GERMAN
    back = model.of_kept(work.kept(), None)
    assert back is not None
    assert (back.taken, back.languages) == (work.taken, work.languages)
    ask = model.asked(back)
    assert ask is not None
    assert ask.contents.taken == work.taken
