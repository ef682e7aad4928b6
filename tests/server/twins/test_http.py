"""Twins that speak HTTP: whole requests in, answers out, late or never where that is their fate."""

import asyncio
import ssl
import time
from collections.abc import Mapping

import httpx
import pytest

from server.twins import base, http
from tests.support import yard


class Parrot(http.HttpTwin):
    """Says what it heard."""

    key = "test/parrot"
    channel = "sms"
    title = "Parrot"
    body_limit = 1000

    @classmethod
    def invent(cls) -> dict[str, str]:
        return {"secret": "cracker"}

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        return {}, dict(credentials)

    def answer(self, request: base.Request) -> base.Response:
        if request.path == "/cut":
            return base.Response(status=200, cut=True)
        if request.path == "/late":
            return base.Response(status=200, after_s=0.2)
        if request.path == "/broken":
            raise RuntimeError("a parrot's own fault")
        text = f"{request.method} {request.path} {request.query} {request.url} {request.headers['x-a']}"
        return base.Response(status=201, body=text.encode() + request.body, headers={"x-said": "yes"})


def client(around: yard.Opened) -> httpx.AsyncClient:
    trust = ssl.create_default_context(cadata=around.ca_pem)
    return httpx.AsyncClient(base_url=around.endpoints["test/parrot"], verify=trust, trust_env=False)


async def test_a_request_arrives_whole_and_its_answer_too() -> None:
    async with yard.opened(Parrot) as around, client(around) as http_client:
        got = await http_client.post("/a%20b?c=%2B1", content=b"!" * 999, headers={"X-A": "1"})
    assert got.status_code == 201
    assert got.headers["x-said"] == "yes"
    url = f"{around.endpoints['test/parrot']}/a%20b?c=%2B1"
    assert got.text == f"POST /a b c=%2B1 {url} 1" + "!" * 999


async def test_a_body_over_the_limit_is_refused() -> None:
    async with yard.opened(Parrot) as around, client(around) as http_client:
        got = await http_client.post("/", content=b"!" * 1001, headers={"X-A": "1"})
    assert got.status_code == 413


async def test_a_cut_closes_the_connection_without_a_byte() -> None:
    async with yard.opened(Parrot) as around, client(around) as http_client:
        with pytest.raises(httpx.TransportError):
            await http_client.post("/cut", content=b"x")


async def test_a_late_answer_holds_up_nobody_else() -> None:
    async with yard.opened(Parrot) as around, client(around) as http_client:
        began = time.monotonic()
        late = asyncio.create_task(http_client.get("/late"))
        await http_client.get("/", headers={"X-A": "1"})
        assert not late.done()
        assert (await late).status_code == 200
        assert time.monotonic() - began >= 0.2


async def test_a_twins_own_fault_is_answered_500_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with yard.opened(Parrot) as around, client(around) as http_client:
        got = await http_client.get("/broken")
    assert got.status_code == 500
    assert "a parrot's own fault" in caplog.text


async def test_a_taken_port_is_told_to_the_caller() -> None:
    async with yard.opened(Parrot) as around:
        port = int(around.endpoints["test/parrot"].rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Parrot(around.yard).start("127.0.0.1", port, around.tls)
