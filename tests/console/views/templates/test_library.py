"""The library against a real server: shelves, the list and its pictures, and acts on several taken back by name."""

import json
import pathlib

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from console import window
from console.services import seeking
from console.views.templates import listing, model, shelves, travelling
from server.channels import contents
from server.wire import crafting
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.templates import desk

HI = contents.Sms(body="Hello {{ first_name }}")


def library(shown: window.Window) -> listing.Library:
    return desk.page_of(shown).library


async def listed(shown: window.Window, until: conftest.Until, count: int) -> listing.Library:
    found = library(shown)
    await until(lambda: found.rows.heard and found.rows.total == count and found.known is not None)
    return found


def pick(found: listing.Library, *names: str) -> None:
    """Pick rows of the list by their names."""
    view = found.table.view
    view.clearSelection()
    chosen = QtCore.QItemSelection()
    for number in range(found.rows.total):
        row = found.rows.row(number)
        if row is not None and row.name in names:
            chosen.select(found.rows.index(number, 0), found.rows.index(number, 0))
    flags = QtCore.QItemSelectionModel.SelectionFlag
    view.selectionModel().select(chosen, flags.Select | flags.Rows)


async def test_templates_are_moved_with_their_count_and_come_back_by_one_click(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    ids = [desk.made(sent, f"Move {at}", HI, folder="Old").id for at in range(3)]
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Old") as shown:
        found = await listed(shown, until, 3)
        assert not found.bar.isVisible()
        pick(found, "Move 0", "Move 1")
        assert found.bar.isVisible()
        assert "2 templates picked" in desk.words(found.bar)
        found.picked.ask_move()
        sheet = desk.sheet(shown)
        assert sheet is not None
        field = next(
            one for one in sheet.findChildren(QtWidgets.QLineEdit) if one.accessibleName() == "Folder"
        )
        QtTest.QTest.keyClicks(field, " New / Week 1")
        desk.press(sheet, "Move 2 templates")
        await until(lambda: desk.told(shown) == "Moved 2 templates to New/Week 1.")
        assert [desk.now(sent, one).folder for one in ids] == ["New/Week 1", "New/Week 1", "Old"]
        await until(lambda: "New/Week 1" in found.shelves.folders() and found.rows.total == 1)
        desk.press(desk.toast(shown), "Undo")
        await until(lambda: desk.told(shown).startswith("Taken back: 2 templates"))
        assert [desk.now(sent, one).folder for one in ids] == ["Old"] * 3
        await until(lambda: found.rows.total == 3)


async def test_a_row_that_is_let_go_on_a_folder_lies_there(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Dragged", HI, folder="Drag")
    desk.made(sent, "Anchor", HI, folder="Drop")
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Drag") as shown:
        found = await listed(shown, until, 1)
        pick(found, "Dragged")
        data = found.rows.mimeData(found.table.view.selectedIndexes())
        assert shelves.dragged(data) == [row.id]
        tree = found.shelves
        item = tree._places[model.Shelf(kind="folder", name="Drop")]
        at = QtCore.QPointF(tree.visualRect(item.index()).center())
        act = QtCore.Qt.DropAction.MoveAction
        left, none = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier
        over = QtGui.QDragMoveEvent(at.toPoint(), act, data, left, none)
        tree.dragMoveEvent(over)
        assert tree.over == model.Shelf(kind="folder", name="Drop")
        tree.dropEvent(QtGui.QDropEvent(at, act, data, left, none))
        await until(lambda: desk.told(shown) == "Moved 1 template to Drop.")
        assert desk.now(sent, row.id).folder == "Drop"


async def test_tags_are_ticked_half_where_only_some_have_them(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    one = desk.made(sent, "Tag one", HI, folder="Tags", tags=["spring", "old"])
    two = desk.made(sent, "Tag two", HI, folder="Tags", tags=["spring"])
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Tags") as shown:
        found = await listed(shown, until, 2)
        pick(found, "Tag one", "Tag two")
        found.picked.ask_tag()
        sheet = desk.sheet(shown)
        assert sheet is not None
        ticks = {box.accessibleName(): box for box in sheet.findChildren(QtWidgets.QCheckBox)}
        assert ticks["spring"].checkState() == QtCore.Qt.CheckState.Checked
        assert ticks["old"].checkState() == QtCore.Qt.CheckState.PartiallyChecked
        ticks["spring"].setChecked(False)
        field = next(one for one in sheet.findChildren(QtWidgets.QLineEdit))
        QtTest.QTest.keyClicks(field, "members, vip")
        desk.press(sheet, "Tag 2 templates")
        await until(lambda: desk.told(shown).startswith("Tagged 2 templates"))
        assert desk.now(sent, one.id).tags == ["members", "old", "vip"]
        assert desk.now(sent, two.id).tags == ["members", "vip"]


async def test_what_is_archived_leaves_the_list_and_is_brought_back_from_the_archive(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Archived", HI, folder="Away")
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Away") as shown:
        found = await listed(shown, until, 1)
        pick(found, "Archived")
        found.picked.archive()
        await until(lambda: desk.told(shown) == "Archived 1 template.")
        assert desk.now(sent, row.id).archived
        shown.navigate("templates", shelf="archive")
        await until(lambda: found.rows.total == 1)
        pick(found, "Archived")
        assert found.bar.buttons["Archive"].text().strip() == "Bring back"
        found.picked.archive()
        await until(lambda: desk.told(shown) == "Brought 1 template back from the archive.")
        assert not desk.now(sent, row.id).archived


async def test_the_library_is_shown_as_pictures_and_opened_by_the_keyboard(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Pictured", contents.Apns(title="Picture"), folder="Pictures")
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Pictures") as shown:
        found = await listed(shown, until, 1)
        found.as_grid.click()
        assert found.where()["as"] == "grid"
        await until(lambda: found.grid.pictures._kept)
        found.grid.setCurrentIndex(found.rows.index(0, 0))
        QtTest.QTest.keyClick(found.grid, QtCore.Qt.Key.Key_Return)
        page = desk.page_of(shown)
        await until(lambda: "one" in vars(page) and page.one.edited.template == row.id)


async def test_a_search_that_finds_nothing_says_so_and_leads_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    desk.made(sent, "Findable", HI)
    async with sandbox.opened(sent.server, tmp_path, "templates", find="zzz") as shown:
        found = await listed(shown, until, 0)
        assert "“zzz”" in desk.words(found.table)
        desk.press(found.table, "Show all templates")
        await until(lambda: found.rows.total > 0)
        assert "find" not in found.where()


async def test_templates_travel_as_json_and_what_would_happen_is_said_before(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Traveller", HI, folder="Journeys")
    file = tmp_path / "out.json"
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Journeys") as shown:
        await listed(shown, until, 1)
        page = desk.page_of(shown)
        travelling.export(page.desk, page, [row.id]).fileSelected.emit(str(file))
        await until(lambda: desk.told(shown) == "1 template written to out.json")
        assert json.loads(file.read_text())["templates"][0]["name"] == "Traveller"
        for dialog in page.findChildren(QtWidgets.QFileDialog):
            dialog.reject()
        sheet = page.open_import(str(file))
        assert sheet is not None
        await until(lambda: "1 template would be made." in desk.words(sheet))
        sheet.clash.set_value(crafting.Clash.SKIP)
        sheet.clash.changed.emit()
        await until(lambda: "1 template would be skipped." in desk.words(sheet))
        assert not sheet.go.isEnabled()
        sheet.clash.set_value(crafting.Clash.VERSION)
        sheet.clash.changed.emit()
        await until(sheet.go.isEnabled)
        sheet.go.click()
        await until(lambda: "were given a new version" in desk.told(shown))
        bad = tmp_path / "bad.json"
        bad.write_text("{")
        assert page.open_import(str(bad)) is None
        assert "no file of templates" in desk.told(shown)


async def test_rows_that_the_list_does_not_hold_are_asked_for_before_an_act_counts_them(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    names = [f"Far {at:03}" for at in range(3)]
    for name in names:
        desk.made(sent, name, HI, folder="Far away")
    async with sandbox.opened(sent.server, tmp_path, "templates", folder="Far away", sort="name") as shown:
        found = await listed(shown, until, 3)
        pick(found, *names)
        found.rows._pages.clear()  # as if they had been scrolled away long since
        heard: list[str] = []
        found.picked.with_all(lambda rows: heard.extend(row.name for row in rows))
        await until(lambda: heard)
        assert heard == names


async def test_the_search_over_everything_finds_templates_by_their_words(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(sent, "Sought", contents.Sms(body="Only here: quokka"), folder="Search")
    async with sandbox.opened(sent.server, tmp_path, "templates") as shown:
        hits = await seeking.seek(shown.services.api, "quokka")
        assert [(hit.kind, hit.title, hit.about) for hit in hits] == [
            ("template", "Sought", "SMS · Search · v1")
        ]
        shown.navigate(hits[0].link.view, **hits[0].link.args)
        page = desk.page_of(shown)
        await until(lambda: "one" in vars(page) and page.one.edited.template == row.id)
