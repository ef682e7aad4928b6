"""How a workspace launches: kept, and refused with its place."""

from typing import Any

import httpx
import pytest

from server.wire import flow
from server.wire import server as wire_server
from tests.support import served as running


def test_a_workspaces_way_to_launch_is_kept(http: httpx.Client) -> None:
    assert http.put("/v1/flow", json={"typed_above": 50, "delay_s": 20}).status_code == 200
    assert http.get("/v1/flow").json() == {"typed_above": 50, "delay_s": 20}
    assert http.put("/v1/flow", json={"typed_above": None, "delay_s": 0}).json()["typed_above"] is None
    http.put("/v1/flow", json={"typed_above": 1000, "delay_s": 0})


def test_only_the_sandbox_starts_at_once_until_it_is_told_otherwise(served: running.Served) -> None:
    with served.client() as asked:
        ask = wire_server.AddWorkspace(name="For real", environment=wire_server.Environment.PRODUCTION)
        asked.work_in(str(asked.call(wire_server.ADD_WORKSPACE, ask).workspace.id))
        assert asked.call(flow.SHOW) == flow.Flow(typed_above=1000, delay_s=30)
    with running.folder() as data, running.serve(data) as fresh, fresh.client() as asked:
        assert asked.call(flow.SHOW) == flow.Flow(typed_above=1000, delay_s=0)


@pytest.mark.parametrize(
    "ask, place",
    [
        ({"typed_above": -1, "delay_s": 0}, "typed_above"),
        ({"typed_above": 1, "delay_s": -1}, "delay_s"),
        ({"typed_above": 1, "delay_s": 4000}, "delay_s"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    http: httpx.Client, ask: dict[str, Any], place: str
) -> None:
    answer = http.put("/v1/flow", json=ask)
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["fields"]] == [place]
