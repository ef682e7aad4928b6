"""Copies, tags and the archive of campaigns: by the API, with exact counts, and taken back exactly."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from server import client
from server.channels import contents
from server.wire import campaigns, limits, policies, problems, shelf
from tests.support import served as running

A = shelf.Act
Make = Callable[..., campaigns.Campaign]


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    with served.client() as asked:
        yield asked


@pytest.fixture
def make(server: client.Client) -> Make:
    def made(name: str, *tags: str) -> campaigns.Campaign:
        chosen = campaigns.Contents(sms=contents.Sms(body="Hello"))
        draft = server.call(campaigns.CREATE, campaigns.SaveCampaign(name=name, contents=chosen))
        return server.call(shelf.SAVE_TAGS, shelf.SaveTags(tags=list(tags)), campaign=draft.id)

    return made


def listed(server: client.Client, *, tag: str = "", archived: str = "") -> set[str]:
    ask = campaigns.CampaignQuery(limit=500, tag=tag, archived=archived)
    return {row.name for row in server.call(campaigns.LIST, ask).rows}


def test_a_clone_has_all_that_a_campaign_has_and_is_a_draft(server: client.Client) -> None:
    rules = policies.Policy(caps=[policies.Cap(most=2, hours=24)])
    rates = [limits.Rate(count=50, per_s=1)]
    ask = campaigns.SaveCampaign(
        name="Spring",
        contents=campaigns.Contents(sms=contents.Sms(body="Hello")),
        priority=limits.Priority.TRANSACTIONAL,
        limits=rates,
        policy=rules,
    )
    draft = server.call(campaigns.CREATE, ask)
    server.call(shelf.SAVE_TAGS, shelf.SaveTags(tags=["season"]), campaign=draft.id)
    made = server.call(shelf.CLONE, shelf.Clone(), campaign=draft.id)
    assert made.id != draft.id
    assert (made.name, made.status, made.run) == ("Spring (copy)", campaigns.Status.DRAFT, None)
    assert (made.contents, made.policy, made.limits) == (draft.contents, rules, rates)
    assert (made.priority, made.tags) == (limits.Priority.TRANSACTIONAL, ["season"])
    assert server.call(shelf.CLONE, shelf.Clone(name="Summer"), campaign=draft.id).name == "Summer"
    long = server.call(shelf.CLONE, shelf.Clone(name="x" * 200), campaign=draft.id)
    assert len(server.call(shelf.CLONE, shelf.Clone(), campaign=long.id).name) == 200


def test_the_list_is_filtered_by_tag_and_tags_are_counted(server: client.Client, make: Make) -> None:
    make("Tagged one", "autumn", "news")
    make("Tagged two", "autumn")
    assert listed(server, tag="autumn") == {"Tagged one", "Tagged two"}
    counts = {row.name: row.campaigns for row in server.call(shelf.TAGS).rows}
    assert (counts["autumn"], counts["news"]) == (2, 1)


def test_archived_campaigns_leave_the_list_and_come_back(server: client.Client, make: Make) -> None:
    one, two = make("Old one", "old"), make("Old two", "old")
    done = server.call(shelf.ACT, shelf.Shelve(act=A.ARCHIVE, campaigns=[one.id, two.id, one.id]))
    assert (done.changed, done.left) == ([one.id, two.id], [])
    assert listed(server, tag="old") == set()
    assert listed(server, tag="old", archived="only") == {"Old one", "Old two"}
    assert listed(server, tag="old", archived="all") == {"Old one", "Old two"}
    assert server.call(campaigns.SHOW, campaign=one.id).archived
    again = server.call(shelf.ACT, shelf.Shelve(act=A.ARCHIVE, campaigns=[one.id, 99_999]))
    assert again.changed == []
    assert [left.why for left in again.left] == ["it is in the archive already", "it is not there any more"]
    server.call(shelf.ACT, shelf.Shelve(act=A.UNARCHIVE, campaigns=done.changed))
    assert listed(server, tag="old") == {"Old one", "Old two"}


def test_a_tag_is_given_and_taken_with_exact_counts(server: client.Client, make: Make) -> None:
    one, two = make("First", "winter"), make("Second")
    done = server.call(shelf.ACT, shelf.Shelve(act=A.TAG, campaigns=[one.id, two.id], tag=" winter "))
    assert done.changed == [two.id]
    assert [left.campaign for left in done.left] == [one.id]
    server.call(shelf.ACT, shelf.Shelve(act=A.UNTAG, campaigns=done.changed, tag="winter"))
    assert listed(server, tag="winter") == {"First"}


def test_what_is_scheduled_is_not_archived(server: client.Client, served: running.Served, make: Make) -> None:
    busy = make("Busy")
    served.sql("UPDATE campaign SET status = 'scheduled' WHERE id = ?", busy.id)
    done = server.call(shelf.ACT, shelf.Shelve(act=A.ARCHIVE, campaigns=[busy.id]))
    assert done.changed == []
    assert "schedule" in done.left[0].why


@pytest.mark.parametrize("tag", ["", "  ", "x" * 41, "two\nlines\x00"])
def test_a_tag_is_a_word_or_two(server: client.Client, make: Make, tag: str) -> None:
    with pytest.raises(problems.Refused) as refused:
        server.call(shelf.SAVE_TAGS, shelf.SaveTags(tags=[tag]), campaign=make("Odd").id)
    assert refused.value.problem.fields[0].place == "tags.0"


@pytest.mark.parametrize("asked", ["campaigns?archived=maybe", "messages?tests=maybe"])
def test_a_filter_nobody_knows_is_refused(http: httpx.Client, asked: str) -> None:
    answer = http.get(f"/v1/{asked}")
    assert answer.status_code == 422
    assert "maybe" in answer.json()["title"]
