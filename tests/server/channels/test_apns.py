"""The rules of Apple push content."""

import json
from typing import Any

import pytest

from server.channels import apns


def faults(*, rendered: bool = True, **fields: Any) -> dict[str, str]:
    """Place to level of all faults."""
    content = apns.ApnsContent(**({"body": "Hello"} | fields))
    return {fault.place: fault.level for fault in apns.check(content, rendered=rendered)}


def test_a_plain_notification_is_without_fault() -> None:
    assert faults(title="News", badge=0, collapse_id="n" * 64, link="app://news") == {}


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"body": " "}, {"body": "error"}),
        ({"badge": -1}, {"badge": "error"}),
        ({"ttl_s": -1}, {"ttl_s": "error"}),
        ({"ttl_s": 2_592_001}, {"ttl_s": "warning"}),
        ({"collapse_id": "n" * 65}, {"collapse_id": "error"}),
        ({"collapse_id": "é"}, {"collapse_id": "error"}),
        ({"collapse_id": "a\r\nb"}, {"collapse_id": "error"}),
        ({"image_url": "http://example.com/a.png"}, {"image_url": "error"}),
        ({"image_url": "https://[broken"}, {"image_url": "error"}),
        ({"link": "app://a b"}, {"link": "error"}),
        ({"data": {"aps": "x"}}, {"data.aps": "error"}),
        ({"interruption_level": "critical"}, {"interruption_level": "warning"}),
        ({"body": "half \ud83d"}, {"body": "error"}),
        ({"push_type": "background"}, {"body": "error", "priority": "error"}),
        ({"push_type": "background", "body": "", "badge": 1, "priority": 5}, {"badge": "error"}),
        ({"push_type": "background", "body": "", "priority": 5}, {}),
    ],
)
def test_each_rule_names_its_place(fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(**fields) == expected


@pytest.mark.parametrize("letter", ["a", "é", "€", "😀", '"'])
def test_the_limit_counts_bytes_of_json_and_leaves_room_for_our_reference(letter: str) -> None:
    step = apns.size(apns.ApnsContent(body=letter * 2)) - apns.size(apns.ApnsContent(body=letter))
    base = apns.size(apns.ApnsContent(body=letter)) - step
    most = (apns.PAYLOAD_LIMIT - base) // step
    assert faults(body=letter * most) == {}
    assert faults(body=letter * (most + 1)) == {"body": "error"}
    sent = apns.payload(apns.ApnsContent(body=letter * most), ref="r" * apns.REF_ROOM)
    assert apns.PAYLOAD_LIMIT - step < len(sent) <= apns.PAYLOAD_LIMIT


def test_before_rendering_only_what_no_value_can_mend_is_an_error() -> None:
    assert faults(rendered=False, body="{{ a }}" + "b" * 4096) == {"body": "warning"}
    assert faults(rendered=False, body="b" * 4096) == {"body": "error"}
    templates = {"collapse_id": "{{ a }}" * 20, "image_url": "{{ url }}", "link": "{{ a b }}"}
    assert faults(rendered=False, **templates) == {}


def test_the_payload_holds_what_apple_and_the_app_read() -> None:
    content = apns.ApnsContent(
        title="Sale",
        body="Now",
        badge=0,
        sound="",
        category="OFFER",
        thread_id="sales",
        interruption_level="passive",
        image_url="https://example.com/a.png",
        link="app://sale",
        data={"id": "7"},
    )
    assert json.loads(apns.payload(content, ref="r-1")) == {
        "aps": {
            "alert": {"title": "Sale", "body": "Now"},
            "badge": 0,
            "category": "OFFER",
            "thread-id": "sales",
            "interruption-level": "passive",
            "mutable-content": 1,
        },
        "image": "https://example.com/a.png",
        "link": "app://sale",
        "id": "7",
        "ref": "r-1",
    }


def test_a_custom_key_never_replaces_what_apple_reads() -> None:
    hostile = apns.ApnsContent(body="x", link="app://a", data={"aps": "gone", "link": "app://b", "ref": "z"})
    sent = json.loads(apns.payload(hostile, ref="r-1"))
    assert sent["aps"]["alert"] == {"body": "x"}
    assert sent["link"] == "app://a"
    assert sent["ref"] == "r-1"


def test_a_background_notification_carries_nothing_to_show() -> None:
    content = apns.ApnsContent(push_type="background", priority=5, data={"sync": "1"})
    assert json.loads(apns.payload(content)) == {"aps": {"content-available": 1}, "sync": "1"}


def test_a_critical_alert_asks_for_its_sound_by_object() -> None:
    content = apns.ApnsContent(body="x", interruption_level="critical")
    aps = json.loads(apns.payload(content))["aps"]
    assert aps["sound"] == {"critical": 1, "name": "default", "volume": 1.0}
