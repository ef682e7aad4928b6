"""The processes of a server: one per data folder, kept alive, drained at the end, gone with their parent."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator

import pytest

from server import client, lock, roles, supervisor
from server.wire import server as wire
from tests.support import served as running

SOON_S = 2.0


@pytest.fixture
def data(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def own() -> Iterator[running.Served]:
    """A server whose processes may be killed."""
    with running.folder() as place, running.serve(place) as found:
        yield found


@pytest.fixture(scope="module")
def stopped() -> Iterator[tuple[pathlib.Path, running.Served]]:
    """The folder of a server that ran and ended, and what it was."""
    with running.folder() as place:
        with running.serve(place, "--senders", "1", "--no-twins") as found:
            children = running.processes(found.process.pid)
            assert len(children) == 2
            assert found.stop() == 0
            assert not [child for child in children if running.alive(child.pid)]
        yield place, found


@pytest.fixture
def left(stopped: tuple[pathlib.Path, running.Served], data: pathlib.Path) -> pathlib.Path:
    """A copy of that folder."""
    shutil.copytree(stopped[0], data)
    data.chmod(0o700)
    return data


def refused(data: pathlib.Path, *arguments: str, **variables: str) -> str:
    """Start a server that must not start; returns its one sentence."""
    done = subprocess.run(
        running.command("serve", "--data", str(data), *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=running.environment(**variables),
        timeout=60,
        check=False,
        text=True,
    )
    assert done.returncode in (1, 2), done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_second_server_on_the_same_data_is_refused_at_once_and_told_who_is_there(
    own: running.Served,
) -> None:
    begun = time.monotonic()
    with pytest.raises(lock.Held, match=f"process {own.process.pid}, since 2"):
        lock.take(own.data / "server.lock")
    assert time.monotonic() - begun < SOON_S
    sentence = refused(own.data)
    assert f"process {own.process.pid}" in sentence
    assert "--data" in sentence
    assert json.loads((own.data / "server.json").read_text())["pid"] == own.process.pid


def test_the_lock_is_inherited_by_nobody(data: pathlib.Path) -> None:
    data.mkdir(mode=0o700)
    held = lock.take(data / "server.lock")
    with subprocess.Popen(["sleep", "30"], close_fds=False) as child:
        held.release()
        try:
            lock.take(data / "server.lock").release()
        finally:
            child.kill()


def test_a_server_says_where_it_is(own: running.Served) -> None:
    known = json.loads((own.data / "server.json").read_text())
    assert (known["port"], known["pid"]) == (own.port, own.process.pid)
    assert set(known) >= {"url", "started_at", "version", "token_file", "data"}


def test_a_server_that_ended_well_leaves_nothing_but_its_data(
    stopped: tuple[pathlib.Path, running.Served],
) -> None:
    place, found = stopped
    assert not (place / "server.json").exists()
    words = found.words.read_text()
    assert "killed" not in words
    assert "Traceback" not in words


def test_a_port_in_use_is_one_sentence_with_the_remedy(data: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sentence = refused(data, "--port", str(port))
    assert str(port) in sentence
    assert "--port" in sentence


@pytest.mark.parametrize("name", ["token", "master.key"])
def test_a_key_that_others_can_read_stops_the_start(left: pathlib.Path, name: str) -> None:
    (left / name).chmod(0o644)
    assert f"chmod 600 {left / name}" in refused(left)


def test_a_folder_that_others_can_enter_stops_the_start(left: pathlib.Path) -> None:
    left.chmod(0o755)
    assert f"chmod 700 {left}" in refused(left)


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + bytes(9000)])
def test_a_damaged_database_stops_the_start_and_is_left_as_it_is(left: pathlib.Path, damage: bytes) -> None:
    path = left / "heliograph.db"
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.write_bytes(damage)
    sentence = refused(left)
    assert str(path) in sentence
    assert "backup" in sentence
    assert path.read_bytes() == damage


def test_data_of_a_newer_version_are_left_alone(left: pathlib.Path) -> None:
    with contextlib.closing(sqlite3.connect(left / "heliograph.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9999'")
    assert "newer Heliograph" in refused(left)


def test_wrong_settings_are_named_with_their_source(data: pathlib.Path) -> None:
    assert "The environment sets `senders`" in refused(data, HELIOGRAPH_SENDERS="x")
    assert "in the clear" in refused(data, "--host", "0.0.0.0")
    assert "no value" in refused(data, "--set", "drain_s")


def test_a_killed_parent_leaves_nobody_behind_and_the_next_start_waits_for_that(data: pathlib.Path) -> None:
    with running.serve(data) as served:
        children = running.processes(served.process.pid)
        assert len(children) == 3
        upload = begin_upload(served)  # what is in flight is no reason to stay for long
        frozen = child(served, "sender")
        os.kill(frozen, signal.SIGSTOP)
        served.process.kill()
        served.process.wait()
        killed_at = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(supervisor._wait_for_orphans, data)
            others = [one.pid for one in children if one.pid != frozen]
            running.until(lambda: not any(map(running.alive, others)), "the others to be gone")
            assert time.monotonic() - killed_at < roles.ORPHAN_S + SOON_S * 3
            assert not waiting.done()
            os.kill(frozen, signal.SIGCONT)
            waiting.result(30)
        assert not running.alive(frozen)
        upload.close()


@pytest.mark.parametrize("role", ["api", "sender"])
def test_a_crashed_child_is_started_again_and_the_log_says_so(own: running.Served, role: str) -> None:
    with own.client() as asked:
        pid = child(own, role)
        os.kill(pid, signal.SIGKILL)
        running.until(lambda: child(own, role) not in (0, pid), "the child to be back")

        def ready() -> bool:
            with contextlib.suppress(client.Unreachable):
                return asked.call(wire.HEALTH).ready
            return False

        running.until(ready, "the server to be ready again")
        assert f"the {role}" in (own.data / "logs" / "supervisor.log").read_text()
        assert json.loads((own.data / "server.json").read_text())["port"] == own.port


def child(served: running.Served, role: str) -> int:
    return next((one.pid for one in running.processes(served.process.pid) if role in one.arguments), 0)


def test_a_server_with_a_console_ends_with_it_unless_told_to_stay(data: pathlib.Path) -> None:
    for last_word, stays in ((b"", False), (b"stay\n", True)):
        process = subprocess.Popen(
            running.command("serve", "--data", str(data), "--senders", "0", "--no-twins", "--parent-pipe"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=running.environment(),
        )
        try:
            assert process.stdout is not None
            assert process.stdin is not None
            assert json.loads(process.stdout.readline())["port"]
            process.stdin.write(last_word)
            process.stdin.close()
            if stays:
                time.sleep(1.0)
                assert process.poll() is None
            else:
                assert process.wait(30) == 0
        finally:
            running.end(process)


def test_the_next_start_takes_port_and_token_again_and_a_stop_finishes_what_is_in_flight(
    stopped: tuple[pathlib.Path, running.Served], left: pathlib.Path
) -> None:
    with running.serve(left, "--senders", "0", "--no-twins") as served:
        assert (served.port, served.token) == (stopped[1].port, stopped[1].token)
        token = {"authorization": f"Bearer {served.token}"}
        live = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        live.request("GET", "/v1/live", headers=token)
        feed = live.getresponse()
        upload = begin_upload(served)
        served.process.terminate()
        running.until(lambda: not accepts(served.port), "the listener to close")
        upload.send(b"10\r\n\nb@example.com\nx\r\n0\r\n\r\n")
        answer = upload.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["sample"]
        feed.read()  # comes to its end
        assert served.process.wait(30) == 0
        upload.close()
        live.close()


def begin_upload(served: running.Served) -> http.client.HTTPConnection:
    """Send the first part of a file."""
    upload = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    upload.putrequest("POST", "/v1/imports/inspect?file=a.csv")
    upload.putheader("authorization", f"Bearer {served.token}")
    upload.putheader("transfer-encoding", "chunked")
    upload.endheaders(b"13\r\nemail\na@example.com\r\n")
    return upload


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def test_neither_a_lost_port_nor_an_unwritable_log_folder_stops_the_start(
    stopped: tuple[pathlib.Path, running.Served], left: pathlib.Path
) -> None:
    shutil.rmtree(left / "logs")
    (left / "logs").write_text("in the way")
    last = stopped[1].port
    with socket.create_server(("127.0.0.1", last)), running.serve(left, "--no-twins") as served:
        assert served.port != last
        assert "no log is kept" in served.words.read_text()


def test_the_token_is_in_no_argument_environment_or_log(own: running.Served) -> None:
    with own.http() as http:
        assert http.get("/v1/about").status_code == 200
        assert http.get("/v1/nothing", params={"token": own.token}).status_code == 404
    for pid in [own.process.pid, *(one.pid for one in running.processes(own.process.pid))]:
        for name in ("cmdline", "environ"):
            assert own.token.encode() not in pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    key = (own.data / "master.key").read_text().strip()
    for path in [own.words, *(own.data / "logs").iterdir()]:
        assert own.token not in path.read_text()
        assert key not in path.read_text()


def test_everything_of_worth_in_the_data_folder_is_its_owners_alone(own: running.Served) -> None:
    for name in (
        ".",
        "heliograph.db",
        "token",
        "master.key",
        "vault.json",
        "server.lock",
        "server.json",
        "logs",
    ):
        assert (own.data / name).stat().st_mode & 0o077 == 0, name
