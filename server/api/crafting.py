"""What is done with templates: put into drafts, compared, tried on an audience, carried elsewhere."""

from server.api import serving
from server.engine import adopting, bundling, comparing, trying
from server.engine import desk as desks
from server.wire import campaigns, crafting, endpoint, templates

Desk = desks.Desk


@serving.serves(templates.TAKE)
async def take(desk: Desk, ask: templates.Take, *, campaign: int) -> campaigns.Campaign:
    """Put a template's content into a draft, in place of what the draft has for its channel."""
    return await adopting.take(desk, campaign, ask)


@serving.serves(crafting.DIFF)
async def diff(desk: Desk, ask: crafting.DiffAsk) -> crafting.Diff:
    """Render two contents for one person, and name what differs."""
    return await comparing.diff(desk, ask)


@serving.serves(crafting.CHECK)
async def check(desk: Desk, ask: crafting.CheckAsk) -> crafting.Check:
    """Start to render contents for everybody of an audience."""
    return await trying.begin(desk, ask)


@serving.serves(crafting.CHECKED)
async def checked(desk: Desk, _ask: endpoint.Nothing, *, check: int) -> crafting.Check:
    """How far a check is, and what it found so far."""
    return await trying.show(desk, check)


@serving.serves(crafting.CANCEL_CHECK)
async def cancel_check(desk: Desk, _ask: endpoint.Nothing, *, check: int) -> crafting.Check:
    """Stop a check; what it found so far stays."""
    return await trying.cancel(desk, check)


@serving.serves(crafting.FAILING)
async def failing(desk: Desk, ask: crafting.FailingQuery, *, check: int) -> crafting.FailingPeople:
    """Page the people for whom contents fail."""
    return await trying.people(desk, check, ask)


@serving.serves(crafting.EXPORT)
async def export(desk: Desk, ask: crafting.ExportQuery) -> crafting.Bundle:
    """Export templates with the shared blocks they need."""
    return await bundling.export(desk, ask)


@serving.serves(crafting.IMPORT)
async def take_in(desk: Desk, ask: crafting.ImportAsk) -> crafting.Imported:
    """Take in what was exported: all or nothing, every fault named."""
    return await bundling.take_in(desk, ask)
