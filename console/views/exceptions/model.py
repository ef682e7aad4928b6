"""What the page knows: two desks, their groups, the messages meant, and every sentence that goes with them."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from console.widgets import figures, icons, paged, theme
from server.channels import contents
from server.wire import endpoint, exceptions, messages

Kind = exceptions.Kind


class Desk(enum.StrEnum):
    """The two parts of the page."""

    DOUBT = "doubt"
    DEAD = "dead"


LISTS: dict[Desk, endpoint.Endpoint[exceptions.Pick, exceptions.Groups]] = {
    Desk.DOUBT: exceptions.DOUBTS,
    Desk.DEAD: exceptions.DEAD,
}
ROWS: dict[Desk, endpoint.Endpoint[exceptions.Rows, exceptions.Letters]] = {
    Desk.DOUBT: exceptions.DOUBT_ROWS,
    Desk.DEAD: exceptions.DEAD_ROWS,
}
#: What a toast says an act has begun to do, and what it has done.
DOING = {
    Kind.ACCEPTED: ("Settling {} as sent", "{} settled as sent"),
    Kind.NOT_SENT: ("Settling {} as not sent", "{} settled as not sent"),
    Kind.AGAIN: ("Sending {} again", "{} sent again"),
    Kind.LEAVE: ("Leaving {} as they are", "{} left as they are"),
    Kind.REDRIVE: ("Sending {} again", "{} sent again"),
    Kind.CLOSE: ("Closing {}", "{} closed"),
    Kind.UNDO: ("Taking back {}", "{} taken back"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What tells one group from another while its numbers move."""

    channel: str
    account: int
    reason: str
    run: int


def key_of(group: exceptions.Group) -> Key:
    """A group's key."""
    return Key(group.channel, group.account, group.reason, group.run)


def pick_of(group: exceptions.Group, base: exceptions.Pick, refs: Sequence[str] = ()) -> exceptions.Pick:
    """The messages of a group within what is filtered; with `refs` these alone."""
    return msgspec.structs.replace(
        base,
        channel=group.channel,
        account=group.account,
        reason=group.reason,
        run=group.run or base.run,
        refs=",".join(refs),
    )


def rows_of(pick: exceptions.Pick, window: paged.Window) -> exceptions.Rows:
    """The query of one page of messages."""
    fields = {name: getattr(pick, name) for name in exceptions.Pick.__struct_fields__}
    return exceptions.Rows(**fields, offset=window.offset, limit=window.limit)


def counted(number: int) -> str:
    """`1 message`, `2 messages`."""
    return f"{figures.count(number)} message{'' if number == 1 else 's'}"


def title(group: exceptions.Group) -> str:
    """A group in one line: why."""
    return group.meaning.rstrip(".") or group.reason


def under(group: exceptions.Group) -> str:
    """And beneath it: where, and since when."""
    where = group.campaign_name or group.account_name or contents.TITLES.get(group.channel, group.channel)
    return f"{where} · {group.reason} · {figures.ago(group.oldest)}"


#: What the kind of an answer means for sending again.
OUTLOOK = {
    "transient": "Trying again later may well work.",
    "throttled": "The provider was asked too much; later, and more slowly, it may work.",
    "permanent-recipient": "Sent to the same address again, it would fail again.",
    "permanent-content": "Sent again as it is, it would be refused again.",
    "auth-config": "Nothing goes by this account before its set-up is mended.",
    "provider-down": "The provider was not working; later it may work.",
    "doubt": "It is never sent again by itself, unless a second send cannot reach the person twice.",
}


def outlook(group: exceptions.Group) -> str:
    """Whether sending again would help, by the kind of the provider's answer."""
    return OUTLOOK.get(group.disposition, "")


def told(group: exceptions.Group, desk: Desk) -> list[tuple[str, ...]]:
    """What is known of a group, as facts."""
    rows: list[tuple[str, ...]] = [
        ("Channel", contents.TITLES.get(group.channel, group.channel)),
        ("Account", group.account_name or "none any more"),
        ("Code", group.reason, "mono"),
        ("Since", f"{figures.stamp(group.oldest)} ({figures.ago(group.oldest)})"),
    ]
    if group.newest != group.oldest:
        rows.append(("Latest", figures.stamp(group.newest)))
    if desk is Desk.DOUBT:
        rows.append(("Campaign", f"{group.campaign_name}, run {group.run}"))
        rows.append(("Looked up", looked_up(group)))
        if group.harmless:
            rows.append(
                (
                    "Repeatable",
                    f"{figures.count(group.harmless)} can be sent again without reaching anybody twice",
                )
            )
        return rows
    rows.append(("Campaigns", parts(group.runs, group.count)))
    return rows


def looked_up(group: exceptions.Group) -> str:
    """How far the provider was asked."""
    if not group.can_look_up:
        return "not possible with this provider"
    if not group.looked_up:
        return "soon, by itself"
    waits = f", {figures.count(group.to_look_up)} will be asked about again" if group.to_look_up else ""
    return f"{figures.count(group.looked_up)} asked about{waits}"


def parts(found: Sequence[exceptions.Part], total: int) -> str:
    """The largest parts of a group, and how much is left."""
    named = [f"{part.name or f'run {part.key}'} {figures.count(part.count)}" for part in found[:5]]
    rest = total - sum(part.count for part in found[:5])
    return ", ".join([*named, f"others {figures.count(rest)}"] if rest > 0 else named)


def foretold(preview: exceptions.Preview) -> list[tuple[str, ...]]:
    """A preview as facts."""
    rows: list[tuple[str, ...]] = [("Sent again", counted(preview.sends))]
    rows += [
        (_name(skip.reason), f"{figures.count(skip.count)} skipped. {skip.words}") for skip in preview.skips
    ]
    rows += [
        (_name(count.reason), f"{figures.count(count.count)} left out. {count.words}")
        for count in preview.left_out
    ]
    rows += [
        (
            "Leaves by",
            f"{lane.name}: {figures.count(lane.messages)}"
            + (f", up to {figures.rate(lane.rate_per_s)}" if lane.rate_per_s else ""),
        )
        for lane in preview.lanes
        if lane.messages
    ]
    if preview.seconds is not None:
        rows.append(("Takes about", figures.duration(max(preview.seconds, 1.0))))
    elif preview.sends:
        rows.append(("Takes", "not known: no such message was sent lately"))
    return rows


def _name(reason: str) -> str:
    return reason.replace("_", " ").capitalize()


def address(row: messages.Message) -> str:
    """The address as a list shows it; a device by its ends, because its middle says nothing."""
    if row.channel == "apns" and len(row.address) > 20:
        return f"{row.address[:8]}…{row.address[-6:]}"
    if row.channel == "webpush" and "//" in row.address:
        return row.address.partition("//")[2]
    return row.address or "no address"


def _old(row: messages.Message) -> theme.Tone | None:
    waited = (figures.now() - row.updated_at).total_seconds()
    return "bad" if waited > 86_400 else None


COLUMNS = (
    paged.Column(
        title="Person",
        text=lambda row: row.name or "Nameless",
        kind=paged.Kind.TWO_LINES,
        second=address,
        width=170,
        stretch=True,
    ),
    paged.Column(
        title="",
        text=lambda row: contents.TITLES.get(row.channel, row.channel),
        kind=paged.Kind.ICONS,
        icons=lambda row: [icons.channel(row.channel)],
        width=40,
        help="Channel",
    ),
    paged.Column(title="Campaign", text=lambda row: row.campaign_name, width=150),
    paged.Column(
        title="Tries",
        text=lambda row: figures.count(row.attempts),
        kind=paged.Kind.NUMBER,
        width=58,
        help="Attempts at handing it to the provider",
    ),
    paged.Column(
        title="Since",
        text=lambda row: figures.ago(row.updated_at),
        kind=paged.Kind.NUMBER,
        tone=_old,
        width=90,
        help="How long it stands so",
    ),
    paged.Column(title="Reference", text=lambda row: row.ref, kind=paged.Kind.MONO, width=150),
)
