"""What of the campaign flow the far server answers: tests, tags, prices, the way to launch, and what a launch takes."""

import datetime

from server.wire import campaigns, flow, ledger, prices, shelf, testing
from tests.console.golden import world

WAY = flow.Flow(typed_above=1_000, delay_s=30)
TAGS = shelf.Tags(rows=[shelf.Tag(name="autumn", campaigns=2), shelf.Tag(name="loyalty", campaigns=1)])
PRICES = prices.Prices(
    rows=[
        prices.Price(channel="email", amount="0.0004", currency="EUR"),
        prices.Price(channel="sms", country="DE", amount="0.0750", currency="EUR"),
        prices.Price(channel="sms", country="FR", amount="0.0690", currency="EUR"),
        prices.Price(channel="sms", country="US", amount="0.0079", currency="EUR"),
        prices.Price(channel="whatsapp", amount="0.0410", currency="EUR"),
    ]
)
COST = prices.Cost(
    totals=[prices.Money(currency="EUR", amount="184.27")],
    lines=[
        prices.Line(channel="sms", country="DE", messages=812, units=1_624, currency="EUR", amount="121.80"),
        prices.Line(
            channel="whatsapp", country="", messages=1_006, units=1_006, currency="EUR", amount="41.25"
        ),
        prices.Line(channel="sms", country="FR", messages=301, units=301, currency="EUR", amount="20.77"),
        prices.Line(channel="email", country="", messages=1_125, units=1_125, currency="EUR", amount="0.45"),
    ],
    unpriced=[prices.Unpriced(channel="sms", countries=["ES", "IT", "PT"], messages=204)],
    sampled=200,
)


def duration(channels: list[campaigns.ChannelEstimate]) -> campaigns.Duration:
    """How long the recorded audience takes."""
    by_channel = [
        campaigns.ChannelDuration(
            channel=one.channel, messages=one.reachable, seconds=one.reachable / 25, words=""
        )
        for one in channels
    ]
    longest = max((one.seconds or 0.0 for one in by_channel), default=0.0)
    return campaigns.Duration(
        low_s=longest,
        high_s=longest / 0.85,
        words="Northwind SMS: its rate, 25 a second",
        by_channel=by_channel,
    )


def _test(seq: int, address: str, state: ledger.State, meaning: str = "", detail: str = "") -> testing.Test:
    return testing.Test(
        ref=f"abc234-1-9-{seq}",
        run=9,
        seq=seq,
        campaign=6,
        campaign_name="Autumn preview",
        channel="sms",
        address=address,
        person="Amelia Weber",
        state=state,
        reason="30005" if meaning else "",
        meaning=meaning,
        detail=detail,
        attempts=1,
        account_name="Northwind SMS",
        started_at=world.NOW - datetime.timedelta(seconds=40),
        updated_at=world.NOW - datetime.timedelta(seconds=38),
    )


def tests(ask: testing.TestQuery) -> testing.Tests:
    """Two tests: one arrived, one did not."""
    rows = [
        _test(1, "+14155550132", ledger.State.DELIVERED),
        _test(
            2,
            "+4915112345678",
            ledger.State.FAILED,
            "The phone is unknown or no longer exists.",
            "Unknown destination handset",
        ),
    ]
    return testing.Tests(total=len(rows), offset=ask.offset, rows=rows)


ADDRESSES = testing.Addresses(
    rows=[
        testing.Address(channel=channel, address=address, sent_at=world.NOW)
        for channel, address in (
            ("sms", "+14155550132"),
            ("sms", "+4915112345678"),
            ("email", "qa@northwind.test"),
        )
    ]
)
