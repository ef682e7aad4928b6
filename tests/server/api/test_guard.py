"""Who may ask: names, origins and the token, as a web page or another program on this machine would try them."""

import pathlib
import socket
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from server import settings
from server.api import guard
from server.wire import all_endpoints, endpoint, problems
from tests.support import served as running


def ask(
    served: running.Served, *lines: str, path: str = "/v1/campaigns", method: str = "GET"
) -> tuple[int, str]:
    """Send header lines as they are; returns status and the answer's head and body."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as far:
        text = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "connection: close", "", ""])
        far.sendall(text.encode())
        answer = b""
        while piece := far.recv(65536):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer.decode()


def bearer(served: running.Served) -> str:
    return f"authorization: Bearer {served.token}"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_exact_names_of_this_machine_are_let_in(served: running.Served, name: str) -> None:
    assert ask(served, f"host: {name}:{served.port}", bearer(served))[0] == 200


HOSTS = [
    "evil.test",
    "evil.test:{port}",
    "127.0.0.1.evil.test",
    "127.0.0.1.evil.test:{port}",
    "localhost.:{port}",
    "localhost.evil.test:{port}",
    "[::1]",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1:{port}0",
    "127.1:{port}",
    "0.0.0.0:{port}",
    "2130706433:{port}",
    "user@127.0.0.1:{port}",
    "127.0.0.1:{port}, evil.test",
    "",
]


@pytest.mark.parametrize("path", ["/v1/health", "/v1/campaigns", "/v1/nothing", "/receipts/abc"])
@pytest.mark.parametrize("host", HOSTS)
def test_every_other_name_is_refused_even_with_the_token(
    served: running.Served, host: str, path: str
) -> None:
    status, _ = ask(served, f"host: {host.format(port=served.port)}", bearer(served), path=path)
    assert status in (400, 403)


def test_two_host_lines_are_refused(served: running.Served) -> None:
    good = f"host: 127.0.0.1:{served.port}"
    assert ask(served, good, "host: evil.test", bearer(served))[0] in (400, 403)
    assert ask(served, good, good, bearer(served))[0] in (400, 403)


def test_a_missing_host_is_refused(served: running.Served) -> None:
    assert ask(served, bearer(served))[0] in (400, 403)


ORIGINS = [
    "null",
    "https://evil.test",
    "http://127.0.0.1",
    "http://localhost:1",
    "file://",
    "",
    "http://127.0.0.1.evil.test",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_origin_is_refused_even_with_the_token(served: running.Served, origin: str) -> None:
    status, answer = ask(
        served, f"host: 127.0.0.1:{served.port}", f"origin: {origin}", bearer(served), path="/v1/health"
    )
    assert status == 403
    assert "access-control-allow-origin" not in answer.lower()


def test_our_own_origin_is_let_in_and_still_gets_no_cors_headers(served: running.Served) -> None:
    own = f"http://127.0.0.1:{served.port}"
    status, answer = ask(served, f"host: 127.0.0.1:{served.port}", f"origin: {own}", bearer(served))
    assert status == 200
    assert "access-control" not in answer.lower()


def test_a_preflight_gets_nowhere(served: running.Served) -> None:
    status, answer = ask(
        served,
        f"host: 127.0.0.1:{served.port}",
        "origin: https://evil.test",
        "access-control-request-method: POST",
        "access-control-request-headers: authorization",
        method="OPTIONS",
    )
    assert status == 403
    assert "access-control" not in answer.lower()


def test_a_websocket_is_not_answered(served: running.Served) -> None:
    status, _ = ask(
        served,
        f"host: 127.0.0.1:{served.port}",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
        path="/v1/live",
    )
    assert status == 401


TOKENS: list[dict[str, str]] = [
    {},
    {"authorization": "Bearer"},
    {"authorization": "Bearer wrong"},
    {"authorization": "Basic {token}"},
    {"authorization": "{token}"},
    {"authorization": "Bearer {token}x"},
    {"authorization": "Bearer Bearer {token}"},
    {"x-api-key": "{token}"},
]


@pytest.mark.parametrize("headers", TOKENS)
def test_without_this_servers_token_nothing_is_answered(
    served: running.Served, headers: dict[str, str]
) -> None:
    given = {name: value.format(token=served.token) for name, value in headers.items()}
    with httpx.Client(base_url=served.url, headers=given, trust_env=False) as stranger:
        answer = stranger.get("/v1/campaigns")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    problem = problems.read(401, answer.content)
    assert problem.code is problems.Code.UNAUTHENTICATED
    assert "token" in problem.remedy


def test_the_token_in_the_query_is_no_token(served: running.Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as stranger:
        assert stranger.get("/v1/campaigns", params={"token": served.token}).status_code == 401


def filled(bound: endpoint.Endpoint[Any, Any]) -> str:
    return bound.request(None, **dict.fromkeys(bound.slots, 1)).path


@pytest.mark.parametrize("bound", all_endpoints.ALL, ids=lambda bound: f"{bound.method} {bound.path}")
def test_every_endpoint_but_the_open_ones_is_guarded(
    served: running.Served, bound: endpoint.Endpoint[Any, Any]
) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as stranger:
        answer = stranger.request(bound.method, filled(bound))
    assert answer.status_code == (200 if bound.open else 401)


def test_health_alone_is_open() -> None:
    assert [bound.path for bound in all_endpoints.ALL if bound.open] == ["/v1/health"]


def test_an_open_path_is_open_for_reading_alone(served: running.Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as stranger:
        assert stranger.post("/v1/health").status_code == 401
        assert stranger.get("/v1/health/").status_code == 401
        assert stranger.get("/v1/openapi.json").status_code == 401


def test_nothing_but_loopback_is_listened_on(served: running.Served) -> None:
    tables = [pathlib.Path("/proc/net/tcp"), pathlib.Path("/proc/net/tcp6")]
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    mine = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{served.port:04X}")]
    assert mine == [f"0100007F:{served.port:04X}"]


def refusal(settings_given: Mapping[str, object], host: str, path: str) -> problems.Problem | None:
    """What a guard with those settings says to a call with the token."""
    chosen = settings.read({"data": "/nowhere", **settings_given}, {})
    guarded = guard.Guard(None, doors={guard.DOOR: object()}, token="t" * 43, settings=chosen, open_paths=())
    guarded.listen_on(8471)
    headers = [(b"host", host.encode()), (b"authorization", b"Bearer " + b"t" * 43)]
    return guarded._refusal(
        {"type": "http", "method": "GET", "path": path, "headers": headers},
        door=guarded._door(path) is not None,
    )


def test_the_public_name_leads_to_the_receipts_door_alone() -> None:
    public = {"public_url": "https://receipts.example.com"}
    assert refusal(public, "receipts.example.com", "/receipts/abc") is None
    assert refusal(public, "receipts.example.com", "/v1/campaigns") is not None
    assert refusal({}, "receipts.example.com", "/receipts/abc") is not None


def test_further_names_are_let_in_where_they_were_configured() -> None:
    named = {"names": ["console.example.com:8471"]}
    assert refusal(named, "console.example.com:8471", "/v1/campaigns") is None
    assert refusal(named, "console.example.com", "/v1/campaigns") is not None
    assert refusal({}, "console.example.com:8471", "/v1/campaigns") is not None
