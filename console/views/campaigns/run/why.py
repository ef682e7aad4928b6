"""Failures, doubts and skips by reason, each in words, each leading to its messages."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.campaigns.run import model
from console.widgets import accessible, figures, icons, layout, paint, pills, text, theme

ROW_H = 46
SHOWN = 12  #: the rest is in the messages' own list


class Row(QtWidgets.QAbstractButton):
    """One reason."""

    def __init__(self, reason: model.Reason) -> None:
        super().__init__()
        self._reason = reason
        self.setFixedHeight(ROW_H)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"{reason.words}. {reason.remedy}")
        state = pills.look(pills.MESSAGE, reason.state.value)
        title = model.told_channels(reason)
        accessible.describe(
            self,
            accessible.Role.Button,
            f"{figures.count(reason.count)} {state.word.lower()}, {title}: {reason.words}",
            reason.remedy,
        )

    @property
    def reason(self) -> model.Reason:
        """What it tells."""
        return self._reason

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect())
        if self.underMouse():
            painter.fillRect(self.rect(), theme.color("hover"))
        painter.setPen(theme.color("border"))
        painter.drawLine(self.rect().topLeft(), self.rect().topRight())
        if self.hasFocus():
            paint.focus_ring(painter, whole.adjusted(2, 2, -2, -2), 6)
        state = pills.look(pills.MESSAGE, self._reason.state.value)
        pad = theme.LG
        paint.mark(painter, pad, 15, icons.pixmap(state.icon, state.tone, 16))
        number_w = 70.0
        words_w = whole.width() - pad * 2 - 26 - number_w
        upper = QtCore.QRectF(pad + 26, 5, words_w, 19)
        lower = QtCore.QRectF(pad + 26, 24, words_w, 16)
        paint.line(painter, upper, self._reason.words, text.font(text.BODY, text.MEDIUM), theme.color("text"))
        code = "" if self._reason.code == self._reason.words else self._reason.code
        about = " · ".join(part for part in (model.told_channels(self._reason), code) if part)
        paint.line(painter, lower, about, text.font(text.CAPTION, tabular=True), theme.color("text3"))
        number = QtCore.QRectF(whole.width() - pad - number_w, 0, number_w, ROW_H)
        bold = text.font(text.BODY, text.SEMIBOLD, tabular=True)
        paint.line(painter, number, figures.count(self._reason.count), bold, theme.color("text"), paint.RIGHT)
        painter.end()


class Why(QtWidgets.QWidget):
    """`asked` carries the Reason whose messages a person wants to see."""

    asked = QtCore.Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[model.Reason, ...] = ()
        self._rows = layout.column(gap=0)
        self._none = text.muted("Nothing failed, nothing was skipped, nothing is in doubt.")
        self._none.setContentsMargins(theme.LG, 6, theme.LG, 10)
        self._more = text.muted("")
        self._more.setContentsMargins(theme.LG, 8, theme.LG, 10)
        self.setLayout(layout.column(self._none, self._rows, self._more, None, gap=0))
        self.setAccessibleName("Failures, doubts and skips by reason")
        self.set_reasons(())

    def set_reasons(self, reasons: Sequence[model.Reason]) -> None:
        """Show these, in this order; rows are made anew only where something moved."""
        if tuple(reasons) == self._shown and self._shown:
            return
        kept = self.focused()
        self._shown = tuple(reasons)
        layout.clear(self._rows)
        for reason in reasons[:SHOWN]:
            row = Row(reason)
            row.clicked.connect(lambda _on=False, reason=reason: self.asked.emit(reason))
            self._rows.addWidget(row)
            if kept is not None and (kept.state, kept.code) == (reason.state, reason.code):
                row.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        self._none.setVisible(not reasons)
        over = len(reasons) - SHOWN
        self._more.setText(f"and {over} more" if over > 0 else "")
        self._more.setVisible(over > 0)

    def focused(self) -> model.Reason | None:
        """The reason the keyboard is on."""
        row = self.focusWidget()
        return row.reason if isinstance(row, Row) and row.hasFocus() else None
