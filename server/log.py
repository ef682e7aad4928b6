"""Logging: a sentence for people on stderr, the same with its fields as JSON in the data folder; secrets masked."""

import datetime
import logging
import logging.handlers
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

#: Libraries whose everyday lines concern nobody here.
NOISY = (
    *("httpx", "httpcore", "urllib3", "uvicorn", "alembic", "aiosqlite"),
    *("aioapns", "boto3", "botocore", "twilio"),
)
FILE_BYTES = 10_000_000
FILES = 5

#: What no log line may carry, whoever wrote it there.
_SECRETS = (
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|$)", re.DOTALL), "(PEM text)"),
    (re.compile(r"\b(Bearer|Basic|vapid|AWS4-HMAC-SHA256)\s+[^\s,;\"']+", re.IGNORECASE), r"\1 (secret)"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"), "(token)"),
    (
        re.compile(
            r"(?i)\b((?:password|passwd|secret|token|api[_-]?key|auth[_-]?token)\"?\s*[=:]\s*)\"?[^\s\"'&,;}]+"
        ),
        r"\1(secret)",
    ),
)

_PLAIN = set(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Mask what looks like a secret."""
    for pattern, mask in _SECRETS:
        text = pattern.sub(mask, text)
    return text


class _Sentences(logging.Formatter):
    """A line for people, whose line breaks cannot pretend to be further lines; a trace only where no file has it."""

    def __init__(self, kept: Path | None = None) -> None:
        super().__init__()
        self._kept = kept  #: the file that has the traces

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).strftime("%H:%M:%S")
        text = redact(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        line = f"{at} {record.levelname.lower():7} {text}"
        if not record.exc_info:
            return line
        if self._kept is None:
            return f"{line}\n{redact(self.formatException(record.exc_info))}"
        kind = record.exc_info[0].__name__ if record.exc_info[0] else "an error"
        return f"{line} ({kind}; {self._kept} has the trace)"


class _Fields(logging.Formatter):
    """A line for machines."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "at": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(),
            "level": record.levelname.lower(),
            "role": self._role,
            "pid": record.process,
            "logger": record.name,
            "text": redact(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _PLAIN:
                fields[name] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            fields["trace"] = redact(self.formatException(record.exc_info))
        return msgspec.json.encode(fields, enc_hook=str).decode()


class _Rotating(logging.handlers.RotatingFileHandler):
    """A log file that is given up for a while, not fatal, where it cannot be written."""

    fails = False

    def emit(self, record: logging.LogRecord) -> None:
        self.fails = False
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Leave the line to stderr: a full disk must not stop what is being logged."""
        self.fails = True


_kept: Path | _Rotating | None = None


def trouble() -> str:
    """A sentence for an alarm where this process's log cannot be kept; empty where all is well."""
    if isinstance(_kept, Path):
        return f"No log is kept in {_kept}: it cannot be written."
    if _kept is not None and _kept.fails:
        return f"The log {_kept.baseFilename} cannot be written."
    return ""


def configure(folder: Path, role: str, level: str) -> None:
    """Set up this process's logging. A folder that cannot be written is said once, and stderr goes on alone."""
    global _kept  # noqa: PLW0603 - as global as logging itself
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.setLevel(level.upper())
    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(_Sentences())
    root.handlers[:] = [screen]
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _Rotating(
            folder / f"{role}.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8", delay=False
        )
    except OSError as error:
        _kept = folder
        root.warning("no log is kept in %s: %s", folder, error, extra={"action": "log_unwritable"})
        return
    _kept = file
    screen.setFormatter(_Sentences(folder / f"{role}.log"))
    file.setFormatter(_Fields(role))
    root.addHandler(file)
