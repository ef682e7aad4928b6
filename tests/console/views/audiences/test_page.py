"""A file on its way in, its faults, people and their suppressions, against a real server."""

import csv
import pathlib

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from console.views.audiences import model
from console.views.audiences import page as audiences_page
from console.widgets import buttons, dialogs, fields, text
from server.wire import audiences
from tests.console import conftest
from tests.console.views import sandbox

PEOPLE = [
    ["a-1", "Ana", "ana@northwind.test", "+34600123456", "gold", ""],
    ["a-2", "Maeve", "maeve.northwind", "07400 123456", "", ""],
    ["a-3", "Nobody", "", "12", "", ""],
]


def page_of(shown: object) -> audiences_page.Page:
    """The page on screen."""
    page = shown.page()  # type: ignore[attr-defined]
    assert isinstance(page, audiences_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say."""
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


async def test_a_file_is_looked_at_mapped_by_hand_imported_and_its_faults_are_saved(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    path = sandbox.write_people(tmp_path / "spring-list.csv", PEOPLE)
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        page.look_at(str(path))
        await until(lambda: page.mapping.inspection is not None)
        assert page.mapping.mapping() == {
            "Customer no": "key",
            "First name": "first_name",
            "E-mail": "email",
            "Mobile": "phone",
            "Tier": "attribute:tier",
            "apns": "apns",
        }
        assert page.mapping.name.value() == "Spring list"
        page.mapping.set_target("Tier", "attribute:loyalty")
        page.mapping.country.set_value("GB")
        page.mapping.start_button.click()
        await until(lambda: page.imports.current is not None)
        assert page.stack.currentWidget() is page.imports
        await until(lambda: page.imports.current.status is audiences.ImportStatus.DONE)  # type: ignore[union-attr]
        await until(lambda: page.imports.sheet.total == 2)
        fault = page.imports.sheet.row(0)
        assert isinstance(fault, audiences.ImportFault)
        assert (fault.row, fault.column, fault.value, fault.row_taken) == (
            3,
            "E-mail",
            "maeve.northwind",
            True,
        )
        assert page.imports.save_button.isVisible()
        page.imports.save_sheet(str(tmp_path / "faults.csv"))
        await until((tmp_path / "faults.csv").exists)
        with (tmp_path / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.DictReader(file))) == 2
        one = page.imports.current
        assert one is not None
        page.opened(audience=one.audience)
        await until(lambda: page.people.audience is not None and page.people.audience.id == one.audience)
        await until(lambda: page.people.contacts.total == 2)
        page.people.people.pick(0)
        await until(lambda: page.panel.contact is not None)
        assert page.panel.contact.attributes["loyalty"] == "gold"  # type: ignore[union-attr]


async def test_a_mapping_without_an_address_or_with_one_target_twice_cannot_start(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    path = sandbox.write_people(tmp_path / "people.csv", PEOPLE)
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        page.look_at(str(path))
        await until(lambda: page.mapping.inspection is not None)
        assert page.mapping.start_button.isEnabled()
        page.mapping.set_target("Tier", "email")
        assert not page.mapping.start_button.isEnabled()
        assert "E-mail is mapped to this already." in words(page.mapping)
        for column in ("Tier", "E-mail", "Mobile", "apns"):
            page.mapping.set_target(column, "")
        assert not page.mapping.start_button.isEnabled()
        assert "nobody could be reached" in words(page.mapping.banner)


async def test_a_wrong_name_of_an_attribute_is_told_at_its_column(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    path = sandbox.write_people(tmp_path / "people.csv", PEOPLE)
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        page.look_at(str(path))
        await until(lambda: page.mapping.inspection is not None)
        page.mapping.set_target("Tier", "attribute:email")
        page.mapping.start_button.click()
        await until(lambda: "cannot be an attribute" in words(page.mapping))
        assert page.stack.currentWidget() is page.mapping


async def test_a_file_that_is_no_csv_says_so_in_one_sentence(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        page.look_at(str(path))
        await until(page.mapping.banner.accessibleName)
        assert page.mapping.banner.isVisible()
        assert not page.mapping.start_button.isEnabled()
        page.look_at(str(tmp_path / "gone.csv"))
        await until(lambda: "gone.csv" in page.mapping.banner.accessibleName())


async def test_one_dropped_file_is_looked_at_and_anything_else_is_not(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    path = sandbox.write_people(tmp_path / "dropped.csv", PEOPLE)
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        data = QtCore.QMimeData()
        data.setText("words")
        page.dropEvent(_drop(data))
        assert page.stack.currentWidget() is page.people
        data.setUrls([QtCore.QUrl.fromLocalFile(str(path))])
        page.dropEvent(_drop(data))
        await until(lambda: page.mapping.inspection is not None)
        assert page.mapping.path == path


def _drop(data: QtCore.QMimeData) -> QtGui.QDropEvent:
    return QtGui.QDropEvent(
        QtCore.QPointF(5, 5),
        QtCore.Qt.DropAction.CopyAction,
        data,
        QtCore.Qt.MouseButton.LeftButton,
        QtCore.Qt.KeyboardModifier.NoModifier,
    )


def act_of(page: audiences_page.Page, name: str) -> buttons.Button:
    """The newest button of that name on the contact's panel."""
    return [one for one in page.panel.findChildren(buttons.Button) if one.accessibleName() == name][-1]


async def test_a_person_is_suppressed_and_allowed_again(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "audiences", audience=sent.audience.id) as shown:
        page = page_of(shown)
        await until(lambda: page.people.contacts.total == len(sandbox.WORDS))
        page.people.seek.setText(sent.mails["refused"])
        QtTest.QTest.keyClick(page.people.seek, QtCore.Qt.Key.Key_Return)
        await until(lambda: page.people.contacts.total == 1)
        page.people.people.pick(0)
        await until(lambda: page.panel.contact is not None)
        person = page.panel.contact
        assert person is not None
        page.panel.silence_asked.emit(person)
        assert not act_of(page, "Suppress").isEnabled(), "what is asked for meanwhile would get lost"
        await until(lambda: page.panel.contact.suppressed == ["all"])  # type: ignore[union-attr]
        assert model.standing(page.panel.contact).word == "Suppressed"  # type: ignore[arg-type]
        act_of(page, "Allow again").click()
        await until(lambda: page.panel.contact.suppressed == [])  # type: ignore[union-attr]
        sms = next(one for one in person.identities if one.channel == "sms")
        page.panel.turn_asked.emit(person, sms, True)
        await until(lambda: page.panel.contact.suppressed == ["sms"])  # type: ignore[union-attr]
        page.panel.turn_asked.emit(page.panel.contact, sms, False)
        await until(lambda: page.panel.contact.suppressed == [])  # type: ignore[union-attr]


async def test_an_address_is_suppressed_by_hand_refused_where_it_is_none_and_lifted(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "audiences") as shown:
        page = page_of(shown)
        page.show_part("suppressions")
        part = page.suppressions
        await until(lambda: part.list.heard)
        part.add()
        sheet = part.findChildren(dialogs.Sheet)[0]
        address, go = (
            sheet.findChildren(fields.TextField)[0],
            next(one for one in sheet.findChildren(buttons.Button) if one.accessibleName() == "Suppress"),
        )
        address.set_value("certainly none")
        go.click()
        await until(lambda: address.error() and go.isEnabled())
        address.set_value("no-more@northwind.test")
        go.click()
        await until(lambda: not part.findChildren(dialogs.Sheet))
        part.seek.setText("no-more@")
        QtTest.QTest.keyClick(part.seek, QtCore.Qt.Key.Key_Return)
        await until(lambda: part.list.heard and part.list.total == 1)
        row = part.list.row(0)
        assert row is not None
        assert (row.address, row.channel, row.reason) == ("no-more@northwind.test", "all", "by hand")
        part.table.pick(0)
        part.lift_button.click()
        await until(lambda: part.list.heard and part.list.total == 0)
        assert part.table.currentWidget() is part._no_match


async def test_the_reach_of_an_audience_is_told_in_words_too(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "audiences", audience=sent.audience.id) as shown:
        page = page_of(shown)
        await until(lambda: page.people.contacts.row(0) is not None)
        meter = page.people.reach._meters["sms"]
        assert (meter.accessibleName(), meter.accessibleDescription()) == ("Reach by SMS", "100%")
        QtTest.QTest.keyClick(page.people.people.view, QtCore.Qt.Key.Key_Home)
        await until(lambda: page.panel.contact is not None)
        assert all(
            button.accessibleName() for button in page.findChildren(buttons.Button) if button.isVisible()
        )
