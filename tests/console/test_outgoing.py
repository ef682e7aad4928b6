"""The status bar tells of acts that are not at the server, and of those that were sent again."""

from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

from console import outgoing
from console.services import errors, operations, outbox
from console.widgets import buttons
from tests.console import conftest

UNSURE = outbox.Broken(errors.Problem("The connection broke.", offline=True), unsure=True)


class Far:
    """Breaks until it is told to answer."""

    answers = False

    async def attempt(self, key: str) -> outbox.Answer:
        if not self.answers:
            raise UNSURE
        return outbox.Answer(200, b"{}", replayed=True)


async def _at_once(_seconds: float) -> None:
    """No pause."""


async def test_an_act_without_an_answer_is_told_and_asked_again_from_the_status_bar(
    qtbot: QtBot, until: conftest.Until
) -> None:
    times = iter(range(10_000))
    box = outbox.Outbox(pause=_at_once, clock=lambda: float(next(times)))
    work, told, far = operations.Operations(), list[str](), Far()
    window = QtWidgets.QMainWindow()
    shown = outgoing.Outgoing(box, work, told.append)
    window.setCentralWidget(shown)
    qtbot.addWidget(window)
    window.show()
    work.start(
        "act",
        lambda: box.carry_out("Freeze and start", b"x", far.attempt),
        failed=lambda problem: told.append(str(problem)),
    )
    await until(lambda: shown.accessibleName() == "Outbox: 1 without an answer")
    far.answers = True
    shown.click()
    panel = QtWidgets.QApplication.activePopupWidget() or next(
        one for one in QtWidgets.QApplication.topLevelWidgets() if one.accessibleName() == "Outbox"
    )
    again = next(one for one in panel.findChildren(buttons.Button) if one.accessibleName() == "Ask again")
    again.click()
    await until(lambda: shown.accessibleName() == "Outbox: sent again safely")
    assert told[-1] == "Freeze and start: sent more than once, done once."
    shown.click()  # whoever has read of it need not be told any longer
    for top in QtWidgets.QApplication.topLevelWidgets():
        if top.accessibleName() == "Outbox":
            top.close()
    await until(lambda: not shown.isVisible())
    await work.close()
