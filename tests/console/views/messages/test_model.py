"""Filters, addresses and stories without a window."""

from datetime import UTC, datetime, timedelta

import pytest

from console.views.messages import model, story
from console.widgets import paged
from server.wire import ledger, messages

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def message(**changes: object) -> messages.Message:
    """A message that failed at its second attempt."""
    values: dict[str, object] = {
        "ref": "abcdef-1-7-3",
        "run": 7,
        "seq": 3,
        "campaign": 2,
        "campaign_name": "Spring",
        "channel": "sms",
        "contact": 5,
        "name": "Ana Ruiz",
        "address": "+34600123456",
        "state": ledger.State.FAILED,
        "reason": "30005",
        "attempts": 2,
        "account": 6,
        "account_name": "Twilio EU",
        "provider_ref": "",
        "updated_at": BEGAN,
    }
    return messages.Message(**(values | changes))  # type: ignore[arg-type]


def test_the_whole_equation_asks_for_every_state() -> None:
    assert model.asked({"run": 3, "state": "audience", "group": True}) == model.Filters(run="3")


def test_a_group_is_meant_only_where_a_state_has_later_ones() -> None:
    assert model.asked({"state": "accepted", "group": True}).state == "accepted+"
    assert model.asked({"state": "failed", "group": True}).state == "failed"


def test_filters_become_the_query_of_one_page() -> None:
    window = paged.Window(offset=200, limit=100, sort="-attempts", generation=1)
    ask = model.Filters(find="ana", run="3", state="accepted+", account="x").ask(window)
    assert (ask.offset, ask.limit, ask.sort) == (200, 100, "-attempts")
    assert (ask.find, ask.run, ask.state, ask.group, ask.account) == ("ana", 3, "accepted", True, 0)
    assert model.Filters(tests="only").ask(window).tests == "only"


@pytest.mark.parametrize(
    "channel,address,shown",
    [
        ("apns", "ab" * 32, "abababab…ababab"),
        ("webpush", "https://push.example/w/device-1", "push.example/w/device-1"),
        ("sms", "+34600123456", "+34600123456"),
        ("email", "", "no address"),
    ],
)
def test_an_address_is_shown_by_what_tells_it_apart(channel: str, address: str, shown: str) -> None:
    assert model.address(message(channel=channel, address=address)) == shown


def test_what_was_pasted_picks_the_message_to_that_address_else_one_that_was_sent() -> None:
    rows = [
        message(channel="apns", address="ab" * 32, attempts=0),
        message(channel="email", address="ana@northwind.test"),
        message(channel="sms", provider_ref="SM1"),
    ]
    assert model.best(rows, "+34 600 123-456") == 2
    assert model.best(rows, "ANA@northwind.test") == 1
    assert model.best(rows, "sm1") == 2
    assert model.best(rows, "c-1001") == 1
    assert model.best(rows[:1], "c-1001") == 0


def test_a_story_numbers_its_tries_and_tells_the_gaps_between_events() -> None:
    def event(after_s: float, kind: ledger.EventKind, attempt: int, **detail: str | float) -> ledger.Event:
        at = BEGAN + timedelta(seconds=after_s)
        return ledger.Event(at=at, kind=kind, attempt=attempt, account=6 if attempt else 0, detail=detail)

    kind = ledger.EventKind
    told = model.lines(
        messages.Story(
            message=message(),
            events=[
                event(0, kind.FROZEN, 0),
                event(1, kind.SENDING, 1),
                event(1.2, kind.REFUSED, 1, status=503.0, took_ms=200.0, text="busy"),
                event(31.2, kind.SENDING, 2),
                event(31.3, kind.FAILED, 2, code="30005", text="Unknown destination handset"),
            ],
            content=None,
            content_matches=None,
            variables={},
            receipts=[],
        ),
        {6: "Twilio EU"},
    )
    assert [line.title for line in told] == [
        "Frozen into the run",
        "Handed to the provider · try 1",
        "Refused for now · try 1",
        "Handed to the provider · try 2",
        "Failed · try 2",
    ]
    assert [line.gap for line in told] == ["", "+1.0 s", "+200 ms", "+30 s", "+100 ms"]
    assert told[1].detail == "by Twilio EU"
    assert told[2].detail == "Answer 503.0, after 200 ms\n“busy”"
    assert told[4].mono == "30005"


def test_long_texts_and_lists_of_a_content_get_blocks_of_their_own() -> None:
    content = {"channel": "email", "subject": "Hi", "html": "<p>" + "x" * 400, "badge": None, "ttl_s": 14400}
    assert model.shown(content) == [("Subject", "Hi"), ("Ttl", "4 h 00 min")]
    assert [name for name, _ in model.long(content)] == ["Html"]


@pytest.mark.parametrize(
    "body,shown",
    [
        ('{"a":1}', '{\n  "a": 1\n}'),
        ("To=1&From=2", "To=1\n&From=2"),
        ("[" * 5000, "[" * 5000),
        ("plain", "plain"),
    ],
)
def test_a_receipt_is_made_readable_and_a_hostile_one_is_left_as_it_came(body: str, shown: str) -> None:
    assert story.pretty(body) == shown
