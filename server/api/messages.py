"""Messages, one message's story, and a run's dump."""

from server.api import serving
from server.engine import desk as desks
from server.engine import messages
from server.wire import endpoint
from server.wire import messages as wire


@serving.serves(wire.LIST)
async def list_messages(desk: desks.Desk, ask: wire.MessageQuery) -> wire.Messages:
    """List messages."""
    return await messages.list_(desk, ask)


@serving.serves(wire.STORY)
async def story(desk: desks.Desk, ask: endpoint.Nothing, ref: str) -> wire.Story:
    """Tell one message's story."""
    return await messages.story(desk, ref)


@serving.serves(wire.DUMP)
async def dump(desk: desks.Desk, ask: endpoint.Nothing, run: int) -> serving.Stream:
    """Stream every message of a run as JSON lines."""
    return serving.Stream(
        content_type="application/jsonl", chunks=messages.dump(desk, run), filename=f"run-{run}.jsonl"
    )
