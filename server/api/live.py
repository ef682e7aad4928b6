"""The live feed as server-sent events."""

from collections.abc import AsyncIterator

import msgspec

from server.api import serving
from server.engine import desk as desks
from server.wire import endpoint
from server.wire import server as wire

RESET = "reset"  #: the event that says: too much was missed, ask for everything anew
BEAT = b": beat\n\n"


@serving.serves(wire.LIVE)
async def live(desk: desks.Desk, ask: endpoint.Nothing, *, last_event_id: str) -> serving.Stream:
    """Follow what changes, from Last-Event-ID on where it is given."""
    return serving.Stream(content_type="text/event-stream", chunks=_events(desk, last_event_id))


async def _events(desk: desks.Desk, last: str) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n: hello\n\n"  # the answer begins at once, not with the first change
    async for told in desk.feed.listen(desk, last):
        if told is None:
            yield BEAT
        elif told.change is None:
            yield f"id: {told.id}\nevent: {RESET}\ndata: {{}}\n\n".encode()
        else:
            yield f"id: {told.id}\ndata: ".encode() + msgspec.json.encode(told.change) + b"\n\n"
