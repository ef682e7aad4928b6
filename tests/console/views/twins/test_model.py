"""What a device makes of an arrival, and of one that is not what it should be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from console.views.twins import model
from server.wire import twins


def arrived(channel: str, shown: dict[str, Any], *, body: str = "", text: str = "") -> twins.Arrived:
    """Something a twin was handed."""
    return twins.Arrived(
        arrival=twins.Arrival(
            id=1,
            at=datetime(2026, 11, 20, tzinfo=UTC),
            twin=f"{channel}/x",
            channel=channel,
            to="+34600123456",
            ref="abcdef-1-1-1",
            provider_ref="X1",
            outcome="delivered",
            title="Northwind",
            text=text,
            image="",
            count=1,
        ),
        wire={},
        body=body,
        shown=shown,
    )


def test_a_notification_has_title_subtitle_and_body() -> None:
    alert = {"title": "Drop", "subtitle": "Members", "body": "Now"}
    device = model.device(arrived("apns", {"aps": {"alert": alert, "badge": 3}}))
    assert device.cards == (model.Card(title="Drop", subtitle="Members", body="Now"),)
    assert device.note == "Badge 3"


def test_an_sms_says_its_segments() -> None:
    device = model.device(arrived("sms", {"from": "+1", "body": "Hi", "encoding": "GSM-7", "segments": 2}))
    assert (device.sender, device.note) == ("+1", "GSM-7, 2 segments")


def test_segments_that_are_no_number_are_not_told() -> None:
    assert model.device(arrived("sms", {"body": "Hi", "segments": "many"})).note == ""


def test_a_carousel_is_cards_with_their_own_suggestions() -> None:
    card = {"title": "Shell", "description": "310 g", "image": "https://x/a.jpg", "suggestions": ["Look"]}
    device = model.device(arrived("rcs", {"text": "", "cards": [card, card], "suggestions": ["All"]}))
    assert [one.title for one in device.cards] == ["Shell", "Shell"]
    assert device.cards[0].buttons == ("Look",)
    assert device.chips == ("All",)


def test_a_letter_is_read_by_its_plain_text() -> None:
    shown = {"subject": "Drop", "from": "Northwind <n@x>", "html": "<p>Hi</p>"}
    device = model.device(arrived("email", shown, body="Hi\r\nthere\r\n"))
    assert device.cards[0].body == "Hi\nthere"


@pytest.mark.parametrize("channel", ["apns", "webpush", "email", "sms", "whatsapp", "rcs", "carrier-pigeon"])
@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"aps": 7, "actions": "x", "buttons": {"a": 1}, "cards": [1, None], "suggestions": [{}], "body": []},
        {"aps": {"alert": []}, "from": None, "segments": "many", "html": 4},
    ],
)
def test_whatever_a_twin_tells_something_can_be_shown(channel: str, shown: dict[str, Any]) -> None:
    device = model.device(arrived(channel, shown, text="Only this"))
    assert any(card.body == "Only this" for card in device.cards)


def test_a_code_is_an_outcome_by_itself() -> None:
    assert model.look("21211").word == "21211"
    assert model.look("21211").tone == "bad"
    assert model.look("").word == "Unknown"


def test_magic_recipients_are_found_by_word_and_by_deed() -> None:
    rows = [
        twins.Magic(word="dead", channel="sms", address="+1", does="is refused at once: no such recipient"),
        twins.Magic(word="seen", channel="sms", address="+2", does="is delivered, then opened"),
        twins.Magic(word="dead", channel="email", address="d@x", does="is refused at once"),
    ]
    assert [row.address for row in model.magic_of(rows, "sms", "")] == ["+1", "+2"]
    assert [row.address for row in model.magic_of(rows, "sms", "Refused")] == ["+1"]
