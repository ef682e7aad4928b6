"""Limits and paces of the far server: what holds its runs back, and until when they may take."""

from server.wire import campaigns, limits
from tests.console.golden import world

OVER = (campaigns.Status.DONE, campaigns.Status.CANCELLED)


def pace(run: int) -> limits.Pace:
    """Why a run goes as fast as it does."""
    found = world.RUNS[run]
    left = found.equation.waiting + found.equation.sending
    over = found.status in OVER or not left
    causes = [
        limits.Cause(
            kind="window", subject="", words="waiting for the provider's answers", share=0.66, seconds=61.0
        ),
        limits.Cause(
            kind="quota",
            subject="1",
            words="the quota Northwind SES has at its provider, 200 a second",
            share=0.34,
            seconds=31.0,
        ),
    ]
    words = causes[0].words
    said = f"What held it back most: {words} (66% of the time)."
    if not over:
        said = f"What holds it back now: {words} (66% of the time so far)."
    known = not over and found.rate_per_s > 0
    return limits.Pace(
        run=run,
        sentence=said,
        rate_per_s=found.rate_per_s,
        left=left,
        eta_low_s=left / found.rate_per_s if known else None,
        eta_high_s=left / found.rate_per_s * 1.2 if known else None,
        ends_from=None,
        ends_to=None,
        assumes="Assumes that it goes on at the pace of the last minute."
        if known
        else "Nothing is left to send.",
        causes=causes,
        by_channel=[],
    )


def _limit(layer: limits.Layer, title: str, **more: int | str) -> limits.Limit:
    return limits.Limit(layer=layer, title=title, **more)  # type: ignore[arg-type]


#: What an operator has laid upon things.
LIMITS = [
    _limit(limits.Layer.WORKSPACE, "the workspace", count=500, per_s=1),
    _limit(limits.Layer.WORKSPACE, "the workspace", count=250_000, per_s=86_400, used=232_000),
    _limit(limits.Layer.DOMAIN, "gmail.com", channel="email", subject="gmail.com", count=20, per_s=1),
    _limit(
        limits.Layer.ROUTE, "SMS to +49", channel="sms", subject="+49", count=6_000, per_s=3_600, used=810
    ),
    _limit(
        limits.Layer.PAIR,
        "one person's WhatsApp from each account",
        channel="whatsapp",
        subject="*",
        count=1,
        per_s=6,
    ),
]
_SMS = [row.id for row in world.ACCOUNTS if row.channel == "sms"]
ROUTES = [
    limits.Route(channel="sms", prefix="+49", accounts=_SMS),
    limits.Route(channel="sms", prefix="", accounts=_SMS),
]
POOL = [limits.Origin(address="+15005550006", weight=300), limits.Origin(address="+15005550007", weight=100)]


def origins(account: int) -> limits.Origins:
    """An account's pool; Apple, browsers and RCS agents take none."""
    channel = next(row.channel for row in world.ACCOUNTS if row.id == account)
    pooled = channel in ("email", "sms", "whatsapp")
    return limits.Origins(account=account, pooled=pooled, rows=POOL if channel == "sms" else [])
