"""Limits by subject, routes and pools as lists show them, and what binds now; pure."""

from collections.abc import Mapping, Sequence

import msgspec

from console.widgets import icons, paged, pills, rate_fields
from server.channels import contents
from server.wire import limits, providers

Layer = limits.Layer

#: Layer to its name, what its subject is called, and an example of one.
LAYERS = {
    Layer.WORKSPACE: ("Workspace", "", ""),
    Layer.ACCOUNT: ("Account", "Account", ""),
    Layer.ORIGIN: ("Sender of a pool", "Sender", "+15005550006"),
    Layer.ROUTE: ("Country or channel", "Numbers that begin with", "+49"),
    Layer.DOMAIN: ("Mail domain", "Domain", "gmail.com"),
    Layer.PAIR: ("One recipient", "From account", ""),
    Layer.CAMPAIGN: ("Campaign", "Campaign", ""),
}
PHONES = ("sms", "whatsapp", "rcs")
EACH = "*"
BINDS = pills.Look("Binds now", "gauge", "warn")
FREE = pills.Look("Does not bind", "circle-check", "mute")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """All limits that are laid upon one thing."""

    layer: limits.Layer
    channel: str
    subject: str
    title: str
    rates: tuple[limits.Rate, ...]
    used: float  #: of the fullest period, 0 to 1
    used_words: str
    runs: tuple[str, ...] = ()  #: campaigns that it binds now

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is laid upon."""
        return self.layer.value, self.channel, self.subject


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """An account's senders."""

    account: providers.Account
    rows: list[limits.Origin]


Binding = Mapping[tuple[str, str], Sequence[str]]


def binding(paces: Sequence[tuple[str, limits.Pace]]) -> dict[tuple[str, str], list[str]]:
    """Layer and subject of what binds a run most now, to the campaigns it binds."""
    found: dict[tuple[str, str], list[str]] = {}
    for campaign, pace in paces:
        if pace.causes and pace.left:
            first = pace.causes[0]
            found.setdefault((first.kind, first.subject), []).append(campaign)
    return found


def subjects(rows: Sequence[limits.Limit], bound: Binding) -> list[Subject]:
    """One row for each subject, with all its periods."""
    grouped: dict[tuple[str, str, str], list[limits.Limit]] = {}
    for row in rows:
        grouped.setdefault((row.layer.value, row.channel, row.subject), []).append(row)
    return [_subject(some, bound) for some in grouped.values()]


def _subject(rows: list[limits.Limit], bound: Binding) -> Subject:
    first, ordered = rows[0], sorted(rows, key=lambda row: row.per_s)
    fullest = max(rows, key=lambda row: (row.used / row.count if row.count else 0.0, row.per_s))
    share = fullest.used / fullest.count if fullest.count else 0.0
    return Subject(
        layer=first.layer,
        channel=first.channel,
        subject=first.subject,
        title=first.title if "." in first.title else first.title[:1].upper() + first.title[1:],
        rates=tuple(limits.Rate(count=row.count, per_s=row.per_s) for row in ordered),
        used=min(share, 1.0),
        used_words=f"{fullest.used:,} of {rate_fields.said(fullest.count, fullest.per_s)}",
        runs=_bound(first, bound),
    )


def _bound(row: limits.Limit, bound: Binding) -> tuple[str, ...]:
    """The campaigns a limit binds; one that holds for each by itself binds by whichever it is."""
    if row.subject != EACH:
        return tuple(bound.get((row.layer.value, row.subject), ()))
    named = [name for (layer, _), names in bound.items() if layer == row.layer.value for name in names]
    return tuple(dict.fromkeys(named))


def said(rates: Sequence[limits.Rate]) -> str:
    """Limits in words."""
    return " · ".join(rate_fields.said(rate.count, rate.per_s) for rate in rates)


def numbers(prefix: str) -> str:
    """Which numbers a route is for."""
    return f"that begin with {prefix}" if prefix else "that no other route knows"


def pool_words(rows: Sequence[limits.Origin]) -> str:
    """A pool in a line."""
    if not rows:
        return "The sender in the account's settings"
    return ", ".join(f"{row.address} ({row.weight})" for row in rows)


def pool_lines(rows: Sequence[limits.Origin]) -> str:
    """A pool as it is typed: one sender a line, with its weight."""
    return "\n".join(f"{row.address} = {row.weight}" for row in rows)


def pool_of(lines: str) -> list[limits.Origin]:
    """What was typed. Raises ValueError with a sentence that names the line."""
    found = []
    for number, line in enumerate(lines.splitlines(), start=1):
        address, _, weight = (part.strip() for part in line.partition("="))
        if not address:
            continue
        if weight and not weight.isdecimal():
            raise ValueError(f"Line {number}: {weight!r} is no weight; write a whole number, such as 100.")
        found.append(limits.Origin(address=address, weight=int(weight) if weight else 100))
    return found


def _title(channel: str) -> str:
    return contents.TITLES.get(channel, channel)


LIMITS = (
    paged.Column(
        title="Laid upon",
        kind=paged.Kind.TWO_LINES,
        text=lambda row: row.title,
        second=lambda row: LAYERS[row.layer][0],
        width=220,
        stretch=True,
    ),
    paged.Column(title="At most", text=lambda row: said(row.rates), width=260, stretch=True),
    paged.Column(
        title="Used",
        kind=paged.Kind.PROGRESS,
        text=lambda row: f"{row.used:.0%}",
        share=lambda row: row.used,
        tone=lambda row: "warn" if row.used >= 0.9 else None,
        width=160,
        help="Of the period that is fullest now",
    ),
    paged.Column(
        title="Now",
        kind=paged.Kind.PILL,
        text=lambda row: f"{BINDS.word}: {', '.join(row.runs)}" if row.runs else FREE.word,
        look=lambda row: BINDS if row.runs else FREE,
        width=140,
        help="Whether it is what holds a running campaign back most",
    ),
)


def routes(names: Mapping[int, str]) -> tuple[paged.Column, ...]:
    """The routes' columns; `names` are the accounts'."""
    return (
        paged.Column(
            title="",
            kind=paged.Kind.ICONS,
            text=lambda row: _title(row.channel),
            icons=lambda row: [icons.channel(row.channel)],
            width=44,
            help="Channel",
        ),
        paged.Column(
            title="Numbers",
            text=lambda row: f"{_title(row.channel)} to numbers {numbers(row.prefix)}",
            width=280,
            stretch=True,
        ),
        paged.Column(
            title="Accounts, the first that can send",
            text=lambda row: ", then ".join(names.get(one, f"account {one}") for one in row.accounts),
            width=320,
            stretch=True,
        ),
    )


POOLS = (
    paged.Column(
        title="",
        kind=paged.Kind.ICONS,
        text=lambda row: _title(row.account.channel),
        icons=lambda row: [icons.channel(row.account.channel)],
        width=44,
        help="Channel",
    ),
    paged.Column(title="Account", text=lambda row: row.account.name, width=200, stretch=True),
    paged.Column(
        title="Senders, with their weights", text=lambda row: pool_words(row.rows), width=380, stretch=True
    ),
    paged.Column(title="Of them", kind=paged.Kind.NUMBER, text=lambda row: f"{len(row.rows):,}", width=90),
)
