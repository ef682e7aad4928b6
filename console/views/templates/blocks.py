"""Shared blocks: pieces that contents take in by name, with what uses each, and what a change would touch."""

from collections.abc import Awaitable, Callable

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors, whose
from console.views.templates import model
from console.views.templates.template import impact, uses
from console.widgets import (
    buttons,
    cards,
    dialogs,
    empty,
    fields,
    figures,
    layout,
    notices,
    paged,
    search,
    table,
    tabs,
    text,
    theme,
)
from console.widgets.editors import exact
from console.widgets.writing import values
from server.wire import blocks, endpoint, templates

PAGES, ACT, VERSIONS = "blocks:page:", "blocks:act", "blocks:versions"
LIST_W, SIDE_W = 300, 304
KINDS = {
    blocks.Kind.TEXT: "Text, for any field",
    blocks.Kind.HTML: "HTML, for mails",
    blocks.Kind.MJML: "MJML, for mails",
}
PANELS = [("uses", "Used in"), ("versions", "Versions")]

COLUMNS = (
    paged.Column(
        title="Block",
        text=lambda row: row.name,
        second=lambda row: f"{row.kind.value.upper()} · v{row.version} · used in {figures.count(row.uses)}",
        kind=paged.Kind.TWO_LINES,
        width=180,
        stretch=True,
        sort="name",
    ),
    paged.Column(title="Changed", text=lambda row: figures.ago(row.updated_at), width=90, sort="updated_at"),
)
VERSION_COLUMNS = (
    paged.Column(
        title="Version",
        text=lambda row: f"v{row.version} · {row.note}" if row.note else f"v{row.version}",
        second=lambda row: " · ".join(
            one for one in (figures.ago(row.created_at), f"by {row.by}" if row.by else "") if one
        ),
        kind=paged.Kind.TWO_LINES,
        width=180,
        stretch=True,
    ),
)


class BlocksPage(QtWidgets.QWidget):
    """The list at the left, one block at the right. `left` when a person goes back to the library."""

    left = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self.block: blocks.Block | None = None
        self._new = False
        self._wanted = 0
        self._find = ""
        self._build()

    def _build(self) -> None:
        self.search = search.SearchField("Find a block…", name="Find a shared block")
        self.search.asked.connect(self._on_find)
        self.rows = paged.PagedModel(COLUMNS, self._fetch, self)
        nothing = empty.EmptyState(
            "braces",
            "No shared block yet",
            "A footer, an opening line or a legal notice is written once and taken in by name, as in "
            "{% render 'footer' %}. A launch keeps the version it began with.",
            "New block",
            self.begin,
        )
        self.table = table.DataTable(self.rows, name="Shared blocks", nothing=nothing)
        self.table.picked.connect(self._on_picked)
        top = layout.row(
            buttons.icon("arrow-left", "All templates", self.left.emit),
            text.title("Shared blocks"),
            None,
            self.search,
            buttons.primary("New block", self.begin, icon="plus"),
            gap=theme.SM,
        )
        left = table.carded(self.table)
        left.setFixedWidth(LIST_W)
        self._one = self._make_one()
        self._side = self._make_side()
        body = layout.row(left, self._one, self._side, gap=theme.MD, grow=1)
        self.setLayout(layout.page(top, body, grow=1))

    def _make_one(self) -> QtWidgets.QWidget:
        self.name = fields.TextField("Name", required=True, placeholder="footer", mono=True)
        self.kind = fields.ChoiceField("Written in", list(KINDS.items()))
        self.name.changed.connect(self._on_edited)
        self.kind.changed.connect(self._on_edited)
        self.source = exact.Source("Block")
        self.source.edited.connect(self._on_edited)
        self._told = text.muted("", wrap=True)
        self._banner = notices.Banner()
        self.insert = values.InsertButton(self._desk, "blocks")
        self.save = buttons.primary("Save", self.save_block, icon="save", tip="Save a new version (Ctrl+S)")
        self.delete = buttons.icon("trash-2", "Delete this block")
        self.delete.clicked.connect(lambda _on=False: self.ask_delete())
        self._desk.operations.bind(ACT, self.save, "Saving…")
        frame = QtWidgets.QFrame()
        frame.setObjectName("well")
        frame.setLayout(layout.column(self.source, margins=(1, 1, 1, 1)))
        head = layout.row(self.name, self.kind, gap=theme.MD)
        head.setStretch(0, 1)
        head.setStretch(1, 1)
        foot = layout.row(None, self.insert, self.delete, self.save, gap=theme.SM)
        card = cards.Card(head, self._banner, frame, self._told, foot, gap=theme.MD)
        card.body.setStretch(2, 1)
        return card

    def _make_side(self) -> QtWidgets.QWidget:
        self.panels = tabs.Tabs(PANELS, name="Panels")
        self.uses = uses.UsesPanel(self._desk, "block")
        self.versions = paged.PagedModel(VERSION_COLUMNS, self._fetch_versions, self)
        self.version_table = table.DataTable(self.versions, name="Versions of the block")
        self.version_table.picked.connect(lambda _row: self._show_version())
        self.restore = buttons.plain("Restore", self._on_restore, icon="rotate-ccw")
        self.restore.setEnabled(False)
        versions_ = layout.boxed(layout.column(self.version_table, layout.row(self.restore, None), grow=0))
        self._panels: dict[str, QtWidgets.QWidget] = {"uses": self.uses, "versions": versions_}
        self._panel_stack = QtWidgets.QStackedWidget()
        for page in self._panels.values():
            self._panel_stack.addWidget(page)
        self.panels.chosen.connect(lambda key: self._panel_stack.setCurrentWidget(self._panels[key]))
        card = cards.Card(self.panels, self._panel_stack, gap=10)
        card.body.setStretch(1, 1)
        card.setFixedWidth(SIDE_W)
        return card

    # -- coming and going -------------------------------------------------------------------------

    def start(self, wanted: int = 0) -> None:
        """Show the blocks, and one of them."""
        self._wanted = wanted
        self._show(self.block)
        self.rows.restart()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel_under(PAGES)

    def begin(self) -> None:
        """Write a new block."""
        self._new, self.block = True, None
        self.name.set_value("")
        self.kind.set_value(blocks.Kind.TEXT)
        self.kind.setEnabled(True)
        self._put_text("")
        self._show(None)
        self.name.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def _fetch(self, window: paged.Window) -> None:
        ask = blocks.BlockQuery(offset=window.offset, limit=window.limit, sort=window.sort, find=self._find)
        self._desk.operations.start(
            f"{PAGES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(blocks.LIST, ask),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.rows.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: blocks.Blocks) -> None:
        self.rows.receive(window, page.rows, page.total)
        ids = [row.id for row in page.rows]
        if self._wanted in ids:
            self.table.pick(window.offset + ids.index(self._wanted))
            self._wanted = 0
        elif self.block is None and page.rows and not self._new:
            self.table.pick(0)

    def _on_find(self, words: str) -> None:
        self._find = words
        self.rows.restart()

    def _on_picked(self, row: blocks.Block | None) -> None:
        if row is None or (self.block is not None and self.block == row):
            return
        self._new, self.block = False, row
        self.name.set_value(row.name)
        self.kind.set_value(row.kind)
        self.kind.setEnabled(False)
        self._put_text(row.text)
        self._show(row)
        self.uses.start(blocks.USES, block=row.id)
        self.versions.restart()

    # -- what is shown ----------------------------------------------------------------------------

    def _put_text(self, words: str) -> None:
        self.source.set_source(words)

    def _show(self, row: blocks.Block | None) -> None:
        there = row is not None or self._new
        self._one.setVisible(there)
        self._side.setVisible(row is not None)
        self.delete.setVisible(row is not None)
        self._banner.say("")
        self.name.set_error("")
        self._on_edited()

    def is_clean(self) -> bool:
        """Whether the server has what is written."""
        row = self.block
        return row is not None and (self.name.value(), self.source.source()) == (row.name, row.text)

    def _on_edited(self) -> None:
        row = self.block
        self.save.setEnabled(not self.is_clean())
        if row is None:
            name = self.name.value() or "footer"
            self._told.setText(f"Contents take it in by {{% render '{name}' %}}.")
            return
        needs = f" It needs {', '.join(row.variables)}." if row.variables else ""
        edited = "" if self.is_clean() else "Edited, not saved. "
        self._told.setText(f"{edited}{{% render '{row.name}' %}} · v{row.version}.{needs}")

    # -- acts -------------------------------------------------------------------------------------

    def save_block(self) -> None:
        """Save it; whoever would be left out is named before."""
        if not self.name.value():
            self.name.set_error("A name is needed: letters, digits, - and _.")
            return
        row = self.block
        if row is None:
            self._put(None, confirm=False)
            return
        ask = blocks.BlockImpactAsk(text=self.source.source())
        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(blocks.IMPACT, ask, block=row.id),
            done=lambda found: self._on_impact(row, found),
            failed=self._on_refused,
        )

    def _on_impact(self, row: blocks.Block, found: templates.Impact) -> None:
        if found.breaks:
            impact.ask(self, row.name, found, lambda: self._put(row, confirm=True))
        else:
            self._put(row, confirm=False)

    def _put(self, row: blocks.Block | None, *, confirm: bool) -> None:
        ask = blocks.SaveBlock(
            name=self.name.value(),
            kind=self.kind.value(),
            text=self.source.source(),
            by=whose.user(),
            base=row.version if row is not None else None,
            confirm=confirm,
        )
        if row is None:
            self._start(lambda: self._desk.api.call(blocks.CREATE, ask), None)
        else:
            self._start(lambda: self._desk.api.call(blocks.SAVE, ask, block=row.id), row)

    def _start(self, factory: Callable[[], Awaitable[blocks.Block]], before: blocks.Block | None) -> None:
        self._desk.operations.start(
            ACT, factory, done=lambda row: self._on_saved(row, before), failed=self._on_refused
        )

    def _on_saved(self, row: blocks.Block, before: blocks.Block | None) -> None:
        self._new = False
        if before is None:
            self._desk.toast(f"Made the block “{row.name}”.", tone="ok")
        else:
            undo = self._undo_of(row, before.version)
            self._desk.toast(
                f"Saved the block “{row.name}” as v{row.version}.", tone="ok", action="Undo", clicked=undo
            )
        self._take(row)

    def _take(self, row: blocks.Block) -> None:
        self.block = None
        self._on_picked(row)
        self._wanted = row.id
        self.rows.reload()

    def _undo_of(self, row: blocks.Block, version: int) -> Callable[[], None]:
        return lambda: self.restore_version(row.id, version, note=f"Takes v{row.version} back")

    def restore_version(self, block: int, version: int, *, note: str = "") -> None:
        """Take an older version up again, as a new one."""
        ask = templates.Restore(note=note, by=whose.user(), confirm=True)

        def done(row: blocks.Block) -> None:
            self._desk.toast(f"“{row.name}” says what v{version} said, as v{row.version}.", tone="ok")
            self._take(row)

        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(blocks.RESTORE, ask, block=block, version=version),
            done=done,
            failed=self._on_refused,
        )

    def _on_refused(self, problem: errors.Problem) -> None:
        said = "; ".join(words for place, words in problem.faults.items() if place != "name")
        self.name.set_error(problem.faults.get("name", ""))
        self._banner.say(problem.sentence, said or problem.remedy, tone="bad")

    def ask_delete(self) -> dialogs.Sheet | None:
        """Ask, then delete a block that nothing uses."""
        row = self.block
        if row is None:
            return None

        def gone(_done: endpoint.Done) -> None:
            self._desk.toast(f"Deleted the block “{row.name}”.", tone="ok")
            self.block = None
            self._show(None)
            self.rows.restart()

        def go() -> None:
            self._desk.operations.start(
                ACT,
                lambda: self._desk.api.call(blocks.DELETE, block=row.id),
                done=gone,
                failed=self._on_refused,
            )

        used = (
            f" It is used in {model.some(row.uses, 'place')}, so the server will refuse." if row.uses else ""
        )
        words = f"What was sent with it stays as it is.{used}"
        return dialogs.confirm(
            self, f"Delete the block “{row.name}”?", words, act="Delete the block", done=go, danger=True
        )

    # -- versions ---------------------------------------------------------------------------------

    def _fetch_versions(self, window: paged.Window) -> None:
        row = self.block
        if row is None:
            self.versions.receive(window, [], 0)
            return
        ask = endpoint.Window(offset=window.offset, limit=window.limit)
        self._desk.operations.start(
            f"{VERSIONS}:{window.generation}",
            lambda: self._desk.api.call(blocks.VERSIONS, ask, block=row.id),
            done=lambda page: self.versions.receive(window, page.rows, page.total),
            failed=lambda problem: self.versions.refuse(window, str(problem)),
        )

    def _show_version(self) -> None:
        found, row = self.version_table.current(), self.block
        self.restore.setEnabled(found is not None and row is not None and found.version != row.version)

    def _on_restore(self) -> None:
        found, row = self.version_table.current(), self.block
        if found is not None and row is not None:
            self.restore_version(row.id, found.version)
