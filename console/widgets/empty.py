"""A page without rows that teaches the next step."""

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, icons, layout, text, theme

WORDS_W, MARGIN = (
    400,
    24,
)  #: how wide the words run at most, and what is left beside them where there is less room


class _Emblem(QtWidgets.QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(56, 56)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_bg"))
        painter.drawRoundedRect(QtCore.QRectF(self.rect()), 16, 16)
        painter.drawPixmap(16, 16, icons.pixmap(self._icon, "accent", 24, stroke=1.8))
        painter.end()


class EmptyState(QtWidgets.QWidget):
    """Icon, title, a sentence or two, and one thing to do."""

    def __init__(
        self, icon: str, title: str, words: str, action: str = "", clicked: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        centre = QtCore.Qt.AlignmentFlag.AlignHCenter
        self._words = text.Label("", "muted", wrap=True)
        self._words.setAlignment(centre)
        heading = text.section(title)
        heading.setAlignment(centre)
        inner = layout.column(gap=theme.SM)
        inner.addWidget(_Emblem(icon), alignment=centre)
        inner.addSpacing(4)
        inner.addWidget(heading, alignment=centre)
        inner.addWidget(self._words, alignment=centre)
        self._inner = inner
        self._button: buttons.Button | None = None
        self.setLayout(layout.column(None, inner, None, margins=(MARGIN,) * 4))
        self.setAccessibleName(title)
        self.set_text(words)
        if action and clicked is not None:
            self.set_action(action, clicked)

    def set_text(self, words: str) -> None:
        """Say something else."""
        self._words.setText(words)
        layout.reveal(self._words, bool(words))
        self._fit()
        self.setAccessibleDescription(words)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QtCore.QSize:
        # The words make room for themselves once the width is known; they never ask for it.
        return QtCore.QSize(2 * MARGIN + 120, super().minimumSizeHint().height())

    def _fit(self) -> None:
        # A centred label is never asked how high its lines are at its width, so it is told.
        width = min(WORDS_W, max(self.width() - 2 * MARGIN, 120))
        self._words.ensurePolished()
        self._words.setFixedWidth(width)  # first: a label answers for no width below its least
        self._words.setFixedHeight(max(self._words.heightForWidth(width), 1))

    def set_action(self, label: str, clicked: Callable[[], None]) -> None:
        """Offer one thing to do."""
        if self._button is not None:
            self._button.deleteLater()
        self._button = buttons.primary(label, clicked)
        self._inner.addSpacing(6)
        self._inner.addWidget(self._button, alignment=QtCore.Qt.AlignmentFlag.AlignHCenter)
