"""What surrounds every page: the sidebar, the top bar, the status bar, and the frame that names the environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from console import workspaces
from console.widgets import (
    accessible,
    buttons,
    empty,
    facts,
    icons,
    layout,
    navigation,
    notices,
    paint,
    pills,
    popover,
    progress,
    skeleton,
    text,
    theme,
)

FRAME_W, STRIP_H = 3, 22
#: What the strip says, where there is one.
STRIPS = {
    "production": "PRODUCTION · messages reach people",
    "staging": "STAGING · messages reach test people",
}
SEEK = "Find a person, a message, a command…"
SWITCH_KEYS = "Ctrl+Shift+W"
STOP_TIP = "Stop everything now (Ctrl+Shift+H)"
_DOTS = {"connected": "ok", "connecting": "info", "lost": "bad"}


class EnvironmentFrame(QtWidgets.QWidget):
    """A coloured line around the whole window; where real messages leave, a strip above it says so in words."""

    def __init__(self, inner: QtWidgets.QWidget) -> None:
        super().__init__()
        self._environment = ""
        accessible.describe(self, accessible.Role.Pane, "Heliograph")
        self._column = layout.column(inner, margins=(FRAME_W,) * 4)
        self.setLayout(self._column)

    def set_environment(self, environment: str) -> None:
        """Wear the colour of `sandbox`, `staging` or `production`; none for an empty one."""
        self._environment = environment
        top = STRIP_H if environment in STRIPS else FRAME_W
        self._column.setContentsMargins(FRAME_W, top, FRAME_W, FRAME_W)
        self.setAccessibleName(STRIPS.get(environment, "Heliograph"))
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        token = f"env_{self._environment}"
        known = self._environment in pills.ENVIRONMENT
        painter.fillRect(self.rect(), theme.color(token if known else "side"))
        words = STRIPS.get(self._environment, "")
        if words:
            strip = QtCore.QRectF(0, 0, self.width(), STRIP_H)
            paint.line(
                painter, strip, words, text.font(text.CAPTION, text.BOLD), theme.color("on_bad"), paint.CENTER
            )
        painter.end()


class _Place(QtWidgets.QAbstractButton):
    """Workspace and environment at the sidebar's top."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._environment = "", ""
        self.setFixedHeight(46)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.set_place("", "")

    def set_place(self, name: str, environment: str) -> None:
        self._name, self._environment = name, environment
        told = pills.look(pills.ENVIRONMENT, environment).word if environment else "No server yet"
        self.setAccessibleName(f"Workspace {name}, {told}" if name else told)
        self.setToolTip(f"{name}: other workspaces ({SWITCH_KEYS})" if name else "About this server")
        self.update()

    def needs(self) -> int:
        """The width at which every environment's words can be read whole; a workspace's own name may be longer."""
        metrics = QtGui.QFontMetrics(text.font(text.CAPTION, text.SEMIBOLD))
        return 44 + max(metrics.horizontalAdvance(words) for words in workspaces.REACH.values())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        known = self._environment in pills.ENVIRONMENT
        token = workspaces.token(self._environment)
        loud = self._environment == "production"  # filled: nobody takes it for a rehearsal
        body = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QtGui.QPen(theme.color(token if known else "border2"), 1))
        painter.setBrush(theme.color(token if loud else "surface"))
        painter.drawRoundedRect(body, 8, 8)
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), 8)
        look = pills.look(pills.ENVIRONMENT, self._environment) if known else None
        icon = look.icon if look else "unplug"
        paint.mark(painter, 11, 15, icons.pixmap(icon, "on_bad" if loud else token, 16))
        strong = text.font(text.BODY, text.SEMIBOLD)
        small = text.font(text.CAPTION, text.SEMIBOLD)
        upper = QtCore.QRectF(36, 5, self.width() - 44, 19)
        lower = QtCore.QRectF(36, 24, self.width() - 44, 16)
        ink = theme.color("on_bad" if loud else "text")
        paint.line(painter, upper, self._name or "Heliograph", strong, ink)
        word = look.word if look else "Not connected"
        if look and word.lower() == self._name.lower():
            word = workspaces.REACH[self._environment]  # its name says the environment already
        paint.line(painter, lower, word, small, ink if loud else theme.color(token))
        painter.end()


class _Brand(QtWidgets.QWidget):
    """The mark and the name."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(32)
        accessible.describe(self, accessible.Role.StaticText, "Heliograph")

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        paint.mark(painter, 10, 7, icons.pixmap("sun", "accent", 18, stroke=2.4))
        name = QtCore.QRectF(36, 0, self.width() - 36, self.height())
        paint.line(painter, name, "Heliograph", text.font(15, text.BOLD), theme.color("text"))
        painter.end()


class Sidebar(QtWidgets.QFrame):
    """Brand, place, views."""

    place_asked = QtCore.Signal()

    def __init__(self, entries: Sequence[navigation.Entry]) -> None:
        super().__init__()
        self.setObjectName("side")
        self.nav = navigation.Navigation(entries)
        self.place = _Place()
        # A language with longer words gets a wider sidebar.
        needs = max(self.nav.needs(), self.place.needs()) + 24
        self.setFixedWidth(max(theme.SIDEBAR_W, needs))
        self.place.clicked.connect(self.place_asked)
        self.setLayout(
            layout.column(_Brand(), 4, self.place, 10, self.nav, gap=0, margins=(12, 10, 12, 12), grow=4)
        )

    def set_place(self, name: str, environment: str) -> None:
        """Show the workspace's name and what it reaches."""
        self.place.set_place(name, environment)


class _Seek(QtWidgets.QAbstractButton):
    """Looks like a field and opens the palette."""

    def __init__(self) -> None:
        super().__init__()
        needs = QtGui.QFontMetrics(text.font(text.BODY)).horizontalAdvance(SEEK)
        self.setFixedSize(max(440, needs + 104), theme.CONTROL_H + 2)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName("Search everything")
        self.setToolTip("Find a person, a message, a campaign or a command (Ctrl+K)")

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        body = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.color("text3" if self.underMouse() else "border2"))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(body, theme.RADIUS_CONTROL, theme.RADIUS_CONTROL)
        if self.hasFocus():
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), theme.RADIUS_CONTROL)
        paint.mark(painter, 11, self.height() / 2 - 8, icons.pixmap("search", "text3", 16))
        cap = QtCore.QRectF(self.width() - 58, self.height() / 2 - 10, 50, 20)
        words = QtCore.QRectF(36, 0, cap.left() - 44, self.height())
        paint.line(painter, words, SEEK, text.font(text.BODY), theme.color("text3"))
        painter.setPen(theme.color("border2"))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(cap, 4, 4)
        small = text.font(text.CAPTION, text.SEMIBOLD)
        paint.line(painter, cap, "Ctrl K", small, theme.color("text2"), paint.CENTER)
        painter.end()


class TopBar(QtWidgets.QFrame):
    """Where one is, the search over everything, the bell and the theme."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("top")
        self.setFixedHeight(theme.TOP_H)
        self.title = text.title("")
        self.title.setMinimumWidth(150)
        self.search = _Seek()
        self.stop = buttons.icon("octagon-x", STOP_TIP)
        self.keys = buttons.icon("keyboard", "Keyboard shortcuts (?)")
        self.bell = buttons.icon("bell", "Notifications")
        self.badge = buttons.Badge("", "bad")
        self.theme = buttons.icon("moon", "Switch theme")
        bell = QtWidgets.QWidget()
        bell.setFixedSize(38, 36)
        self.bell.setParent(bell)
        self.bell.move(0, 3)
        self.badge.setParent(bell)
        self.badge.move(18, 0)
        self.setLayout(
            layout.row(
                self.title,
                None,
                self.search,
                None,
                self.stop,
                self.keys,
                bell,
                self.theme,
                gap=4,
                margins=(20, 0, 14, 0),
            )
        )
        theme.active().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_held(self, *, held: bool) -> None:
        """Wear the kill switch red while everything is stopped; it then leads to the decision."""
        icons.bind(self.stop, "circle-stop" if held else "octagon-x", "bad" if held else "text2")
        words = "Everything is stopped: decide what goes on" if held else STOP_TIP
        self.stop.setToolTip(words)
        self.stop.setAccessibleName(words)

    def _on_theme_changed(self) -> None:
        dark = theme.tokens().name == "dark"
        icons.bind(self.theme, "sun" if dark else "moon", "text2")
        words = "Switch to the light theme" if dark else "Switch to the dark theme"
        self.theme.setToolTip(words)
        self.theme.setAccessibleName(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One operation as the status bar tells of it."""

    key: str
    label: str
    done: float
    total: float
    words: str


class _Connection(QtWidgets.QWidget):
    """A dot and a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._state, self._words = "connecting", ""
        self.setFixedHeight(theme.STATUS_H - 4)
        self.set("connecting", "Connecting")

    def set(self, state: str, words: str) -> None:
        self._state, self._words = state, words
        accessible.describe(self, accessible.Role.StaticText, f"Connection: {words}")
        self.setFixedWidth(QtGui.QFontMetrics(text.font(text.SMALL)).horizontalAdvance(words) + 30)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(_DOTS.get(self._state, "mute")))
        painter.drawEllipse(QtCore.QPointF(12, self.height() / 2), 4, 4)
        words = QtCore.QRectF(self.rect()).adjusted(22, 0, 0, 0)
        paint.line(painter, words, self._words, text.font(text.SMALL), theme.color("text2"))
        painter.end()


class StatusBar(QtWidgets.QStatusBar):
    """Connection, event lag, background work; time zone and version at the right."""

    cancel_asked = QtCore.Signal(str)  #: an operation's key

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setFixedHeight(theme.STATUS_H)
        self._connection, self._lag = _Connection(), text.muted("")
        self._work: list[Work] = []
        self._busy = buttons.ghost("", icon="loader-circle", tip="Background work")
        self._busy.setStyleSheet("padding: 0 8px; min-height: 0; font-size: 12px;")
        self._busy.hide()
        popover.opener(self._busy, "Background work", self._fill_work, width=400)
        zone = QtCore.QDateTime.currentDateTime().timeZoneAbbreviation()
        self._zone, self._version = text.muted(f"Times in {zone}"), text.muted("")
        for widget in (self._connection, self._lag, self._busy):
            self.addWidget(widget)
        for widget in (self._zone, self._version):
            widget.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(widget)

    def set_connection(self, state: str, words: str) -> None:
        """Show `connected`, `connecting` or `lost`, and a sentence."""
        self._connection.set(state, words)

    def set_lag(self, seconds: float | None) -> None:
        """Show how old the newest event was when it arrived."""
        self._lag.setText("" if seconds is None else f"Event lag {seconds:.1f} s")

    def set_version(self, version: str) -> None:
        """Show the server's version."""
        self._version.setText(version)

    def set_work(self, work: Sequence[Work]) -> None:
        """Show what runs in the background."""
        self._work = list(work)
        self._busy.setVisible(bool(work))
        if work:
            first = work[0].label
            self._busy.set_label(first if len(work) == 1 else f"{first} and {len(work) - 1} more")

    def _fill_work(self, panel: popover.Popover) -> None:
        for work in self._work:
            row = progress.ProgressRow(work.label)
            row.set_progress(work.done, work.total, work.words or "under way")
            row.cancelled.connect(lambda key=work.key: self.cancel_asked.emit(key))
            panel.add(row)
        if not self._work:
            panel.add(text.muted("Nothing is running."))


def fill_about(panel: popover.Popover, rows: Sequence[Sequence[str]]) -> None:
    """Show what is known about the server."""
    panel.add(facts.Facts(rows, name_width=84))


class Waiting(QtWidgets.QStackedWidget):
    """The page before there is a server: the shape of what comes, then, if it must be, why nothing comes."""

    def __init__(self) -> None:
        super().__init__()
        self._empty = empty.EmptyState("server-off", "No server", "")
        self._words = notices.Banner()
        blocks = layout.page(self._words, 8, skeleton.Skeleton(3, height=64, gap=16), None)
        self.addWidget(layout.boxed(blocks))
        self.addWidget(self._empty)

    def say(self, words: str) -> None:
        """Say what is waited for."""
        self.setCurrentIndex(0)
        self._words.say(words, tone="info")

    def fail(self, words: str, again: Callable[[], None]) -> None:
        """Say why nothing comes, and offer to try again."""
        self._empty.set_text(words)
        self._empty.set_action("Try again", again)
        self.setCurrentIndex(1)
