"""One channel's editor: its form, its payload beside it where it has one, and a way back from every edit."""

import functools
import time
from collections.abc import Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, layout, theme
from console.widgets.editors import checking, forms, groups, history, items, leaves, pane, parts, payloads
from server.channels import base, contents, whatsapp

BESIDE_W = 640  #: from this width on the payload stands beside the fields, below them else
FIELDS_W = 320  #: below it a field beside another is cut
BACK, FORTH = "Ctrl+Z", "Ctrl+Shift+Z"
#: Cards that a kind of RCS message begins with.
CARDS = {"card": 1, "carousel": 2}
_KEYS = (QtGui.QKeySequence.StandardKey.Undo, QtGui.QKeySequence.StandardKey.Redo)


class Form(QtWidgets.QWidget):
    """Edits one channel's content. `changed` at every edit by a person, undoing included."""

    changed = QtCore.Signal()
    widened = QtCore.Signal()  #: it shows more side by side, or less

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.channel = channel
        self.group = groups.Group(forms.FORMS[channel])
        self._history = history.History()
        self._build()
        self.group.changed.connect(self._on_edited)
        self.group.grown.connect(self._follow_keys)
        self.setAccessibleName(f"{contents.TITLES[channel]}: content")
        self.set_value(checking.blank(channel))

    def _build(self) -> None:
        self.undo = buttons.icon("undo-2", f"Undo ({BACK})", self.go_back)
        self.redo = buttons.icon("redo-2", f"Redo ({FORTH})", self.go_forth)
        self.tools = layout.boxed(layout.row(self.undo, self.redo, gap=0))
        self._page = layout.scroll(layout.column(self.group, None, margins=(0, 2, theme.MD, theme.LG)))
        self._page.setMinimumWidth(FIELDS_W)
        self._split = QtWidgets.QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(theme.SM)
        self._split.setStyleSheet("QSplitter::handle { background: transparent; width: 8px; height: 8px; }")
        self._split.addWidget(self._page)
        if payloads.has(self.channel):
            self.shows_payload = buttons.icon("braces", "Payload beside the fields", self.toggle_payload)
            self.shows_payload.setCheckable(True)
            tools = self.tools.layout()
            assert tools is not None
            tools.addWidget(self.shows_payload)
        if self.channel == "whatsapp":
            self._take = buttons.link("Make them from the approved text", self.take_parameters, icon="plus")
            self._list("body").add_beside(self._take)
        self.setLayout(layout.column(self._split))
        for keys, act in ((BACK, self.go_back), (FORTH, self.go_forth), ("Ctrl+Y", self.go_forth)):
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
            shortcut.setContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _beside(self) -> pane.Pane | None:
        """The payload, where somebody has wanted to see it."""
        return vars(self).get("pane")

    @functools.cached_property
    def pane(self) -> pane.Pane | None:
        """The payload beside the fields, built when somebody wants to see it; None where the channel has none."""
        if not payloads.has(self.channel):
            return None
        made = pane.Pane(self.channel)
        made.edited.connect(self._on_payload)
        made.hide()
        self._split.addWidget(made)
        made.set_fields(self.value(), self.content())
        return made

    # -- what it holds ----------------------------------------------------------------------------

    def set_content(self, content: contents.Content) -> None:
        """Edit this content; there is nothing to undo yet."""
        self.set_value(checking.plain(content))

    def content(self) -> contents.Content | None:
        """What is written; None while a field holds what fits no content."""
        made = checking.content(self.channel, self.value())
        return None if isinstance(made, list) else made

    def value(self) -> parts.Fields:
        """The plain values of what is written."""
        return self.group.value()

    def set_value(self, value: parts.Fields) -> None:
        """Edit these plain values."""
        self.group.set_value(value)
        self._history.begin(self.value())
        self._show()

    # -- faults and places ------------------------------------------------------------------------

    def set_faults(self, faults: Sequence[base.Fault], *, strict: bool = True) -> list[base.Fault]:
        """Say each error at its field; returns those that have none."""
        words = {
            one.place: f"{one.message.rstrip('.')}. {one.remedy}"
            for one in reversed(faults)
            if one.level == "error"
        }
        left = self.show_faults(words, strict=strict)
        return [one for one in faults if one.level == "error" and one.place in left]

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        """Say words at their places; returns the places that have no field."""
        return self.group.show_faults(faults, strict=strict)

    def place(self, where: str) -> QtWidgets.QWidget | None:
        """The input at a place."""
        return self.group.place(where)

    def where(self, widget: QtWidgets.QWidget) -> str:
        """The place of an input; empty for whatever is none of them."""
        return self.group.where(widget) or "" if self.group.isAncestorOf(widget) else ""

    def go_to(self, place: str) -> None:
        """Put the keyboard at a place, and bring it into sight."""
        target = self.place(place)
        if target is not None:
            target.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
            self._page.ensureWidgetVisible(target, 20, 60)

    def set_folded(self, *, folded: bool) -> None:
        """Hide or show the rarer settings."""
        self.group.set_folded(folded=folded)

    # -- the payload beside -----------------------------------------------------------------------

    def toggle_payload(self) -> None:
        """Show the JSON beside the fields, or hide it."""
        self.show_payload(shown=not self.is_wide())

    def show_payload(self, *, shown: bool) -> None:
        """Show the JSON beside the fields, or do not."""
        if shown is not self.is_wide() and self.pane is not None:
            self.pane.setVisible(shown)
            self.shows_payload.setChecked(shown)
            self._show()
            self.widened.emit()
            self._share()

    def is_wide(self) -> bool:
        """Whether it shows two things side by side, and would like room for them."""
        beside = self._beside()
        return beside is not None and not beside.isHidden()

    def _share(self) -> None:
        half = (self._split.width() if self._is_beside() else self._split.height()) // 2
        self._split.setSizes([half, half])

    def _is_beside(self) -> bool:
        return self._split.orientation() is QtCore.Qt.Orientation.Horizontal

    def _on_payload(self, fields: parts.Fields) -> None:
        self.group.update_value(fields)
        self._on_edited()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        wide = self.width() >= BESIDE_W
        way = QtCore.Qt.Orientation.Horizontal if wide else QtCore.Qt.Orientation.Vertical
        if self._split.orientation() is not way:
            self._split.setOrientation(way)
            self._share()
        super().resizeEvent(event)

    # -- back and forth ---------------------------------------------------------------------------

    def go_back(self) -> None:
        """Take the last edit back."""
        self._restore(self._history.back())

    def go_forth(self) -> None:
        """Do it again."""
        self._restore(self._history.forth())

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Undoing is the form's, so that text, lists and JSON go back in the order they were edited."""
        undoing = isinstance(event, QtGui.QKeyEvent) and any(event.matches(keys) for keys in _KEYS)
        if undoing and event.type() == QtCore.QEvent.Type.ShortcutOverride:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _restore(self, found: tuple[parts.Fields, str] | None) -> None:
        if found is None:
            return
        value, place = found
        self.group.update_value(value)
        self._show()
        self.go_to(place)
        self.changed.emit()

    # -- edits ------------------------------------------------------------------------------------

    def _on_edited(self) -> None:
        if self.channel == "rcs":
            self._list("cards").fill(CARDS.get(str(self.group.editors["kind"].value()), 0))
        self._history.note(self.value(), time.monotonic())
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        back, forth = self._history.can()
        self.undo.setEnabled(back)
        self.redo.setEnabled(forth)
        beside = self._beside()
        if beside is not None:
            beside.set_fields(self.value(), self.content())
        if self.channel == "whatsapp":
            self._take.setVisible(self.parameters() != self.value()["body"])
        self._follow_keys()

    def _follow_keys(self) -> None:
        """See the keys of each input, those of new items included."""
        kinds: tuple[type[QtWidgets.QWidget], ...] = (QtWidgets.QLineEdit, QtWidgets.QPlainTextEdit)
        for kind in kinds:
            for one in self.findChildren(kind):
                if not one.property("undoneByForm"):
                    one.setProperty("undoneByForm", True)
                    one.installEventFilter(self)

    def _list(self, name: str) -> items.Items:
        found = self.group.editors[name]
        assert isinstance(found, items.Items)
        return found

    # -- WhatsApp's parameters --------------------------------------------------------------------

    def parameters(self) -> list[dict[str, Any]]:
        """One for each placeholder of the approved text, with the values that are there already."""
        fields = self.value()
        asked = whatsapp.placeholders(fields["sample"])
        given = {one["name"] or str(at): one["text"] for at, one in enumerate(fields["body"], start=1)}
        if not asked:
            return list(fields["body"])
        return [
            {"name": "" if name.isdecimal() else name, "text": given.get(name, "")}
            for name in sorted(asked, key=int if all(name.isdecimal() for name in asked) else _still)
        ]

    def take_parameters(self) -> None:
        """Ask for exactly what the approved text asks for."""
        made = self.parameters()
        self._list("body").update_value(made)
        self._on_edited()
        empty = next((at for at, one in enumerate(made) if not one["text"]), 0)
        self.go_to(f"body.{empty}.text")


def _still(_name: str) -> int:
    return 0


def make(channel: str) -> Form:
    """The editor of a channel."""
    return Form(channel)
