"""All campaigns: tabs, search, and a table that the live feed keeps true."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api
from console.views.campaigns import model, shelving
from console.widgets import buttons, chips, commands, empty, layout, paged, saved, search, table, tabs, theme
from server.wire import campaigns, server

COUNTS = "campaigns:counts"
PAGES = "campaigns:page:"
REFRESH_MS = 2_000


class Listing(QtWidgets.QWidget):
    """`opened` carries the campaign that a person wants to see."""

    opened = QtCore.Signal(int)
    compared = QtCore.Signal(int, int)  #: the two that are picked, the upper one first

    def __init__(self, desk: views.Desk, new: Callable[[], None]) -> None:
        super().__init__()
        self._desk = desk
        self._find = ""
        self._tab = desk.settings.get("campaigns.tab", "all")
        self._runs: dict[int, campaigns.Campaign] = {}
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REFRESH_MS)
        self._later.timeout.connect(self.reload)
        self.tabs = tabs.Tabs([(key, label) for key, label, _ in model.TABS], name="Which campaigns")
        self.tabs.set_current(self._tab)
        self.tabs.chosen.connect(self.choose)
        self.search = search.SearchField("Find a campaign…", name="Find a campaign by its name")
        self.search.setFixedWidth(260)
        self.search.asked.connect(self._on_find)
        self.new = buttons.primary("New campaign", new, icon="plus", tip="Write a new campaign (Ctrl+N)")
        self.compare = buttons.Button(
            "Compare", icon="columns-3", kind="chip", tip="The two picked campaigns side by side"
        )
        self.compare.clicked.connect(lambda: self._on_compare())
        self.shelver = shelving.Shelver(desk, self)
        self.tag = chips.Chip("Tag", lambda: [(one.name, one.name) for one in self.shelver.tags])
        self.tag.changed.connect(self._on_tag)
        self.shelver.changed.connect(self.reload)
        self.shelver.tagged.connect(lambda _tags: self.tag.refresh())
        self._model = paged.PagedModel(model.COLUMNS, self._fetch)
        self._none = empty.EmptyState(
            "megaphone",
            "No campaign yet",
            "A campaign sends one message to one audience, over up to six channels, and accounts for everybody in it.",
            "New campaign",
            new,
        )
        self._no_match = empty.EmptyState(
            "search", "Nothing matches", "", "Show all campaigns", self.show_all
        )
        self.table = table.DataTable(self._model, name="Campaigns", nothing=self._none)
        chosen = self.table.remember(desk.settings, "campaigns")
        self.table.ask_by(
            lambda row: campaigns.SHOW.request(campaign=row.id), lambda: (desk.api.url, desk.api.workspace)
        )
        self.saved = saved.SavedViews(desk.settings, "campaigns", self.where)
        chosen.changed.connect(self.saved.refresh)
        self.saved.chosen.connect(lambda args: desk.navigate("campaigns", fresh=True, **args))
        self.saved.link_wanted.connect(lambda args: desk.share("campaigns", args))
        self.table.activated.connect(lambda row: self.opened.emit(row.id))
        self.search.submitted.connect(
            lambda _words: self.table.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        )
        self.acts = buttons.Button(
            "Acts", icon="ellipsis", kind="chip", tip="What can be done with those picked"
        )
        self.acts.clicked.connect(lambda: self.open_acts())
        self.table.view.copy_menu = self.menu
        self.table.selection_changed.connect(self._on_selected)
        self._on_selected()
        top = layout.row(self.tabs, None, self.search, self.new, gap=theme.SM)
        narrow = layout.row(self.saved, self.tag, self.compare, self.acts, gap=theme.SM, grow=0)
        self.setLayout(layout.page(top, narrow, table.carded(self.table), grow=2))

    def start(self, tab: str = "", find: str = "", layout_asked: Mapping[str, object] | None = None) -> None:
        """Show the list, on another tab or with other words where they are named."""
        asked = layout_asked or {}
        self.shelver.look()
        self._register()
        retagged = bool("tag" in asked or asked.get("fresh")) and asked.get("tag", "") != self.tag.value()
        if retagged:
            self.tag.set_value(str(asked.get("tag", "")))
        changed = (bool(find) or bool(asked.get("fresh"))) and find != self._find
        if changed:
            self._find = find
            self.search.set_text(find)
        self.table.go(asked)
        if tab in (key for key, _, _ in model.TABS):
            self.choose(tab)
        elif changed or retagged or not self._model.heard:
            self._restart()
        else:
            self.reload()
        self._count()

    def where(self) -> dict[str, str]:
        """The tab, the words that are sought, the tag, the columns and their order."""
        said = {"tab": self._tab, "find": self._find, "tag": self.tag.value(), **self.table.where()}
        return {name: value for name, value in said.items() if value}

    def stop(self) -> None:
        """Nobody looks any more."""
        self._later.stop()
        for key in ("campaigns.archive", "campaigns.tag"):
            self._desk.commands.forget(key)
        self._desk.operations.cancel_under(PAGES)

    def choose(self, tab: str) -> None:
        """Go to a tab."""
        self._tab = tab
        self.tabs.set_current(tab)
        self._desk.settings.put("campaigns.tab", tab)
        self._restart()

    def show_all(self) -> None:
        """Drop every filter."""
        self._find = ""
        self.tag.set_value("")
        self.search.set_text("")
        self.choose("all")
        self._count()

    def reload(self) -> None:
        """Bring rows and counts up to date in place."""
        self._model.reload()
        self._count()

    def take(self, changes: list[server.Change]) -> None:
        """Repaint what changed at once; ask for the rest soon, at most every two seconds."""
        stale = False
        for change in changes:
            if change.kind is server.ChangeKind.RUN:
                row = model.folded(self._runs, change)
                stale = True
                if row is not None:
                    self._runs[change.subject] = row
                    self._model.replace(_same(row.id), row)
            stale = stale or change.kind is server.ChangeKind.CAMPAIGN
        if stale and not self._later.isActive():
            self._later.start()

    def rows(self) -> list[campaigns.Campaign]:
        """The first page of what is shown."""
        found = (self._model.row(number) for number in range(min(self._model.total, paged.PAGE)))
        return [row for row in found if row is not None]

    def _on_selected(self) -> None:
        count = len(self.table.selected())
        layout.reveal(self.compare, count == 2)
        self.acts.setEnabled(bool(count))
        self.acts.set_label(f"{count} picked" if count > 1 else "Acts", icon="ellipsis")

    def _on_compare(self) -> None:
        picked = self.table.selected()
        if len(picked) == 2:
            self.compared.emit(picked[0].id, picked[1].id)

    def menu(self) -> QtWidgets.QMenu:
        """What can be done with the picked campaigns, and how they are copied."""
        made = self.table.copy_menu()
        first = made.actions()[0]
        self.shelver.fill(made, self.table.selected(), first)
        made.insertSeparator(first)
        made.setAccessibleName("Acts")
        return made

    def open_acts(self) -> None:
        """Open the acts below their button."""
        self.menu().popup(self.acts.mapToGlobal(QtCore.QPoint(0, self.acts.height() + 4)))

    def archive(self) -> None:
        """Archive what is picked, or bring it back."""
        rows = self.table.selected()
        away = [row.id for row in rows if row.archived]
        act = shelving.Act.UNARCHIVE if away else shelving.Act.ARCHIVE
        self.shelver.act(act, away or [row.id for row in rows])

    def tag_picked(self) -> None:
        """Ask which tag the picked campaigns get."""
        if rows := self.table.selected():
            self.shelver.ask_tag([row.id for row in rows])

    def _register(self) -> None:
        def add(key: str, title: str, keys: str, icon: str, run: Callable[[], None]) -> None:
            self._desk.commands.register(
                commands.Command(
                    key=f"campaigns.{key}", title=title, keys=keys, group="Campaigns", icon=icon, run=run
                )
            )

        add("archive", "Archive the picked campaigns", "Ctrl+Shift+A", "folder", self.archive)
        add("tag", "Tag the picked campaigns", "", "tag", self.tag_picked)

    def _on_tag(self) -> None:
        self._restart()
        self._count()

    def _on_find(self, words: str) -> None:
        self._find = words
        self._restart()
        self._count()

    def _restart(self) -> None:
        filtered = bool(self._find or self.tag.value()) or self._tab != "all"
        if filtered:
            label = next(label for key, label, _ in model.TABS if key == self._tab)
            where = "" if self._tab == "all" else f" under {label}"
            where += f" with the tag “{self.tag.value()}”" if self.tag.value() else ""
            what = (
                f"No campaign's name holds “{self._find}”{where}."
                if self._find
                else f"There is nothing{where}."
            )
            self._no_match.set_text(what)
        self.table.set_nothing(self._no_match if filtered else self._none)
        self._model.restart()
        self.saved.refresh()

    def _status(self) -> str:
        return next(status for key, _, status in model.TABS if key == self._tab)

    def _fetch(self, window: paged.Window) -> None:
        ask = campaigns.CampaignQuery(
            offset=window.offset,
            limit=window.limit,
            sort=window.sort,
            find=self._find,
            status=self._status(),
            tag=self.tag.value(),
            archived=model.archived(self._tab),
        )

        def receive(page: campaigns.Campaigns) -> None:
            self._runs.update({row.run: row for row in page.rows if row.run is not None})
            self._model.receive(window, page.rows, page.total)

        self._desk.operations.start(
            f"{PAGES}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(campaigns.LIST, ask),
            done=receive,
            failed=lambda problem: self._model.refuse(window, str(problem)),
        )

    def _count(self) -> None:
        self._desk.operations.start(
            COUNTS,
            lambda: _counts(self._desk.api, self._find, self.tag.value()),
            done=self._show_counts,
            failed=_drop,
            latest=True,
        )

    def _show_counts(self, counts: dict[str, int]) -> None:
        for key, count in counts.items():
            self.tabs.set_count(key, count)


async def _counts(asked: api.Api, find: str, tag: str) -> dict[str, int]:
    """How many there are under each tab. Raises errors.Problem."""
    pages = await asyncio.gather(
        *(
            asked.call(
                campaigns.LIST,
                campaigns.CampaignQuery(
                    limit=1, find=find, status=status, tag=tag, archived=model.archived(tab)
                ),
            )
            for tab, _, status in model.TABS
        )
    )
    return {key: page.total for (key, _, _), page in zip(model.TABS, pages, strict=True)}


def _same(campaign: int) -> Callable[[Any], bool]:
    return lambda row: bool(row.id == campaign)


def _drop(_problem: object) -> None:
    """The table tells of the same failure."""
