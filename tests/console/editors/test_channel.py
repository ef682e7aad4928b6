"""One channel's editor: undoing, lists by mouse, JSON beside the fields, and what each channel adds."""

import pytest
from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets.editors import channel, checking, history, items
from console.widgets.fields import Field
from server.channels import apns, base, contents, rcs, whatsapp

LEFT = QtCore.Qt.MouseButton.LeftButton
NOTHING = QtCore.Qt.KeyboardModifier.NoModifier


def form(qtbot: QtBot, name: str, content: contents.Content | None = None) -> channel.Form:
    made = channel.make(name)
    qtbot.addWidget(made)
    made.resize(700, 900)
    if content is not None:
        made.set_content(content)
    made.show()
    return made


def listed(made: channel.Form, name: str) -> items.Items:
    found = made.group.editors[name]
    assert isinstance(found, items.Items)
    return found


def write(made: channel.Form, place: str, words: str) -> None:
    control = made.place(place)
    assert control is not None
    QtTest.QTest.keyClicks(control, words)


CAROUSEL = rcs.RcsContent(
    kind="carousel",
    cards=[
        rcs.Card(title=title, suggestions=[rcs.Suggestion(text="Go")]) for title in ("One", "Two", "Three")
    ],
)


def titles(made: channel.Form) -> list[str]:
    return [card["title"] for card in made.value()["cards"]]


def test_edits_of_texts_and_lists_go_back_in_their_order(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    heard: list[int] = []
    made.changed.connect(lambda: heard.append(1))
    write(made, "cards.0.title", "!")
    cards = listed(made, "cards")
    cards.shift(cards._items[0], 1)
    cards.remove(cards._items[2])
    assert titles(made) == ["Two", "!One"]
    made.go_back()
    assert titles(made) == ["Two", "!One", "Three"]
    made.go_back()
    assert titles(made) == ["!One", "Two", "Three"]
    made.go_back()
    assert made.content() == CAROUSEL
    assert not made.undo.isEnabled()
    made.go_forth()
    assert titles(made) == ["!One", "Two", "Three"]
    assert len(heard) == 7


def test_letters_typed_in_one_go_are_one_step() -> None:
    known = history.History()
    known.begin({"a": "", "b": ""})
    for at, words in enumerate(("x", "xy", "xyz")):
        known.note({"a": words, "b": ""}, 10 + at * 0.2)
    known.note({"a": "xyz", "b": "q"}, 10.7)
    assert known.back() == ({"a": "xyz", "b": ""}, "b")
    assert known.back() == ({"a": "", "b": ""}, "a")
    assert known.back() is None
    assert known.forth() == ({"a": "xyz", "b": ""}, "a")
    known.note({"a": "new", "b": ""}, 30.0)
    assert known.can() == (True, False)


@pytest.mark.parametrize(
    "one, other, place",
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a.1"),
        ({"a": [1, 2]}, {"a": [1]}, "a"),
        ({"c": [{"t": "x"}]}, {"c": [{"t": "y"}]}, "c.0.t"),
        ({"d": {"k": 1}}, {"d": {"l": 1}}, "d"),
    ],
)
def test_the_place_of_an_edit_is_found(one: object, other: object, place: str | None) -> None:
    assert history.differs(one, other) == place


def test_a_card_is_dragged_by_its_grip(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    cards = listed(made, "cards")
    cards._on_fold()
    qtbot.waitUntil(lambda: 60 < cards._items[2].y() < 200)
    grip, last = cards._items[0].grip, cards._items[2]
    below = grip.mapFromGlobal(last.mapToGlobal(QtCore.QPoint(10, last.height() - 4)))
    QtTest.QTest.mousePress(grip, LEFT, NOTHING, QtCore.QPoint(5, 5))
    QtTest.QTest.mouseMove(grip, QtCore.QPoint(5, 30))
    QtTest.QTest.mouseMove(grip, below)
    assert grip._line is not None
    QtTest.QTest.mouseRelease(grip, LEFT, NOTHING, below)
    assert titles(made) == ["Two", "Three", "One"]
    assert grip._line is None


def test_escape_lets_a_dragged_item_stay(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    cards = listed(made, "cards")
    grip = cards._items[2].grip
    QtTest.QTest.mousePress(grip, LEFT, NOTHING, QtCore.QPoint(5, 5))
    QtTest.QTest.mouseMove(grip, QtCore.QPoint(5, -300))
    QtTest.QTest.keyClick(grip, QtCore.Qt.Key.Key_Escape)
    QtTest.QTest.mouseRelease(grip, LEFT, NOTHING, QtCore.QPoint(5, -300))
    assert titles(made) == ["One", "Two", "Three"]


def test_a_place_within_a_folded_card_unfolds_it(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    cards = listed(made, "cards")
    cards._on_fold()
    assert all(item.folded for item in cards._items)
    assert "Two" in cards._items[1]._caption.text()
    made.go_to("cards.1.suggestions.0")
    assert not cards._items[1].folded
    control = made.place("cards.1.title")
    assert control is not None
    assert made.where(control) == "cards.1.title"


def test_a_kind_of_rcs_begins_with_its_cards(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs")
    kind = made.place("kind")
    assert isinstance(kind, QtWidgets.QComboBox)
    kind.setCurrentIndex(kind.findData("carousel"))
    kind.activated.emit(kind.currentIndex())
    assert len(made.value()["cards"]) == 2


def test_json_and_fields_follow_each_other(qtbot: QtBot) -> None:
    made = form(qtbot, "apns", apns.ApnsContent(title="Hi", ttl_s=60))
    made.toggle_payload()
    assert made.pane is not None
    assert '"title": "Hi"' in made.pane.input.toPlainText()
    write(made, "title", "Oh ")
    assert '"title": "Oh Hi"' in made.pane.input.toPlainText()
    made.pane.input.setPlainText('{"aps": {"alert": {"title": "By hand"}, "badge": 4}}')
    assert (made.value()["title"], made.value()["badge"], made.value()["ttl_s"]) == ("By hand", 4, 60)
    made.go_back()
    assert made.value()["title"] == "Oh Hi"
    assert '"title": "Oh Hi"' in made.pane.input.toPlainText()


def test_broken_json_is_said_and_destroys_nothing(qtbot: QtBot) -> None:
    made = form(qtbot, "apns", apns.ApnsContent(title="Hi"))
    made.toggle_payload()
    assert made.pane is not None
    made.pane.input.setPlainText('{"aps": {"alert": {"title" "x"}}}')
    assert "Line 1 is no JSON" in made.pane.error()
    assert made.value()["title"] == "Hi"
    write(made, "title", "Oh ")
    assert '"title" "x"' in made.pane.input.toPlainText()  # what is half written is not taken away
    made.pane.take_fields()
    assert made.pane.error() == ""
    assert '"title": "Oh Hi"' in made.pane.input.toPlainText()


def test_the_payload_stands_beside_the_fields_where_there_is_room(qtbot: QtBot) -> None:
    made = form(qtbot, "webpush")
    made.toggle_payload()
    assert made._split.orientation() is QtCore.Qt.Orientation.Horizontal
    made.resize(400, 900)
    assert made._split.orientation() is QtCore.Qt.Orientation.Vertical


@pytest.mark.parametrize(
    "sample, wanted",
    [
        ("Hi {{1}}, code {{2}}", [("", "Jack"), ("", "")]),
        ("{{2}} before {{1}}", [("", "Jack"), ("", "")]),
        ("Hi {{name}}, {{code}}", [("name", ""), ("code", "")]),
    ],
)
def test_parameters_are_made_from_the_approved_text(
    qtbot: QtBot, sample: str, wanted: list[tuple[str, str]]
) -> None:
    made = form(
        qtbot, "whatsapp", whatsapp.WhatsAppContent(sample=sample, body=[whatsapp.Parameter(text="Jack")])
    )
    assert made._take.isVisible()
    made.take_parameters()
    assert [(one["name"], one["text"]) for one in made.value()["body"]] == wanted
    assert not made._take.isVisible()


def test_a_limit_is_counted_where_it_binds(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    control = made.place("cards.0.suggestions.0.text")
    assert control is not None
    measured = control.parentWidget()
    assert isinstance(measured, Field)
    assert measured._measure is not None
    assert measured._measure.text() == "2 of 25"
    QtTest.QTest.keyClicks(control, "{{ name }} and far too much for this")
    assert measured._measure.text() == "28 + values of 25"


def test_faults_without_a_field_are_given_back(qtbot: QtBot) -> None:
    made = form(qtbot, "sms")
    loose = base.fault("", "The whole is wrong")
    assert made.set_faults(
        [loose, base.fault("body", "Empty", "Write"), base.fault("", "x", level="warning")]
    ) == [loose]


@pytest.mark.parametrize("name", ["apns", "webpush", "sms", "whatsapp", "rcs"])
def test_a_blank_content_goes_in_and_comes_out(qtbot: QtBot, name: str) -> None:
    made = form(qtbot, name)
    assert made.value() == checking.blank(name)
    assert made.content() == checking.TYPES[name]()


def test_another_value_is_shown_in_the_editors_that_are_there(qtbot: QtBot) -> None:
    made = form(qtbot, "rcs", CAROUSEL)
    cards = listed(made, "cards")
    first, second, _third = cards._items
    second.set_folded(folded=True)
    made.set_content(rcs.RcsContent(kind="carousel", cards=[rcs.Card(title="Uno"), rcs.Card(title="Dos")]))
    assert cards._items == [first, second]
    assert not second.folded
    assert [card["title"] for card in made.value()["cards"]] == ["Uno", "Dos"]
    assert made.value()["cards"][0]["suggestions"] == []
    made.set_content(CAROUSEL)
    assert made.content() == CAROUSEL
