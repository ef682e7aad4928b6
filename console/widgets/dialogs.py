"""Dialogs that open and answer later: nothing here runs an event loop of its own."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, fields, layout, text, theme


class Sheet(QtWidgets.QDialog):
    """A modal sheet: title, sentences, whatever is put in `body`, and its acts at the foot. Escape closes it."""

    def __init__(self, parent: QtWidgets.QWidget, title: str, words: str = "", *, width: int = 460) -> None:
        super().__init__(parent, QtCore.Qt.WindowType.Dialog | QtCore.Qt.WindowType.FramelessWindowHint)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setModal(True)
        self.body = layout.column(gap=theme.MD)
        self.foot = layout.row(None, gap=theme.SM)
        shut = buttons.icon("x", "Close", self.reject)
        head = layout.row(text.title(title), None, shut, gap=theme.SM)
        inner = layout.column(head, gap=theme.MD, margins=(20, 14, 14, 18))
        told = layout.column(gap=theme.MD, margins=(0, 0, 6, 0))
        if words:
            sentence = text.Label(words, "body", wrap=True)
            told.addWidget(sentence)
        told.addLayout(self.body)
        told.addSpacing(4)
        told.addLayout(self.foot)
        inner.addLayout(told, 1)
        frame = QtWidgets.QFrame()
        frame.setObjectName("sheet")
        frame.setLayout(inner)
        self.setLayout(layout.column(frame))
        self.setFixedWidth(width)

    def add(self, item: QtWidgets.QWidget | QtWidgets.QLayout) -> None:
        """Append to the body."""
        if isinstance(item, QtWidgets.QWidget):
            self.body.addWidget(item)
        else:
            self.body.addLayout(item)

    def add_button(self, button: QtWidgets.QPushButton) -> None:
        """Append to the foot, at the right."""
        self.foot.addWidget(button)

    def open(self) -> None:
        """Show it over its window, and answer later."""
        over = self.parentWidget()
        if over is not None:
            whole = over.window()
            self.ensurePolished()
            self.adjustSize()
            left, top = (whole.width() - self.width()) // 2, max(whole.height() // 6, 40)
            # Before it is shown: a window moved while it appears is told by X that it stands at 0, 0, and its menus,
            # tool tips and a screen reader then look for it there.
            self.move(whole.mapToGlobal(QtCore.QPoint(left, top)))
        super().open()

    def event(self, event: QtCore.QEvent) -> bool:
        done = super().event(event)
        if event.type() == QtCore.QEvent.Type.LayoutRequest and self.isVisible():
            needs = self.heightForWidth(self.width())  # what comes later may need more lines
            if needs > self.height():
                self.resize(self.width(), needs)
        return done

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        over = self.parentWidget()
        if over is not None:
            scrim = _Scrim(over.window())
            self.destroyed.connect(scrim.deleteLater)
            self.finished.connect(scrim.hide)


class _Scrim(QtWidgets.QWidget):
    """Dims the window beneath a sheet. It keeps no name for the window: the last one to let go would take it along."""

    def __init__(self, window: QtWidgets.QWidget) -> None:
        super().__init__(window)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()
        self.raise_()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and isinstance(watched, QtWidgets.QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor(8, 10, 16, 120))
        painter.end()


def confirm(
    parent: QtWidgets.QWidget,
    title: str,
    words: str,
    *,
    act: str,
    done: Callable[[], object],
    danger: bool = False,
    typed: str = "",
) -> Sheet:
    """Ask before an act and call `done` if it is wanted; with `typed`, only after that has been typed in."""
    sheet = Sheet(parent, title, words)
    go = buttons.danger(act) if danger else buttons.primary(act)

    def on_go() -> None:
        sheet.accept()
        done()

    go.clicked.connect(on_go)
    stay = buttons.plain("Keep as it is" if danger else "Cancel", sheet.reject)
    # The harmless answer is the one under Enter where the other cannot be taken back.
    first: QtWidgets.QWidget = stay if danger else go
    if typed:
        field = fields.TextField(f"Type {typed} to go on", required=True)
        field.changed.connect(lambda: go.setEnabled(field.value() == typed))
        field.input.returnPressed.connect(go.click)
        go.setEnabled(False)
        sheet.add(field)
        first = field.input
    sheet.add_button(stay)
    sheet.add_button(go)
    sheet.open()
    first.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    return sheet


def tell(parent: QtWidgets.QWidget, title: str, words: str) -> Sheet:
    """Say something that has to be read."""
    sheet = Sheet(parent, title, words)
    close = buttons.primary("Close", sheet.accept)
    sheet.add_button(close)
    sheet.open()
    close.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    return sheet


def choose_file(
    parent: QtWidgets.QWidget,
    title: str,
    chosen: Callable[[str], None],
    *,
    kinds: Sequence[str] = ("All files (*)",),
    save_as: str = "",
) -> QtWidgets.QFileDialog:
    """Let a person pick a file to read, or with `save_as` a name to write to, and call `chosen` with its path."""
    dialog = QtWidgets.QFileDialog(parent, title)
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilters(list(kinds))
    if save_as:
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(save_as)
    else:
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
