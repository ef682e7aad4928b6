"""Payloads and ids in the monospaced face, with a button that copies them."""

from PySide6 import QtGui, QtWidgets

from console.widgets import buttons, icons, inputs, layout, text, theme


class CodeBlock(QtWidgets.QFrame):
    """Read-only text with its name above it; at most `lines` high, then it scrolls."""

    def __init__(self, words: str = "", *, name: str = "Payload", lines: int = 14) -> None:
        super().__init__()
        self.setObjectName("well")
        self._most = lines
        self._copy = buttons.icon("copy", f"Copy {name.lower()}", self._on_copy)
        self._view = inputs.Area(mono=True)
        self._view.setReadOnly(True)
        self._view.setAccessibleName(name)
        self._view.setStyleSheet("QPlainTextEdit { background: transparent; border: 0; padding: 0; }")
        head = layout.row(text.caption(name), None, self._copy, margins=(theme.MD, 2, 4, 0))
        inner = layout.column(self._view, margins=(theme.MD, 0, 4, 6))
        self.setLayout(layout.column(head, inner, gap=0))
        self.set_text(words)

    def text(self) -> str:
        """The whole text."""
        return self._view.toPlainText()

    def set_text(self, words: str) -> None:
        """Show another text, as it is: no markup is ever read in it."""
        self._view.setPlainText(words)
        metrics = QtGui.QFontMetrics(text.font(text.SMALL, mono=True))
        shown = min(max(words.count("\n") + 1, 1), self._most)
        self._view.setFixedHeight(shown * metrics.lineSpacing() + 10)

    def _on_copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self.text())
        icons.bind(self._copy, "check", "ok")
        self._copy.setToolTip("Copied")
