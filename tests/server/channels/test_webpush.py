"""The rules of browser push content."""

import json
from typing import Any

import pytest

from server.channels import webpush


def faults(*, rendered: bool = True, **fields: Any) -> dict[str, str]:
    """Place to level of all faults."""
    content = webpush.WebPushContent(**({"title": "News"} | fields))
    return {fault.place: fault.level for fault in webpush.check(content, rendered=rendered)}


def action(name: str = "open", title: str = "Open", url: str = "") -> webpush.Action:
    return webpush.Action(action=name, title=title, url=url)


def test_a_plain_notification_is_without_fault() -> None:
    assert faults(icon="/icon.png", url="https://example.com/?a=1", topic="t" * 32, actions=[action()]) == {}


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"title": " "}, {"title": "error"}),
        ({"icon": "http://example.com/i.png"}, {"icon": "error"}),
        ({"url": "javascript:alert(1)"}, {"url": "error"}),
        ({"url": "//elsewhere.example/a"}, {"url": "error"}),
        ({"image": "https://example.com/a b"}, {"image": "error"}),
        ({"ttl_s": -1}, {"ttl_s": "error"}),
        ({"ttl_s": 2_419_201}, {"ttl_s": "error"}),
        ({"topic": "t" * 33}, {"topic": "error"}),
        ({"topic": "a+b"}, {"topic": "error"}),
        ({"topic": "a\n"}, {"topic": "error"}),
        ({"actions": [action("a"), action("b"), action("c")]}, {"actions": "warning"}),
        ({"actions": [action(), action()]}, {"actions.1.action": "error"}),
        (
            {"actions": [action(""), action("b", "")]},
            {"actions.0.action": "error", "actions.1.title": "error"},
        ),
        ({"actions": [action(url="ftp://example.com")]}, {"actions.0.url": "error"}),
        ({"body": "b" * 2600}, {"body": "warning"}),
        ({"body": "half \ud83d"}, {"body": "error"}),
    ],
)
def test_each_rule_names_its_place(fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(**fields) == expected


def test_the_limit_is_what_one_sealed_record_holds() -> None:
    room = webpush.PAYLOAD_LIMIT - webpush.size(webpush.WebPushContent(title="News", body="b")) + 1
    assert faults(body="b" * room) == {"body": "warning"}
    assert faults(body="b" * (room + 1)) == {"body": "error"}


def test_before_rendering_only_what_no_value_can_mend_is_an_error() -> None:
    assert faults(rendered=False, body="{{ a }}" + "b" * 4096) == {"body": "warning"}
    assert faults(rendered=False, body="b" * 4096) == {"body": "error"}
    assert faults(rendered=False, topic="{{ a }}" * 9, url="{{ url }}", title="{{ name }}") == {}


def test_the_payload_holds_what_the_service_worker_reads_and_no_more() -> None:
    bare = webpush.WebPushContent(title="Hi")
    assert json.loads(webpush.payload(bare)) == {"title": "Hi"}
    full = webpush.WebPushContent(
        title="Hi",
        body="there",
        url="/a",
        actions=[action(url="/b"), action("no", "No")],
        data={"k": "v"},
        require_interaction=True,
    )
    assert json.loads(webpush.payload(full, ref="r-1")) == {
        "title": "Hi",
        "body": "there",
        "url": "/a",
        "actions": [{"action": "open", "title": "Open", "url": "/b"}, {"action": "no", "title": "No"}],
        "data": {"k": "v"},
        "requireInteraction": True,
        "ref": "r-1",
    }
