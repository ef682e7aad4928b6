"""The outbox in the status bar: what is on its way, what nobody answered, and what was sent again without harm."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6 import QtCore

from console.services import errors, operations, outbox
from console.widgets import buttons, icons, layout, popover, text, theme

if TYPE_CHECKING:
    from PySide6 import QtWidgets

TOLD = (
    "An act goes to the server under one key. Sent again under that key it is carried out once, and answered as it"
    " was the first time."
)
SLOW_MS = 600  #: an act that is answered sooner is not worth a word


class Outgoing(buttons.Button):
    """Hidden while everything is at the server and nothing had to be sent twice."""

    def __init__(
        self, box: outbox.Outbox, work: operations.Operations, tell: Callable[[str], object]
    ) -> None:
        super().__init__("", icon="send", kind="ghost", tip="Outbox: acts on their way to the server")
        self._box, self._work, self._tell = box, work, tell
        self.setStyleSheet("padding: 0 8px; min-height: 0; font-size: 12px;")
        self.hide()
        popover.opener(self, "Outbox", self._fill, width=440)
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SLOW_MS)
        self._soon.timeout.connect(self._show)
        self._seen = 0
        self._read: outbox.Act | None = None  #: the newest of those sent again that a person has read of
        box.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        settled = len(self._box.settled())
        if settled > self._seen:
            self._tell(f"{self._box.settled()[0].label}: sent more than once, done once.")
        self._seen = settled
        if self.isVisible() or not self._box.waiting():
            self._show()
        elif not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        waiting = self._box.waiting()
        unsure = sum(act.state is outbox.State.UNSURE for act in waiting)
        if unsure:
            words = f"Outbox: {unsure} without an answer"
        elif waiting:
            words = (
                f"Outbox: {len(waiting)} on its way"
                if len(waiting) == 1
                else f"Outbox: {len(waiting)} on their way"
            )
        else:
            words = "Outbox: sent again safely"
        self.set_label(words)
        icons.bind(self, "triangle-alert" if unsure else "send", "warn" if unsure else "text2")
        self.setVisible(bool(waiting or self._unread()))

    def _unread(self) -> bool:
        settled = self._box.settled()
        return bool(settled) and settled[0] is not self._read

    def _fill(self, panel: popover.Popover) -> None:
        panel.add(text.muted(TOLD, wrap=True))
        for act in self._box.waiting():
            panel.add(self._row(act, panel))
        settled = self._box.settled()
        for act in settled:
            panel.add(_told(act))
        self._read = settled[0] if settled else None
        panel.destroyed.connect(self._show)

    def _row(self, act: outbox.Act, panel: popover.Popover) -> "QtWidgets.QHBoxLayout":
        line = _told(act)
        if act.state is outbox.State.UNSURE:

            def again() -> None:
                panel.close()
                self._again(act)

            def drop() -> None:
                panel.close()
                self._box.drop(act)

            line.addWidget(buttons.plain("Ask again", again, icon="repeat", tip=f"Ask again: {act.label}"))
            line.addWidget(buttons.ghost("Drop", drop, tip=f"I have looked: forget {act.label}"))
        return line

    def _again(self, act: outbox.Act) -> None:
        self._work.start(
            f"outbox:{act.key}", lambda: self._box.ask_again(act), done=_drop, failed=self._failed
        )

    def _failed(self, problem: errors.Problem) -> None:
        self._tell(str(problem))


def _told(act: outbox.Act) -> "QtWidgets.QHBoxLayout":
    """What it does, and where it is."""
    both = layout.column(
        text.Label(act.label, "label", wrap=True),
        text.Label(f"{act.state.value} · {act.tries}×", "muted", wrap=True),
        gap=1,
    )
    return layout.row(both, gap=theme.SM, grow=0)


def _drop(_answer: object) -> None:
    """The outbox itself has told that it is done."""
