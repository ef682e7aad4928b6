"""Copies, tags and the archive of campaigns."""

from server.api import serving
from server.engine import desk as desks
from server.engine import shelf
from server.wire import campaigns, endpoint
from server.wire import shelf as wire


@serving.serves(wire.CLONE)
async def clone(desk: desks.Desk, ask: wire.Clone, campaign: int) -> campaigns.Campaign:
    """Make a draft like a campaign."""
    return await shelf.clone(desk, campaign, ask)


@serving.serves(wire.SAVE_TAGS)
async def save_tags(desk: desks.Desk, ask: wire.SaveTags, campaign: int) -> campaigns.Campaign:
    """Set a campaign's tags."""
    return await shelf.save_tags(desk, campaign, ask)


@serving.serves(wire.TAGS)
async def tags(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Tags:
    """List the tags in use."""
    return await shelf.tags(desk)


@serving.serves(wire.ACT)
async def act(desk: desks.Desk, ask: wire.Shelve) -> wire.Shelved:
    """Archive or tag some campaigns, or take that back."""
    return await shelf.act(desk, ask)
