"""The demo as a person runs it: the real server, the real adapters, and a report that must balance."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time
from typing import Any

import pytest

from server.demo import gauge
from server.twins import base

PEOPLE = 120
DEADLINE_S = 110


def start(out: pathlib.Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "server", "demo", "--out", str(out), "--recipients", str(PEOPLE), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def report(out: pathlib.Path) -> dict[str, Any]:
    """One demo's report, as it was printed."""
    with start(out, "--json", "--seed", "3") as process:
        told, words = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, words
    found: dict[str, Any] = json.loads(told)
    return found


def test_the_demo_balances(report: dict[str, Any]) -> None:
    equation = report["equation"]
    assert report["balanced"]
    assert report["finished"]
    assert report["settled"]
    assert report["audience"]["people"] == PEOPLE
    assert equation["audience"] == PEOPLE * 6 == sum(equation.values()) - equation["audience"]
    assert equation["waiting"] == equation["sending"] == 0
    assert report["recount"] == {"messages": PEOPLE * 6, "differences": []}


def test_every_channel_was_sent_and_judged_by_its_twin(report: dict[str, Any]) -> None:
    assert list(report["channels"]) == ["apns", "webpush", "email", "sms", "whatsapp", "rcs"]
    for key, channel in report["channels"].items():
        twins = channel["twins"]
        assert channel["equation"]["accepted"] > 0, key
        assert channel["failed"], key
        assert all(reason["meaning"] for reason in channel["failed"] + channel["skipped"]), key
        assert (twins["lost"], twins["unclaimed"]) == (0, 0), key
        assert twins["taken"] == twins["expected"] + twins["doubted"] > 0, key
    for key in ("sms", "whatsapp"):
        assert "missing_value" in [reason["reason"] for reason in report["channels"][key]["skipped"]]


def test_the_files_say_what_was_printed(out: pathlib.Path, report: dict[str, Any]) -> None:
    assert json.loads((out / "report.json").read_bytes()) == report
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"{report['equation']['accepted']:,}" in page
    assert "Balanced" in page


def test_magic_recipients_met_their_fate(out: pathlib.Path, report: dict[str, Any]) -> None:
    """Judged in the ledger's own file: the state of the SMS to each magic person."""
    query = (
        "SELECT contact.key, message.state FROM message JOIN contact ON contact.workspace = message.workspace"
        " AND contact.id = message.contact WHERE message.channel = 4 AND contact.key LIKE 'magic-%'"
    )
    with sqlite3.connect(f"file:{out / 'data' / 'heliograph.db'}?mode=ro", uri=True) as database:
        states = dict(database.execute(query).fetchall())
    database.close()
    assert report["audience"]["magic"] == len(states) == len(base.Word)
    delivered, replied, failed = 3, 6, 10
    assert states["magic-delivered"] == delivered
    assert states["magic-throttled"] == delivered  # after the 429 it was told to wait for
    assert states["magic-replied"] == replied
    assert [states[f"magic-{word}"] for word in ("dead", "blocked", "refused", "bounced")] == [failed] * 4


def test_the_error_sheet_is_in_the_report(report: dict[str, Any]) -> None:
    audience = report["audience"]
    assert audience["rows"] == PEOPLE + audience["broken"]
    assert audience["rows_refused"] == audience["broken"] == len(audience["sheet"])
    assert all(cell["message"] and cell["remedy"] for cell in audience["sheet"])


def test_costs_and_rates_are_measured(report: dict[str, Any]) -> None:
    assert report["rates"]["messages_per_s"] > 0
    assert set(report["processes"]) == {"api", "sender", "twins", gauge.SUPERVISOR}
    assert report["cpu_ms_per_1000"]["sender"] > 0
    assert 0 < report["memory"]["sender"] < 300
    assert all(seconds >= 0 for seconds in report["durations"].values())


def test_no_server_is_left_behind(out: pathlib.Path, report: dict[str, Any]) -> None:
    assert report
    assert not (out / "data" / "server.json").exists()
    assert running_on(out) == []


def test_ctrl_c_ends_the_demo_and_its_server(tmp_path: pathlib.Path) -> None:
    with start(tmp_path) as process:
        until = time.monotonic() + DEADLINE_S
        while not (tmp_path / "data" / "server.json").exists():
            assert process.poll() is None
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130, words
    assert "Traceback" not in words
    assert "Stopped." in words
    assert not (tmp_path / "report.html").exists()
    assert running_on(tmp_path) == []


def running_on(folder: pathlib.Path) -> list[str]:
    """Command lines of processes that name a folder, but for this one."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and entry.parent.name != str(os.getpid()):
            found.append(words)
    return found
