"""Asks are read strictly, and whatever goes wrong is answered as a problem that names place and remedy."""

import contextlib
import json
import socket
import sqlite3
from typing import Any, cast

import httpx
import pytest
import sqlalchemy as sa

from server import app  # noqa: F401 - it imports every noun's handlers
from server.api import asks, serving
from server.engine import desk as desks
from server.wire import all_endpoints, campaigns, endpoint, problems
from tests.support import served as running


def problem(answer: httpx.Response) -> problems.Problem:
    assert answer.headers["content-type"] == "application/problem+json"
    found = problems.read(answer.status_code, answer.content)
    assert found.status == answer.status_code
    assert found.title.endswith(".")
    return found


def test_every_endpoint_is_served_once() -> None:
    declared = [(bound.method, bound.path) for bound in all_endpoints.ALL]
    assert sorted(serving.SERVED) == sorted(declared)
    assert len(set(declared)) == len(declared)


def test_a_second_handler_for_an_endpoint_is_refused() -> None:
    async def handler(desk: object, ask: object) -> None: ...

    with pytest.raises(TypeError, match="served twice"):
        serving.serves(campaigns.LIST)(handler)


def test_an_endpoint_that_nobody_serves_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(serving.SERVED, ("GET", "/v1/about"))
    with pytest.raises(TypeError, match="nothing serves GET /v1/about"):
        serving.build(cast(desks.Desks, None))


def test_a_handler_that_forgets_a_path_parameter_is_refused() -> None:
    bound = endpoint.Endpoint("GET", "/v1/tests/{number}", endpoint.Nothing, endpoint.Done, "A test")
    endpoint._registry.remove(bound)

    async def handler(desk: object, ask: object) -> None: ...

    with pytest.raises(TypeError, match="must take `number"):
        serving.serves(bound)(handler)


def test_an_unknown_field_is_refused_by_its_place(http: httpx.Client) -> None:
    answer = http.post("/v1/campaigns", json={"name": "x", "contents": {"sms": {"body": "hi", "bdy": "x"}}})
    found = problem(answer)
    assert answer.status_code == 422
    assert found.code is problems.Code.INVALID
    assert [fault.place for fault in found.fields] == ["contents.sms"]
    assert "bdy" in found.fields[0].message


def test_all_that_is_wrong_is_named_at_once(http: httpx.Client) -> None:
    body = {"nmae": "x", "audience": "two", "contents": {"rcs": {"cards": [{"title": 3}]}}}
    found = problem(http.post("/v1/campaigns", json=body))
    assert sorted(fault.place for fault in found.fields) == [
        "audience",
        "contents.rcs.cards.0.title",
        "name",
        "nmae",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"3", b"{", b"\xff", b'{"name": "\\ud800"}', b"[" * 100_000, b'{"name":NaN}'],
)
def test_a_body_that_is_not_the_json_asked_for_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/campaigns", content=body)
    assert answer.status_code == 422
    assert problem(answer).fields


def test_deep_nesting_in_a_known_field_is_refused(http: httpx.Client) -> None:
    body = b'{"name":"x","contents":{"sms":' + b'{"body":' * 50_000 + b"1" + b"}" * 50_002
    assert http.post("/v1/campaigns", content=body).status_code == 422


def test_an_integer_past_64_bits_is_refused(http: httpx.Client) -> None:
    found = problem(http.post("/v1/campaigns", json={"name": "x", "audience": 2**63}))
    assert found.fields[0].place == "audience"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "offset=-1",
        "offset=99999999999999999999",
        "limit=1&limit=2",
        "nope=1",
        "limit",
        "%ff=1",
        "find=%ff",
    ],
)
def test_a_wrong_query_is_refused_by_its_place(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/v1/campaigns?{query}")
    assert answer.status_code == 422
    assert problem(answer).fields[0].message.endswith(".")


def test_a_query_is_refused_where_none_is_asked_for(http: httpx.Client) -> None:
    assert http.get("/v1/about?x=1").status_code == 422
    assert http.post("/v1/campaigns/1/pause?x=1").status_code == 422


def test_words_that_look_like_other_types_stay_words() -> None:
    ask = asks.query(campaigns.CampaignQuery, "find=null&status=12")
    assert (ask.find, ask.status) == ("null", "12")


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "99999999999999999999", "%00", "\u0661"])
def test_a_number_that_names_nothing_is_not_found(http: httpx.Client, number: str) -> None:
    answer = http.get(f"/v1/campaigns/{number}")
    assert answer.status_code == 404
    assert problem(answer).code is problems.Code.NOT_FOUND


def test_an_address_with_nothing_behind_it_is_a_problem_too(http: httpx.Client) -> None:
    assert problem(http.get("/v1/nothing")).code is problems.Code.NOT_FOUND
    wrong = http.request("PATCH", "/v1/campaigns")
    assert wrong.status_code == 405
    assert problem(wrong).title


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_past_the_bound_is_refused(http: httpx.Client, chunked: bool) -> None:
    piece = b'{"name":"' + b"x" * 1_000_000
    content: Any = (piece for _ in range(5)) if chunked else piece * 5
    answer = http.post("/v1/campaigns", content=content)
    assert problem(answer).code is problems.Code.TOO_LARGE


def opening(served: running.Served, path: str, length: int) -> bytes:
    """The head of a request that claims so many bytes."""
    lines = (
        *(f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{served.port}"),
        *(f"Authorization: Bearer {served.token}", f"Content-Length: {length}", "", ""),
    )
    return "\r\n".join(lines).encode()


def test_a_file_past_the_bound_names_the_setting(served: running.Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.settimeout(10)
        connection.sendall(opening(served, "/v1/imports?file=big.csv", 10**14))
        answer = b""
        while b"upload_mb" not in answer and (more := connection.recv(4096)):
            answer += more
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"upload_mb" in answer


@pytest.mark.parametrize("path, length", [("/v1/imports?file=cut.csv", 2 * 10**9), ("/v1/campaigns", 50_000)])
def test_a_client_that_leaves_in_the_middle_leaves_nothing_and_no_failure(
    served: running.Served, path: str, length: int
) -> None:
    logged = served.data / "logs" / "api.log"
    before = logged.read_text().count("request_failed")
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(opening(served, path, length) + b"email\na@b.example\n" * 100)
        if "import" in path:
            running.until(lambda: any((served.data / "imports").glob("*")), "the upload to have begun")
    running.until(lambda: not any((served.data / "imports").glob("*")), "the upload to be gone")
    with served.http() as http:
        assert http.get("/v1/about").is_success
    assert logged.read_text().count("request_failed") == before


def test_answers_are_never_kept_by_a_cache(http: httpx.Client) -> None:
    assert http.get("/v1/campaigns").headers["cache-control"] == "no-store"
    assert http.get("/v1/nothing").headers["cache-control"] == "no-store"


def fault(statement: str) -> Exception:
    return sa.exc.OperationalError(statement, {}, sqlite3.OperationalError(statement))


def test_a_full_disk_is_told_apart_with_the_remedy() -> None:
    for error in (fault("database or disk is full"), OSError(28, "No space left on device")):
        found = serving.problem_of(error)
        assert found.code is problems.Code.STORAGE
        assert found.status == 507
        assert "Make room" in found.remedy


def test_an_unwritable_folder_is_told_apart() -> None:
    for error in (fault("attempt to write a readonly database"), OSError(30, "Read-only file system")):
        assert serving.problem_of(error).code is problems.Code.STORAGE
    assert serving.problem_of(fault("database is locked")).code is problems.Code.NOT_READY


def test_what_nobody_foresaw_says_nothing_of_itself() -> None:
    found = serving.problem_of(RuntimeError("secret detail at line 12"))
    assert found.code is problems.Code.INTERNAL
    assert "detail" not in json.dumps([found.title, found.remedy])


def test_a_failure_inside_the_server_is_answered_without_its_trace() -> None:
    with running.folder() as data, running.serve(data, "--senders", "0", "--no-twins") as broken:
        with contextlib.closing(broken.database()) as connection:
            connection.execute("ALTER TABLE campaign RENAME TO elsewhere")
        with broken.http() as http:
            answer = http.get("/v1/campaigns")
            assert http.get("/v1/health").status_code == 200
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert "elsewhere" not in answer.text
        assert "GET /v1/campaigns failed" in (data / "logs" / "api.log").read_text()
