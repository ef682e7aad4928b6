"""An act whose answer is lost on the way from a real server is carried out once, and its page gets the answer."""

import asyncio
import contextlib
import pathlib
import re
from collections.abc import AsyncIterator

from console.services import api, outbox
from server.wire import campaigns, server
from tests.support import served

_HOST = re.compile(rb"host: [^\r]+\r\n", re.IGNORECASE)


class Wire:
    """A line to the server that is cut when the answer to the first act is on its way back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.acts = 0
        self.cut = False
        self._calls: list[asyncio.Task[None]] = []

    async def ended(self) -> None:
        """Wait until everybody has hung up."""
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both ways, until one side hangs up."""
        call = asyncio.current_task()
        assert call is not None
        self._calls.append(call)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        acting = asyncio.Event()
        there = asyncio.ensure_future(self._there(reader, far_writer, acting))
        back = asyncio.ensure_future(self._back(far_reader, writer, acting))
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        for task in (there, back):
            task.cancel()
        await asyncio.gather(there, back, return_exceptions=True)
        for end in (writer, far_writer):
            end.transport.abort()

    async def _there(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, acting: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 16):
            if data.startswith(b"POST"):
                self.acts += 1
                acting.set()
            own = writer.get_extra_info("peername")[1]
            writer.write(
                _HOST.sub(b"host: 127.0.0.1:%d\r\n" % own, data)
            )  # the server answers to its own name
            await writer.drain()

    async def _back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, acting: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 16):
            if acting.is_set() and not self.cut:
                self.cut = True
                return
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def through(wire: Wire, token: str) -> AsyncIterator[api.Api]:
    """An Api whose requests go through the line."""
    line = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    made = api.Api()
    await made.connect(f"http://127.0.0.1:{line.sockets[0].getsockname()[1]}", token)
    try:
        yield made
    finally:
        await made.close()
        line.close()
        await wire.ended()


async def test_an_act_whose_answer_was_lost_is_done_once_and_answered(tmp_path: pathlib.Path) -> None:
    with served.serve(tmp_path / "data", "--set", "twins=false") as running:
        wire = Wire(running.port)
        async with through(wire, running.token) as asked:
            assert (await asked.call(server.ABOUT)).workspace.name
            made = await asked.call(campaigns.CREATE, campaigns.SaveCampaign(name="Only one"))
            listed = await asked.call(campaigns.LIST, campaigns.CampaignQuery())
            assert [act.state for act in asked.acts.settled()] == [outbox.State.DONE]
            assert asked.acts.waiting() == []
    assert wire.cut
    assert wire.acts == 2
    assert [(row.id, row.name) for row in listed.rows] == [(made.id, "Only one")]
