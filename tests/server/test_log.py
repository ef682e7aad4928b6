"""Log lines: sentences for people, fields for machines, secrets for nobody."""

import contextlib
import json
import logging
import pathlib
from collections.abc import Iterator

import pytest

from server import log

SECRETS = {
    "a bearer token": "Authorization: Bearer abcdef0123456789",
    "basic credentials": "authorization: Basic QUM6dG9rZW4=",
    "a key in PEM": "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCq\n-----END PRIVATE KEY-----",
    "half a key in PEM": "-----BEGIN RSA PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCq",
    "a signed token": "key eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2lnbmF0dXJl",
    "a password": "smtp password=hunter2-abcdef failed",
    "a password in JSON": '{"password": "hunter2-abcdef"}',
    "an API key": "api_key: hunter2-abcdef",
}
PARTS = ("abcdef0123456789", "QUM6dG9rZW4", "MIGHAgEAMBMG", "eyJpc3MiOiJURUFNIn0", "hunter2")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    yield logger
    for handler in logger.handlers:
        if handler not in handlers:
            handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising


def lines(folder: pathlib.Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "api.log").read_text().splitlines()]


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_what_looks_like_a_secret_is_masked_everywhere(
    tmp_path: pathlib.Path, root: logging.Logger, capfd: pytest.CaptureFixture[str], text: str
) -> None:
    log.configure(tmp_path, "api", "info")
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("x").exception("it said %s", text, extra={"answer": text})
    written = capfd.readouterr().err + (tmp_path / "api.log").read_text()
    assert "it said" in written
    assert not [part for part in PARTS if part in written]


def test_a_log_that_cannot_be_written_is_known_until_it_can(
    tmp_path: pathlib.Path, root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "api.log").symlink_to("/dev/full")
    log.configure(tmp_path / "logs", "api", "info")
    logging.getLogger("x").info("one line")
    assert log.trouble() == f"The log {tmp_path / 'logs' / 'api.log'} cannot be written."
    assert "one line" in capfd.readouterr().err
    with contextlib.suppress(OSError):  # what waits cannot be written now either
        root.handlers[-1].close()
    log.configure(tmp_path, "api", "info")
    logging.getLogger("x").info("another")
    assert log.trouble() == ""
    root.handlers[-1].close()
    (tmp_path / "file").write_text("in the way")
    log.configure(tmp_path / "file", "api", "info")
    assert log.trouble() == f"No log is kept in {tmp_path / 'file'}: it cannot be written."


def test_a_line_has_a_sentence_and_its_fields(tmp_path: pathlib.Path, root: logging.Logger) -> None:
    log.configure(tmp_path, "api", "info")
    logging.getLogger("server.x").warning(
        "route %s paused", "a", extra={"action": "route_paused", "route": 7}
    )
    (line,) = lines(tmp_path)
    assert line["text"] == "route a paused"
    assert (line["level"], line["role"], line["action"], line["route"]) == (
        "warning",
        "api",
        "route_paused",
        7,
    )


def test_a_trace_goes_to_the_file_and_the_terminal_says_where(
    tmp_path: pathlib.Path, root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    log.configure(tmp_path, "api", "info")
    try:
        raise ValueError("odd")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    said = capfd.readouterr().err
    assert said.endswith(f"it failed (ValueError; {tmp_path / 'api.log'} has the trace)\n")
    assert said.count("\n") == 1
    assert "ValueError: odd" in str(lines(tmp_path)[0]["trace"])


def test_a_trace_that_no_file_can_keep_is_not_lost(
    tmp_path: pathlib.Path, root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").touch()
    log.configure(tmp_path / "logs", "api", "info")
    try:
        raise ValueError("odd")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    assert "ValueError: odd" in capfd.readouterr().err


def test_a_line_break_cannot_pretend_to_be_another_line(
    tmp_path: pathlib.Path, root: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    log.configure(tmp_path, "api", "info")
    logging.getLogger("x").warning("name %s", "a\n12:00:00 error   forged\r\nb")
    assert len(capfd.readouterr().err.strip().splitlines()) == 1
    assert len(lines(tmp_path)) == 1


def test_files_are_turned_over_before_they_fill_the_disk(
    tmp_path: pathlib.Path, root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "FILE_BYTES", 2000)
    log.configure(tmp_path, "api", "info")
    for number in range(200):
        logging.getLogger("x").info("line %d of many", number)
    files = list(tmp_path.iterdir())
    assert len(files) == 1 + log.FILES
    assert all(path.stat().st_size <= 2000 for path in files)


def test_a_log_that_can_no_longer_be_written_raises_nothing(
    tmp_path: pathlib.Path, root: logging.Logger
) -> None:
    log.configure(tmp_path / "logs", "api", "info")
    root.handlers[-1].close()
    (tmp_path / "logs" / "api.log").unlink()
    (tmp_path / "logs").rmdir()
    (tmp_path / "logs").touch()
    logging.getLogger("x").warning("still going")
