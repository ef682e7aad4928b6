"""Editors make what is seen, when it is seen, and nothing flashes up as a window of its own meanwhile."""

import pytest
from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets.editors import channel, checking, email, groups, items, leaves
from tests.console.golden import world

WRITTEN = {name: checking.plain(made) for name, made in world.KEPT.campaign.contents.chosen().items()}


@pytest.mark.parametrize("name", WRITTEN)
def test_no_part_of_an_editor_opens_as_a_window(
    name: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    show = QtWidgets.QWidget.setVisible

    def seen(widget: QtWidgets.QWidget, visible: bool) -> None:
        if visible and widget.isWindow():
            opened.append(type(widget).__name__)
        show(widget, visible)

    monkeypatch.setattr(QtWidgets.QWidget, "setVisible", seen)
    made = email.EmailEditor() if name == "email" else channel.make(name)
    qtbot.addWidget(made)
    made.set_value(WRITTEN[name])
    assert opened == []


def test_a_field_that_need_not_be_seen_is_made_when_it_is_and_keeps_its_value(qtbot: QtBot) -> None:
    form = channel.make("rcs")
    qtbot.addWidget(form)
    form.set_value(WRITTEN["rcs"])
    fields = form.findChildren(leaves.Leaf)
    unseen = [one for one in fields if one._made is None]
    assert len(unseen) > len(fields) // 2
    assert form.value() == WRITTEN["rcs"]
    form.resize(600, 900)
    form.show()
    form.set_folded(folded=False)
    assert form.value() == WRITTEN["rcs"]
    shown = [one for one in form.findChildren(leaves.Leaf) if one.isVisible()]
    assert shown
    assert all(one._made is not None for one in shown)


def test_a_lists_items_are_built_in_turns_of_their_own_where_tab_expects_them(qtbot: QtBot) -> None:
    form = channel.make("rcs")
    qtbot.addWidget(form)
    form.set_value(WRITTEN["rcs"])
    cards = form.group.editors["cards"]
    assert isinstance(cards, items.Items)
    assert not any(item.is_built for item in cards._items)
    form.show()
    qtbot.waitUntil(lambda: all(item.is_built for item in cards._items))
    assert form.value() == WRITTEN["rcs"]
    first, second = cards._items[:2]
    assert isinstance(first.editor, groups.Group)
    inside = first.editor.editors["title"]
    assert isinstance(inside, leaves.Leaf)
    met: list[QtWidgets.QWidget | None] = [first._gone]
    while met[-1] is not None and met[-1] is not second._gone:
        met.append(met[-1].nextInFocusChain())
    assert inside.field.control in met


def test_a_mails_own_looks_are_made_when_somebody_looks_at_them(qtbot: QtBot) -> None:
    made = email.EmailEditor()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    properties = made.panel.properties
    assert properties.field("width") is None
    made.panel.go("block")
    assert properties.field("width") is not None
