"""Where this person's files lie on this machine, and how a file is written so that it is whole or not there."""

import os
import pathlib
import sys
import tempfile

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def config() -> pathlib.Path:
    """The folder for settings, drafts and crash reports."""
    home = pathlib.Path.home()
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "heliograph"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "heliograph-console"
    return pathlib.Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "heliograph"


def data() -> pathlib.Path:
    """The data folder a server uses that was told none; server.settings.folder names the same."""
    chosen = os.environ.get("HELIOGRAPH_DATA", "")
    if chosen:
        return pathlib.Path(chosen).expanduser()
    home = pathlib.Path.home()
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "heliograph"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "heliograph"
    return pathlib.Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "heliograph"


def write(path: pathlib.Path, content: bytes) -> None:
    """Write a private file in one step: a crash leaves the old one or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        pathlib.Path(name).chmod(PRIVATE_FILE)
        pathlib.Path(name).replace(path)
    except OSError:
        pathlib.Path(name).unlink(missing_ok=True)
        raise
