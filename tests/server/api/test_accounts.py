"""Accounts by the API: checked whole when saved, secrets never shown, the sandbox's wall."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.engine import opening
from server.providers import errors
from server.wire import problems
from server.wire import providers as wire
from server.wire import server as server_wire
from tests.support import served as running

SECRET = "s3cret-Twilio-token-0123456789ab"


def twilio(**more: Any) -> dict[str, Any]:
    return {
        "name": "Mine",
        "provider": "sms/twilio",
        "settings": {"endpoint": "twin", "account_sid": "AC" + "0" * 32, "sender": "+15005550006"},
        "secrets": {"auth_token": SECRET},
    } | more


@pytest.fixture
def account(http: httpx.Client) -> Iterator[dict[str, Any]]:
    answer = http.post("/v1/accounts", json=twilio())
    assert answer.status_code == 200, answer.text
    yield answer.json()
    http.delete(f"/v1/accounts/{answer.json()['id']}")


def refusal(answer: httpx.Response) -> problems.Problem:
    assert answer.is_client_error, answer.text
    return problems.read(answer.status_code, answer.content)


def test_the_sandbox_has_a_checked_account_for_every_adapter(served: running.Served) -> None:
    with served.client() as asked:
        rows = asked.call(wire.LIST).rows
        assert {row.provider for row in rows} >= {row.key for row in asked.call(wire.TYPES).rows}
        for row in rows:
            if row.name.startswith("Sandbox"):
                found = asked.call(wire.CHECK, account=row.id)
                assert found.good, (row.name, found.rows)
                assert asked.call(wire.SHOW, account=row.id).health is wire.Health.GOOD


def test_secrets_are_sealed_and_never_shown_again(
    served: running.Served, http: httpx.Client, account: dict[str, Any]
) -> None:
    assert account["stored_secrets"] == ["auth_token"]
    for path in ("/v1/accounts", f"/v1/accounts/{account['id']}"):
        assert SECRET not in http.get(path).text
    assert SECRET.encode() not in (served.data / "heliograph.db").read_bytes()
    assert SECRET.encode() not in (served.data / "heliograph.db-wal").read_bytes()


def test_a_secret_that_is_left_out_stays(
    served: running.Served, http: httpx.Client, account: dict[str, Any]
) -> None:
    before = served.sql("SELECT sealed FROM secret WHERE account = ?", account["id"])
    changed = http.put(f"/v1/accounts/{account['id']}", json=twilio(name="Renamed", window=8, secrets={}))
    assert changed.json()["name"] == "Renamed"
    assert changed.json()["window"] == 8
    assert served.sql("SELECT sealed FROM secret WHERE account = ?", account["id"]) == before


def test_a_secret_moved_to_another_account_is_found_at_its_next_use(
    served: running.Served, http: httpx.Client, account: dict[str, Any]
) -> None:
    other = http.post("/v1/accounts", json=twilio(name="Other")).json()
    served.sql(
        "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE account = ?) WHERE account = ?",
        other["id"],
        account["id"],
    )
    found = http.post(f"/v1/accounts/{account['id']}/check").json()
    assert not found["good"]
    assert "changed or moved" in found["rows"][0]["message"]
    assert http.get(f"/v1/accounts/{account['id']}").json()["health"] == "failing"
    http.delete(f"/v1/accounts/{other['id']}")


@pytest.mark.parametrize(
    "change, place",
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"provider": "sms/nobody"}, "provider"),
        ({"weight": -1}, "weight"),
        ({"window": 0}, "window"),
        ({"rate_per_s": -1}, "rate_per_s"),
        ({"secrets": {}}, "settings.auth_token"),
        ({"settings": {"endpoint": "twin"}}, "settings.account_sid"),
        ({"settings": twilio()["settings"] | {"nope": 1}}, "settings.nope"),
        ({"settings": twilio()["settings"] | {"auth_token": "x"}}, "settings.auth_token"),
    ],
)
def test_what_cannot_work_is_refused_by_its_place_and_nothing_is_kept(
    http: httpx.Client, change: dict[str, Any], place: str
) -> None:
    before = len(http.get("/v1/accounts").json()["rows"])
    found = refusal(http.post("/v1/accounts", json=twilio(**change)))
    assert found.code is problems.Code.INVALID
    assert place in [fault.place for fault in found.fields]
    assert SECRET not in str(found)
    assert len(http.get("/v1/accounts").json()["rows"]) == before


def test_two_accounts_cannot_have_one_name(http: httpx.Client, account: dict[str, Any]) -> None:
    assert refusal(http.post("/v1/accounts", json=twilio())).fields[0].place == "name"


def test_an_account_stays_one_of_its_provider(http: httpx.Client, account: dict[str, Any]) -> None:
    answer = http.put(f"/v1/accounts/{account['id']}", json=twilio(provider="email/smtp"))
    assert refusal(answer).code is problems.Code.CONFLICT


@pytest.mark.parametrize(
    "endpoint", ["", "https://api.twilio.com", "http://127.0.0.1:9", "TWIN", "twin.evil.test"]
)
def test_the_sandbox_reaches_nothing_but_twins(http: httpx.Client, endpoint: str) -> None:
    settings = twilio()["settings"] | {"endpoint": endpoint}
    found = refusal(http.post("/v1/accounts", json=twilio(settings=settings)))
    assert found.fields[0].place == "settings.endpoint"
    assert "sandbox" in found.fields[0].message


def test_the_sandboxs_wall_holds_when_the_row_was_changed_behind_our_back(
    served: running.Served, http: httpx.Client, account: dict[str, Any]
) -> None:
    served.sql(
        "UPDATE account SET settings = json_set(settings, '$.endpoint', 'https://api.twilio.com') WHERE id = ?",
        account["id"],
    )
    found = http.post(f"/v1/accounts/{account['id']}/check").json()
    assert not found["good"]
    assert "sandbox" in found["rows"][0]["message"]


def test_other_workspaces_may_go_where_they_like() -> None:
    opening.refuse_outside(server_wire.Environment.PRODUCTION, "")
    with pytest.raises(errors.BadSettings):
        opening.refuse_outside(server_wire.Environment.SANDBOX, "")


def test_a_removed_account_takes_its_secrets_with_it(served: running.Served, http: httpx.Client) -> None:
    made = http.post("/v1/accounts", json=twilio(name="Going")).json()
    assert http.delete(f"/v1/accounts/{made['id']}").status_code == 200
    assert served.sql("SELECT count(*) FROM secret WHERE account = ?", made["id"]) == [(0,)]
    assert refusal(http.get(f"/v1/accounts/{made['id']}")).code is problems.Code.NOT_FOUND
    assert refusal(http.delete(f"/v1/accounts/{made['id']}")).code is problems.Code.NOT_FOUND


def test_a_check_with_a_wrong_key_says_so(http: httpx.Client, account: dict[str, Any]) -> None:
    found = http.post(f"/v1/accounts/{account['id']}/check").json()
    assert not found["good"]
    assert all(row["message"] for row in found["rows"])
    assert any(row["remedy"] for row in found["rows"] if not row["good"])


def test_only_vendors_that_call_back_have_a_door(http: httpx.Client) -> None:
    urls = {row["provider"]: row["receipts_url"] for row in http.get("/v1/accounts").json()["rows"]}
    assert urls["sms/twilio"]
    assert urls["push/apns"] == ""
