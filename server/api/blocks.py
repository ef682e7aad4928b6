"""Shared blocks over the API."""

from server.api import serving
from server.engine import blocks as engine
from server.engine import desk as desks
from server.wire import blocks, endpoint, templates

Desk = desks.Desk


@serving.serves(blocks.LIST)
async def list_blocks(desk: Desk, ask: blocks.BlockQuery) -> blocks.Blocks:
    """List shared blocks."""
    return await engine.list_(desk, ask)


@serving.serves(blocks.CREATE)
async def create(desk: Desk, ask: blocks.SaveBlock) -> blocks.Block:
    """Create a shared block."""
    return await engine.create(desk, ask)


@serving.serves(blocks.SHOW)
async def show(desk: Desk, _ask: endpoint.Nothing, *, block: int) -> blocks.Block:
    """Show a shared block."""
    return await engine.show(desk, block)


@serving.serves(blocks.SAVE)
async def save(desk: Desk, ask: blocks.SaveBlock, *, block: int) -> blocks.Block:
    """Save a block. Runs that were launched keep the version they froze."""
    return await engine.save(desk, block, ask)


@serving.serves(blocks.DELETE)
async def delete(desk: Desk, _ask: endpoint.Nothing, *, block: int) -> endpoint.Done:
    """Delete a block that nothing takes in any more."""
    await engine.delete(desk, block)
    return endpoint.Done()


@serving.serves(blocks.VERSIONS)
async def versions(desk: Desk, ask: endpoint.Window, *, block: int) -> blocks.BlockVersions:
    """List a block's versions, newest first."""
    return await engine.versions(desk, block, ask)


@serving.serves(blocks.RESTORE)
async def restore(desk: Desk, ask: templates.Restore, *, block: int, version: int) -> blocks.Block:
    """Take an older version's text up again as a new version."""
    return await engine.restore(desk, block, version, ask)


@serving.serves(blocks.USES)
async def uses(desk: Desk, _ask: endpoint.Nothing, *, block: int) -> templates.Uses:
    """Every campaign, template and block that names it."""
    return await engine.list_uses(desk, block)


@serving.serves(blocks.IMPACT)
async def impacts(desk: Desk, ask: blocks.BlockImpactAsk, *, block: int) -> templates.Impact:
    """What saving a text would mean for the people of those who use the block."""
    return await engine.meant(desk, block, ask)
