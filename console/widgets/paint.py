"""Shared strokes: bars, pills, focus rings, skeleton blocks and one-line texts, for painters and delegates."""

import contextlib
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, text, theme

LEFT = QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter
RIGHT = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
CENTER = QtCore.Qt.AlignmentFlag.AlignCenter

PILL_H = 21


def line(
    painter: QtGui.QPainter,
    box: QtCore.QRectF,
    words: str,
    font: QtGui.QFont,
    color: QtGui.QColor,
    align: QtCore.Qt.AlignmentFlag = LEFT,
) -> None:
    """One line of text in a box, shortened with an ellipsis where it does not fit."""
    painter.setFont(font)
    painter.setPen(color)
    shown = painter.fontMetrics().elidedText(words, QtCore.Qt.TextElideMode.ElideRight, int(box.width()) + 1)
    with _upright(painter, box.center().x()):
        painter.drawText(box, align, shown)


def face(painter: QtGui.QPainter, box: QtCore.QRect) -> None:
    """From now on whatever is painted in `box` from left to right runs as the language does.

    `line` and `mark` draw words and icons upright at the mirrored place.
    """
    device = painter.device()
    if isinstance(device, QtWidgets.QWidget):
        painter.setLayoutDirection(device.layoutDirection())
    if painter.layoutDirection() is QtCore.Qt.LayoutDirection.RightToLeft:
        painter.translate(box.left() + box.right() + 1, 0)
        painter.scale(-1, 1)


@contextlib.contextmanager
def _upright(painter: QtGui.QPainter, middle: float) -> Iterator[None]:
    """Turn back around a vertical line what `face` has mirrored."""
    if painter.worldTransform().m11() >= 0:
        yield
        return
    painter.save()
    painter.translate(2 * middle, 0)
    painter.scale(-1, 1)
    yield
    painter.restore()


def mark(painter: QtGui.QPainter, x: float, y: float, drawn: QtGui.QPixmap) -> None:
    """An icon with its upper left corner at a place."""
    with _upright(painter, x + drawn.deviceIndependentSize().width() / 2):
        painter.drawPixmap(QtCore.QPointF(x, y), drawn)


def bar(
    painter: QtGui.QPainter,
    box: QtCore.QRectF,
    share: float,
    color: QtGui.QColor,
    radius: float | None = None,
) -> None:
    """A horizontal bar filled to `share` (0 to 1) over its track; any share above nothing is visible."""
    round_by = box.height() / 2 if radius is None else radius
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("track"))
    painter.drawRoundedRect(box, round_by, round_by)
    if share > 0:
        width = max(min(box.height(), box.width()), box.width() * min(share, 1.0))
        painter.setBrush(color)
        painter.drawRoundedRect(QtCore.QRectF(box.x(), box.y(), width, box.height()), round_by, round_by)


def pill_width(words: str) -> int:
    """How wide a pill with these words is."""
    return QtGui.QFontMetrics(text.font(text.SMALL, text.MEDIUM)).horizontalAdvance(words) + 33


def pill(
    painter: QtGui.QPainter,
    x: float,
    middle: float,
    words: str,
    icon: str,
    tone: theme.Tone,
    room: float = 1e6,
) -> None:
    """Icon, word and colour of a state, at most `room` wide, its left edge at `x` and its centre line at `middle`."""
    ink, ground = theme.tokens().tone(tone)
    box = QtCore.QRectF(x, middle - PILL_H / 2, min(pill_width(words), room), PILL_H)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(ground))
    painter.drawRoundedRect(box, PILL_H / 2, PILL_H / 2)
    mark(painter, x + 8, middle - 6, icons.pixmap(icon, tone, 12, stroke=2.5))
    line(painter, box.adjusted(24, 0, -8, 0), words, text.font(text.SMALL, text.MEDIUM), QtGui.QColor(ink))


def focus_ring(painter: QtGui.QPainter, box: QtCore.QRectF, radius: float = 6.0) -> None:
    """The two-pixel ring that says where the keyboard is."""
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.setPen(QtGui.QPen(theme.color("accent"), 2))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius, radius)


def block(painter: QtGui.QPainter, box: QtCore.QRectF, radius: float = 4.0) -> None:
    """A grey stand-in for something that is on its way."""
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("mute_bg"))
    painter.drawRoundedRect(box, radius, radius)
