"""Lists are windows over pages: they ask for little, hold little, and are worked by keyboard."""

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from console import gallery, samples
from console.widgets import empty, paged, table

ROW = paged.Column(title="Row", text=lambda row: f"row {row}", sort="row")
EVEN = paged.Column(title="Even\tor odd", text=lambda row: "even" if row % 2 == 0 else "odd", second=str)
MILLION = 1_000_000


class Server:
    """Answers windows over the numbers from 0 up, when told to."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.asked: list[paged.Window] = []
        self.model = paged.PagedModel([ROW, EVEN], self.asked.append)

    def answer(self) -> None:
        """Answer everything that was asked."""
        asked, self.asked[:] = list(self.asked), []
        for window in asked:
            rows = range(window.offset, min(window.offset + window.limit, self.total))
            self.model.receive(window, list(rows), self.total)


def settle() -> None:
    """Let what waits for the end of the painting happen."""
    QtTest.QTest.qWait(1)


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    server = Server(250)
    server.model.restart()
    server.answer()
    qtmodeltester.check(server.model, force_py=True)  # type: ignore[no-untyped-call]


def test_a_million_rows_cost_a_few_pages(qapp: QtWidgets.QApplication) -> None:
    server = Server(MILLION)
    server.model.restart()
    server.answer()
    assert server.model.rowCount() == MILLION
    for page in range(0, 9000, 50):
        index = server.model.index(page * paged.PAGE, 0)
        assert index.data() == "" or page == 0
        settle()
        server.answer()
        assert index.data() == f"row {page * paged.PAGE}"
    assert len(server.model._pages) == paged.KEPT_PAGES


def test_a_page_on_its_way_is_asked_for_once(qapp: QtWidgets.QApplication) -> None:
    server = Server(1000)
    server.model.restart()
    server.answer()
    for _ in range(5):
        server.model.index(555, 0).data()
        server.model.index(556, 1).data()
        settle()
    assert [(window.offset, window.limit) for window in server.asked] == [(500, 100)]


def test_rushing_past_pages_asks_only_where_one_arrives(qapp: QtWidgets.QApplication) -> None:
    server = Server(MILLION)
    server.model.restart()
    server.answer()
    for row in range(0, 90_000, 100):
        server.model.index(row, 0).data()
    settle()
    assert [window.offset for window in server.asked] == [89_700, 89_800, 89_900]


def test_the_answer_to_an_older_question_is_dropped(qapp: QtWidgets.QApplication) -> None:
    server = Server(10)
    server.model.restart()
    old = server.asked[0]
    server.model.restart()
    server.model.receive(old, ["wrong"], 1)
    assert server.model.rowCount() == 0
    server.answer()
    assert server.model.index(3, 0).data() == "row 3"


def test_sorting_is_asked_of_the_server(qapp: QtWidgets.QApplication) -> None:
    server = Server(10)
    server.model.restart()
    server.model.sort(0, QtCore.Qt.SortOrder.DescendingOrder)
    assert server.asked[-1].sort == "-row"
    server.model.sort(1)
    assert server.asked[-1].sort == ""


def test_a_list_that_shrinks_or_grows_tells_its_view(qapp: QtWidgets.QApplication, qtbot: QtBot) -> None:
    server = Server(300)
    server.model.restart()
    server.answer()
    for total in (120, 0, 40):
        server.total = total
        server.model.reload()
        server.answer()
        assert server.model.rowCount() == total
    assert server.model.index(39, 0).data() == "row 39"


def test_a_refused_page_is_asked_for_again_when_it_is_seen(qtbot: QtBot) -> None:
    server = Server(500)
    server.model.restart()
    server.answer()
    server.model.index(250, 0).data()
    settle()
    with qtbot.waitSignal(server.model.failed) as told:
        server.model.refuse(server.asked.pop(), "The server does not answer.")
    assert told.args == ["The server does not answer."]
    server.model.index(250, 0).data()
    settle()
    assert server.asked[-1].offset == 200


def test_one_changed_row_is_put_in_its_place(qtbot: QtBot) -> None:
    server = Server(10)
    server.model.restart()
    server.answer()
    with qtbot.waitSignal(server.model.dataChanged):
        assert server.model.replace(lambda row: row == 4, 44)
    assert server.model.index(4, 0).data() == "row 44"
    assert not server.model.replace(lambda row: row == 4, 44)


@pytest.fixture
def shown(qtbot: QtBot) -> table.DataTable:
    server = Server(250)
    made = table.DataTable(server.model, name="Numbers")
    qtbot.addWidget(made)
    made.resize(600, 400)
    server.model.restart()
    server.answer()
    made.show()
    with qtbot.waitExposed(made):
        made.activateWindow()
    made.view.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    return made


def test_the_keyboard_walks_and_activates(shown: table.DataTable, qtbot: QtBot) -> None:
    QtTest.QTest.keyClick(shown.view, QtCore.Qt.Key.Key_Down)
    with qtbot.waitSignal(shown.activated) as told:
        QtTest.QTest.keyClick(shown.view, QtCore.Qt.Key.Key_Return)
    assert told.args == [1]
    assert shown.current() == 1


def test_coming_by_tab_puts_the_ring_on_the_first_row(shown: table.DataTable) -> None:
    assert shown.view.currentIndex().row() == 0


def test_picked_rows_are_copied_as_clean_tsv(shown: table.DataTable, qtbot: QtBot) -> None:
    shown.pick(2)
    QtTest.QTest.keyClick(shown.view, QtCore.Qt.Key.Key_C, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert QtGui.QGuiApplication.clipboard().text() == "Row\tEven or odd\nrow 2\teven, 2"


def test_tab_leaves_the_table(shown: table.DataTable) -> None:
    assert not shown.view.tabKeyNavigation()


def test_an_empty_list_teaches_and_a_broken_one_can_be_tried_again(qtbot: QtBot) -> None:
    server = Server(0)
    nothing = empty.EmptyState("users", "No audience yet", "Import one.")
    made = table.DataTable(server.model, name="Audiences", nothing=nothing)
    qtbot.addWidget(made)
    server.model.restart()
    server.model.refuse(server.asked.pop(), "The server does not answer.")
    broken = made.currentWidget()
    assert broken is not None
    assert broken.accessibleDescription() == "The server does not answer."
    broken.findChildren(QtWidgets.QPushButton)[0].click()
    server.answer()
    assert made.currentWidget() is nothing
    server.total = 5
    server.model.reload()
    server.answer()
    assert made.currentWidget() is made.view


def test_the_stretching_column_never_becomes_narrower_than_its_width(qtbot: QtBot) -> None:
    made = gallery.sample_table()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.currentWidget() is made.view)
    assert made.view.columnWidth(0) == 220
    made.resize(1400, 300)
    qtbot.waitUntil(lambda: made.view.columnWidth(0) > 600)


def test_every_cell_has_words_for_a_screen_reader(qtbot: QtBot) -> None:
    made = gallery.sample_table()
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.model.total == len(samples.SAMPLES))
    role = QtCore.Qt.ItemDataRole.AccessibleTextRole
    said = [made.model.index(0, column).data(role) for column in range(made.model.columnCount())]
    assert said == [
        "Spring drop · early access, Members EU",
        "running",
        "mail, message-square",
        "412,806",
        "64%",
        "1,204",
    ]


@pytest.mark.parametrize(
    "way", [QtCore.Qt.LayoutDirection.LeftToRight, QtCore.Qt.LayoutDirection.RightToLeft]
)
def test_a_row_that_is_picked_has_the_keyboard_in_either_direction(
    way: QtCore.Qt.LayoutDirection, qtbot: QtBot
) -> None:
    server = Server(10)
    made = table.DataTable(server.model, name="Rows")
    qtbot.addWidget(made)
    made.setLayoutDirection(way)
    made.resize(300, 300)
    server.model.restart()
    server.answer()
    heard: list[object] = []
    made.picked.connect(heard.append)
    made.pick(3)
    assert (made.current(), made.selected(), heard) == (3, [3], [3])
    made.pick(5)
    assert (made.current(), made.selected(), heard) == (5, [5], [3, 5])
