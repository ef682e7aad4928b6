"""What can go wrong, told as a sentence and its remedy; and what nobody foresaw, kept in a file and told as well."""

import asyncio
import datetime
import faulthandler
import logging
import os
import pathlib
import platform
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from console.services import places
from server.wire import problems

log = logging.getLogger(__name__)

KEPT_REPORTS = 20

Tell = Callable[[str, pathlib.Path | None], None]


class Problem(Exception):
    """Something a person can be told: a sentence, what to do about it, and which fields it concerns."""

    def __init__(
        self,
        sentence: str,
        remedy: str = "",
        *,
        code: problems.Code = problems.Code.INTERNAL,
        faults: Mapping[str, str] | None = None,
        offline: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.code = code
        self.faults = dict(faults or {})  #: dotted place to words
        self.offline = offline  #: whether the server could not be reached at all

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


def refused(error: problems.Refused) -> Problem:
    """The server's own problem body as a Problem."""
    told = error.problem
    faults = {fault.place: f"{fault.message} {fault.remedy}".strip() for fault in told.fields}
    return Problem(told.title, told.remedy, code=told.code, faults=faults)


def of(error: BaseException) -> Problem:
    """Any failure as a Problem; one that nobody foresaw is reported to a file first."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, problems.Refused):
        return refused(error)
    report = write_report(error)
    where = (
        f"What happened is written in {report}." if report else "Look at the terminal it was started from."
    )
    return Problem("The console met something it does not know how to handle.", where)


def reports() -> pathlib.Path:
    """The folder of crash reports."""
    return places.config() / "crashes"


def write_report(error: BaseException) -> pathlib.Path | None:
    """Keep an error's trace in a local file; nothing is sent anywhere. None where not even that works."""
    now = datetime.datetime.now(datetime.UTC)
    said = "".join(traceback.format_exception(error))
    text = f"{now.isoformat()}\nPython {platform.python_version()} on {platform.platform()}\n\n{said}"
    log.error("unforeseen: %s", said, extra={"action": "crash_report"})
    path = reports() / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
    try:
        places.write(path, text.encode())
        for old in sorted(reports().glob("crash-*.txt"))[:-KEPT_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def _own_log() -> pathlib.Path:
    """Where this process writes when Qt or Python itself breaks; another console beside it has its own."""
    return reports() / f"native-{os.getpid()}.log"


def left() -> list[pathlib.Path]:
    """What consoles that broke have left, the newest first; those that ended well left nothing."""
    found = []
    for path in reports().glob("native-*.log"):
        number = path.stem.removeprefix("native-")
        if number.isdecimal() and not _alive(int(number)):
            if path.stat().st_size:
                found.append(path)
            else:
                path.unlink(missing_ok=True)  # it was killed: nothing was written, and nothing can be told
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def kept() -> list[pathlib.Path]:
    """Every report there is, the newest first."""
    return sorted(
        [*reports().glob("crash-*.txt"), *left()], key=lambda path: path.stat().st_mtime, reverse=True
    )


def _alive(number: int) -> bool:
    if number == os.getpid():
        return True
    if os.name != "posix":
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Watch:
    """Catches what would otherwise vanish: errors in slots, in tasks nobody awaits, and crashes of Qt itself."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._old_hook = sys.excepthook
        self._native: TextIO | None = None

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start watching. `tell` is called with a sentence and the report's path."""
        sys.excepthook = self._on_uncaught
        loop.set_exception_handler(self._on_loop_error)
        try:
            reports().mkdir(parents=True, exist_ok=True, mode=places.PRIVATE_FOLDER)
            self._native = _own_log().open("w", encoding="utf-8")
            faulthandler.enable(self._native)
        except OSError:
            faulthandler.enable()

    def remove(self) -> None:
        """Stop watching."""
        sys.excepthook = self._old_hook
        faulthandler.disable()
        if self._native is not None:
            self._native.close()
            _own_log().unlink(missing_ok=True)
            self._native = None

    def _on_uncaught(
        self, kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._old_hook(kind, error, trace)
            return
        self._report(error.with_traceback(trace))

    def _on_loop_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._report(error)
        else:
            log.warning("the event loop says: %s", context.get("message"), extra={"action": "loop_error"})

    def _report(self, error: BaseException) -> None:
        path = write_report(error)
        self._tell(
            "Something went wrong in the console. The server and its campaigns are not affected.", path
        )
