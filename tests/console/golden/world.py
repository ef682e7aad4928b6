"""What the recorded server holds: one finished campaign as it was recorded, and others that were made from it."""

import datetime

import msgspec

from server.channels import contents
from server.wire import campaigns, ledger, messages, providers, server
from tests.console.golden import record

KEPT = record.read()

#: The moment every picture is taken at.
NOW = max(row.updated_at for row in KEPT.rows) + datetime.timedelta(seconds=95)

SPEEDS = {"apns": 118.4, "webpush": 96.2, "email": 214.9, "sms": 187.3, "whatsapp": 121.8, "rcs": 88.6}
WAVE = (
    100,
    104,
    107,
    108,
    106,
    102,
    97,
    93,
    92,
    94,
    99,
    103,
)  #: per cent of a channel's speed, bucket by bucket
BUCKETS, BUCKET_S = 60, 5
THROTTLED_AT = range(36, 42)  #: buckets in which the email provider asks to slow down
HALTED_AT = 48  #: the bucket in which the SMS account halts

_S = ledger.State


def _ago(minutes: float) -> datetime.datetime:
    return NOW - datetime.timedelta(minutes=minutes)


def _equation(tallies: list[ledger.Tally]) -> ledger.Equation:
    def count(*states: ledger.State) -> int:
        return sum(row.count for row in tallies if row.state in states)

    return ledger.Equation(
        audience=sum(row.count for row in tallies),
        waiting=count(_S.WAITING),
        sending=count(_S.SENDING),
        accepted=count(*ledger.ACCEPTED),
        failed=count(_S.FAILED),
        skipped=count(_S.SKIPPED),
        doubt=count(_S.DOUBT),
        cancelled=count(_S.CANCELLED),
    )


def _cut(tallies: list[ledger.Tally], percent: int, rest: ledger.State, sending: int) -> list[ledger.Tally]:
    """The tallies after `percent` of the way; what is not decided yet stands in `rest`, and a few are on their way."""
    kept, left = [], dict[str, int]()
    for row in tallies:
        count = row.count if row.state is _S.SKIPPED else row.count * percent // 100
        left[row.channel] = left.get(row.channel, 0) + row.count - count
        if count:
            kept.append(msgspec.structs.replace(row, count=count))
    for channel, count in left.items():
        under_way = min(sending, count)
        for state, part in ((_S.SENDING, under_way), (rest, count - under_way)):
            if part:
                kept.append(ledger.Tally(channel=channel, account=0, state=state, reason="", count=part))
    return kept


def _run(
    number: int,
    name: str,
    status: campaigns.Status,
    channels: tuple[str, ...],
    percent: int,
    *,
    minutes: float,
    rate: float = 0.0,
) -> campaigns.Run:
    rest = _S.CANCELLED if status is campaigns.Status.CANCELLED else _S.WAITING
    sending = 8 if status is campaigns.Status.RUNNING else 0
    whole = [row for row in KEPT.run.tallies if row.channel in channels]
    tallies = _cut(whole, percent, rest, sending)
    over = status is campaigns.Status.CANCELLED
    return msgspec.structs.replace(
        KEPT.run,
        id=number,
        campaign=number,
        campaign_name=name,
        status=status,
        started_at=_ago(minutes),
        finished_at=_ago(minutes - 1) if over else None,
        equation=_equation(tallies),
        by_channel={name: _equation([row for row in tallies if row.channel == name]) for name in channels},
        tallies=tallies,
        rate_per_s=rate,
    )


ALL = tuple(contents.CHANNELS)
SOLD = "Order shipped, with a delay"
LAPSED = "Win-back after 90 days"
TEASER = "Autumn teaser"
TAGS = {TEASER: ["autumn"], LAPSED: ["autumn", "loyalty"]}

RUNS = {
    1: KEPT.run,
    2: _run(2, TEASER, campaigns.Status.CANCELLED, ("email", "sms"), 31, minutes=1_520),
    3: _run(3, LAPSED, campaigns.Status.PAUSED, ("email", "whatsapp"), 22, minutes=64),
    4: _run(
        4, SOLD, campaigns.Status.RUNNING, ALL, 58, minutes=4.6, rate=sum(SPEEDS.values()) - SPEEDS["sms"]
    ),
}


def _campaign(run: campaigns.Run) -> campaigns.Campaign:
    chosen = KEPT.campaign.contents.chosen()
    channels = [name for name in ALL if name in run.by_channel]
    return msgspec.structs.replace(
        KEPT.campaign,
        id=run.campaign,
        name=run.campaign_name,
        status=run.status,
        channels=channels,
        contents=contents.Contents(**{name: chosen[name] for name in channels}),  # type: ignore[arg-type]
        run=run.id,
        tags=TAGS.get(run.campaign_name, []),
        equation=run.equation,
        created_at=run.started_at - datetime.timedelta(minutes=42),
        updated_at=run.finished_at or NOW,
        delivered=sum(row.count for row in run.tallies if row.state in ledger.ACCEPTED[1:]),
    )


def _draft(number: int, name: str, *channels: str, minutes: float) -> campaigns.Campaign:
    chosen = KEPT.campaign.contents.chosen()
    return msgspec.structs.replace(
        KEPT.campaign,
        id=number,
        name=name,
        status=campaigns.Status.DRAFT,
        audience=KEPT.audience.id if channels else None,
        audience_name=KEPT.audience.name if channels else "",
        channels=list(channels),
        contents=contents.Contents(
            **{name: chosen[name] for name in channels},  # type: ignore[arg-type]
            taken={"rcs": contents.Taken(template=1, version=2)} if "rcs" in channels else {},
        ),
        run=None,
        equation=None,
        created_at=_ago(minutes),
        updated_at=_ago(minutes),
        delivered=0,
    )


#: Newest first. The finished one is the recording's own, number 1.
CAMPAIGNS = (
    _draft(6, "Summer preview", *ALL, minutes=12),
    _draft(5, "Loyalty points expire", minutes=190),
    *(_campaign(RUNS[number]) for number in (4, 3, 2)),
    KEPT.campaign,
)


def series(run: int, seconds: int) -> campaigns.Series:
    """The finished run as it was recorded; the others by the pattern of `recent`."""
    if run == KEPT.run.id:
        return KEPT.series
    channels = RUNS[run].by_channel
    percent = 58 if run == 4 else 25
    return campaigns.Series(
        bucket_s=BUCKET_S,
        moments=[row for row in recent() if row.channel in channels],
        latency={name: [count * percent // 100 for count in KEPT.series.latency[name]] for name in channels},
        funnel={
            name: {
                step: count if step == "audience" else count * percent // 100
                for step, count in KEPT.series.funnel[name].items()
            }
            for name in channels
        },
    )


def recent() -> list[campaigns.Moment]:
    """Five minutes in which the email provider asks for patience once, and the SMS account halts."""
    end = int(NOW.timestamp()) // BUCKET_S * BUCKET_S
    found = []
    for at in range(BUCKETS):
        for order, (channel, speed) in enumerate(SPEEDS.items()):
            percent = WAVE[(at + 5 * order) % len(WAVE)]
            if channel == "email" and at in THROTTLED_AT:
                percent //= 3
            if channel == "sms" and at >= HALTED_AT:
                percent = 0
            accepted = round(speed) * BUCKET_S * percent // 100
            when = end - (BUCKETS - at) * BUCKET_S
            found.append(campaigns.Moment(at=when, channel=channel, accepted=accepted, failed=accepted // 40))
    return found


HALTED = "20003: Twilio does not know this auth token."
THROTTLED = "Throttling: Maximum sending rate exceeded."

_HEALTH = {
    "sms/twilio": (providers.Health.HALTED, HALTED),
    "email/ses": (providers.Health.THROTTLED, THROTTLED),
}

ACCOUNTS = [
    msgspec.structs.replace(
        row,
        health=_HEALTH.get(row.provider, (providers.Health.GOOD, ""))[0],
        health_text=_HEALTH.get(row.provider, (providers.Health.GOOD, ""))[1],
        in_flight=0 if row.provider == "sms/twilio" else 8,
        rate_per_s=200.0 if row.provider == "email/ses" else 0.0,
        checked_at=_ago(38),
    )
    for row in KEPT.accounts.rows
]


def check(account: int) -> providers.Check:
    """What the provider said to the credentials; of the halted account, why it is."""
    row = next(row for row in ACCOUNTS if row.id == account)
    if row.health is not providers.Health.HALTED:
        return KEPT.checks[account]
    failed = providers.CheckRow(
        what="Credentials",
        good=False,
        message="Twilio does not know this auth token (20003).",
        remedy="Copy the primary auth token from the first page of Twilio's console.",
    )
    return providers.Check(good=False, rows=[failed])


def overview() -> server.Overview:
    """Two campaigns under way, one halted account, and a few messages in doubt."""
    live = [row for row in CAMPAIGNS if row.status in (campaigns.Status.RUNNING, campaigns.Status.PAUSED)]
    tallies = [row for number in (1, 3, 4) for row in RUNS[number].tallies]
    today = _equation(tallies)
    halted = next(row for row in ACCOUNTS if row.health is providers.Health.HALTED)
    return server.Overview(
        live=live,
        rates={name: 0.0 if name == "sms" else speed for name, speed in SPEEDS.items()},
        today=today,
        delivered=sum(row.count for row in tallies if row.state in ledger.ACCEPTED[1:]),
        failed=today.failed,
        doubt=today.doubt,
        receipts_waiting=37,
        alarms=[
            server.Alarm(
                level="bad",
                title=f"{halted.name} has halted: {halted.health_text}",
                remedy="Mend the account and check it; nothing was lost, its messages wait.",
                view="providers",
                subject=str(halted.id),
            )
        ],
        recent=recent(),
        people=KEPT.audience.people,
        accounts=len(ACCOUNTS),
    )


#: The overview of an installation that has done nothing yet.
QUIET = server.Overview(
    live=[],
    rates={},
    today=_equation([]),
    delivered=0,
    failed=0,
    doubt=0,
    receipts_waiting=0,
    alarms=[],
    recent=[],
    people=0,
    accounts=0,
)


def story(ref: str) -> messages.Story:
    """A recorded story; of a message that was recorded without one, what its row tells."""
    kept = KEPT.stories.get(ref)
    if kept is not None:
        return kept
    row = next(row for row in KEPT.rows if row.ref == ref)
    return messages.Story(
        message=row, events=[], content=None, content_matches=None, variables={}, receipts=[]
    )
