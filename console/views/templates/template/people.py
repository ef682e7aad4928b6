"""Whose data a template is looked at with: an audience, a person of it, and the one before and after."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.widgets import buttons, figures, inputs, layout, popover, search, text, theme
from server.wire import audiences, endpoint

LIST, FIND = "templates:audiences", "templates:find"
MOST, FOUND = 500, 8
NOBODY = "No audience yet: values come from nobody"


class People(QtWidgets.QWidget):
    """`changed` when somebody else is looked at; `audience_changed` when it is another audience."""

    changed = QtCore.Signal()
    audience_changed = QtCore.Signal(object)  #: its id, or None

    def __init__(self, desk: views.Desk, *, flat: bool = False) -> None:
        super().__init__()
        self._desk = desk
        self._rows: dict[int, audiences.Audience] = {}
        self.position = 0
        self.contact: int | None = None  #: somebody who was looked for, whatever their position
        self.choice = inputs.Choice()
        self.choice.setAccessibleName("Audience")
        self.choice.activated.connect(lambda _at: self._on_chosen())
        self._who = text.Elided(NOBODY, weight=text.MEDIUM)
        self._where = text.muted("")
        self.before = buttons.icon("chevron-left", "The person before (Alt+,)", lambda: self.step(-1))
        self.after = buttons.icon("chevron-right", "The next person (Alt+.)", lambda: self.step(1))
        self.look = buttons.icon("search", "Look for a person")
        self.look.clicked.connect(lambda _on=False: self.open_search())
        upper = layout.row(self.choice, self.look, gap=6, grow=0)
        lower = layout.row(self._who, self._where, self.before, self.after, gap=4, grow=0)
        self._one = layout.boxed(lower)
        if flat:
            both = layout.row(layout.boxed(upper), self._one, gap=theme.MD)
            both.setStretch(0, 1)
            both.setStretch(1, 1)
            self.setLayout(both)
        else:
            self.setLayout(layout.column(upper, self._one, gap=6))
        self._show()

    # -- audiences --------------------------------------------------------------------------------

    def start(self) -> None:
        """Ask which audiences there are; one stays where one is."""
        self._desk.operations.start(
            LIST,
            lambda: self._desk.api.call(audiences.LIST, endpoint.Window(limit=MOST)),
            done=lambda page: self.show_audiences(page.rows),
            failed=lambda _problem: None,  # a preview without anybody's data is one all the same
            latest=True,
        )

    def show_audiences(self, rows: list[audiences.Audience]) -> None:
        """Offer these; the one chosen last, or else the largest."""
        self._rows = {row.id: row for row in rows}
        before = self.audience
        kept = self._desk.settings.get("templates.audience", 0)
        self.choice.set_choices(
            [(row.id, f"{row.name} ({figures.count(row.people)})") for row in rows] or [(None, "No audience")]
        )
        largest = max(rows, key=lambda row: row.people, default=None)
        wanted = kept if kept in self._rows else largest.id if largest is not None else None
        self.choice.setCurrentIndex(max(self.choice.findData(wanted), 0))
        if self.audience != before:
            self.position = 0
        self._show()
        self.audience_changed.emit(self.audience)
        self.changed.emit()

    def show_one(self, *, shown: bool) -> None:
        """Show whom of the audience it is, or the audience alone."""
        self._one.setVisible(shown)
        self.look.setVisible(shown and self.count > 0)

    @property
    def audience(self) -> int | None:
        """The audience that is chosen."""
        found = self.choice.currentData()
        return found if isinstance(found, int) else None

    @property
    def count(self) -> int:
        """How many people it has."""
        row = self._rows.get(self.audience or 0)
        return row.people if row is not None else 0

    def _on_chosen(self) -> None:
        self.position, self.contact = 0, None
        if self.audience is not None:
            self._desk.settings.put("templates.audience", self.audience)
        self._show()
        self.audience_changed.emit(self.audience)
        self.changed.emit()

    # -- people -----------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Go to another person; around the ends."""
        if self.count:
            self.go((self.position + by) % self.count)

    def go(self, position: int, contact: int | None = None) -> None:
        """Look as the person at a position of the audience, or as somebody who was found."""
        self.position, self.contact = position, contact
        self._show()
        self.changed.emit()

    def named(self, person: str) -> None:
        """The server says who this is."""
        self._who.set_text(person or ("Nobody in particular" if self.count else NOBODY))

    def _show(self) -> None:
        known = self.count > 0
        at = f"{figures.count(self.position + 1)} of {figures.count(self.count)}"
        self._where.setText("found" if self.contact is not None else at if known else "")
        for button in (self.before, self.after):
            layout.reveal(button, known)
        layout.reveal(self.look, known)
        if not known:
            self._who.set_text(NOBODY)
        elif self._who.text() == NOBODY:
            self._who.set_text("")

    # -- somebody by name -------------------------------------------------------------------------

    def open_search(self) -> popover.Popover:
        """Look for a person of the audience."""
        panel = popover.Popover(self.look, "Preview as", width=320)
        field = search.SearchField("Name, key or address…", name="Look for a person")
        found = QtWidgets.QListWidget()
        found.setAccessibleName("People found")
        found.setFixedHeight(32 * FOUND)
        people: list[audiences.Contact] = []

        def show(page: audiences.Contacts) -> None:
            people[:] = page.rows[:FOUND]
            found.clear()
            found.addItems([f"{row.name or row.key}  ·  {row.key}" for row in people])

        def ask(words: str) -> None:
            query = audiences.ContactQuery(audience=self.audience or 0, find=words, limit=FOUND)
            self._desk.operations.start(
                FIND,
                lambda: self._desk.api.call(audiences.CONTACTS, query),
                done=show,
                failed=lambda _problem: None,  # an empty list says as much
                latest=True,
            )

        def take() -> None:
            at = max(found.currentRow(), 0)
            if at < len(people):
                panel.close()
                self.go(self.position, people[at].id)

        field.asked.connect(ask)
        field.submitted.connect(lambda _words: take())
        found.itemClicked.connect(lambda _item: take())
        found.itemActivated.connect(lambda _item: take())
        panel.add(field)
        panel.add(found)
        panel.destroyed.connect(lambda: self._desk.operations.cancel(FIND))
        panel.show_at_anchor()
        field.setFocus()
        ask("")
        return panel
