"""Take the pictures, in processes whose surroundings are fixed: `python -m tests.console.golden.take DIR WORLD`."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent import futures

ROOT = pathlib.Path(__file__).parents[3]
PATIENCE_S = 300.0  #: a guard against hanging, not a bound on speed

WHOLE = "recorded"  #: the world of which every state is photographed
OTHERS = ("nothing", "refused")  #: those of which each view is photographed as it opens
PASSES = ("longer", "mirrored")  #: the recorded world once more, in other languages

#: Fontconfig with no font at all: only those that the project brings can be drawn with.
NO_FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{folder}/none</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


class NotTaken(Exception):
    """The pictures could not be taken; the words are the process's own."""


def take(folder: pathlib.Path, **different: str) -> None:
    """Take every picture of every world into `folder`; `different` changes the surroundings. Raises NotTaken."""
    with futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        started = [pool.submit(_take, folder, chosen, different) for chosen in (WHOLE, *PASSES, *OTHERS)]
    for one in started:
        one.result()


def _take(folder: pathlib.Path, chosen: str, different: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as own:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(folder), chosen],
            cwd=ROOT,
            env=surroundings(pathlib.Path(own)) | different,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    if done.returncode:
        words = f"The process that takes the pictures of “{chosen}” ended with {done.returncode}."
        raise NotTaken(f"{words}\n{done.stderr}{done.stdout}")


def surroundings(own: pathlib.Path) -> dict[str, str]:
    """An environment in which nothing of the machine or the person can be seen in a picture."""
    fonts = own / "fonts.conf"
    fonts.write_text(NO_FONTS.format(folder=own), encoding="utf-8")
    home = str(own / "home")
    return {
        "PYTHONFAULTHANDLER": "1",
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_DATA_HOME": f"{home}/share",
        "XDG_RUNTIME_DIR": home,
        "FONTCONFIG_FILE": str(fonts),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",  # Chromium's own refuses to start as root
        "QT_SCALE_FACTOR": "1",
        "QT_FONT_DPI": "96",
    }


def main() -> int:
    """Serve a world, stop the clock, photograph every screen."""
    from console import app, shots
    from console.widgets import figures
    from tests.console.golden import far, passes, world

    folder, chosen = pathlib.Path(sys.argv[1]), sys.argv[2]
    shots.SETTLE_S = 0.04
    figures.set_clock(lambda: world.NOW)
    with tempfile.TemporaryDirectory() as own, far.serving(_world(chosen)) as (url, unanswered):
        token = pathlib.Path(own) / "token"
        token.touch(0o600)
        token.write_text(far.TOKEN)
        wish = app.Wish(server=url, token_file=token)
        if chosen == WHOLE:
            code = shots.take(wish, folder)
        elif chosen in PASSES:
            with passes.put_on(chosen):
                code = shots.take(wish, pathlib.Path(own), tuple(passes.SCREENS))
            _rename(pathlib.Path(own), folder, chosen)
        else:
            code = shots.take(wish, pathlib.Path(own), states=False)
            _move(pathlib.Path(own), folder, chosen)
    for line in unanswered:
        sys.stderr.write(f"The recording has no answer to {line}\n")
    return code or bool(unanswered)


def _world(chosen: str) -> str:
    return WHOLE if chosen in PASSES else chosen


def _rename(taken: pathlib.Path, folder: pathlib.Path, chosen: str) -> None:
    """The pictures of a pass are named after it, and know no theme."""
    for path in taken.glob("*.png"):
        shutil.move(path, folder / f"{path.stem.rpartition('_')[0]}_{chosen}.png")


def _move(taken: pathlib.Path, folder: pathlib.Path, chosen: str) -> None:
    """The pictures of another world are states of the views."""
    for path in taken.glob("*.png"):
        view, _, theme = path.stem.rpartition("_")
        shutil.move(path, folder / f"{view}_{chosen}_{theme}.png")


if __name__ == "__main__":
    sys.exit(main())
