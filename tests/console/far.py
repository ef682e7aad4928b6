"""A server's far side as a real process: the wire's answers over a real socket, and nothing behind them.

`python -m tests.console.far serve --data DIR --parent-pipe`; files in DIR steer it: `unready` (reasons, one a line),
`refuse` (it says this and ends), `mute` (it starts and says nothing), `slow` (seconds before each answer).
"""

import argparse
import datetime
import http.server
import json
import os
import pathlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from server.wire import campaigns, endpoint, ledger, problems, server

TOKEN = "t" * 43
NOW = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)
EQUATION = ledger.Equation(
    audience=100, waiting=40, sending=2, accepted=50, failed=5, skipped=2, doubt=1, cancelled=0
)
ALARM = server.Alarm(
    level="bad", title="An account is halted.", remedy="Enter its new token.", view="second", subject="3"
)


def overview() -> server.Overview:
    """An overview with one alarm and something in doubt."""
    return server.Overview(
        live=[],
        rates={"email": 12.5},
        today=EQUATION,
        delivered=48,
        failed=5,
        doubt=1,
        receipts_waiting=0,
        alarms=[ALARM],
        recent=[],
        people=100,
        accounts=2,
    )


def about() -> server.About:
    """A sandbox."""
    workspace = server.Workspace(id=1, name="Northwind", environment=server.Environment.SANDBOX)
    return server.About(
        version="0.1.0", installation="abc234", workspace=workspace, key_place="a file", data="/data"
    )


#: Answers that ask for nothing, by path.
PLAIN: dict[str, Callable[[], endpoint.Reply]] = {
    "/v1/overview": overview,
    "/v1/workspaces": lambda: server.Workspaces(rows=[about().workspace]),
}


def change(subject: int, rate: float) -> server.Change:
    """One line of the live feed."""
    return server.Change(
        kind=server.ChangeKind.RUN, subject=subject, at=datetime.datetime.now(datetime.UTC), rate_per_s=rate
    )


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers what the console asks."""

    protocol_version = "HTTP/1.1"
    data: pathlib.Path
    crowd = threading.Lock()
    now: ClassVar[list[int]] = [0, 0]  #: requests under way, and the most there ever were

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        with self.crowd:
            self.now[0] += 1
            self.now[1] = max(self.now)
            (self.data / "peak").write_text(str(self.now[1]))
        self._reply()
        with self.crowd:
            self.now[0] -= 1

    def _reply(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self._note(parts.path)
        slow = self.data / "slow"
        if slow.exists():
            time.sleep(float(slow.read_text()))
        if parts.path != "/v1/health" and self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._problem(
                problems.Code.UNAUTHENTICATED, "The token is not this server's.", "Look in DATA/token."
            )
            return
        match parts.path:
            case "/v1/health":
                self._health()
            case "/v1/about":
                self._json({**msgspec.to_builtins(about()), "of_a_later_version": 1})
            case "/v1/overview" | "/v1/workspaces":
                self._json(PLAIN[parts.path]())
            case "/v1/live":
                self._live()
            case "/v1/campaigns":
                self._campaigns(parse_qs(parts.query))
            case "/v1/imports/inspect":
                self._json(
                    {
                        "delimiter": ",",
                        "encoding": "utf-8",
                        "columns": [str(len(body))],
                        "mapping": {},
                        "sample": [],
                        "faults": [],
                    }
                )
            case "/v1/imports/3/faults.csv":
                self._bytes(b"row,column\r\n2,email\r\n", "text/csv")
            case "/v1/imports/5/faults.csv":
                self._cut()
            case "/v1/audiences":
                self._bytes(b"<html>not json</html>", "text/html")
            case _:
                self._problem(problems.Code.NOT_FOUND, "There is nothing here.", "Look elsewhere.")

    def _note(self, path: str) -> None:
        """Keep which workspace each request was about."""
        with self.crowd, (self.data / "asked").open("a") as file:
            file.write(f"{path} {self.headers.get(endpoint.WORKSPACE, '-')}\n")

    def _health(self) -> None:
        unready = self.data / "unready"
        reasons = unready.read_text().splitlines() if unready.exists() else []
        self._json(
            server.Readiness(ready=not reasons, reasons=reasons, version="0.1.0", senders=1, draining=False)
        )

    def _campaigns(self, query: dict[str, list[str]]) -> None:
        offset, limit = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["100"])[0])
        self._json(campaigns.Campaigns(total=offset + limit, offset=offset, rows=[]))

    def _live(self) -> None:
        """Three changes after the last id, then the connection breaks, as connections do."""
        last = int(self.headers.get("last-event-id") or 0)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b": hello\n\n")
        (self.data / "resumed_from").write_text(str(last))
        for number in range(last + 1, last + 4):
            line = msgspec.json.encode(change(number % 2, float(number))).decode()
            self.wfile.write(f"id: {number}\ndata: {line}\n\n".encode())
        self.wfile.write(b"id: " + str(last + 3).encode() + b'\nevent: future\ndata: {"kind": "unheard"}\n\n')
        self.wfile.flush()
        hold = self.data / "hold"
        while hold.exists():
            time.sleep(0.02)
        self.close_connection = True

    def _cut(self) -> None:
        """Promise more than comes."""
        self.send_response(200)
        self.send_header("content-length", "100")
        self.end_headers()
        self.wfile.write(b"row,column")
        self.close_connection = True

    def _json(self, reply: Any) -> None:
        self._bytes(msgspec.json.encode(reply), "application/json")

    def _problem(self, code: problems.Code, title: str, remedy: str) -> None:
        told = problems.refuse(code, title, remedy).problem
        self._bytes(msgspec.json.encode(told), "application/problem+json", told.status)

    def _bytes(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> int:
    """Listen, say where, and end when told to or when the parent is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--parent-pipe", action="store_true")
    asked = parser.parse_args()
    data: pathlib.Path = asked.data
    refuse = data / "refuse"
    if refuse.exists():
        sys.stderr.write(refuse.read_text())
        return 2
    Handler.data = data
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    token = data / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    spoken = {"port": listener.server_address[1], "token_file": str(token), "pid": os.getpid()}
    (data / "server.json").write_text(json.dumps(spoken))
    signal.signal(signal.SIGTERM, lambda *_: end("asked to end"))

    def end(why: str) -> None:
        (data / "ended").write_text(why)
        os._exit(0)

    def watch_parent() -> None:
        stay = False
        for line in sys.stdin.buffer:
            stay = stay or line.strip() == b"stay"
        if not stay:
            end("parent gone")
        (data / "stayed").write_text("yes")

    if asked.parent_pipe:
        threading.Thread(target=watch_parent, daemon=True).start()
    if not (data / "mute").exists():
        sys.stdout.write(json.dumps(spoken) + "\n")
        sys.stdout.flush()
    listener.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
