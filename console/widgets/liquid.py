"""Liquid as one writes it: its tags coloured, and the names a person may use offered after `{{`."""

import re
from collections.abc import Callable, Mapping

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import theme

Text = QtWidgets.QLineEdit | QtWidgets.QPlainTextEdit | QtWidgets.QTextEdit

#: Filters that are offered after a `|`, each with what it makes of `hello`.
FILTERS = {
    "capitalize": "Hello",
    "upcase": "HELLO",
    "downcase": "hello",
    'default: ""': "a word in its place",
    "truncate: 20": "cut at 20",
    "escape": "safe in HTML",
    'date: "%d %B %Y"': "1 May 2026",
    "round: 2": "a number to 2 places",
    "url_encode": "safe in an address",
}
MOST_SHOWN = 12

_PLACE = re.compile(r"\{\{-?(.*?)-?\}\}|\{%-?(.*?)-?%\}|\{\{[^}]*$|\{%[^%]*$")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_FILTER = re.compile(r"\|\s*(\w+)")
_WORD = re.compile(
    r"\b(if|elsif|else|endif|unless|endunless|for|in|endfor|case|when|endcase|assign|capture|endcapture|and|or|contains)\b"
)
_NAME_AT_END = re.compile(r"\{\{-?\s*([\w.]*)$")
_FILTER_AT_END = re.compile(r"\{\{[^}]*\|\s*(\w*)$")
_REST = re.compile(r"^[\w.]*")
_CLOSING = re.compile(r"^\s*-?\}\}")


class Highlighter(QtGui.QSyntaxHighlighter):
    """Colours places, tags, filters and strings of a template; everything else is a person's own words."""

    def __init__(self, document: QtGui.QTextDocument) -> None:
        super().__init__(document)
        theme.active().changed.connect(self.rehighlight)

    def highlightBlock(self, line: str) -> None:
        for place in _PLACE.finditer(line):
            closed = place[1] is not None or place[2] is not None
            self._paint(place.start(), place.end(), "accent" if closed else "bad")
            if not closed:
                continue
            for pattern, token in ((_FILTER, "info"), (_WORD, "info"), (_STRING, "ok")):
                for found in pattern.finditer(line, place.start(), place.end()):
                    self._paint(found.start(), found.end(), token)

    def _paint(self, start: int, end: int, token: str) -> None:
        shape = QtGui.QTextCharFormat()
        shape.setForeground(theme.color(token))
        self.setFormat(start, end - start, shape)


class Completer(QtCore.QObject):
    """Offers names after `{{` and filters after `|`, as one types; Enter or Tab takes one, Escape none."""

    def __init__(self, control: Text, known: Callable[[], Mapping[str, str]]) -> None:
        super().__init__(control)
        self._control = control
        self._known = known
        self._model = QtGui.QStandardItemModel(0, 1, self)
        self._completer = QtWidgets.QCompleter(self._model, self)
        self._completer.setCaseSensitivity(QtCore.Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setCompletionRole(QtCore.Qt.ItemDataRole.UserRole)
        self._completer.setFilterMode(QtCore.Qt.MatchFlag.MatchContains)
        self._completer.setMaxVisibleItems(MOST_SHOWN)
        self._completer.setWidget(control)
        self.popup.setAccessibleName("Values and filters")
        chosen = self._completer.activated[QtCore.QModelIndex]  # type: ignore[index]  # one of two overloads
        chosen.connect(self._take)
        control.installEventFilter(self)
        if isinstance(control, QtWidgets.QLineEdit):
            control.textEdited.connect(lambda _text: self.look())
        else:
            control.textChanged.connect(self._look_if_typing)

    @property
    def popup(self) -> QtWidgets.QAbstractItemView:
        """The list that is shown."""
        shown = self._completer.popup()
        assert shown is not None
        return shown

    def look(self) -> None:
        """Show what fits where the cursor stands, or nothing."""
        before = self._before()
        name, filtered = _NAME_AT_END.search(before), _FILTER_AT_END.search(before)
        if name is None and filtered is None:
            self.popup.hide()
            return
        offered = FILTERS if name is None else self._known()
        self._fill(offered)
        typed = name[1] if name is not None else filtered[1] if filtered is not None else ""
        self._completer.setCompletionPrefix(typed)
        if self._completer.completionCount() == 0 or typed in offered:
            self.popup.hide()
            return
        self.popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        self._completer.complete(self._box())

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if isinstance(event, QtGui.QKeyEvent) and event.type() == QtCore.QEvent.Type.KeyPress:
            if (
                event.key() == QtCore.Qt.Key.Key_Space
                and event.modifiers() == QtCore.Qt.KeyboardModifier.ControlModifier
            ):
                self.look()
                return True
            if event.key() == QtCore.Qt.Key.Key_Tab and self.popup.isVisible():
                self._take(self.popup.currentIndex())
                self.popup.hide()
                return True
        return super().eventFilter(watched, event)

    def _look_if_typing(self) -> None:
        if self._control.hasFocus():
            self.look()

    def _fill(self, offered: Mapping[str, str]) -> None:
        self._model.clear()
        for name, example in offered.items():
            item = QtGui.QStandardItem(f"{name}    {example[:28]}".rstrip())
            item.setData(name, QtCore.Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)

    def _take(self, index: QtCore.QModelIndex) -> None:
        """Put what was chosen in the place of what was typed, and close the braces."""
        chosen = str(index.data(QtCore.Qt.ItemDataRole.UserRole) or "")
        if not chosen:
            return
        after = self._after()
        rest = _REST.match(after)
        behind = after[rest.end() :] if rest is not None else after
        closing = "" if _CLOSING.match(behind) else " }}"
        self._replace(len(self._completer.completionPrefix()), rest.end() if rest else 0, chosen, closing)

    def _replace(self, back: int, forth: int, words: str, closing: str) -> None:
        spaced = "" if self._before()[: -back or None].endswith((" ", "|")) else " "
        control = self._control
        if isinstance(control, QtWidgets.QLineEdit):
            at = control.cursorPosition()
            control.setSelection(at - back, back + forth)
            control.insert(f"{spaced}{words}{closing}")
            control.textEdited.emit(control.text())  # `insert` is an edit by a person here
            return
        cursor = control.textCursor()
        cursor.setPosition(cursor.position() - back)
        cursor.setPosition(cursor.position() + back + forth, QtGui.QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(f"{spaced}{words}{closing}")
        control.setTextCursor(cursor)

    def _before(self) -> str:
        control = self._control
        if isinstance(control, QtWidgets.QLineEdit):
            return control.text()[: control.cursorPosition()]
        cursor = control.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()]

    def _after(self) -> str:
        control = self._control
        if isinstance(control, QtWidgets.QLineEdit):
            return control.text()[control.cursorPosition() :]
        cursor = control.textCursor()
        return cursor.block().text()[cursor.positionInBlock() :]

    def _box(self) -> QtCore.QRect:
        box = self._control.cursorRect()
        box.setWidth(320)
        return box


def attach(control: Text, known: Callable[[], Mapping[str, str]]) -> Completer:
    """Offer names in this input; a second time it is the completer it has."""
    made = control.findChild(Completer, options=QtCore.Qt.FindChildOption.FindDirectChildrenOnly)
    return made if made is not None else Completer(control, known)
