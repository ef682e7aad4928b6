"""The window: a frame, and everything that stands around its screens, put together."""

from collections.abc import Callable, Sequence

from PySide6 import QtGui, QtWidgets

from console import (
    attending,
    bell,
    chrome,
    company,
    following,
    frame,
    framing,
    holding,
    outgoing,
    outside,
    palette,
    pricing,
    ruling,
    switching,
)
from console.widgets import commands, figures, theme


class Window(frame.Frame):
    """One server, one workspace."""

    def __init__(self, services: outside.Services, beside: company.Company | None = None) -> None:
        super().__init__(services)
        self.company = beside or company.Company(Window)
        self._offered: set[str] = set()  #: places whose drafts have been offered by this window
        self.ruling, self.pricing = ruling.Ruling(self), pricing.Pricing(self)
        self.switch = switching.Switch(self, self.company)
        self._follower = following.Follower(self, self.switch)
        self.palette_over = palette.Palette(self, self.follow)
        self.bell = bell.Bell(self, self.follow)
        self.framing = framing.Framing(self, self.company)
        self.attending = attending.Attending(self, self.bell, self.holding)
        self._register_commands()
        self._connect()
        self.company.add(self)
        if self.is_first:
            self.recall()

    def above(self) -> Sequence[QtWidgets.QWidget]:
        self.holding = holding.Holding(self)
        return (self.holding.row,)

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
        found.session.changed.connect(self._on_session)
        self.arrived.connect(self._on_arrived)

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

    def follow(self, words: str) -> None:
        """Go where a link leads; whatever it asks to be done is asked first."""
        self._follower.follow(words)

    # what the server says

    def _on_arrived(self) -> None:
        self._offer_drafts()
        link, self.wanted_link = self.wanted_link, ""
        if link:
            self.follow(link)

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

    def _on_session(self) -> None:
        about = self.services.session.about
        if about is not None:
            self.enter()
            self.sidebar.set_place(about.workspace.name, about.workspace.environment.value)
            self._frame.set_environment(about.workspace.environment.value)
            self.status.set_version(about.version)

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

    def __init__(self, window: frame.Frame, view: str, **args: str) -> None:
        self._window, self._view, self._args = window, view, args

    def __call__(self) -> None:
        self._window.navigate(self._view, **self._args)


def _drop(_thing: object) -> None:
    """Commands answer nothing."""
