"""Who may get what when, by hand: the workspace's rules, a campaign's, and what of a run waits."""

import argparse
import datetime as dt
import re

import msgspec

from server import client
from server.commands import output, reach
from server.wire import policies as wire

_SPAN = re.compile(
    r"(?P<start>\d{1,2}:\d{2})-(?P<end>\d{1,2}:\d{2})(?:@(?P<days>[a-z,]+))?(?:/(?P<channels>[a-z,]+))?"
)
_CAP = re.compile(r"(?P<most>\d+)/(?P<count>\d+)(?P<unit>[hdw])(?::(?P<channel>[a-z]+))?")
_LENGTH = re.compile(r"(?P<count>\d+)(?P<unit>[smhd])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add policy and its verbs."""
    parser = commands.add_parser("policy", help="the workspace's quiet hours, frequency caps and time zone")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("show", help="the rules that every campaign of the workspace keeps")
    changed = verbs.add_parser("set", help="change some of them; what is not named stays")
    _add_rules(changed)
    changed.add_argument(
        "--zone", metavar="NAME", help="IANA zone of people whose own is not known, such as Europe/Paris"
    )
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who may get what when")
    group.add_argument(
        "--quiet",
        action="append",
        metavar="HH:MM-HH:MM[@DAYS][/CHANNELS]",
        help="quiet by the recipient's clock: 21:00-08:00, 21:00-10:00@fri,sat/sms; may be repeated; `none` for none",
    )
    group.add_argument(
        "--in-quiet", choices=[one.value for one in wire.Otherwise], help="wait until it is over, or skip"
    )
    group.add_argument(
        "--cap",
        action="append",
        metavar="N/PERIOD[:CHANNEL]",
        help="at most N messages to a person in a period of hours, days or weeks: 3/7d, 1/24h:sms; `none` for none",
    )
    group.add_argument(
        "--over-cap",
        choices=[one.value for one in wire.Otherwise],
        help="skip what is over it, or let it wait",
    )


def add_campaign(parser: argparse.ArgumentParser) -> None:
    """Add a campaign's own rules to the command that makes it."""
    _add_rules(parser)
    group = parser.add_argument_group("when it leaves")
    group.add_argument(
        "--local-time", metavar="HH:MM", help="send at this hour of each recipient's own clock"
    )
    group.add_argument("--local-day", default="", metavar="YYYY-MM-DD", help="on this day of theirs")
    group.add_argument(
        "--if-late",
        choices=[one.value for one in wire.Late],
        help="whose hour has passed: now, next_day (default) or skip",
    )
    group.add_argument(
        "--sms-fallback",
        metavar="TIME",
        help="send the SMS only to people whose RCS message surely did not arrive; TIME is how long it waits: 4h",
    )
    group.add_argument(
        "--not-after", metavar="MOMENT", help="skip what waits then: 2026-12-24T18:00:00+01:00"
    )


def of(arguments: argparse.Namespace) -> wire.Policy | None:
    """A campaign's own rules as the flags say; None where none was given. Raises output.Misused."""
    policy = wire.Policy(
        quiet=_quiet(arguments, None),
        caps=_caps(arguments, []),
        local_time=_local(arguments),
        fallback=_fallback(arguments.sms_fallback),
        not_after=_moment(arguments.not_after),
    )
    return None if policy == wire.Policy() else policy


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        found = server.call(wire.SHOW)
        if arguments.verb == "set":
            ask = wire.SaveDefaults(
                quiet=_quiet(arguments, found.quiet) or found.quiet,
                caps=_caps(arguments, found.caps),
                zone=arguments.zone or found.zone,
            )
            found = server.call(wire.SAVE, ask)
        if arguments.json:
            out.data(found)
        else:
            _say(found, out)
    return output.OK


def _quiet(arguments: argparse.Namespace, known: wire.QuietHours | None) -> wire.QuietHours | None:
    if not arguments.quiet and not arguments.in_quiet:
        return None
    before = known or wire.QuietHours()
    windows = before.windows
    if arguments.quiet:
        windows = [] if arguments.quiet == ["none"] else [_window(text) for text in arguments.quiet]
    otherwise = wire.Otherwise(arguments.in_quiet) if arguments.in_quiet else before.otherwise
    return wire.QuietHours(windows=windows, otherwise=otherwise)


def _window(text: str) -> wire.Window:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise output.Misused(
            f"--quiet {text!r} is no span of the day. "
            "Write it like 21:00-08:00, 21:00-10:00@fri,sat or 20:00-09:00/sms."
        )
    return wire.Window(
        start=found["start"],
        end=found["end"],
        days=(found["days"] or "").split(",") if found["days"] else [],
        channels=found["channels"].split(",") if found["channels"] else [],
    )


def _caps(arguments: argparse.Namespace, known: list[wire.Cap]) -> list[wire.Cap]:
    if not arguments.cap:
        if not arguments.over_cap:
            return known
        return [msgspec.structs.replace(cap, otherwise=wire.Otherwise(arguments.over_cap)) for cap in known]
    if arguments.cap == ["none"]:
        return []
    otherwise = wire.Otherwise(arguments.over_cap) if arguments.over_cap else wire.Otherwise.SKIP
    return [_cap(text, otherwise) for text in arguments.cap]


def _cap(text: str, otherwise: wire.Otherwise) -> wire.Cap:
    found = _CAP.fullmatch(text)
    if found is None:
        raise output.Misused(f"--cap {text!r} is no cap. Write it like 3/7d, or 1/24h:sms for one channel.")
    return wire.Cap(
        most=int(found["most"]),
        hours=int(found["count"]) * _HOURS[found["unit"]],
        channel=found["channel"] or "",
        otherwise=otherwise,
    )


def _local(arguments: argparse.Namespace) -> wire.LocalTime | None:
    if not arguments.local_time:
        if arguments.local_day or arguments.if_late:
            raise output.Misused("--local-day and --if-late need --local-time, such as --local-time 09:00.")
        return None
    late = wire.Late(arguments.if_late) if arguments.if_late else wire.Late.NEXT_DAY
    return wire.LocalTime(at=arguments.local_time, day=arguments.local_day, late=late)


def _fallback(text: str | None) -> wire.Fallback | None:
    if not text:
        return None
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise output.Misused(f"--sms-fallback {text!r} is no length of time. Write it like 4h or 30m.")
    return wire.Fallback(wait_s=int(found["count"]) * _SECONDS[found["unit"]])


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        found: dt.datetime | None = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise output.Misused(
            f"--not-after {text!r} is no moment with its zone. Write it like 2026-12-24T18:00:00+01:00."
        )
    return found


# -- what is said -------------------------------------------------------------------------------------


def _say(found: wire.Defaults, out: output.Output) -> None:
    out.say(f"People whose time zone is not known live by {found.zone}.")
    if not found.quiet.windows:
        out.say("There are no quiet hours.")
    for window in found.quiet.windows:
        days = ", ".join(window.days) or "every day"
        on = ", ".join(window.channels) or "all channels"
        then = "waits" if found.quiet.otherwise is wire.Otherwise.WAIT else "is skipped"
        out.say(f"Quiet {window.start} to {window.end}, {days}, {on}; what comes then {then}.")
    if not found.caps:
        out.say("There is no frequency cap.")
    for cap in found.caps:
        then = "waits" if cap.otherwise is wire.Otherwise.WAIT else "is skipped"
        out.say(
            f"At most {cap.most} in {_period(cap.hours)} to one person, "
            f"{cap.channel or 'all channels together'}; what is over it {then}."
        )


def _period(hours: int) -> str:
    for name, length in (("week", 168), ("day", 24)):
        if hours % length == 0:
            count = hours // length
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{hours} hour{'' if hours == 1 else 's'}"


def say_waves(server: client.Client, run_: int, out: output.Output) -> None:
    """What of a run waits and until when, after what was planned by zone; nothing where nothing does."""
    found = server.call(wire.WAVES, run=run_)
    if found.planned:
        out.table(
            ("zone", "leaves (UTC)", "messages", "zone assumed"),
            [(wave.zone, f"{wave.at:%Y-%m-%d %H:%M}", wave.messages, wave.assumed) for wave in found.planned],
            numbers=(2, 3),
        )
    if found.waiting:
        out.table(
            ("channel", "waits until (UTC)", "messages"),
            [
                (
                    hold.channel,
                    f"{hold.until:%Y-%m-%d %H:%M}" if hold.until else "news of its RCS",
                    hold.messages,
                )
                for hold in found.waiting
            ],
            numbers=(2,),
        )
