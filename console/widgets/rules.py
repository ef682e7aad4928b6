"""Quiet hours, frequency caps and a campaign's own rules in words; pure."""

from collections.abc import Mapping

from console.widgets import figures
from server.channels import contents
from server.wire import ledger, policies

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
WORKDAYS, WEEKEND = ("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")

#: Hours to what a person calls them.
UNITS = (("week", 168), ("day", 24), ("hour", 1))

#: What a policy lets messages wait for, or skips them for, in a review.
FORESEEN: Mapping[str, str] = {
    ledger.Skip.QUIET_HOURS.value: "it is quiet where they are",
    ledger.Skip.FREQUENCY.value: "they have had their share",
    ledger.Skip.TOO_LATE.value: "the hour has passed where they are",
    ledger.Skip.EXPIRED.value: "it would come after the last moment",
    "fallback": "they go only where RCS certainly did not arrive",
}


def days(chosen: list[str]) -> str:
    """`every day`, `Monday to Friday`, or the days by name."""
    if not chosen or set(chosen) == set(DAYS):
        return "every day"
    if set(chosen) == set(WORKDAYS):
        return "Monday to Friday"
    if set(chosen) == set(WEEKEND):
        return "Saturday and Sunday"
    return _listed([DAYS.get(day, day) for day in sorted(chosen, key=list(DAYS).index)])


def channels(chosen: list[str]) -> str:
    """`all channels`, or the channels by name."""
    return _listed([contents.TITLES.get(channel, channel) for channel in chosen]) or "all channels"


def window(one: policies.Window) -> str:
    """One span of quiet."""
    span = "all day" if one.start == one.end else f"{one.start} to {one.end}"
    return f"{span}, {days(one.days)}, {channels(one.channels)}"


def quiet(found: policies.QuietHours) -> list[str]:
    """Quiet hours, a sentence each; one that there are none."""
    if not found.windows:
        return ["No quiet hours: people are written to at any hour."]
    then = "waits until it is over" if found.otherwise is policies.Otherwise.WAIT else "is skipped"
    return [f"Quiet: {window(one)}. What comes then {then}." for one in found.windows]


def period(hours: int) -> str:
    """`a week`, `3 days`, `12 hours`."""
    for name, length in UNITS:
        if hours % length == 0:
            count = hours // length
            return f"{'an' if name == 'hour' else 'a'} {name}" if count == 1 else f"{count} {name}s"
    return f"{hours} hours"


def cap(one: policies.Cap) -> str:
    """One frequency cap."""
    what = f"by {contents.TITLES.get(one.channel, one.channel)} " if one.channel else ""
    then = "waits its turn" if one.otherwise is policies.Otherwise.WAIT else "is skipped"
    count = "1 message" if one.most == 1 else f"{one.most} messages"
    return f"At most {count} {what}to one person in {period(one.hours)}. What is over it {then}."


def policy(found: policies.Policy) -> list[str]:
    """A campaign's own rules, a sentence each; empty where it has none."""
    told = [] if found.quiet is None else quiet(found.quiet)
    told += [cap(one) for one in found.caps]
    if found.local_time is not None:
        told.append(local(found.local_time))
    if found.fallback is not None:
        told.append(
            "SMS goes only to people whose RCS message certainly did not arrive; it waits for news for up to "
            f"{figures.duration(found.fallback.wait_s)}."
        )
    if found.not_after is not None:
        told.append(f"What still waits on {figures.stamp(found.not_after)} is skipped.")
    return told


def local(found: policies.LocalTime) -> str:
    """Sending by the recipients' own clocks."""
    late = {
        policies.Late.NOW: "goes at once",
        policies.Late.NEXT_DAY: "goes on the next day",
        policies.Late.SKIP: "is skipped",
    }[found.late]
    day = f" on {found.day}" if found.day else ""
    return f"Leaves at {found.at} of each recipient's own clock{day}. Whose hour has passed {late}."


def foreseen(held: Mapping[str, int], barred: Mapping[str, int]) -> list[str]:
    """What policies would do to a channel's messages, a clause each."""
    told = [f"{_counted(count, 'waits', 'wait')}: {_why(reason)}" for reason, count in held.items() if count]
    return told + [
        f"{_counted(count, 'is skipped', 'are skipped')}: {_why(reason)}"
        for reason, count in barred.items()
        if count
    ]


def _counted(count: int, one: str, many: str) -> str:
    return f"{figures.count(count)} {one if count == 1 else many}"


def _why(reason: str) -> str:
    return FORESEEN.get(reason, reason.replace("_", " "))


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
