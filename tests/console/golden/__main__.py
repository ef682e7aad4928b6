"""Renew the kept pictures, `python -m tests.console.golden`: look at each that is named before you keep it."""

import pathlib
import sys
import tempfile

from tests.console.golden import pictures, take


def main() -> int:
    """Take every picture anew, and replace those that differ."""
    with tempfile.TemporaryDirectory() as own:
        folder = pathlib.Path(own)
        try:
            take.take(folder)
        except take.NotTaken as error:
            sys.stderr.write(str(error))
            return 1
        taken = pictures.worth_keeping(folder)
        for path in sorted(pictures.FOLDER.glob("*.png")):
            if path.stem not in taken:
                path.unlink()
                sys.stdout.write(f"removed  {path}\n")
        for path in taken.values():
            _renew(pictures.FOLDER / path.name, pictures.taken(path))
    return 0


def _renew(kept: pathlib.Path, pixels: pictures.Pixels) -> None:
    if kept.exists() and pictures.compare(pictures.read(kept), pixels) is None:
        return
    sys.stdout.write(f"{'changed' if kept.exists() else 'new    '}  {kept}\n")
    pictures.write(kept, pixels)


if __name__ == "__main__":
    sys.exit(main())
