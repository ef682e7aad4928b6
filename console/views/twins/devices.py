"""A device's face of an arrival: a notification, a bubble, a letter or cards, as text with its pictures named."""

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.twins import model
from console.widgets import flow, glyphs, icons, layout, text, theme
from server.channels import contents

BUBBLE = ("sms", "whatsapp", "rcs")
CARD_W = 232


class DeviceView(QtWidgets.QFrame):
    """What the recipient sees, told to a screen reader as one text."""

    def __init__(self, device: model.Device) -> None:
        super().__init__()
        self.setObjectName("well")
        self.setAccessibleName(f"{contents.TITLES.get(device.channel, device.channel)} on the device")
        self.setAccessibleDescription(_spoken(device))
        whole = layout.column(_head(device), gap=10, margins=(theme.MD, 10, theme.MD, theme.MD))
        if len(device.cards) > 1:
            whole.addWidget(_carousel(device))
        for card in device.cards if len(device.cards) == 1 else ():
            whole.addWidget(_Bubble(card) if device.channel in BUBBLE else _Plain(card))
        if device.chips:
            whole.addWidget(_chips(device.chips))
        if device.note:
            whole.addWidget(text.caption(device.note))
        self.setLayout(whole)


def _head(device: model.Device) -> QtWidgets.QHBoxLayout:
    mark = glyphs.Glyph(icons.channel(device.channel), "accent", name=device.channel)
    return layout.row(
        mark, text.Elided(device.sender or "Unknown sender", size=text.SMALL, weight=text.MEDIUM)
    )


def _spoken(device: model.Device) -> str:
    told = [device.sender]
    for card in device.cards:
        told += [card.title, card.subtitle, card.body, card.footer, *card.buttons]
    return ". ".join(part for part in [*told, *device.chips] if part)


def _fill(card: model.Card, column: QtWidgets.QVBoxLayout) -> None:
    if card.image:
        column.addWidget(_Picture(card.image))
    if card.title:
        title = text.Label(card.title, "section", wrap=True, selectable=True)
        column.addWidget(title)
    if card.subtitle:
        column.addWidget(text.Label(card.subtitle, "label", wrap=True, selectable=True))
    if card.body:
        column.addWidget(text.Label(card.body, "body", wrap=True, selectable=True))
    if card.footer:
        column.addWidget(text.muted(card.footer, wrap=True))
    for label in card.buttons:
        column.addWidget(layout.rule())
        button = text.Label(label, "info", wrap=True)
        button.setAlignment(QtCore.Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(button)


class _Plain(QtWidgets.QWidget):
    def __init__(self, card: model.Card) -> None:
        super().__init__()
        column = layout.column(gap=6)
        _fill(card, column)
        self.setLayout(column)


class _Bubble(QtWidgets.QWidget):
    """One message in a conversation, with the corner that points to who wrote it."""

    def __init__(self, card: model.Card) -> None:
        super().__init__()
        column = layout.column(gap=6, margins=(12, 10, 12, 10))
        _fill(card, column)
        self.setLayout(column)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("border"))
        painter.setBrush(theme.color("surface"))
        box = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QtGui.QPainterPath()
        path.setFillRule(QtCore.Qt.FillRule.WindingFill)
        path.addRoundedRect(box, 14, 14)
        path.addRoundedRect(QtCore.QRectF(box.left(), box.top(), 20, 20), 4, 4)
        painter.drawPath(path.simplified())
        painter.end()


class _Picture(QtWidgets.QWidget):
    """Where a picture stands. Its address is not ours, so it is named and never fetched."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._name = address.rpartition("/")[2] or address
        self.setFixedHeight(84)
        self.setToolTip(address)
        self.setAccessibleName(f"Picture {self._name}")

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(QtCore.QRectF(self.rect()), 8, 8)
        middle = self.rect().center()
        painter.drawPixmap(middle.x() - 10, middle.y() - 20, icons.pixmap("image", "text3", 20))
        painter.setFont(text.font(text.CAPTION))
        painter.setPen(theme.color("text2"))
        said = painter.fontMetrics().elidedText(
            self._name, QtCore.Qt.TextElideMode.ElideMiddle, self.width() - 16
        )
        painter.drawText(
            self.rect().adjusted(8, 44, -8, -8),
            QtCore.Qt.AlignmentFlag.AlignHCenter | QtCore.Qt.AlignmentFlag.AlignTop,
            said,
        )
        painter.end()


def _carousel(device: model.Device) -> QtWidgets.QScrollArea:
    line = layout.row(gap=theme.SM)
    high = 0
    for card in device.cards:
        bubble = _Bubble(card)
        bubble.setFixedWidth(CARD_W)
        high = max(high, bubble.heightForWidth(CARD_W))
        line.addWidget(bubble, alignment=QtCore.Qt.AlignmentFlag.AlignTop)
    line.addStretch(1)
    area = QtWidgets.QScrollArea()
    area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName("Cards")
    inner = layout.boxed(line)
    area.setWidget(inner)
    area.setFixedHeight(high + 20)
    return area


def _chips(labels: tuple[str, ...]) -> QtWidgets.QWidget:
    line = flow.Flow(gap=6)
    for label in labels:
        line.addWidget(text.Label(label, "key"))
    return layout.boxed(line)
