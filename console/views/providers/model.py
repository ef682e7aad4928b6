"""What the providers page knows: the list's columns, and what an account's health means for a person."""

from collections.abc import Mapping

from console.widgets import figures, icons, paged, pills, theme
from server.channels import contents
from server.wire import providers

#: What to do about a health that is not good.
REMEDIES = {
    providers.Health.UNKNOWN: "Check it: the provider is asked without sending to anybody.",
    providers.Health.THROTTLED: "The provider asked us to slow down. Messages wait and go on by themselves.",
    providers.Health.FAILING: "Look at what the check says. Messages wait and are tried again.",
    providers.Health.HALTED: "Mend the settings or secrets, then check. Its messages wait; none is marked as failed.",
    providers.Health.OFF: "It takes no messages until it is switched on.",
}

TROUBLED = (providers.Health.HALTED, providers.Health.FAILING, providers.Health.THROTTLED)


def lane(account: providers.Account) -> str:
    """What holds an account's messages back just now, and until when; empty for nothing."""
    at = figures.clock(account.lane_resumes_at)
    match account.lane:
        case providers.LaneState.OPEN:
            return f"Nothing leaves: {account.lane_because}. A single message tries it at {at}."
        case providers.LaneState.PROBING:
            return f"A single message is trying it: {account.lane_because}."
        case providers.LaneState.PAUSED:
            return f"The provider asked us to wait until {at}."
        case providers.LaneState.PARKED:
            at = figures.stamp(account.lane_resumes_at)
            return f"Parked until {at}, as the provider asked. Save the account to try it sooner."
        case providers.LaneState.TRYING:
            return "Just opened: a few messages show whether its credentials are good."
        case providers.LaneState.NARROWED:
            return f"Opening up: {account.window_now} of {account.window} messages at once."
        case _:
            return ""


def sentence(account: providers.Account) -> str:
    """How an account does, in words; never empty."""
    if account.enabled and (held := lane(account)):
        return held
    if account.health_text:
        return account.health_text
    match account.health:
        case providers.Health.GOOD:
            asked = figures.ago(account.checked_at)
            return "Its credentials are accepted" + (
                f", checked {_since(asked)}" if account.checked_at else ""
            )
        case providers.Health.UNKNOWN:
            used = account.accepted + account.failed > 0
            return "Used, but never checked" if used else "Not used and not checked yet"
        case _:
            return REMEDIES.get(account.health, "")


def _since(words: str) -> str:
    return "just now" if words == "now" else f"{words} ago"


def tone(account: providers.Account) -> theme.Tone | None:
    """Failures catch the eye once they are more than a few in a hundred."""
    whole = account.accepted + account.failed
    return "bad" if whole and account.failed > whole * 0.05 else None


def columns(titles: Mapping[str, str]) -> tuple[paged.Column, ...]:
    """The list's columns; `titles` are the providers' names by key, filled in later."""
    return (
        paged.Column(
            title="",
            text=lambda row: contents.TITLES.get(row.channel, row.channel),
            kind=paged.Kind.ICONS,
            icons=lambda row: [icons.channel(row.channel)],
            width=44,
            help="Channel",
        ),
        paged.Column(
            title="Account",
            text=lambda row: row.name,
            kind=paged.Kind.TWO_LINES,
            second=lambda row: f"{titles.get(row.provider, row.provider)} · {sentence(row)}",
            width=190,
            stretch=True,
        ),
        paged.Column(
            title="Health",
            text=lambda row: pills.look(pills.HEALTH, row.health).word,
            kind=paged.Kind.PILL,
            look=lambda row: pills.look(pills.HEALTH, row.health),
            width=136,
        ),
        paged.Column(
            title="In flight",
            text=lambda row: f"{row.in_flight}/{row.window}",
            kind=paged.Kind.PROGRESS,
            share=lambda row: row.in_flight / row.window if row.window else 0.0,
            width=120,
            help="Messages with the provider now, of the window: the most that may be in doubt after a crash",
        ),
        paged.Column(
            title="Accepted", text=lambda row: figures.count(row.accepted), kind=paged.Kind.NUMBER, width=90
        ),
        paged.Column(
            title="Failed",
            text=lambda row: figures.count(row.failed),
            kind=paged.Kind.NUMBER,
            tone=tone,
            width=76,
        ),
        paged.Column(
            title="Weight",
            text=lambda row: figures.count(row.weight),
            kind=paged.Kind.NUMBER,
            width=72,
            help="Its share among the channel's accounts",
        ),
    )


def ordered(accounts: list[providers.Account]) -> list[providers.Account]:
    """By channel as screens list them, then by name."""
    places = {channel: at for at, channel in enumerate(contents.CHANNELS)}
    return sorted(
        accounts, key=lambda row: (places.get(row.channel, len(places)), row.name.casefold(), row.id)
    )


def saved(account: providers.Account, *, enabled: bool) -> providers.SaveAccount:
    """The same account, switched on or off; its secrets stay as they are."""
    return providers.SaveAccount(
        name=account.name,
        provider=account.provider,
        enabled=enabled,
        weight=account.weight,
        window=account.window,
        rate_per_s=account.rate_per_s,
        settings=account.settings,
    )
