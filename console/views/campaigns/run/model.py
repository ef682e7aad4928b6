"""What the run page says, from a run's numbers; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.widgets import figures, pills, reasons
from server.channels import contents
from server.wire import campaigns, ledger, limits

Lines = dict[str, tuple[list[float], list[float]]]

LEAST_HISTORY = 6
RATE_S = 10  #: the server's rate looks back so far; before that it counts seconds in which nothing ran yet

ALL = "all"  #: every channel together

#: States that are told with their reasons, in the order they are shown.
TOLD = (ledger.State.FAILED, ledger.State.DOUBT, ledger.State.SKIPPED)

FUNNEL = (
    ("audience", "Audience"),
    ("accepted", "Accepted"),
    ("delivered", "Delivered"),
    ("seen", "Seen"),
    ("clicked", "Clicked"),
    ("replied", "Replied"),
)

OVER = (campaigns.Status.DONE, campaigns.Status.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some messages stand where they stand; one code with one meaning is one reason over all its channels."""

    state: ledger.State
    channels: tuple[str, ...]
    code: str  #: as the ledger has it
    count: int
    words: str
    remedy: str


def lines(series: campaigns.Series) -> Lines:
    """Channel to messages accepted a second; buckets without any are true zeros."""
    if not series.moments:
        return {}
    step = series.bucket_s
    slots = range(min(one.at for one in series.moments), max(one.at for one in series.moments) + step, step)
    found: dict[str, dict[int, int]] = {}
    for moment in series.moments:
        found.setdefault(moment.channel, {})[moment.at] = moment.accepted
    return {
        contents.TITLES[channel]: (
            [float(at) for at in slots],
            [found[channel].get(at, 0) / step for at in slots],
        )
        for channel in contents.CHANNELS
        if channel in found
    }


def together(drawn: Lines) -> list[float]:
    """All channels' lines summed, for a sparkline; too few values promise a trend that is none."""
    summed = [sum(at) for at in zip(*(values for _, values in drawn.values()), strict=True)]
    return summed if len(summed) >= LEAST_HISTORY else []


def latency(series: campaigns.Series, channel: str) -> list[int]:
    """Counts by bucket of LATENCY_BOUNDS_MS, for one channel or for all."""
    if channel != ALL:
        return series.latency.get(channel, [])
    return [sum(counts) for counts in zip(*series.latency.values(), strict=True)]


def funnel(series: campaigns.Series, channel: str) -> list[tuple[str, int]]:
    """Named steps, for one channel or for all."""
    chosen = list(series.funnel.values()) if channel == ALL else [series.funnel.get(channel, {})]
    return [(name, sum(steps.get(key, 0) for steps in chosen)) for key, name in FUNNEL]


def why(tallies: Iterable[ledger.Tally]) -> list[Reason]:
    """Failures, doubts and skips by reason, the most frequent first within each state."""
    counts: dict[tuple[ledger.State, str, str, str], dict[str, int]] = {}
    for tally in tallies:
        if tally.state in TOLD and tally.count:
            meaning = reasons.explain(tally.channel, tally.reason)
            words = meaning.words or tally.reason or pills.look(pills.MESSAGE, tally.state).word
            by_channel = counts.setdefault((tally.state, tally.reason, words, meaning.remedy), {})
            by_channel[tally.channel] = by_channel.get(tally.channel, 0) + tally.count
    found = [
        Reason(
            state=state,
            channels=tuple(sorted(by_channel, key=list(contents.CHANNELS).index)),
            code=code,
            count=sum(by_channel.values()),
            words=words,
            remedy=remedy,
        )
        for (state, code, words, remedy), by_channel in counts.items()
    ]
    return sorted(found, key=lambda reason: (TOLD.index(reason.state), -reason.count, reason.channels))


def told_channels(reason: Reason) -> str:
    """The channels of a reason in words."""
    return ", ".join(contents.TITLES[channel] for channel in reason.channels)


def accounts(tallies: Iterable[ledger.Tally], names: Mapping[int, str]) -> dict[str, str]:
    """Channel to the accounts it went through, with how many messages each was given."""
    given: dict[str, dict[int, int]] = {}
    for tally in tallies:
        if tally.account:
            by_account = given.setdefault(tally.channel, {})
            by_account[tally.account] = by_account.get(tally.account, 0) + tally.count
    return {
        channel: " · ".join(
            f"{names.get(account, f'account {account}')} {figures.count(count)}"
            for account, count in sorted(by_account.items())
        )
        for channel, by_account in given.items()
    }


def delivered(tallies: Iterable[ledger.Tally]) -> int:
    """Messages known to have arrived."""
    at_least = ledger.ACCEPTED[1:]
    return sum(tally.count for tally in tallies if tally.state in at_least)


def left(run: campaigns.Run, pace: limits.Pace | None) -> tuple[str, str]:
    """The time that is left at most, and at best, by the server's own reckoning; never a guess where nobody knows."""
    rest = run.equation.waiting + run.equation.sending
    if run.status in OVER or not rest:
        return figures.NOTHING, "nothing waits"
    if run.status is campaigns.Status.PAUSED:
        return "Paused", f"{figures.count(rest)} wait until it is resumed"
    waits = f"{figures.count(rest)} left"
    if pace is None or pace.eta_low_s is None:
        young = (figures.now() - run.started_at).total_seconds() < RATE_S
        return ("Measuring", f"{waits}; the pace is known after {RATE_S} s") if young else ("Unknown", waits)
    low = figures.duration(pace.eta_low_s)
    if pace.eta_high_s is None:
        return f"Over {low}", f"{waits}; nobody can say when it ends"
    high = figures.duration(pace.eta_high_s)
    return high, waits if low == high else f"{low} at best, {waits}"


def took(run: campaigns.Run) -> str:
    """How long it has been going, or went."""
    end = run.finished_at or figures.now()
    return figures.duration(max((end - run.started_at).total_seconds(), 0.0))


def channels(run: campaigns.Run) -> Sequence[str]:
    """Its channels in the order screens list them."""
    return [name for name in contents.CHANNELS if name in run.by_channel]


def doubts(run: campaigns.Run) -> str:
    """What in doubt means here, with the bound that holds for this run."""
    bound = (
        f"At most {figures.count(run.window)} messages an account are under way at any moment, so no crash can leave "
        "more than that in doubt."
    )
    if not run.equation.doubt:
        return f"Every outcome is known. {bound}"
    subject = (
        "1 message is" if run.equation.doubt == 1 else f"{figures.count(run.equation.doubt)} messages are"
    )
    return (
        f"{subject} in doubt: the attempt began and no answer came, so they may have arrived or not. "
        f"They are never sent again silently; a receipt or a person settles them. {bound}"
    )
