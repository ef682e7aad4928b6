"""What this person likes, as one JSON file: theme, window, tabs, columns."""

import logging
import pathlib
from typing import Any, TypeVar

import msgspec
from PySide6 import QtCore

from console.services import places

log = logging.getLogger(__name__)

SAVE_MS = 400

ValueT = TypeVar("ValueT")


class Settings(QtCore.QObject):
    """Values by dotted name. A broken file is set aside, never fatal; writing is gathered and atomic."""

    def __init__(self, path: pathlib.Path | None = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path or places.config() / "console.json"
        self._values = self._read()
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SAVE_MS)
        self._later.timeout.connect(self.save)

    def get(self, name: str, default: ValueT) -> ValueT:
        """A value, or the default where there is none or one of another type."""
        found = self._values.get(name, default)
        return found if isinstance(found, type(default)) else default

    def put(self, name: str, value: Any) -> None:
        """Change a value; it is on disk within half a second."""
        if self._values.get(name) != value:
            self._values[name] = value
            self._later.start()

    def save(self) -> None:
        """Write now, as when the window closes."""
        self._later.stop()
        try:
            places.write(self._path, msgspec.json.format(msgspec.json.encode(self._values), indent=1))
        except OSError as error:
            log.warning("settings not saved: %s", error, extra={"action": "settings_not_saved"})

    def _read(self) -> dict[str, Any]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Any])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("settings set aside: %s", error, extra={"action": "settings_unreadable"})
            try:
                self._path.replace(self._path.with_suffix(".broken"))
            except OSError:
                log.warning(
                    "the broken settings stay where they are", extra={"action": "settings_unreadable"}
                )
            return {}
