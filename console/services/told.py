"""What a person was told lately: kept on disk, counted until it has been read, and alarms put off for a while."""

import datetime
import hashlib
import logging
import pathlib

import msgspec
from PySide6 import QtCore

from console.services import places

log = logging.getLogger(__name__)

MOST = 200
PAUSE_MS = 400


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said."""

    words: str
    at: datetime.datetime  #: aware, UTC
    tone: str = "mute"
    link: str = ""  #: where it leads (services.links); empty where it leads nowhere
    read: bool = False


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    told: list[Told] = []
    put_off: dict[str, datetime.datetime] = {}  #: an alarm's words, and until when


class History(QtCore.QObject):
    """One workspace's history; `enter` another. Only what needs a person counts as unread."""

    changed = QtCore.Signal()

    def __init__(self, folder: pathlib.Path | None = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or places.config() / "notices"
        self._place = ""
        self.rows: list[Told] = []  #: the newest first
        self._put_off: dict[str, datetime.datetime] = {}
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self.save)

    def enter(self, place: str) -> None:
        """Show what was said in this workspace (session.Session.place)."""
        if place == self._place:
            return
        self.save()
        self._place = place
        kept = self._read()
        self.rows, self._put_off = list(kept.told), dict(kept.put_off)
        self.changed.emit()

    def add(self, words: str, *, tone: str = "mute", link: str = "") -> None:
        """Keep a sentence. What warns is unread until somebody looks."""
        now = datetime.datetime.now(datetime.UTC)
        read = tone not in ("bad", "warn")
        self.rows.insert(0, Told(words=words, at=now, tone=tone, link=link, read=read))
        del self.rows[MOST:]
        self._moved()

    @property
    def unread(self) -> int:
        """How many nobody has looked at."""
        return sum(1 for row in self.rows if not row.read)

    def mark_read(self) -> None:
        """Somebody has looked at all of it."""
        if self.unread:
            self.rows = [msgspec.structs.replace(row, read=True) for row in self.rows]
            self._moved()

    def clear(self) -> None:
        """Forget what was said; what is put off stays so."""
        self.rows = []
        self._moved()

    def put_off(self, words: str, until: datetime.datetime) -> None:
        """Leave an alarm out of the count until then."""
        self._put_off[words] = until
        self._moved()

    def is_put_off(self, words: str) -> bool:
        """Whether an alarm is left out now."""
        until = self._put_off.get(words)
        return until is not None and until > datetime.datetime.now(datetime.UTC)

    def save(self) -> None:
        """Write now, as when the window closes."""
        self._later.stop()
        if not self._place:
            return
        now = datetime.datetime.now(datetime.UTC)
        late = {words: until for words, until in self._put_off.items() if until > now}
        try:
            places.write(self._path(), msgspec.json.encode(_Kept(told=self.rows, put_off=late)))
        except OSError as error:
            log.warning("notices not kept: %s", error, extra={"action": "notices_not_kept"})

    def _moved(self) -> None:
        self._later.start()
        self.changed.emit()

    def _read(self) -> _Kept:
        try:
            return msgspec.json.decode(self._path().read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return _Kept()

    def _path(self) -> pathlib.Path:
        return self._folder / f"{hashlib.sha256(self._place.encode()).hexdigest()[:24]}.json"
