"""Characters that make a text dearer: marked where they stand, each with something plainer to put in its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, flow, layout, liquid, text, theme
from server.channels import base, gsm, plainer

SHOWN = 8  #: characters that have a button of their own
KEYS = "Ctrl+."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One such character; places are 16-bit units, as a document counts them."""

    char: str
    plain: str | None  #: None where nothing is alike
    start: int
    end: int


def spots(words: str) -> list[Spot]:
    """All of them in a text, in order. What Liquid says itself never reaches a phone, so it has none."""
    if words.isascii() and gsm.is_basic(words):
        return []
    costs, found, at = gsm.costs(), [], 0
    tags = iter([*(match.span() for match in base.LIQUID.finditer(words)), (len(words), len(words))])
    tag = next(tags)
    for place, char in enumerate(words):
        if place >= tag[1] and tag[1] < len(words):
            tag = next(tags)
        end = at + (2 if char > "\uffff" else 1)
        if char not in costs and not tag[0] <= place < tag[1]:
            found.append(Spot(char=char, plain=plainer.plain(char), start=at, end=end))
        at = end
    return found


def named(char: str) -> str:
    """A character as it can be seen, or its number."""
    return char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"


def act(char: str, plain: str) -> str:
    """What replacing it is called."""
    if not plain:
        return f"Leave out {named(char)}"
    return f"Replace {named(char)} with {'a space' if plain == ' ' else plain}"


class Highlighter(liquid.Highlighter):
    """Colours Liquid, and underlines what GSM-7 lacks."""

    def highlightBlock(self, line: str) -> None:
        super().highlightBlock(line)
        shape = QtGui.QTextCharFormat()
        shape.setUnderlineStyle(QtGui.QTextCharFormat.UnderlineStyle.WaveUnderline)
        shape.setUnderlineColor(theme.color("warn"))
        shape.setBackground(theme.color("warn_bg"))
        for spot in spots(line):
            self.setFormat(spot.start, spot.end - spot.start, shape)


class Bar(QtWidgets.QWidget):
    """Stands below a text: a button for each of its dear characters, and one for all. Hidden where there are none."""

    def __init__(self, control: QtWidgets.QPlainTextEdit) -> None:
        super().__init__()
        self._control = control
        self._seen: dict[str, str | None] = {}
        self._words = text.Label("", "warn", wrap=True)
        self._flow = flow.Flow(gap=6, line_gap=6)
        self.setLayout(layout.column(self._words, self._flow, gap=6))
        self.setAccessibleName("Characters outside GSM-7")
        self.hide()
        control.textChanged.connect(self.look)
        control.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        control.customContextMenuRequested.connect(self._on_menu)
        keys = QtGui.QShortcut(QtGui.QKeySequence(KEYS), control)
        keys.setContext(QtCore.Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.mend_next)

    def look(self) -> None:
        """Show what stands in the text now."""
        seen = {spot.char: spot.plain for spot in spots(self._control.toPlainText())}
        if seen == self._seen:
            return
        self._seen = seen
        self.setVisible(bool(seen))
        self._words.setText(_sentence(seen))
        layout.clear(self._flow)
        mendable = {char: plain for char, plain in seen.items() if plain is not None}
        for char, plain in list(mendable.items())[:SHOWN]:
            label = f"{named(char)} \N{RIGHTWARDS ARROW} {_face(plain)}"
            button = buttons.Button(label, kind="chip", tip=f"{act(char, plain)} ({KEYS} at the cursor)")
            button.setAccessibleName(act(char, plain))
            button.clicked.connect(lambda _on=False, one={char: plain}: self.replace(one))
            self._flow.addWidget(button)
        if len(mendable) > 1:
            self._flow.addWidget(buttons.link("Replace all", lambda: self.replace(mendable)))
        self.updateGeometry()

    def replace(self, chosen: Mapping[str, str]) -> None:
        """Put plainer characters in place of these, wherever they stand; one step to undo."""
        found = [spot for spot in spots(self._control.toPlainText()) if spot.char in chosen]
        cursor = self._control.textCursor()
        cursor.beginEditBlock()
        for spot in reversed(found):
            _put(cursor, spot, chosen[spot.char])
        cursor.endEditBlock()
        self._control.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def mend_next(self) -> None:
        """Replace the one at the cursor, or the next one after it; from the end it begins again."""
        found = [spot for spot in spots(self._control.toPlainText()) if spot.plain is not None]
        if not found:
            return
        at = self._control.textCursor().position()
        spot = next((one for one in found if one.end >= at), found[0])
        cursor = QtGui.QTextCursor(self._control.document())
        _put(cursor, spot, spot.plain or "")
        self._control.setTextCursor(cursor)

    def menu(self, at: int) -> QtWidgets.QMenu:
        """The text's own menu, with what can be done about the character at a place of it first."""
        menu = self._control.createStandardContextMenu()
        spot = next((one for one in spots(self._control.toPlainText()) if one.start <= at <= one.end), None)
        if spot is not None and spot.plain is not None:
            plain = spot.plain
            first = menu.actions()[0]
            here = QtGui.QAction(act(spot.char, plain), menu)
            here.triggered.connect(lambda _on=False: self.replace({spot.char: plain}))
            menu.insertAction(first, here)
            menu.insertSeparator(first)
        return menu

    def _on_menu(self, point: QtCore.QPoint) -> None:
        menu = self.menu(self._control.cursorForPosition(point).position())
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._control.viewport().mapToGlobal(point))


def _put(cursor: QtGui.QTextCursor, spot: Spot, plain: str) -> None:
    cursor.setPosition(spot.start)
    cursor.setPosition(spot.end, QtGui.QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(plain)


def _face(plain: str) -> str:
    return "nothing" if not plain else "space" if plain == " " else plain


def _sentence(seen: Mapping[str, str | None]) -> str:
    lasting = [named(char) for char, plain in seen.items() if plain is None]
    if not lasting:
        return "Replace these and 160 characters fit in place of 70:"
    shown = " ".join(lasting[:SHOWN])
    more = f" and {len(lasting) - SHOWN} more" if len(lasting) > SHOWN else ""
    return f"{shown}{more}: no plain letter is alike, so the text stays UCS-2 with room for 70."
