"""The workspace switch: the panel that offers all workspaces of the server, and the sheet that adds one."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.services import errors
from console.widgets import (
    buttons,
    dialogs,
    fields,
    icons,
    layout,
    notices,
    paint,
    pills,
    popover,
    text,
    theme,
)
from server.wire import server

PANEL_W = 320
_ROW_H, _CHOICE_H = 50, 62
_ROWS = 7  #: more are scrolled
_LONGEST_NAME = 60  #: as the server takes it

#: What a message reaches from there, in a few words.
REACH = {"sandbox": "Reaches twins only", "staging": "Reaches test people", "production": "Reaches people"}
#: The same for whoever makes one.
_WORDS = {
    "staging": "Reaches whoever its accounts reach: give it test accounts.",
    "production": "Reaches real people, by the accounts it is given.",
}


def token(environment: str) -> str:
    """The colour that an environment wears."""
    return f"env_{environment}" if environment in pills.ENVIRONMENT else "text3"


class Row(QtWidgets.QPushButton):
    """One workspace of the panel: its icon, its name, what it reaches, and whether this window is there."""

    def __init__(self, workspace: server.Workspace, *, here: bool) -> None:
        super().__init__()
        self.workspace, self.here = workspace, here
        self._look = pills.look(pills.ENVIRONMENT, workspace.environment.value)
        self._reach = REACH[workspace.environment.value]
        # The style sheet's own heights of a button would win over a fixed one.
        self.setStyleSheet(f"padding: 0; min-height: {_ROW_H}px; max-height: {_ROW_H}px;")
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self.setAccessibleName(f"{workspace.name}, {self._look.word}{', you are here' if here else ''}")
        self.setAccessibleDescription(self._reach)
        self.setToolTip(workspace.name)  # a long one is cut

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect())
        if self.here or self.underMouse():
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("sel" if self.here else "hover"))
            painter.drawRoundedRect(whole, 7, 7)
        if self.hasFocus():
            paint.focus_ring(painter, whole, 7)
        ink = token(self.workspace.environment.value)
        painter.drawPixmap(QtCore.QPointF(12, _ROW_H / 2 - 9), icons.pixmap(self._look.icon, ink, 18))
        name = whole.adjusted(42, 6, -34, -(_ROW_H - 26))
        paint.line(
            painter, name, self.workspace.name, text.font(text.BODY, text.SEMIBOLD), theme.color("text")
        )
        self._environment(painter, whole.adjusted(42, 25, -34, -7), ink)
        if self.here:
            mark = QtCore.QPointF(whole.right() - 26, _ROW_H / 2 - 8)
            painter.drawPixmap(mark, icons.pixmap("check", "accent", 16, stroke=2.5))
        painter.end()

    def _environment(self, painter: QtGui.QPainter, box: QtCore.QRectF, ink: str) -> None:
        small = text.font(text.SMALL, text.SEMIBOLD)
        paint.line(painter, box, self._look.word, small, theme.color(ink))
        box.setLeft(box.left() + QtGui.QFontMetricsF(small).horizontalAdvance(self._look.word) + 8)
        paint.line(painter, box, self._reach, text.font(text.SMALL), theme.color("text2"))


class Panel:
    """Fills the popover, and fills it again when the server knows other workspaces than were shown."""

    def __init__(
        self,
        panel: popover.Popover,
        *,
        choose: Callable[[server.Workspace], None],
        add: Callable[[], None],
        about: Callable[[], None],
        rules: Callable[[], None],
    ) -> None:
        self._panel, self._choose, self._add, self._about = panel, choose, add, about
        self._rules = rules
        self._shown: tuple[server.Workspace, ...] = ()

    def show(self, workspaces: Sequence[server.Workspace], here: int) -> bool:
        """Offer these; `here` is the id of the one this window is in. Whether they differ from what was offered."""
        if tuple(workspaces) == self._shown:
            return False
        self._shown = tuple(workspaces)
        layout.clear(self._panel.body)
        rows = [Row(workspace, here=workspace.id == here) for workspace in workspaces]
        for row in rows:
            row.clicked.connect(self._closing(self._chosen(row.workspace)))
        self._panel.add(_listed(rows))
        self._panel.add(layout.rule())
        add = buttons.ghost("Add workspace…", icon="plus")
        rules = buttons.ghost("Quiet hours and caps…", icon="moon")
        about = buttons.ghost("About this server", icon="info")
        for button, act in ((add, self._add), (rules, self._rules), (about, self._about)):
            button.clicked.connect(self._closing(act))
            self._panel.add(layout.row(button, None))
        first = next((row for row in rows if row.here), add)
        first.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return True

    def _chosen(self, workspace: server.Workspace) -> Callable[[], None]:
        return lambda: self._choose(workspace)

    def _closing(self, act: Callable[[], None]) -> Callable[[], None]:
        def acted() -> None:
            self._panel.close()
            act()

        return acted


def _listed(rows: Sequence[Row]) -> QtWidgets.QWidget:
    column = layout.boxed(layout.column(*rows, gap=2))
    if len(rows) <= _ROWS:
        return column
    scrolled = layout.scroll(column)
    scrolled.setFixedHeight(_ROWS * (_ROW_H + 2) + _ROW_H // 2)  # half a row says that there are more
    return scrolled


class Choice(QtWidgets.QRadioButton):
    """One environment of the sheet: its icon, its name, and a sentence on what it reaches."""

    def __init__(self, environment: str) -> None:
        super().__init__()
        self.environment = environment
        self._look = pills.look(pills.ENVIRONMENT, environment)
        self.setFixedHeight(_CHOICE_H)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self._look.word)
        self.setAccessibleDescription(_WORDS[environment])

    def hitButton(self, pos: QtCore.QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        ink = token(self.environment)
        body = QtCore.QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(
            QtGui.QPen(theme.color(ink if self.isChecked() else "border2"), 2 if self.isChecked() else 1)
        )
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(body, 8, 8)
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()).adjusted(3, 3, -3, -3), 6)
        painter.drawPixmap(QtCore.QPointF(14, _CHOICE_H / 2 - 9), icons.pixmap(self._look.icon, ink, 18))
        words = QtCore.QRectF(44, 9, self.width() - 54, 20)
        paint.line(painter, words, self._look.word, text.font(text.BODY, text.SEMIBOLD), theme.color("text"))
        told = QtCore.QRectF(44, 31, self.width() - 54, 20)
        paint.line(painter, told, _WORDS[self.environment], text.font(text.SMALL), theme.color("text2"))
        painter.end()


class AddSheet(dialogs.Sheet):
    """Asks for a name and an environment; what the server refuses is said here."""

    asked = QtCore.Signal(object)  #: server.wire.server.AddWorkspace

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(
            parent,
            "Add a workspace",
            "It has its own contacts, campaigns and accounts, and shares none of them with the others.",
            width=520,
        )
        self.banner = notices.Banner()
        self.name = fields.TextField("Name", required=True, placeholder="Northwind production")
        self.name.input.setMaxLength(_LONGEST_NAME)
        self.choices = [Choice(environment) for environment in _WORDS]
        self.choices[0].setChecked(True)
        self.go = buttons.primary("Add and open", self._on_go)
        self.name.input.returnPressed.connect(self.go.click)
        self.add(self.banner)
        self.add(self.name)
        self.add(layout.column(text.Label("Environment", "label"), *self.choices, gap=6))
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server found, at the name where that is what it is about."""
        self.name.set_error(problem.faults.get("name", ""))
        if "name" not in problem.faults:
            self.banner.say(problem.sentence, problem.remedy, tone="bad")
        self.name.setFocus()

    def _on_go(self) -> None:
        self.banner.say("")
        if self.name.is_empty():
            self.name.set_error("A name is needed.")
            self.name.setFocus()
            return
        environment = next(one.environment for one in self.choices if one.isChecked())
        self.asked.emit(
            server.AddWorkspace(name=self.name.value(), environment=server.Environment(environment))
        )
