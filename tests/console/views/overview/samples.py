"""Fixed states of the overview for pictures: the same numbers every day, whatever the data."""

import datetime
import math

import msgspec

from console.views.overview import model
from console.widgets import figures
from server.channels import contents
from server.wire import campaigns, ledger, server

NOTHING = ledger.Equation(
    audience=0, waiting=0, sending=0, accepted=0, failed=0, skipped=0, doubt=0, cancelled=0
)
#: The overview of an installation that has done nothing yet.
QUIET = server.Overview(
    live=[],
    rates={},
    today=NOTHING,
    delivered=0,
    failed=0,
    doubt=0,
    receipts_waiting=0,
    alarms=[],
    recent=[],
    people=12_480,
    accounts=7,
)

#: Messages a second that each channel tends to.
BASES = {"apns": 310.0, "webpush": 180.0, "email": 820.0, "sms": 240.0, "whatsapp": 150.0, "rcs": 120.0}


def first() -> model.Seen:
    """A new installation whose contacts have been imported."""
    return model.Seen(overview=QUIET, campaigns=0, drafts=0)


def running() -> model.Seen:
    """Three campaigns, one of them paused; an account that has halted; nine messages in doubt."""
    rates = {name: round(base * 0.97, 1) for name, base in BASES.items()}
    alarm = server.Alarm(
        level="bad",
        title="Northwind SMS has halted: Twilio does not know this auth token (20003).",
        remedy="Mend the account and check it; nothing was lost, its messages wait.",
        view="providers",
        subject="6",
    )
    today = _equation(412_806, 148_320, 402, 258_110, 1_204, 4_761, 9)
    overview = msgspec.structs.replace(
        QUIET,
        live=[
            _campaign(31, "Spring drop · early access", "Members EU", campaigns.Status.RUNNING,
                      _equation(240_600, 86_410, 320, 150_100, 804, 2_960, 6), list(contents.CHANNELS)),
            _campaign(30, "Order shipped, delayed", "Open orders", campaigns.Status.RUNNING,
                      _equation(84_000, 9_240, 82, 74_010, 120, 545, 3), ["apns", "email", "sms"]),
            _campaign(29, "Win-back 90 days", "Lapsed buyers", campaigns.Status.PAUSED,
                      _equation(88_206, 52_670, 0, 34_000, 280, 1_256, 0), ["email"]),
        ],
        rates=rates, today=today, delivered=251_940, failed=today.failed, doubt=9, receipts_waiting=1_284,
        alarms=[alarm], recent=_recent(), people=187_400,
    )  # fmt: skip
    return model.Seen(overview=overview, campaigns=31, drafts=2)


def _equation(
    audience: int, waiting: int, sending: int, accepted: int, failed: int, skipped: int, doubt: int
) -> ledger.Equation:
    return ledger.Equation(
        audience=audience,
        waiting=waiting,
        sending=sending,
        accepted=accepted,
        failed=failed,
        skipped=skipped,
        doubt=doubt,
        cancelled=audience - waiting - sending - accepted - failed - skipped - doubt,
    )


def _campaign(
    id: int,
    name: str,
    audience_name: str,
    status: campaigns.Status,
    equation: ledger.Equation,
    channels: list[str],
) -> campaigns.Campaign:
    now = figures.now()
    return campaigns.Campaign(
        id=id,
        name=name,
        status=status,
        audience=1,
        audience_name=audience_name,
        channels=channels,
        contents=campaigns.Contents(),
        run=id,
        equation=equation,
        created_at=now - datetime.timedelta(hours=1),
        updated_at=now,
    )


def _recent() -> list[campaigns.Moment]:
    """Five minutes in which email is throttled once, and finds its pace again."""
    end = int(figures.now().timestamp()) // model.BUCKET_S * model.BUCKET_S
    count = model.SPAN_S // model.BUCKET_S
    moments = []
    for at in range(count):
        for order, (channel, base) in enumerate(BASES.items()):
            wave = 1 + 0.08 * math.sin(at / (3 + order)) + 0.04 * math.sin(at * (1.7 + order))
            dip = 1 - 0.55 * math.exp(-(((at - 34) / 3) ** 2)) if channel == "email" else 1
            accepted = int(base * wave * dip * model.BUCKET_S)
            when = end - (count - at) * model.BUCKET_S
            moments.append(
                campaigns.Moment(at=when, channel=channel, accepted=accepted, failed=accepted // 300)
            )
    return moments


#: What each live campaign of `running` does a second.
PACES = {31: 1_420.0, 30: 345.0, 29: 0.0}
