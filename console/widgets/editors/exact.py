"""A text editor that gives back what it was given: line ends, byte order marks and odd spaces as they were.

Qt's documents know one kind of line end and no few other signs. What they would change stands in the document as a
private sign instead, so that every edit and every undo keeps it.
"""

import itertools
import re

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import liquid, text, theme

_PARAGRAPH = "\u2029"
_ENDS = re.compile(r"\r\n|\n|\r")
#: Signs that a QTextDocument takes for its own.
_TAKEN = "\ufeff\x00\ufdd0\ufdd1\ufffc\u2029\r"
_PRIVATE = range(0xF0000, 0xFFFFD)
_HTML = re.compile(
    r"(?P<comment><!--.*?-->|<!--.*$)|(?P<tag></?[A-Za-z][\w:-]*|/?>)|(?P<name>\s[\w:-]+)(?==)|(?P<value>\"[^\"]*\"|'[^']*')"
)
_TOKENS = {"comment": "text3", "tag": "info", "name": "text2", "value": "ok"}


class Mapping:
    """How one text stands in a document, and how the document's text is written back."""

    def __init__(self, source: str) -> None:
        ends = _ENDS.findall(source)
        self.end = max(("\n", "\r\n", "\r"), key=ends.count) if ends else "\n"
        free = (chr(code) for code in _PRIVATE if chr(code) not in source)
        kept = {f"{sign}": next(free) for sign in _TAKEN if sign != self.end}
        odd = [end for end in ("\r\n", "\n", "\r") if end != self.end]
        self._signs = {**kept, **{end: next(free) for end in odd if end not in kept}}
        self._back = {sign: kept for kept, sign in self._signs.items()}
        self._odd_ends = {self._signs[end] for end in odd}

    def shown(self, source: str) -> str:
        """The text as it stands in the document; an odd line end is its sign and a line end."""
        pieces = []
        at = 0
        for found in _ENDS.finditer(source):
            end = found[0]
            pieces.append(self._hide(source[at : found.start()]))
            pieces.append("\n" if end == self.end else f"{self._signs[end]}\n")
            at = found.end()
        pieces.append(self._hide(source[at:]))
        return "".join(pieces)

    def written(self, raw: str) -> str:
        """The text that a document's raw text stands for."""
        lines = raw.split(_PARAGRAPH)
        pieces = []
        for line, follows in zip(lines, itertools.chain(lines[1:], [None]), strict=True):
            end = self.end if follows is not None else ""
            words = line
            if follows is not None and line[-1:] in self._odd_ends:
                words, end = line[:-1], self._back[line[-1]]
            pieces.append(
                "".join(self._back.get(sign, sign) for sign in words) if self._holds(words) else words
            )
            pieces.append(end)
        return "".join(pieces)

    def _holds(self, words: str) -> bool:
        return any(sign in words for sign in self._back)

    def _hide(self, words: str) -> str:
        for sign in _TAKEN:
            if sign in words and sign in self._signs:
                words = words.replace(sign, self._signs[sign])
        return words


class Source(QtWidgets.QPlainTextEdit):
    """`source()` is `set_source()`'s text until a person changes it, and then only where it was changed."""

    edited = QtCore.Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._given, self._mapping, self._touched = "", Mapping(""), False
        self._writing = False
        self.setFont(text.font(text.SMALL, mono=True))
        self.setLayoutDirection(QtCore.Qt.LayoutDirection.LeftToRight)  # code does, in any language
        self.setLineWrapMode(QtWidgets.QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setProperty("takesValues", True)
        self.colours = Highlighter(self.document())
        self.textChanged.connect(self._on_changed)

    def source(self) -> str:
        """The whole text, sign for sign."""
        return self._mapping.written(self.document().toRawText()) if self._touched else self._given

    def set_source(self, source: str) -> None:
        """Show a text; its undo begins anew."""
        if not self._touched and source == self._given:
            return
        self._writing = True
        self._given, self._mapping, self._touched = source, Mapping(source), False
        self.setPlainText(self._mapping.shown(source))
        self._writing = False

    def go_to_line(self, number: int) -> None:
        """Put the cursor at the start of a line, counted from 1."""
        block = self.document().findBlockByNumber(max(number - 1, 0))
        self.setTextCursor(QtGui.QTextCursor(block))
        self.centerCursor()

    def createMimeDataFromSelection(self) -> QtCore.QMimeData:
        # As Qt has it, spaces that do not break would be copied as plain ones.
        made = QtCore.QMimeData()
        made.setText(self._mapping.written(self.textCursor().selectedText()))
        return made

    def _on_changed(self) -> None:
        if self._writing or self._is_as_given():
            return
        self._touched = True
        self.edited.emit()

    def _is_as_given(self) -> bool:
        """Colours alone are told as a change too."""
        return not self._touched and self._mapping.written(self.document().toRawText()) == self._given


class Highlighter(liquid.Highlighter):
    """Colours HTML and MJML, with Liquid over it."""

    def highlightBlock(self, line: str) -> None:
        for found in _HTML.finditer(line):
            token = _TOKENS[found.lastgroup or "tag"]
            shape = QtGui.QTextCharFormat()
            shape.setForeground(theme.color(token))
            self.setFormat(found.start(), found.end() - found.start(), shape)
        super().highlightBlock(line)
