"""What the overview knows: the server's numbers, what runs, and how far a newcomer has come."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from console.services import api
from server.channels import contents
from server.wire import campaigns, server

BUCKET_S = 5
SPAN_S = 300
KEPT = 60  #: values of a sparkline that the server keeps no history for

Lines = dict[str, tuple[list[float], list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at the server."""

    overview: server.Overview
    campaigns: int  #: all there are
    drafts: int

    @property
    def is_first_run(self) -> bool:
        """Whether nothing has ever been launched: the page then teaches instead of counting nothing."""
        return self.campaigns == self.drafts


async def look(asked: api.Api) -> Seen:
    """Ask for all three at once. Raises errors.Problem."""
    overview, every, drafts = await asyncio.gather(
        asked.call(server.OVERVIEW),
        asked.call(campaigns.LIST, campaigns.CampaignQuery(limit=1)),
        asked.call(campaigns.LIST, campaigns.CampaignQuery(limit=1, status=campaigns.Status.DRAFT.value)),
    )
    return Seen(overview=overview, campaigns=every.total, drafts=drafts.total)


def folded(live: Sequence[campaigns.Campaign], change: server.Change) -> campaigns.Campaign | None:
    """The live campaign that a change of its run is about, brought up to date; None where it is about none."""
    for one in live:
        if one.run == change.subject:
            status = campaigns.Status(change.status) if change.status else one.status
            return msgspec.structs.replace(one, equation=change.equation or one.equation, status=status)
    return None


def lines(recent: Sequence[campaigns.Moment], now_s: float) -> Lines:
    """The last five minutes by channel as messages accepted a second; a bucket without any is a true zero."""
    last = int(now_s) // BUCKET_S - 1  # the bucket that still fills would look like a fall
    first = last - SPAN_S // BUCKET_S + 1
    found: dict[str, dict[int, int]] = {}
    for moment in recent:
        found.setdefault(moment.channel, {})[moment.at // BUCKET_S] = moment.accepted
    slots = range(first, last + 1)
    return {
        contents.TITLES[channel]: (
            [float(slot * BUCKET_S) for slot in slots],
            [found[channel].get(slot, 0) / BUCKET_S for slot in slots],
        )
        for channel in contents.CHANNELS
        if channel in found
    }


def together(drawn: Lines) -> list[float]:
    """All channels' lines summed, for a sparkline."""
    values = [values for _, values in drawn.values()]
    return [sum(at) for at in zip(*values, strict=True)]


def remembered(history: Sequence[float], value: float) -> list[float]:
    """A history with one more value, if it moved: what stands still has no line."""
    kept = list(history)
    if not kept or kept[-1] != value:
        kept.append(value)
    return kept[-KEPT:]


def by_speed(rates: Mapping[str, float]) -> list[tuple[str, float]]:
    """Channels with what they do a second, in the channels' order; those at rest included."""
    return [(channel, rates.get(channel, 0.0)) for channel in contents.CHANNELS]
