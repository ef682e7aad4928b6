"""The bare inputs that fields are made of; each is styled in every state and says when it changed."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import icons, paint, text, theme


class Line(QtWidgets.QLineEdit):
    """One line of text."""

    def __init__(self, placeholder: str = "", *, mono: bool = False) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        if mono:
            self.setFont(text.font(text.SMALL, mono=True))


class Area(QtWidgets.QPlainTextEdit):
    """Several lines of text; Tab leaves it, because a form is walked by Tab."""

    def __init__(self, placeholder: str = "", *, lines: int = 4, mono: bool = False) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        if mono:
            self.setFont(text.font(text.SMALL, mono=True))
            self.setLayoutDirection(QtCore.Qt.LayoutDirection.LeftToRight)  # code does, in any language
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setFixedHeight(lines * 18 + 16)


class Masked(QtWidgets.QPlainTextEdit):
    """Several lines that nobody may read over a shoulder: every sign but the line breaks is drawn as a dot."""

    def __init__(self, placeholder: str = "", *, lines: int = 4) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setFixedHeight(lines * 18 + 16)
        self._blind = _Blind(self.document())

    def createMimeDataFromSelection(self) -> QtCore.QMimeData:
        return QtCore.QMimeData()  # a secret goes in and never comes out, not even by Ctrl+C


class _Blind(QtGui.QSyntaxHighlighter):
    """Makes the letters as good as invisible and lays a wavy hint under them."""

    def highlightBlock(self, line: str) -> None:
        shape = QtGui.QTextCharFormat()
        shape.setForeground(QtGui.QColor(0, 0, 0, 0))
        shape.setUnderlineStyle(QtGui.QTextCharFormat.UnderlineStyle.DotLine)
        shape.setUnderlineColor(theme.color("text2"))
        self.setFormat(0, len(line), shape)


CHOICE_W = 120  #: what is left of a choice where there is little room
AROUND_W = 44  #: of a choice: its paddings and its arrows


class Choice(QtWidgets.QComboBox):
    """One of several; the wheel scrolls the page, not the value."""

    def __init__(self, choices: Sequence[tuple[object, str]] = ()) -> None:
        super().__init__()
        self._tip = ""  #: its own; without one, a value that is cut off is told whole
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        popup = QtWidgets.QListView()
        popup.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setView(popup)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer these (value, label) pairs, keeping the value where it is still offered."""
        kept = self.currentData()
        self.blockSignals(True)
        self.clear()
        for value, label in choices:
            self.addItem(label, value)
        self.setCurrentIndex(max(self.findData(kept), 0) if choices else -1)
        self.blockSignals(False)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        event.ignore()

    def minimumSizeHint(self) -> QtCore.QSize:
        # Its longest choice would otherwise push a form wider than the page.
        least = super().minimumSizeHint()
        return QtCore.QSize(min(least.width(), CHOICE_W), least.height())

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.ToolTip and not self._tip:
            is_cut = self.fontMetrics().horizontalAdvance(self.currentText()) > self.width() - AROUND_W
            super().setToolTip(self.currentText() if is_cut else "")
        return super().event(event)

    def setToolTip(self, words: str) -> None:  # noqa: N802  # Qt's own name
        self._tip = words
        super().setToolTip(words)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        option = QtWidgets.QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - AROUND_W
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), QtCore.Qt.TextElideMode.ElideRight, room
        )
        painter = QtWidgets.QStylePainter(self)
        painter.drawComplexControl(QtWidgets.QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_ComboBoxLabel, option)
        token = "text2" if self.isEnabled() else "text3"
        left = QtCore.Qt.LayoutDirection.RightToLeft == self.layoutDirection()
        x = 8 if left else self.width() - 24
        painter.drawPixmap(x, (self.height() - 16) // 2, icons.pixmap("chevrons-up-down", token, 14))
        painter.end()


class Number(QtWidgets.QDoubleSpinBox):
    """A number with its bounds and unit; the wheel scrolls the page, not the value."""

    def __init__(self, *, low: float = 0, high: float = 1e9, decimals: int = 0, unit: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setDecimals(decimals)
        self.setGroupSeparatorShown(True)
        self.setLocale(QtCore.QLocale(QtCore.QLocale.Language.English, QtCore.QLocale.Country.UnitedStates))
        self.setSuffix(f" {unit}" if unit else "")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(120)
        self.lineEdit().setTextMargins(8, 0, 0, 0)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        enabled, flag = self.stepEnabled(), QtWidgets.QAbstractSpinBox.StepEnabledFlag
        x, half = self.width() - 20, self.height() // 2
        for name, allowed, y in (
            ("chevron-up", flag.StepUpEnabled, half - 12),
            ("chevron-down", flag.StepDownEnabled, half + 0),
        ):
            token = "text2" if self.isEnabled() and enabled & allowed else "border2"
            painter.drawPixmap(x, y, icons.pixmap(name, token, 12, stroke=2.5))
        painter.end()


class _Wall(QtWidgets.QDateTimeEdit):
    """A time as a wall shows it, of no zone by itself; the wheel scrolls the page, not the value."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.setDisplayFormat(shown)
        self.lineEdit().setTextMargins(8, 0, 0, 0)
        self.setTimeZone(
            QtCore.QTimeZone.utc()
        )  # no clock change of this computer's zone moves what is typed
        self.setLocale(QtCore.QLocale(QtCore.QLocale.Language.English, QtCore.QLocale.Country.UnitedKingdom))
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        x, half = self.width() - 20, self.height() // 2
        for name, y in (("chevron-up", half - 12), ("chevron-down", half)):
            painter.drawPixmap(
                x, y, icons.pixmap(name, "text2" if self.isEnabled() else "border2", 12, stroke=2.5)
            )
        painter.end()


class WallTime(_Wall):
    """A date and a time of day."""

    def __init__(self) -> None:
        super().__init__("ddd d MMM yyyy, HH:mm")
        self.setMinimumWidth(210)


class WallHour(_Wall):
    """A time of day."""

    def __init__(self) -> None:
        super().__init__("HH:mm")
        self.setMinimumWidth(96)


class Check(QtWidgets.QCheckBox):
    """A tick box with a drawn tick."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        state = self.checkState()
        if state == QtCore.Qt.CheckState.Unchecked:
            return
        option = QtWidgets.QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QtWidgets.QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        name = "check" if state == QtCore.Qt.CheckState.Checked else "minus"
        painter = QtGui.QPainter(self)
        drawn = icons.pixmap(name, "on_accent", 12, stroke=3.0)
        painter.drawPixmap(box.center().x() - 5, box.center().y() - 5, drawn)
        painter.end()


class Switch(QtWidgets.QCheckBox):
    """On or off, at once; a check box to a screen reader and to the keyboard."""

    _W, _H = 34, 20

    def __init__(self, label: str = "") -> None:
        super().__init__(label)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(label)
        self._at = 0.0
        self._slide = QtCore.QVariantAnimation(self)
        self._slide.setDuration(120)
        self._slide.valueChanged.connect(self._on_slid)
        self.toggled.connect(self._on_toggled)

    def _on_toggled(self, on: bool) -> None:
        self._slide.stop()
        if not theme.active().motion or not self.isVisible():
            self._on_slid(1.0 if on else 0.0)
            return
        self._slide.setStartValue(self._at)
        self._slide.setEndValue(1.0 if on else 0.0)
        self._slide.start()

    def _on_slid(self, at: float) -> None:
        self._at = at
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        width = self.fontMetrics().horizontalAdvance(self.text())
        return QtCore.QSize(self._W + 8 + (width + 10 if self.text() else 0), self._H + 8)

    def minimumSizeHint(self) -> QtCore.QSize:
        return self.sizeHint()

    def hitButton(self, pos: QtCore.QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        top = (self.height() - self._H) / 2
        body = QtCore.QRectF(4, top, self._W, self._H)
        if self.hasFocus():
            paint.focus_ring(painter, body.adjusted(-4, -4, 4, 4), 13)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(
            theme.color("accent" if self.isChecked() else "text3", 1.0 if self.isEnabled() else 0.45)
        )
        painter.drawRoundedRect(body, self._H / 2, self._H / 2)
        painter.setBrush(theme.color("on_accent" if self.isChecked() else "surface"))
        painter.drawEllipse(
            QtCore.QRectF(7 + self._at * (self._W - self._H), top + 3, self._H - 6, self._H - 6)
        )
        if self.text():
            words = QtCore.QRectF(self.rect()).adjusted(self._W + 14, 0, 0, 0)
            paint.line(
                painter, words, self.text(), self.font(), theme.color("text" if self.isEnabled() else "text3")
            )
        painter.end()
