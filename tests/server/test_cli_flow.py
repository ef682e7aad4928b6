"""The campaign flow by the command line: tests, copies, tags, the archive, prices, the way to launch."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import client
from server.channels import contents
from server.commands import agreeing, output
from server.wire import audiences, campaigns, flow
from tests.support import served as running

QA = "+14155550177"


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    with served.client() as asked:
        yield asked


@pytest.fixture(scope="module")
def campaign(server: client.Client) -> str:
    """A draft's name."""
    rows = b"key,name,phone\nzoe,Zoe,+13032000071\n"
    begun = server.upload(audiences.IMPORT, audiences.ImportAsk(file="z.csv", audience="Zoes"), [rows])
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    chosen = campaigns.Contents(sms=contents.Sms(body="Hello {{ name }}"))
    name = "By the command line"
    server.call(campaigns.CREATE, campaigns.SaveCampaign(name=name, audience=begun.audience, contents=chosen))
    return name


def test_a_test_is_sent_and_its_answer_told(ours: Any, campaign: str) -> None:
    sent = ours("campaign", "test", campaign, "--channel", "sms", "--to", QA, "--as", "zoe")
    assert sent.code == output.OK, sent.err
    assert QA in sent.out
    assert "Zoe" in sent.out
    listed = ours("campaign", "tests", campaign, "--json")
    assert [row["address"] for row in listed.json["rows"]] == [QA]


def test_a_test_that_is_refused_by_the_provider_is_bad_news(ours: Any, campaign: str) -> None:
    sent = ours("campaign", "test", campaign, "--channel", "sms", "--to", "+15005550009")
    assert sent.code == output.BAD_NEWS
    assert "failed" in sent.out


def test_a_test_to_nobody_is_refused(ours: Any, campaign: str) -> None:
    sent = ours("campaign", "test", campaign, "--channel", "sms", "--to", "nobody")
    assert sent.code == output.REFUSED
    assert "to.0" in sent.err


def test_campaigns_are_copied_tagged_and_archived(ours: Any, campaign: str) -> None:
    made = ours("campaign", "clone", campaign, "--name", "Second one", "--json").json
    assert made["status"] == "draft"
    assert (
        ours("campaign", "tag", campaign, "Second one", "--add", "june").out == "2 campaigns tagged 'june'.\n"
    )
    names = [row["name"] for row in ours("campaign", "list", "--tag", "june", "--json").json["rows"]]
    assert sorted(names) == [campaign, "Second one"]
    assert ours("campaign", "archive", "Second one").out == "1 campaign archived.\n"
    assert ", tagged june, archived" in ours("campaign", "show", "Second one").out
    assert len(ours("campaign", "list", "--tag", "june", "--json").json["rows"]) == 1
    again = ours("campaign", "archive", "Second one")
    assert (again.code, "already" in again.err) == (output.BAD_NEWS, True)
    assert ours("campaign", "unarchive", "Second one").code == output.OK
    assert ours("campaign", "tag", campaign, "Second one", "--remove", "june").code == output.OK


def test_prices_are_set_listed_taken_and_removed(ours: Any, tmp_path: Path) -> None:
    assert ours("price", "set", "sms", "de", "0.075", "eur").code == output.OK
    assert "DE" in ours("price", "list").out
    file = tmp_path / "prices.csv"
    file.write_text("channel,country,amount,currency\nrcs,*,0.02,EUR\n")
    rows = ours("price", "import", file, "--replace", "--json").json["rows"]
    assert [row["channel"] for row in rows] == ["rcs"]
    assert ours("price", "remove", "rcs", "*", "--json").json["rows"] == []
    assert ours("price", "import", tmp_path / "none.csv").code == output.USAGE


def test_the_way_to_launch_is_set_in_part(ours: Any) -> None:
    assert "30 s" in ours("flow", "set", "--delay", 30).out
    said = ours("flow", "set", "--delay", 0, "--typed-above", "never", "--json")
    assert json.loads(said.out) == {"typed_above": None, "delay_s": 0}
    assert "at once" in ours("flow", "show").out
    assert "above 1,000" in ours("flow", "set", "--typed-above", 1000).out
    assert ours("flow", "set", "--typed-above", "many").code == output.USAGE


@pytest.mark.parametrize("said, expected", [("7", 7), ("7 ", 7)])
def test_a_large_launch_at_a_terminal_asks_for_the_number(said: str, expected: int) -> None:
    assert agreeing.people(Far(people=7, typed_above=3), 1, None, Terminal(said)) == expected


def test_a_wrong_number_launches_nothing() -> None:
    with pytest.raises(output.Misused):
        agreeing.people(Far(people=7, typed_above=3), 1, None, Terminal("8"))


def test_small_launches_and_scripts_are_not_asked() -> None:
    assert agreeing.people(Far(people=3, typed_above=3), 1, None, Terminal("no")) is None
    assert agreeing.people(Far(people=7, typed_above=None), 1, None, Terminal("no")) is None
    assert agreeing.people(Far(people=7, typed_above=3), 1, 5, Terminal("no")) == 5
    assert agreeing.people(Far(people=7, typed_above=3), 1, None, Terminal(None)) is None


class Far(client.Client):
    """The far side of the socket: an estimate and a way to launch."""

    def __init__(self, *, people: int, typed_above: int | None) -> None:
        self._people, self._typed_above = people, typed_above

    def call(self, bound: Any, ask: Any = None, **slots: Any) -> Any:
        if bound is flow.SHOW:
            return flow.Flow(typed_above=self._typed_above)
        return campaigns.Estimate(people=self._people, messages=0, channels=[], faults=[])


class Terminal(output.Output):
    """Somebody who types this, or nobody."""

    def __init__(self, said: str | None) -> None:
        super().__init__()
        self._said = said

    def typed(self, question: str) -> str | None:
        return self._said.strip() if self._said is not None else None
