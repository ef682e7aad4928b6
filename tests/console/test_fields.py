"""Fields and forms: what is typed, what is wrong, what is secret, and what a screen reader hears of it."""

import pathlib

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import samples
from console.widgets import fields, form, inputs
from server.wire import providers

TAB = QtCore.Qt.Key.Key_Tab


def test_a_fault_is_shown_below_and_told_to_a_screen_reader(qtbot: QtBot) -> None:
    field = fields.TextField("From", help="What people see.", required=True)
    qtbot.addWidget(field)
    field.set_error("This is no address.")
    assert field.input.accessibleDescription() == "This is no address.. What people see.. required"
    assert field.input.property("invalid") is True
    QtTest.QTest.keyClicks(field.input, "a")
    assert field.error() == ""
    assert field.input.property("invalid") is False


def test_typing_is_a_change_and_filling_in_is_not(qtbot: QtBot) -> None:
    field = fields.AreaField("Note")
    qtbot.addWidget(field)
    with qtbot.assertNotEmitted(field.changed):
        field.set_value("kept")
    with qtbot.waitSignal(field.changed):
        QtTest.QTest.keyClicks(field.input, "!")
    assert "kept" in field.value()


def test_a_stored_secret_is_named_and_kept_until_it_is_replaced(qtbot: QtBot) -> None:
    field = fields.SecretField("Token", stored=True)
    qtbot.addWidget(field)
    assert field.value() is fields.KEPT
    assert not field.input.isEnabled()
    field._replace.click()
    QtTest.QTest.keyClicks(field.input, "new")
    assert field.value() == "new"


def test_a_masked_secret_cannot_be_copied_out(qtbot: QtBot) -> None:
    area = inputs.Masked()
    qtbot.addWidget(area)
    area.setPlainText("-----BEGIN PRIVATE KEY-----")
    area.selectAll()
    QtGui.QGuiApplication.clipboard().setText("before")
    area.copy()
    assert "PRIVATE" not in QtGui.QGuiApplication.clipboard().text()


def test_a_key_is_taken_from_its_file(qtbot: QtBot, tmp_path: pathlib.Path) -> None:
    field = fields.SecretField("Key", multiline=True)
    qtbot.addWidget(field)
    (tmp_path / "key.p8").write_text("-----BEGIN")
    (tmp_path / "photo").write_bytes(b"\xff\xd8\xff\xe0")
    field.load(str(tmp_path / "photo"))
    assert "is not text" in field.error()
    field.load(str(tmp_path / "missing"))
    assert "cannot be read" in field.error()
    field.load(str(tmp_path / "key.p8"))
    assert (field.value(), field.error()) == ("-----BEGIN", "")


def test_the_wheel_scrolls_the_page_and_not_the_value(qtbot: QtBot) -> None:
    number, choice = inputs.Number(high=100), inputs.Choice([("a", "A"), ("b", "B")])
    for widget in (number, choice):
        qtbot.addWidget(widget)
        wheel = QtGui.QWheelEvent(
            QtCore.QPointF(5, 5),
            QtCore.QPointF(5, 5),
            QtCore.QPoint(0, 0),
            QtCore.QPoint(0, 120),
            QtCore.Qt.MouseButton.NoButton,
            QtCore.Qt.KeyboardModifier.NoModifier,
            QtCore.Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        widget.wheelEvent(wheel)
        assert not wheel.isAccepted()
    assert (number.value(), choice.currentData()) == (0, "a")


def test_a_switch_is_turned_by_the_keyboard(qtbot: QtBot) -> None:
    field = fields.SwitchField("Callbacks")
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.changed):
        QtTest.QTest.keyClick(field.input, QtCore.Qt.Key.Key_Space)
    assert field.value() is True
    assert field.input.accessibleName() == "Callbacks"


@pytest.fixture
def drawn(qtbot: QtBot) -> form.Form:
    made = form.Form(samples.ASKED, stored=["auth_token"])
    qtbot.addWidget(made)
    return made


def test_a_form_has_a_fitting_field_for_every_kind(drawn: form.Form) -> None:
    kinds = {asked.name: type(drawn.field(asked.name)).__name__ for asked in samples.ASKED}
    assert kinds == {
        "account_sid": "TextField",
        "auth_token": "SecretField",
        "key": "SecretField",
        "region": "ChoiceField",
        "rate": "NumberField",
        "note": "AreaField",
        "callbacks": "SwitchField",
    }
    assert {asked.kind for asked in samples.ASKED} == set(providers.FieldKind)


def test_a_form_starts_with_the_defaults(drawn: form.Form) -> None:
    assert drawn.values() == {"region": "ie1", "rate": 40, "callbacks": True}


def test_secrets_are_parted_from_what_may_be_read(drawn: form.Form) -> None:
    drawn.field("key").set_value("-----BEGIN")
    assert drawn.secrets() == {"key": "-----BEGIN"}
    assert "key" not in drawn.values()
    drawn.set_values({"auth_token": "from elsewhere", "region": "au1"})
    assert drawn.secrets() == {"key": "-----BEGIN"}
    assert drawn.values()["region"] == "au1"


def test_a_needed_field_that_is_empty_is_marked_and_gone_to(drawn: form.Form, qtbot: QtBot) -> None:
    drawn.show()
    with qtbot.waitExposed(drawn):
        drawn.activateWindow()
    assert drawn.check() is False
    assert drawn.field("account_sid").error() == "Account SID is needed."
    qtbot.waitUntil(lambda: QtWidgets.QApplication.focusWidget() is drawn.field("account_sid").control)
    drawn.field("account_sid").set_value("AC1")
    assert drawn.check() is True


def test_faults_of_the_server_find_their_field(drawn: form.Form) -> None:
    left = drawn.show_faults({"settings.account_sid": "It has 34 signs.", "name": "The name is taken."})
    assert drawn.field("account_sid").error() == "It has 34 signs."
    assert left == ["The name is taken."]


def test_tab_walks_through_the_form_in_its_order(drawn: form.Form, qtbot: QtBot) -> None:
    drawn.show()
    with qtbot.waitExposed(drawn):
        drawn.activateWindow()
    drawn.field("account_sid").control.setFocus()
    walked: list[str] = []
    for _ in range(12):
        where = QtWidgets.QApplication.focusWidget()
        assert where is not None
        owner = next((name for name in drawn._fields if drawn.field(name).isAncestorOf(where)), "")
        if owner and (not walked or walked[-1] != owner):
            walked.append(owner)
        QtTest.QTest.keyClick(where, TAB)
    assert walked[:7] == [asked.name for asked in samples.ASKED]
