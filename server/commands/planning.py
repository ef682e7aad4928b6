"""Schedules by hand: when a campaign starts, and what is decided about a time that was missed."""

import argparse

from server import client
from server.commands import output, reach
from server.wire import campaigns as wire_campaigns
from server.wire import schedules as wire

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = "last"


def add_schedule(parser: argparse.ArgumentParser) -> None:
    """Add what `campaign schedule` takes."""
    parser.add_argument("campaign", metavar="ID|NAME")
    often = parser.add_mutually_exclusive_group(required=True)
    often.add_argument("--at", metavar="DATETIME", help="once, such as 2026-11-21T09:00")
    often.add_argument("--daily", metavar="HH:MM", help="every day at that time")
    often.add_argument("--weekly", nargs=2, metavar=("DAYS", "HH:MM"), help="such as mon,thu 09:00")
    often.add_argument(
        "--monthly", nargs=2, metavar=("DAYS", "HH:MM"), help="such as 1,15 09:00 or last 09:00"
    )
    often.add_argument("--cron", metavar="RULE", help="minute hour day month weekday, such as '0 9 * * 1-5'")
    parser.add_argument(
        "--zone", required=True, metavar="ZONE", help="whose clock counts, such as Europe/Berlin"
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="every so many days, weeks or months"
    )
    parser.add_argument("--start", default="", metavar="DATE", help="not before this day (default: today)")
    parser.add_argument("--until", default="", metavar="DATE", help="not after this day")
    parser.add_argument(
        "--while-running",
        choices=[one.value for one in wire.WhileRunning],
        default=wire.WhileRunning.SKIP.value,
        help="when the run before still goes: leave the time out, or wait for its end",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the next times, and change nothing")


def schedule(
    server: client.Client, campaign: int, arguments: argparse.Namespace, out: output.Output
) -> wire_campaigns.Campaign | None:
    """Give a campaign its schedule; None where it was only read back."""
    plan = _plan(arguments)
    found = server.call(wire.PREVIEW, wire.PreviewAsk(plan=plan))
    if arguments.dry_run:
        if arguments.json:
            out.data(found)
            return None
    elif arguments.json:
        return server.call(wire.SAVE, plan, campaign=campaign)
    out.say(found.words)
    for moment in found.moments:
        out.say(f"  {moment.words}{'. ' if moment.note else ''}{moment.note}")
    return None if arguments.dry_run else server.call(wire.SAVE, plan, campaign=campaign)


def _plan(arguments: argparse.Namespace) -> wire.Plan:
    """What was typed as a plan. Raises output.Misused."""
    every, at, time, weekdays, days = wire.Every.ONCE, "", "", [], []
    if arguments.at:
        at = arguments.at.strip().replace(" ", "T")
    elif arguments.daily:
        every, time = wire.Every.DAILY, arguments.daily
    elif arguments.weekly:
        every, time = wire.Every.WEEKLY, arguments.weekly[1]
        weekdays = [_weekday(word) for word in arguments.weekly[0].split(",")]
    elif arguments.monthly:
        every, time = wire.Every.MONTHLY, arguments.monthly[1]
        days = [_day(word) for word in arguments.monthly[0].split(",")]
    else:
        every = wire.Every.CRON
    return wire.Plan(
        every=every,
        zone=arguments.zone,
        at=at,
        time=time,
        weekdays=weekdays,
        days=days,
        interval=arguments.every,
        cron=arguments.cron or "",
        start=arguments.start,
        end=arguments.until,
        while_running=wire.WhileRunning(arguments.while_running),
    )


def _weekday(word: str) -> int:
    try:
        return DAYS.index(word.strip().lower()[:3])
    except ValueError:
        raise output.Misused(f"{word!r} is no day of the week. Write it as in mon,thu.") from None


def _day(word: str) -> int:
    if word.strip().lower() == LAST:
        return -1
    try:
        return int(word)
    except ValueError:
        raise output.Misused(f"{word!r} is no day of a month. Write it as in 1,15 or last.") from None


# -- overdue ------------------------------------------------------------------------------------------


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add overdue."""
    parser = commands.add_parser(
        "overdue",
        help="list starts that were missed; run, skip or move one",
        description="List the starts of schedules that were missed or refused and wait for a person (exit code 1 where "
        "there are any); `run N` starts one now, `skip N` leaves it out, `move N --at` gives it another time.",
    )
    parser.add_argument("act", nargs="?", choices=("list", "run", "skip", "move"), default="list")
    parser.add_argument("number", nargs="?", type=int, metavar="N", help="which, as the list numbers them")
    parser.add_argument("--at", metavar="DATETIME", help="where to move it, on its schedule's clock")
    parser.add_argument("--expect", type=int, metavar="N", help="run it only if the audience has N people")
    reach.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List or decide."""
    out = output.Output(as_json=arguments.json)
    options = reach.options(arguments)
    if arguments.act != "list" and arguments.number is None:
        raise output.Misused(
            f"Say which: heliograph overdue {arguments.act} N{options}. "
            f"heliograph overdue{options} lists them."
        )
    if (arguments.act == "move") != (arguments.at is not None):
        raise output.Misused(
            f"Move and --at belong together: heliograph overdue move N --at 2026-11-21T09:00{options}"
        )
    with reach.reach(arguments) as server:
        if arguments.act == "list":
            return _list(server, out)
        found = _decide(server, arguments)
    if arguments.json:
        out.data(found)
    else:
        out.say(f"Campaign {found.id}: {found.name}, {found.status.value}")
    return output.OK


def _decide(server: client.Client, arguments: argparse.Namespace) -> wire_campaigns.Campaign:
    number: int = arguments.number
    if arguments.act == "run":
        return server.call(wire.RUN_NOW, wire.RunNow(expected=arguments.expect), occurrence=number)
    if arguments.act == "skip":
        return server.call(wire.SKIP, occurrence=number)
    return server.call(wire.MOVE, wire.Move(at=arguments.at.strip().replace(" ", "T")), occurrence=number)


def _list(server: client.Client, out: output.Output) -> int:
    found = server.call(wire.OVERDUE)
    if out.as_json:
        out.data(found)
    elif not found.rows:
        out.say("Nothing waits for a decision.")
    else:
        rows = [
            (
                one.id,
                one.campaign,
                one.campaign_name,
                one.local.replace("T", " "),
                one.zone,
                one.messages,
                one.why,
            )
            for one in found.rows
        ]
        out.table(("n", "campaign", "name", "planned", "zone", "messages", "why"), rows, numbers=(0, 1, 5))
        out.say(
            f"Decide: heliograph overdue run N{server.options}, or skip N, or move N --at 2026-11-21T09:00"
        )
    return output.BAD_NEWS if found.rows else output.OK
