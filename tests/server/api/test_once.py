"""One submission sent again and again is carried out once, whatever comes between."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from server.store import once
from tests.support import served as running

Ask = dict[str, Any]


def draft(name: str) -> Ask:
    return {"name": name, "audience": None, "contents": {"sms": {"body": "Hello"}}}


def made(http: httpx.Client, name: str) -> int:
    """How many campaigns have this name."""
    total: int = http.get("/v1/campaigns", params={"find": name}).json()["total"]
    return total


@pytest.fixture
def name() -> str:
    return f"Once {uuid.uuid4()}"


@pytest.fixture
def post(http: httpx.Client) -> Callable[..., httpx.Response]:
    def send(key: str, ask: Ask, **headers: str) -> httpx.Response:
        return http.post("/v1/campaigns", json=ask, headers={"Idempotency-Key": key, **headers})

    return send


async def test_fifty_at_once_make_one_and_whoever_is_not_told_to_ask_again_gets_its_reply(
    served: running.Served, name: str
) -> None:
    headers = {"authorization": f"Bearer {served.token}", "Idempotency-Key": name}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, trust_env=False, timeout=60) as client:
        answers = await asyncio.gather(*(client.post("/v1/campaigns", json=draft(name)) for _ in range(50)))
        again = await client.post("/v1/campaigns", json=draft(name))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 409}
    replies = {answer.content for answer in [*answers, again] if answer.status_code == 200}
    assert len(replies) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers if answer.is_success) == 1
    assert again.headers["idempotent-replayed"] == "true"
    with served.http() as http:
        assert made(http, name) == 1


def test_a_key_of_another_request_is_refused(
    post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    assert post(name, draft(name)).status_code == 200
    other = post(name, draft(name + " other"))
    assert other.status_code == 422
    assert other.json()["title"] == "This Idempotency-Key was used for another request."
    elsewhere = http.post("/v1/campaigns/1/launch", json={}, headers={"Idempotency-Key": name})
    assert elsewhere.status_code == 422
    assert made(http, name) == 1


def test_a_key_of_another_workspace_is_another_key(
    post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    added = http.post("/v1/workspaces", json={"name": name[-30:], "environment": "staging"})
    there = {"heliograph-workspace": str(added.json()["workspace"]["id"])}
    here, other = post(name, draft(name)), post(name, draft(name), **there)
    assert (here.status_code, other.status_code) == (200, 200)
    assert "idempotent-replayed" not in other.headers
    assert made(http, name) == 1


def test_what_was_refused_is_not_kept(
    post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    wrong = draft(name) | {"audience": 99_999_999}
    assert post(name, wrong).status_code in (404, 422)
    assert post(name, draft(name)).status_code == 200
    assert made(http, name) == 1


def test_after_a_day_a_key_is_new(
    served: running.Served, post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    assert post(name, draft(name)).status_code == 200
    change(served, name, lambda kept: msgspec.structs.replace(kept, at=kept.at - once.KEPT_S - 1))
    assert post(name, draft(name)).status_code == 200
    assert made(http, name) == 2


def test_after_a_crash_what_was_carried_out_is_not_carried_out_again(
    served: running.Served, post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    assert post(name, draft(name)).status_code == 200
    change(served, name, lambda kept: msgspec.structs.replace(kept, process="dead", reply=""))
    lost = post(name, draft(name))
    assert lost.status_code == 409
    assert "its answer was lost" in lost.json()["title"]
    assert made(http, name) == 1


def test_after_a_crash_what_was_not_carried_out_is_carried_out_now(
    served: running.Served, post: Callable[..., httpx.Response], http: httpx.Client, name: str
) -> None:
    claim = once.Claim(at=2e9, key=once.key_of(1, name), process="dead", digest=digest(draft(name)))
    with served.database() as database:
        database.execute(once.CLAIM, {"key": claim.key, "value": claim.value})
    database.close()
    answered = post(name, draft(name))
    assert answered.status_code == 200
    assert "idempotent-replayed" not in answered.headers
    assert made(http, name) == 1
    assert post(name, draft(name)).headers["idempotent-replayed"] == "true"


def test_the_acts_own_transaction_marks_its_claim(
    served: running.Served, post: Callable[..., httpx.Response], name: str
) -> None:
    assert post(name, draft(name)).status_code == 200
    kept = kept_of(served, name)
    assert kept.done
    assert json.loads(once.unpacked(kept.reply))["name"] == name


@pytest.mark.parametrize("key", ["x" * 201, "snow\u2603".encode().decode("latin-1")])
def test_a_text_that_is_no_key_is_refused(http: httpx.Client, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    answer = http.post("/v1/campaigns", json=draft("Never"), headers=headers)
    assert answer.status_code == 422
    assert "cannot be used" in answer.json()["title"]


def test_a_file_takes_no_key(http: httpx.Client, name: str) -> None:
    headers = {"Idempotency-Key": name}
    answer = http.post("/v1/imports", params={"file": "x.csv"}, content=b"key\n1\n", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["title"] == "An upload takes no Idempotency-Key."


def digest(ask: Ask) -> str:
    body = httpx.Request("POST", "http://x/", json=ask).content
    return once.digest_of(b"POST", b"/v1/campaigns", b"", body)


def kept_of(served: running.Served, key: str) -> once.Claim:
    [(value,)] = served.sql("SELECT value FROM meta WHERE key = ?", once.key_of(1, key))
    return once.read(value)


def change(served: running.Served, key: str, how: Callable[[once.Claim], once.Claim]) -> None:
    kept = how(kept_of(served, key))
    with served.database() as database:
        assert isinstance(database, sqlite3.Connection)
        database.execute(once.PUT, {"key": kept.key, "value": kept.value})
    database.close()
