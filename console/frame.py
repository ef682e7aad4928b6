"""The frame of a window: the bars around its screens, what it says to a person, where one is, and where one was."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import chrome, outside, undoing, views
from console.services import errors, links
from console.widgets import commands, layout, navigation, notices, table, theme
from server.wire import server

SIZE = (1440, 900)
LEAST = (1040, 640)
TITLE_H = 40
MOST_BACK = 50  #: places one can go back to
REACH, SWITCH = "app:", "window:switch"  #: operations that outlive a workspace: they lead out of it

Place = tuple[str, dict[str, Any]]


class Frame(QtWidgets.QMainWindow):
    """Shows its shell before it knows a server. What stands around the screens is handed this, and this alone."""

    close_asked = QtCore.Signal()
    retry_asked = QtCore.Signal()
    arrived = QtCore.Signal()  #: there is a server, and what was asked for is on screen
    left = QtCore.Signal()  #: the server or the workspace is left
    emptied = QtCore.Signal()  #: another workspace: nothing of the last one is shown any more

    def __init__(self, services: outside.Services) -> None:
        super().__init__()
        self.services = services
        self.specs = {spec.key: spec for spec in views.specs()}
        self.current = ""
        self.is_first = False  #: the oldest window, whose screen the next start begins with
        self.is_online = False
        self.refusal = ""  #: why there is no server, once that is known
        self.wanted_link = ""  #: to be followed as soon as there is a server
        self._pages: dict[str, QtWidgets.QWidget] = {}
        self._asked: Place | None = None
        self._recalled: tuple[Place, str] | None = (
            None  #: what an earlier start showed, and in which workspace
        )
        self._history: list[Place] = []
        self._place = ""  #: the workspace that the pages were made for
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

    def above(self) -> Sequence[QtWidgets.QWidget]:
        """What a window puts between its top bar and its screens."""
        return ()

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
        rows = (self.top, *self.above(), self._banner_row, self._stack)
        main = layout.column(*rows, gap=0, grow=len(rows) - 1)
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
            share=lambda view, args: self.share(links.Link(view=view, args=args)),
            toast=self.toast,
            badge=self.sidebar.nav.set_badge,
        )

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
        if self.current != view:
            self._rest()
        self.current = view
        if not self._history or self._history[-1] != (view, args):
            self._history.append((view, args))
            del self._history[:-MOST_BACK]
        page = self._page(view)
        self._stack.setCurrentWidget(page)
        if self.is_first:
            self.services.memory.put("window.view", view)
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

    def share(self, link: links.Link) -> None:
        """Put a link on the clipboard; it leads to the workspace that is open now."""
        words = links.write(links.Link(view=link.view, args=link.args, place=self.services.session.place))
        QtGui.QGuiApplication.clipboard().setText(words)
        self.toast("The link is copied. Paste it into Ctrl+K, here or on another desk.", tone="ok")

    def back(self) -> None:
        """Go to where one was before."""
        if len(self._history) > 1:
            self._history.pop()
            view, args = self._history[-1]
            self.navigate(view, **args)

    def page(self) -> QtWidgets.QWidget:
        """What is on screen now."""
        return self._stack.currentWidget() or self._waiting

    def _abroad(self) -> tuple[str, ...]:
        """The workspace, where it is not the sandbox: the desktop's list of windows tells them apart too."""
        about = self.services.session.about
        if about is None or about.workspace.environment is server.Environment.SANDBOX:
            return ()
        return (f"{about.workspace.name} ({about.workspace.environment.value})",)

    def _page(self, view: str) -> QtWidgets.QWidget:
        if view not in self._pages:
            made = views.page(view, self.desk)
            self._pages[view] = made
            self._stack.addWidget(made)
        return self._pages[view]

    def _rest(self) -> None:
        """Tell the page on screen that it is left."""
        if self.current and self.is_online:
            self._pages[self.current].closed()  # type: ignore[attr-defined]

    # what it says

    def waiting(self, words: str) -> None:
        """Say what the window waits for, while there is no server."""
        self._waiting.say(words)
        self._stack.setCurrentWidget(self._waiting)
        self.status.set_connection("connecting", words)

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

    # coming and going

    def online(self) -> None:
        """There is a server: show what was asked for."""
        self.is_online = True
        self.refusal = ""
        self.tell_outage("")
        self.status.set_connection("connected", "Connected")
        view, args = self._asked or (self.first_view(), {})
        if (
            self._recalled is not None
            and self._recalled[0] == self._asked
            and not self.knows(self._recalled[1])
        ):
            args = {}
        self._asked = self._recalled = None
        if view:
            self.navigate(view, **args)
        self.arrived.emit()

    def leave(self, words: str) -> None:
        """Close the page on screen and say what is waited for, before another workspace is entered."""
        self._rest()
        self.services.drafts.save()
        self.is_online = False
        self.left.emit()
        self.waiting(words)

    def enter(self) -> None:
        """Stand in the workspace of the session; of another one before it, nothing said, asked or shown stays."""
        place = self.services.session.place
        if place == self._place:
            return
        if self._place:
            self._empty()
        self._place = self.services.drafts.place = place
        self.services.told.enter(place)
        self.desk = self._make_desk()
        if self.is_online:  # another window has gone there, and this one goes along
            self.navigate(next(iter(self.specs)))

    def _empty(self) -> None:
        self._rest()
        self.current = ""
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        self._history.clear()
        self.undoing.forget()
        for running in self.services.operations.running():
            if not running.key.startswith((REACH, SWITCH)):
                self.services.operations.cancel(running.key)
        self.services.live.forget()
        self.toasts.clear()
        self.status.set_lag(None)
        for key in self.specs:
            self.sidebar.nav.set_badge(key, "")
        self.emptied.emit()

    def put_away(self) -> None:
        """Close one of several windows: its pages rest, its work stops, its drafts are on disk."""
        self._rest()
        self.services.drafts.save()
        for running in self.services.operations.running():
            if not running.key.startswith(REACH):
                self.services.operations.cancel(running.key)
        self.is_online = False
        self.let_close()
        self.deleteLater()

    def let_close(self) -> None:
        """Close for good: what had to be asked or ended has been."""
        self._may_close = True
        self.left.emit()
        self.close()

    # what the next start begins with

    def first_view(self) -> str:
        """The view that was shown last on this server, else the first."""
        kept = self.services.memory.get("window.view", "")
        return kept if kept in self.specs else next(iter(self.specs), "")

    def recall(self) -> None:
        """Stand where the last start left off, and ask for what it showed."""
        self.restore_place(self.services.settings.get("window.geometry", ""))
        view = self.first_view()
        if not view:
            return
        link = self._kept_link()
        if link is None or link.view != view:
            self.navigate(view)
        else:
            self.show_again(view, links.arguments(link), link.place)

    def show_again(self, view: str, args: dict[str, Any], place: str) -> None:
        """Show what an earlier start showed in workspace `place`; in any other the view alone, for ids differ."""
        self.navigate(view, **(args if self.knows(place) else {}))
        if self._asked is not None:
            self._recalled = (self._asked, place)

    def knows(self, place: str) -> bool:
        """Whether something of workspace `place` may be shown here; before the server has spoken anything may."""
        return self.services.session.place in ("", place)

    def _kept_link(self) -> links.Link | None:
        try:
            return links.read(self.services.memory.get("window.link", ""))
        except errors.Problem:
            return None

    def restore_place(self, geometry: str) -> None:
        """Stand where a window stood, as `state` has told; a place that no screen shows any more is mended by Qt."""
        if geometry:
            self.restoreGeometry(QtCore.QByteArray(base64.b64decode(geometry)))

    def state(self) -> dict[str, Any]:
        """What this window shows and where it stands, for the next start."""
        geometry = base64.b64encode(bytes(self.saveGeometry().data())).decode()
        shown = self.where()
        return {
            "view": shown.view,
            "args": links.arguments(shown),
            "place": shown.place,
            "geometry": geometry,
        }

    def keep_state(self) -> None:
        """Remember the window's place, and write what is pending."""
        for page in self._pages.values():
            for one in page.findChildren(table.DataTable):
                one.keep()
        self.services.settings.put("window.geometry", self.state()["geometry"])
        if self.current:
            self.services.memory.put("window.link", links.write(self.where()))
        self.services.settings.save()
        self.services.drafts.save()
        self.services.told.save()
