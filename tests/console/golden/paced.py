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
