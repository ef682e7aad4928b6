"""Two texts one under the other, with the parts that only one of them has marked."""

import difflib
import re
from typing import NamedTuple

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import inputs, layout, text, theme

AROUND = 60  #: characters that are shown on either side of what differs
MOST_WORDS = 600  #: of the part that differs; a longer one is marked whole

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Marked(NamedTuple):
    """A text with the spans, as (from, to), that the other one lacks."""

    words: str
    spans: tuple[tuple[int, int], ...]


def marked(before: str, after: str) -> tuple[Marked, Marked]:
    """Both texts around where they differ, each with its own spans."""
    start = _outside(before, _shared(before, after))
    end = _shared(before[start:][::-1], after[start:][::-1])
    end = _outside(before[start:][::-1], end)
    one, other = before[start : len(before) - end], after[start : len(after) - end]
    ours, theirs = _spans(one, other)
    lead = before[max(0, start - AROUND) : start]
    if start > AROUND:
        lead = f"…{lead}"
    tail = before[len(before) - end :][:AROUND] + ("…" if end > AROUND else "")
    return _placed(lead, one, tail, ours), _placed(lead, other, tail, theirs)


def _shared(before: str, after: str) -> int:
    """How many characters both begin with."""
    most = min(len(before), len(after))
    return next((at for at in range(most) if before[at] != after[at]), most)


def _outside(words: str, at: int) -> int:
    """The place, or the one before the word that it lies within."""
    while 0 < at < len(words) and words[at - 1].isalnum():
        at -= 1
    return at


def _spans(one: str, other: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    ours, theirs = _WORD.findall(one), _WORD.findall(other)
    if max(len(ours), len(theirs)) > MOST_WORDS:
        return [(0, len(one))], [(0, len(other))]
    left, right = _starts(ours), _starts(theirs)
    found: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            found[0].extend([(left[a], left[b])] if b > a else [])
            found[1].extend([(right[c], right[d])] if d > c else [])
    return found


def _starts(words: list[str]) -> list[int]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return starts


def _placed(lead: str, middle: str, tail: str, spans: list[tuple[int, int]]) -> Marked:
    by = len(lead)
    return Marked(f"{lead}{middle}{tail}", tuple((by + a, by + b) for a, b in spans))


class Differing(QtWidgets.QWidget):
    """`before` and `after` under their names; None says that there is nothing on that side."""

    LINES = 6

    def __init__(
        self, names: tuple[str, str], before: str | None, after: str | None, *, beside: bool = False
    ) -> None:
        super().__init__()
        sides = marked(before or "", after or "")
        whole: QtWidgets.QBoxLayout = layout.row(gap=theme.MD) if beside else layout.column(gap=4)
        for name, given, side, tone in zip(names, (before, after), sides, ("bad", "ok"), strict=True):
            told = _Text(side, tone, name) if given is not None else text.muted("Nothing.")
            one = layout.column(text.caption(name), told, gap=4)
            if beside:
                one.addStretch(1)
            whole.addLayout(one, 1)
        self.setLayout(whole)
        self.setAccessibleName(f"{names[0]}: {before or 'nothing'}. {names[1]}: {after or 'nothing'}")


class _Lines(inputs.Area):
    """As high as its lines, as they are broken at its width; it scrolls only where they are too many."""

    def __init__(self) -> None:
        super().__init__(mono=True)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        found = self.document().lineCount()
        lines = min(max(found, 1), Differing.LINES)
        if found > Differing.LINES:
            self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setFixedHeight(lines * QtGui.QFontMetrics(text.font(text.SMALL, mono=True)).lineSpacing() + 14)


class _Text(QtWidgets.QFrame):
    """One side. Marks are colours and underlines, so that they are seen without colours, too."""

    def __init__(self, side: Marked, tone: str, name: str) -> None:
        super().__init__()
        self.setObjectName("well")
        self._side, self._tone = side, tone
        self._view = _Lines()
        self._view.setReadOnly(True)
        self._view.setAccessibleName(name)
        self._view.setStyleSheet("QPlainTextEdit { background: transparent; border: 0; padding: 0; }")
        self._view.setPlainText(side.words)
        self.setLayout(layout.column(self._view, margins=(8, 5, 4, 4)))
        self._mark()
        theme.active().changed.connect(self._mark)

    def _mark(self) -> None:
        ink, ground = theme.tokens().tone("bad" if self._tone == "bad" else "ok")
        shape = QtGui.QTextCharFormat()
        shape.setBackground(QtGui.QColor(ground))
        shape.setForeground(QtGui.QColor(ink))
        shape.setFontUnderline(True)
        found = []
        for start, end in self._side.spans:
            spot = QtWidgets.QTextEdit.ExtraSelection()
            spot.cursor = QtGui.QTextCursor(self._view.document())
            spot.cursor.setPosition(_units(self._side.words, start))
            spot.cursor.setPosition(_units(self._side.words, end), QtGui.QTextCursor.MoveMode.KeepAnchor)
            spot.format = shape
            found.append(spot)
        self._view.setExtraSelections(found)


def _units(words: str, at: int) -> int:
    """A place in the text as Qt counts it, where an emoji is two."""
    return at + sum(character > "\uffff" for character in words[:at])
