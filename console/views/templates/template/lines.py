"""What differs between two contents, field by field and line by line: the old at the left, the new at the right."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import text, theme
from server.wire import crafting

MOST_LINES = 400
SPELT = {"html": "HTML", "url": "URL", "ttl_s": "Kept for, s"}

Spans = Sequence[tuple[int, int]]


def named(place: str) -> str:
    """A place of a content as people say it: `cards.0.title` is `Cards 1 · Title`."""
    said: list[str] = []
    for part in place.split("."):
        if part.isdecimal() and said:
            said[-1] = f"{said[-1]} {int(part) + 1}"
        else:
            said.append(SPELT.get(part) or part.replace("_", " ").capitalize())
    return " · ".join(said)


class Lines(QtWidgets.QTextEdit):
    """Show with `show_fields`. What is gone is struck through, what is new is underlined: colour alone says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: Sequence[crafting.FieldDiff] = ()
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setStyleSheet("QTextEdit { background: transparent; border: 0; padding: 0; }")
        self.setAccessibleName("What differs")
        self.setTextInteractionFlags(
            QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
            | QtCore.Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        theme.active().changed.connect(self._in_other_colours)

    def show_fields(self, fields: Sequence[crafting.FieldDiff]) -> None:
        """Lay these out."""
        self._fields = fields
        self.clear()
        cursor = self.textCursor()
        left = MOST_LINES
        for field in fields:
            if left <= 0:
                break
            self._heading(cursor, field)
            self._table(cursor, field.lines[:left])
            left -= len(field.lines)
        if left < 0:
            cursor.movePosition(QtGui.QTextCursor.MoveOperation.End)
            cursor.insertText("More lines differ than can be shown here.", _plain("text2"))
        self.moveCursor(QtGui.QTextCursor.MoveOperation.Start)

    def _in_other_colours(self) -> None:
        self.show_fields(self._fields)

    def _heading(self, cursor: QtGui.QTextCursor, field: crafting.FieldDiff) -> None:
        cursor.movePosition(QtGui.QTextCursor.MoveOperation.End)
        block = QtGui.QTextBlockFormat()
        block.setTopMargin(10)
        block.setBottomMargin(4)
        if cursor.atStart():
            cursor.setBlockFormat(block)
        else:
            cursor.insertBlock(block)
        shape = _plain("text3")
        shape.setFontWeight(text.SEMIBOLD)
        marks = {"added": " (new)", "removed": " (gone)"}
        cursor.insertText(f"{named(field.place)}{marks.get(field.mark, '')}", shape)

    def _table(self, cursor: QtGui.QTextCursor, lines: Sequence[crafting.Line]) -> None:
        if not lines:
            return
        shape = QtGui.QTextTableFormat()
        shape.setBorder(0)
        shape.setCellPadding(4)
        shape.setCellSpacing(1)
        half = QtGui.QTextLength(QtGui.QTextLength.Type.PercentageLength, 50)
        shape.setColumnWidthConstraints([half, half])
        shape.setWidth(QtGui.QTextLength(QtGui.QTextLength.Type.PercentageLength, 100))
        table = cursor.insertTable(len(lines), 2, shape)
        for at, line in enumerate(lines):
            gone, new = line.mark in ("changed", "removed"), line.mark in ("changed", "added")
            _cell(table.cellAt(at, 0), line.left, line.left_spans, "bad" if gone else "", struck=True)
            _cell(table.cellAt(at, 1), line.right, line.right_spans, "ok" if new else "", struck=False)


def _cell(cell: QtGui.QTextTableCell, words: str, spans: Spans, tone: str, *, struck: bool) -> None:
    if tone:
        shape = cell.format()
        shape.setBackground(theme.color(f"{tone}_bg"))
        cell.setFormat(shape)
    cursor = cell.firstCursorPosition()
    plain, marked = _plain("text" if tone else "text2"), _plain(tone or "text2")
    marked.setFontStrikeOut(struck)
    marked.setFontUnderline(not struck)
    marked.setFontWeight(text.SEMIBOLD)
    at = 0
    for begin, end in spans:
        cursor.insertText(words[at:begin], plain)
        cursor.insertText(words[begin:end], marked)
        at = end
    cursor.insertText(words[at:], plain)


def _plain(token: str) -> QtGui.QTextCharFormat:
    shape = QtGui.QTextCharFormat()
    shape.setFont(text.font(text.SMALL))
    shape.setForeground(theme.color(token))
    return shape
