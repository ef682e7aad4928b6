"""The window: finds the views, builds each at its first visit, and keeps what surrounds them true."""

import base64
import copy
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import (
    bell,
    chrome,
    company,
    following,
    framing,
    holding,
    outgoing,
    palette,
    pricing,
    ruling,
    switching,
    undoing,
    views,
)
from console.services import api, drafts, errors, links, live, operations, session, settings, told
from console.widgets import (
    commands,
    figures,
    layout,
    navigation,
    notices,
    table,
    theme,
)
from server.wire import server

SIZE = (1440, 900)
LEAST = (1040, 640)
TITLE_H = 40
OVERVIEW_MS = 15_000
OUTAGE_MS = 2_500  #: a feed that is back sooner alarms nobody


class Services:
    """Everything that reaches out of the window, made once."""

    def __init__(
        self,
        *,
        kept: settings.Settings | None = None,
        left: drafts.Drafts | None = None,
        said: told.History | None = None,
    ) -> None:
        self.api = api.Api()
        self.operations = operations.Operations()
        self.live = live.Live(self.api)
        self.settings = kept or settings.Settings()
        self.session = session.Session(self.settings)
        self.drafts = left or drafts.Drafts()
        self.told = said or told.History()

    def beside(self) -> "Services":
        """The same server, session and files for another window; what it does runs under keys of its own."""
        made = copy.copy(self)
        made.operations = operations.Operations()
        return made


class Window(QtWidgets.QMainWindow):
    """One server, one workspace. It shows its shell before it knows either."""

    close_asked = QtCore.Signal()
    retry_asked = QtCore.Signal()

    def __init__(self, services: Services, beside: company.Company | None = None) -> None:
        super().__init__()
        self.services = services
        self.company = beside or company.Company()
        self.specs = {spec.key: spec for spec in views.specs()}
        self.current = ""
        self._pages: dict[str, QtWidgets.QWidget] = {}
        self._asked: tuple[str, dict[str, Any]] | None = None
        self._history: list[tuple[str, dict[str, Any]]] = []
        self.wanted_link = ""  #: to be followed as soon as there is a server
        self._place = ""  #: the workspace that the pages were made for
        self._offered: set[str] = set()  #: places whose drafts have been offered by this window
        self.is_online = False
        self.refusal = ""  #: why there is no server, once that is known
        self._may_close = False
        self.setWindowTitle("Heliograph")
        self.setMinimumSize(*LEAST)
        room = self.screen().availableSize()
        # The title bar takes its part of a small screen; the status bar must not fall off its edge.
        self.resize(min(SIZE[0], room.width()), min(SIZE[1], room.height() - TITLE_H))
        self._build()
        self.toasts = notices.Toasts(self)
        self.commands = commands.Commands(self)
        self.undoing = undoing.Undoing(self, self.commands)
        self.desk = self._make_desk()
        self.switch = switching.Switch(self)
        self.palette_over = palette.Palette(self)
        self.bell = bell.Bell(self)
        self._follower = following.Follower(self)
        self.framing = framing.Framing(self)
        self._register_commands()
        self._connect()
        self.company.add(self)
        if self.is_first:
            self._restore()

    @property
    def is_first(self) -> bool:
        """Whether this is the oldest window, whose screen the next start begins with."""
        return self.company.windows[:1] == [self]

    # what is on screen

    def _build(self) -> None:
        entries = [
            navigation.Entry(key=spec.key, title=spec.title, icon=spec.icon, group=spec.group)
            for spec in self.specs.values()
        ]
        self.sidebar, self.top, self.status = chrome.Sidebar(entries), chrome.TopBar(), chrome.StatusBar()
        self.banner = notices.Banner()
        self._stack = QtWidgets.QStackedWidget()
        self._waiting = chrome.Waiting()
        self._stack.addWidget(self._waiting)
        self._banner_row = layout.boxed(layout.column(self.banner, margins=(theme.LG, 12, theme.LG, 0)))
        self._banner_row.hide()
        self.holding = holding.Holding(self)
        self.ruling = ruling.Ruling(self)
        self.pricing = pricing.Pricing(self)
        main = layout.column(self.top, self.holding.row, self._banner_row, self._stack, gap=0, grow=3)
        upper = layout.row(self.sidebar, main, gap=0, grow=1)
        # The status bar lies inside the frame: the environment's colour surrounds everything.
        body = layout.boxed(layout.column(upper, self.status, gap=0, grow=0), "shell")
        self._frame = chrome.EnvironmentFrame(body)
        self.setCentralWidget(self._frame)

    def _make_desk(self) -> views.Desk:
        found = self.services
        return views.Desk(
            api=found.api.within(found.api.workspace),
            live=found.live,
            operations=found.operations,
            session=found.session,
            settings=found.settings,
            drafts=found.drafts,
            commands=self.commands,
            navigate=self.navigate,
            share=lambda view, args: self.framing.share(links.Link(view=view, args=args)),
            toast=self.toast,
            badge=self.sidebar.nav.set_badge,
        )

    def _connect(self) -> None:
        found = self.services
        self.sidebar.nav.chosen.connect(lambda key: self.navigate(key))
        self.top.theme.clicked.connect(lambda _on=False: self._switch_theme())
        self.top.stop.clicked.connect(lambda _on=False: self.holding.press())
        self.top.keys.clicked.connect(lambda _on=False: self.commands.cheat_sheet())
        self.top.search.clicked.connect(lambda _on=False: self.palette_over.toggle())
        self.sidebar.place_asked.connect(self.switch.offer)
        self.banner.acted.connect(self.retry_asked)
        self.status.cancel_asked.connect(found.operations.cancel)
        self.status.addWidget(outgoing.Outgoing(found.api.acts, found.operations, self.toast))
        found.operations.failed.connect(lambda _key, problem: self.tell(problem))
        found.operations.labels_changed.connect(self._show_work)
        found.live.state_changed.connect(self._on_live)
        found.live.lag_changed.connect(self.status.set_lag)
        found.live.changed.connect(self._on_changes)
        found.live.resumed.connect(self._ask_overview)
        found.session.changed.connect(self._on_session)
        self._lost_because = ""
        self._outage = QtCore.QTimer(self)
        self._outage.setSingleShot(True)
        self._outage.setInterval(OUTAGE_MS)
        self._outage.timeout.connect(self._on_outage)
        self._pulse = QtCore.QTimer(self)
        self._pulse.setInterval(OVERVIEW_MS)
        self._pulse.timeout.connect(self._ask_overview)

    def _register_commands(self) -> None:
        def add(key: str, title: str, keys: str, group: str, run: Callable[[], None]) -> None:
            command = commands.Command(key=key, title=title, keys=keys, group=group, run=run)
            self.commands.register(command)

        add("palette", "Find anything, do anything", "Ctrl+K", "Everywhere", self.palette_over.toggle)
        add("notices", "Notifications", "Ctrl+Shift+B", "Everywhere", self.bell.open)
        add("workspace", "Switch workspace", chrome.SWITCH_KEYS, "Everywhere", self.switch.offer)
        add("theme", "Switch theme", "Ctrl+Shift+L", "Everywhere", self._switch_theme)
        add("stop", "Stop everything now", holding.STOP_KEYS, "Everywhere", self.holding.press)
        add("policy", "Quiet hours and caps", ruling.KEYS, "Everywhere", lambda: _drop(self.ruling.open()))
        add("prices", "Prices", pricing.KEYS, "Everywhere", lambda: _drop(self.pricing.open()))
        add("back", "Go back", "Alt+Left", "Everywhere", self.back)
        add("keys", "Show these shortcuts", "?", "Everywhere", lambda: _drop(self.commands.cheat_sheet()))
        for spec in self.specs.values():
            if spec.jump:
                go = _Jump(self, spec.key)
                add(f"go.{spec.key}", spec.title, f"G, {spec.jump}", "Go to", go)
        self.framing.register()

    # going somewhere

    def navigate(self, view: str, /, **args: Any) -> None:
        """Go to a view; before there is a server, go there as soon as there is one."""
        if view not in self.specs:
            self.toast(f"This version has no view named {view!r}.", tone="warn")
            return
        self.top.title.setText(self.specs[view].title)
        self.sidebar.nav.set_current(view)
        self.setWindowTitle(" — ".join((self.specs[view].title, *self._abroad(), "Heliograph")))
        if not self.is_online:
            self._asked = (view, args)
            return
        if self.current and self.current != view:
            self._pages[self.current].closed()  # type: ignore[attr-defined]
        self.current = view
        if not self._history or self._history[-1] != (view, args):
            self._history.append((view, args))
            del self._history[:-50]
        page = self._page(view)
        self._stack.setCurrentWidget(page)
        if self.is_first:
            self.services.settings.put("window.view", view)
        page.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        page.opened(**args)  # type: ignore[attr-defined]

    def where(self) -> links.Link:
        """What is on screen, as a link: the page's own word for it, else what it was opened with."""
        page: object = self._pages.get(self.current)
        if isinstance(page, views.Placed):
            args = page.where()
        else:
            args = {
                name: str(value) for name, value in (self._history[-1][1] if self._history else {}).items()
            }
        args.pop("fresh", None)
        return links.Link(view=self.current, args=args, place=self.services.session.place)

    def follow(self, words: str) -> None:
        """Go where a link leads; whatever it asks to be done is asked first."""
        self._follower.follow(words)

    def _abroad(self) -> tuple[str, ...]:
        """The workspace, where it is not the sandbox: the desktop's list of windows tells them apart too."""
        about = self.services.session.about
        if about is None or about.workspace.environment is server.Environment.SANDBOX:
            return ()
        return (f"{about.workspace.name} ({about.workspace.environment.value})",)

    def back(self) -> None:
        """Go to where one was before."""
        if len(self._history) > 1:
            self._history.pop()
            view, args = self._history[-1]
            self.navigate(view, **args)

    def page(self) -> QtWidgets.QWidget:
        """What is on screen now."""
        return self._stack.currentWidget() or self._waiting

    def _page(self, view: str) -> QtWidgets.QWidget:
        if view not in self._pages:
            made = views.page(view, self.desk)
            self._pages[view] = made
            self._stack.addWidget(made)
        return self._pages[view]

    # what the server says

    def waiting(self, words: str) -> None:
        """Say what the window waits for, while there is no server."""
        self._waiting.say(words)
        self._stack.setCurrentWidget(self._waiting)
        self.status.set_connection("connecting", words)

    def online(self) -> None:
        """There is a server: show what was asked for."""
        self.is_online = True
        self.refusal = ""
        self.tell_outage("")
        self.status.set_connection("connected", "Connected")
        view, args = self._asked or (self._first_view(), {})
        self._asked = None
        if view:
            self.navigate(view, **args)
        self._ask_overview()
        self._pulse.start()
        self._offer_drafts()
        link, self.wanted_link = self.wanted_link, ""
        if link:
            self.follow(link)

    def leave(self, words: str) -> None:
        """Close the page on screen and say what is waited for, before another workspace is entered."""
        if self.current:
            self._pages[self.current].closed()  # type: ignore[attr-defined]
        self.services.drafts.save()
        self.is_online = False
        self._pulse.stop()
        self.waiting(words)

    def refused(self, problem: errors.Problem) -> None:
        """There is no server and why; a person may try again."""
        self.refusal = str(problem)
        self._waiting.fail(str(problem), self.retry_asked.emit)
        self._stack.setCurrentWidget(self._waiting)
        self.status.set_connection("lost", "Not connected")

    def tell_outage(self, words: str, remedy: str = "") -> None:
        """Show or hide the alarm above every page."""
        self.banner.say(words, remedy, tone="bad", action="Try again")
        self._banner_row.setVisible(bool(words))

    def tell(self, problem: errors.Problem) -> None:
        """A failure nobody else shows."""
        self.toast(str(problem), tone="bad")

    def toast(
        self,
        words: str,
        *,
        tone: theme.Tone = "mute",
        action: str = "",
        clicked: Callable[[], None] | None = None,
    ) -> notices.Toast:
        """One passing sentence, kept under the bell."""
        self.services.told.add(words, tone=tone)
        if clicked is not None and action.startswith(undoing.WORD):
            clicked = self.undoing.keep(words, action, clicked)
        return self.toasts.show(words, tone=tone, action=action, clicked=clicked)

    def _offer_drafts(self) -> None:
        """Once a workspace: what an earlier visit left unsaved, by views that know how to open it."""
        place = self.services.drafts.place
        left = self.services.drafts.all() if place not in self._offered else []
        self._offered.add(place)
        for draft in left[:2]:
            if draft.editor in self.specs:
                self.toast(
                    f"A draft from {figures.stamp(draft.at)} was not saved.",
                    action="Open it",
                    clicked=_Jump(self, draft.editor, draft=draft.key),
                )

    def _first_view(self) -> str:
        kept = self.services.settings.get("window.view", "")
        return kept if kept in self.specs else next(iter(self.specs), "")

    def _on_session(self) -> None:
        about = self.services.session.about
        if about is not None:
            if self._place != self.services.session.place:
                self._move_in()
                if self.is_online:  # another window has gone there, and this one goes along
                    self.navigate(next(iter(self.specs)))
            self.sidebar.set_place(about.workspace.name, about.workspace.environment.value)
            self._frame.set_environment(about.workspace.environment.value)
            self.status.set_version(about.version)

    def _move_in(self) -> None:
        """Another workspace: nothing that was said, asked or shown in the last one stays."""
        if self._place:
            self._empty()
        self._place = self.services.drafts.place = self.services.session.place
        self.services.told.enter(self._place)
        self.desk = self._make_desk()

    def _empty(self) -> None:
        if self.current and self.is_online:
            self._pages[self.current].closed()  # type: ignore[attr-defined]
        self.current = ""
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        self.undoing.forget()
        self._history.clear()
        for running in self.services.operations.running():
            if not running.key.startswith((switching.REACH, switching.SWITCH)):
                self.services.operations.cancel(running.key)
        self.services.live.forget()
        self.toasts.clear()
        self.status.set_lag(None)
        self.bell.forget()
        for key in self.specs:
            self.sidebar.nav.set_badge(key, "")

    def _on_live(self, state: str, words: str) -> None:
        if state == live.CONNECTED:
            self._outage.stop()
            self.status.set_connection(state, "Connected")
            self.tell_outage("")
        elif state == live.LOST:
            self.status.set_connection(state, "Connection lost, trying again")
            self.status.set_lag(None)
            self._lost_because = words
            if not self._outage.isActive():
                self._outage.start()

    def _on_outage(self) -> None:
        remedy = "What you see may be old. It is brought up to date once the server answers."
        self.tell_outage(self._lost_because, remedy)

    def _on_changes(self, changes: list[server.Change]) -> None:
        told = {server.ChangeKind.ALARMS, server.ChangeKind.CAMPAIGN}
        if any(change.kind in told for change in changes):
            self._ask_overview()

    def _ask_overview(self) -> None:
        if self.is_online:
            self.services.operations.start(
                "window:overview",
                lambda: self.services.api.call(server.OVERVIEW),
                done=self._show_overview,
                failed=lambda _problem: None,  # the live feed tells of a lost server already
            )

    def _show_overview(self, overview: server.Overview) -> None:
        self.holding.show(overview.held)
        live_now = len(overview.live)
        self.sidebar.nav.set_badge("campaigns", f"{live_now} live" if live_now else "", "accent")
        stuck = overview.doubts + overview.dead
        self.sidebar.nav.set_badge("exceptions", figures.short(stuck) if stuck else "", "warn")
        self.bell.take(overview.alarms)

    # small acts

    def _switch_theme(self) -> None:
        theme.active().toggle()
        self.services.settings.put("theme", theme.tokens().name)

    def _show_work(self) -> None:
        running = [one for one in self.services.operations.running() if one.label]
        self.status.set_work(
            [
                chrome.Work(key=one.key, label=one.label, done=one.done, total=one.total, words=one.words)
                for one in running
            ]
        )

    # opening and closing

    def _restore(self) -> None:
        self.restore_place(self.services.settings.get("window.geometry", ""))
        first = self._first_view()
        if first:
            self.navigate(first, **self._kept_args(first))

    def restore_place(self, geometry: str) -> None:
        """Stand where a window stood, as `state` has told; a place that no screen shows any more is mended by Qt."""
        if geometry:
            self.restoreGeometry(QtCore.QByteArray(base64.b64decode(geometry)))

    def _kept_args(self, view: str) -> dict[str, Any]:
        """What the first view showed when the console was closed."""
        kept = self.services.settings.get("window.link", "")
        try:
            link = links.read(kept)
        except errors.Problem:
            return {}
        return links.arguments(link) if link.view == view else {}

    def state(self) -> dict[str, Any]:
        """What this window shows and where it stands, for the next start."""
        geometry = base64.b64encode(bytes(self.saveGeometry().data())).decode()
        shown = self.where()
        return {"view": shown.view, "args": links.arguments(shown), "geometry": geometry}

    def keep_state(self) -> None:
        """Remember the window's place, and write what is pending."""
        for page in self._pages.values():
            for one in page.findChildren(table.DataTable):
                one.keep()
        self.services.settings.put("window.geometry", self.state()["geometry"])
        if self.current:
            self.services.settings.put("window.link", links.write(self.where()))
        self.services.settings.save()
        self.services.drafts.save()
        self.services.told.save()

    def put_away(self) -> None:
        """Close one of several windows: its pages rest, its work stops, its drafts are on disk."""
        if self.current and self.is_online:
            self._pages[self.current].closed()  # type: ignore[attr-defined]
        self.services.drafts.save()
        self._pulse.stop()
        for running in self.services.operations.running():
            if not running.key.startswith(switching.REACH):
                self.services.operations.cancel(running.key)
        self.is_online = False
        self.let_close()
        self.deleteLater()

    def let_close(self) -> None:
        """Close for good: what had to be asked or ended has been."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if len(self.company.windows) > 1:
            self.company.leave(self)
        else:
            self.close_asked.emit()


class _Jump:
    """Going to one view, as something that can be called later."""

    def __init__(self, window: Window, view: str, **args: str) -> None:
        self._window, self._view, self._args = window, view, args

    def __call__(self) -> None:
        self._window.navigate(self._view, **self._args)


def _drop(_thing: object) -> None:
    """Commands answer nothing."""
