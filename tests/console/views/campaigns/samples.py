"""Fixed states of the campaigns' pages for pictures: nothing is saved, and the numbers are the same every day."""

import datetime
import math

import msgspec

from console.views.campaigns.draft import model as draft_model
from console.views.campaigns.run import page as run_page
from console.widgets import figures
from console.widgets.editors import checking
from server.channels import contents, rcs, whatsapp
from server.wire import audiences, campaigns, ledger, limits

PEOPLE = 40_100
AUDIENCE = audiences.Audience(
    id=1,
    name="Members EU",
    people=PEOPLE,
    reach={
        "apns": 15_800,
        "webpush": 12_240,
        "email": 38_660,
        "sms": 35_020,
        "whatsapp": 27_410,
        "rcs": 19_330,
    },
    ready=True,
    created_at=datetime.datetime(2026, 11, 19, 16, 20, tzinfo=datetime.UTC),
)
OTHERS = [
    msgspec.structs.replace(AUDIENCE, id=2, name="Lapsed buyers", people=88_206),
    msgspec.structs.replace(AUDIENCE, id=3, name="Open orders", people=14_000),
    msgspec.structs.replace(AUDIENCE, id=4, name="Store opening Lyon", people=21_077, ready=False),
]
BASES = {"apns": 310.0, "webpush": 180.0, "email": 820.0, "sms": 240.0, "whatsapp": 150.0, "rcs": 120.0}
SECONDS = 240
PERSON = {
    "first_name": "Ana",
    "last_name": "Ruiz",
    "city": "Lyon",
    "plan": "pro",
    "points": "184",
    "code": "CBGXPLUQ",
    "key": "m-10482",
}

#: Channel to waiting, sending, accepted, delivered, seen, failed, skipped, doubt.
PARTS = {
    "apns": (5_410, 40, 10_060, 9_660, 3_210, 61, 24_528, 1),
    "webpush": (4_120, 38, 7_950, 7_340, 1_180, 92, 27_899, 1),
    "email": (13_240, 64, 25_120, 24_480, 9_870, 214, 1_460, 2),
    "sms": (12_080, 64, 22_610, 22_190, 0, 188, 5_157, 1),
    "whatsapp": (9_420, 60, 17_700, 17_240, 11_020, 151, 12_768, 1),
    "rcs": (6_640, 54, 12_540, 12_190, 6_330, 98, 20_768, 0),
}
REASONS = {
    "apns": "410 Unregistered",
    "webpush": "errno 106",
    "email": "5.1.1",
    "sms": "21211",
    "whatsapp": "131026",
    "rcs": "NOT_FOUND",
}
ACCOUNTS = {
    1: "Northwind SES",
    2: "Northwind SMTP",
    3: "Northwind iOS",
    4: "northwind.test",
    5: "Northwind RCS",
    6: "Northwind SMS",
    7: "Northwind WhatsApp",
}
LANES = {"apns": 3, "webpush": 4, "email": 1, "sms": 6, "whatsapp": 7, "rcs": 5}


# -- a run --------------------------------------------------------------------------------------------


def campaign(status: campaigns.Status) -> campaigns.Campaign:
    """The campaign of the pictures."""
    started = _started()
    return campaigns.Campaign(
        id=31,
        name="Spring drop · early access",
        status=status,
        audience=1,
        audience_name=AUDIENCE.name,
        channels=list(contents.CHANNELS),
        contents=draft_model.of_sample().contents,
        run=31,
        equation=_whole(over=status is campaigns.Status.DONE),
        created_at=started,
        updated_at=started,
    )


def seen(status: campaigns.Status) -> run_page.Seen:
    """Its numbers: on the way, or all settled."""
    over = status is campaigns.Status.DONE
    started = _started()
    by_channel = {channel: _equation(channel, over=over) for channel in PARTS}
    run = campaigns.Run(
        id=31,
        campaign=31,
        campaign_name="Spring drop · early access",
        status=status,
        started_at=started,
        finished_at=started + datetime.timedelta(seconds=SECONDS) if over else None,
        people=PEOPLE,
        equation=_whole(over=over),
        by_channel=by_channel,
        tallies=[tally for channel in PARTS for tally in _tallies(channel, over=over)],
        rate_per_s=0.0 if over else 1_764.0,
        window=64,
    )
    series = campaigns.Series(
        bucket_s=2,
        moments=_moments(),
        latency=_latency(),
        funnel={channel: _funnel(channel, over=over) for channel in PARTS},
    )
    return run_page.Seen(run=run, series=series, accounts=ACCOUNTS, pace=pace(run))


def pace(run: campaigns.Run) -> limits.Pace:
    """Why it goes as fast as it does: mostly for a limit of ours, else for the providers."""
    over = run.status is campaigns.Status.DONE
    found = [
        limits.Cause(
            kind="account",
            subject="6",
            words="the limit of Northwind SMS, 250 a second",
            share=0.62,
            seconds=41.0,
        ),
        limits.Cause(
            kind="window", subject="", words="waiting for the provider's answers", share=0.3, seconds=19.8
        ),
        limits.Cause(
            kind="throttled", subject="", words="the provider asks us to slow down", share=0.08, seconds=5.3
        ),
    ]
    left = run.equation.waiting + run.equation.sending
    said = "most" if over else "now"
    return limits.Pace(
        run=run.id,
        sentence=f"What held it back {said}: {found[0].words} (62% of the time)."
        if over
        else f"What holds it back now: {found[0].words} (62% of the time so far).",
        rate_per_s=run.rate_per_s,
        left=left,
        eta_low_s=None if over else 41.0,
        eta_high_s=None if over else 53.0,
        ends_from=None,
        ends_to=None,
        assumes="Nothing is left to send."
        if over
        else "Assumes that this stays as it is: the limit of Northwind SMS, 250 a second.",
        causes=found,
        by_channel=[],
    )


def _started() -> datetime.datetime:
    return figures.now() - datetime.timedelta(seconds=SECONDS)


def _equation(channel: str, *, over: bool) -> ledger.Equation:
    waiting, sending, accepted, _, _, failed, skipped, doubt = PARTS[channel]
    if over:
        accepted, waiting, sending = accepted + waiting + sending, 0, 0
    return ledger.Equation(
        audience=waiting + sending + accepted + failed + skipped + doubt,
        waiting=waiting,
        sending=sending,
        accepted=accepted,
        failed=failed,
        skipped=skipped,
        doubt=doubt,
        cancelled=0,
    )


def _whole(*, over: bool) -> ledger.Equation:
    found = [_equation(channel, over=over) for channel in PARTS]
    return ledger.Equation(
        audience=sum(one.audience for one in found),
        waiting=sum(one.waiting for one in found),
        sending=sum(one.sending for one in found),
        accepted=sum(one.accepted for one in found),
        failed=sum(one.failed for one in found),
        skipped=sum(one.skipped for one in found),
        doubt=sum(one.doubt for one in found),
        cancelled=0,
    )


def _tallies(channel: str, *, over: bool) -> list[ledger.Tally]:
    known, (_, _, _, delivered, seen, failed, skipped, doubt) = _equation(channel, over=over), PARTS[channel]
    lane, state = LANES[channel], ledger.State
    rows = [
        (lane, state.ACCEPTED, "", known.accepted - delivered),
        (lane, state.DELIVERED, "", delivered - seen),
        (lane, state.SEEN, "", seen),
        (lane, state.FAILED, REASONS[channel], failed),
        (0, state.SKIPPED, "no_address", skipped),
        (lane, state.DOUBT, "no_answer", doubt),
    ]
    return [
        ledger.Tally(channel=channel, account=account, state=at, reason=reason, count=count)
        for account, at, reason, count in rows
    ]


def _moments() -> list[campaigns.Moment]:
    first = int(_started().timestamp()) // 2 * 2
    moments = []
    for at in range(SECONDS // 2):
        for order, (channel, base) in enumerate(BASES.items()):
            wave = 1 + 0.07 * math.sin(at / (5 + order)) + 0.03 * math.sin(at * (1.7 + order))
            dip = 1 - 0.55 * math.exp(-(((at - 70) / 6) ** 2)) if channel == "email" else 1
            accepted = int(base * wave * dip * min(at / 6, 1) * 2)
            moments.append(
                campaigns.Moment(
                    at=first + at * 2, channel=channel, accepted=accepted, failed=accepted // 200
                )
            )
    return moments


def _latency() -> dict[str, list[int]]:
    spread = (0, 12, 240, 1_900, 6_400, 11_200, 5_300, 1_420, 380, 90, 22, 6, 2, 0)
    return {channel: [int(count * base / 300) for count in spread] for channel, base in BASES.items()}


def _funnel(channel: str, *, over: bool) -> dict[str, int]:
    known, (_, _, _, delivered, seen, *_rest) = _equation(channel, over=over), PARTS[channel]
    return {
        "audience": known.audience,
        "accepted": known.accepted,
        "delivered": delivered,
        "seen": seen,
        "clicked": seen // 5,
        "replied": seen // 40,
    }


# -- a draft ------------------------------------------------------------------------------------------


def estimate() -> campaigns.Estimate:
    """What a launch of the draft would do."""
    rows = [
        campaigns.ChannelEstimate(
            channel=channel,
            reachable=reach - reach // 90,
            no_address=PEOPLE - reach,
            suppressed=reach // 90,
            account=ACCOUNTS[LANES[channel]],
        )
        for channel, reach in AUDIENCE.reach.items()
    ]
    return campaigns.Estimate(people=PEOPLE, messages=PEOPLE * len(rows), channels=rows, faults=[])


def three() -> list[campaigns.Preview]:
    """What three people would get; the last of them has no code."""
    return [
        _rendered("Ana Ruiz", "Ana", "CBGXPLUQ"),
        _rendered("Jonas Weber", "Jonas", "BU8WUBUB"),
        _rendered("Freya MacDonald", "Freya", ""),
    ]


def _rendered(person: str, name: str, code: str) -> campaigns.Preview:
    missing = [
        campaigns.PreviewFault(
            channel=channel, place="body", message="This person has no value for code, and would be skipped."
        )
        for channel in ("sms", "whatsapp")
        if not code
    ]
    title = f"{name}, the spring drop is open"
    text = f"Northwind: the spring drop is open. Your code {code} takes 20% off until Sunday."
    body = [whatsapp.Parameter(text=f"Hi {name}, your code {code} is good until Sunday.")]
    return campaigns.Preview(
        person=person,
        contact=1,
        contents=campaigns.Contents(
            apns=contents.Apns(title=title),
            webpush=contents.WebPush(title="The spring drop is open"),
            email=contents.Email(subject=title),
            sms=contents.Sms(body=text) if code else None,
            whatsapp=contents.WhatsApp(template="spring_drop", sample="{{1}}", body=body) if code else None,
            rcs=contents.Rcs(kind="card", cards=[rcs.Card(title="Fell rain shell")]),
        ),
        faults=missing,
        hashes={},
    )


def work() -> draft_model.Work:
    """The draft of the pictures."""
    sample = draft_model.of_sample()
    chosen = sample.contents.chosen()
    written = {channel: checking.plain(made) for channel, made in chosen.items()}
    return draft_model.Work(name="Spring drop · early access", audience=1, on=set(chosen), written=written)
