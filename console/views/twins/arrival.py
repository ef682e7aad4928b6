"""One arrival on a panel: what a device shows of it, and what came over the wire."""

from collections.abc import Callable

import msgspec
from PySide6 import QtCore

from console.views.twins import devices, model
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
from server.wire import twins

WIDTH = 400


class ArrivalPanel(inspector.Inspector):
    """What a twin was handed."""

    message_asked = QtCore.Signal(str)  #: our reference

    def __init__(self) -> None:
        super().__init__("Arrival")
        self.setFixedWidth(WIDTH)
        self.arrival = 0  #: the id of what is shown
        self.told = False  #: whether it is shown whole
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

    def tell(self, arrived: twins.Arrived) -> None:
        """Show an arrival whole."""
        row = arrived.arrival
        self.arrival, self.told = row.id, True
        self._begin(row)
        if row.count > 1:
            self.add(
                notices.Banner(
                    f"This recipient was handed this message {figures.count(row.count)} times.",
                    "Look at the message's story: one of them may follow a doubt.",
                    tone="warn",
                )
            )
        self.add(devices.DeviceView(model.device(arrived)), heading="On the device")
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

    def _begin(self, row: twins.Arrival) -> None:
        self.clear()
        self.set_heading(
            f"{contents.TITLES.get(row.channel, row.channel)} · {row.twin}", row.title or "Untitled"
        )
        self.add(layout.row(pills.Pill(model.look(row.outcome)), None))
        self.add(text.Label(row.to, "mono", wrap=True, selectable=True))
        if row.ref:
            act = buttons.plain(
                "The message's story", lambda: self.message_asked.emit(row.ref), icon="history"
            )
            self.add(layout.row(act, None))

    def _forget(self) -> None:
        self.arrival, self.told = 0, False


def pretty(body: str) -> str:
    """JSON indented, anything else as it came."""
    try:
        return msgspec.json.format(body, indent=2)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return body
