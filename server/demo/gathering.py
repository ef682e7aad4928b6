"""Gather what a finished run left behind into one report: from the API, the twins' inbox and the gauge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from server import settings
from server.channels import contents
from server.demo import comparing, crowd, figures, gauge, hosted
from server.providers import registry
from server.wire import audiences, campaigns, endpoint, ledger, messages, providers
from server.wire import server as wire

PEAK_S = 5
SHEET_ROWS = 20

#: What our own reasons mean, and what to do; a provider's codes are explained by the error atlas.
OURS = {
    ledger.Skip.NO_ADDRESS: (
        "The person has no address on this channel.",
        "Reach them on another, or ask for one.",
    ),
    ledger.Skip.SUPPRESSED: (
        "The address is suppressed.",
        "Lift the suppression only if the person asked for it.",
    ),
    ledger.Skip.MISSING_VALUE: (
        "The template needs a value this person does not have.",
        "Fill it in at the next import, or give the template a default.",
    ),
    ledger.Skip.CONTENT: (
        "What was rendered for this person breaks a rule of the channel.",
        "See the message's story.",
    ),
    ledger.Skip.DUPLICATE: (
        "The address was in the run already, with another person.",
        "Merge the two contacts.",
    ),
    "undelivered": ("The provider took it and could not deliver it; it gave no code.", "Ask the provider."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one demo went, as far as only the demo itself knows."""

    campaign: str
    seed: int
    data: str
    made: crowd.Made
    imported: audiences.Import
    run: int
    finished: bool
    settled: bool
    durations: figures.Durations


def report(server: hosted.Hosted, gauged: gauge.Gauge, course: Course) -> figures.Report:
    """Ask for everything, compare it, and put it together."""
    reached = server.client
    run = reached.call(campaigns.RUN, run=course.run)
    processes = gauged.used(handed_over(run.equation))  # before the recount, which is no part of the sending
    series = reached.call(campaigns.SERIES, campaigns.SeriesQuery(), run=course.run)
    audit = reached.call(ledger.AUDIT, ledger.AuditAsk(run=course.run))
    accounts = {account.id: account.provider for account in reached.call(providers.LIST).rows}
    twins = _twins(server, course.run)
    channels = {key: _channel(key, run, series, accounts, twins) for key in run.by_channel}
    agreed = all(channel.twins.agrees for channel in channels.values())
    balanced = _closes(run) and course.finished and not audit.differences and agreed
    return figures.Report(
        balanced=balanced,
        campaign=course.campaign,
        finished=course.finished,
        settled=course.settled,
        made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=settings.VERSION,
        seed=course.seed,
        run=course.run,
        data=course.data,
        audience=_audience(server, course, run.people),
        equation=run.equation,
        channels=channels,
        rates=_rates(run, series, course, channels),
        durations=course.durations,
        processes=processes,
        cpu_ms_per_1000=_cpu(processes),
        memory={role: process.peak_mb for role, process in processes.items()},
        recount=figures.Recount(messages=audit.messages, differences=audit.differences),
        window=run.window,
        receipts_waiting=reached.call(wire.OVERVIEW).receipts_waiting,
        moments=series.moments,
        bucket_s=series.bucket_s,
        machine=gauge.machine(),
    )


def handed_over(equation: ledger.Equation) -> int:
    """Messages of which a provider was given something: those the cost is counted by."""
    return equation.accepted + equation.failed + equation.doubt


def _closes(run: campaigns.Run) -> bool:
    """Whether the equation closes over all, by channel, and over the tallies it was read from."""
    parts = [run.equation, *run.by_channel.values()]
    together = sum(equation.audience for equation in run.by_channel.values())
    tallied = sum(tally.count for tally in run.tallies)
    return all(equation.balances for equation in parts) and run.equation.audience == together == tallied


def _twins(server: hosted.Hosted, run: int) -> dict[str, figures.TwinWord]:
    rows = comparing.rows(server.client.stream(messages.DUMP, run=run))
    first = next(rows, None)
    if first is None:
        return {}
    prefix = first.ref.rpartition("-")[0] + "-"
    arrived = comparing.inbox(server.data, prefix)
    return comparing.compare(_again(first, rows), arrived)


def _again(first: messages.DumpRow, rest: Iterator[messages.DumpRow]) -> Iterator[messages.DumpRow]:
    yield first
    yield from rest


def _channel(
    key: str,
    run: campaigns.Run,
    series: campaigns.Series,
    accounts: Mapping[int, str],
    twins: Mapping[str, figures.TwinWord],
) -> figures.Channel:
    funnel = series.funnel.get(key, {})
    nothing = figures.TwinWord(taken=0, repeated=0, expected=0, doubted=0, lost=0, unclaimed=0)
    return figures.Channel(
        title=contents.TITLES[key],
        equation=run.by_channel[key],
        told=_told(key, run.tallies),
        delivered=funnel.get("delivered", 0),
        seen=funnel.get("seen", 0),
        clicked=funnel.get("clicked", 0),
        replied=funnel.get("replied", 0),
        failed=_reasons(key, ledger.State.FAILED, run.tallies, accounts),
        skipped=_reasons(key, ledger.State.SKIPPED, run.tallies, accounts),
        accepted_per_s=_pace(key, series),
        latency=latency(series.latency.get(key, [0] * (len(campaigns.LATENCY_BOUNDS_MS) + 1))),
        twins=twins.get(key, nothing),
    )


def _told(key: str, tallies: Sequence[ledger.Tally]) -> int:
    """Messages accepted by those accounts that reported any delivery at all."""
    mine = [tally for tally in tallies if tally.channel == key and tally.state in ledger.ACCEPTED]
    telling = {tally.account for tally in mine if tally.state is not ledger.State.ACCEPTED and tally.count}
    return sum(tally.count for tally in mine if tally.account in telling)


def _reasons(
    key: str, state: ledger.State, tallies: Sequence[ledger.Tally], accounts: Mapping[int, str]
) -> list[figures.Reason]:
    """Reasons of one state on one channel, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for tally in tallies:
        if tally.channel == key and tally.state is state and tally.count:
            place = (tally.reason, accounts.get(tally.account, ""))
            counts[place] = counts.get(place, 0) + tally.count
    made = [
        figures.Reason(reason=reason, count=count, **explained(reason, provider))
        for (reason, provider), count in counts.items()
    ]
    return sorted(made, key=lambda reason: (-reason.count, reason.reason))


def explained(reason: str, provider: str) -> dict[str, str]:
    """A reason's meaning and remedy: ours in our words, a vendor's by the atlas; empty where nobody knows it."""
    if reason in OURS:
        meaning, remedy = OURS[reason]
        return {"meaning": meaning, "remedy": remedy}
    found = registry.PROVIDERS.explain(provider, reason)
    return {"meaning": found.meaning, "remedy": found.remedy} if found else {"meaning": "", "remedy": ""}


def _pace(key: str, series: campaigns.Series) -> float:
    """Messages accepted a second, from the channel's first to its last."""
    mine = [moment for moment in series.moments if moment.channel == key and moment.accepted]
    if not mine:
        return 0.0
    seconds = mine[-1].at - mine[0].at + series.bucket_s
    return round(sum(moment.accepted for moment in mine) / seconds, 1)


def latency(counts: list[int]) -> figures.Latency:
    """The spread with the bounds within which half, and 95 of 100, are answered."""
    return figures.Latency(
        counts=counts, half_within_ms=_within(counts, 0.5), most_within_ms=_within(counts, 0.95)
    )


def _within(counts: Sequence[int], part: float) -> int:
    wanted, so_far = part * sum(counts), 0
    for bound, count in zip(campaigns.LATENCY_BOUNDS_MS, counts, strict=False):
        so_far += count
        if so_far >= wanted:
            return bound
    return 0


def _rates(
    run: campaigns.Run,
    series: campaigns.Series,
    course: Course,
    channels: Mapping[str, figures.Channel],
) -> figures.Rates:
    sending_s = max(course.durations.sending_s, 0.001)
    return figures.Rates(
        messages_per_s=round(handed_over(run.equation) / sending_s, 1),
        sustained_per_s=sustained(series),
        peak_per_s=peak(series),
        imported_per_s=round(course.imported.rows_read / max(course.durations.import_s, 0.001), 1),
        by_channel={key: channel.accepted_per_s for key, channel in channels.items()},
    )


def peak(series: campaigns.Series) -> float:
    """Messages accepted a second in the best PEAK_S seconds, or in the best bucket where buckets are wider."""
    by_slot: dict[int, int] = {}
    for moment in series.moments:
        by_slot[moment.at] = by_slot.get(moment.at, 0) + moment.accepted
    width = max(PEAK_S, series.bucket_s)
    best = max((sum(by_slot.get(at + step, 0) for step in range(width)) for at in by_slot), default=0)
    return round(best / width, 1)


def sustained(series: campaigns.Series) -> float:
    """Messages accepted or failed a second, from the first until 99 of 100 were."""
    by_slot: dict[int, int] = {}
    for moment in series.moments:
        by_slot[moment.at] = by_slot.get(moment.at, 0) + moment.accepted + moment.failed
    wanted, so_far = 0.99 * sum(by_slot.values()), 0
    for at in sorted(by_slot):
        so_far += by_slot[at]
        if so_far >= wanted:
            return round(so_far / (at - min(by_slot) + series.bucket_s), 1)
    return 0.0


def _cpu(processes: Mapping[str, figures.Process]) -> dict[str, float]:
    found = {role: process.cpu_ms_per_1000 for role, process in processes.items()}
    return found | {"all": round(sum(found.values()), 1)} if found else {}


def _audience(server: hosted.Hosted, course: Course, people: int) -> figures.Audience:
    found = course.imported
    sheet = server.client.call(audiences.FAULTS, endpoint.Window(limit=SHEET_ROWS), id=found.id)
    return figures.Audience(
        people=people,
        rows=found.rows_read,
        rows_taken=found.rows_taken,
        rows_refused=found.rows_refused,
        cells_wrong=found.faults,
        magic=course.made.magic,
        broken=course.made.broken,
        without_code=course.made.without_code,
        file_bytes=course.made.size,
        sheet=[
            figures.WrongCell(
                row=fault.row,
                column=fault.column,
                value=fault.value,
                message=fault.message,
                remedy=fault.remedy,
                row_taken=fault.row_taken,
            )
            for fault in sheet.rows
        ],
    )


def write(report_made: figures.Report, folder: Path, page: str) -> tuple[Path, Path]:
    """Write report.html and report.json; returns their paths. Raises OSError."""
    where = folder / "report.html", folder / "report.json"
    where[0].write_text(page, encoding="utf-8")
    where[1].write_bytes(msgspec.json.format(msgspec.json.encode(report_made), indent=2) + b"\n")
    return where
