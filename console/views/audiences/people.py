"""People: the audiences at the left, the contacts of the chosen one beside them, one contact at the right."""

from collections.abc import Mapping

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.audiences import actions, contact, model, reach
from console.widgets import buttons, dialogs, empty, layout, paged, saved, search, table, text, theme
from server.wire import audiences, endpoint

LIST_W = 236


class PeoplePart(QtWidgets.QWidget):
    """Who can be reached."""

    import_asked = QtCore.Signal()

    def __init__(self, desk: views.Desk, panel: contact.ContactPanel) -> None:
        super().__init__()
        self._desk, self.panel = desk, panel
        self.audience: audiences.Audience | None = None
        self._wanted = 0
        self._find = ""
        self._shown = 0  #: the contact on the panel, or on its way there
        self.list = paged.PagedModel(model.AUDIENCES, self._fetch, self)
        self.table = table.DataTable(self.list, name="Audiences", nothing=self._no_audience())
        self.table.picked.connect(self._on_audience)
        self.contacts = paged.PagedModel(model.CONTACTS, self._fetch_contacts, self)
        self._no_match = empty.EmptyState(
            "search",
            "Nobody matches",
            "Type the beginning of a name, or paste a whole address, phone number or key.",
        )
        self._no_contact = empty.EmptyState(
            "users", "Nobody is in this audience", "Import a file into it, and its people appear here."
        )
        self.people = table.DataTable(self.contacts, name="Contacts", nothing=self._no_contact)
        self.people.picked.connect(self._on_contact)
        self.people.activated.connect(self._on_contact)
        self.saved = saved.beside(self.people, desk, "contacts", view="audiences", where=self._listed)
        self.people.ask_by(
            lambda row: audiences.CONTACT.request(contact=row.id), lambda: (desk.api.url, desk.api.workspace)
        )
        self.reach = reach.ReachCard()
        self._delete = buttons.icon("trash-2", "Delete this audience", self._ask_to_delete)
        self.reach.tools.addWidget(self._delete)
        self.seek = search.SearchField("Find by name, address, phone or key", name="Find a contact")
        self.seek.asked.connect(self._on_sought)
        panel.silence_asked.connect(self._silence)
        panel.allow_asked.connect(self._allow)
        panel.turn_asked.connect(self._turn)
        panel.messages_asked.connect(lambda key: desk.navigate("messages", find=key))
        panel.closed.connect(self._on_panel_closed)
        desk.operations.started.connect(self._on_operation)
        desk.operations.finished.connect(self._on_operation)
        self._lay_out()

    def open(self, audience: int = 0, person: int = 0) -> None:
        """Read the lists, and go to an audience or to a contact."""
        self._wanted = audience
        self.list.reload() if self.list.heard else self.list.restart()
        if self.contacts.heard:
            self.contacts.reload()
        if person:
            self.show_contact(person)

    def where(self) -> dict[str, str]:
        """The list as it is shown, and the person on the panel."""
        person = {"contact": str(self._shown)} if self._shown and self.panel.isVisible() else {}
        return {**self._listed(), **person}

    def _listed(self) -> dict[str, str]:
        """The audience that is chosen, the words that are sought, the columns and their order."""
        audience = str(self.audience.id) if self.audience is not None else ""
        said = {"audience": audience, "find": self._find, **self.people.where()}
        return {name: value for name, value in said.items() if value}

    def go(self, asked: Mapping[str, object]) -> None:
        """Take words, columns and order from what the page is opened with; `fresh` forgets the words."""
        find = str(asked.get("find") or "")
        if find != self._find and (find or asked.get("fresh")):
            self.seek.set_text(find)
            self._on_sought(find)
        self.people.go(asked)
        self.saved.refresh()

    def choose(self, audience: audiences.Audience | None) -> None:
        """Show the contacts of one audience, or everybody."""
        self.audience = audience
        self._delete.setVisible(audience is not None)
        self.reach.show_audience(audience)
        self.contacts.restart()
        self.saved.refresh()

    def _no_audience(self) -> empty.EmptyState:
        return empty.EmptyState(
            "users",
            "No audience yet",
            "Import a CSV file with one person a row.",
            "Import a file",
            self.import_asked.emit,
        )

    def _lay_out(self) -> None:
        everybody = buttons.link("Everybody", self._on_everybody)
        side = layout.boxed(
            layout.column(
                layout.row(text.section("Audiences"), None, everybody),
                table.carded(self.table),
                gap=theme.SM,
                grow=1,
            )
        )
        side.setFixedWidth(LIST_W)
        right = layout.column(
            self.reach, self.seek, self.saved, table.carded(self.people), gap=theme.SM, grow=3
        )
        self.setLayout(layout.row(side, right, gap=theme.MD, grow=1))

    # what a person does

    def _on_everybody(self) -> None:
        self.table.view.clearSelection()
        self.table.view.setCurrentIndex(QtCore.QModelIndex())
        self.choose(None)

    def _on_audience(self, row: audiences.Audience | None) -> None:
        if row is not None and (self.audience is None or row.id != self.audience.id):
            self.choose(row)

    def _on_contact(self, row: audiences.Contact | None) -> None:
        if row is not None and (row.id != self._shown or not self.panel.isVisible()):
            self._shown = row.id
            self.panel.tell(row)
            self.panel.show()

    def _on_panel_closed(self) -> None:
        self._shown = 0
        self.people.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _on_sought(self, words: str) -> None:
        self._find = words
        self.people.set_nothing(self._no_match if words else self._no_contact)
        self.contacts.restart()
        self.saved.refresh()

    def _ask_to_delete(self) -> None:
        audience = self.audience
        if audience is not None:
            dialogs.confirm(
                self,
                f"Delete {audience.name}?",
                f"Its {audience.people:,} people stay contacts, and runs that went to it keep their numbers.",
                act="Delete audience",
                danger=True,
                done=lambda: self._remove(audience),
            )

    def _remove(self, audience: audiences.Audience) -> None:
        self._desk.operations.start(
            f"audiences:delete:{audience.id}",
            lambda: self._desk.api.call(audiences.DELETE, endpoint.Nothing(), audience=audience.id),
            done=lambda _done: self._removed(audience),
        )

    def _removed(self, audience: audiences.Audience) -> None:
        self._desk.toast(f"{audience.name} is deleted; its people stay contacts", tone="ok")
        self.choose(None)
        self.list.restart()

    # a contact

    def show_contact(self, number: int) -> None:
        """Fetch a contact and show it."""

        def failed(problem: errors.Problem) -> None:
            self.panel.fail(str(problem), lambda: self.show_contact(number))

        self._shown = number
        self.panel.wait()
        self.panel.show()
        self._desk.operations.start(
            "audiences:contact",
            lambda: self._desk.api.call(audiences.CONTACT, endpoint.Nothing(), contact=number),
            done=self._tell,
            failed=failed,
            latest=True,
        )

    def _on_operation(self, key: str) -> None:
        if key == _turn_key(self._shown):
            self.panel.set_busy(self._desk.operations.busy(key))

    def _silence(self, one: audiences.Contact) -> None:
        self._desk.operations.start(
            _turn_key(one.id),
            lambda: actions.silence(self._desk.api, one),
            done=lambda found: self._turned(
                found, f"{one.name or one.key} gets nothing any more", self._allow
            ),
        )

    def _allow(self, one: audiences.Contact) -> None:
        self._desk.operations.start(
            _turn_key(one.id),
            lambda: actions.allow(self._desk.api, one),
            done=lambda found: self._turned(found, f"{one.name or one.key} may be written to again", None),
        )

    def _turn(self, one: audiences.Contact, identity: audiences.Identity, forbid: bool) -> None:
        self._desk.operations.start(
            _turn_key(one.id),
            lambda: actions.turn(self._desk.api, one, identity, forbid=forbid),
            done=self._tell,
        )

    def _turned(self, found: audiences.Contact, words: str, undo: object) -> None:
        self._tell(found)
        if undo is None:
            self._desk.toast(words)
        else:
            self._desk.toast(
                words, action=f"Undo: silence {found.name or found.key}", clicked=lambda: self._allow(found)
            )

    def _tell(self, found: audiences.Contact) -> None:
        self.contacts.replace(lambda row: row.id == found.id, found)
        if found.id == self._shown:
            self.panel.tell(found)

    # what the server is asked

    def _fetch(self, window: paged.Window) -> None:
        ask = endpoint.Window(offset=window.offset, limit=window.limit, sort=window.sort)
        self._desk.operations.start(
            f"audiences:list:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.LIST, ask),
            done=lambda page: self._receive(window, page),
            failed=lambda problem: self.list.refuse(window, str(problem)),
        )

    def _receive(self, window: paged.Window, page: audiences.Audiences) -> None:
        self.list.receive(window, page.rows, page.total)
        if not self.list.heard:
            return  # an answer to an older question
        chosen = self.audience
        ids = [row.id for row in page.rows]
        if self._wanted in ids:
            at = ids.index(self._wanted)
            self.table.pick(window.offset + at)
            self._on_audience(page.rows[at])  # another audience may have stood in this row before
            self._wanted = 0
        elif chosen is not None and chosen.id in ids:
            self.audience = page.rows[ids.index(chosen.id)]
            self.reach.show_audience(self.audience)
        elif chosen is None and page.rows and not self.contacts.heard:
            self.table.pick(0)
        elif not page.rows and not self.contacts.heard:
            self.choose(None)

    def _fetch_contacts(self, window: paged.Window) -> None:
        ask = audiences.ContactQuery(
            offset=window.offset,
            limit=window.limit,
            sort=window.sort,
            audience=self.audience.id if self.audience else 0,
            find=self._find,
        )
        self._desk.operations.start(
            f"audiences:contacts:{window.generation}:{window.offset}",
            lambda: self._desk.api.call(audiences.CONTACTS, ask),
            done=lambda page: self.contacts.receive(window, page.rows, page.total),
            failed=lambda problem: self.contacts.refuse(window, str(problem)),
        )


def _turn_key(contact: int) -> str:
    """Acts on one contact run one after another: each shows the contact as it left it."""
    return f"audiences:turn:{contact}"
