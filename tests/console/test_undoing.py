"""What was done is taken back by its name, newest first, and once."""

from PySide6 import QtCore, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import undoing
from console.widgets import commands, inputs


class Window(QtWidgets.QMainWindow):
    """A window with a button that nobody listens at and a text."""

    def __init__(self) -> None:
        super().__init__()
        self.known = commands.Commands(self)
        self.undoing = undoing.Undoing(self, self.known)
        self.text, self.button = inputs.Line(), QtWidgets.QPushButton("Go")
        inner = QtWidgets.QWidget()
        whole = QtWidgets.QVBoxLayout(inner)
        whole.addWidget(self.text)
        whole.addWidget(self.button)
        self.setCentralWidget(inner)

    def titles(self) -> list[str]:
        """What the palette offers."""
        return [command.title for command in self.known.all()]


def shown(qtbot: QtBot) -> Window:
    """One on screen."""
    made = Window()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    return made


def test_the_palette_names_what_would_be_taken_back(qtbot: QtBot) -> None:
    window, done = shown(qtbot), list[str]()
    window.undoing.keep("3 campaigns are archived.", "Undo", lambda: done.append("archive"))
    assert window.titles() == ["Undo: 3 campaigns are archived"]
    window.undoing.keep("Saved.", "Undo: rename the template", lambda: done.append("rename"))
    assert window.titles() == ["Undo: rename the template"]
    window.known.run(undoing.KEY)
    assert (done, window.titles()) == (["rename"], ["Undo: 3 campaigns are archived"])
    window.undoing.undo()
    window.undoing.undo()
    assert (done, window.titles()) == (["rename", "archive"], [])


def test_a_toast_s_button_takes_back_its_own_act_and_only_once(qtbot: QtBot) -> None:
    window, done = shown(qtbot), list[str]()
    first = window.undoing.keep("One", "Undo", lambda: done.append("one"))
    window.undoing.keep("Two", "Undo", lambda: done.append("two"))
    first()
    first()
    assert (done, window.undoing.names()) == (["one"], ["Two"])


def test_ctrl_z_takes_back_unless_a_text_wants_it(qtbot: QtBot) -> None:
    window, done = shown(qtbot), list[str]()
    window.undoing.keep("One", "Undo", lambda: done.append("one"))
    control = QtCore.Qt.KeyboardModifier.ControlModifier
    window.text.setFocus()
    QtTest.QTest.keyClicks(window.text, "ab")
    QtTest.QTest.keyClick(window.text, QtCore.Qt.Key.Key_Z, control)
    assert (window.text.text(), done) == ("", [])
    QtTest.QTest.keyClick(window.button, QtCore.Qt.Key.Key_Z, control)
    assert done == ["one"]


def test_another_workspace_knows_nothing_of_it(qtbot: QtBot) -> None:
    window, done = shown(qtbot), list[str]()
    button = window.undoing.keep("One", "Undo", lambda: done.append("one"))
    window.undoing.forget()
    window.undoing.undo()
    button()
    assert (done, window.titles()) == ([], [])
