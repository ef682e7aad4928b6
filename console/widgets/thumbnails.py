"""Small pictures of messages: painted by the devices themselves, one a turn, and kept while they are looked at."""

import collections
from collections.abc import Callable, Hashable

import msgspec
from PySide6 import QtCore, QtGui

from console.widgets import paint, text, theme
from console.widgets.devices import device, surfaces
from console.widgets.editors import email_painting, email_sheet
from console.widgets.writing import sampling
from server.channels import contents, email, mailblocks

WIDTH, HEIGHT = 224, 148
KEPT = 96  #: pictures held; the longest unseen one goes first
#: How small a phone and a desktop are shown; their messages stay readable.
PHONE_SCALE, SCREEN_SCALE = WIDTH / 360, 0.52
ABOVE = 26.0  #: dp left above a message
LONGEST = 1_200  #: characters of a page's text that a picture can show
_PAPER, _INK, _GREY = "#FFFFFF", "#161A22", "#58606E"


class Thumbnails(QtCore.QObject):
    """`find` answers with a picture or None, and `ready` says when one that was asked for has been painted."""

    ready = QtCore.Signal()

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: collections.OrderedDict[Hashable, QtGui.QPixmap] = collections.OrderedDict()
        self._wanted: collections.OrderedDict[Hashable, Callable[[], contents.Content]] = (
            collections.OrderedDict()
        )
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._paint_one)
        theme.active().changed.connect(self._kept.clear)

    def find(self, key: Hashable, content: contents.Content, ratio: float = 1.0) -> QtGui.QPixmap | None:
        """The picture of a content that `key` names for good, such as a template and its version; None for now."""
        whole = (key, ratio)
        known = self._kept.get(whole)
        if known is not None:
            self._kept.move_to_end(whole)
            return known
        self._wanted[whole] = lambda: content
        self._wanted.move_to_end(whole)  # whoever scrolls wants the last ones first
        while len(self._wanted) > KEPT // 2:
            self._wanted.popitem(last=False)
        if not self._soon.isActive():
            self._soon.start()
        return None

    @property
    def busy(self) -> bool:
        """Whether a picture that was asked for has not been painted yet."""
        return bool(self._wanted)

    def _paint_one(self) -> None:
        if not self._wanted:
            return
        whole, content = self._wanted.popitem()
        assert isinstance(whole, tuple)
        self._kept[whole] = picture(content(), ratio=whole[1], dark=theme.tokens().name == "dark")
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if self._wanted:
            self._soon.start()
        self.ready.emit()


def picture(content: contents.Content, *, ratio: float = 1.0, dark: bool = False) -> QtGui.QPixmap:
    """One message where it is met first, as somebody made up would; WIDTH by HEIGHT, what lies below is cut off."""
    made = QtGui.QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(QtGui.QColor(_PAPER))
    painter = QtGui.QPainter(made)
    painter.setRenderHints(
        QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform
    )
    shown = sampling.content(content)
    if isinstance(shown, contents.Email):
        _mail(painter, shown)
    else:
        _message(painter, shown, dark=dark)
    painter.end()
    return made


def _message(painter: QtGui.QPainter, content: contents.Content, *, dark: bool) -> None:
    device.load_fonts()
    channel = str(content.__struct_config__.tag)
    scene = surfaces.SURFACES[channel][0].make(content, "Your business", dark)
    frame = scene.frame
    scale = PHONE_SCALE if frame.phone else SCREEN_SCALE
    seen = QtCore.QSizeF(WIDTH / scale, HEIGHT / scale)
    box = QtCore.QRectF()
    for part in scene.page.parts:
        box = box.united(part.box)
    middle = frame.width / 2 if frame.phone or box.isEmpty() else box.center().x()
    x = min(max(middle - seen.width() / 2, 0.0), frame.width - seen.width())
    y = min(max(box.top() - ABOVE, 0.0), max(frame.height - seen.height(), 0.0))
    painter.fillRect(0, 0, WIDTH, HEIGHT, QtGui.QColor(scene.screen))
    painter.scale(scale, scale)
    painter.translate(-x, -y)
    scene.ground.paint(painter, {})
    scene.page.paint(painter, {})
    if y == 0.0:
        scene.front.paint(painter, {})


def _mail(painter: QtGui.QPainter, content: email.EmailContent) -> None:
    mail = _blocks(content)
    if mail is None:
        _letter(painter, content)
        return
    sheet = email_sheet.arrange(mail, phone=True)
    scale = WIDTH / sheet.width
    painter.scale(scale, scale)
    email_painting.mail(painter, sheet, QtCore.QRectF(0, 0, sheet.width, HEIGHT / scale))


def _blocks(content: email.EmailContent) -> mailblocks.Mail | None:
    """The mail's blocks; None where it was written by hand."""
    source = content.source
    if not isinstance(source, str) or mailblocks.kind(source) != "blocks":
        return None
    try:
        mail = mailblocks.read(source)
    except mailblocks.BadSource:
        return None
    if not mail.blocks():
        return None
    return msgspec.convert(sampling.deep(msgspec.to_builtins(mail)), mailblocks.Mail)


def _letter(painter: QtGui.QPainter, content: email.EmailContent) -> None:
    """A page that only Chromium can show: its subject and the first lines of its text."""
    edge = 14.0
    wide = WIDTH - 2 * edge
    subject = QtCore.QRectF(edge, 10, wide, 20)
    words = text.font(text.BODY, text.SEMIBOLD)
    paint.line(painter, subject, content.subject or "(no subject)", words, QtGui.QColor(_INK))
    top = subject.bottom()
    if content.preheader:
        line = QtCore.QRectF(edge, top, wide, 17)
        paint.line(painter, line, content.preheader, text.font(text.SMALL), QtGui.QColor(_GREY))
        top = line.bottom()
    painter.fillRect(QtCore.QRectF(edge, top + 5, wide, 1), QtGui.QColor("#E2E5EA"))
    painter.setFont(text.font(text.SMALL))
    painter.setPen(QtGui.QColor("#3A4250"))
    body = (content.text or email.plain_text(content.html))[:LONGEST]
    flags = int(QtCore.Qt.TextFlag.TextWordWrap) | int(QtCore.Qt.AlignmentFlag.AlignTop.value)
    painter.drawText(QtCore.QRectF(edge, top + 12, wide, HEIGHT - top), flags, body)
