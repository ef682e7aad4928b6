"""Groups, picks and previews in words, without a window."""

import dataclasses
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from console.views.exceptions import model
from console.widgets import figures, paged
from server.wire import exceptions

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _still() -> object:
    figures.set_clock(lambda: NOW)
    yield
    figures.set_clock(None)


def group(**changes: object) -> exceptions.Group:
    """Dead letters of one reason."""
    values: dict[str, object] = {
        "channel": "email",
        "account": 3,
        "account_name": "Mail",
        "provider": "email/smtp",
        "reason": "5.1.1",
        "count": 1200,
        "oldest": NOW - timedelta(hours=2),
        "newest": NOW - timedelta(minutes=1),
        "meaning": "The mailbox does not exist.",
        "remedy": "Suppress the address.",
        "domains": [exceptions.Part(key="a.test", name="a.test", count=1000)],
        "runs": [exceptions.Part(key="7", name="Spring", count=1200)],
        "disposition": "permanent-recipient",
    }
    return exceptions.Group(**(values | changes))  # type: ignore[arg-type]


def preview(**changes: object) -> exceptions.Preview:
    values: dict[str, object] = {
        "messages": 10,
        "sends": 8,
        "skips": [exceptions.Count(reason="suppressed", words="The address is suppressed.", count=2)],
        "left_out": [],
        "lanes": [],
        "seconds": None,
        "twice": 0,
        "changes": [],
        "faults": [],
    }
    return exceptions.Preview(**(values | changes))  # type: ignore[arg-type]


def test_a_group_is_told_apart_by_what_it_is_about_and_not_by_its_numbers() -> None:
    assert model.key_of(group()) == model.key_of(group(count=1))
    assert model.key_of(group()) != model.key_of(group(run=7))


def test_a_group_says_why_where_and_since_when() -> None:
    assert model.title(group()) == "The mailbox does not exist"
    assert model.title(group(meaning="")) == "5.1.1"
    assert model.under(group()) == "Mail · 5.1.1 · 2 h"
    assert "fail again" in model.outlook(group())
    assert model.outlook(group(disposition="")) == ""


def test_the_messages_of_a_group_are_picked_within_what_is_filtered() -> None:
    base = exceptions.Pick(find="ana", run=9)
    assert model.pick_of(group(), base) == msgspec.structs.replace(
        base, channel="email", account=3, reason="5.1.1"
    )
    assert model.pick_of(group(run=4), base, ["a-1-4-1", "a-1-4-2"]).refs == "a-1-4-1,a-1-4-2"
    window = paged.Window(offset=200, limit=100, sort="", generation=1)
    rows = model.rows_of(base, window)
    assert (rows.offset, rows.limit, rows.find, rows.run) == (200, 100, "ana", 9)


def test_a_doubt_says_how_far_its_provider_was_asked() -> None:
    assert model.looked_up(group()) == "not possible with this provider"
    able = group(can_look_up=True)
    assert model.looked_up(able) == "soon, by itself"
    assert model.looked_up(msgspec.structs.replace(able, looked_up=3, to_look_up=1)).startswith(
        "3 asked about"
    )
    facts = model.told(group(run=4, campaign_name="Spring", harmless=2), model.Desk.DOUBT)
    told = {fact[0]: fact[1] for fact in facts}
    assert told["Campaign"] == "Spring, run 4"
    assert told["Repeatable"].startswith("2 can be sent again")


def test_what_is_left_over_of_the_largest_parts_is_counted_too() -> None:
    assert model.parts(group().domains, 1200) == "a.test 1,000, others 200"


def test_a_preview_says_what_is_sent_skipped_and_how_long_it_takes() -> None:
    lane = exceptions.LaneShare(channel="email", account=3, name="Mail", messages=8, rate_per_s=2.0)
    rows = model.foretold(preview(lanes=[lane], seconds=4.0))
    assert rows == [
        ("Sent again", "8 messages"),
        ("Suppressed", "2 skipped. The address is suppressed."),
        ("Leaves by", "Mail: 8, up to 2.0 / s"),
        ("Takes about", "4.0 s"),
    ]
    assert model.foretold(preview())[-1][0] == "Takes"


def test_every_act_has_its_words() -> None:
    assert set(model.DOING) == set(exceptions.Kind)


def test_a_key_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.key_of(group()).run = 2  # type: ignore[misc]
