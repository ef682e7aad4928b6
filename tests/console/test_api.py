"""Calls to the far side over real sockets: replies, problems, files, and a server that is not there."""

import asyncio
import pathlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from console.services import api, backend, errors
from server.wire import audiences, campaigns, problems, server
from tests.console import far as other_side


@asynccontextmanager
async def reached(far: backend.Backend) -> AsyncIterator[api.Api]:
    """An api that reaches the far side; both are ended afterwards."""
    made = api.Api()
    await far.reach(made)
    try:
        yield made
    finally:
        await made.close()
        await far.stop()


async def test_a_reply_is_read_and_fields_of_a_later_version_are_ignored(far: backend.Backend) -> None:
    async with reached(far) as made:
        about = await made.call(server.ABOUT)
        page = await made.call(campaigns.LIST, campaigns.CampaignQuery(offset=7, limit=3))
    assert about.workspace.name == "Northwind"
    assert (page.offset, page.total) == (7, 10)


async def test_a_problem_of_the_server_keeps_its_words(far: backend.Backend) -> None:
    async with reached(far) as made:
        with pytest.raises(errors.Problem) as told:
            await made.call(campaigns.SHOW, campaign=7)
    assert (told.value.sentence, told.value.remedy) == ("There is nothing here.", "Look elsewhere.")
    assert (told.value.code, told.value.offline) == (problems.Code.NOT_FOUND, False)


async def test_a_wrong_token_is_told(far: backend.Backend) -> None:
    async with reached(far) as made:
        stranger = api.Api()
        await stranger.connect(made.url, "wrong")
        with pytest.raises(errors.Problem, match=r"The token is not this server's\. Look in DATA/token\."):
            await stranger.call(server.ABOUT)
        await stranger.close()


async def test_an_answer_of_another_kind_is_a_sentence(far: backend.Backend) -> None:
    async with reached(far) as made:
        with pytest.raises(errors.Problem, match="“List audiences” is not one this console understands"):
            await made.call(audiences.LIST, audiences.LIST.ask())


async def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    made = api.Api()
    await made.connect(f"http://127.0.0.1:{port}", "token")
    with pytest.raises(errors.Problem) as told:
        await made.call(server.ABOUT)
    await made.close()
    assert told.value.offline
    assert told.value.sentence == f"The server at http://127.0.0.1:{port} does not answer."


async def test_before_there_is_a_server_a_call_says_so() -> None:
    with pytest.raises(errors.Problem, match="No server has been chosen yet"):
        await api.Api().call(server.ABOUT)


@pytest.mark.parametrize("url", ["http://203.0.113.9:8080", "http://heliograph.example"])
async def test_a_token_never_travels_readable_over_a_network(url: str) -> None:
    with pytest.raises(errors.Problem, match="does not use TLS"):
        await api.Api().connect(url, "secret")


async def test_a_broken_certificate_setting_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all.pem")
    made = api.Api()
    await made.connect("http://127.0.0.1:1", "token")
    assert made.connected
    await made.close()


async def test_at_most_sixteen_requests_run_at_once(far: backend.Backend, data: pathlib.Path) -> None:
    async with reached(far) as made:
        (data / "slow").write_text("0.1")
        await asyncio.gather(*(made.call(server.ABOUT) for _ in range(40)))
        assert 8 < int((data / "peak").read_text()) <= 16


async def test_a_file_is_sent_and_told_of(far: backend.Backend, tmp_path: pathlib.Path) -> None:
    file, told = tmp_path / "people.csv", list[tuple[int, int]]()
    file.write_bytes(b"x" * (api.CHUNK + 10))
    ask = audiences.InspectAsk(file=file.name)
    async with reached(far) as made:
        whole = await made.upload(audiences.INSPECT, ask, file, progress=lambda *at: told.append(at))
        head = await made.upload(audiences.INSPECT, ask, file, head=1000)
        with pytest.raises(errors.Problem, match="cannot be read: No such file"):
            await made.upload(audiences.INSPECT, ask, tmp_path / "missing.csv")
    assert (whole.columns, head.columns) == ([str(api.CHUNK + 10)], ["1000"])
    assert told == [(api.CHUNK, api.CHUNK + 10), (api.CHUNK + 10, api.CHUNK + 10)]


def names(folder: pathlib.Path) -> list[str]:
    """What lies in a folder, without what lies below."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def test_a_download_is_whole_or_not_there(far: backend.Backend, tmp_path: pathlib.Path) -> None:
    async with reached(far) as made:
        target = tmp_path / "errors.csv"
        await made.download(audiences.FAULT_SHEET, target, id=3)
        assert target.read_bytes() == b"row,column\r\n2,email\r\n"
        assert await made.read(audiences.FAULT_SHEET, id=3) == target.read_bytes()
        with pytest.raises(errors.Problem, match="There is nothing here"):
            await made.download(audiences.FAULT_SHEET, tmp_path / "other.csv", id=4)
        with pytest.raises(errors.Problem, match=r"connection to .* broke"):
            await made.download(audiences.FAULT_SHEET, tmp_path / "half.csv", id=5)
        with pytest.raises(errors.Problem, match="cannot be written"):
            await made.download(audiences.FAULT_SHEET, tmp_path / "no" / "folder.csv", id=3)
    assert await asyncio.to_thread(names, tmp_path) == ["errors.csv"]


async def test_every_kind_of_request_names_its_workspace(
    far: backend.Backend, data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(b"key\r\n")
    async with reached(far) as made:
        (data / "asked").unlink()
        made.workspace = 7
        await made.call(server.ABOUT)
        with pytest.raises(errors.Problem, match="There is nothing here"):
            await made.call(campaigns.LAUNCH, campaigns.Launch(), campaign=1)
        await made.upload(audiences.INSPECT, audiences.InspectAsk(file=file.name), file)
        await made.download(audiences.FAULT_SHEET, tmp_path / "errors.csv", id=3)
        await made.read(audiences.FAULT_SHEET, id=3)
        async with made.stream(server.LIVE.request(), headers={"last-event-id": "1"}) as answer:
            await answer.aread()
        other = made.within(8)
        made.workspace = None
        await made.call(server.OVERVIEW)
        await other.call(server.OVERVIEW)
    asked = [line.rpartition(" ")[2] for line in (data / "asked").read_text().splitlines()]
    assert asked == ["7"] * 6 + ["-", "8"]


async def test_a_workspace_is_the_one_that_was_meant_when_it_was_asked(
    far: backend.Backend, data: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "AT_ONCE", 1)
    async with reached(far) as made:
        (data / "asked").unlink()
        (data / "slow").write_text("0.1")
        made.workspace = 7
        calls = [asyncio.ensure_future(made.call(server.ABOUT)) for _ in range(3)]
        await asyncio.sleep(0)
        made.workspace = 8
        await asyncio.gather(*calls)
    assert [line.rpartition(" ")[2] for line in (data / "asked").read_text().splitlines()] == ["7"] * 3


async def test_a_token_is_in_no_repr(far: backend.Backend) -> None:
    async with reached(far):
        address = far.find()
    assert address is not None
    assert address.token == other_side.TOKEN
    assert other_side.TOKEN not in repr(address)
