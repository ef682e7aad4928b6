"""Writing rich text where it stands in the mail, and the bar that shapes it."""

from collections.abc import Callable, Mapping

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, dialogs, fields, inputs, layout, liquid, text, theme
from console.widgets.editors import email_rich
from server.channels import mailblocks
from server.channels.mailblocks import Run

SHAPES = [
    ("p", "Paragraph"),
    ("h1", "Heading 1"),
    ("h2", "Heading 2"),
    ("h3", "Heading 3"),
    ("bullet", "List"),
    ("number", "Numbered list"),
]
COLOURS = {
    "": "The text's own",
    "#4A4FD9": "Indigo",
    "#1B5CB8": "Blue",
    "#0E9384": "Teal",
    "#11794F": "Green",
    "#D97706": "Orange",
    "#BD2436": "Red",
    "#C0398F": "Pink",
    "#58606E": "Grey",
}
Known = Callable[[], Mapping[str, str]]


class RichText(QtWidgets.QTextEdit):
    """`edited` at every change by a person; `finished` when Escape or Ctrl+Return ends it."""

    edited = QtCore.Signal()
    finished = QtCore.Signal()

    def __init__(self, known: Known, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks = email_rich.Type(family="Arial", size=15, ink="#161A22", accent="#4A4FD9")
        self._filling = False
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setStyleSheet("QTextEdit { background: transparent; border: 0; padding: 0; }")
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Text of the block")
        _OnPaper(self.document())
        liquid.attach(self, known)
        self.textChanged.connect(self._on_changed)

    def open(self, paragraphs: list[mailblocks.Paragraph], looks: email_rich.Type) -> None:
        """Edit these paragraphs."""
        self._filling = True
        self._looks = looks
        email_rich.fill(self.document(), paragraphs, looks)
        self.moveCursor(QtGui.QTextCursor.MoveOperation.End)
        self._filling = False

    def value(self) -> list[mailblocks.Paragraph]:
        """The paragraphs as they are now."""
        return email_rich.paragraphs(self.document())

    def current(self) -> Run:
        """How the words at the cursor are marked."""
        return email_rich.run_of(self.currentCharFormat())

    def shape(self) -> str:
        """What the paragraph at the cursor is."""
        return email_rich.shape_of(self.textCursor().block())

    def mark(self, **marks: object) -> None:
        """Mark the selected words, or those that are written next: bold, italic, underline, colour or link."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            run = msgspec.structs.replace(self.current(), **marks)
            self.setCurrentCharFormat(email_rich.char_format(run, self.shape(), self._looks))
            return
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        spans = self._spans(start, end)
        cursor.beginEditBlock()
        for first, last, run, shape in spans:
            part = QtGui.QTextCursor(self.document())
            part.setPosition(first)
            part.setPosition(last, QtGui.QTextCursor.MoveMode.KeepAnchor)
            marked = msgspec.structs.replace(run, **marks)
            part.setCharFormat(email_rich.char_format(marked, shape, self._looks))
        cursor.endEditBlock()

    def toggle(self, mark: str) -> None:
        """Mark the selected words, or take the mark off where they have it."""
        cursor = self.textCursor()
        spans = self._spans(cursor.selectionStart(), cursor.selectionEnd())
        runs = [run for _first, _last, run, _shape in spans] or [self.current()]
        self.mark(**{mark: not all(getattr(run, mark) for run in runs)})

    def set_shape(self, shape: str) -> None:
        """Make the selected paragraphs a heading, items of a list, or plain."""
        known = email_rich.SHAPES[shape]
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        cursor.beginEditBlock()
        block = self.document().findBlock(first)
        while block.isValid() and block.position() <= last:
            part = QtGui.QTextCursor(block)
            email_rich.set_shape(part, known, self._looks)
            for start, end, run, _shape in self._spans(
                block.position(), block.position() + block.length() - 1
            ):
                part.setPosition(start)
                part.setPosition(end, QtGui.QTextCursor.MoveMode.KeepAnchor)
                part.setCharFormat(email_rich.char_format(run, known, self._looks))
            part.setPosition(block.position())
            part.setBlockCharFormat(email_rich.char_format(Run(text=""), known, self._looks))
            block = block.next()
        cursor.endEditBlock()

    def insert(self, words: str) -> None:
        """Write words at the cursor, marked as those around it."""
        self.textCursor().insertText(words, self.currentCharFormat())
        self.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def insertFromMimeData(self, source: QtCore.QMimeData) -> None:  # noqa: N802  # Qt's own name
        # Foreign markup would bring sizes and faces that the mail's looks know nothing of.
        self.textCursor().insertText(source.text(), self.currentCharFormat())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        control = bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier)
        mark = {QtCore.Qt.Key.Key_B: "bold", QtCore.Qt.Key.Key_I: "italic", QtCore.Qt.Key.Key_U: "underline"}
        key = QtCore.Qt.Key(event.key())
        if control and key in mark:
            self.toggle(mark[key])
            return
        ends = key == QtCore.Qt.Key.Key_Escape or (
            control and key in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter)
        )
        if ends:
            self.finished.emit()
            return
        if key == QtCore.Qt.Key.Key_Return and event.modifiers() == QtCore.Qt.KeyboardModifier.NoModifier:
            self._break()
            return
        super().keyPressEvent(event)

    def _break(self) -> None:
        """A new paragraph: after a heading a plain one; an empty item ends its list."""
        shape = self.shape()
        block = self.textCursor().block()
        if shape in ("bullet", "number") and not block.text():
            self.set_shape("p")
            return
        at_end = self.textCursor().atBlockEnd()
        self.textCursor().insertBlock()
        if at_end and shape in mailblocks.SCALES:
            self.set_shape("p")
            self.setCurrentCharFormat(email_rich.char_format(Run(text=""), "p", self._looks))
        self.ensureCursorVisible()

    def _spans(self, start: int, end: int) -> list[tuple[int, int, Run, str]]:
        """First and last place, marks and shape of each piece between two places."""
        found: list[tuple[int, int, Run, str]] = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            shape = email_rich.shape_of(block)
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                first = max(piece.position(), start)
                last = min(piece.position() + piece.length(), end)
                if first < last:
                    found.append((first, last, email_rich.run_of(piece.charFormat()), shape))
                pieces += 1
            block = block.next()
        return found

    def _on_changed(self) -> None:
        if not self._filling:
            self.edited.emit()


class _OnPaper(liquid.Highlighter):
    """Colours Liquid for the mail's own light paper, whatever the theme."""

    def _paint(self, start: int, end: int, token: str) -> None:
        shape = QtGui.QTextCharFormat()
        shape.setForeground(QtGui.QColor(getattr(theme.LIGHT, token)))
        self.setFormat(start, end - start, shape)


class Bar(QtWidgets.QWidget):
    """Shapes the text being written; off while none is."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._target: RichText | None = None
        self.shape = inputs.Choice(SHAPES)
        self.shape.setAccessibleName("Kind of paragraph")
        self.shape.setFixedWidth(136)
        self.shape.activated.connect(lambda _at: self._shape())
        self.marks = {
            "bold": self._mark("B", "Bold (Ctrl+B)", "bold"),
            "italic": self._mark("I", "Italic (Ctrl+I)", "italic"),
            "underline": self._mark("U", "Underlined (Ctrl+U)", "underline"),
        }
        self.link = buttons.icon("link", "Link the selected words (Ctrl+K)", lambda: void(self.ask_link()))
        self.colour = buttons.icon("pencil", "Colour of the selected words", lambda: void(self._colours()))
        self.value = buttons.icon(
            "braces", "Insert a contact's value, with a fallback", lambda: void(self.ask_value())
        )
        whole = layout.row(self.shape, *self.marks.values(), self.link, self.colour, self.value, None, gap=2)
        self.setLayout(whole)
        self.setAccessibleName("Format of the text")
        self.set_target(None)

    def set_target(self, target: RichText | None) -> None:
        """Shape this text; None while none is written."""
        if self._target is not None:
            self._target.cursorPositionChanged.disconnect(self._follow)
        self._target = target
        self.setEnabled(target is not None)
        if target is not None:
            target.cursorPositionChanged.connect(self._follow)
            self._follow()

    def ask_link(self) -> dialogs.Sheet | None:
        """Ask where the selected words lead."""
        target = self._target
        if target is None:
            return None
        sheet = dialogs.Sheet(self.window(), "Where do these words lead?", width=440)
        address = fields.TextField(
            "Address", placeholder="https://… or {{ a_value }}", help="Empty takes the link off."
        )
        address.set_value(target.current().link)
        sheet.add(address)

        def done() -> None:
            target.mark(link=address.value())
            sheet.close()
            target.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

        sheet.add(layout.row(None, buttons.plain("Cancel", sheet.reject), buttons.primary("Set link", done)))
        address.input.returnPressed.connect(done)
        sheet.open()
        address.setFocus()
        return sheet

    def ask_value(self) -> dialogs.Sheet | None:
        """Ask for a contact's value and what stands in its place where a person has none."""
        target = self._target
        if target is None:
            return None
        return ask_value(self.window(), self._known(), target.insert)

    def _mark(self, label: str, tip: str, mark: str) -> buttons.Button:
        made = buttons.icon("", tip, lambda: self._toggle(mark))
        made.setText(label)
        face = QtGui.QFont(text.font(text.BODY, text.BOLD if mark == "bold" else text.MEDIUM))
        face.setItalic(mark == "italic")
        face.setUnderline(mark == "underline")
        made.setFont(face)
        made.setCheckable(True)
        return made

    def _toggle(self, mark: str) -> None:
        if self._target is not None:
            self._target.toggle(mark)
            self._follow()
            self._target.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _shape(self) -> None:
        if self._target is not None:
            self._target.set_shape(str(self.shape.currentData()))
            self._target.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _colours(self) -> QtWidgets.QMenu | None:
        if self._target is None:
            return None
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Colours")
        for colour, name in COLOURS.items():
            act = menu.addAction(swatch(colour), name)
            act.triggered.connect(lambda _on=False, colour=colour: self._paint(colour))
        menu.popup(self.colour.mapToGlobal(QtCore.QPoint(0, self.colour.height() + 4)))
        return menu

    def _paint(self, colour: str) -> None:
        if self._target is not None:
            self._target.mark(colour=colour)

    def _follow(self) -> None:
        if self._target is None:
            return
        run = self._target.current()
        for mark, button in self.marks.items():
            button.setChecked(bool(getattr(run, mark)))
        self.shape.setCurrentIndex(self.shape.findData(self._target.shape()))


def void(_opened: object) -> None:
    """A button's act answers nothing: what it opened stands on its own."""


def swatch(colour: str) -> QtGui.QIcon:
    """A small square of a colour; an empty one is struck through."""
    made = QtGui.QPixmap(36, 36)
    made.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(made)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(theme.color("border2"), 2))
    painter.setBrush(QtGui.QColor(colour) if colour else theme.color("surface"))
    painter.drawRoundedRect(QtCore.QRectF(2, 2, 32, 32), 6, 6)
    if not colour:
        painter.drawLine(QtCore.QPointF(6, 30), QtCore.QPointF(30, 6))
    painter.end()
    return QtGui.QIcon(made)


def merge_tag(name: str, fallback: str) -> str:
    """Liquid for a contact's value, with words in its place where a person has none."""
    if not fallback:
        return f"{{{{ {name} }}}}"
    quote = '"' if '"' not in fallback else "'"
    return f"{{{{ {name} | default: {quote}{fallback.replace(quote, '’')}{quote} }}}}"


def ask_value(
    window: QtWidgets.QWidget, known: Mapping[str, str], insert: Callable[[str], None]
) -> dialogs.Sheet:
    """Ask for a value and its fallback, and hand on the tag."""
    sheet = dialogs.Sheet(window, "Insert a contact's value", width=440)
    choices = [(name, f"{name}   {example[:28]}".rstrip()) for name, example in known.items()]
    name = fields.ChoiceField("Value", choices)
    fallback = fields.TextField(
        "Where a person has none", placeholder="friend", help="Without one, that person is skipped."
    )
    sheet.add(name)
    sheet.add(fallback)

    def done() -> None:
        sheet.close()
        insert(merge_tag(str(name.value()), fallback.value()))

    sheet.add(layout.row(None, buttons.plain("Cancel", sheet.reject), buttons.primary("Insert", done)))
    fallback.input.returnPressed.connect(done)
    sheet.open()
    name.setFocus()
    return sheet
