"""A sheet: what one surface draws, laid out once in dp and then painted, pointed at and read out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6 import QtCore, QtGui

from console.widgets import icons

Box = QtCore.QRectF
Draw = Callable[[QtGui.QPainter], None]

ELLIPSIS = "…"
_SCALE = 3  #: icons are drawn this much larger than asked, so that they stay crisp when a device is enlarged
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """How a text is set. Sizes are dp."""

    size: int
    color: str
    weight: int = 400
    family: str = "Roboto"
    lines: int = 0  #: at most so many, the last shortened with an ellipsis; 0 for as many as it takes
    leading: float = 1.2  #: line height by size
    centred: bool = False
    tight: bool = False  #: one line whose box is as wide as its words


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that is set differently."""

    start: int
    length: int
    bold: bool = False
    italic: bool = False
    struck: bool = False
    mono: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A place one can point at: its name is a field of the content, such as `cards.1.title`."""

    name: str
    box: Box
    strip: str = ""  #: the strip it moves with


@dataclass(slots=True, kw_only=True)
class Strip:
    """Something wider than the screen that a finger drags sideways."""

    name: str
    box: Box  #: where it is seen
    width: float  #: of all that is in it
    draws: list[Draw] = field(default_factory=list)


class Block:
    """A text laid out at a width."""

    def __init__(self, words: str, style: Type, width: float, spans: Sequence[Span] = ()) -> None:
        self._style = style
        self._layouts: list[tuple[QtGui.QTextLayout, float]] = []
        self.words = words
        self.cut = False
        self.width = 0.0
        self.height = 0.0
        self._lay(words.replace("\r\n", "\n").replace("\n", "\u2028"), width, spans)

    def _lay(self, words: str, width: float, spans: Sequence[Span]) -> None:
        style = self._style
        font = face(style)
        layout = _layout(words, font, style)
        layout.setFormats([_format(span, style) for span in spans])
        step = style.size * style.leading
        layout.beginLayout()
        count = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            count += 1
            if style.lines and count == style.lines and line.textStart() + line.textLength() < len(words):
                self.cut = True
                rest = words[line.textStart() :].replace("\u2028", " ")
                self._shorten(rest, font, width, (count - 1) * step)
                line.setPosition(QtCore.QPointF(0, -100_000))  # painted by the shortened one in its place
                break
            line.setPosition(QtCore.QPointF(0, (count - 1) * step + (step - line.height()) / 2))
            self.width = max(self.width, line.naturalTextWidth())
        layout.endLayout()
        self._layouts.append((layout, 0.0))
        self.height = count * step if words else 0.0

    def _shorten(self, rest: str, font: QtGui.QFont, width: float, top: float) -> None:
        shown = QtGui.QFontMetricsF(font).elidedText(rest, QtCore.Qt.TextElideMode.ElideRight, width)
        layout = _layout(shown, font, self._style)
        step = self._style.size * self._style.leading
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(width + 1)
        line.setPosition(QtCore.QPointF(0, (step - line.height()) / 2))
        layout.endLayout()
        self.width = max(self.width, line.naturalTextWidth())
        self._layouts.append((layout, top))

    def paint(self, painter: QtGui.QPainter, at: QtCore.QPointF) -> None:
        """Draw it with its upper left corner at a point."""
        painter.setPen(QtGui.QColor(self._style.color))
        for layout, top in self._layouts:
            layout.draw(painter, QtCore.QPointF(at.x(), at.y() + top))


def face(style: Type) -> QtGui.QFont:
    """The font of a style."""
    font = QtGui.QFont(style.family)
    font.setPixelSize(style.size)
    font.setWeight(QtGui.QFont.Weight(style.weight))
    font.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
    return font


def _layout(words: str, font: QtGui.QFont, style: Type) -> QtGui.QTextLayout:
    layout = QtGui.QTextLayout(words, font)
    option = QtGui.QTextOption()
    option.setWrapMode(
        QtGui.QTextOption.WrapMode.NoWrap
        if style.tight
        else QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    )
    if style.centred:
        option.setAlignment(QtCore.Qt.AlignmentFlag.AlignHCenter)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    return layout


def _format(span: Span, style: Type) -> QtGui.QTextLayout.FormatRange:
    made = QtGui.QTextLayout.FormatRange()
    made.start, made.length = span.start, span.length
    look = QtGui.QTextCharFormat()
    if span.bold:
        look.setFontWeight(700)
    look.setFontItalic(span.italic)
    look.setFontStrikeOut(span.struck)
    if span.mono:
        look.setFontFamilies(["JetBrains Mono"])
    look.setForeground(QtGui.QColor(span.color or style.color))
    made.format = look
    return made


class Sheet:
    """What is drawn below one another. Coordinates are dp of the screen; a strip's are its own."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self.parts: list[Part] = []
        self.strips: dict[str, Strip] = {}
        self.spoken: list[str] = []
        self._draws: list[Draw] = []
        self._into: Strip | None = None

    # -- drawing ----------------------------------------------------------------------------------

    def draw(self, stroke: Draw) -> None:
        """Add a stroke of the surface's own."""
        (self._into.draws if self._into else self._draws).append(stroke)

    def fill(self, box: Box, color: str, radius: float = 0.0, *, border: str = "") -> None:
        """A rounded box."""

        def stroke(painter: QtGui.QPainter) -> None:
            painter.setPen(QtGui.QPen(QtGui.QColor(border), 1) if border else QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(QtGui.QColor(color) if color else QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, radius, radius)

        self._reach(box)
        self.draw(stroke)

    def shape(self, path: QtGui.QPainterPath, color: str) -> None:
        """A filled outline."""

        def stroke(painter: QtGui.QPainter) -> None:
            painter.fillPath(path, QtGui.QColor(color))

        self._reach(path.boundingRect())
        self.draw(stroke)

    def rule(self, left: float, right: float, y: float, color: str) -> None:
        """A hairline."""

        def stroke(painter: QtGui.QPainter) -> None:
            painter.setPen(QtGui.QPen(QtGui.QColor(color), 1))
            painter.drawLine(QtCore.QPointF(left, y), QtCore.QPointF(right, y))

        self.draw(stroke)

    def text(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        style: Type,
        *,
        part: str = "",
        spans: Sequence[Span] = (),
    ) -> Block:
        """A text; returns what it took. One that belongs to a field can be pointed at and is read out."""
        block = Block(words, style, width, spans)
        if not words:
            return block
        self.draw(lambda painter: block.paint(painter, QtCore.QPointF(x, y)))
        box = Box(x, y, width, block.height)
        self._reach(box)
        if part:
            self.part(part, box)
            self.spoken.append(words)
        return block

    def icon(self, name: str, x: float, y: float, size: float, color: str) -> None:
        """One of the icons, in a colour of the device's."""

        def stroke(painter: QtGui.QPainter) -> None:
            pixmap = icons.colored(name, color, round(size * _SCALE))
            painter.drawPixmap(Box(x, y, size, size), pixmap, Box(pixmap.rect()))

        self.draw(stroke)

    def disc(
        self, x: float, y: float, size: float, color: str, letter: str = "", ink: str = "#FFFFFF"
    ) -> None:
        """A round mark with the sender's first letter."""
        self.fill(Box(x, y, size, size), color, size / 2)
        if letter:
            style = Type(size=round(size * 0.46), color=ink, weight=500, centred=True, leading=1.0)
            block = Block(letter[:1].upper(), style, size)
            self.draw(lambda painter: block.paint(painter, QtCore.QPointF(x, y + (size - block.height) / 2)))

    def picture(
        self,
        box: Box,
        address: str,
        *,
        ground: str,
        ink: str,
        radius: float = 0.0,
        part: str = "",
        icon: str = "image",
    ) -> None:
        """Where a picture stands. Its address is not ours: it is named, and never fetched."""
        self.fill(box, ground, radius)
        host = _SCHEME.sub("", address).partition("/")[0] if address else "No picture yet"
        name = address.rpartition("/")[2] if "/" in _SCHEME.sub("", address) else ""
        size = min(24.0, box.height() / 2.2)
        middle = box.center()
        lines = [line for line in (name or host, host if name else "") if line] if box.height() >= 84 else []
        top = middle.y() - (size + 16 * len(lines)) / 2
        self.icon(icon, middle.x() - size / 2, top, size, ink)
        for count, line in enumerate(lines):
            style = Type(size=11 if count == 0 else 10, color=ink, lines=1, centred=True, leading=1.3)
            self.text(box.x() + 8, top + size + 4 + 15 * count, box.width() - 16, line, style)
        if part:
            self.part(part, box)
            self.spoken.append(f"Picture {name or host}" if address else "No picture")

    def part(self, name: str, box: Box) -> None:
        """Make a place one can point at; later ones lie above earlier ones."""
        self.parts.append(Part(name=name, box=box, strip=self._into.name if self._into else ""))

    # -- strips -----------------------------------------------------------------------------------

    def begin_strip(self, name: str, box: Box) -> None:
        """What is drawn until `end_strip` moves sideways within a box; its own left edge is 0."""
        self._into = Strip(name=name, box=box, width=0.0)
        self.strips[name] = self._into

    def end_strip(self, width: float) -> None:
        """The strip is `width` wide in all."""
        strip = self._into
        if strip is not None:
            strip.width = width
            self._into = None
            self._reach(strip.box)

    # -- what a device does with it ---------------------------------------------------------------

    def paint(self, painter: QtGui.QPainter, offsets: dict[str, float]) -> None:
        """Draw all of it; strips are moved to the left by their offset."""
        for stroke in self._draws:
            stroke(painter)
        for strip in self.strips.values():
            painter.save()
            painter.setClipRect(strip.box, QtCore.Qt.ClipOperation.IntersectClip)
            painter.translate(strip.box.x() - offsets.get(strip.name, 0.0), 0)
            for stroke in strip.draws:
                stroke(painter)
            painter.restore()

    def hit(self, at: QtCore.QPointF, offsets: dict[str, float]) -> str:
        """The part at a point, or nothing."""
        for part in reversed(self.parts):
            if part.box.contains(self._within(at, part.strip, offsets)):
                return part.name
        return ""

    def strip_at(self, at: QtCore.QPointF) -> str:
        """The strip at a point, or nothing."""
        return next((strip.name for strip in self.strips.values() if strip.box.contains(at)), "")

    def _within(self, at: QtCore.QPointF, strip: str, offsets: dict[str, float]) -> QtCore.QPointF:
        if not strip:
            return at
        box = self.strips[strip].box
        if not box.contains(at):
            return QtCore.QPointF(-1e6, -1e6)
        return QtCore.QPointF(at.x() - box.x() + offsets.get(strip, 0.0), at.y())

    def _reach(self, box: Box) -> None:
        if self._into is None:
            self.height = max(self.height, box.bottom())
