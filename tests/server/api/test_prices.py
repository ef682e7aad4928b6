"""Prices by the API, and what an estimate makes of them: by country, by segment, by account, and honest about gaps."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server import client
from server.channels import contents
from server.engine import pricing
from server.wire import audiences, campaigns, limits, prices, problems, providers
from server.wire import server as wire_server
from tests.support import served as running

#: Three Germans, two people in the States, one in France, and one who cannot be reached.
ROWS = "key,name,phone,email\n" + "".join(
    f"p{at},{name},{phone},{name.lower()}@example.test\n"
    for at, (name, phone) in enumerate(
        [
            ("Ann", "+4915112345601"),
            ("Bea", "+4915112345602"),
            ("Carl", "+4915112345603"),
            ("Dan", "+13032000001"),
            ("Eve", "+13032000002"),
            ("Fay", "+33612345678"),
            ("Gus", ""),
        ]
    )
)
P = prices.Price


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    """A client in a workspace of its own."""
    with served.client() as asked:
        ask = wire_server.AddWorkspace(name="Costs", environment=wire_server.Environment.STAGING)
        asked.work_in(str(asked.call(wire_server.ADD_WORKSPACE, ask).workspace.id))
        yield asked


@pytest.fixture(scope="module")
def audience(server: client.Client) -> int:
    begun = server.upload(
        audiences.IMPORT, audiences.ImportAsk(file="p.csv", audience="Abroad"), [ROWS.encode()]
    )
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    assert begun.audience is not None
    return begun.audience


@pytest.fixture(scope="module")
def account(server: client.Client) -> int:
    ask = providers.SaveAccount(
        name="Our gateway",
        provider="sms/twilio",
        settings={
            "account_sid": "AC" + "0" * 32,
            "sender": "+14155550100",
            "endpoint": "https://127.0.0.1:9",
        },
        secrets={"auth_token": "f" * 32},
        rate_per_s=2.0,
    )
    return server.call(providers.CREATE, ask).id


@pytest.fixture(autouse=True)
def no_prices(server: client.Client) -> None:
    gone = [
        P(channel=row.channel, country=row.country, account=row.account, amount="")
        for row in server.call(prices.LIST).rows
    ]
    server.call(prices.SAVE, prices.SavePrices(rows=gone))


def estimated(server: client.Client, audience: int, **chosen: Any) -> campaigns.Estimate:
    ask = campaigns.SaveCampaign(name="Priced", audience=audience, contents=campaigns.Contents(**chosen))
    return server.call(campaigns.ESTIMATE, campaign=server.call(campaigns.CREATE, ask).id)


def cost(server: client.Client, audience: int, **chosen: Any) -> prices.Cost:
    found = estimated(server, audience, **chosen).cost
    assert found is not None
    return found


def save(server: client.Client, *rows: prices.Price) -> None:
    server.call(prices.SAVE, prices.SavePrices(rows=list(rows)))


def test_without_prices_nothing_is_made_up(server: client.Client, audience: int) -> None:
    found = cost(server, audience, sms=contents.Sms(body="Hi"))
    assert (found.totals, found.lines) == ([], [])
    assert [(one.channel, one.countries, one.messages) for one in found.unpriced] == [("sms", [], 6)]


def test_an_sms_costs_by_country_and_segment_and_gaps_are_named(
    server: client.Client, audience: int, account: int
) -> None:
    save(
        server,
        P(channel="sms", country="DE", amount="0.075", currency="EUR"),
        P(channel="sms", country="US", amount="0.0083", currency="EUR"),
    )
    found = cost(server, audience, sms=contents.Sms(body="x" * 161))  # two segments
    lines = {line.country: line for line in found.lines}
    assert (lines["DE"].messages, lines["DE"].units, lines["DE"].amount) == (3, 6, "0.45")
    assert (lines["US"].messages, lines["US"].units, lines["US"].amount) == (2, 4, "0.03")
    assert found.totals == [prices.Money(currency="EUR", amount="0.48")]  # 0.45 + 0.0332
    assert [(one.countries, one.messages) for one in found.unpriced] == [(["FR"], 1)]
    assert found.sampled == 0


def test_segments_that_differ_from_person_to_person_are_counted_on_people(
    server: client.Client, audience: int, account: int
) -> None:
    save(server, P(channel="sms", amount="1", currency="EUR"))
    body = "{% if name == 'Ann' %}" + "x" * 161 + "{% else %}short{% endif %}"
    found = cost(server, audience, sms=contents.Sms(body=body))
    assert found.sampled == 6
    assert sum(line.units for line in found.lines) == 7
    assert found.totals[0].amount == "7.00"


def test_an_accounts_own_price_comes_first_and_currencies_are_not_mixed(
    server: client.Client, audience: int, account: int
) -> None:
    save(
        server,
        P(channel="sms", country="DE", amount="0.5", currency="EUR"),
        P(channel="sms", account=account, amount="0.25", currency="USD"),
        P(channel="email", amount="0.001", currency="EUR"),
    )
    mail = contents.Email(subject="Hi", html="<p>Hi</p>", text="Hi")
    found = cost(server, audience, sms=contents.Sms(body="Hi"), email=mail)
    assert {one.currency: one.amount for one in found.totals} == {"USD": "1.50", "EUR": "0.007"}
    assert found.unpriced == []


def test_how_long_it_takes_is_told_by_rates_and_limits(
    server: client.Client, audience: int, account: int
) -> None:
    found = estimated(server, audience, sms=contents.Sms(body="Hi")).duration
    assert found is not None
    assert found.low_s == pytest.approx(3.0)  # six messages at two a second
    assert found.high_s == pytest.approx(3.0 / 0.85)
    assert "Our gateway" in found.words
    rates = limits.SaveLimits(layer=limits.Layer.WORKSPACE, rates=[limits.Rate(count=1, per_s=60)])
    server.call(limits.SAVE, rates)
    try:
        slower = estimated(server, audience, sms=contents.Sms(body="Hi")).duration
    finally:
        server.call(limits.SAVE, limits.SaveLimits(layer=limits.Layer.WORKSPACE))
    assert slower is not None
    assert slower.low_s == 300.0  # the first goes at once, five wait a minute each
    assert "workspace" in slower.words


def test_a_channel_nothing_is_known_of_has_no_far_end(server: client.Client, audience: int) -> None:
    mail = contents.Email(subject="Hi", html="<p>Hi</p>", text="Hi")
    found = estimated(server, audience, email=mail).duration
    assert found is not None
    assert (found.high_s, found.unknown) == (None, ["email"])


def test_prices_are_taken_from_csv_all_or_none(server: client.Client, account: int) -> None:
    text = "channel,country,account,amount,currency\nsms,de,,0.075,eur\nsms,*,Our gateway,0.05,EUR\n"
    found = server.call(prices.IMPORT, prices.ImportPrices(csv=text))
    assert [(row.country, row.account, row.amount, row.currency) for row in found.rows] == [
        ("", account, "0.05", "EUR"),
        ("DE", 0, "0.075", "EUR"),
    ]
    wrong = "channel,country,amount,currency\nsms,FR,1,EUR\nsms,QQ,1,EUR\npigeon,DE,x,E\n"
    with pytest.raises(problems.Refused) as refused:
        server.call(prices.IMPORT, prices.ImportPrices(csv=wrong, replace=True))
    places = [fault.place for fault in refused.value.problem.fields]
    assert places == ["csv.3.country", "csv.4.channel", "csv.4.amount", "csv.4.currency"]
    assert server.call(prices.LIST).rows == found.rows
    more = prices.ImportPrices(csv="channel,amount,currency\nrcs,0.02,EUR\n", replace=True)
    assert [row.channel for row in server.call(prices.IMPORT, more).rows] == ["rcs"]


@pytest.mark.parametrize(
    "text", ["", "channel,amount\nsms,1\n", "channel,amount,currency,hat\n", "channel,amount,currency\n"]
)
def test_a_csv_without_prices_is_refused(http: httpx.Client, text: str) -> None:
    answer = http.post("/v1/prices/import", json={"csv": text})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "row, place",
    [
        ({"channel": "pigeon", "amount": "1", "currency": "EUR"}, "rows.0.channel"),
        ({"channel": "sms", "country": "de", "amount": "1", "currency": "EUR"}, "rows.0.country"),
        ({"channel": "sms", "account": 999, "amount": "1", "currency": "EUR"}, "rows.0.account"),
        ({"channel": "sms", "amount": "-1", "currency": "EUR"}, "rows.0.amount"),
        ({"channel": "sms", "amount": "0.00000001", "currency": "EUR"}, "rows.0.amount"),
        ({"channel": "sms", "amount": "NaN", "currency": "EUR"}, "rows.0.amount"),
        ({"channel": "sms", "amount": "1e99", "currency": "EUR"}, "rows.0.amount"),
        ({"channel": "sms", "amount": "1", "currency": "euro"}, "rows.0.currency"),
    ],
)
def test_a_price_that_cannot_be_is_refused_with_its_place(
    http: httpx.Client, row: dict[str, Any], place: str
) -> None:
    answer = http.put("/v1/prices", json={"rows": [row]})
    assert answer.status_code == 422, answer.text
    assert place in [fault["place"] for fault in answer.json()["fields"]]


@pytest.mark.parametrize(
    "amount, said", [(0, "0.00"), (7_500, "0.0075"), (1_000_000, "1.00"), (12_345_678, "12.345678")]
)
def test_amounts_are_told_with_what_they_need(amount: int, said: str) -> None:
    assert pricing.plain(amount) == said
    assert pricing.micros(said) == amount


@pytest.mark.parametrize(
    "amount, said", [(33_200, "0.03"), (12_345_678, "12.35"), (7_000, "0.007"), (0, "0.00")]
)
def test_sums_are_rounded_unless_nothing_would_be_left(amount: int, said: str) -> None:
    assert pricing.rounded(amount) == said
