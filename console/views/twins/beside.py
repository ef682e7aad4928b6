"""One arrival beside its promise: two devices, the two hashes, and every place where they differ."""

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.twins import faces, model, verdicts
from console.widgets import buttons, cards, differing, facts, figures, layout, notices, pills, text, theme
from server.channels import contents
from server.wire import arrivals, twins

SCALE = 0.8
MOST_W = 290  #: pixels a device has in its card at a window 1280 wide
ASIDE_W = 310
NAMES = ("Promised", "Arrived")
PROMISED, ARRIVED = "rendered again from the frozen content", "read back from the wire"
NOT_READ = "What arrived could not be read back into a content."
NO_PROMISE = "Nothing was promised for this arrival."


class Beside(QtWidgets.QWidget):
    """`left` when a person goes back, `stepped` with -1 or 1 for the arrival above or below in the list."""

    left = QtCore.Signal()
    stepped = QtCore.Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Arrival beside its promise")
        back = buttons.ghost("Inbox", self.left.emit, icon="arrow-left", tip="Back to the inbox (Esc)")
        self._title = text.Elided("", size=text.SECTION, weight=text.SEMIBOLD)
        self._pill = pills.Pill(verdicts.WAITING)
        self.before = buttons.icon("chevron-up", "The arrival above (K)", lambda: self.stepped.emit(-1))
        self.after = buttons.icon("chevron-down", "The arrival below (J)", lambda: self.stepped.emit(1))
        head = layout.row(back, self._title, self._pill, self.before, self.after, gap=theme.SM, grow=1)
        self.promised, self.arrived = _Side(NAMES[0], PROMISED), _Side(NAMES[1], ARRIVED)
        self._aside = layout.column(gap=theme.SM)
        aside = cards.Card(layout.scroll(layout.boxed(self._aside)), heading="By hash")
        aside.setFixedWidth(ASIDE_W)
        self.setLayout(
            layout.column(
                head, layout.row(self.promised, self.arrived, aside, gap=theme.MD), gap=theme.MD, grow=1
            )
        )
        for keys, step in (("K", -1), ("J", 1)):
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
            shortcut.setContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(_Step(self, step))

    def show_pair(self, whole: twins.Arrived, found: arrivals.Comparison) -> None:
        """Show an arrival and what was promised."""
        row = whole.arrival
        channel = contents.TITLES.get(row.channel, row.channel)
        self._title.set_text(f"{channel} to {model.recipient(row.to)}")
        self._pill.set_look(verdicts.LOOKS[found.verdict])
        sender = faces.sender_of(whole)
        places = [difference.place for difference in found.differences]
        self.promised.show_side(faces.content_of(found.promised), sender, places, NO_PROMISE)
        self.arrived.show_side(faces.content_of(found.arrived), sender, places, found.why or NOT_READ)
        self._tell(row, found)

    def _tell(self, row: twins.Arrival, found: arrivals.Comparison) -> None:
        layout.clear(self._aside)
        said = verdicts.banner(found) or notices.Banner("Equal by hash.", verdicts.PROOF, tone="ok")
        self._aside.addWidget(said)
        self._aside.addWidget(verdicts.hashes(found))
        for difference in found.differences:
            self._aside.addWidget(_Place(difference, self._show_place))
        told = [
            ("Our reference", row.ref, "mono"),
            ("To", row.to, "mono"),
            ("Twin", row.twin),
            ("Arrived", figures.stamp(row.at)),
        ]
        self._aside.addWidget(layout.rule())
        self._aside.addWidget(facts.Facts([one for one in told if one[1]]))
        self._aside.addStretch(1)

    def _show_place(self, place: str) -> None:
        self.promised.face.mark(place)
        self.arrived.face.mark(place)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class _Step:
    def __init__(self, beside: Beside, step: int) -> None:
        self._beside, self._step = beside, step

    def __call__(self) -> None:
        self._beside.stepped.emit(self._step)


class _Side(cards.Card):
    """One of the two, in its card."""

    def __init__(self, name: str, aside: str) -> None:
        super().__init__(heading=name, aside=aside)
        self.face = faces.Face(scale=SCALE, most_w=MOST_W)
        self._nothing = text.muted("", wrap=True)
        self.add(layout.scroll(layout.boxed(layout.column(self._nothing, self.face, None))), 1)

    def show_side(
        self, content: contents.Content | None, sender: str, places: list[str], nothing: str
    ) -> None:
        """Show a content, or say why there is none."""
        layout.reveal(self.face, content is not None)
        layout.reveal(self._nothing, content is None)
        self._nothing.setText(nothing)
        if content is not None:
            self.face.show_content(content, sender)
            self.face.show_changes(places)


class _Place(QtWidgets.QFrame):
    """One difference; its heading shows the place on both devices."""

    def __init__(self, difference: arrivals.Difference, show: Callable[[str], None]) -> None:
        super().__init__()
        at = buttons.link(difference.place, lambda: show(difference.place), icon="target")
        at.setToolTip("Show this place on both devices")
        both = differing.Differing(NAMES, difference.promised, difference.arrived)
        self.setLayout(layout.column(layout.row(at, None), both, gap=4))
