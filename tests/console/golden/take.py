"""Take the pictures, in a process whose surroundings are fixed: `python -m tests.console.golden.take DIR`."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[3]
PATIENCE_S = 100.0

#: Fontconfig with no font at all: only those that the project brings can be drawn with.
NO_FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{folder}/none</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


class NotTaken(Exception):
    """The pictures could not be taken; the words are the process's own."""


def take(folder: pathlib.Path, **different: str) -> None:
    """Take every picture into `folder`; `different` changes the surroundings. Raises NotTaken."""
    with tempfile.TemporaryDirectory() as own:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(folder)],
            cwd=ROOT,
            env=surroundings(pathlib.Path(own)) | different,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    if done.returncode:
        raise NotTaken(done.stderr or done.stdout)


def surroundings(own: pathlib.Path) -> dict[str, str]:
    """An environment in which nothing of the machine or the person can be seen in a picture."""
    fonts = own / "fonts.conf"
    fonts.write_text(NO_FONTS.format(folder=own), encoding="utf-8")
    home = str(own / "home")
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_DATA_HOME": f"{home}/share",
        "XDG_RUNTIME_DIR": home,
        "FONTCONFIG_FILE": str(fonts),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": "1",
        "QT_FONT_DPI": "96",
    }


def main() -> int:
    """Serve the recording, stop the clock, photograph every screen."""
    from console import app, shots
    from console.widgets import figures
    from tests.console.golden import far, world

    folder = pathlib.Path(sys.argv[1])
    shots.SETTLE_S = 0.04
    figures.set_clock(lambda: world.NOW)
    with tempfile.TemporaryDirectory() as own, far.serving() as (url, unanswered):
        token = pathlib.Path(own) / "token"
        token.touch(0o600)
        token.write_text(far.TOKEN)
        code = shots.take(app.Wish(server=url, token_file=token), folder)
    for line in unanswered:
        sys.stderr.write(f"The recording has no answer to {line}\n")
    return code or bool(unanswered)


if __name__ == "__main__":
    sys.exit(main())
