"""Campaigns, the acts on them, and their runs' numbers."""

from server.api import serving
from server.engine import campaigns, estimating, insight, previewing, schedules
from server.engine import desk as desks
from server.wire import campaigns as wire
from server.wire import endpoint


@serving.serves(wire.LIST)
async def list_campaigns(desk: desks.Desk, ask: wire.CampaignQuery) -> wire.Campaigns:
    """List campaigns."""
    return await campaigns.list_(desk, ask)


@serving.serves(wire.CREATE)
async def create(desk: desks.Desk, ask: wire.SaveCampaign) -> wire.Campaign:
    """Create a draft."""
    return await campaigns.create(desk, ask)


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Campaign:
    """Show a campaign."""
    return await campaigns.show(desk, campaign)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.SaveCampaign, campaign: int) -> wire.Campaign:
    """Save a draft."""
    return await campaigns.save(desk, campaign, ask)


@serving.serves(wire.DELETE)
async def delete(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> endpoint.Done:
    """Delete a draft."""
    await campaigns.delete(desk, campaign)
    return endpoint.Done()


@serving.serves(wire.ESTIMATE)
async def estimate(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Estimate:
    """Count what a launch would do."""
    return await estimating.estimate(desk, campaign)


@serving.serves(wire.PREVIEW)
async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Render contents for one person."""
    return await previewing.preview(desk, ask)


@serving.serves(wire.LAUNCH)
async def launch(desk: desks.Desk, ask: wire.Launch, campaign: int) -> wire.Campaign:
    """Freeze and start."""
    if ask.delay_s:
        return await schedules.put_off(desk, campaign, ask)
    return await campaigns.launch(desk, campaign, ask)


@serving.serves(wire.PAUSE)
async def pause(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Campaign:
    """Stop sending."""
    return await campaigns.pause(desk, campaign)


@serving.serves(wire.RESUME)
async def resume(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Campaign:
    """Go on sending."""
    return await campaigns.resume(desk, campaign)


@serving.serves(wire.CANCEL)
async def cancel(desk: desks.Desk, ask: endpoint.Nothing, campaign: int) -> wire.Campaign:
    """Send no more, for good."""
    return await campaigns.cancel(desk, campaign)


@serving.serves(wire.RUN)
async def run(desk: desks.Desk, ask: endpoint.Nothing, run: int) -> wire.Run:
    """Show a run's equation and tallies."""
    return await insight.run(desk, run)


@serving.serves(wire.SERIES)
async def series(desk: desks.Desk, ask: wire.SeriesQuery, run: int) -> wire.Series:
    """Show a run's throughput, latency and funnel."""
    return await insight.series(desk, run, ask)
