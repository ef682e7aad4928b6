"""The host: all twins in one process, the same keys and ports at the next start, a guarded door to look inside."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib import parse

import httpx
import pytest

from server.channels import contents
from server.providers import base, form, registry
from server.providers.sms import twilio
from server.twins import base as twins
from server.twins import host, population
from server.wire import twins as wire
from tests.server.providers import cases
from tests.support import yard


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose keys were made once, as some of them take their time."""
    data = tmp_path_factory.mktemp("world")
    host.Host(data, 5).inbox.close()
    return data


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeded, tmp_path / "data")
    return tmp_path / "data"


@contextlib.asynccontextmanager
async def running(data: Path, seed: int | None = None) -> AsyncIterator[host.Host]:
    hosted = host.Host(data, seed, pace=yard.PACE)
    try:
        await hosted.start()
        yield hosted
    finally:
        await hosted.stop()


@contextlib.asynccontextmanager
async def door(hosted: host.Host, token: str = "") -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {token or hosted.world.token}"}
    address = hosted.addresses[host.CONTROL]
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
        yield client


def ports(addresses: dict[str, str]) -> dict[str, int | None]:
    """Key to port, without a twin's further hosts (`push/apns#development`), which are found by address alone."""
    return {key: parse.urlsplit(address).port for key, address in addresses.items() if "#" not in key}


async def test_every_twin_runs_and_has_a_provider_that_takes_its_account(data: Path) -> None:
    async with running(data) as hosted, door(hosted) as client:
        rows = (await client.get("/twins")).json()["rows"]
        accounts = (await client.get("/accounts")).json()
    assert sorted(row["key"] for row in rows) == sorted(registry.PROVIDERS)
    assert all(row["running"] and row["address"] for row in rows)
    for key, account in accounts.items():
        adapter = registry.PROVIDERS[key]
        built = form.build(adapter.settings_type, account["settings"], account["secrets"])
        assert built.endpoint == "twin"


async def test_keys_seed_hooks_and_ports_are_those_of_the_last_start(data: Path) -> None:
    async with running(data, 9) as hosted:
        before = (hosted.world.credentials, hosted.world.token, ports(hosted.addresses))
        hosted.set_hooks({"sms/twilio": "http://127.0.0.1:1/a", "rcs/rbm": "http://127.0.0.1:1/b"})
        hosted.set_hooks({"rcs/rbm": ""})
    async with running(data) as hosted:
        assert (hosted.world.credentials, hosted.world.token, ports(hosted.addresses)) == before
        assert hosted.world.seed == hosted.population.seed == 9
        assert hosted.world.hooks == {"sms/twilio": "http://127.0.0.1:1/a"}
        assert hosted.postman is not None
        assert hosted.postman.hook("sms/twilio") == "http://127.0.0.1:1/a"
    assert stat.S_IMODE((data / "twins" / "world.json").stat().st_mode) == 0o600


async def test_a_port_that_was_taken_meanwhile_is_replaced(data: Path) -> None:
    async with running(data) as hosted:
        old = hosted.addresses["sms/twilio"]
    with socket.create_server(("127.0.0.1", parse.urlsplit(old).port or 0)):
        async with running(data) as hosted:
            assert hosted.addresses["sms/twilio"] != old
            assert json.loads((data / "twins" / "addresses.json").read_text()) == hosted.addresses


async def test_what_an_adapter_sends_is_seen_through_the_door(data: Path) -> None:
    catcher = yard.Catcher()
    await catcher.start()
    async with running(data) as hosted, door(hosted) as client:
        await client.put("/hooks", json={"sms/twilio": catcher.url})
        account = hosted.accounts()["sms/twilio"]
        provider = twilio.Twilio(
            form.build(twilio.Settings, account["settings"], account["secrets"]),  # type: ignore[arg-type]
            cases.context(
                hosted.addresses["sms/twilio"], ca_pem=hosted.authority.read_text(), receipts_url=catcher.url
            ),
        )
        to = population.recipient("sms", twins.Word.REPLIED)
        taken = await provider.send(cases.outbound(contents.Sms(body="Hello"), to, ref="t1-7"))
        assert isinstance(taken, base.Accepted)
        await catcher.wait(3)
        await provider.close()
        await settled(client)
        receipts = (await client.get("/receipts")).json()
        page = (await client.get("/inbox", params={"find": "t1-7"})).json()
        whole = (await client.get(f"/inbox/{page['rows'][0]['id']}")).json()
        listed = {row["key"]: row["arrived"] for row in (await client.get("/twins")).json()["rows"]}
    await catcher.stop()
    assert (receipts["posted"], receipts["waiting"]) == (3, 0)
    assert [(row["to"], row["ref"], row["count"], row["outcome"]) for row in page["rows"]] == [
        (to, "t1-7", 1, "replied")
    ]
    assert whole["wire"]["Body"] == "Hello"
    assert listed["sms/twilio"] == 1


async def settled(client: httpx.AsyncClient) -> None:
    for _ in range(1000):
        if (await client.get("/receipts")).json()["waiting"] == 0:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the receipts never settled")


async def test_the_door_opens_to_its_token_alone(data: Path) -> None:
    async with running(data) as hosted:
        for token in ("wrong", "tøken"):
            async with httpx.AsyncClient(base_url=hosted.addresses[host.CONTROL], trust_env=False) as client:
                for path in ("/twins", "/accounts", "/nothing"):
                    got = await client.get(path, headers={b"authorization": f"Bearer {token}".encode()})
                    assert got.status_code == 401
                    assert hosted.world.token not in got.text


BAD_QUESTIONS: list[tuple[str, str, str | None, int]] = [
    ("GET", "/nothing", None, 404),
    ("GET", "/inbox/99", None, 404),
    ("GET", "/inbox/-1", None, 404),
    ("GET", "/inbox?limit=many", None, 400),
    ("GET", "/inbox?nonsense=1", None, 400),
    ("PUT", "/hooks", "[]", 400),
    ("PUT", "/hooks", "[" * 100_000, 400),
    ("PUT", "/hooks", '{"sms/twilio": "file:///etc/passwd"}', 400),
    ("PUT", "/pace", '{"pace": -1}', 400),
    ("PUT", "/pace", '{"pace": "fast"}', 400),
    ("PUT", "/pace", "x" * 1_000_001, 413),
    ("PUT", "/pace", '{"pace": 0.5}', 200),
]


async def test_bad_questions_get_one_sentence(data: Path) -> None:
    async with running(data) as hosted, door(hosted) as client:
        for method, path, body, status in BAD_QUESTIONS:
            got = await client.request(method, path, content=body)
            assert got.status_code == status, (method, path)
            if status in (400, 404):
                assert got.json()["message"].endswith(".")


async def test_the_door_lists_every_magic_recipient(data: Path) -> None:
    async with running(data) as hosted, door(hosted) as client:
        rows = [wire.Magic(**row) for row in (await client.get("/magic")).json()]
    assert len(rows) == len(twins.Word) * len(contents.CHANNELS)
    assert all(population.spoken(row.channel, row.address) == row.word for row in rows)


def test_keys_that_cannot_be_read_are_named_with_the_remedy(data: Path) -> None:
    (data / "twins" / "world.json").write_text("{broken")
    with pytest.raises(host.BadWorld, match=r"world\.json.*delete it"):
        host.Host(data)


def test_a_twin_that_is_new_gets_its_keys_and_the_others_keep_theirs(data: Path) -> None:
    path = data / "twins" / "world.json"
    world = json.loads(path.read_text())
    token = world["credentials"].pop("sms/twilio")["auth_token"]
    path.write_text(json.dumps(world))
    hosted = host.Host(data)
    hosted.inbox.close()
    made = hosted.world.credentials
    assert made["sms/twilio"]["auth_token"] != token
    assert made["whatsapp/cloud"] == world["credentials"]["whatsapp/cloud"]


async def start(data: Path, *more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server.twins", "--data", str(data), *more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )


@pytest.mark.parametrize("end", ["signal", "pipe"])
async def test_the_process_tells_where_it_listens_and_ends_when_told(data: Path, end: str) -> None:
    process = await start(data, "--parent-pipe")
    assert process.stdout is not None
    assert process.stdin is not None
    line: dict[str, Any] = json.loads(await process.stdout.readline())
    assert line["authority"] == str(data / "twins" / "authority.pem")
    assert set(ports(line["twins"])) == {*registry.PROVIDERS, host.CONTROL}
    if end == "signal":
        process.send_signal(signal.SIGTERM)
    else:
        process.stdin.close()
    _, told = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in told


async def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    process = await start(tmp_path / "data")
    _, told = await process.communicate()
    assert process.returncode == 1
    assert told.decode().count("\n") == 1
    assert "The twins cannot start" in told.decode()
