"""What stands around a message: a phone with its status bar, an app's bars, a lock screen, a desktop."""

from dataclasses import dataclass

from PySide6 import QtCore, QtGui

from console.widgets.devices import looks, sheet

BEZEL = 9.0
CORNER = 38.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One kind of device. Sizes are dp."""

    width: float
    height: float
    phone: bool = True


PHONE = Frame(width=360, height=720)
SCREEN = Frame(width=560, height=340, phone=False)


def outline(frame: Frame) -> QtCore.QRectF:
    """The whole device around its screen, whose upper left corner is at 0, 0."""
    edge = BEZEL if frame.phone else 1.0
    return QtCore.QRectF(-edge, -edge, frame.width + 2 * edge, frame.height + 2 * edge)


def clip(frame: Frame) -> QtGui.QPainterPath:
    """The screen's outline."""
    path = QtGui.QPainterPath()
    radius = CORNER if frame.phone else 8.0
    path.addRoundedRect(QtCore.QRectF(0, 0, frame.width, frame.height), radius, radius)
    return path


def paint(painter: QtGui.QPainter, frame: Frame) -> None:
    """The body of the device, under its screen."""
    box = outline(frame)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    if not frame.phone:
        painter.setBrush(QtGui.QColor("#3A3F4A"))
        painter.drawRoundedRect(box, 9, 9)
        return
    painter.setBrush(QtGui.QColor("#2A2D33"))
    for top, height in ((150, 46), (210, 84)):
        painter.drawRoundedRect(QtCore.QRectF(box.right() - 2, top, 4, height), 2, 2)
    rim = QtGui.QLinearGradient(box.left(), 0, box.right(), 0)
    for place, color in (
        (0, "#6B7078"),
        (0.04, "#2A2D33"),
        (0.5, "#3A3D44"),
        (0.96, "#23262B"),
        (1, "#7A8088"),
    ):
        rim.setColorAt(place, QtGui.QColor(color))
    painter.setBrush(QtGui.QBrush(rim))
    painter.drawRoundedRect(box, CORNER + BEZEL, CORNER + BEZEL)
    painter.setBrush(QtGui.QColor("#050608"))
    painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), CORNER + BEZEL - 2.5, CORNER + BEZEL - 2.5)


def status_bar(page: sheet.Sheet, ink: str, *, family: str = "Roboto") -> None:
    """The clock and what a phone says of itself."""
    style = sheet.Type(size=13, color=ink, weight=600 if family == "Inter" else 500, family=family, lines=1)
    page.text(26, 12, 60, "9:41" if family == "Inter" else "10:42", style)
    right = page.width - 26

    def stroke(painter: QtGui.QPainter) -> None:
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(ink))
        for bar in range(4):
            height = 3.0 * (bar + 1)
            painter.drawRoundedRect(QtCore.QRectF(right - 62 + bar * 4.6, 25 - height, 3, height), 1, 1)
        painter.drawRoundedRect(QtCore.QRectF(right - 22, 14, 20, 10.5), 3, 3)
        painter.drawRoundedRect(QtCore.QRectF(right - 1.2, 17, 2, 4.5), 1, 1)

    page.draw(stroke)
    page.icon("wifi", right - 40, 11, 14, ink)
    page.height = max(page.height, 36.0)


def camera(page: sheet.Sheet, *, island: bool) -> None:
    """The hole in the screen: a dot, or a pill."""
    if island:
        page.fill(sheet.Box(page.width / 2 - 50, 10, 100, 26), "#000000", 13)
    else:
        page.fill(sheet.Box(page.width / 2 - 8, 11, 16, 16), "#050608", 8)
        page.fill(sheet.Box(page.width / 2 - 3.5, 15.5, 7, 7), "#1D2A3C", 3.5)


def app_bar(page: sheet.Sheet, look: looks.Look, title: str, second: str, *, verified: bool = False) -> None:
    """A messages app's head: who writes."""
    page.fill(sheet.Box(0, 0, page.width, 98), look.bar)
    status_bar(page, look.text)
    camera(page, island=False)
    page.icon("chevron-left", 8, 54, 24, look.text)
    page.disc(38, 48, 36, look.mark, title)
    style = sheet.Type(size=16, color=look.text, weight=500, lines=1, tight=True)
    room = page.width - 84 - 76
    block = page.text(84, 47, room, title, style)
    if verified:
        page.icon("badge-check", 84 + min(block.width, room) + 6, 49, 16, look.link)
    page.text(84, 68, room, second, sheet.Type(size=12, color=look.sub, lines=1))
    page.icon("phone" if not verified else "shield-check", page.width - 68, 56, 20, look.sub)
    page.icon("ellipsis-vertical", page.width - 34, 56, 20, look.sub)
    page.height = 98.0


def day(page: sheet.Sheet, look: looks.Look, words: str) -> None:
    """The line above the first message."""
    style = sheet.Type(size=12, color=look.sub, lines=1, centred=True)
    page.text(0, page.height + 12, page.width, words, style)


def composer(page: sheet.Sheet, look: looks.Look, frame: Frame, hint: str) -> None:
    """Where the recipient would write; it stands at the foot of the screen."""
    top = frame.height - 74
    page.fill(sheet.Box(0, top - 8, page.width, 82), look.screen)
    page.icon("circle-plus", 16, top + 11, 22, look.sub)
    page.fill(sheet.Box(50, top, page.width - 110, 44), look.field, 22)
    page.text(68, top + 14, 180, hint, sheet.Type(size=15, color=look.sub, lines=1))
    page.icon("smile", page.width - 92, top + 12, 20, look.sub)
    page.fill(sheet.Box(page.width - 52, top, 44, 44), look.field, 22)
    page.icon("mic", page.width - 40, top + 12, 20, look.text)
    page.fill(sheet.Box(page.width / 2 - 54, frame.height - 14, 108, 4), look.text, 2)


def wallpaper(page: sheet.Sheet, look: looks.Look, frame: Frame) -> None:
    """A picture behind notifications: two soft hills under a sky."""

    def stroke(painter: QtGui.QPainter) -> None:
        sky = QtGui.QLinearGradient(0, 0, frame.width * 0.4, frame.height)
        sky.setColorAt(0, QtGui.QColor(look.screen))
        sky.setColorAt(1, QtGui.QColor(look.bar))
        painter.fillRect(QtCore.QRectF(0, 0, frame.width, frame.height), QtGui.QBrush(sky))
        for rise, alpha in ((0.62, 34), (0.78, 52)):
            hill = QtGui.QPainterPath(QtCore.QPointF(0, frame.height))
            hill.lineTo(0, frame.height * rise)
            hill.cubicTo(
                frame.width * 0.35,
                frame.height * (rise - 0.16),
                frame.width * 0.6,
                frame.height * (rise + 0.14),
                frame.width,
                frame.height * (rise - 0.04),
            )
            hill.lineTo(frame.width, frame.height)
            shade = QtGui.QColor("#000000")
            shade.setAlpha(alpha)
            painter.fillPath(hill, shade)

    page.draw(stroke)


def lock_screen(page: sheet.Sheet, look: looks.Look, frame: Frame) -> None:
    """An iPhone that lies on the table."""
    wallpaper(page, look, frame)
    status_bar(page, "#FFFFFF", family="Inter")
    camera(page, island=True)
    page.text(
        0,
        62,
        page.width,
        "Friday, 20 November",
        sheet.Type(size=16, color="#FFFFFF", weight=500, family="Inter", lines=1, centred=True),
    )
    page.text(
        0,
        82,
        page.width,
        "9:41",
        sheet.Type(size=76, color="#FFFFFF", weight=600, family="Inter", lines=1, centred=True, leading=1.15),
    )
    page.icon("flashlight", 44, frame.height - 66, 22, "#FFFFFF")
    page.icon("camera", page.width - 66, frame.height - 66, 22, "#FFFFFF")
    page.fill(sheet.Box(page.width / 2 - 60, frame.height - 14, 120, 4), "#FFFFFF", 2)
    page.height = 190.0
