"""Acts on campaigns in the list: archive, tag, copy; each names its exact count, and is taken back from its toast."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.campaigns import actions
from console.widgets import buttons, dialogs, fields, flow, icons, layout, text
from server.wire import campaigns, shelf

ACT, TAGS = "campaigns:shelve", "campaigns:tags"

Act = shelf.Act
Rows = Sequence[campaigns.Campaign]

OPPOSITE = {Act.ARCHIVE: Act.UNARCHIVE, Act.UNARCHIVE: Act.ARCHIVE, Act.TAG: Act.UNTAG, Act.UNTAG: Act.TAG}


def some(count: int) -> str:
    """So many campaigns."""
    return f"{count} {'campaign' if count == 1 else 'campaigns'}"


def said(act: Act, count: int, tag: str) -> str:
    """What was done."""
    return {
        Act.ARCHIVE: f"Archived {some(count)}",
        Act.UNARCHIVE: f"Brought {some(count)} back",
        Act.TAG: f"Tagged {some(count)} “{tag}”",
        Act.UNTAG: f"Took “{tag}” off {some(count)}",
    }[act]


def named(act: Act, count: int, tag: str) -> str:
    """What is taken back, by name."""
    return {
        Act.ARCHIVE: f"archive {some(count)}",
        Act.UNARCHIVE: f"bring {some(count)} back",
        Act.TAG: f"tag {some(count)} “{tag}”",
        Act.UNTAG: f"take “{tag}” off {some(count)}",
    }[act]


def left(found: Sequence[shelf.Left]) -> str:
    """Which stay as they are, and why, in a sentence; empty where all were changed."""
    if not found:
        return ""
    first = found[0]
    name = f"“{first.name}”" if first.name else f"Campaign {first.campaign}"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    stays = "stays as it is" if len(found) == 1 else "stay as they are"
    return f"{name}{more} {stays}: {first.why}."


class Shelver(QtCore.QObject):
    """Asks for acts. `changed` says that the list is old by now; `tagged` carries the tags in use."""

    changed = QtCore.Signal()
    tagged = QtCore.Signal(object)

    def __init__(self, desk: views.Desk, page: QtWidgets.QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self.tags: list[shelf.Tag] = []

    def look(self) -> None:
        """Ask for the tags in use."""
        self._desk.operations.start(
            TAGS, lambda: self._desk.api.call(shelf.TAGS), done=self._on_tags, failed=_drop, latest=True
        )

    def act(self, act: Act, numbers: Sequence[int], tag: str = "") -> None:
        """Do it, and offer to take back exactly what was changed."""
        if not numbers:
            return
        ask = shelf.Shelve(act=act, campaigns=list(numbers), tag=tag)
        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(shelf.ACT, ask),
            done=lambda done: self._done(act, tag, done),
        )

    def _done(self, act: Act, tag: str, done: shelf.Shelved) -> None:
        self.changed.emit()
        self.look()
        words = left(done.left)
        if not done.changed:
            self._desk.toast(words, tone="warn")
            return
        told = said(act, len(done.changed), tag)
        self._desk.toast(
            f"{told}. {words}".strip(),
            tone="ok",
            action=f"Undo: {named(act, len(done.changed), tag)}",
            clicked=lambda: self.act(OPPOSITE[act], done.changed, tag),
        )

    def _on_tags(self, found: shelf.Tags) -> None:
        self.tags = list(found.rows)
        self.tagged.emit(self.tags)

    # what is offered for some rows

    def fill(self, menu: QtWidgets.QMenu, rows: Rows, before: QtGui.QAction) -> None:
        """Put what can be done with these rows into a menu, before one of its actions."""
        here = [row.id for row in rows if not row.archived]
        away = [row.id for row in rows if row.archived]
        every = [row.id for row in rows]

        def add(icon: str, words: str, run: Callable[[], object]) -> None:
            action = QtGui.QAction(icons.icon(icon), words.replace("&", "&&"), menu)
            menu.insertAction(before, action)
            action.triggered.connect(lambda _on=False: run())

        if len(rows) == 1:
            add("copy", "Make a copy", lambda: actions.copy(self._desk, rows[0]))
        if here:
            add("folder", f"Archive {some(len(here))}", lambda: self.act(Act.ARCHIVE, here))
        if away:
            words = f"Bring {some(len(away))} back from the archive"
            add("folder-open", words, lambda: self.act(Act.UNARCHIVE, away))
        if rows:
            add("tag", f"Tag {some(len(rows))}…", lambda: self.ask_tag(every))
        for tag in sorted({tag for row in rows for tag in row.tags}):
            bearing = [row.id for row in rows if tag in row.tags]
            add("x", f"Take “{tag}” off {some(len(bearing))}", _Untag(self, tag, bearing))

    def ask_tag(self, numbers: Sequence[int]) -> dialogs.Sheet:
        """Ask which tag some campaigns get: one in use, or a new one."""
        sheet = dialogs.Sheet(
            self._page, f"Tag {some(len(numbers))}", "A word or two by which they are found."
        )
        field = fields.TextField("Tag", required=True)
        field.input.setMaxLength(shelf.LONGEST_TAG)
        go = buttons.primary("Tag them" if len(numbers) > 1 else "Tag it")

        def take(tag: str) -> None:
            if tag.strip():
                sheet.accept()
                self.act(Act.TAG, numbers, tag.strip())

        go.clicked.connect(lambda: take(field.value()))
        field.input.returnPressed.connect(go.click)
        field.changed.connect(lambda: go.setEnabled(bool(field.value().strip())))
        go.setEnabled(False)
        sheet.add(field)
        if self.tags:
            known = flow.Flow(gap=6)
            for one in self.tags[:12]:
                known.addWidget(buttons.ghost(one.name, _Take(take, one.name), icon="tag"))
            sheet.add(layout.column(text.Label("In use", "label"), layout.boxed(known, "Tags in use"), gap=6))
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        field.input.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        return sheet


class _Untag:
    def __init__(self, shelver: Shelver, tag: str, numbers: Sequence[int]) -> None:
        self._shelver, self._tag, self._numbers = shelver, tag, numbers

    def __call__(self) -> None:
        self._shelver.act(Act.UNTAG, self._numbers, self._tag)


class _Take:
    def __init__(self, take: Callable[[str], None], tag: str) -> None:
        self._take, self._tag = take, tag

    def __call__(self) -> None:
        self._take(self._tag)


def _drop(_problem: object) -> None:
    """The list tells of the same failure."""
