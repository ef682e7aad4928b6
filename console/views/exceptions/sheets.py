"""What is asked before an act: a reason where one is owed, and what would happen before anything is sent again."""

from PySide6 import QtCore, QtWidgets

from console.services import errors
from console.views.exceptions import model
from console.widgets import buttons, dialogs, facts, fields, notices, skeleton, theme
from server.wire import exceptions

WIDTH = 540

#: Title, what it means, and what the button says, for acts that are decided by a person's word.
WORDS = {
    exceptions.Kind.ACCEPTED: (
        "It was sent",
        (
            "These count as accepted from here on. Say how you know, for instance from the provider's own log:"
            " it is kept in every message's story, with your name and the time."
        ),
        "It was sent",
    ),
    exceptions.Kind.NOT_SENT: (
        "It was not sent",
        (
            "These are put with the dead letters, from where they can be sent again. Say how you know: it is kept in"
            " every message's story, with your name and the time."
        ),
        "It was not sent",
    ),
}


class ReasonSheet(dialogs.Sheet):
    """Asks how somebody knows. `agreed` carries the reason."""

    agreed = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget, kind: exceptions.Kind, count: int) -> None:
        title, words, act = WORDS[kind]
        super().__init__(parent, f"{title}: {model.counted(count)}", words, width=WIDTH)
        self.why = fields.AreaField(
            "How do you know?", required=True, lines=3, placeholder="The provider's log lists them as queued"
        )
        self.why.changed.connect(self._on_changed)
        self.add(self.why)
        self.go = buttons.primary(act, self._on_go)
        self.go.setEnabled(False)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def _on_changed(self) -> None:
        self.go.setEnabled(bool(self.why.value().strip()))

    def _on_go(self) -> None:
        self.accept()
        self.agreed.emit(self.why.value().strip())


class PreviewSheet(dialogs.Sheet):
    """Says what sending again would do. `agreed` carries why, how many were shown, and whether twice is accepted."""

    agreed = QtCore.Signal(str, int, bool)

    def __init__(self, parent: QtWidgets.QWidget, kind: exceptions.Kind) -> None:
        super().__init__(
            parent,
            "Send again",
            "Consent, suppressions and limits are looked at once more for every message before it leaves.",
            width=WIDTH,
        )
        self._kind = kind
        self._preview: exceptions.Preview | None = None
        self._waiting = skeleton.Skeleton(5)
        self.add(self._waiting)
        self.facts = facts.Facts(name_width=110)
        self.facts.hide()
        self.add(self.facts)
        self.warnings = QtWidgets.QVBoxLayout()
        self.add(self.warnings)
        self.twice = fields.SwitchField("Twice is better than never: some may get it a second time")
        self.twice.changed.connect(self._on_changed)
        self.twice.hide()
        self.add(self.twice)
        doubt = kind is exceptions.Kind.AGAIN
        self.why = fields.TextField(
            "Why" if not doubt else "Why is that better than waiting?",
            required=doubt,
            placeholder="The addresses were corrected",
        )
        self.why.changed.connect(self._on_changed)
        self.add(self.why)
        self.go = buttons.primary("Send again", self._on_go)
        self.go.setEnabled(False)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def show_preview(self, preview: exceptions.Preview) -> None:
        """Say what would happen."""
        self._preview = preview
        self._waiting.hide()
        self.facts.set_rows(model.foretold(preview))
        self.facts.show()
        if preview.twice:
            self._warn(
                f"{model.counted(preview.twice)} may have arrived already, and would arrive a second time.",
                "Look them up first, where that is possible, or wait for their receipts.",
            )
        for sentence in preview.changes:
            self._warn(sentence, "", tone="info")
        for sentence in preview.faults:
            self._warn(sentence, "", tone="bad")
        self.twice.setVisible(bool(preview.twice))
        if preview.sends:
            self.go.set_label(f"Send {model.counted(preview.sends)} again")
        else:
            self._warn("None of these would be sent.", "Mend the cause first, or close them.", tone="info")
        self._on_changed()
        self.adjustSize()

    def fail(self, problem: errors.Problem) -> None:
        """Say why there is no preview; nothing can be sent without one."""
        self._waiting.hide()
        self._warn(str(problem), "", tone="bad")

    def _warn(self, words: str, remedy: str, *, tone: theme.Tone = "warn") -> None:
        banner = notices.Banner(words, remedy, tone=tone)
        self.warnings.addWidget(banner)

    def _on_changed(self) -> None:
        preview = self._preview
        able = preview is not None and preview.sends > 0
        if preview is not None and preview.twice:
            able = able and bool(self.twice.value())
        if self._kind is exceptions.Kind.AGAIN:
            able = able and bool(self.why.value())
        self.go.setEnabled(able)

    def _on_go(self) -> None:
        if self._preview is not None:
            self.accept()
            self.agreed.emit(self.why.value(), self._preview.messages, bool(self.twice.value()))
