"""The console holds nothing that freezes a window or loses a failure, and no circle."""

import ast
import dataclasses
import graphlib

import pytest

from tests.architecture import tree

#: Qt's shortcuts that open a box and turn the loop inside the call, by class.
NESTED = {
    "QMessageBox": {"about", "aboutQt", "critical", "information", "question", "warning"},
    "QFileDialog": {"getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"},
    "QInputDialog": {"getDouble", "getInt", "getItem", "getMultiLineText", "getText"},
    "QColorDialog": {"getColor"},
    "QFontDialog": {"getFont"},
}
NEVER_CALLED = {
    "exec": "a nested loop stops every task: open() it and pass a callback",
    "exec_": "a nested loop stops every task: open() it and pass a callback",
    "processEvents": "a nested turn of the loop runs slots inside slots: start an operation",
    "waitForFinished": "it blocks the window: start an operation",
    "run_until_complete": "the loop already runs: start an operation",
}
NEVER_NAMED = {
    "asyncSlot": "its failures vanish and a double click runs twice: start an operation",
    "asyncClose": "its failures vanish: start an operation",
    "QEventLoop": "a nested loop stops every task",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One forbidden construct."""

    line: int
    what: str
    instead: str


def _in_a_call(function: ast.expr) -> tuple[str, str] | None:
    match function:
        case ast.Attribute(value=ast.Name(id="app"), attr="exec"):
            return None  # the application's own loop nests in nothing
        case ast.Attribute(attr=name) if name in NEVER_CALLED:
            return f".{name}()", NEVER_CALLED[name]
        case ast.Attribute(value=ast.Attribute(attr=owner) | ast.Name(id=owner), attr=name) if (
            name in NESTED.get(owner, ())
        ):
            return (
                f"{owner}.{name}()",
                "it turns the loop inside the call: open() a dialog and pass a callback",
            )
        case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
            return "time.sleep()", "it blocks the window: await asyncio.sleep() in an operation"
    return None


def _in_a_name(node: ast.AST) -> tuple[str, str] | None:
    match node:
        # The console's one real loop is qasync's, which is made where the application is.
        case ast.Attribute(value=ast.Name(id="qasync"), attr="QEventLoop"):
            return None
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name) if name in NEVER_NAMED:
            return name, NEVER_NAMED[name]
    return None


def findings(module: ast.Module) -> list[Finding]:
    """Every forbidden construct of a module, with its line and what to do instead."""
    found = []
    for node in ast.walk(module):
        hit = (_in_a_call(node.func) if isinstance(node, ast.Call) else None) or _in_a_name(node)
        if hit:
            found.append(Finding(line=getattr(node, "lineno", 0), what=hit[0], instead=hit[1]))
    return found


def test_the_console_never_nests_a_loop_or_blocks_it() -> None:
    found = [
        f"{tree.place(path)}:{finding.line}: {finding.what}: {finding.instead}"
        for path in tree.sources("console")
        for finding in findings(tree.syntax(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "dialog.exec()",
        "menu.exec_(point)",
        "QtWidgets.QApplication.processEvents()",
        "QtWidgets.QMessageBox.question(self, 'Sure?', 'Launch?')",
        "QMessageBox.warning(self, 'No', 'No')",
        "QtWidgets.QFileDialog.getOpenFileName(self)",
        "@qasync.asyncSlot()\nasync def launch(): ...",
        "from qasync import asyncSlot",
        "loop = QtCore.QEventLoop()",
        "time.sleep(1)",
    ],
)
def test_a_forbidden_construct_is_found(text: str) -> None:
    assert findings(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "dialog.open()",
        "app.exec()",
        "loop = qasync.QEventLoop(app)",
        "menu.popup(point)",
        "box = QtWidgets.QMessageBox(self)",
    ],
)
def test_what_is_allowed_is_left_alone(text: str) -> None:
    assert findings(ast.parse(text)) == []


def test_services_know_no_widgets() -> None:
    named = {
        tree.place(path): sorted(names & {"QtWidgets", "PySide6.QtWidgets"})
        for path in tree.sources("console/services")
        if (
            names := {
                name
                for node in ast.walk(tree.syntax(path))
                if isinstance(node, ast.Import | ast.ImportFrom)
                for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            }
        )
    }
    assert {place: found for place, found in named.items() if found} == {}


def test_no_two_modules_need_each_other() -> None:
    known = tree.imports()
    ours = [name for name in known.modules if name.split(".")[0] in tree.PACKAGES]
    # What is imported for its types alone counts as well: a circle is a circle.
    sorter = graphlib.TopologicalSorter(
        {name: known.find_modules_directly_imported_by(name) for name in ours}
    )
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"A circle: {' -> '.join(error.args[1])}")
