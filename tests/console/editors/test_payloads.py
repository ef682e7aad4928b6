"""A push as JSON and back: what the fields hold is what is read, and what no field holds is refused in words."""

import json
from typing import Any

import pytest

from console.widgets.editors import checking, payloads
from server.channels import apns, base, contents, webpush

APNS = apns.ApnsContent(
    title="Hi {{ first_name }}",
    subtitle="Sub",
    body="“Text” \N{PARTY POPPER}",
    badge=3,
    sound="bell.caf",
    category="ORDER",
    thread_id="t1",
    interruption_level="time-sensitive",
    image_url="https://a.test/i.png",
    link="app://x",
    data={"order": "7"},
    ttl_s=60,
    collapse_id="c",
)
WEB = webpush.WebPushContent(
    title="Hi",
    body="Text",
    icon="https://a.test/i.png",
    url="/x",
    actions=[webpush.Action(action="go", title="Go", url="/go"), webpush.Action(action="no", title="No")],
    data={"a": "b"},
    require_interaction=True,
    topic="t",
)


@pytest.mark.parametrize(
    "channel, content",
    [
        ("apns", APNS),
        ("apns", apns.ApnsContent(title="x", interruption_level="critical", sound="loud.caf")),
        ("apns", apns.ApnsContent(title="x", sound="")),
        ("apns", apns.ApnsContent(push_type="background", priority=5, data={"wake": "1"})),
        ("webpush", WEB),
        ("webpush", webpush.WebPushContent(title="x")),
    ],
)
def test_what_is_written_is_read_as_the_same_content(channel: str, content: base.Content) -> None:
    assert isinstance(content, apns.ApnsContent | webpush.WebPushContent)
    fields = checking.plain(content)
    assert checking.content(channel, payloads.read(channel, payloads.written(content), fields)) == content


def test_what_travels_outside_of_the_json_stays() -> None:
    fields = checking.plain(APNS)
    read = payloads.read("apns", '{"aps": {"alert": "Only this"}}', fields)
    assert (read["body"], read["title"], read["badge"], read["data"]) == ("Only this", "", None, {})
    assert (read["ttl_s"], read["collapse_id"], read["priority"]) == (60, "c", 10)


@pytest.mark.parametrize(
    "channel, words, said",
    [
        ("apns", '{"aps": {"alert": {"title" "x"}}}', "Line 1 is no JSON"),
        ("apns", '{\n"aps": {,}}', "Line 2"),
        ("apns", "[]", "an object"),
        ("apns", '{"aps": {"alert": {"titel": "x"}}}', "has no “titel”"),
        ("apns", '{"aps": {"badge": "1"}}', "whole number"),
        ("apns", '{"aps": {"badge": true}}', "whole number"),
        ("apns", '{"aps": {"interruption-level": "loud"}}', "is one of passive"),
        ("apns", '{"aps": {"sound": {"critical": 1, "name": "x", "volume": 1.0}}}', "belongs to"),
        ("apns", '{"aps": {}, "n": 5}', "“n” is a text"),
        ("apns", '{"aps": {}, "ref": "x"}', "Heliograph's own"),
        ("apns", '{"a": "1", "a": "2"}', "stands twice"),
        ("apns", "[" * 100_000, "cannot be read"),
        ("webpush", '{"title": "x", "vibrate": []}', "has no “vibrate”"),
        ("webpush", '{"title": NaN}', "is a text"),
        ("webpush", '{"actions": {}}', "is a list"),
        ("webpush", '{"actions": [{"title": 1}]}', "“actions.0.title” is a text"),
        ("webpush", '{"requireInteraction": 1}', "true or false"),
    ],
)
def test_json_that_no_field_holds_is_refused_in_words(channel: str, words: str, said: str) -> None:
    with pytest.raises(payloads.Unreadable, match=said):
        payloads.read(channel, words, checking.blank(channel))


@pytest.mark.parametrize("value", [None, 1, [], {}, "x", True, 1.5])
@pytest.mark.parametrize("key", ["alert", "badge", "sound", "category", "interruption-level"])
def test_any_value_under_any_key_is_read_or_refused_and_never_breaks_the_content(
    key: str, value: Any
) -> None:
    try:
        read = payloads.read("apns", json.dumps({"aps": {key: value}}), checking.blank("apns"))
    except payloads.Unreadable:
        return
    assert isinstance(checking.content("apns", read), contents.Apns)
