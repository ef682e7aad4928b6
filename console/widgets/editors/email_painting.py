"""A mail in blocks, painted with its own colours and faces; the same in both themes, as mail programs show it."""

from PySide6 import QtCore, QtGui

from console.widgets import icons, paint, text, theme
from console.widgets.editors import email_rich, email_sheet

_FAINT = 0.35


def mail(painter: QtGui.QPainter, sheet: email_sheet.Sheet, visible: QtCore.QRectF, skip: str = "") -> None:
    """Paint what of a mail lies in `visible`, in its own coordinates; the block `skip` is being edited above it."""
    if not sheet.sections:
        _invite(painter, QtCore.QRectF(0, 0, sheet.width, email_sheet.EMPTY_MAIL_H))
    for section in sheet.sections:
        if not section.rect.intersects(visible):
            continue
        ground = section.section.background or sheet.mail.paper
        painter.fillRect(section.rect, QtGui.QColor(ground))
        for column in section.columns:
            if not column.blocks:
                _empty(painter, column.rect)
            for placed in column.blocks:
                if placed.rect.intersects(visible):
                    _block(painter, sheet, placed, without_words=placed.block.id == skip)


def _empty(painter: QtGui.QPainter, box: QtCore.QRectF) -> None:
    painter.setPen(QtGui.QPen(QtGui.QColor("#A2AAB8"), 1, QtCore.Qt.PenStyle.DashLine))
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(10, 8, -10, -8), 6, 6)
    paint.line(
        painter, box, "Drop a block here", text.font(text.SMALL), QtGui.QColor("#58606E"), paint.CENTER
    )


def _invite(painter: QtGui.QPainter, box: QtCore.QRectF) -> None:
    painter.setPen(QtGui.QPen(QtGui.QColor("#A2AAB8"), 1, QtCore.Qt.PenStyle.DashLine))
    painter.setBrush(QtGui.QColor("#FFFFFF"))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
    middle = box.center()
    painter.drawPixmap(
        (middle - QtCore.QPointF(16, 52)).toPoint(), icons.colored("layout-template", "#58606E", 32)
    )
    ink, grey = QtGui.QColor("#161A22"), QtGui.QColor("#58606E")
    title = QtCore.QRectF(0, middle.y() - 8, box.width(), 24)
    paint.line(
        painter, title, "Drag the first block here", text.font(text.SECTION, text.SEMIBOLD), ink, paint.CENTER
    )
    below = title.translated(0, 26)
    words = "or press one under Add. Import brings in a mail that exists."
    paint.line(painter, below, words, text.font(text.BODY), grey, paint.CENTER)


def _block(
    painter: QtGui.QPainter, sheet: email_sheet.Sheet, placed: email_sheet.PlacedBlock, *, without_words: bool
) -> None:
    painter.save()
    if placed.hidden:
        painter.setOpacity(_FAINT)
    if placed.block.background:
        painter.fillRect(placed.rect, QtGui.QColor(placed.block.background))
    for piece in placed.pieces:
        match piece.kind:
            case "words":
                if not without_words:
                    _words(painter, piece)
            case "picture":
                _picture(painter, piece)
            case "button":
                _button(painter, sheet, placed, piece)
            case "line":
                painter.fillRect(piece.rect, QtGui.QColor(piece.fill))
            case _:
                _room(painter, piece)
    painter.restore()


def _words(painter: QtGui.QPainter, piece: email_sheet.Piece) -> None:
    assert piece.document is not None
    painter.save()
    painter.translate(piece.rect.topLeft())
    context = QtGui.QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(QtGui.QPalette.ColorRole.Text, QtGui.QColor("#161A22"))
    piece.document.documentLayout().draw(painter, context)
    painter.restore()


def _picture(painter: QtGui.QPainter, piece: email_sheet.Piece) -> None:
    shown = email_sheet.picture(piece.fill)
    clip = QtGui.QPainterPath()
    clip.addRoundedRect(piece.rect, piece.radius, piece.radius)
    painter.save()
    painter.setClipPath(clip, QtCore.Qt.ClipOperation.IntersectClip)
    if shown is not None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(piece.rect, shown)
        painter.restore()
        return
    painter.fillRect(piece.rect, QtGui.QColor("#E4E7EC"))
    side = min(28.0, piece.rect.height() * 0.4)
    middle = piece.rect.center() - QtCore.QPointF(side / 2, side / 2 + 9)
    box = QtCore.QRectF(middle, QtCore.QSizeF(side, side))
    painter.drawPixmap(box.toRect(), icons.colored("image", "#58606E", round(side)))
    words = piece.words or "No picture chosen"
    below = QtCore.QRectF(piece.rect.x() + 12, box.bottom() + 4, piece.rect.width() - 24, 20)
    if below.bottom() < piece.rect.bottom():
        paint.line(painter, below, words, text.font(text.SMALL), QtGui.QColor("#3A4250"), paint.CENTER)
    painter.restore()


def _button(
    painter: QtGui.QPainter,
    sheet: email_sheet.Sheet,
    placed: email_sheet.PlacedBlock,
    piece: email_sheet.Piece,
) -> None:
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(piece.fill))
    radius = min(piece.radius, piece.rect.height() / 2)
    painter.drawRoundedRect(piece.rect, radius, radius)
    face = email_rich.font(email_rich.type_of(sheet.mail, placed.block, phone=sheet.phone))
    face.setWeight(QtGui.QFont.Weight.DemiBold)
    face.setPixelSize(piece.size)
    inner = piece.rect.adjusted(8, 0, -8, 0)
    paint.line(painter, inner, piece.words, face, QtGui.QColor(piece.ink), paint.CENTER)


def _room(painter: QtGui.QPainter, piece: email_sheet.Piece) -> None:
    painter.setPen(QtGui.QPen(QtGui.QColor("#CBD0D8"), 1, QtCore.Qt.PenStyle.DotLine))
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawRect(piece.rect.adjusted(0.5, 0.5, -0.5, -0.5))
    if piece.words:
        paint.line(
            painter, piece.rect, piece.words, text.font(text.SMALL), QtGui.QColor("#58606E"), paint.CENTER
        )


def selection(painter: QtGui.QPainter, box: QtCore.QRectF, label: str, *, focused: bool, zoom: float) -> None:
    """The frame around what is selected, with its name; in screen coordinates."""
    ink = theme.color("accent")
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.setPen(QtGui.QPen(ink, 2 if focused else 1))
    painter.drawRect(box.adjusted(1, 1, -1, -1))
    face = text.font(text.CAPTION, text.SEMIBOLD)
    wide = QtGui.QFontMetricsF(face).horizontalAdvance(label) + 14
    above = box.top() >= 18
    tab = QtCore.QRectF(box.left(), box.top() - 18 if above else box.top(), wide, 18)
    painter.fillRect(tab, ink)
    paint.line(painter, tab, label, face, theme.color("on_accent"), paint.CENTER)
