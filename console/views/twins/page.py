"""The page: which twins run, what they were handed and whether that was promised, and whom to write to."""

import functools
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.twins import inbox, magic, running
from console.widgets import commands, empty, layout, notices, tabs, theme
from server.wire import endpoint, server, twins

LOOK_MS = 3000  #: how often the twins are asked whether anything has arrived


class Page(QtWidgets.QWidget):
    """The twins at the top, their inbox or the magic recipients below, one arrival at the right or whole."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._arrived = -1
        self.running = running.Strip()
        self.banner = notices.Banner()
        self.banner.acted.connect(self._look)
        self.tabs = tabs.Tabs([("inbox", "Inbox"), ("magic", "Magic recipients")], name="Parts")
        self.tabs.chosen.connect(self.show_part)
        self.inbox = inbox.Inbox(desk)
        self._magic: list[twins.Magic] = []
        self.panel = self.inbox.panel
        self._join()
        self.reached = desk.session.environment in ("", server.Environment.SANDBOX)  #: from this workspace
        self._build()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.show_part("inbox")

    def _join(self) -> None:
        self.running.chosen.connect(self._on_twin)
        self.inbox.narrowed.connect(self.running.set_current)
        self.inbox.counted.connect(lambda total: self.tabs.set_count("inbox", total))
        self.inbox.magic_wanted.connect(lambda: self.show_part("magic"))
        self.inbox.beside_shown.connect(self._show_beside)

    def _build(self) -> None:
        self.stack = QtWidgets.QStackedWidget()
        self.stack.addWidget(self.inbox)
        self._head = layout.row(self.tabs, self.inbox.tools, gap=theme.MD, grow=1)
        self._lists = layout.boxed(layout.page(self.banner, self.running, self._head, self.stack, grow=3))
        self._parts = QtWidgets.QStackedWidget()
        self._parts.addWidget(self._lists)
        self.elsewhere = empty.EmptyState(
            "flask-conical",
            "Twins belong to the sandbox",
            "They stand in for the providers there. This workspace reaches the providers themselves, by the accounts"
            " it was given; what becomes of its messages is told under Messages.",
            "Switch workspace",
            lambda: self._desk.commands.run("workspace"),
        )
        layout.reveal(self._parts, self.reached)
        layout.reveal(self.elsewhere, not self.reached)
        grow = 0 if self.reached else 2
        self.setLayout(layout.row(self._parts, self.panel, self.elsewhere, gap=0, grow=grow))

    # Each is built when it is first wanted: whoever comes for the inbox waits for nothing else.

    @functools.cached_property
    def magic(self) -> magic.Magic:
        """The recipients that play a part."""
        made = magic.Magic(self._desk)
        made.show_rows(self._magic)
        self.stack.addWidget(made)
        self._head.addWidget(made.tools, 1)
        return made

    @functools.cached_property
    def _pair(self) -> QtWidgets.QWidget:
        made = layout.boxed(layout.page(self.inbox.beside, grow=0))
        self._parts.addWidget(made)
        return made

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show the inbox, narrowed to what another view asks for; `fresh` forgets what was last looked at."""
        if not self.reached:
            return
        self._desk.commands.register(
            commands.Command(
                key="twins.find",
                title="Find an arrival",
                keys="/",
                group="Twins",
                run=self.inbox.seek.setFocus,
            )
        )
        if any(args.get(name) for name in ("find", "twin", "outcome", "fresh")):
            self.show_part("inbox")
        self.inbox.go(args)
        self._look()
        self._timer.start()
        self.inbox.table.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def where(self) -> dict[str, str]:
        """The inbox with its filters."""
        return self.inbox.where()

    def closed(self) -> None:
        """Nobody looks: the twins are not asked any more."""
        self._timer.stop()
        self.inbox.stop()
        self._desk.commands.forget("twins.find")

    def show_part(self, key: str) -> None:
        """The inbox or the magic recipients."""
        self._show_beside(False)
        self.tabs.set_current(key)
        self.stack.setCurrentWidget(self.magic if key == "magic" else self.inbox)
        self.inbox.tools.setVisible(key == "inbox")
        if "magic" in self.__dict__:  # it has been built
            self.magic.tools.setVisible(key == "magic")
        if key == "magic":
            self.panel.hide()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.panel.close_panel()
            return
        super().keyPressEvent(event)

    def _show_beside(self, shown: bool) -> None:  # the signal's own argument
        self._parts.setCurrentWidget(self._pair if shown else self._lists)

    def _on_twin(self, key: str) -> None:
        self.show_part("inbox")
        self.inbox.narrow_to(key)

    # what the server is asked

    def _look(self) -> None:
        if not self._desk.api.connected:
            return
        self._desk.operations.start(
            "twins:list",
            lambda: self._desk.api.call(twins.LIST, endpoint.Nothing()),
            done=self._show_twins,
            failed=self._show_silence,
        )

    def _show_twins(self, found: twins.Twins) -> None:
        silent = [row.title for row in found.rows if not row.running]
        if not found.rows:
            self.banner.say(
                "No twins run for this server.",
                "Start the server without --set twins=false, or run `heliograph twins` on its data folder.",
                tone="info",
                action="Look again",
            )
        elif silent:
            self.banner.say(f"{', '.join(silent)}: not running.", "They are started again within seconds.")
        else:
            self.banner.say("")
        self.running.show_rows(found.rows)
        self._magic = found.magic
        if "magic" in self.__dict__:
            self.magic.show_rows(found.magic)
        self.tabs.set_count("magic", len({row.word for row in found.magic}))
        arrived = sum(row.arrived for row in found.rows)
        if self._arrived < 0:
            self.inbox.rows.restart()
        elif arrived != self._arrived:
            self.inbox.rows.reload()
        self._arrived = arrived

    def _show_silence(self, problem: errors.Problem) -> None:
        self.banner.say(problem.sentence, problem.remedy, tone="warn", action="Look again")
        if self._arrived < 0:
            self.inbox.rows.restart()


#: Twins that are photographed; the two for email look alike.
TWINS = ("push/apns", "push/webpush", "email/smtp", "sms/twilio", "whatsapp/cloud", "rcs/rbm")


def shots(page: Page) -> list[views.Shot]:
    """One arrival of each twin, two of them beside their promise, and the magic recipients; none without twins."""
    if not page.reached:
        return []

    def arrived(twin: str) -> bool:
        if page.running.current() != twin:
            page.show_part("inbox")
            page.inbox.filter(twin=twin)
        if not page.inbox.rows.heard or page.inbox.rows.row(0) is None:
            return False
        page.inbox.table.pick(0)
        return page.panel.told and page.panel.face.is_drawn()

    def beside(twin: str) -> bool:
        both = page.inbox.beside
        if not both.isVisible():
            if arrived(twin):
                page.inbox.show_beside()
            return False
        if page.running.current() != twin:
            page.show_part("inbox")
            return False
        return both.promised.face.is_drawn() and both.arrived.face.is_drawn()

    def magic_shown() -> bool:
        page.inbox.filter()
        page.show_part("magic")
        page.magic.table.pick(0)
        return bool(page.magic.rows.total)

    some = [key for key in TWINS if page.running.count(key)]
    found = [(f"arrival_{key.replace('/', '_')}", _Arrived(arrived, key)) for key in some]
    pairs = [
        (f"beside_{key.replace('/', '_')}", _Arrived(beside, key))
        for key in ("email/smtp", "rcs/rbm")
        if key in some
    ]
    return [*found, *pairs, ("magic", magic_shown)]


class _Arrived:
    """Bringing one twin's newest arrival onto the screen."""

    def __init__(self, bring: Callable[[str], bool], key: str) -> None:
        self._bring, self._key = bring, key

    def __call__(self) -> bool:
        return self._bring(self._key)
