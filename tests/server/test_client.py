"""The command line's client: an act whose answer was lost is asked for again under its own key."""

import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from server import client
from server.wire import campaigns, endpoint, exceptions, problems


class Far(http.server.BaseHTTPRequestHandler):
    """Hangs up as often as `cuts` says, then says no."""

    protocol_version = "HTTP/1.1"
    cuts: ClassVar[int] = 0
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        """Read it whole, and answer or hang up."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        Far.asked.append((self.path, self.headers.get(endpoint.KEY, "")))
        self.close_connection = True
        if Far.cuts:
            Far.cuts -= 1
            return
        body = b'{"code": "conflict", "title": "It runs already."}'
        self.send_response(409)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked() -> Iterator[client.Client]:
    """A client of the far side."""
    Far.cuts, Far.asked[:] = 0, []
    far = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Far)
    thread = threading.Thread(target=far.serve_forever, daemon=True)
    thread.start()
    with client.Client(f"http://127.0.0.1:{far.server_port}", "t") as made:
        yield made
    far.shutdown()
    far.server_close()
    thread.join()


def test_an_act_is_asked_again_under_its_own_key(asked: client.Client) -> None:
    Far.cuts = 2
    with pytest.raises(problems.Refused, match="It runs already"):
        asked.call(campaigns.LAUNCH, campaigns.Launch(), campaign=1)
    assert [path for path, _ in Far.asked] == ["/v1/campaigns/1/launch"] * 3
    assert len({key for _, key in Far.asked}) == 1
    assert Far.asked[0][1]


def test_every_act_has_a_key_of_its_own_and_a_question_has_none(asked: client.Client) -> None:
    for _ in range(2):
        with pytest.raises(problems.Refused):
            asked.call(campaigns.PAUSE, campaign=1)
    with pytest.raises(problems.Refused):
        asked.call(exceptions.PREVIEW, exceptions.PreviewAsk(kind=exceptions.Kind.AGAIN))
    first, second, question = (key for _, key in Far.asked)
    assert first != second
    assert question == ""


def test_a_server_that_is_not_there_is_told_at_once(asked: client.Client) -> None:
    with (
        client.Client("http://127.0.0.1:9", "t") as nobody,
        pytest.raises(client.Unreachable, match="does not answer"),
    ):
        nobody.call(campaigns.PAUSE, campaign=1)
