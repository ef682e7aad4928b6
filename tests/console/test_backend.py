"""The bundled server: found, started, awaited, stopped or left running; each with a real process."""

import asyncio
import json
import os
import pathlib
import signal
import time

import pytest

from console.services import api, backend, errors
from server.wire import server
from tests.console import conftest


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "SPEAK_S", 5.0)
    monkeypatch.setattr(backend, "READY_S", 8.0)
    monkeypatch.setattr(backend, "POLL_S", 0.02)


def pid(data: pathlib.Path) -> int:
    """The far side's process."""
    return int(json.loads((data / "server.json").read_text())["pid"])


def lives(process: int) -> bool:
    """Whether a process is there and not merely unburied."""
    try:
        return " Z " not in pathlib.Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


async def test_a_server_is_started_awaited_and_asked_to_end(
    far: backend.Backend, data: pathlib.Path, until: conftest.Until
) -> None:
    said: list[str] = []
    reached = api.Api()
    await far.reach(reached, said.append)
    assert said == ["Starting the server"]
    assert far.ours
    assert (await reached.call(server.HEALTH)).ready
    await reached.close()
    assert await far.stop()
    assert (data / "ended").read_text() == "asked to end"
    assert not far.ours


async def test_a_running_server_is_used_and_left_alone(far: backend.Backend, data: pathlib.Path) -> None:
    first, second = api.Api(), api.Api()
    await far.reach(first)
    other = backend.Backend(data, command=["/bin/false"])
    await other.reach(second)
    assert (first.url, other.ours) == (second.url, False)
    assert await other.stop()
    assert (await second.call(server.HEALTH)).ready
    await first.close()
    await second.close()
    await far.stop()


async def test_a_file_left_by_a_dead_server_is_not_believed(far: backend.Backend, data: pathlib.Path) -> None:
    reached = api.Api()
    await far.reach(reached)
    dead = pid(data)
    os.kill(dead, signal.SIGKILL)
    await asyncio.to_thread(far._process.wait)  # type: ignore[union-attr]
    assert far.find() is None
    await far.reach(reached)
    assert pid(data) != dead
    await reached.close()
    await far.stop()


async def test_a_port_that_another_program_took_is_not_believed(
    far: backend.Backend, data: pathlib.Path
) -> None:
    (data / "token").write_text("x" * 43)
    (data / "token").chmod(0o600)
    (data / "server.json").write_text(json.dumps({"port": 1, "pid": os.getpid()}))
    reached = api.Api()
    await far.reach(reached)
    assert far.ours
    await reached.close()
    await far.stop()


async def test_a_server_that_is_left_running_goes_on(
    far: backend.Backend, data: pathlib.Path, until: conftest.Until
) -> None:
    reached = api.Api()
    await far.reach(reached)
    process = pid(data)
    assert await far.stop(leave=True) is False
    await until((data / "stayed").exists)
    assert (await reached.call(server.HEALTH)).ready
    await reached.close()
    os.kill(process, signal.SIGTERM)
    await until(lambda: not lives(process))


async def test_a_console_that_dies_takes_its_server_along(
    far: backend.Backend, data: pathlib.Path, until: conftest.Until
) -> None:
    await far.start()
    assert far._process is not None
    backend._close(far._process)
    await until((data / "ended").exists)
    assert (data / "ended").read_text() == "parent gone"
    await asyncio.to_thread(far._process.wait)


async def test_a_server_that_will_not_start_is_told_in_its_own_words(
    far: backend.Backend, data: pathlib.Path
) -> None:
    (data / "refuse").write_text("first line\nPort 8080 is taken: choose another with --port.\n")
    with pytest.raises(errors.Problem, match=r"Port 8080 is taken: choose another with --port\.") as told:
        await far.reach(api.Api())
    assert "server-start.log" in told.value.remedy


async def test_a_program_that_is_not_there_is_told(data: pathlib.Path) -> None:
    with pytest.raises(errors.Problem, match="could not be started: No such file or directory"):
        await backend.Backend(data, command=["/no/such/program"]).start()


async def test_a_server_that_says_nothing_is_given_up(
    far: backend.Backend, data: pathlib.Path, monkeypatch: pytest.MonkeyPatch, until: conftest.Until
) -> None:
    monkeypatch.setattr(backend, "SPEAK_S", 0.6)
    (data / "mute").touch()
    with pytest.raises(errors.Problem, match="did not say where it listens"):
        await far.start()
    assert (data / "ended").read_text() == "asked to end"


async def test_why_a_server_is_not_ready_is_told(
    far: backend.Backend, data: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "unready").write_text("The database is being brought up to date.")
    said: list[str] = []
    reached = api.Api()
    monkeypatch.setattr(backend, "READY_S", 0.5)
    began = time.monotonic()
    with pytest.raises(errors.Problem, match=r"not ready: The database is being brought up to date\."):
        await far.reach(reached, said.append)
    assert time.monotonic() - began < 6
    assert said[-1] == "The database is being brought up to date."
    (data / "unready").unlink()
    monkeypatch.setattr(backend, "READY_S", 8.0)
    await far.ready(reached)
    await reached.close()
    await far.stop()


def test_a_token_others_can_read_is_refused_with_the_command_to_type(tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    token.chmod(0o644)
    with pytest.raises(errors.Problem, match=f"Run: chmod 600 {token}"):
        backend.read_token(token)
    with pytest.raises(errors.Problem, match="cannot be read"):
        backend.read_token(tmp_path / "missing")


def test_a_broken_server_file_is_as_good_as_none(data: pathlib.Path) -> None:
    (data / "server.json").write_text("{half")
    assert backend.Backend(data).find() is None
