"""What somebody was writing, kept on disk while they write, and offered again after a crash."""

import datetime
import hashlib
import logging
import pathlib
from typing import Any

import msgspec
from PySide6 import QtCore

from console.services import places

log = logging.getLogger(__name__)

PAUSE_MS = 400  #: while somebody types on, what they type is written so often


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One editor's content that has not reached the server."""

    editor: str  #: which kind of editor, such as `campaign`
    key: str  #: what it edits, such as the campaign's id
    at: datetime.datetime  #: aware, UTC
    content: dict[str, Any]
    place: str = ""  #: the workspace it belongs to (session.Session.place): keys mean nothing in another


class Drafts(QtCore.QObject):
    """One file a draft. Keep at every keystroke.

    The first one after a pause is on disk when `keep` returns, those that follow are a moment later; each time it is
    the whole draft or nothing.
    """

    def __init__(self, folder: pathlib.Path | None = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or places.config() / "drafts"
        self.place = ""  #: drafts of this place alone are kept, found and dropped
        self._pending: dict[pathlib.Path, Draft] = {}
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self._go_on)

    def keep(self, editor: str, key: str, content: dict[str, Any]) -> None:
        """Remember what an editor holds now. Never give it secrets."""
        now = datetime.datetime.now(datetime.UTC)
        draft = Draft(editor=editor, key=key, at=now, content=content, place=self.place)
        self._pending[self._path(editor, key)] = draft
        if not self._later.isActive():
            self._go_on()

    @property
    def is_busy(self) -> bool:
        """Whether somebody typed a moment ago, so that what follows is written together."""
        return self._later.isActive()

    def save(self) -> None:
        """Write what is pending, as when the window closes."""
        self._later.stop()
        self._write()

    def _go_on(self) -> None:
        """Write what is pending, and look again soon; at rest once nothing came."""
        if self._pending:
            self._write()
            self._later.start()

    def _write(self) -> None:
        pending, self._pending = self._pending, {}
        for path, draft in pending.items():
            try:
                places.write(path, msgspec.json.encode(draft))
            except OSError as error:
                log.warning("draft not kept: %s", error, extra={"action": "draft_not_kept"})

    def find(self, editor: str, key: str) -> Draft | None:
        """The draft of one editor, if one was left."""
        path = self._path(editor, key)
        return self._pending.get(path) or _read(path)

    def all(self) -> list[Draft]:
        """Every draft that was left in this place, the newest first."""
        found = [draft for path in self._folder.glob("*.json") if (draft := _read(path)) is not None]
        here = [draft for draft in found if draft.place == self.place]
        return sorted(here, key=lambda draft: draft.at, reverse=True)

    def drop(self, editor: str, key: str) -> None:
        """Forget a draft: it has reached the server, or nobody wants it."""
        path = self._path(editor, key)
        self._pending.pop(path, None)
        path.unlink(missing_ok=True)

    def _path(self, editor: str, key: str) -> pathlib.Path:
        digest = hashlib.sha256(f"{self.place}\0{editor}\0{key}".encode()).hexdigest()[:24]
        return self._folder / f"{digest}.json"


def _read(path: pathlib.Path) -> Draft | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Draft)
    except (OSError, msgspec.MsgspecError):
        return None
