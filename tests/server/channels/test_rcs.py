"""RCS' rules: every limit at its edge, and the message as it goes over the wire."""

from typing import Any

import msgspec
import pytest

from server.channels import base, rcs
from server.channels.rcs import Card, RcsContent, Suggestion

REPLY = Suggestion(text="Yes")
PICTURE = "https://cdn.northwind.test/a.jpg"


def text(**changes: Any) -> RcsContent:
    return RcsContent(**{"text": "Hello", **changes})


def card(**changes: Any) -> RcsContent:
    return RcsContent(kind="card", cards=[Card(**{"title": "Trail 39", **changes})])


def carousel(count: int = 2, *, width: Any = "MEDIUM", **changes: Any) -> RcsContent:
    one = Card(**{"title": "Trail 39", "media_url": PICTURE, **changes})
    return RcsContent(kind="carousel", cards=[one] * count, card_width=width)


def tap(**changes: Any) -> RcsContent:
    return text(suggestions=[Suggestion(**{"text": "Go", **changes})])


def places(content: RcsContent, *, rendered: bool = True, level: base.Level = "error") -> list[str]:
    return [fault.place for fault in rcs.check(content, rendered=rendered) if fault.level == level]


@pytest.mark.parametrize(
    "content, fault",
    [
        (text(text="x" * 3072), None),
        (text(text="x" * 3073), "text"),
        (text(text=""), "text"),
        (text(text="  "), "text"),
        (text(suggestions=[REPLY] * 11), None),
        (text(suggestions=[REPLY] * 12), "suggestions"),
        (card(title="x" * 200), None),
        (card(title="x" * 201), "cards.0.title"),
        (card(description="x" * 2000), None),
        (card(description="x" * 2001), "cards.0.description"),
        (card(title=""), "cards.0"),
        (card(title="", media_url=PICTURE), None),
        (card(suggestions=[REPLY] * 4), None),
        (card(suggestions=[REPLY] * 5), "cards.0.suggestions"),
        (card(media_url="https://a.test/" + "x" * 2033), None),
        (card(media_url="https://a.test/" + "x" * 2034), "cards.0.media_url"),
        (card(media_url="ftp://a.test/b"), "cards.0.media_url"),
        (card(media_url="https://a.test/b c"), "cards.0.media_url"),
        (card(media_url="https://[a"), "cards.0.media_url"),
        (card(thumbnail_url=PICTURE), "cards.0.thumbnail_url"),
        (card(media_url=PICTURE, thumbnail_url=PICTURE, media_height="TALL"), None),
        (RcsContent(kind="card"), "cards"),
        (RcsContent(kind="card", cards=[Card(title="a")] * 2), "cards"),
        (carousel(1), "cards"),
        (carousel(2), None),
        (carousel(10), None),
        (carousel(11), "cards"),
        (carousel(media_height="TALL"), None),
        (carousel(width="SMALL"), None),
        (carousel(width="SMALL", media_height="TALL", media_url=""), None),
        (text(ttl_s=9), "ttl_s"),
        (text(ttl_s=10), None),
        (text(ttl_s=15 * 86_400), None),
        (text(ttl_s=15 * 86_400 + 1), "ttl_s"),
        (tap(text="x" * 25), None),
        (tap(text="x" * 26), "suggestions.0.text"),
        (tap(text=" "), "suggestions.0.text"),
        (tap(postback="x" * 2048), None),
        (tap(postback="x" * 2049), "suggestions.0.postback"),
        (tap(kind="open_url", url="https://a.test/"), None),
        (tap(kind="open_url", url="https://a.test/" + "x" * 2034), "suggestions.0.url"),
        (tap(kind="open_url", url="javascript:alert(1)"), "suggestions.0.url"),
        (tap(kind="open_url"), "suggestions.0.url"),
        (tap(kind="dial", phone="+442079460000"), None),
        (tap(kind="dial", phone="020 7946 0000"), "suggestions.0.phone"),
        (tap(kind="dial"), "suggestions.0.phone"),
        (tap(kind="share_location"), None),
        (tap(kind="view_location", latitude=52.5, longitude=13.4), None),
        (tap(kind="view_location", label="Northwind, Berlin"), None),
        (tap(kind="view_location"), "suggestions.0"),
        (tap(kind="view_location", latitude=52.5), "suggestions.0"),
        (tap(kind="view_location", latitude=91.0, longitude=0.0), "suggestions.0"),
        (tap(kind="view_location", latitude=float("nan"), longitude=0.0), "suggestions.0"),
    ],
)
def test_every_limit_holds_at_its_edge(content: RcsContent, fault: str | None) -> None:
    assert places(content) == ([] if fault is None else [fault])


def test_a_tall_picture_does_not_fit_a_small_card() -> None:
    tall = carousel(width="SMALL", media_height="TALL")
    assert places(tall) == ["cards.0.media_height", "cards.1.media_height"]


EVENT = {
    "kind": "calendar",
    "title": "Opening",
    "starts_at": "2026-11-27T18:00:00+01:00",
    "ends_at": "2026-11-27T19:00:00Z",
}


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({}, None),
        ({"title": "x" * 100, "description": "x" * 500}, None),
        ({"title": "x" * 101}, "title"),
        ({"title": ""}, "title"),
        ({"description": "x" * 501}, "description"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-11-27"}, "starts_at"),
        ({"starts_at": "2026-11-27T18:00:00"}, "starts_at"),
        ({"ends_at": "2026-11-27T17:00:00Z"}, "ends_at"),
    ],
)
def test_a_calendar_event_has_a_title_and_two_moments_in_order(
    changes: dict[str, str], fault: str | None
) -> None:
    content = tap(**{**EVENT, **changes})
    assert places(content) == ([] if fault is None else [f"suggestions.0.{fault}"])


def test_a_template_is_judged_by_what_no_value_can_mend() -> None:
    long = "{% if vip %}" + "x" * 4000 + "{% endif %}"
    assert places(text(text=long), rendered=False) == []
    assert places(text(text=long), rendered=True) == ["text"]
    assert places(text(text="x" * 4000), rendered=False) == ["text"]
    assert places(tap(kind="dial", phone="{{ shop }}"), rendered=False) == []
    assert places(tap(**{**EVENT, "starts_at": "{{ start }}"}), rendered=False) == []
    assert places(card(media_url="{{ image }}"), rendered=False) == []
    assert places(card(media_url="{{ image }}"), rendered=True) == ["cards.0.media_url"]


def test_what_a_kind_does_not_send_is_a_warning() -> None:
    assert places(text(cards=[Card(title="a")]), level="warning") == ["cards"]
    with_text = msgspec.structs.replace(card(), text="left out")
    assert places(with_text, level="warning") == ["text"]
    assert places(with_text) == []


def test_the_whole_message_has_a_limit_in_bytes() -> None:
    big = Suggestion(kind="open_url", text="Go", postback="é" * 2048, url="https://a.test/" + "x" * 2000)
    content = carousel(10, description="漢" * 2000, suggestions=[big] * 4)
    size = len(rcs.payload(content, ref="r" * rcs.REF_ROOM))
    assert size > rcs.MESSAGE_LIMIT
    assert places(content) == [""]
    assert places(content, rendered=False) == []
    assert places(content, rendered=False, level="warning") == [""]
    smaller = msgspec.structs.replace(content, cards=content.cards[:8])
    assert len(rcs.payload(smaller, ref="r" * rcs.REF_ROOM)) <= rcs.MESSAGE_LIMIT
    assert places(smaller) == []


@pytest.mark.parametrize(
    "content, billing",
    [
        (text(text="x" * 160), ("basic", 160, 1)),
        (text(text="x" * 161), ("single", 161, 2)),
        (text(text="é" * 80), ("basic", 160, 1)),
        (text(text="é" * 81), ("single", 162, 1)),
        (text(text="x", suggestions=[REPLY]), ("single", 1, 1)),
        (text(text="x" * 321), ("single", 321, 3)),
        (card(), ("single", 0, 1)),
    ],
)
def test_a_short_plain_text_is_a_basic_message_by_its_bytes(content: RcsContent, billing: object) -> None:
    assert rcs.billing(content) == billing


def test_a_text_goes_over_the_wire_with_its_traffic_and_life() -> None:
    content = text(traffic="TRANSACTION", ttl_s=3600)
    assert rcs.agent_message(content) == {
        "contentMessage": {"text": "Hello"},
        "messageTrafficType": "TRANSACTION",
        "ttl": "3600s",
    }


def test_a_horizontal_card_says_where_its_picture_stands() -> None:
    content = msgspec.structs.replace(
        card(media_url=PICTURE, thumbnail_url=PICTURE, description="d"),
        orientation="HORIZONTAL",
        image_side="RIGHT",
    )
    assert rcs.agent_message(content)["contentMessage"]["richCard"]["standaloneCard"] == {
        "cardOrientation": "HORIZONTAL",
        "thumbnailImageAlignment": "RIGHT",
        "cardContent": {
            "title": "Trail 39",
            "description": "d",
            "media": {"height": "MEDIUM", "contentInfo": {"fileUrl": PICTURE, "thumbnailUrl": PICTURE}},
        },
    }


def test_a_carousel_has_a_width_and_no_orientation() -> None:
    rich = rcs.agent_message(carousel(2, width="SMALL"))["contentMessage"]["richCard"]
    assert set(rich) == {"carouselCard"}
    assert rich["carouselCard"]["cardWidth"] == "SMALL"
    assert len(rich["carouselCard"]["cardContents"]) == 2


@pytest.mark.parametrize(
    "suggestion, action",
    [
        (
            Suggestion(kind="open_url", text="a", url="https://a.test"),
            {"openUrlAction": {"url": "https://a.test"}},
        ),
        (Suggestion(kind="dial", text="a", phone="+1"), {"dialAction": {"phoneNumber": "+1"}}),
        (Suggestion(kind="share_location", text="a"), {"shareLocationAction": {}}),
        (Suggestion(kind="view_location", text="a", label="here"), {"viewLocationAction": {"query": "here"}}),
        (
            Suggestion(kind="view_location", text="a", label="here", latitude=0.0, longitude=0.0),
            {"viewLocationAction": {"latLong": {"latitude": 0.0, "longitude": 0.0}, "label": "here"}},
        ),
        (
            Suggestion(text="a", **{**EVENT, "description": "d"}),  # type: ignore[arg-type]
            {
                "createCalendarEventAction": {
                    "startTime": EVENT["starts_at"],
                    "endTime": EVENT["ends_at"],
                    "title": "Opening",
                    "description": "d",
                }
            },
        ),
    ],
)
def test_each_action_has_its_own_form(suggestion: Suggestion, action: dict[str, object]) -> None:
    (made,) = rcs.agent_message(text(suggestions=[suggestion]))["contentMessage"]["suggestions"]
    assert made == {"action": {"text": "a", "postbackData": "a", **action}}


def test_our_reference_follows_a_postback_where_there_is_room() -> None:
    def postback(own: str) -> str:
        message = rcs.agent_message(tap(postback=own), ref="t1-1-1")
        (made,) = message["contentMessage"]["suggestions"]
        sent = made["reply"]["postbackData"]
        assert isinstance(sent, str)
        return sent

    assert rcs.split_postback(postback("yes")) == ("yes", "t1-1-1")
    assert rcs.split_postback(postback("a;ref=b")) == ("a;ref=b", "t1-1-1")
    room = rcs.POSTBACK_LIMIT - len(";ref=t1-1-1")
    assert len(postback("x" * room)) == rcs.POSTBACK_LIMIT
    assert postback("x" * (room + 1)) == "x" * (room + 1)
    assert rcs.split_postback("plain") == ("plain", "")


def test_the_payload_is_the_message_as_json() -> None:
    content = tap(postback="é")
    assert msgspec.json.decode(rcs.payload(content, ref="r")) == rcs.agent_message(content, ref="r")
    assert "é".encode() in rcs.payload(content)


def test_every_error_names_a_remedy() -> None:
    bad = RcsContent(
        kind="carousel", cards=[Card(thumbnail_url=PICTURE)], suggestions=[Suggestion(text="")], ttl_s=1
    )
    faults = rcs.check(bad, rendered=True)
    assert len(faults) == 5
    assert all(fault.message.endswith(".") and fault.remedy.endswith(".") for fault in faults)
