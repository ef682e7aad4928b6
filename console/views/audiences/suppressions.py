"""Suppressions: addresses nothing is sent to, whatever a campaign says."""

from collections.abc import Mapping

from PySide6 import QtWidgets

from console import views
from console.services import errors
from console.views.audiences import model
from console.widgets import buttons, dialogs, empty, fields, layout, paged, saved, search, table, text, theme
from server.channels import contents
from server.wire import audiences


class SuppressionsPart(QtWidgets.QWidget):
    """The list, adding to it, and lifting one."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._find = ""
        self.list = paged.PagedModel(model.SUPPRESSIONS, self._fetch, self)
        self._nothing = empty.EmptyState(
            "shield",
            "Nobody is suppressed",
            "An address on this list gets nothing, on one channel or on all. It fills itself by unsubscribes,"
            " complaints and STOP replies; you can add to it by hand.",
            "Suppress an address",
            self.add,
        )
        self._no_match = empty.EmptyState(
            "search", "No suppression matches", "Type the beginning of an address or a phone number."
        )
        self.table = table.DataTable(self.list, name="Suppressions", nothing=self._nothing, two_lines=False)
        self.saved = saved.beside(self.table, desk, "suppressions", view="audiences", where=self.where)
        self.seek = search.SearchField("Find an address")
        self.seek.asked.connect(self._on_sought)
        self.lift_button: buttons.Button = buttons.plain("Lift", self._lift_current, icon="rotate-ccw")
        self.lift_button.setEnabled(False)
        self.table.picked.connect(lambda row: self.lift_button.setEnabled(row is not None))
        self.add_button = buttons.plain("Suppress an address", self.add, icon="plus")
        head = layout.row(self.seek, self.lift_button, self.add_button, gap=theme.SM, grow=0)
        note = text.muted(
            "Looked at again in the moment a message is handed over, so a late entry still counts."
        )
        self.setLayout(layout.column(head, note, self.saved, table.carded(self.table), gap=theme.SM, grow=3))

    def where(self) -> dict[str, str]:
        """The words that are sought, the columns and their order."""
        said = {"part": "suppressions", "find": self._find, **self.table.where()}
        return {name: value for name, value in said.items() if value}

    def go(self, asked: Mapping[str, object]) -> None:
        """Take words, columns and order from what the page is opened with; `fresh` forgets the words."""
        find = str(asked.get("find") or "")
        if find != self._find and (find or asked.get("fresh")):
            self.seek.set_text(find)
            self._on_sought(find)
        self.table.go(asked)
        self.saved.refresh()

    def open(self) -> None:
        """Read the list."""
        self.list.reload() if self.list.heard else self.list.restart()

    def add(self) -> None:
        """Ask for an address that is to get nothing."""
        sheet = dialogs.Sheet(self, "Suppress an address", "Nothing is sent to it until the entry is lifted.")
        address = fields.TextField(
            "Address", required=True, placeholder="ana@example.com, +34 600 123 456, a token"
        )
        channel = fields.ChoiceField("On", [("all", "Everything"), *contents.TITLES.items()])
        reason = fields.TextField("Because", placeholder="by hand")
        for field in (address, channel, reason):
            sheet.add(field)
        go = buttons.primary("Suppress")

        def refused(problem: errors.Problem) -> None:
            own = {"address": address, "channel": channel, "reason": reason}
            for place, words in problem.faults.items():
                own.get(place, address).set_error(words)
            if not problem.faults:
                address.set_error(str(problem))

        def added(ask: audiences.Suppress) -> None:
            sheet.accept()
            self._changed(f"{ask.address} gets nothing any more")

        def act() -> None:
            if address.is_empty():
                address.set_error("An address is needed.")
                return
            ask = audiences.Suppress(
                address=address.value(), channel=str(channel.value()), reason=reason.value() or "by hand"
            )
            self._desk.operations.start(
                "audiences:suppress",
                lambda: self._desk.api.call(audiences.SUPPRESS, ask),
                done=lambda _done: added(ask),
                failed=refused,
            )

        go.clicked.connect(act)
        address.input.returnPressed.connect(act)
        self._desk.operations.bind("audiences:suppress", go, "Suppressing…")
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        address.setFocus()

    def _lift_current(self) -> None:
        row = self.table.current()
        if row is None:
            return
        ask = audiences.Suppress(address=row.address, channel=row.channel, reason=row.reason)
        self._desk.operations.start(
            f"audiences:lift:{ask.channel}:{ask.address}",
            lambda: self._desk.api.call(audiences.UNSUPPRESS, ask),
            done=lambda _done: self._lifted(ask),
        )

    def _lifted(self, ask: audiences.Suppress) -> None:
        self.list.restart()
        self._desk.toast(
            f"{ask.address} may be written to again",
            action=f"Undo: lift {ask.address}",
            clicked=lambda: self._put_back(ask),
        )

    def _put_back(self, ask: audiences.Suppress) -> None:
        self._desk.operations.start(
            f"audiences:suppress:{ask.channel}:{ask.address}",
            lambda: self._desk.api.call(audiences.SUPPRESS, ask),
            done=lambda _done: self._changed(f"{ask.address} gets nothing any more"),
        )

    def _changed(self, words: str) -> None:
        self.list.restart()
        self._desk.toast(words, tone="ok")

    def _on_sought(self, words: str) -> None:
        self._find = words
        self.table.set_nothing(self._no_match if words else self._nothing)
        self.list.restart()
        self.saved.refresh()

    def _fetch(self, window: paged.Window) -> None:
        ask = audiences.SuppressionQuery(
            offset=window.offset, limit=window.limit, sort=window.sort, find=self._find
        )
        self._desk.operations.start(
            f"audiences:suppressions:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.SUPPRESSIONS, ask),
            done=lambda page: self.list.receive(window, page.rows, page.total),
            failed=lambda problem: self.list.refuse(window, str(problem)),
        )
