"""One arrival on a panel: what a device shows of it, whether that was promised, and what came over the wire."""

from collections.abc import Callable

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.views.twins import faces, model, verdicts
from console.widgets import (
    buttons,
    code,
    facts,
    figures,
    inspector,
    layout,
    notices,
    pills,
    skeleton,
    text,
)
from server.channels import contents
from server.wire import arrivals, twins

WIDTH = 400
SCALE, MOST_W = 0.84, 360  #: of a device on it


class ArrivalPanel(inspector.Inspector):
    """What a twin was handed."""

    message_asked = QtCore.Signal(str)  #: our reference
    beside_asked = QtCore.Signal()
    revealed = QtCore.Signal(bool)  #: whether it is to be seen now

    def __init__(self) -> None:
        super().__init__("Arrival")
        self.setFixedWidth(WIDTH)
        self.arrival = 0  #: the id of what is shown
        self.told = False  #: whether it is shown whole
        self.face = faces.Face(scale=SCALE, most_w=MOST_W)
        self.face.hide()
        self.face.setParent(self)
        self.closed.connect(self._forget)

    def wait_for(self, row: twins.Arrival) -> None:
        """Show what the list knows already."""
        self.arrival, self.told = row.id, False
        self._begin(row)
        self.add(skeleton.Skeleton(8))
        self.finish()

    def fail(self, row: twins.Arrival, words: str, again: Callable[[], None]) -> None:
        """Say why there is no more."""
        self._begin(row)
        banner = notices.Banner(words, tone="bad", action="Try again")
        banner.acted.connect(again)
        self.add(banner)
        self.finish()

    def tell(self, arrived: twins.Arrived, found: arrivals.Comparison) -> None:
        """Show an arrival whole, and whether it is what was promised."""
        row = arrived.arrival
        self.arrival, self.told = row.id, True
        self._begin(row, verdicts.LOOKS[found.verdict], promised=found.promised is not None)
        said = verdicts.banner(found)
        if said is not None:
            self.add(said)
        if row.count > 1:
            self.add(
                notices.Banner(
                    f"This recipient was handed this message {figures.count(row.count)} times.",
                    "Look at the message's story: one of them may follow a doubt.",
                    tone="warn",
                )
            )
        if found.promised_hash:
            self.add(verdicts.hashes(found))
        content = faces.content_of(found.arrived)
        if content is not None:
            self.face.show_content(content, faces.sender_of(arrived))
            self.face.show_changes([difference.place for difference in found.differences])
            self.add(self.face)
            self.face.show()
        self.add(
            facts.Facts(
                [
                    row
                    for row in (
                        ("Our reference", row.ref, "mono"),
                        ("Theirs", row.provider_ref, "mono"),
                        ("Twin", row.twin),
                        ("Arrived", figures.stamp(row.at)),
                        ("Handed", f"{figures.count(row.count)}×" if row.count else "not taken"),
                    )
                    if row[1]
                ]
            ),
            heading="Details",
        )
        if arrived.wire:
            lines = "\n".join(f"{name}: {value}" for name, value in arrived.wire.items())
            self.add(code.CodeBlock(lines, name="Headers and fields", lines=12), heading="Over the wire")
        if arrived.body:
            self.add(code.CodeBlock(pretty(arrived.body), name="Body", lines=18))
        page = arrived.shown.get("html")
        if isinstance(page, str):
            self.add(code.CodeBlock(page, name="HTML part", lines=12))
        self.finish()

    def _begin(
        self, row: twins.Arrival, verdict: pills.Look | None = None, *, promised: bool = False
    ) -> None:
        # A mail's page outlives the sections: Chromium is not to be ended and begun again for every arrival.
        self.face.hide()
        self.face.setParent(self)
        self.clear()
        self.set_heading(
            f"{contents.TITLES.get(row.channel, row.channel)} · {row.twin}", row.title or "Untitled"
        )
        marks = layout.row(pills.Pill(model.look(row.outcome)), gap=6)
        if verdict is not None:
            marks.addWidget(pills.Pill(verdict))
        marks.addStretch(1)
        self.add(marks)
        self.add(text.Label(row.to, "mono", wrap=True, selectable=True))
        acts = list[QtWidgets.QWidget]()
        if row.ref:
            acts.append(
                buttons.plain("The message's story", lambda: self.message_asked.emit(row.ref), icon="history")
            )
        if promised:
            acts.append(buttons.plain("Beside the promise", self.beside_asked.emit, icon="columns-3"))
        self.add_acts(*acts)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self.revealed.emit(True)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self.revealed.emit(False)

    def _forget(self) -> None:
        self.arrival, self.told = 0, False


def pretty(body: str) -> str:
    """JSON indented, anything else as it came."""
    try:
        return msgspec.json.format(body, indent=2)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return body
