"""The right side: one reason explained, what can be done about it, and the messages it stands for."""

from PySide6 import QtCore, QtWidgets

from console.views.exceptions import model, shares
from console.widgets import buttons, cards, facts, figures, layout, notices, paged, table, text, theme
from server.wire import exceptions, messages

Kind = exceptions.Kind


class Detail(QtWidgets.QWidget):
    """`wanted` carries what was clicked, `looked_up` that the provider is to be asked, `opened` one message."""

    wanted = QtCore.Signal(object)
    look_up_wanted = QtCore.Signal()
    story_wanted = QtCore.Signal(object)

    def __init__(self, rows: paged.PagedModel) -> None:
        super().__init__()
        self._group: exceptions.Group | None = None
        self._desk = model.Desk.DOUBT
        self._closed = False
        self._title = text.Label("", "title", wrap=True, selectable=True)
        self._count = text.muted("")
        self.banner = notices.Banner()
        self._rule = text.Label("", "body", wrap=True, selectable=True)
        self._rule_card = cards.Card(self._rule, None, heading="The rule that applies")
        self._shares = shares.Shares("Where they are")
        self._shares_card = cards.Card(self._shares, None, heading="Where they are")
        self._facts = facts.Facts()
        self._facts_card = cards.Card(self._facts, heading="What is known")
        self.buttons = self._make_buttons()
        self._scope = text.muted("")
        self.table = table.DataTable(rows, name="Messages", two_lines=True)
        self.table.view.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.activated.connect(self.story_wanted)
        self.table.view.selectionModel().selectionChanged.connect(lambda *_: self._show_scope())
        rows.modelReset.connect(self._show_scope)
        self._lay_out()

    def _make_buttons(self) -> dict[str, buttons.Button]:
        return {
            "look_up": buttons.primary("Look up", self.look_up_wanted.emit, icon="search"),
            "accepted": buttons.plain("It was sent", lambda: self.wanted.emit(Kind.ACCEPTED), icon="check"),
            "not-sent": buttons.plain("It was not sent", lambda: self.wanted.emit(Kind.NOT_SENT), icon="x"),
            "again": buttons.plain("Send again…", lambda: self.wanted.emit(Kind.AGAIN), icon="repeat"),
            "leave": buttons.ghost(
                "Leave", lambda: self.wanted.emit(Kind.LEAVE), tip="Seen, and left as it is"
            ),
            "redrive": buttons.primary("Send again…", lambda: self.wanted.emit(Kind.REDRIVE), icon="repeat"),
            "close": buttons.plain("Close", lambda: self.wanted.emit(Kind.CLOSE), icon="check-check"),
        }

    def _lay_out(self) -> None:
        acts = layout.row(*self.buttons.values(), None, self._scope, gap=theme.SM)
        known = layout.row(gap=theme.MD)
        known.addWidget(self._facts_card, 3)
        known.addWidget(self._rule_card, 2)
        known.addWidget(self._shares_card, 2)
        whole = layout.column(
            layout.column(self._title, self._count, gap=2),
            self.banner,
            known,
            acts,
            table.carded(self.table),
            gap=theme.MD,
            margins=(theme.MD, 14, theme.LG, 14),
            grow=4,
        )
        self.setLayout(whole)

    @property
    def group(self) -> exceptions.Group | None:
        """What is shown."""
        return self._group

    def show_group(self, group: exceptions.Group, desk: model.Desk, *, closed: bool) -> None:
        """Show a group, or its newer numbers."""
        same = (self._group, self._desk, self._closed) == (group, desk, closed)
        self._group, self._desk, self._closed = group, desk, closed
        self._title.setText(model.title(group))
        state = "in doubt" if desk is model.Desk.DOUBT else "given up"
        self._count.setText(
            f"{model.counted(group.count)} {'closed' if closed else state}, the first {figures.ago(group.oldest)} ago"
        )
        if same:
            return  # all but its age stands there: laying it out again would be felt
        tone: theme.Tone = "warn" if desk is model.Desk.DOUBT else "bad"
        self.banner.say(
            group.remedy or "Read the provider's words in a message's story.", model.outlook(group), tone=tone
        )
        self._facts.set_rows(model.told(group, desk))
        self._rule.setText(group.rule)
        self._shares.set_parts(group.domains or group.runs, group.count)
        layout.reveal(self._rule_card, desk is model.Desk.DOUBT)
        layout.reveal(self._shares_card, desk is model.Desk.DEAD)
        self._show_buttons(group)
        self._show_scope()

    def _show_buttons(self, group: exceptions.Group) -> None:
        doubt = self._desk is model.Desk.DOUBT
        shown = {
            "look_up": doubt and group.can_look_up,
            **dict.fromkeys(("accepted", "not-sent", "again"), doubt),
            "leave": doubt and not self._closed,
            "redrive": not doubt,
            "close": not doubt and not self._closed,
        }
        for name, button in self.buttons.items():
            layout.reveal(button, shown[name])

    def chosen(self) -> list[messages.Message]:
        """The rows that were picked by hand; none means the whole group."""
        return [row for row in self.table.selected() if isinstance(row, messages.Message)]

    def count(self) -> int:
        """How many messages an act would be about."""
        chosen = len(self.chosen())
        return chosen or (self._group.count if self._group is not None else 0)

    def _show_scope(self) -> None:
        chosen = len(self.chosen())
        if self._group is None:
            return
        words = f"{figures.count(chosen)} of {figures.count(self._group.count)} chosen" if chosen else ""
        self._scope.setText(words)
        self.setAccessibleDescription(words or model.counted(self._group.count))
