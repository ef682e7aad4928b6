"""Every control of these pages can be named by a screen reader, reached by the keyboard, and left by Escape."""

import pathlib

import pytest
from PySide6 import QtCore, QtTest, QtWidgets

from console.widgets import inspector, paged, table
from tests.console import conftest
from tests.console.views import sandbox

CONTROLS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QLineEdit,
    QtWidgets.QComboBox,
    QtWidgets.QPlainTextEdit,
    QtWidgets.QTableView,
)


def controls(page: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """All visible controls; a table's own corner and a spin box's inner line are parts of what is named."""
    return [
        widget
        for kind in CONTROLS
        for widget in page.findChildren(kind)
        if widget.isVisible() and not widget.objectName().startswith("qt_")
    ]


@pytest.mark.parametrize("view", ["messages", "audiences", "providers", "twins"])
async def test_every_control_is_named_and_every_panel_is_left_by_escape(
    view: str, sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, view) as shown:
        page = shown.page()
        found = page.findChildren(table.DataTable)
        lists: list[tuple[table.DataTable, paged.PagedModel]] = [
            (one, one.model) for one in found if one.isVisible()
        ]
        await until(lambda: all(model.heard and model.row(0) is not None for _, model in lists))
        filled = lists[-1][0]
        filled.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        QtTest.QTest.keyClick(filled.view, QtCore.Qt.Key.Key_Home)
        panels = page.findChildren(inspector.Inspector)
        await until(lambda: any(panel.isVisible() for panel in panels))
        await until(lambda: not shown.services.operations.running())
        nameless = [widget for widget in controls(page) if not widget.accessibleName()]
        assert not nameless
        QtTest.QTest.keyClick(filled.view, QtCore.Qt.Key.Key_Escape)
        assert not any(panel.isVisible() for panel in panels)
