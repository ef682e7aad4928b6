"""The payload beside its fields: written in either, kept the same in both, and never lost to a slip in the JSON."""

import re

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import bars, buttons, figures, inputs, layout, text, theme
from console.widgets.editors import parts, payloads
from server.channels import contents

UNBOUND = 16_777_215  #: pixels that Qt takes for no bound

_WORD = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?')


class Pane(QtWidgets.QFrame):
    """`edited` carries the form's values as the JSON has them; what cannot be read is said, and changes nothing."""

    edited = QtCore.Signal(dict)

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.setObjectName("well")
        self._channel = channel
        self._fields: parts.Fields = {}
        self._content: contents.Content | None = None
        self._seen = ""  #: what stood there last: a new colour is a change to Qt as well
        self._telling = False
        self._told = text.Label("", "caption")
        self._told.setFont(text.font(text.CAPTION, tabular=True))
        self._meter = bars.Meter(name="Payload")
        self.input = inputs.Area(mono=True)
        face = text.font(text.SMALL, mono=True)
        face.setFeature(QtGui.QFont.Tag("calt"), 0)  # "!=" is two characters, and is to look like two
        self.input.setFont(face)
        self.input.setWordWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.input.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(280)
        self.input.setMinimumHeight(180)
        self.input.setMaximumHeight(UNBOUND)
        self.input.setAccessibleName("Payload as JSON")
        self.input.textChanged.connect(self._on_written)
        self._marks = _Marks(self.input.document())
        self._error = text.Label("", "bad", wrap=True)
        self._back = buttons.link("Take it from the fields", self.take_fields, icon="undo-2")
        self._error.hide()
        self._back.hide()
        head = layout.row(text.caption("Payload, as it is sent"), None, self._told)
        foot = layout.row(self._back, None)
        self.setLayout(
            layout.column(
                head,
                self._meter,
                self.input,
                self._error,
                foot,
                gap=6,
                margins=(theme.MD, 8, theme.MD, 8),
                grow=2,
            )
        )

    def set_fields(self, fields: parts.Fields, content: contents.Content | None) -> None:
        """Follow the form; JSON that somebody is still writing, or that cannot be read, stays as it is."""
        self._fields, self._content = fields, content
        self._measure()
        if not self._error.text() and not self._telling:
            self.take_fields()

    def take_fields(self) -> None:
        """Write what the fields hold."""
        try:
            words = payloads.written(self._content) if self._content is not None else None
        except UnicodeEncodeError:  # half of a character; the rules name it at its field
            words = None
        if words is None:
            return
        self._seen = words
        self._say("")
        if words != self.input.toPlainText():
            self.input.setPlainText(words)

    def error(self) -> str:
        """What keeps the JSON from being read."""
        return self._error.text()

    def _on_written(self) -> None:
        words = self.input.toPlainText()
        if words == self._seen:
            return
        self._seen = words
        try:
            read = payloads.read(self._channel, words, self._fields)
        except payloads.Unreadable as error:
            self._say(str(error), error.line)
            return
        self._say("")
        if read != self._fields:
            self._telling = True
            self.edited.emit(read)
            self._telling = False

    def _say(self, words: str, line: int = 0) -> None:
        self._error.setText(f"{words} The fields keep what they have." if words else "")
        self._error.setVisible(bool(words))
        self._back.setVisible(bool(words))
        self.input.setAccessibleDescription(words)
        self._marks.set_wrong(line - 1 if words else -1)

    def _measure(self) -> None:
        try:
            used, limit = payloads.measure(self._content) if self._content is not None else (0, 1)
        except UnicodeEncodeError:
            return
        share = used / limit
        tone = "bad" if share > 1 else "warn" if share > 0.85 else "accent"
        self._meter.set_share(min(share, 1.0), tone)
        known = self._content is not None
        self._told.setText(f"{figures.count(used)} of {figures.count(limit)} bytes" if known else "")
        self._told.set_style("bad" if share > 1 else "caption")


class _Marks(QtGui.QSyntaxHighlighter):
    """Colours names, texts and numbers; the line that cannot be read is underlined."""

    def __init__(self, document: QtGui.QTextDocument) -> None:
        super().__init__(document)
        self._wrong = -1
        theme.active().changed.connect(self.rehighlight)

    def set_wrong(self, line: int) -> None:
        if line != self._wrong:
            self._wrong = line
            self.rehighlight()

    def highlightBlock(self, line: str) -> None:
        wrong = self.currentBlock().blockNumber() == self._wrong
        if wrong:
            self.setFormat(0, len(line) + 1, _shape("bad", wrong=True))
        for found in _WORD.finditer(line):
            token = "accent" if found[2] else "ok" if found[1] else "info"
            start = len(line[: found.start()].encode("utf-16-le", "surrogatepass")) // 2
            self.setFormat(start, found.end() - found.start(), _shape(token, wrong=wrong))


def _shape(token: str, *, wrong: bool) -> QtGui.QTextCharFormat:
    shape = QtGui.QTextCharFormat()
    shape.setForeground(theme.color(token))
    if wrong:
        shape.setUnderlineStyle(QtGui.QTextCharFormat.UnderlineStyle.WaveUnderline)
        shape.setUnderlineColor(theme.color("bad"))
    return shape
