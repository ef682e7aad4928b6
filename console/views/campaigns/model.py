"""What the list knows about a campaign, in words and shares; pure."""

from collections.abc import Mapping

import msgspec

from console.widgets import equation, figures, icons, paged, pills, theme
from server.channels import contents
from server.wire import campaigns, server

#: The tabs of the list: key, label, and what the server filters by.
TABS = (
    ("all", "All", ""),
    ("live", "Live", "live"),
    ("scheduled", "Scheduled", "scheduled"),
    ("draft", "Draft", "draft"),
    ("done", "Done", "done"),
    ("archived", "Archived", ""),
)


def archived(tab: str) -> str:
    """What a tab shows of the archive, as the server filters by it."""
    return "only" if tab == "archived" else ""


def channel_names(row: campaigns.Campaign) -> str:
    """The channels in words."""
    return ", ".join(contents.TITLES.get(name, name) for name in row.channels)


def progress(row: campaigns.Campaign) -> str:
    """How far it is."""
    if row.status is campaigns.Status.SCHEDULED and row.schedule is not None:
        if row.schedule.undecided:
            return "Asks you"
        starts = row.schedule.next_at
        return f"{starts.astimezone():%d %b, %H:%M}" if starts is not None else figures.NOTHING
    share = equation.settled(row.equation)
    if share is None:
        return "Not started" if row.status is campaigns.Status.DRAFT else "Freezing"
    return equation.percent(share)


def progress_tone(row: campaigns.Campaign) -> theme.Tone | None:
    """What the bar's colour means: at work, held up, or over."""
    match row.status:
        case campaigns.Status.PAUSED | campaigns.Status.CANCELLING:
            return "warn"
        case campaigns.Status.DONE:
            return "ok"
        case campaigns.Status.CANCELLED:
            return "mute"
    return None


def delivered(row: campaigns.Campaign) -> str:
    """The share of what providers took that is known to have arrived."""
    if row.equation is None:
        return figures.NOTHING
    return figures.share(row.delivered, row.equation.accepted)


def failed(row: campaigns.Campaign) -> str:
    """Messages given up."""
    return figures.NOTHING if row.equation is None else figures.count(row.equation.failed)


def failed_tone(row: campaigns.Campaign) -> theme.Tone | None:
    """Red where more than one in twenty of those tried has failed."""
    if row.equation is None:
        return None
    tried = row.equation.accepted + row.equation.failed
    return "bad" if row.equation.failed * 20 > tried else None


def size(row: campaigns.Campaign) -> str:
    """Messages of the run, one a person and channel."""
    return figures.NOTHING if row.equation is None else figures.count(row.equation.audience)


def about(row: campaigns.Campaign) -> str:
    """The second line: its tags, and to whom."""
    parts = [*(f"#{tag}" for tag in row.tags), row.audience_name or "No audience yet"]
    if row.schedule is not None:
        parts.append(row.schedule.words)
    return " · ".join(parts)


COLUMNS = (
    paged.Column(
        title="Campaign",
        kind=paged.Kind.TWO_LINES,
        text=lambda row: row.name,
        second=about,
        stretch=True,
        width=176,
        sort="name",
    ),
    paged.Column(
        title="Status",
        kind=paged.Kind.PILL,
        text=lambda row: pills.look(pills.CAMPAIGN, row.status.value).word,
        look=lambda row: pills.look(pills.CAMPAIGN, row.status.value),
        width=124,
        sort="status",
    ),
    paged.Column(
        title="Channels",
        kind=paged.Kind.ICONS,
        text=channel_names,
        icons=lambda row: [icons.channel(name) for name in row.channels],
        width=154,
    ),
    paged.Column(
        title="Messages",
        kind=paged.Kind.NUMBER,
        text=size,
        width=104,
        help="One for each person and channel, as the run was frozen",
    ),
    paged.Column(
        title="Progress",
        kind=paged.Kind.PROGRESS,
        text=progress,
        share=lambda row: (
            None if row.status is campaigns.Status.SCHEDULED else equation.settled(row.equation)
        ),
        tone=progress_tone,
        width=160,
        help="What neither waits nor is on its way",
    ),
    paged.Column(
        title="Delivered",
        kind=paged.Kind.NUMBER,
        text=delivered,
        width=104,
        help="Of those a provider accepted, the share known to have arrived",
    ),
    paged.Column(title="Failed", kind=paged.Kind.NUMBER, text=failed, tone=failed_tone, width=92),
    paged.Column(title="Updated", text=lambda row: figures.ago(row.updated_at), width=116, sort="updated_at"),
)


def folded(held: Mapping[int, campaigns.Campaign], change: server.Change) -> campaigns.Campaign | None:
    """The row that a change of a run is about, brought up to date; None where none of those held is."""
    row = held.get(change.subject)
    if row is None:
        return None
    status = campaigns.Status(change.status) if change.status else row.status
    return msgspec.structs.replace(row, equation=change.equation or row.equation, status=status)
