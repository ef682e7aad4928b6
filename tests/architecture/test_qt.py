"""PySide6 stays at a version that does not kill the process."""

import importlib.metadata
import subprocess
import sys
import textwrap

from packaging import requirements, version

from tests.architecture import tree

FIRST_BAD = version.Version("6.12.0")
WHEELS = ("pyside6-essentials", "pyside6-addons")

#: On Python 3.11 PySide6 6.12 loses one reference to True with every signal, and dies some 600 signals later.
RING = textwrap.dedent("""
    import sys
    from PySide6 import QtCore

    class Bell(QtCore.QObject):
        rung = QtCore.Signal(int)

    heard = []
    bell = Bell()
    bell.rung.connect(heard.append)
    before = sys.getrefcount(True)
    for number in range(5_000):
        bell.rung.emit(number)
    print(len(heard), sys.getrefcount(True) - before)
""")


def test_the_project_asks_for_pyside_below_the_bad_version() -> None:
    extras = tree.project()["project"]["optional-dependencies"]
    asked = [requirements.Requirement(text) for extra in extras.values() for text in extra]
    asked = [one for one in asked if one.name in WHEELS]
    assert {one.name for one in asked} == set(WHEELS)
    assert not any(one.specifier.contains(FIRST_BAD) for one in asked)


def test_the_installed_pyside_is_below_the_bad_version() -> None:
    for wheel in WHEELS:
        assert version.Version(importlib.metadata.version(wheel)) < FIRST_BAD


def test_five_thousand_signals_cost_no_reference_to_true() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RING], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    heard, gained = map(int, done.stdout.split())
    assert heard == 5_000
    assert gained > -100  # what else lives in the process may let go of a few
