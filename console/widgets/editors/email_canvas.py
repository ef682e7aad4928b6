"""The mail one builds: its blocks as they will look, chosen, moved and written in where they stand."""

import dataclasses
from collections.abc import Callable, Mapping

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, theme
from console.widgets.editors import email_painting, email_rich, email_sheet, email_text, mail_acts
from server.channels import mailblocks

TOP = 26  #: above the mail, screen pixels; the name of what is selected stands there
SIDE = 16
DRAG_FROM = 6  #: pixels the mouse moves before a press becomes a drag
EDGE = 36  #: near an edge a drag scrolls

Key = QtCore.Qt.Key
Alt = QtCore.Qt.KeyboardModifier.AltModifier
Control = QtCore.Qt.KeyboardModifier.ControlModifier


class Canvas(QtWidgets.QAbstractScrollArea):
    """Show a mail with `set_mail`; acts come back as `acted`, and the owner shows what became of them."""

    acted = QtCore.Signal(str, object, str, str)  #: name, Mail, id to select, and a key of acts that are one
    selected = QtCore.Signal(str)  #: the id of a block or section; empty for the mail itself
    writing = QtCore.Signal(object)  #: the RichText in use, or None
    opened = QtCore.Signal(str)  #: a block that has its words in the panel was asked for

    def __init__(self, known: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._mail = mailblocks.Mail()
        self._phone = False
        self._sheet = email_sheet.arrange(self._mail)
        self._key = ""
        self._hover = ""
        self._pressed: QtCore.QPointF | None = None
        self._dragged = ""  #: the id being moved
        self._line: QtCore.QRectF | None = None  #: where it would go, in the mail
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(QtCore.Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.text = email_text.RichText(known, self.viewport())
        self.text.hide()
        self.text.edited.connect(self._on_written)
        self.text.finished.connect(self.stop_writing)
        self._written = ""  #: the id of the block whose text is open
        self.verticalScrollBar().valueChanged.connect(self._place_text)
        self.verticalScrollBar().setSingleStep(24)
        accessible.describe(self, accessible.Role.Document, "Mail in blocks")
        theme.active().changed.connect(self.viewport().update)

    # -- what it shows -------------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> email_sheet.Sheet:
        """Where everything stands."""
        return self._sheet

    @property
    def key(self) -> str:
        """What is selected."""
        return self._key

    def set_mail(self, mail: mailblocks.Mail, key: str | None = None) -> None:
        """Show another state, with the same thing selected unless `key` says otherwise."""
        self._mail = mail
        self._arrange()
        wanted = self._key if key is None else key
        self.select(wanted if self._sheet.find(wanted) is not None else "")
        if self._written and self._written != self._key:
            self.stop_writing()

    def set_phone(self, *, phone: bool) -> None:
        """Show it as on a phone, or as on a desktop."""
        if phone != self._phone:
            self.stop_writing()
            self._phone = phone
            self._arrange()
            self._reveal()

    def select(self, key: str) -> None:
        """Choose a block or a section; nothing for the mail itself."""
        if key != self._written:
            self.stop_writing()
        changed = key != self._key
        self._key = key
        self._describe()
        self.viewport().update()
        if changed:
            self._reveal()
            self.selected.emit(key)

    def _arrange(self) -> None:
        self._sheet = email_sheet.arrange(self._mail, phone=self._phone)
        height = self._sheet.height * self.zoom + TOP + 60
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, round(height - self.viewport().height())))
        self._place_text()
        self.viewport().update()

    @property
    def zoom(self) -> float:
        """Screen pixels for each of the mail's."""
        room = max(self.viewport().width() - 2 * SIDE, 120)
        return min(1.0, room / self._sheet.width)

    def origin(self) -> QtCore.QPointF:
        """Where the mail's corner is on the viewport."""
        wide = self._sheet.width * self.zoom
        return QtCore.QPointF(
            round((self.viewport().width() - wide) / 2), TOP - self.verticalScrollBar().value()
        )

    def to_mail(self, point: QtCore.QPointF) -> QtCore.QPointF:
        """A place on the viewport in the mail's own coordinates."""
        return (point - self.origin()) / self.zoom

    def on_screen(self, box: QtCore.QRectF) -> QtCore.QRectF:
        """A box of the mail on the viewport."""
        corner = self.origin() + box.topLeft() * self.zoom
        return QtCore.QRectF(corner, box.size() * self.zoom)

    def _describe(self) -> None:
        placed = self._sheet.find(self._key)
        if placed is None:
            words = f"{len(self._mail.blocks())} blocks. Arrow keys choose one."
        elif isinstance(placed, email_sheet.PlacedSection):
            words = f"Section with {len(placed.columns)} columns"
        else:
            words = f"{title(placed.block)}: {summary(placed.block)}"
        self.setAccessibleDescription(words)

    def _reveal(self) -> None:
        placed = self._sheet.find(self._key)
        if placed is None:
            return
        box = self.on_screen(placed.rect)
        bar = self.verticalScrollBar()
        if box.top() < TOP:
            bar.setValue(bar.value() + round(box.top() - TOP))
        elif box.bottom() > self.viewport().height() - 10:
            down = min(box.bottom() - self.viewport().height() + 10, box.top() - TOP)
            bar.setValue(bar.value() + round(down))

    # -- painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self.viewport())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.viewport().rect(), QtGui.QColor(self._mail.background))
        painter.save()
        painter.translate(self.origin())
        painter.scale(self.zoom, self.zoom)
        top_left = self.to_mail(QtCore.QPointF(0, 0))
        visible = QtCore.QRectF(top_left, QtCore.QSizeF(self.viewport().size()) / self.zoom)
        email_painting.mail(painter, self._sheet, visible, skip=self._written)
        painter.restore()
        for key, faint in ((self._hover, True), (self._key, False)):
            placed = self._sheet.find(key) if key else None
            if placed is None or (faint and key == self._key):
                continue
            box = self.on_screen(placed.rect)
            if faint:
                painter.setPen(QtGui.QPen(theme.color("accent", 0.5), 1, QtCore.Qt.PenStyle.DashLine))
                painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                focused = self.hasFocus() or self.text.hasFocus()
                email_painting.selection(painter, box, self._name(placed), focused=focused, zoom=self.zoom)
        if self._line is not None:
            line = self.on_screen(self._line)
            thick = line.height() > 8
            painter.fillRect(line, theme.color("accent", 0.25 if thick else 1.0))
        painter.end()

    def _name(self, placed: email_sheet.PlacedBlock | email_sheet.PlacedSection) -> str:
        if isinstance(placed, email_sheet.PlacedSection):
            return "Section"
        device = "phone" if self._phone else "desktop"
        return f"{title(placed.block)}{f' · hidden on the {device}' if placed.hidden else ''}"

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self._key and event.reason() in (
            QtCore.Qt.FocusReason.TabFocusReason,
            QtCore.Qt.FocusReason.BacktabFocusReason,
        ):
            self._step(1)
        self.viewport().update()

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # -- mouse ---------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() != QtCore.Qt.MouseButton.LeftButton:
            return
        self.setFocus(QtCore.Qt.FocusReason.MouseFocusReason)
        placed = self._sheet.at(self.to_mail(event.position()))
        self.select(_key_of(placed))
        self._pressed = event.position()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._pressed is None:
            hover = _key_of(self._sheet.at(self.to_mail(event.position())))
            if hover != self._hover:
                self._hover = hover
                self.viewport().update()
            return
        far = (event.position() - self._pressed).manhattanLength() >= DRAG_FROM
        if not self._dragged and far and self._key:
            self._dragged = self._key
            self.viewport().setCursor(QtCore.Qt.CursorShape.ClosedHandCursor)
        if self._dragged:
            self.show_drop(
                event.position(), section=mail_acts.section_at(self._mail, self._dragged) is not None
            )

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        dragged, self._dragged, self._pressed = self._dragged, "", None
        self._end_drop()
        if dragged:
            self._drop_moved(dragged, event.position())

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        self._pressed = None
        self.write()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        super().leaveEvent(event)
        self._hover = ""
        self.viewport().update()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() - event.angleDelta().y() // 2)

    # -- dropping ------------------------------------------------------------------------------------------------------

    def show_drop(self, point: QtCore.QPointF, *, section: bool = False) -> None:
        """Show where something would go that is let go at this place of the viewport."""
        bar = self.verticalScrollBar()
        if point.y() < EDGE:
            bar.setValue(bar.value() - 12)
        elif point.y() > self.viewport().height() - EDGE:
            bar.setValue(bar.value() + 12)
        within = self.to_mail(point)
        found = None if section else self._sheet.drop(within)
        self._line = found[1] if found is not None else self._sheet.section_gap(within)[1]
        self.viewport().update()

    def hide_drop(self) -> None:
        """Nothing is dragged any more."""
        self._end_drop()

    def drop_new(self, kind: str, point: QtCore.QPointF) -> None:
        """Put a new block, or a section of `section:2` columns, at a place of the viewport."""
        self._end_drop()
        if not QtCore.QRectF(self.viewport().rect()).contains(point):
            return
        within = self.to_mail(point)
        if kind.startswith("section:"):
            self.add_section(int(kind.partition(":")[2]), self._sheet.section_gap(within)[0])
            return
        found = self._sheet.drop(within)
        block = mail_acts.new_block(self._mail, kind)
        if found is None:
            grown = mail_acts.append(self._mail, block, self._sheet.section_gap(within)[0])
        else:
            grown = mail_acts.insert(self._mail, block, found[0])
        self._act(f"add {mailblocks.TITLES[kind].lower()}", grown, block.id)

    def _drop_moved(self, key: str, point: QtCore.QPointF) -> None:
        within = self.to_mail(point)
        if mail_acts.section_at(self._mail, key) is not None:
            at = [section.id for section in self._mail.sections].index(key)
            to = self._sheet.section_gap(within)[0]
            step = to - at - (1 if to > at else 0)
            self._act("move section", mail_acts.shift_section(self._mail, key, step), key)
            return
        found = self._sheet.drop(within)
        if found is not None:
            self._act("move block", mail_acts.move(self._mail, key, found[0]), key)
            return
        block = mail_acts.block_at(self._mail, key)
        if block is not None:
            rest = mail_acts.remove(self._mail, key)
            at = self._sheet.section_gap(within)[0]
            self._act("move block", mail_acts.append(rest, block, at), key)

    def _end_drop(self) -> None:
        self._line = None
        self.viewport().unsetCursor()
        self.viewport().update()

    # -- acts ----------------------------------------------------------------------------------------------------------

    def add(self, kind: str) -> None:
        """Put a new block behind what is selected, or a section of `section:2` columns."""
        if kind.startswith("section:"):
            section = mail_acts.section_of(self._mail, self._key) or mail_acts.section_at(
                self._mail, self._key
            )
            at = None if section is None else [one.id for one in self._mail.sections].index(section.id) + 1
            self.add_section(int(kind.partition(":")[2]), at)
            return
        block = mail_acts.new_block(self._mail, kind)
        spot = mail_acts.after(self._mail, self._key)
        grown = (
            mail_acts.append(self._mail, block) if spot is None else mail_acts.insert(self._mail, block, spot)
        )
        self._act(f"add {mailblocks.TITLES[kind].lower()}", grown, block.id)

    def add_section(self, columns: int, at: int | None) -> None:
        """Put an empty section before another one, or at the end."""
        section = mail_acts.new_section(self._mail, columns)
        self._act("add section", mail_acts.insert_section(self._mail, section, at), section.id)

    def remove(self) -> None:
        """Take out what is selected; what stands beside it is selected then."""
        if not self._key:
            return
        beside = self._beside()
        if mail_acts.section_at(self._mail, self._key) is not None:
            self._act("delete section", mail_acts.remove_section(self._mail, self._key), beside)
        else:
            self._act("delete block", mail_acts.remove(self._mail, self._key), beside)

    def duplicate(self) -> None:
        """Put a copy behind what is selected."""
        if mail_acts.section_at(self._mail, self._key) is not None:
            grown, key = mail_acts.duplicate_section(self._mail, self._key)
            self._act("duplicate section", grown, key)
        elif self._key:
            grown, key = mail_acts.duplicate(self._mail, self._key)
            self._act("duplicate block", grown, key)

    def shift(self, step: int, *, across: bool = False) -> None:
        """Move what is selected up or down; across goes to the column beside."""
        if not self._key:
            return
        changed = (mail_acts.shift_across if across else mail_acts.shift)(self._mail, self._key, step)
        noun = "section" if mail_acts.section_at(self._mail, self._key) is not None else "block"
        self._act(f"move {noun}", changed, self._key)

    def write(self) -> None:
        """Write in the selected text where it stands; other blocks have their words in the panel."""
        placed = self._sheet.find(self._key)
        if isinstance(placed, email_sheet.PlacedBlock) and isinstance(placed.block, mailblocks.Text):
            self._written = self._key
            looks = email_rich.type_of(self._mail, placed.block, phone=self._phone, ink=placed.block.colour)
            scaled = dataclasses.replace(looks, size=max(round(looks.size * self.zoom), 1), scale=self.zoom)
            self.text.open(placed.block.paragraphs, scaled)
            self._place_text()
            self.text.show()
            self.text.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
            self.writing.emit(self.text)
            self.viewport().update()
        elif self._key:
            self.opened.emit(self._key)

    def stop_writing(self) -> None:
        """The text is done."""
        if not self._written:
            return
        self._written = ""
        had_focus = self.text.hasFocus()
        self.text.hide()
        self.writing.emit(None)
        if had_focus:
            self.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        self.viewport().update()

    def _act(self, name: str, mail: mailblocks.Mail, key: str, merge: str = "") -> None:
        if mail != self._mail:
            self.acted.emit(name, mail, key, merge)

    def _on_written(self) -> None:
        block = mail_acts.block_at(self._mail, self._written)
        if isinstance(block, mailblocks.Text):
            changed = msgspec.structs.replace(block, paragraphs=self.text.value())
            self._act("typing", mail_acts.replace(self._mail, changed), block.id, f"typing:{block.id}")

    def _place_text(self) -> None:
        placed = self._sheet.find(self._written) if self._written else None
        if isinstance(placed, email_sheet.PlacedBlock):
            box = self.on_screen(placed.inner)
            tall = max(box.height(), self.text.document().size().height()) + 12
            self.text.setGeometry(QtCore.QRectF(box.x(), box.y(), box.width(), tall).toRect())

    # -- keyboard ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        key, held = Key(event.key()), event.modifiers()
        act = self._acts().get((key, held & (Alt | Control)))
        if act is None or (self._dragged and key != Key.Key_Escape):
            super().keyPressEvent(event)
            return
        act()

    def _acts(self) -> Mapping[tuple[Key, QtCore.Qt.KeyboardModifier], Callable[[], None]]:
        none = QtCore.Qt.KeyboardModifier.NoModifier
        return {
            (Key.Key_Up, none): lambda: self._step(-1),
            (Key.Key_Down, none): lambda: self._step(1),
            (Key.Key_Up, Alt): lambda: self.shift(-1),
            (Key.Key_Down, Alt): lambda: self.shift(1),
            (Key.Key_Left, Alt): lambda: self.shift(-1, across=True),
            (Key.Key_Right, Alt): lambda: self.shift(1, across=True),
            (Key.Key_Delete, none): self.remove,
            (Key.Key_Backspace, none): self.remove,
            (Key.Key_D, Control): self.duplicate,
            (Key.Key_Return, none): self.write,
            (Key.Key_Enter, none): self.write,
            (Key.Key_F2, none): self.write,
            (Key.Key_Escape, none): self._up,
        }

    def _step(self, step: int) -> None:
        order = self._order()
        if not order:
            return
        at = order.index(self._key) + step if self._key in order else (0 if step > 0 else len(order) - 1)
        self.select(order[max(0, min(at, len(order) - 1))])

    def _order(self) -> list[str]:
        """What the arrow keys walk through: blocks, and sections where nothing stands in them."""
        found = []
        for section in self._sheet.sections:
            blocks = [placed.block.id for column in section.columns for placed in column.blocks]
            found += blocks or [section.section.id]
        return found

    def _beside(self) -> str:
        order = self._order()
        if self._key not in order:
            return ""
        at = order.index(self._key)
        rest = [key for key in order if key != self._key]
        return rest[min(at, len(rest) - 1)] if rest else ""

    def _up(self) -> None:
        """Escape: end a drag; else from a block to its section, from a section to the mail."""
        if self._dragged:
            self._dragged, self._pressed = "", None
            self._end_drop()
            return
        section = mail_acts.section_of(self._mail, self._key)
        self.select(section.id if section is not None else "")


def title(block: mailblocks.AnyBlock) -> str:
    """What a person calls a block."""
    return mailblocks.TITLES[mailblocks.kind_of(block)]


def summary(block: mailblocks.AnyBlock) -> str:
    """What a block says, in one line."""
    match block:
        case mailblocks.Text():
            return " ".join(mailblocks.plain(block).split())[:120]
        case mailblocks.Image():
            return block.alt or block.src or "no picture chosen"
        case mailblocks.Button() | mailblocks.Unsubscribe():
            return block.label
        case mailblocks.Product():
            return block.title
        case mailblocks.Social():
            return ", ".join(profile.name for profile in block.profiles)
    return ""


def _key_of(placed: email_sheet.PlacedBlock | email_sheet.PlacedSection | None) -> str:
    if placed is None:
        return ""
    return placed.section.id if isinstance(placed, email_sheet.PlacedSection) else placed.block.id
