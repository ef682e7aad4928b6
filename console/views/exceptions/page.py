"""The page: doubts and dead letters by reason at the left, one reason explained with its acts at the right."""

import functools
from typing import Any

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.exceptions import actions, detail, groups, model, sheets
from console.widgets import (
    buttons,
    cards,
    chips,
    commands,
    empty,
    flow,
    layout,
    paged,
    saved,
    search,
    skeleton,
    tabs,
    theme,
)
from server.channels import contents
from server.wire import exceptions, messages, server

FRESHEN_MS = 1500  #: what is sent changes the lists all the time; they are read again this often at most
LEFT_W = 380
#: What of a Pick a link and a saved view hold.
FILTERS = ("find", "reason", "channel", "domain", "run", "campaign", "account", "closed")

Kind = exceptions.Kind


class Page(QtWidgets.QWidget):
    """Two desks in one place: what may have been sent, and what was given up."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._kind = model.Desk.DOUBT
        self._pick = exceptions.Pick()
        self._found: dict[model.Desk, exceptions.Groups] = {}
        self._open = False
        self.acts = actions.Acts(desk, self)
        self.acts.changed.connect(self._read)
        self.rows = paged.PagedModel(model.COLUMNS, self._fetch, self)
        self.list = groups.Groups()
        self.list.picked.connect(self._on_picked)
        self.detail = detail.Detail(self.rows)
        self.detail.wanted.connect(self.act)
        self.detail.look_up_wanted.connect(self._on_look_up)
        self.detail.story_wanted.connect(self._on_story)
        for kind in (kind for kind in Kind if kind is not Kind.UNDO):
            button = self.detail.buttons[kind.value]
            desk.operations.bind(f"exceptions:act:{kind.value}", button)
        desk.operations.bind("exceptions:look_up", self.detail.buttons["look_up"], "Asking")
        self._build()
        self._freshen = QtCore.QTimer(self)
        self._freshen.setSingleShot(True)
        self._freshen.setInterval(FRESHEN_MS)
        self._freshen.timeout.connect(self._read)
        desk.live.changed.connect(self._on_changes)
        desk.live.resumed.connect(self._on_resumed)

    # how it is built

    def _build(self) -> None:
        self.tabs = tabs.Tabs(
            [(model.Desk.DOUBT, "In doubt"), (model.Desk.DEAD, "Dead letters")], name="Parts of this page"
        )
        self.tabs.chosen.connect(lambda key: self.turn_to(model.Desk(key)))
        self.seek = search.SearchField("A name, an address or a key", name="Filter by person")
        self.seek.asked.connect(lambda words: self._filter(find=words))
        self._chips = {
            "channel": chips.Chip("Channel", lambda: tuple(contents.TITLES.items())),
            "campaign": chips.Chip("Campaign"),
            "run": chips.Chip("Run"),
        }
        for name, chip in self._chips.items():
            chip.changed.connect(functools.partial(self._on_chip, name))
        self.shut = buttons.ghost("Show closed", self._on_closed_clicked, icon="history")
        self.saved = saved.beside(
            self.detail.table, self._desk, "exceptions", view="exceptions", where=self.where
        )
        filters = flow.Flow(gap=theme.SM)
        for widget in (*self._chips.values(), self.shut):
            filters.addWidget(widget)
        self._left = QtWidgets.QStackedWidget()
        loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=52, gap=12), None))
        loading.setAccessibleName("Loading")
        self._broken = empty.EmptyState(
            "server-off", "The list could not be read", "", "Try again", self._read
        )
        for part in (loading, self.list, self._broken):
            self._left.addWidget(part)
        left = layout.boxed(
            layout.column(
                self.tabs,
                self.seek,
                layout.boxed(filters),
                self.saved,
                cards.Card(self._left, flush=True),
                gap=theme.MD,
                margins=(theme.LG, 14, 0, 14),
                grow=4,
            )
        )
        left.setFixedWidth(LEFT_W)
        self._right = QtWidgets.QStackedWidget()
        self._nothing = {kind: self._empty_state(kind) for kind in model.Desk}
        self._no_match = empty.EmptyState(
            "search",
            "Nothing matches",
            "Take a filter away to see the rest.",
            "Clear all filters",
            self._clear,
        )
        for part in (layout.boxed(layout.column(None)), self.detail, *self._nothing.values(), self._no_match):
            self._right.addWidget(part)
        self.setLayout(layout.row(left, self._right, gap=0, grow=1))
        self.setFocusProxy(self.list)

    def _empty_state(self, kind: model.Desk) -> empty.EmptyState:
        if kind is model.Desk.DOUBT:
            return empty.EmptyState(
                "shield-check",
                "Nothing is in doubt",
                "When an answer is lost, nobody can tell whether the message was sent. It then waits here, and is never"
                " sent again by itself. Look-ups and receipts settle most doubts; you settle the rest.",
            )
        return empty.EmptyState(
            "check-check",
            "No dead letters",
            "What a provider refuses for good, or for too long, ends here with its cause and the remedy. Once the cause"
            " is mended you send it again, all or some, after seeing what would happen.",
        )

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show what another view asks for: `subject` names the part, the rest filters; `fresh` forgets filters."""
        self._open = True
        self._register()
        wanted = args.get("part") or args.get("subject") or (model.Desk.DOUBT if args.get("fresh") else "")
        if wanted in set(model.Desk):
            self._kind = model.Desk(wanted)
            self.tabs.set_current(wanted)
        self.detail.table.go(args)
        named = {name: args[name] for name in ("find", "reason", "channel", "domain") if args.get(name)}
        named |= {name: int(args[name]) for name in ("run", "campaign", "account") if args.get(name)}
        if named or args.get("fresh"):
            self._pick = exceptions.Pick(**named, closed=bool(args.get("closed")))
            self._show_filters()
        self._read()

    def where(self) -> dict[str, str]:
        """The part, its filters, and the columns of its messages."""
        picked = {name: getattr(self._pick, name) for name in FILTERS}
        said = {"part": self._kind.value, **picked, **self.detail.table.where()}
        return {name: str(value) for name, value in said.items() if value}

    def closed(self) -> None:
        """Nothing is read again until somebody comes back."""
        self._open = False
        self._freshen.stop()
        for name in ("find", "again", "close", "part"):
            self._desk.commands.forget(f"exceptions.{name}")

    def _register(self) -> None:
        def add(name: str, title: str, keys: str, run: Any) -> None:
            self._desk.commands.register(
                commands.Command(
                    key=f"exceptions.{name}", title=title, keys=keys, group="Exceptions", run=run
                )
            )

        add("find", "Filter by person", "/", self.seek.setFocus)
        add("again", "Send again", "R", self._on_again_key)
        add("close", "Close or leave", "E", self._on_close_key)
        add("part", "Doubts or dead letters", "T", self._on_part_key)

    # what a person does

    def turn_to(self, kind: model.Desk) -> None:
        """Go to the other part."""
        self._kind = kind
        self.tabs.set_current(kind)
        self.list.forget()
        self._left.setCurrentIndex(0)
        self._read()

    def act(self, kind: Kind) -> QtWidgets.QDialog | None:
        """Do something about the group, or about the rows that were chosen in it."""
        group = self.detail.group
        if group is None:
            return None
        return self.acts.ask(kind, self._meant(group), self.detail.count())

    def _meant(self, group: exceptions.Group) -> exceptions.Pick:
        return model.pick_of(group, self._pick, [row.ref for row in self.detail.chosen()])

    def _on_look_up(self) -> None:
        if self.detail.group is not None:
            self.acts.look_up(self._meant(self.detail.group))

    def _on_story(self, row: messages.Message | None) -> None:
        if row is not None:
            self._desk.navigate("messages", find=row.ref)

    def _on_again_key(self) -> None:
        self.act(Kind.AGAIN if self._kind is model.Desk.DOUBT else Kind.REDRIVE)

    def _on_close_key(self) -> None:
        if not self._pick.closed:
            self.act(Kind.LEAVE if self._kind is model.Desk.DOUBT else Kind.CLOSE)

    def _on_part_key(self) -> None:
        self.turn_to(model.Desk.DEAD if self._kind is model.Desk.DOUBT else model.Desk.DOUBT)

    def _on_chip(self, name: str) -> None:
        value = self._chips[name].value()
        self._filter(**{name: value if name == "channel" else int(value or 0)})

    def _on_closed_clicked(self) -> None:
        self._filter(closed=not self._pick.closed)

    def _clear(self) -> None:
        self._pick = exceptions.Pick()
        self._show_filters()
        self._read()

    def _filter(self, **changed: Any) -> None:
        self._pick = msgspec.structs.replace(self._pick, **changed)
        self._show_filters()
        self._read()

    def _show_filters(self) -> None:
        self.seek.set_text(self._pick.find)
        for name, chip in self._chips.items():
            chip.set_value(str(getattr(self._pick, name) or ""))
        self.shut.set_label("Show open" if self._pick.closed else "Show closed")
        self.saved.refresh()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and self.detail.chosen():
            self.detail.table.view.clearSelection()
            return
        super().keyPressEvent(event)

    # what the server is asked

    def _read(self) -> None:
        if not self._open:
            return
        for kind in model.Desk:
            self._desk.operations.start(
                f"exceptions:{kind}",
                functools.partial(self._desk.api.call, model.LISTS[kind], self._pick),
                done=functools.partial(self._show_found, kind),
                failed=functools.partial(self._on_failed, kind),
                latest=True,
            )

    def _show_found(self, kind: model.Desk, found: exceptions.Groups) -> None:
        self._found[kind] = found
        self.tabs.set_count(kind, found.total)
        if kind is not self._kind:
            return
        layout.reveal(self.shut, bool(found.closed) or self._pick.closed)
        self._left.setCurrentWidget(self.list)
        self.list.set_groups(found.groups)
        if not found.groups:
            narrow = self._pick != exceptions.Pick()
            self._right.setCurrentWidget(self._no_match if narrow else self._nothing[kind])

    def _on_failed(self, kind: model.Desk, problem: errors.Problem) -> None:
        if kind is self._kind and kind not in self._found:
            self._broken.set_text(str(problem))
            self._left.setCurrentWidget(self._broken)

    def _on_picked(self, group: exceptions.Group | None) -> None:
        if group is None:
            return
        same = self.detail.group is not None and model.key_of(self.detail.group) == model.key_of(group)
        moved = not same or self.detail.group != group
        self.detail.show_group(group, self._kind, closed=self._pick.closed)
        self._right.setCurrentWidget(self.detail)
        if not same:
            self.detail.table.view.clearSelection()
            self.rows.restart()
        elif moved:
            self.rows.reload()

    def _fetch(self, window: paged.Window) -> None:
        group = self.detail.group
        if group is None:
            return
        ask = model.rows_of(model.pick_of(group, self._pick), window)
        self._desk.operations.start(
            f"exceptions:rows:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(model.ROWS[self._kind], ask),
            done=lambda page: self.rows.receive(window, page.rows, page.total),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    # what the server says by itself

    def _on_changes(self, changes: list[server.Change]) -> None:
        told = {server.ChangeKind.RUN, server.ChangeKind.RECEIPTS, server.ChangeKind.ALARMS}
        if self._open and any(change.kind in told for change in changes) and not self._freshen.isActive():
            self._freshen.start()

    def _on_resumed(self) -> None:
        self._read()


def shots(page: Page) -> list[views.Shot]:
    """The dead letters, and what sending them again would do."""

    def dead() -> bool:
        if page.tabs.current() != model.Desk.DEAD:
            page.turn_to(model.Desk.DEAD)
        return page.detail.isVisible() and bool(page.rows.heard)

    def preview() -> bool:
        if not dead():
            return False
        shown = page.findChild(sheets.PreviewSheet)
        if shown is None:
            page.act(Kind.REDRIVE)
            return False
        return shown.facts.isVisible()

    def put_away() -> None:
        for sheet in page.findChildren(sheets.PreviewSheet):
            sheet.close()

    return [("dead", dead), ("preview", preview), ("dead_again", put_away)]
