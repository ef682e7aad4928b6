"""Type: the fonts that painters use, and the labels that layouts use."""

import functools
import re

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, theme

CAPTION, SMALL, BODY, SECTION, TITLE, KPI = 11, 12, 13, 14, 18, 24  #: pixel sizes
REGULAR, MEDIUM, SEMIBOLD, BOLD = 400, 500, 600, 700


@functools.lru_cache(maxsize=64)
def font(
    size: int = BODY, weight: int = REGULAR, *, tabular: bool = False, mono: bool = False
) -> QtGui.QFont:
    """Inter (or JetBrains Mono) at a pixel size; `tabular` gives every digit the same width. Do not mutate it."""
    made = QtGui.QFont("JetBrains Mono" if mono else "Inter")
    made.setPixelSize(size)
    made.setWeight(QtGui.QFont.Weight(weight))
    made.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
    if tabular:
        made.setFeature(QtGui.QFont.Tag("tnum"), 1)
    return made


_BREAK = "\u200b"  #: a place where a line may end, drawn as nothing
_LONG_WORD = re.compile(r"\S{24,}")
_JOINT = re.compile(
    r"(?<=[^/?&=._@:-])[/?&=._@:-]+"
)  #: where a long word may be parted before it is cut anywhere
_LONG_PIECE = re.compile(r"[^\u200b]{24,}")
_PIECE = re.compile(r".{6}", re.DOTALL)


def _breakable(words: str) -> str:
    """A token or an address without spaces would push its panel wider than the window: let it break.

    An address breaks after its signs; what has none for 24 letters, such as a token, breaks anywhere.
    """

    def part(word: re.Match[str]) -> str:
        joined = _JOINT.sub(lambda sign: sign[0] + _BREAK, word[0])
        return _LONG_PIECE.sub(lambda long: _PIECE.sub(lambda piece: piece[0] + _BREAK, long[0]), joined)

    return _LONG_WORD.sub(part, words)


class Label(QtWidgets.QLabel):
    """Plain text in one of the styles; never interprets markup, because much of what it shows is not ours."""

    def __init__(
        self, text: str = "", style: str = "body", *, wrap: bool = False, selectable: bool = False
    ) -> None:
        super().__init__()
        self.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.setProperty("kind", style)
        self.setWordWrap(wrap)
        if selectable:
            self.setTextInteractionFlags(
                QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
                | QtCore.Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        if style == "mono":
            self.setFont(font(SMALL, mono=True))
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802  # Qt's own name
        super().setText(_breakable(text) if self.wordWrap() else text)

    def text(self) -> str:
        return super().text().replace(_BREAK, "")

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.matches(QtGui.QKeySequence.StandardKey.Copy) and self.hasSelectedText():
            QtGui.QGuiApplication.clipboard().setText(self.selectedText().replace(_BREAK, ""))
            return
        super().keyPressEvent(event)

    def set_style(self, style: str) -> None:
        """Change the style after construction: body, muted, caption, section, title, kpi, mono, or a tone."""
        if self.property("kind") != style:
            self.setProperty("kind", style)
            self.style().unpolish(self)
            self.style().polish(self)


class Elided(QtWidgets.QWidget):
    """One line that gives way: it shortens with an ellipsis and shows the whole text as a tool tip."""

    def __init__(
        self,
        text: str = "",
        *,
        size: int = BODY,
        weight: int = REGULAR,
        token: str = "text",
        mono: bool = False,
    ) -> None:
        super().__init__()
        self._text, self._token = "", token
        self._font = font(size, weight, tabular=True, mono=mono)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._text = text
        accessible.describe(self, accessible.Role.StaticText, text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        metrics = QtGui.QFontMetrics(self._font)
        return QtCore.QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(24, self.sizeHint().height())

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.ToolTip:
            self.setToolTip(self._text if self.sizeHint().width() > self.width() else "")
        return super().event(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setFont(self._font)
        painter.setPen(theme.color(self._token if self.isEnabled() else "text3"))
        shown = painter.fontMetrics().elidedText(self._text, QtCore.Qt.TextElideMode.ElideRight, self.width())
        flags = QtCore.Qt.AlignmentFlag.AlignVCenter | QtCore.Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), flags, shown)
        painter.end()


def title(text: str) -> Label:
    """The name of a page or of an inspected thing."""
    return Label(text, "title")


def section(text: str) -> Label:
    """The heading of a card or of a part of a form."""
    return Label(text, "section")


def muted(text: str, *, wrap: bool = False) -> Label:
    """Secondary text."""
    return Label(text, "muted", wrap=wrap)


def caption(text: str) -> Label:
    """Small semibold text above a group."""
    return Label(text, "caption")


def mono(text: str) -> Label:
    """An id or a payload, selectable."""
    return Label(text, "mono", selectable=True)
