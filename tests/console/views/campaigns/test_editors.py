"""Forms drawn from parts: what they give back, where they say what is wrong, and the keyboard in their lists."""

import pytest
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.views.campaigns.draft import model
from console.widgets.editors import checking, forms, groups, items, leaves
from console.widgets.editors.parts import Kind, Part
from server.channels import contents

ALT = QtCore.Qt.KeyboardModifier.AltModifier


def group(qtbot: QtBot, channel: str) -> groups.Group:
    made = groups.Group(forms.FORMS[channel])
    qtbot.addWidget(made)
    made.set_value(checking.blank(channel))
    made.show()
    return made


def field(made: groups.Group, name: str) -> QtWidgets.QWidget:
    found = made.place(name)
    assert found is not None
    return found


@pytest.mark.parametrize("channel", list(contents.CHANNELS))
def test_a_form_gives_back_what_was_put_in(qtbot: QtBot, channel: str) -> None:
    made = group(qtbot, channel)
    assert made.value() == checking.blank(channel)
    sample = getattr(model.of_sample().contents, channel)
    fields = checking.plain(sample)
    made.set_value(fields)
    assert made.value() == fields
    assert checking.content(channel, made.value()) == sample


@pytest.mark.parametrize("channel", list(contents.CHANNELS))
def test_every_input_has_an_accessible_name(qtbot: QtBot, channel: str) -> None:
    made = group(qtbot, channel)
    made.set_value(checking.plain(getattr(model.of_sample().contents, channel)))
    inputs = [
        one
        for kind in (
            QtWidgets.QLineEdit,
            QtWidgets.QPlainTextEdit,
            QtWidgets.QComboBox,
            QtWidgets.QAbstractButton,
        )
        for one in made.findChildren(kind)
        if not isinstance(one.parent(), QtWidgets.QAbstractSpinBox) and one.objectName() != "qt_edit_menu"
    ]
    assert inputs
    nameless = [
        one
        for one in inputs
        if not one.accessibleName() and one.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus
    ]
    assert nameless == []


def test_a_field_stays_quiet_until_it_was_touched(qtbot: QtBot) -> None:
    made = group(qtbot, "sms")
    made.show_faults({"body": "The message is empty."}, strict=False)
    body = made.editors["body"]
    assert isinstance(body, leaves.Leaf)
    assert body.field.error() == ""
    QtTest.QTest.keyClicks(field(made, "body"), "x")
    made.show_faults({"body": "The message is empty."}, strict=False)
    assert body.field.error() == "The message is empty."


def test_strictness_names_everything_and_opens_what_is_folded(qtbot: QtBot) -> None:
    made = group(qtbot, "sms")
    hidden = made.editors["validity_s"]
    assert not hidden.isVisible()
    made.show_faults({"validity_s": "Too long."}, strict=True)
    assert hidden.isVisible()


def test_faults_without_a_field_are_handed_back(qtbot: QtBot) -> None:
    made = group(qtbot, "rcs")
    left = made.show_faults(
        {"": "The whole is too large.", "cards.0.title": "Cut it.", "card_width": "No."}, strict=True
    )
    assert sorted(left) == ["", "card_width", "cards.0.title"]


def test_a_choice_shows_only_what_has_a_use(qtbot: QtBot) -> None:
    made = group(qtbot, "rcs")
    assert made.editors["text"].isVisible()
    assert not made.editors["cards"].isVisible()
    fields = {**checking.blank("rcs"), "kind": "carousel"}
    made.set_value(fields)
    assert not made.editors["text"].isVisible()
    assert made.editors["cards"].isVisible()
    assert not made.editors["image_side"].isVisible()


def test_what_depends_on_a_hidden_choice_is_hidden_too(qtbot: QtBot) -> None:
    made = group(qtbot, "rcs")
    made.set_value({**checking.blank("rcs"), "kind": "card", "orientation": "HORIZONTAL"})
    assert made.editors["image_side"].isVisible()
    made.set_value({**checking.blank("rcs"), "kind": "text", "orientation": "HORIZONTAL"})
    assert not made.editors["image_side"].isVisible()


def test_items_are_added_moved_and_removed_by_keyboard(qtbot: QtBot) -> None:
    made = group(qtbot, "webpush")
    buttons = made.editors["actions"]
    assert isinstance(buttons, items.Items)
    for words in ("One", "Two", "Three"):
        QtTest.QTest.keyClick(field(made, "actions.9"), QtCore.Qt.Key.Key_Return)
        typed = buttons.findChildren(QtWidgets.QLineEdit)
        QtTest.QTest.keyClicks(typed[-3], words)
    assert [one["title"] for one in buttons.value()] == ["One", "Two", "Three"]
    QtTest.QTest.keyClick(field(made, "actions.2.title"), QtCore.Qt.Key.Key_Up, ALT)
    assert [one["title"] for one in buttons.value()] == ["One", "Three", "Two"]
    QtTest.QTest.keyClick(field(made, "actions.0.title"), QtCore.Qt.Key.Key_Down, ALT)
    assert [one["title"] for one in buttons.value()] == ["Three", "One", "Two"]
    QtTest.QTest.keyClick(field(made, "actions.1.title"), QtCore.Qt.Key.Key_Delete, ALT)
    assert [one["title"] for one in buttons.value()] == ["Three", "Two"]
    QtTest.QTest.keyClick(field(made, "actions.0.title"), QtCore.Qt.Key.Key_Up, ALT)
    assert [one["title"] for one in buttons.value()] == ["Three", "Two"]


def test_a_full_list_takes_no_more(qtbot: QtBot) -> None:
    made = group(qtbot, "sms")
    pictures = made.editors["media_urls"]
    assert isinstance(pictures, items.Items)
    pictures.set_value(["https://a.test/1"] * 10)
    assert not pictures._add.isEnabled()
    assert pictures._add.toolTip() == "At most 10"


def test_a_fault_of_an_item_is_said_at_the_item(qtbot: QtBot) -> None:
    made = group(qtbot, "sms")
    made.set_value({**checking.blank("sms"), "media_urls": ["https://a.test", "nonsense"]})
    made.show_faults({"media_urls.1": "This is no address."}, strict=True)
    leaf = made.editors["media_urls"].findChildren(leaves.Leaf)[1]
    assert leaf.field.error() == "This is no address."


def test_a_name_given_twice_is_said_to_be(qtbot: QtBot) -> None:
    pairs = groups.Pairs(Part(name="data", label="Data", kind=Kind.PAIRS, item="Entry"))
    qtbot.addWidget(pairs)
    pairs.set_value({"a": "1", "b": "2"})
    second = pairs.place("b")
    assert isinstance(second, QtWidgets.QLineEdit)
    second.setText("a")
    pairs.show_faults({}, strict=True)
    errors = [leaf.field.error() for leaf in pairs.findChildren(leaves.Leaf)]
    assert any("Another entry is called a too" in words for words in errors)
    assert pairs.value() == {"a": "2"}


def test_words_in_place_of_a_number_are_kept_for_the_rules_to_refuse(qtbot: QtBot) -> None:
    made = group(qtbot, "apns")
    badge = field(made, "badge")
    QtTest.QTest.keyClicks(badge, "many")
    assert made.value()["badge"] == "many"
    assert isinstance(badge, QtWidgets.QLineEdit)
    badge.setText("12")
    assert made.value()["badge"] == 12
    badge.setText("")
    assert made.value()["badge"] is None
