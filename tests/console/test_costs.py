"""What the console may cost, in CPU time of its own: scrolling, live charts, a preview, the first paint, memory."""

import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

from console import samples
from console.widgets import paged, table, throughput
from console.widgets.devices import handset
from tests.console.golden import world

MILLION = 1_000_000
NOMINAL_S = 0.011  #: CPU time of the yardstick on the machine that the limits were set on
MARGIN = 2.0  #: processes beside this one cost it caches and clock
ROOT = pathlib.Path(__file__).parents[2]


def pace() -> float:
    """How many times slower this machine is now than the one the limits were set on; at least 1."""

    def yardstick() -> float:
        began = time.thread_time()
        sum(at % 7 for at in range(250_000))
        return time.thread_time() - began

    return MARGIN * max(1.0, min(yardstick() for _ in range(5)) / NOMINAL_S)


def spent_ms(work: Callable[[], object]) -> float:
    """CPU time of this thread."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def test_a_frame_of_a_million_rows_that_scroll_takes_seventeen_milliseconds(qtbot: QtBot) -> None:
    model: paged.PagedModel

    def answer(window: paged.Window) -> None:
        rows = [
            samples.SAMPLES[at % len(samples.SAMPLES)]
            for at in range(window.offset, window.offset + window.limit)
        ]
        model.receive(window, rows, MILLION)

    model = paged.PagedModel(samples.COLUMNS, answer)
    shown = table.DataTable(model, name="A million")
    qtbot.addWidget(shown)
    shown.resize(1200, 800)
    shown.show()
    model.restart()
    bar, viewport = shown.view.verticalScrollBar(), shown.view.viewport()
    qtbot.waitUntil(lambda: bar.maximum() > MILLION)
    frames = []
    for at in range(120):
        bar.setValue(
            40 * 46 * at if at % 20 else bar.maximum() * at // 120
        )  # by the wheel, and now and then far
        frames.append(spent_ms(viewport.repaint))
    assert statistics.quantiles(frames, n=20)[-1] <= 17 * pace()


def test_ten_live_series_ten_times_a_second_take_a_tenth_of_a_core(qtbot: QtBot) -> None:
    chart = throughput.Throughput()
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    chart.show()

    def series(at: int) -> dict[str, tuple[list[float], list[float]]]:
        times = [1_760_000_000.0 + at + second for second in range(300)]
        return {
            f"channel {name}": (times, [100 + 20 * math.sin((second + name) / 9) for second in range(300)])
            for name in range(10)
        }

    given = [series(at) for at in range(12)]

    def turn(at: int) -> None:
        chart.set_series(given[at])
        chart._plot.viewport().repaint()

    turn(0)
    turn(1)
    turns = [spent_ms(lambda at=at: turn(at)) for at in range(2, 12)]  # type: ignore[misc]
    assert statistics.median(turns) * 10 <= 100 * pace()


def test_a_preview_is_drawn_anew_within_fifty_milliseconds(qtbot: QtBot) -> None:
    shown = handset.Handset()
    qtbot.addWidget(shown)
    shown.resize(500, 800)
    shown.show()
    contents = world.KEPT.campaign.contents.chosen()
    slowest = 0.0
    for channel in ("rcs", "whatsapp", "sms", "apns", "webpush"):
        shown.show_message(contents[channel], "Northwind")
        shown.grab()

        def refresh(channel: str = channel) -> None:
            shown.show_message(contents[channel], "Northwind")
            shown.device.repaint()

        slowest = max(slowest, statistics.median(spent_ms(refresh) for _ in range(5)))
    assert slowest <= 50 * pace()


FIRST_PAINT = """
import time
from PySide6 import QtWidgets
from console import outside, program, window
from console.widgets import theme
made = program.application(["heliograph"])
theme.dress(made, "light")
shown = window.Window(outside.Services())
shown.waiting("Looking for a server")
shown.show()
shown.repaint()
print(time.process_time())
"""

#: Chromium's processes share most of their pages: the proportional set size counts each page once.
MEMORY = """
import json, pathlib
from PySide6 import QtCore
from console import outside, program, window
from console.widgets import theme
from console.widgets.mail import mailview
from server.channels import email
made = program.application(["heliograph"])
theme.dress(made, "light")
shown = window.Window(outside.Services())
shown.show()
view = mailview.MailView()
view.resize(700, 700)
view.show_mail(email.EmailContent(subject="A mail", html="<h1>Hello</h1><p>" + "words " * 2000))
view.show()

def below(root):
    found, seen = [root], {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            seen[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for one in found:
        found += [pid for pid, parent in seen.items() if parent == one]
    return found

def pss_mb(pid):
    try:
        rows = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1024 for row in rows if row.startswith("Pss:")), 0.0)

def tell():
    import os
    print(json.dumps([pss_mb(pid) for pid in below(os.getpid())]), flush=True)
    os._exit(0)

QtCore.QTimer.singleShot(4000, tell)
made.exec()
"""


def ran(script: str, home: pathlib.Path) -> str:
    """What a script prints that has a process and a person's folders of its own."""
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | own | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]


def test_the_shell_is_painted_after_half_a_second_of_work(tmp_path: pathlib.Path) -> None:
    ran(FIRST_PAINT, tmp_path)  # compiles, and warms the disk
    assert float(ran(FIRST_PAINT, tmp_path)) <= 0.5 * pace()


def test_console_and_chromium_together_keep_350_megabytes(
    qapp: QtWidgets.QApplication, tmp_path: pathlib.Path
) -> None:
    assert sum(json.loads(ran(MEMORY, tmp_path))) <= 350
