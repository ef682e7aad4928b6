"""Where everything of a mail stands: sections, columns, blocks and their pieces, in CSS pixels of the mail."""

import base64
import binascii
import functools
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6 import QtCore, QtGui

from console.widgets.editors import email_rich, mail_acts
from server.channels import mailblocks
from server.channels.mailblocks import AnyBlock, Mail

PHONE_W = 375
EMPTY_COLUMN_H = 84
EMPTY_MAIL_H = 320
UNKNOWN_ASPECT = 0.5  #: of a picture that is not fetched, height to width
MOST_PICTURE_BYTES = 4_000_000

Rect = QtCore.QRectF


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that is painted: words, a picture, a button, a line or a pill."""

    kind: str
    rect: Rect
    words: str = ""
    document: QtGui.QTextDocument | None = None
    fill: str = ""
    ink: str = ""
    radius: float = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBlock:
    """A block with its outer box and its pieces."""

    block: AnyBlock
    spot: mail_acts.Spot
    rect: Rect
    inner: Rect
    pieces: list[Piece]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedColumn:
    """A column; `empty` where nothing stands in it."""

    rect: Rect
    blocks: list[PlacedBlock]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSection:
    """A section across the mail."""

    section: mailblocks.Section
    rect: Rect
    columns: list[PlacedColumn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole mail, laid out."""

    mail: Mail
    width: float
    height: float
    phone: bool
    sections: list[PlacedSection] = field(default_factory=list)

    def blocks(self) -> Iterator[PlacedBlock]:
        """All blocks in reading order."""
        for section in self.sections:
            for column in section.columns:
                yield from column.blocks

    def find(self, key: str) -> PlacedBlock | PlacedSection | None:
        """The block or section of an id."""
        for section in self.sections:
            if section.section.id == key:
                return section
        return next((placed for placed in self.blocks() if placed.block.id == key), None)

    def at(self, point: QtCore.QPointF) -> PlacedBlock | PlacedSection | None:
        """What lies under a point: a block, else a section."""
        for placed in self.blocks():
            if placed.rect.contains(point):
                return placed
        return next((section for section in self.sections if section.rect.contains(point)), None)

    def drop(self, point: QtCore.QPointF) -> tuple[mail_acts.Spot, Rect] | None:
        """The place for a block that is let go at a point, and the line that shows it; None: a section of its own."""
        for section_at, section in enumerate(self.sections):
            if not section.rect.contains(point):
                continue
            for column_at, column in enumerate(section.columns):
                box = column.rect
                if not (box.left() <= point.x() < box.right()):
                    continue
                if not self.phone or box.top() <= point.y() <= box.bottom() or column is section.columns[-1]:
                    return _gap(column, section_at, column_at, point)
        return None

    def section_gap(self, point: QtCore.QPointF) -> tuple[int, Rect]:
        """Before which section something is let go at a point, and the line that shows it."""
        for at, section in enumerate(self.sections):
            if point.y() < section.rect.center().y():
                return at, Rect(0, section.rect.top() - 1.5, self.width, 3)
        bottom = self.sections[-1].rect.bottom() if self.sections else 0.0
        return len(self.sections), Rect(0, bottom - 1.5, self.width, 3)


def _gap(
    column: PlacedColumn, section_at: int, column_at: int, point: QtCore.QPointF
) -> tuple[mail_acts.Spot, Rect]:
    index, y = len(column.blocks), column.rect.top()
    for at, placed in enumerate(column.blocks):
        if point.y() < placed.rect.center().y():
            index, y = at, placed.rect.top()
            break
        y = placed.rect.bottom()
    if not column.blocks:
        return mail_acts.Spot(section=section_at, column=column_at, index=0), column.rect
    line = Rect(column.rect.left(), y - 1.5, column.rect.width(), 3)
    return mail_acts.Spot(section=section_at, column=column_at, index=index), line


def arrange(mail: Mail, *, phone: bool = False) -> Sheet:
    """Lay a mail out as a desktop's or a phone's mail program would."""
    width = float(PHONE_W if phone else mail.width)
    top = 0.0
    placed = []
    for at, section in enumerate(mail.sections):
        made = _section(mail, section, at, top, width, phone)
        placed.append(made)
        top = made.rect.bottom()
    return Sheet(mail=mail, width=width, height=top or EMPTY_MAIL_H, phone=phone, sections=placed)


def _section(
    mail: Mail, section: mailblocks.Section, at: int, top: float, width: float, phone: bool
) -> PlacedSection:
    above, right, below, left = section.padding
    inner = max(width - left - right, 1.0)
    stacked = phone and not section.together
    columns: list[PlacedColumn] = []
    x, y, deepest = float(left), top + above, 0.0
    whole = sum(column.share for column in section.columns) or 100
    for column_at, column in enumerate(section.columns):
        wide = inner if stacked else inner * column.share / max(whole, 100)
        blocks = []
        reach = y
        for index, block in enumerate(column.blocks):
            spot = mail_acts.Spot(section=at, column=column_at, index=index)
            made = _block(mail, block, spot, x, reach, wide, phone)
            blocks.append(made)
            reach = made.rect.bottom()
        tall = max(reach - y, 0.0) if blocks else EMPTY_COLUMN_H
        columns.append(PlacedColumn(rect=Rect(x, y, wide, tall), blocks=blocks))
        if stacked:
            y += tall
            deepest = y - top - above
        else:
            x += wide
            deepest = max(deepest, tall)
    rect = Rect(0, top, width, above + deepest + below)
    if not stacked:
        columns = [
            PlacedColumn(rect=Rect(one.rect.x(), one.rect.y(), one.rect.width(), deepest), blocks=one.blocks)
            for one in columns
        ]
    return PlacedSection(section=section, rect=rect, columns=columns)


def _block(
    mail: Mail, block: AnyBlock, spot: mail_acts.Spot, x: float, y: float, wide: float, phone: bool
) -> PlacedBlock:
    above, right, below, left = mailblocks.padding(block, phone=phone)
    inner = Rect(x + left, y + above, max(wide - left - right, 1.0), 0)
    pieces = _pieces(mail, block, inner, phone)
    bottom = max((piece.rect.bottom() for piece in pieces), default=inner.top())
    inner.setBottom(bottom)
    return PlacedBlock(
        block=block,
        spot=spot,
        rect=Rect(x, y, wide, bottom + below - y),
        inner=inner,
        pieces=pieces,
        hidden=mailblocks.hidden(block, phone=phone),
    )


# -- pieces ------------------------------------------------------------------------------------------------------------


def _pieces(mail: Mail, block: AnyBlock, room: Rect, phone: bool) -> list[Piece]:
    match block:
        case mailblocks.Text():
            looks = email_rich.type_of(mail, block, phone=phone, ink=block.colour)
            return [_words(block.paragraphs, looks, room)]
        case mailblocks.Image():
            return [
                _picture(
                    block.src,
                    block.alt,
                    room,
                    mailblocks.align(block, phone=phone),
                    block.width,
                    block.radius,
                )
            ]
        case mailblocks.Button():
            return [_button(mail, block, room, phone)]
        case mailblocks.Divider():
            line = Rect(room.x(), room.y(), room.width(), max(block.thickness, 1))
            return [Piece(kind="line", rect=line, fill=block.colour)]
        case mailblocks.Spacer():
            return [Piece(kind="space", rect=Rect(room.x(), room.y(), room.width(), block.height))]
        case mailblocks.Social():
            return _pills(mail, block, room, phone)
        case mailblocks.Product():
            return _product(mail, block, room, phone)
        case mailblocks.Unsubscribe():
            return [_farewell(mail, block, room, phone)]


def _words(paragraphs: list[mailblocks.Paragraph], looks: email_rich.Type, room: Rect) -> Piece:
    made = email_rich.document(paragraphs, looks)
    made.setTextWidth(room.width())
    return Piece(
        kind="words", rect=Rect(room.x(), room.y(), room.width(), made.size().height()), document=made
    )


def _picture(src: str, alt: str, room: Rect, align: str, width: int | None, radius: float = 0) -> Piece:
    shown = picture(src)
    natural = shown.width() if shown is not None else room.width()
    wide = min(
        float(width or (natural if shown is not None and natural < room.width() else room.width())),
        room.width(),
    )
    aspect = shown.height() / max(shown.width(), 1) if shown is not None else UNKNOWN_ASPECT
    x = room.x() + _slack(align) * (room.width() - wide)
    box = Rect(x, room.y(), wide, max(wide * aspect, 24))
    return Piece(kind="picture", rect=box, words=alt or src, fill=src, radius=radius)


def _slack(align: str) -> float:
    return {"left": 0.0, "center": 0.5, "right": 1.0}[align]


def _button(mail: Mail, block: mailblocks.Button, room: Rect, phone: bool) -> Piece:
    size = mailblocks.size(mail, block, phone=phone)
    face = email_rich.font(email_rich.type_of(mail, block, phone=phone))
    face.setWeight(QtGui.QFont.Weight.DemiBold)
    wide = QtGui.QFontMetricsF(face).horizontalAdvance(block.label) + 48
    wide = room.width() if block.full else min(wide, room.width())
    x = room.x() + _slack(mailblocks.align(block, phone=phone)) * (room.width() - wide)
    return Piece(
        kind="button",
        rect=Rect(x, room.y(), wide, size * 1.2 + 24),
        words=block.label,
        fill=block.fill or mail.accent,
        ink=block.ink,
        radius=block.radius,
        size=size,
    )


def _pills(mail: Mail, block: mailblocks.Social, room: Rect, phone: bool) -> list[Piece]:
    size = mailblocks.size(mail, block, phone=phone)
    face = email_rich.font(email_rich.type_of(mail, block, phone=phone))
    face.setWeight(QtGui.QFont.Weight.DemiBold)
    metrics = QtGui.QFontMetricsF(face)
    rows: list[list[tuple[str, float]]] = [[]]
    used = 0.0
    for profile in block.profiles:
        wide = min(metrics.horizontalAdvance(profile.name) + 28, room.width() - 8)
        if rows[-1] and used + wide + 8 > room.width():
            rows.append([])
            used = 0.0
        rows[-1].append((profile.name, wide))
        used += wide + 8
    tall = size * 1.5 + 8
    pieces = []
    for at, row in enumerate(rows):
        span = sum(wide + 8 for _name, wide in row)
        x = room.x() + _slack(mailblocks.align(block, phone=phone)) * (room.width() - span) + 4
        for name, wide in row:
            box = Rect(x, room.y() + at * (tall + 8) + 4, wide, tall)
            pieces.append(
                Piece(
                    kind="button", rect=box, words=name, fill=block.fill, ink=block.ink, radius=14, size=size
                )
            )
            x += wide + 8
    return pieces or [
        Piece(kind="space", rect=Rect(room.x(), room.y(), room.width(), 30), words="No profiles yet")
    ]


def _product(mail: Mail, block: mailblocks.Product, room: Rect, phone: bool) -> list[Piece]:
    pieces = []
    y = room.y()
    align = mailblocks.align(block, phone=phone)
    if block.src:
        pieces.append(_picture(block.src, block.alt or block.title, room, align, None))
        y = pieces[-1].rect.bottom() + 20
    looks = email_rich.type_of(mail, block, phone=phone)
    said = [mailblocks.Paragraph(runs=[mailblocks.Run(text=block.title)], shape="h3")]
    if block.text:
        said.append(mailblocks.Paragraph(runs=[mailblocks.Run(text=block.text)]))
    if block.price:
        runs = [mailblocks.Run(text=block.price, bold=True)]
        if block.was:
            runs.append(mailblocks.Run(text=f"  {block.was}", colour="#58606E"))
        said.append(mailblocks.Paragraph(runs=runs))
    words = _words(said, looks, Rect(room.x(), y, room.width(), 0))
    pieces.append(words)
    if block.label:
        below = Rect(room.x(), words.rect.bottom() + 20, room.width(), 0)
        button = mailblocks.Button(id=block.id, label=block.label, desktop=block.desktop, phone=block.phone)
        pieces.append(_button(mail, button, below, phone))
    return pieces


def _farewell(mail: Mail, block: mailblocks.Unsubscribe, room: Rect, phone: bool) -> Piece:
    run = mailblocks.Run
    said = [
        mailblocks.Paragraph(
            runs=[
                run(text=f"{block.text} " if block.text else ""),
                run(text=block.label, underline=True),
            ]
        )
    ]
    if block.address:
        said.append(mailblocks.Paragraph(runs=[run(text=block.address)]))
    return _words(said, email_rich.type_of(mail, block, phone=phone, ink=block.colour), room)


@functools.lru_cache(maxsize=32)
def picture(src: str) -> QtGui.QImage | None:
    """A picture that lies in the mail itself; any other is not fetched."""
    if not src.startswith("data:image/") or len(src) > MOST_PICTURE_BYTES:
        return None
    head, comma, body = src.partition(",")
    if not comma or "svg" in head:
        return None
    try:
        data = (
            base64.b64decode(body, validate=False)
            if head.endswith(";base64")
            else urllib.parse.unquote_to_bytes(body)
        )
    except (binascii.Error, ValueError):
        return None
    made = QtGui.QImage.fromData(data)
    return None if made.isNull() else made
