"""`python -m server` ends with the exit code it means."""

import os
import pathlib
import subprocess
import sys

INTERRUPTED_IN_TEXT = """
import sys
from server import __main__ as started

def interrupted():
    exec("raise KeyboardInterrupt")

started._run = interrupted
sys.exit(started.main())
"""


def test_ctrl_c_while_an_import_makes_a_dataclass_ends_with_130_and_not_by_the_signal(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED_IN_TEXT)
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"], env=os.environ | {"PYTHONPATH": paths}, timeout=60, check=False
    )
    assert ended.returncode == 130
