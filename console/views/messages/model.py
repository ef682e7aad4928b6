"""What the messages page knows: the filters, the list's columns, and a message's story line by line."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.widgets import figures, icons, paged, pills, reasons, rules, theme, timeline
from server.channels import contents
from server.wire import ledger, messages

GROUP = "+"  #: after a state: it and all that it may have become since

#: What the state filter offers.
STATES = (
    (f"accepted{GROUP}", "Accepted and later"),
    *((state.value, pills.look(pills.MESSAGE, state.value).word) for state in ledger.State),
)

CHANNELS = tuple(contents.TITLES.items())
TESTS = (("only", "tests only"), ("none", "without tests"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for; all that is set must hold. Identifiers travel as text, as chips hold them."""

    find: str = ""
    campaign: str = ""
    run: str = ""
    channel: str = ""
    state: str = ""  #: with GROUP at its end where later states count as well
    reason: str = ""
    account: str = ""
    tests: str = ""  #: `only` or `none`

    @property
    def narrow(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()

    def ask(self, window: paged.Window) -> messages.MessageQuery:
        """The query of one page."""
        return messages.MessageQuery(
            offset=window.offset,
            limit=window.limit,
            sort=window.sort,
            find=self.find,
            campaign=_number(self.campaign),
            run=_number(self.run),
            channel=self.channel,
            state=self.state.removesuffix(GROUP),
            group=self.state.endswith(GROUP),
            reason=self.reason,
            account=_number(self.account),
            tests=self.tests,
        )


def asked(args: Mapping[str, Any]) -> Filters:
    """Filters from what another view navigated with; `audience` is the whole equation, so no state at all."""
    state = str(args.get("state") or "")
    if state == "audience":
        state = ""
    if state and args.get("group"):
        state += GROUP if state == ledger.State.ACCEPTED.value else ""
    return Filters(
        find=str(args.get("find") or ""),
        campaign=str(args.get("campaign") or ""),
        run=str(args.get("run") or ""),
        channel=str(args.get("channel") or ""),
        state=state,
        reason=str(args.get("reason") or ""),
        account=str(args.get("account") or ""),
        tests=str(args.get("tests") or ""),
    )


def told(filters: Filters) -> dict[str, str]:
    """The arguments that `asked` makes these filters from."""
    said = {name: value for name, value in dataclasses.asdict(filters).items() if value}
    if filters.state.endswith(GROUP):
        said["state"], said["group"] = filters.state.removesuffix(GROUP), "yes"
    return said


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


# -- the list -----------------------------------------------------------------------------------------


def address(row: messages.Message) -> str:
    """The address as a list shows it; a device by its ends, because its middle says nothing."""
    if row.channel == "apns" and len(row.address) > 20:
        return f"{row.address[:8]}…{row.address[-6:]}"
    if row.channel == "webpush" and "//" in row.address:
        return row.address.partition("//")[2]
    return row.address or "no address"


def whereto(row: messages.Message) -> str:
    """Where it went; a test says that it was one, for its person got nothing."""
    return f"Test to {address(row)}" if row.test else address(row)


def meaning(row: messages.Message) -> reasons.Meaning:
    """Why it stands where it stands."""
    return reasons.explain(row.channel, row.reason)


def best(rows: Sequence[messages.Message], pasted: str) -> int:
    """Which of the first rows a pasted text means: the message to that address, else one that was sent at all."""
    wanted = _bare(pasted)
    for at, row in enumerate(rows):
        if wanted in (_bare(row.address), _bare(row.ref), _bare(row.provider_ref)):
            return at
    return next((at for at, row in enumerate(rows) if row.attempts), 0)


def _bare(text: str) -> str:
    """A text without what people put into numbers to read them more easily."""
    return "".join(sign for sign in text.casefold() if sign not in " ()-./+\u00a0")


COLUMNS = (
    paged.Column(
        title="Person",
        text=lambda row: row.name or "Nameless",
        kind=paged.Kind.TWO_LINES,
        second=whereto,
        width=160,
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
    paged.Column(
        title="State",
        text=lambda row: pills.look(pills.MESSAGE, row.state).word,
        kind=paged.Kind.PILL,
        look=lambda row: pills.look(pills.MESSAGE, row.state),
        width=112,
        sort="state",
    ),
    paged.Column(
        title="Reason",
        text=lambda row: meaning(row).words,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: row.reason.replace("_", " "),
        width=150,
        stretch=True,
        sort="reason",
    ),
    paged.Column(
        title="Tries",
        text=lambda row: figures.count(row.attempts),
        kind=paged.Kind.NUMBER,
        width=58,
        sort="attempts",
        help="Attempts at handing it to the provider",
    ),
    paged.Column(
        title="Campaign",
        text=lambda row: row.campaign_name,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: row.account_name or f"Run {row.run}",
        width=124,
        stretch=True,
        help="The campaign, and the account it left by",
    ),
    paged.Column(title="Updated", text=lambda row: figures.ago(row.updated_at), width=76, sort="updated_at"),
)


# -- the story ----------------------------------------------------------------------------------------

_KIND = ledger.EventKind

#: Event kind to words, icon and tone.
EVENTS: dict[ledger.EventKind, tuple[str, str, theme.Tone]] = {
    _KIND.FROZEN: ("Frozen into the run", "layers", "mute"),
    _KIND.SENDING: ("Handed to the provider", "send", "info"),
    _KIND.ACCEPTED: ("Accepted", "check", "ok"),
    _KIND.REFUSED: ("Refused for now", "rotate-cw", "warn"),
    _KIND.DOUBT: ("In doubt", "circle-question-mark", "warn"),
    _KIND.FAILED: ("Failed", "circle-x", "bad"),
    _KIND.SKIPPED: ("Skipped", "skip-forward", "mute"),
    _KIND.CANCELLED: ("Cancelled", "ban", "mute"),
    _KIND.DELIVERED: ("Delivered", "check-check", "ok"),
    _KIND.SEEN: ("Seen", "eye", "ok"),
    _KIND.CLICKED: ("Clicked", "mouse-pointer-click", "ok"),
    _KIND.REPLIED: ("Replied", "reply", "ok"),
    _KIND.UNDELIVERED: ("Not delivered", "circle-x", "bad"),
    _KIND.COMPLAINED: ("Reported as spam", "flag", "bad"),
    _KIND.UNSUBSCRIBED: ("Unsubscribed", "user-x", "warn"),
    _KIND.DELAYED: ("Delayed", "hourglass", "warn"),
    _KIND.DEFERRED: ("Waits until it may go", "moon", "mute"),
    _KIND.FALLBACK: ("In place of RCS", "split", "mute"),
    _KIND.REPEATED: ("No answer, so it is sent again under the same key", "repeat", "warn"),
    _KIND.LOOKED_UP: ("Looked up with the provider", "search", "info"),
    _KIND.SETTLED: ("Doubt settled", "badge-check", "ok"),
    _KIND.REDRIVEN: ("Sent again by a person", "repeat", "info"),
    _KIND.CLOSED: ("Seen, and left as it is", "check-check", "mute"),
    _KIND.UNDONE: ("Taken back", "undo-2", "mute"),
    _KIND.UNKNOWN: ("Heard something new", "circle-question-mark", "mute"),
}

_TRIES = (_KIND.SENDING, _KIND.REFUSED, _KIND.FAILED, _KIND.DOUBT)

#: Details told in words of their own; all others are listed by their names.
_TOLD = frozenset(
    (
        "reason",
        "took_ms",
        "text",
        "status",
        "code",
        "by",
        "provider_ref",
        "disposition",
        "happened_at",
        "as",
        "why",
        "said",
        "act",
        "undoes",
    )
)

#: What somebody decided about a message.
DECIDED = {
    "accepted": "as accepted: it was sent",
    "not-sent": "as not sent",
    "again": "although it may have arrived",
    "redrive": "from the dead letters",
    "leave": "left in doubt",
    "close": "closed",
}


def _begun(words: str) -> str:
    """Words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def decided(detail: Mapping[str, str | int | float]) -> list[str]:
    """Who decided what about a message, why, and by which evidence."""
    told = []
    who = str(detail.get("by", "")).replace("look-up", "a look-up")
    if detail.get("as"):
        what = DECIDED.get(str(detail["as"]), str(detail["as"]))
        told.append(f"{_begun(what)}, by {who}")
    elif detail.get("act"):
        told.append(f"By {who}")
    if detail.get("why"):
        told.append(_begun(str(detail["why"])))
    if detail.get("said"):
        told.append(f"“{detail['said']}”")
    return told


def lines(story: messages.Story, accounts: Mapping[int, str]) -> list[timeline.Line]:
    """The story from its first event to its last. `accounts` are the names by id."""
    told = []
    before: datetime | None = None
    for event in story.events:
        told.append(_line(event, before, accounts, story.message))
        before = event.at
    return told


def _line(
    event: ledger.Event,
    before: datetime | None,
    accounts: Mapping[int, str],
    message: messages.Message,
) -> timeline.Line:
    words, icon, tone = EVENTS.get(event.kind, EVENTS[_KIND.UNKNOWN])
    if event.kind in _TRIES and event.attempt and message.attempts > 1:
        words = f"{words} · try {event.attempt}"
    return timeline.Line(
        at=figures.clock(event.at),
        title=words,
        icon=icon,
        tone=tone,
        detail="\n".join(_details(event, accounts)),
        mono=_mono(event),
        gap="" if before is None else f"+{figures.duration(max((event.at - before).total_seconds(), 0))}",
    )


def _details(event: ledger.Event, accounts: Mapping[int, str]) -> list[str]:
    detail = event.detail
    if event.kind in (_KIND.DEFERRED, _KIND.FALLBACK) or "zone_from" in detail or "most" in detail:
        return ruled(detail)
    told: list[str] = []
    if event.kind is _KIND.SENDING and event.account:
        told.append(f"by {accounts.get(event.account, f'account {event.account}')}")
    answer = [
        f"answer {detail['status']}" if "status" in detail else "",
        f"after {figures.duration(float(detail['took_ms']) / 1000)}" if "took_ms" in detail else "",
        "told by a receipt" if detail.get("by") == "receipt" else "",
    ]
    if any(answer):
        told.append(", ".join(part for part in answer if part).capitalize())
    if detail.get("text"):
        told.append(f"“{detail['text']}”")
    told += decided(detail)
    if "happened_at" in detail:
        moment = datetime.fromtimestamp(float(detail["happened_at"])).astimezone()
        told.append(f"Happened at {figures.clock(moment)}")
    told += [f"{name.replace('_', ' ')}: {value}" for name, value in detail.items() if name not in _TOLD]
    return told


#: What became of the RCS message that an SMS stands in for.
FALLBACKS = {
    "released": "The RCS message certainly did not arrive, so this one may go.",
    "revived": "This one was given up, but now it is certain that the RCS message did not arrive: it goes after all.",
    "held": "The RCS message is tried again, so this one waits.",
    "arrived_late": "The RCS message arrived after all: this person may have got both.",
    "called_back": "Nobody heard of it for too long, so the provider was asked to take it back.",
}
#: Why a policy lets a message wait.
WAITS = {"quiet_hours": "It is quiet where this person is", "frequency": "This person has had their share"}
#: How a zone was come by, where that is worth saying.
ASSUMED = {"country": " (by the country)", "workspace": " (their own is not known)"}


def ruled(detail: Mapping[str, str | int | float]) -> list[str]:
    """What a policy did to a message, in sentences."""
    told = []
    if (what := str(detail.get("what", ""))) in FALLBACKS:
        told.append(FALLBACKS[what])
    if (reason := str(detail.get("reason", ""))) in WAITS:
        told.append(f"{WAITS[reason]}.")
    if "most" in detail:
        told.append(f"At most {detail['most']} in {rules.period(int(detail['hours']))}.")
    if "until" in detail:
        until = datetime.fromtimestamp(float(detail["until"])).astimezone()
        told.append(f"It waits until {figures.stamp(until)}.")
    if "zone" in detail:
        told.append(f"Zone {detail['zone']}{ASSUMED.get(str(detail.get('zone_from')), '')}.")
    if "answer" in detail:
        told.append(f"Its answer to that: {detail['answer']}.")
    return told


def _mono(event: ledger.Event) -> str:
    code = str(event.detail.get("code") or event.detail.get("reason") or "")
    # The reference is told where it was given; receipts repeat it.
    ref = "" if event.detail.get("by") == "receipt" else str(event.detail.get("provider_ref") or "")
    return code or ref


def shown(content: Mapping[str, object]) -> list[tuple[str, str]]:
    """A rendered content's short texts by name, in its own order; empty ones are left out."""
    return [
        (_title(name), _said(name, value))
        for name, value in content.items()
        if name != "channel" and _is_short(value) and value not in ("", None)
    ]


def long(content: Mapping[str, object]) -> list[tuple[str, object]]:
    """What of a rendered content needs a block of its own: pages, lists, cards."""
    return [(_title(name), value) for name, value in content.items() if value and not _is_short(value)]


def _is_short(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 280 and value.count("\n") <= 4
    return value is None or isinstance(value, int | float | bool)


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_s") and isinstance(value, int | float):
        return figures.duration(value)
    return str(value)


def _title(name: str) -> str:
    return name.removesuffix("_s").replace("_", " ").capitalize()


def runs_of(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Campaigns or accounts as the choices of a chip."""
    return [(str(row.id), row.name) for row in rows]
