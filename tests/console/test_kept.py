"""What is kept on this machine: settings, drafts, crash reports; whole or not there, private, and never fatal."""

import asyncio
import pathlib
import signal
import stat
import subprocess
import sys

import pytest
from pytestqt.qtbot import QtBot

from console import crashes, outside, window
from console.services import drafts, errors, places, settings
from console.widgets import buttons
from server.wire import problems


def test_a_setting_is_there_after_a_restart(qapp: object, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "console.json"
    kept = settings.Settings(path)
    kept.put("theme", "dark")
    kept.save()
    again = settings.Settings(path)
    assert again.get("theme", "system") == "dark"
    assert again.get("theme", 3) == 3, "a value of another type is not believed"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_setting_reaches_the_disk_by_itself(qapp: object, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "console.json"
    kept = settings.Settings(path)
    kept.put("window.view", "twins")
    deadline = asyncio.get_running_loop().time() + 5
    while not path.exists():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    assert settings.Settings(path).get("window.view", "") == "twins"


def test_broken_settings_are_set_aside(qapp: object, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "console.json"
    path.write_text("{half")
    assert settings.Settings(path).get("theme", "system") == "system"
    assert (tmp_path / "console.broken").read_text() == "{half"


def test_settings_that_cannot_be_written_hurt_nobody(qapp: object, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    kept = settings.Settings(tmp_path / "file" / "console.json")
    kept.put("theme", "dark")
    kept.save()
    assert kept.get("theme", "") == "dark"


def test_a_failed_write_leaves_the_old_file_and_no_rest(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.json"
    places.write(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        places.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_draft_outlives_a_crash_and_is_dropped_when_saved(qapp: object, tmp_path: pathlib.Path) -> None:
    left = drafts.Drafts(tmp_path)
    left.keep("campaign", "7", {"name": "Sprin"})
    left.keep("campaign", "7", {"name": "Spring drop"})
    left.keep("template", "../../etc", {"body": "x"})
    assert left.find("campaign", "7") is not None, "it is found before it is on disk"
    left.save()
    again = drafts.Drafts(tmp_path)
    found = again.find("campaign", "7")
    assert found is not None
    assert found.content == {"name": "Spring drop"}
    assert [draft.editor for draft in again.all()] == ["template", "campaign"]
    again.drop("campaign", "7")
    assert again.find("campaign", "7") is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_draft_is_found_in_the_workspace_it_was_written_in_alone(
    qapp: object, tmp_path: pathlib.Path
) -> None:
    left = drafts.Drafts(tmp_path)
    left.place = "abc234-1"
    left.keep("campaign", "7", {"name": "Spring"})
    left.place = "abc234-2"
    assert left.find("campaign", "7") is None
    left.keep("campaign", "7", {"name": "Autumn"})
    left.save()
    assert [draft.content["name"] for draft in left.all()] == ["Autumn"]
    left.drop("campaign", "7")
    left.place = "abc234-1"
    assert [draft.content["name"] for draft in left.all()] == ["Spring"]


def test_a_draft_that_cannot_be_read_is_left_aside(qapp: object, tmp_path: pathlib.Path) -> None:
    (tmp_path / "half.json").write_text("{")
    assert drafts.Drafts(tmp_path).all() == []


def test_a_problem_of_the_server_carries_its_faults() -> None:
    faults = [problems.Fault(place="content.sms.body", message="It is empty.", remedy="Write something.")]
    problem = errors.of(problems.refuse(problems.Code.INVALID, "It cannot be saved.", "Mend it.", faults))
    assert problem.faults == {"content.sms.body": "It is empty. Write something."}
    assert (problem.code, str(problem)) == (problems.Code.INVALID, "It cannot be saved. Mend it.")


def test_only_the_newest_crash_reports_are_kept() -> None:
    for number in range(errors.KEPT_REPORTS + 5):
        errors.write_report(ValueError(f"number {number}"))
    found = sorted(errors.reports().glob("crash-*.txt"))
    assert len(found) == errors.KEPT_REPORTS
    assert "number 24" in found[-1].read_text()


async def test_an_error_in_a_slot_is_reported_and_told(qapp: object) -> None:
    told: list[tuple[str, pathlib.Path | None]] = []
    watch = errors.Watch(lambda words, path: told.append((words, path)))
    loop = asyncio.get_running_loop()
    watch.install(loop)
    try:
        error = ZeroDivisionError("in a slot")
        sys.excepthook(ZeroDivisionError, error, None)
        loop.call_exception_handler({"message": "a task nobody awaited", "exception": KeyError("in a task")})
        loop.call_exception_handler({"message": "only words"})
    finally:
        watch.remove()
        loop.set_exception_handler(None)
    assert [path is not None and path.exists() for _, path in told] == [True, True]
    assert "The server and its campaigns are not affected." in told[0][0]


def test_the_console_and_the_server_agree_on_where_data_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    from server import settings as server_settings

    assert places.data() == server_settings.folder()
    monkeypatch.setenv("HELIOGRAPH_DATA", "/srv/heliograph")
    assert places.data() == server_settings.read({}).data


def test_a_console_that_broke_is_told_of_at_the_next_start_and_its_report_can_be_deleted(
    qapp: object, qtbot: QtBot
) -> None:
    code = (
        "import asyncio, ctypes, qasync\nfrom PySide6 import QtCore\nfrom console.services import errors\n"
        "app = QtCore.QCoreApplication([])\nloop = qasync.QEventLoop(app)\n"
        "errors.Watch(lambda words, path: None).install(loop)\nctypes.string_at(0)\n"
    )
    broke = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert broke.returncode == -signal.SIGSEGV
    (report,) = errors.left()
    assert "Fatal Python error: Segmentation fault" in report.read_text()
    shown = window.Window(outside.Services())
    qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
    shown.show()
    sheet = crashes.offer(shown)
    assert sheet is not None
    delete = next(one for one in sheet.findChildren(buttons.Button) if one.text() == "Delete it")
    delete.click()
    assert not report.exists()
    assert crashes.offer(shown) is None


async def test_a_console_that_ended_well_or_was_killed_leaves_nothing_to_tell(qapp: object) -> None:
    watch = errors.Watch(lambda _words, _path: None)
    loop = asyncio.get_running_loop()
    watch.install(loop)
    assert errors.left() == [], "it still runs"
    watch.remove()
    loop.set_exception_handler(None)
    killed = errors.reports() / "native-999999999.log"
    killed.touch()
    assert errors.left() == []
    assert not killed.exists()


def test_a_draft_outlives_a_console_that_is_killed(tmp_path: pathlib.Path) -> None:
    code = (
        "import os, signal, sys\nfrom PySide6 import QtCore\nfrom console.services import drafts\nimport pathlib\n"
        "app = QtCore.QCoreApplication([])\nleft = drafts.Drafts(pathlib.Path(sys.argv[1]))\n"
        "left.keep('campaign', '7', {'name': 'Spring drop'})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    found = drafts.Drafts(tmp_path).find("campaign", "7")
    assert found is not None
    assert found.content == {"name": "Spring drop"}
