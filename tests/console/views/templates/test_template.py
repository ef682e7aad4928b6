"""One template against a real server: written, seen as real people, checked, compared, saved and taken back."""

import datetime
import pathlib

from PySide6 import QtCore, QtTest, QtWidgets

from console import window
from console.services import drafts
from console.views.templates import making
from console.views.templates.template import page as template_page
from console.views.templates.template import saving, work
from console.widgets.editors import channel, leaves
from server.channels import contents
from server.wire import campaigns, crafting, templates
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.templates import desk

HI = contents.Sms(body="Hello {{ first_name }}")
GERMAN = contents.Translations(language="en", others={"de": contents.Sms(body="Hallo {{ first_name }}")})


def body(one: template_page.TemplatePage) -> QtWidgets.QWidget:
    """The input of an SMS's text."""
    form = one.editor.form()
    assert isinstance(form, channel.Form)
    found = form.group.editors["body"]
    assert isinstance(found, leaves.Leaf)
    return found.field.control


def write(one: template_page.TemplatePage, words: str) -> None:
    """Write at the end, as a person does."""
    control = body(one)
    control.setFocus()
    QtTest.QTest.keyClick(control, QtCore.Qt.Key.Key_End, QtCore.Qt.KeyboardModifier.ControlModifier)
    QtTest.QTest.keyClicks(control, words)


def read(one: template_page.TemplatePage) -> str:
    return one.side.preview.shown.handset.device.accessibleDescription()


async def opened(shown: window.Window, until: conftest.Until, template: int) -> template_page.TemplatePage:
    page = desk.page_of(shown)
    await until(lambda: "one" in vars(page) and page.one.edited.template == template)
    await until(lambda: page.one.side.people.count > 0)
    return page.one


async def test_a_template_is_begun_from_nothing_saved_and_found_in_the_library(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "templates", new="yes") as shown:
        await until(lambda: desk.sheet(shown))
        sheet = desk.sheet(shown)
        assert isinstance(sheet, making.NewSheet)
        sheet.choose("sms")
        assert "file" not in sheet.start_from._tabs
        desk.press(sheet, "Begin")
        one = desk.page_of(shown).one
        one.name.setText("From nothing")
        one.name.textEdited.emit("From nothing")
        one.saver.save()
        assert "Not saved" in desk.words(one)  # an SMS that says nothing is none
        write(one, "Good day")
        one.saver.save()
        await until(lambda: desk.told(shown) == "Made “From nothing”.")
        template = one.edited.template
        assert template is not None
        row = desk.now(sent, template)
        assert (row.content, row.version) == (contents.Sms(body="Good day"), 1)
        assert shown.page().where() == {"template": str(template)}  # type: ignore[attr-defined]


async def test_a_save_makes_a_version_and_is_taken_back_by_name(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Saved", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        assert not one.save.isEnabled()
        write(one, ", more")
        assert one.save.isEnabled()
        one.save.click()
        await until(lambda: desk.told(shown) == "Saved “Saved” as v2.")
        assert desk.now(sent, row.id).content == contents.Sms(body="Hello {{ first_name }}, more")
        desk.press(desk.toast(shown), "Undo")
        await until(lambda: desk.told(shown) == "“Saved” says what v1 said.")
        after = desk.now(sent, row.id)
        assert (after.content, after.version) == (HI, 3)
        assert one.edited.fields()["body"] == HI.body


async def test_a_preview_shows_the_language_a_person_reads_and_why(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Spoken", HI, translations=GERMAN)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        await until(lambda: "Hello Delivered" in read(one))
        await until(lambda: "language is not known" in desk.words(one.side.preview))
        one.side.people.step(1)
        await until(lambda: "Hello Dead" in read(one))
        one.side.preview.languages.set_current("de")
        one.side.preview.languages.chosen.emit("de")
        await until(lambda: "Hallo Dead" in read(one))
        assert "was asked for" in desk.words(one.side.preview)
        one.languages.go("de")
        write(one, "!")
        await until(lambda: "Hallo Dead!" in read(one))
        assert one.edited.fields()["body"] == HI.body


async def test_a_language_is_added_with_what_the_default_says_and_saved(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Grows", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        sheet = one.languages.ask_add()
        field = sheet.findChildren(QtWidgets.QLineEdit)[0]
        QtTest.QTest.keyClicks(field, "x")
        desk.press(sheet, "Add")
        assert "no language tag" in desk.words(sheet)
        field.clear()
        QtTest.QTest.keyClicks(field, "pt_br")
        desk.press(sheet, "Add")
        assert one.languages.current() == "pt-BR"
        write(one, " (pt)")
        one.save.click()
        await until(lambda: desk.told(shown) == "Saved “Grows” as v2.")
        others = desk.now(sent, row.id).translations.others
        assert others == {"pt-BR": contents.Sms(body="Hello {{ first_name }} (pt)")}


async def test_a_check_names_the_people_for_whom_it_fails_and_leads_to_them(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(
        sent, "Checked", contents.Sms(body="{% if first_name == 'Dead' %}{% else %}Hi{% endif %}")
    )
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        one.check_everybody()
        failing = one.side.failing
        await until(lambda: failing.check and failing.check.status is crafting.CheckStatus.DONE)
        await until(lambda: failing.rows.total == 1)
        assert "It fails for 1 of 5 people." in desk.words(failing)
        failing.table.pick(0)
        QtTest.QTest.keyClick(failing.table.view, QtCore.Qt.Key.Key_Return)
        assert one.side.panels.current() == "preview"
        await until(lambda: "Dead" in desk.words(one.side.people))
        write(one, "!")
        one.side.go("check")
        assert "edited since" in desk.words(failing)


async def test_a_value_that_people_lack_is_told_before_it_is_saved(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Breaking", HI)
    with sent.server.client() as asked:
        draft = asked.call(
            campaigns.CREATE, campaigns.SaveCampaign(name="Takes it", audience=sent.audience.id)
        )
        asked.call(templates.TAKE, templates.Take(template=row.id), campaign=draft.id)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        one.show_panel("uses")
        await until(lambda: one.side.uses.rows.total == 1)
        write(one, " of {{ city }}")
        one.save.click()
        await until(lambda: desk.sheet(shown))
        sheet = desk.sheet(shown)
        assert sheet is not None
        said = desk.words(sheet)
        assert "needs the value city" in said
        assert "5 of 5 people of Members have no city" in said
        assert "Takes it" in said
        desk.press(sheet, "Back to the editor")
        assert desk.now(sent, row.id).version == 1
        one.save.click()
        await until(lambda: desk.sheet(shown))
        desk.press(desk.sheet(shown), "Save all the same")
        await until(lambda: desk.told(shown) == "Saved “Breaking” as v2.")


async def test_an_older_version_is_compared_and_restored(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Compared", HI)
    with sent.server.client() as asked:
        ask = templates.SaveTemplate(name="Compared", content=contents.Sms(body="Bye {{ first_name }}"))
        asked.call(templates.SAVE, ask, template=row.id)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        one.show_panel("versions")
        versions = one.side.versions
        await until(lambda: versions.rows.total == 2)
        versions.table.pick(1)
        QtTest.QTest.keyClick(versions.table.view, QtCore.Qt.Key.Key_Return)
        await until(lambda: "compare" in vars(one) and one.compare.diff is not None)
        old, new = (side.shown.handset.device for side in one.compare.sides)
        assert "Hello Delivered" in old.accessibleDescription()
        assert "Bye Delivered" in new.accessibleDescription()
        assert old._changed == new._changed == {"body"}
        assert "Hello Delivered" in one.compare.lines.toPlainText()
        desk.press(one.compare, "Restore the left one")
        await until(lambda: desk.told(shown) == "“Compared” says what v1 said, as v3.")
        assert desk.now(sent, row.id).content == HI
        assert one.edited.version == 3


async def test_what_somebody_else_saved_meanwhile_is_shown_and_not_overwritten(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Shared", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        write(one, " from me")
        with sent.server.client() as asked:
            ask = templates.SaveTemplate(name="Shared", content=contents.Sms(body="From them"), by="ben")
            asked.call(templates.SAVE, ask, template=row.id)
        one.save.click()
        await until(lambda: desk.sheet(shown))
        assert desk.now(sent, row.id).content == contents.Sms(body="From them")
        desk.press(desk.sheet(shown), "Compare with theirs")
        await until(lambda: "compare" in vars(one) and one.compare.diff is not None)
        assert "From them" in one.compare.sides[0].shown.handset.device.accessibleDescription()
        one.show_editor()
        assert "from me" in one.edited.fields()["body"]
        one.save.click()
        await until(lambda: desk.sheet(shown))
        desk.press(desk.sheet(shown), "Save mine on top")
        await until(lambda: desk.told(shown) == "Saved “Shared” as v3.")


async def test_edits_survive_a_crash_and_are_offered_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Crashed", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        write(one, ", unsaved")
        place = shown.services.drafts.place
        kept = tmp_path / "drafts"
        await until(
            lambda: list(kept.glob("*.json"))
        )  # written with nobody asking for it: a crash may come now

        def found() -> drafts.Draft | None:
            again = drafts.Drafts(kept)
            again.place = place
            return again.find(saving.EDITOR, str(row.id))

        await until(lambda: (left := found()) and "unsaved" in str(left.content))
    async with sandbox.opened(sent.server, tmp_path, "templates", draft=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        assert one.edited.fields()["body"].endswith(", unsaved")
        assert "edits that were not saved" in desk.words(one)
        desk.press(one.banner, "Drop them")
        assert one.edited.fields()["body"] == HI.body
    assert found() is None


async def test_a_template_is_written_in_a_mail_of_html_from_a_file(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    file = tmp_path / "spring.html"
    file.write_text("<p>Spring  is here</p>\r\n", newline="")
    async with sandbox.opened(sent.server, tmp_path, "templates") as shown:
        page = desk.page_of(shown)
        page._begin(making.blank("email"), str(file))
        one = page.one
        assert one.edited.name == "spring"
        assert one.edited.fields()["html"] == "<p>Spring  is here</p>\r\n"
        assert work.content(one.edited) is not None


def test_a_copy_says_what_the_other_says_in_all_its_languages() -> None:
    row = templates.Template(
        id=1,
        name="Welcome",
        channel="sms",
        version=4,
        content=HI,
        translations=GERMAN,
        folder="A",
        updated_at=datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC),
    )
    made = making.copied(row)
    assert (made.template, made.version, made.name, made.folder) == (None, 0, "Copy of Welcome", "A")
    assert work.translations(made) == GERMAN


async def test_the_template_that_is_open_is_moved_tagged_and_archived_from_its_menu(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Arranged", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", template=str(row.id)) as shown:
        one = await opened(shown, until, row.id)
        write(one, ", edited")
        menu = one.open_menu()
        acts = {entry.text(): entry for entry in menu.actions()}
        acts["Move…"].trigger()
        menu.close()
        sheet = desk.sheet(shown)
        assert sheet is not None
        QtTest.QTest.keyClicks(sheet.findChildren(QtWidgets.QLineEdit)[0], "Elsewhere")
        desk.press(sheet, "Move 1 template")
        await until(lambda: "Elsewhere" in desk.words(one))
        one.wanted.emit("archive")
        await until(lambda: one.row is not None and one.row.archived)
        assert desk.now(sent, row.id).archived
        assert one.edited.fields()["body"].endswith(", edited")  # what is written is not touched by it
        desk.press(desk.toast(shown), "Undo")
        await until(lambda: one.row is not None and not one.row.archived)


async def test_a_template_that_was_begun_and_not_saved_is_not_lost_to_the_next(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "templates") as shown:
        page = desk.page_of(shown)
        page._begin(making.blank("sms"), "")
        write(page.one, "Half a thought")
        shown.navigate("templates")
        assert "kept on this computer" in desk.told(shown)
        sheet = page.ask_new()
        assert "Untitled template" in desk.words(sheet)
        desk.press(sheet, "Go on with it")
        await until(page.one.isVisible)
        assert page.one.edited.fields()["body"] == "Half a thought"
        shown.navigate("templates")
        desk.press(page.ask_new(), "Drop it, begin anew")
        assert isinstance(desk.sheet(shown), making.NewSheet)
        assert shown.services.drafts.find(saving.EDITOR, work.NEW) is None
