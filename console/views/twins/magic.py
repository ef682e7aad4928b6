"""The recipients that play a part at the twins: found by channel and word, copied with one key."""

from collections.abc import Callable, Sequence

from PySide6 import QtGui, QtWidgets

from console import views
from console.views.twins import model
from console.widgets import buttons, empty, layout, paged, search, table, tabs, text, theme
from server.channels import contents
from server.wire import twins

TOLD = (
    "These recipients exist at the twins only. The same word does the same on every channel; import one as"
    " a contact to see what a campaign makes of it. A label may follow: delivered+anna@magic.test."
)


class Magic(QtWidgets.QWidget):
    """The list, and `tools` for the page's head."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._rows: Sequence[twins.Magic] = ()
        self.rows = paged.PagedModel(model.MAGIC, self._fetch, self)
        self.table = table.DataTable(
            self.rows,
            name="Magic recipients",
            nothing=empty.EmptyState(
                "wand-sparkles", "No such recipient", "Choose another channel, or look for another word."
            ),
            two_lines=False,
        )
        self.table.remember(desk.settings, "twins.magic")
        self.table.activated.connect(self._copy)
        self.channels = tabs.Tabs(list(contents.TITLES.items()), name="Channels")
        self.channels.chosen.connect(lambda _key: self.rows.restart())
        self.seek = search.SearchField("Find a word")
        self.seek.setFixedWidth(180)
        self.seek.asked.connect(lambda _words: self.rows.restart())
        copy = buttons.primary("Copy address", lambda: self._copy(self.table.current()), icon="copy")
        copy.setEnabled(False)
        self.table.picked.connect(_Enabling(copy))
        self.tools = layout.boxed(layout.row(None, self.seek, copy, gap=theme.SM))
        card = table.carded(self.table)
        self.setLayout(layout.column(text.muted(TOLD, wrap=True), self.channels, card, gap=theme.SM, grow=2))

    @property
    def known(self) -> bool:
        """Whether the twins have named any."""
        return bool(self._rows)

    def show_rows(self, rows: Sequence[twins.Magic]) -> None:
        """Bring the list up to date; nothing moves where it is the same."""
        if list(rows) != list(self._rows):
            self._rows = tuple(rows)
            self.rows.restart()

    def _fetch(self, window: paged.Window) -> None:
        rows = model.magic_of(self._rows, self.channels.current(), self.seek.text().strip())
        self.rows.receive(window, rows[window.offset : window.offset + window.limit], len(rows))

    def _copy(self, row: twins.Magic | None) -> None:
        if row is not None:
            QtGui.QGuiApplication.clipboard().setText(row.address)
            self._desk.toast(f"Copied: whoever has this address {row.does}.", tone="ok")


class _Enabling:
    def __init__(self, button: buttons.Button) -> None:
        self._enable: Callable[[bool], None] = button.setEnabled

    def __call__(self, row: object) -> None:
        self._enable(row is not None)
