"""WhatsApp's receipts: signatures on the raw bytes, and news read whatever stands beside them."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.providers import base, errors
from server.providers.whatsapp import webhooks
from tests.server.providers import cases

SECRET, VERIFY = b"app_secret_for_tests", b"verify_token_for_tests"
DOOR = webhooks.Door(app_secret=SECRET, verify_token=VERIFY)
VECTORS = json.loads(
    (Path(__file__).parents[4] / "resources" / "reference" / "vectors.json").read_text(encoding="utf-8")
)["meta_x_hub_signature_256_computed_here"]
Kind = base.ReceiptKind


def signed(body: bytes, secret: bytes = SECRET) -> base.Posted:
    header = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return cases.posted(body, headers={"x-hub-signature-256": header})


def changes(*values: object, field: str = "messages") -> bytes:
    made = [{"field": field, "value": value} for value in values]
    post = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": made}]}
    return json.dumps(post).encode()


def read(*values: object, field: str = "messages") -> list[base.Receipt]:
    return DOOR.read(signed(changes(*values, field=field))).receipts


def status(word: str, **more: object) -> dict[str, object]:
    one = {"id": "wamid.A", "status": word, "timestamp": "1795000000", "recipient_id": "447700900123"}
    return {**one, "biz_opaque_callback_data": "t1-1-1", **more}


def incoming(**more: object) -> dict[str, object]:
    return {"from": "447700900123", "id": "wamid.B", "timestamp": "1795000000", **more}


@pytest.mark.parametrize("vector", VECTORS, ids=["ascii", "escaped", "raw UTF-8"])
def test_the_known_signatures_hold(vector: dict[str, str]) -> None:
    body = bytes.fromhex(vector["body_utf8_hex"]) if "body_utf8_hex" in vector else b""
    body = body or (vector.get("body") or vector["body_ascii_escaped"]).encode()
    door = webhooks.Door(app_secret=vector["app_secret"].encode(), verify_token=VERIFY)
    posted = cases.posted(body, headers={"x-hub-signature-256": vector["header"]})
    if "entry" in vector.get("body", ""):
        assert door.read(posted).receipts == []
    else:
        with pytest.raises(errors.BadReceipt):  # signed, but no notification
            door.read(posted)
    with pytest.raises(errors.BadSignature):
        door.read(cases.posted(body + b" ", headers=dict(posted.headers)))


@pytest.mark.parametrize(
    "header",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=é", None],
)
def test_a_wrong_or_missing_signature_is_refused_and_gives_no_hint(header: str | None) -> None:
    headers = {} if header is None else {"x-hub-signature-256": header}
    with pytest.raises(errors.BadSignature) as caught:
        DOOR.read(cases.posted(changes({}), headers=headers))
    assert SECRET.decode() not in cases.shows(caught.value)


def test_a_post_signed_with_another_secret_is_refused() -> None:
    with pytest.raises(errors.BadSignature):
        DOOR.read(signed(changes({}), b"another"))


def challenge(
    mode: str = "subscribe", token: str = VERIFY.decode(), asked: str = "1158201444"
) -> base.Posted:
    url = f"https://desk.test/r/1?hub.mode={mode}&hub.verify_token={token}&hub.challenge={asked}"
    return cases.posted(method="GET", url=url)


def test_the_challenge_is_answered_as_it_came_for_the_right_token_only() -> None:
    answer = DOOR.read(challenge())
    assert (answer.status, answer.body, answer.receipts) == (200, "1158201444", [])
    for posted in (challenge(token="guess"), challenge(token=""), challenge(token="%C3%A9")):
        with pytest.raises(errors.BadSignature):
            DOOR.read(posted)
    for posted in (challenge(mode="unsubscribe"), challenge(asked=""), challenge(asked="9" * 300)):
        with pytest.raises(errors.BadReceipt):
            DOOR.read(posted)


@pytest.mark.parametrize(
    "word, kind",
    [
        ("sent", Kind.ACCEPTED),
        ("delivered", Kind.DELIVERED),
        ("read", Kind.SEEN),
        ("played", Kind.SEEN),
        ("failed", Kind.FAILED),
        ("levitated", Kind.UNKNOWN),
    ],
)
def test_a_status_is_read_by_the_table_and_an_unknown_word_is_kept(word: str, kind: Kind) -> None:
    (receipt,) = read({"statuses": [status(word)]})
    assert receipt.kind is kind
    assert receipt.event_id == f"wamid.A:{word}"
    assert (receipt.ref, receipt.provider_ref, receipt.address) == ("t1-1-1", "wamid.A", "+447700900123")
    assert receipt.at == datetime.fromtimestamp(1795000000, UTC)
    assert json.loads(receipt.raw) == status(word)


@pytest.mark.parametrize("code, suppress", [(131026, True), (131050, True), (131049, False), (130472, False)])
def test_a_failure_says_why_and_suppresses_only_what_is_about_the_person(code: int, suppress: bool) -> None:
    fault = {"code": code, "title": "Title", "message": "Title", "error_data": {"details": "the details"}}
    (receipt,) = read({"statuses": [status("failed", errors=[fault])]})
    assert (receipt.code, receipt.text, receipt.suppress) == (str(code), "Title: the details", suppress)


def test_many_changes_of_one_post_are_read_in_their_order() -> None:
    batch = [
        {"statuses": [status("sent", id=f"wamid.{number}"), status("read", id=f"wamid.{number}")]}
        for number in range(100)
    ]
    receipts = read(*batch)
    assert len(receipts) == 200
    assert [receipt.event_id for receipt in receipts[:3]] == ["wamid.0:sent", "wamid.0:read", "wamid.1:sent"]


def test_one_broken_part_does_not_spoil_its_neighbours() -> None:
    receipts = read({"statuses": [status("sent"), {"status": 7}, "odd", status("read")]}, {"statuses": 5}, [])
    assert [receipt.kind for receipt in receipts] == [
        Kind.ACCEPTED, Kind.UNKNOWN, Kind.UNKNOWN, Kind.SEEN, Kind.UNKNOWN, Kind.UNKNOWN,
    ]  # fmt: skip
    assert receipts[2].raw == b'"odd"'
    assert len({receipt.event_id for receipt in receipts}) == 6


@pytest.mark.parametrize("timestamp", ["soon", "", "9" * 30, 1795000000, "1795000000"])
def test_timestamps_come_as_text_or_number_and_nonsense_is_no_time(timestamp: str | int) -> None:
    (receipt,) = read({"statuses": [status("sent", timestamp=timestamp)]})
    expected = datetime.fromtimestamp(1795000000, UTC) if str(timestamp) == "1795000000" else None
    assert receipt.at == expected


def test_business_scoped_ids_are_no_phone_numbers() -> None:
    (receipt,) = read({"statuses": [status("read", recipient_id="US.13491208655302741918")]})
    assert receipt.address == ""
    assert receipt.ref == "t1-1-1"


@pytest.mark.parametrize(
    "said, kind, text",
    [
        ({"type": "text", "text": {"body": "Thanks"}}, Kind.REPLIED, "Thanks"),
        ({"type": "text", "text": {"body": " Stop. "}}, Kind.UNSUBSCRIBED, " Stop. "),
        ({"type": "text", "text": {"body": "do not stop"}}, Kind.REPLIED, "do not stop"),
        ({"type": "button", "button": {"text": "Unsubscribe", "payload": "p"}}, Kind.UNSUBSCRIBED, "Unsubscribe"),
        ({"type": "button", "button": {"text": "Yes", "payload": "yes"}}, Kind.REPLIED, "Yes"),
        (
            {"type": "interactive", "interactive": {"button_reply": {"id": "1", "title": "Size 39"}}},
            Kind.REPLIED,
            "Size 39",
        ),
        ({"type": "image", "image": {"id": "7"}}, Kind.REPLIED, "image"),
        ({"type": "reaction", "reaction": {"emoji": "👍"}}, Kind.REPLIED, "reaction"),
        ({"type": "system", "system": {"body": "changed number"}}, Kind.UNKNOWN, "system"),
        ({"type": "unsupported"}, Kind.UNKNOWN, "unsupported"),
        ({"type": "hologram"}, Kind.UNKNOWN, "hologram"),
    ],
)  # fmt: skip
def test_what_a_person_says_is_a_reply_and_only_a_whole_stop_an_opt_out(
    said: dict[str, object], kind: Kind, text: str
) -> None:
    (receipt,) = read({"messages": [incoming(context={"id": "wamid.A"}, **said)]})
    assert (receipt.kind, receipt.text) == (kind, text)
    assert receipt.suppress is (kind is Kind.UNSUBSCRIBED)
    assert (receipt.provider_ref, receipt.address) == ("wamid.A", "+447700900123")
    assert receipt.event_id == "wamid.B:in"


def test_a_long_reply_is_cut() -> None:
    (receipt,) = read({"messages": [incoming(type="text", text={"body": "x" * 4096})]})
    assert len(receipt.text) == webhooks.TEXT_LIMIT


@pytest.mark.parametrize("value, kind", [("stop", Kind.UNSUBSCRIBED), ("resume", Kind.UNKNOWN)])
def test_a_marketing_preference_is_an_opt_out_only_when_it_stops(value: str, kind: Kind) -> None:
    wish = {"wa_id": "447700900123", "detail": "User requested", "value": value, "timestamp": 1795000000}
    (receipt,) = read({"user_preferences": [wish]}, field="user_preferences")
    assert (receipt.kind, receipt.suppress) == (kind, kind is Kind.UNSUBSCRIBED)
    assert receipt.address == "+447700900123"


def test_news_of_the_account_are_kept_as_unknown() -> None:
    update = {"event": "APPROVED", "message_template_name": "spring_drop"}
    (receipt,) = read(update, field="message_template_status_update")
    assert (receipt.kind, receipt.text) == (Kind.UNKNOWN, "message_template_status_update")
    assert json.loads(receipt.raw) == update
    (again,) = read(update, field="message_template_status_update")
    assert again.event_id == receipt.event_id
    (fault,) = read({"errors": [{"code": 131031, "title": "Account locked"}]})
    assert (fault.kind, fault.code, fault.text) == (Kind.UNKNOWN, "131031", "Account locked")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"not json", b'{"entry": 7}', b'{"entry": [{"changes": [{"field": "messages"}]}]}',
        b"[" * 100_000, b'{"entry": ' + b"[" * 100_000, b'{"entry": "\xff\xfe"}',
    ],
    ids=range(10),
)  # fmt: skip
def test_a_signed_post_that_is_no_notification_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(errors.BadReceipt):
        DOOR.read(signed(body))


DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    "value",
    [DEEP, b'{"statuses":[{"id":"\xff"}]}', b'{"statuses":' + DEEP + b"}", b'{"statuses":[' + DEEP + b"]}"],
    ids=["deep", "bad text", "deep list", "deep part"],
)
def test_a_hostile_value_is_kept_or_refused_but_never_breaks_the_door(value: bytes) -> None:
    body = b'{"entry":[{"changes":[{"field":"messages","value":' + value + b"}]}]}"
    try:
        receipts = DOOR.read(signed(body)).receipts
    except errors.BadReceipt:
        return
    assert {receipt.kind for receipt in receipts} == {Kind.UNKNOWN}
