"""Limits, routes and pools by the API and the command line: kept, told with what was used, and refused with a place."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.wire import limits, problems, providers
from tests.support import served as running


@pytest.fixture
def account(served: running.Served) -> Iterator[providers.Account]:
    """The sandbox's SMS account."""
    with served.client() as client:
        rows = running.until(
            lambda: [row for row in client.call(providers.LIST).rows if row.channel == "sms"],
            "the sandbox's accounts",
        )
        yield rows[0]


def put(http: httpx.Client, **ask: Any) -> httpx.Response:
    return http.put("/v1/limits", json=ask)


def places(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [fault.place for fault in problems.read(answer.status_code, answer.content).fields]


def test_a_subjects_limits_are_set_whole_and_lifted(http: httpx.Client, account: providers.Account) -> None:
    subject = str(account.id)
    rates = [{"count": 50, "per_s": 1}, {"count": 10_000, "per_s": 86_400}]
    assert put(http, layer="account", subject=subject, rates=rates).status_code == 200
    put(http, layer="account", subject=subject, rates=[{"count": 40, "per_s": 1}])
    rows = [row for row in http.get("/v1/limits").json()["rows"] if row["layer"] == "account"]
    assert [(row["count"], row["per_s"], row["title"]) for row in rows] == [(40, 1, account.name)]
    put(http, layer="account", subject=subject, rates=[])
    assert [row for row in http.get("/v1/limits").json()["rows"] if row["layer"] == "account"] == []


@pytest.mark.parametrize(
    "ask, place",
    [
        ({"layer": "account", "subject": "9999"}, "subject"),
        ({"layer": "account", "subject": "x" * 5000}, "subject"),
        ({"layer": "account", "subject": "1", "channel": "sms"}, "channel"),
        ({"layer": "origin", "subject": "1/+1500"}, "subject"),
        ({"layer": "route", "subject": "+49"}, "channel"),
        ({"layer": "route", "subject": "49", "channel": "sms"}, "subject"),
        ({"layer": "route", "subject": "+49", "channel": "email"}, "subject"),
        ({"layer": "workspace", "subject": "1"}, "subject"),
        ({"layer": "campaign", "subject": "99999"}, "subject"),
        ({"layer": "domain", "subject": "not a domain"}, "subject"),
        ({"layer": "pair", "subject": "*"}, "channel"),
        ({"layer": "workspace", "rates": [{"count": -1, "per_s": 1}]}, "rates[0].count"),
        ({"layer": "workspace", "rates": [{"count": 1, "per_s": 0}]}, "rates[0].per_s"),
        ({"layer": "workspace", "rates": [{"count": 1, "per_s": 1}, {"count": 2, "per_s": 1}]}, "rates"),
        (
            {"layer": "pair", "channel": "sms", "subject": "*", "rates": [{"count": 1, "per_s": 7200}]},
            "rates[0].per_s",
        ),
    ],
)
def test_what_cannot_be_a_limit_is_refused_at_its_place(
    http: httpx.Client, ask: dict[str, Any], place: str
) -> None:
    assert places(put(http, **ask)) == [place]


def test_each_domain_and_each_pair_can_have_one_by_a_star(http: httpx.Client) -> None:
    for ask in (
        {"layer": "domain", "subject": "*", "rates": [{"count": 5, "per_s": 1}]},
        {"layer": "domain", "subject": "GMAIL.com", "rates": [{"count": 20, "per_s": 1}]},
        {"layer": "pair", "channel": "whatsapp", "subject": "*", "rates": [{"count": 1, "per_s": 6}]},
    ):
        assert put(http, **ask).status_code == 200
    titles = {row["title"] for row in http.get("/v1/limits").json()["rows"]}
    assert {"each mail domain", "gmail.com", "one person's WhatsApp from each account"} <= titles
    for layer, channel, subject in (
        ("domain", "", "*"),
        ("domain", "", "gmail.com"),
        ("pair", "whatsapp", "*"),
    ):
        put(http, layer=layer, channel=channel, subject=subject, rates=[])


def test_a_route_names_accounts_of_its_channel_in_order(
    http: httpx.Client, account: providers.Account
) -> None:
    kept = http.put("/v1/routes", json={"channel": "sms", "prefix": "+49", "accounts": [account.id]})
    assert kept.json()["rows"] == [{"channel": "sms", "prefix": "+49", "accounts": [account.id]}]
    wrong = http.put("/v1/routes", json={"channel": "email", "prefix": "0049", "accounts": [9999]})
    assert places(wrong) == ["channel", "prefix", "accounts"]
    assert http.put("/v1/routes", json={"channel": "sms", "prefix": "+49"}).json()["rows"] == []


def test_a_pool_holds_what_its_provider_can_send_from(http: httpx.Client, account: providers.Account) -> None:
    path = f"/v1/accounts/{account.id}/origins"
    rows = [{"address": "+15005550006", "weight": 100}, {"address": "ACME", "weight": 50}]
    assert http.put(path, json={"rows": rows}).json() == {
        "account": account.id,
        "pooled": True,
        "rows": sorted(rows, key=lambda row: str(row["address"])),
    }
    wrong = http.put(path, json={"rows": [{"address": "+1"}, {"address": "ACME", "weight": 2000}]})
    assert places(wrong) == ["rows[0].address", "rows[1].weight"]
    limit = {"layer": "origin", "subject": f"{account.id}/ACME", "rates": [{"count": 1, "per_s": 1}]}
    assert put(http, **limit).status_code == 200
    put(http, **{**limit, "rates": []})
    assert http.put(path, json={"rows": []}).json()["rows"] == []


def test_a_provider_without_pools_says_so(served: running.Served, http: httpx.Client) -> None:
    with served.client() as client:
        apns = next(row for row in client.call(providers.LIST).rows if row.channel == "apns")
    answer = http.put(f"/v1/accounts/{apns.id}/origins", json={"rows": [{"address": "x"}]})
    assert places(answer) == ["rows[0].address"]
    assert "takes no pool" in answer.text


def test_a_run_nobody_knows_has_no_pace(http: httpx.Client) -> None:
    assert http.get("/v1/runs/424242/pace").status_code == 404


def test_the_command_line_sets_lists_and_lifts_limits(ours: Any, account: providers.Account) -> None:
    set_ = ours("limit", "set", "account", "--on", account.name, "30/s", "1_000/h", "1/6s")
    assert set_.code == 0, set_.err
    lines = [line.split("\t") for line in ours("limit", "list").out.splitlines()]
    assert [line[2] for line in lines if line[1] == account.name] == ["30/s", "1/6s", "1000/h"]
    assert ours("limit", "set", "account", "--on", account.name, "fast").code == 2
    assert "nobody" in ours("limit", "set", "account", "--on", "nobody", "1/s").err
    ours("limit", "lift", "account", "--on", account.name)
    assert account.name not in ours("limit", "list").out


def test_the_command_line_keeps_routes_and_pools(ours: Any, account: providers.Account) -> None:
    assert account.name in ours("route", "set", "+49", account.name).out
    assert "every other" in ours("route", "set", "other", str(account.id)).out
    ours("route", "remove", "+49")
    assert ours("route", "remove", "other", "--json").json == {"rows": []}
    pool = ours("pool", "set", "--account", account.name, "+15005550006=300", "ACME")
    assert [line.split("\t") for line in pool.out.splitlines()[1:]] == [
        ["+15005550006", "300"],
        ["ACME", "100"],
    ]
    assert "has no pool" in ours("pool", "set", "--account", account.name).out


def test_a_draft_keeps_its_priority_and_limits_and_refuses_wrong_ones(
    served: running.Served, http: httpx.Client
) -> None:
    made = http.post(
        "/v1/campaigns",
        json={"name": "Paced", "priority": "transactional", "limits": [{"count": 5, "per_s": 1}]},
    ).json()
    assert (made["priority"], made["limits"]) == ("transactional", [{"count": 5, "per_s": 1}])
    saved = http.put(f"/v1/campaigns/{made['id']}", json={"name": "Paced anew"}).json()
    assert (saved["priority"], saved["limits"]) == ("transactional", [{"count": 5, "per_s": 1}])
    wrong = http.put(
        f"/v1/campaigns/{made['id']}", json={"name": "Paced", "limits": [{"count": 1, "per_s": 0}]}
    )
    assert places(wrong) == ["limits[0].per_s"]
    with served.client() as client, pytest.raises(problems.Refused):
        client.call(limits.SAVE, limits.SaveLimits(layer=limits.Layer.CAMPAIGN, subject="99999"))
    http.delete(f"/v1/campaigns/{made['id']}")
