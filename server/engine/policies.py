"""The rules for who may get what when: a workspace's own and a campaign's, checked before they are kept."""

import datetime as dt
from collections.abc import Iterator

from server.channels import contents
from server.engine import desk as desks
from server.pipeline.delivery import hours, zones
from server.store import policies as rows
from server.wire import campaigns, problems
from server.wire import policies as wire

#: So many windows or caps are a rule that a person can still read.
MOST_ITEMS = 20
MOST_PER_CAP = 1000


async def show(desk: desks.Desk) -> wire.Defaults:
    """The workspace's own rules."""
    async with desk.database.reading() as connection:
        return _told(await rows.show(connection, desk.workspace))


async def save(desk: desks.Desk, ask: wire.SaveDefaults) -> wire.Defaults:
    """Set the workspace's own rules. Runs that were launched keep theirs."""
    faults = list(_check_quiet("quiet", ask.quiet)) + list(_check_caps("caps", ask.caps))
    if not zones.is_known(ask.zone):
        faults.append(
            problems.Fault(
                place="zone",
                message=f"There is no time zone {ask.zone[:40]!r}.",
                remedy="Write its IANA name: Europe/Paris, America/New_York.",
            )
        )
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The rules cannot be saved like this.", "Mend what is named.", faults
        )
    async with desk.database.writing() as connection:
        await rows.save(connection, desk.workspace, ask)
    return _told(ask)


def _told(found: wire.SaveDefaults) -> wire.Defaults:
    return wire.Defaults(quiet=found.quiet, caps=found.caps, zone=found.zone)


# -- what is checked ----------------------------------------------------------------------------------


def check(policy: wire.Policy, chosen: campaigns.Contents) -> list[problems.Fault]:
    """Name all that is wrong with a campaign's own rules."""
    faults = list(_check_caps("policy.caps", policy.caps))
    if policy.quiet is not None:
        faults += _check_quiet("policy.quiet", policy.quiet)
    if policy.local_time is not None:
        faults += _check_local("policy.local_time", policy.local_time)
    if policy.fallback is not None:
        faults += _check_fallback("policy.fallback", policy.fallback, chosen)
    if policy.not_after is not None and policy.not_after.tzinfo is None:
        faults.append(
            problems.Fault(
                place="policy.not_after",
                message="The last moment does not say in which zone it is.",
                remedy="Write it with its offset: 2026-12-24T18:00:00+01:00.",
            )
        )
    return faults


def _check_quiet(place: str, quiet: wire.QuietHours) -> Iterator[problems.Fault]:
    yield from _few(f"{place}.windows", len(quiet.windows))
    faults = [
        fault
        for number, window in enumerate(quiet.windows)
        for fault in _check_window(f"{place}.windows.{number}", window)
    ]
    yield from faults
    if faults:
        return
    for channel in contents.CHANNELS:
        if hours.Quiet(quiet.windows, channel).free_at(0.0, "UTC") == float("inf"):
            yield problems.Fault(
                place=f"{place}.windows",
                message=f"It is quiet all week for {contents.TITLES[channel]}: nothing would ever be sent.",
                remedy="Leave some hours open.",
            )


def _check_window(place: str, window: wire.Window) -> Iterator[problems.Fault]:
    for name, text in (("start", window.start), ("end", window.end)):
        if not _is_time(text):
            yield _no_time(f"{place}.{name}", text)
    for day in window.days:
        if day not in wire.DAYS:
            yield problems.Fault(
                place=f"{place}.days",
                message=f"There is no weekday {day[:20]!r}.",
                remedy=f"Write {', '.join(wire.DAYS)}, or none of them for every day.",
            )
    for channel in window.channels:
        yield from _check_channel(f"{place}.channels", channel)


def _check_caps(place: str, caps: list[wire.Cap]) -> Iterator[problems.Fault]:
    yield from _few(place, len(caps))
    for number, cap in enumerate(caps):
        if not 1 <= cap.most <= MOST_PER_CAP:
            yield problems.Fault(
                place=f"{place}.{number}.most",
                message=f"A cap allows 1 to {MOST_PER_CAP} messages.",
                remedy="To send nothing, pause or cancel instead.",
            )
        if not 1 <= cap.hours <= wire.LONGEST_CAP_HOURS:
            yield problems.Fault(
                place=f"{place}.{number}.hours",
                message=f"A cap looks back over 1 to {wire.LONGEST_CAP_HOURS} hours, which is a year.",
                remedy="Write 24 for a day, 168 for a week.",
            )
        if cap.channel:
            yield from _check_channel(f"{place}.{number}.channel", cap.channel)


def _check_local(place: str, local: wire.LocalTime) -> Iterator[problems.Fault]:
    if not _is_time(local.at):
        yield _no_time(f"{place}.at", local.at)
    if not local.day:
        return
    try:
        dt.date.fromisoformat(local.day)
    except ValueError:
        yield problems.Fault(
            place=f"{place}.day",
            message=f"{local.day[:20]!r} is no day.",
            remedy="Write it like 2026-12-24, or leave it out for the day of the launch.",
        )


def _check_fallback(
    place: str, fallback: wire.Fallback, chosen: campaigns.Contents
) -> Iterator[problems.Fault]:
    if fallback.wait_s not in wire.FALLBACK_S:
        yield problems.Fault(
            place=f"{place}.wait_s",
            message="A fallback waits for 10 seconds to 15 days, which is how long an RCS message may live.",
            remedy="Write 14400 for four hours.",
        )
    missing = [name for name in ("rcs", "sms") if name not in chosen.chosen()]
    if missing:
        yield problems.Fault(
            place=place,
            message=f"An SMS in place of RCS needs contents for both, and there is none for "
            f"{' and '.join(contents.TITLES[name] for name in missing)}.",
            remedy="Write it, or switch the fallback off.",
        )


def _few(place: str, count: int) -> Iterator[problems.Fault]:
    if count > MOST_ITEMS:
        yield problems.Fault(
            place=place,
            message=f"There are {count} rules here; at most {MOST_ITEMS} can be kept.",
            remedy="Put some together.",
        )


def _check_channel(place: str, channel: str) -> Iterator[problems.Fault]:
    if channel not in contents.CHANNELS:
        yield problems.Fault(
            place=place,
            message=f"There is no channel {channel[:20]!r}.",
            remedy=f"Channels are {', '.join(contents.CHANNELS)}.",
        )


def _is_time(text: str) -> bool:
    try:
        hours.time_of(text)
    except ValueError:
        return False
    return True


def _no_time(place: str, text: str) -> problems.Fault:
    return problems.Fault(
        place=place, message=f"{text[:20]!r} is no time of day.", remedy="Write it like 21:00."
    )
