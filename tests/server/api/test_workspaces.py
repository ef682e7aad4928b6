"""Workspaces: what is done in one is nowhere in the other, and only the sandbox is walled in."""

from collections.abc import Iterator

import pytest

from server import client
from server.wire import audiences, campaigns, endpoint, problems, providers
from server.wire import server as wire
from tests.support import served as running

GATEWAY = providers.SaveAccount(
    name="Our gateway",
    provider="sms/twilio",
    settings={
        "account_sid": "AC" + "0" * 32,
        "sender": "+14155550100",
        "endpoint": "https://127.0.0.1:9",
    },
    secrets={"auth_token": "f" * 32},
)


@pytest.fixture(scope="module")
def production(served: running.Served) -> Iterator[client.Client]:
    """A client that works in a production workspace."""
    with served.client() as server:
        ask = wire.AddWorkspace(name="Northwind", environment=wire.Environment.PRODUCTION)
        made = server.call(wire.ADD_WORKSPACE, ask).workspace
        server.work_in(str(made.id))
        yield server


def test_a_new_workspace_is_listed_and_says_who_it_is(
    served: running.Served, production: client.Client
) -> None:
    with served.client() as sandbox:
        listed = sandbox.call(wire.WORKSPACES).rows
        assert (listed[0].name, listed[0].environment.value) == ("Sandbox", "sandbox")
        assert sandbox.call(wire.ABOUT).workspace.name == "Sandbox"
    about = production.call(wire.ABOUT)
    assert (about.workspace.name, about.workspace.environment.value) == ("Northwind", "production")


def test_a_gateway_of_ones_own_can_be_added_outside_the_sandbox_and_is_nowhere_in_it(
    served: running.Served, production: client.Client
) -> None:
    with served.client() as sandbox, pytest.raises(problems.Refused, match="nothing but the twins"):
        sandbox.call(providers.CREATE, GATEWAY)
    made = production.call(providers.CREATE, GATEWAY)
    assert [row.name for row in production.call(providers.LIST).rows] == ["Our gateway"]
    assert made.receipts_url
    with served.client() as sandbox:
        assert "Our gateway" not in {row.name for row in sandbox.call(providers.LIST).rows}
    checked = production.call(providers.CHECK, account=made.id)
    assert not checked.good  # nobody listens there, and that is said in words
    assert all(row.message for row in checked.rows)


def test_people_and_campaigns_of_one_workspace_are_not_in_the_other(
    served: running.Served, production: client.Client
) -> None:
    ask = audiences.ImportAsk(file="members.csv")
    started = production.upload(audiences.IMPORT, ask, [b"key,email\nonly-here,only@example.com\n"])
    running.until(
        lambda: production.call(audiences.IMPORTED, id=started.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    draft = production.call(
        campaigns.CREATE, campaigns.SaveCampaign(name="Only here", audience=started.audience)
    )
    assert [row.name for row in production.call(campaigns.LIST, campaigns.CampaignQuery()).rows] == [
        "Only here"
    ]
    with served.client() as sandbox:
        found = sandbox.call(audiences.CONTACTS, audiences.ContactQuery(find="only@example.com"))
        assert found.total == 0
        listed = sandbox.call(campaigns.LIST, campaigns.CampaignQuery(find="Only here"))
        assert listed.total == 0
    assert draft.audience_name


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (wire.AddWorkspace(name=" ", environment=wire.Environment.STAGING), "name"),
        (wire.AddWorkspace(name="x" * 61, environment=wire.Environment.STAGING), "name"),
        (wire.AddWorkspace(name="Second", environment=wire.Environment.SANDBOX), "environment"),
    ],
)
def test_a_workspace_that_cannot_be_is_refused_at_its_place(
    served: running.Served, ask: wire.AddWorkspace, sentence: str
) -> None:
    with served.client() as server, pytest.raises(problems.Refused) as refused:
        server.call(wire.ADD_WORKSPACE, ask)
    assert [fault.place for fault in refused.value.problem.fields] == [sentence]


def test_two_workspaces_cannot_share_a_name(served: running.Served) -> None:
    with served.client() as server, pytest.raises(problems.Refused, match="already"):
        server.call(
            wire.ADD_WORKSPACE, wire.AddWorkspace(name="sandbox", environment=wire.Environment.STAGING)
        )


@pytest.mark.parametrize("named", ["99", "0", "-1", "x", "1.0", "٣", "9" * 40])
def test_a_workspace_that_is_not_there_is_a_404(served: running.Served, named: str) -> None:
    with served.http() as http:
        answer = http.get("/v1/about", headers=[(endpoint.WORKSPACE.encode(), named.encode())])
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
