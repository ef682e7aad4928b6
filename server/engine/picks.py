"""What a client means by a pick: its texts read, checked, and put into the store's words."""

from datetime import UTC, datetime

from server.store.ledger import codes, merging, picking
from server.wire import exceptions as wire
from server.wire import problems

MOST_REFS = 200
LONGEST = 200


def read(pick: wire.Pick, state: int, *, workspace: int, installation: str) -> picking.Pick:
    """A pick over messages in one state; `installation` is what our references begin with.

    Raises problems.Refused with every fault by its place.
    """
    faults: list[problems.Fault] = []
    channel = _channel(pick.channel, faults)
    since = _moment("since", pick.since, faults)
    until = _moment("until", pick.until, faults)
    spots = _spots(pick.refs, workspace, installation, faults)
    faults += [
        problems.Fault(place=name, message=f"It is longer than {LONGEST} characters.", remedy="Shorten it.")
        for name in ("reason", "domain", "find")
        if len(getattr(pick, name)) > LONGEST
    ]
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "This cannot be looked for.", "Change what is named.", faults
        )
    return picking.Pick(
        state=state,
        run=pick.run,
        campaign=pick.campaign,
        channel=channel,
        account=pick.account,
        reason=pick.reason,
        domain=pick.domain,
        find=pick.find.strip(),
        since=since,
        until=until,
        spots=spots,
        closed=pick.closed,
    )


def _channel(name: str, faults: list[problems.Fault]) -> int:
    if name and name not in codes.CHANNELS:
        faults.append(
            problems.Fault(
                place="channel",
                message=f"There is no channel {name[:40]!r}.",
                remedy=f"Channels are {', '.join(codes.CHANNELS)}.",
            )
        )
    return codes.CHANNELS.get(name, 0)


def _moment(place: str, text: str, faults: list[problems.Fault]) -> float:
    if not text:
        return 0.0
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        remedy = "Write it like 2026-11-20 or 2026-11-20T09:30:00+01:00."
        faults.append(problems.Fault(place=place, message=f"{text[:40]!r} is no time.", remedy=remedy))
        return 0.0


def _spots(
    text: str, workspace: int, installation: str, faults: list[problems.Fault]
) -> tuple[tuple[int, int], ...]:
    refs = [ref.strip() for ref in text.split(",") if ref.strip()]
    if len(refs) > MOST_REFS:
        message = f"{len(refs)} references are given, and at most {MOST_REFS} can be."
        faults.append(problems.Fault(place="refs", message=message, remedy="Filter instead."))
        return ()
    found = []
    for ref in refs:
        spot = merging.parse_ref(ref, installation, workspace)
        if spot is None:
            message = f"There is no message {ref[:80]!r} here."
            faults.append(
                problems.Fault(place="refs", message=message, remedy="Copy references from the list.")
            )
            continue
        found.append((spot.run, spot.seq))
    return tuple(found)
