"""RCS receipts: the signature over the decoded data, and every kind of news Google sends."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.providers import base, errors
from server.providers.rcs import webhooks
from tests.server.providers import cases

VECTOR = json.loads(
    (Path(__file__).parents[4] / "resources" / "reference" / "vectors.json").read_text(encoding="utf-8")
)["google_rbm_computed_here"]
TOKEN = VECTOR["client_token"]
DOOR = webhooks.Door(client_token=TOKEN.encode())
TO = "+447700900123"
SENT = {"sendTime": "2026-11-20T08:00:00.123456789Z", "agentId": "a"}
Kind = base.ReceiptKind


def signed(data: bytes, token: str = TOKEN) -> base.Posted:
    signature = base64.b64encode(hmac.new(token.encode(), data, hashlib.sha512).digest()).decode()
    return posted(base64.b64encode(data).decode(), signature)


def posted(encoded: str, signature: str) -> base.Posted:
    body = {"message": {"data": encoded, "messageId": "1", "publishTime": "2026-11-20T08:00:00Z"}}
    return cases.posted(json.dumps(body).encode(), headers={"x-goog-signature": signature})


def read(news: object) -> base.Receipt:
    answer = DOOR.read(signed(json.dumps(news).encode()))
    assert (answer.status, answer.body) == (200, "")
    (receipt,) = answer.receipts
    return receipt


def test_the_known_signature_holds() -> None:
    known = posted(VECTOR["message_data_base64"], VECTOR["x_goog_signature_base64"])
    (receipt,) = DOOR.read(known).receipts
    assert receipt.kind is Kind.DELIVERED
    assert receipt.raw == VECTOR["decoded_data"].encode()


def test_a_wrong_missing_or_misplaced_signature_is_refused() -> None:
    data = VECTOR["message_data_base64"]
    over_the_text = hmac.new(TOKEN.encode(), data.encode(), hashlib.sha512).digest()
    tampered = base64.b64encode(VECTOR["decoded_data"].replace("DELIVERED", "READ").encode()).decode()
    for call in (
        posted(data, ""),
        posted(data, "é"),
        posted(data, base64.b64encode(over_the_text).decode()),
        posted(tampered, VECTOR["x_goog_signature_base64"]),
        signed(b"{}", "another token"),
        cases.posted(posted(data, "").body),
    ):
        with pytest.raises(errors.BadSignature) as caught:
            DOOR.read(call)
        assert TOKEN not in cases.shows(caught.value)


def test_the_set_up_question_is_answered_with_its_secret_for_the_right_token_only() -> None:
    def ask(token: str, secret: str) -> base.Answer:
        return DOOR.read(cases.posted(json.dumps({"clientToken": token, "secret": secret}).encode()))

    answer = ask(TOKEN, "1234567890")
    assert (answer.status, answer.body, answer.receipts) == (200, "1234567890", [])
    for token in ("guess", "", "é"):
        with pytest.raises(errors.BadSignature):
            ask(token, "1234567890")
    for secret in ("", "x" * 513, "two\nlines"):
        with pytest.raises(errors.BadReceipt):
            ask(TOKEN, secret)


@pytest.mark.parametrize(
    "word, kind, suppress",
    [
        ("DELIVERED", Kind.DELIVERED, False),
        ("READ", Kind.SEEN, False),
        ("UNSUBSCRIBE", Kind.UNSUBSCRIBED, True),
        ("SUBSCRIBE", Kind.UNKNOWN, False),
        ("IS_TYPING", Kind.UNKNOWN, False),
        ("LEVITATED", Kind.UNKNOWN, False),
    ],
)
def test_a_users_event_is_read_by_the_table_and_an_unknown_word_is_kept(
    word: str, kind: Kind, suppress: bool
) -> None:
    event = {"senderPhoneNumber": TO, "eventType": word, "eventId": "e1", "messageId": "t1-1-1", **SENT}
    receipt = read(event)
    assert (receipt.kind, receipt.suppress) == (kind, suppress)
    assert (receipt.event_id, receipt.ref, receipt.address) == ("e1", "t1-1-1", TO)
    assert receipt.provider_ref == f"phones/{TO}/agentMessages/t1-1-1"
    assert receipt.at == datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)
    assert json.loads(receipt.raw) == event


@pytest.mark.parametrize(
    "word, kind",
    [("TTL_EXPIRATION_REVOKED", Kind.FAILED), ("TTL_EXPIRATION_REVOKE_FAILED", Kind.DELAYED)],
)
def test_an_expired_message_failed_only_if_it_was_taken_back(word: str, kind: Kind) -> None:
    receipt = read({"phoneNumber": TO, "messageId": "t1-1-1", "eventId": "e2", "eventType": word, **SENT})
    assert (receipt.kind, receipt.code, receipt.ref) == (kind, word, "t1-1-1")
    assert receipt.address == TO
    assert not receipt.suppress


def tapped(kind: str, postback: str, text: str = "Buy") -> dict[str, object]:
    told = {"postbackData": postback, "text": text, "type": kind}
    return {"senderPhoneNumber": TO, "messageId": "m1", "suggestionResponse": told, **SENT}


@pytest.mark.parametrize(
    "news, kind, ref",
    [
        (tapped("ACTION", "buy;ref=t1-1-1"), Kind.CLICKED, "t1-1-1"),
        (tapped("REPLY", "yes;ref=t1-1-1"), Kind.REPLIED, "t1-1-1"),
        (tapped("REPLY", "leave;ref=t1-1-1", "Stop"), Kind.UNSUBSCRIBED, "t1-1-1"),
        (tapped("REPLY", "STOP;ref=t1-1-1", "No more"), Kind.UNSUBSCRIBED, "t1-1-1"),
        (tapped("ACTION", "no room"), Kind.CLICKED, ""),
        (tapped("GAZE", "x;ref=t1-1-1"), Kind.UNKNOWN, "t1-1-1"),
    ],
)
def test_a_tap_leads_back_to_its_message(news: dict[str, object], kind: Kind, ref: str) -> None:
    receipt = read(news)
    assert (receipt.kind, receipt.ref, receipt.event_id) == (kind, ref, "m1")
    assert bool(receipt.provider_ref) is bool(ref)
    assert receipt.suppress is (kind is Kind.UNSUBSCRIBED)


@pytest.mark.parametrize(
    "said, kind",
    [
        ({"text": "Thanks"}, Kind.REPLIED),
        ({"text": "STOP"}, Kind.UNSUBSCRIBED),
        ({"text": ""}, Kind.REPLIED),
        ({"userFile": {"payload": {"mimeType": "image/jpeg"}}}, Kind.REPLIED),
        ({"location": {"latitude": 1.5, "longitude": 2.5}}, Kind.REPLIED),
        ({}, Kind.UNKNOWN),
    ],
)
def test_what_a_person_sends_is_a_reply_and_only_a_whole_stop_an_opt_out(
    said: dict[str, object], kind: Kind
) -> None:
    receipt = read({"senderPhoneNumber": TO, "messageId": "m2", **SENT, **said})
    assert (receipt.kind, receipt.event_id, receipt.ref) == (kind, "m2", "")
    assert receipt.text == said.get("text", "")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"eventType": 7}',
        b'{"text": ["x"]}',
    ],
    ids=range(9),
)
def test_signed_data_of_an_unknown_kind_is_taken_and_kept(data: bytes) -> None:
    (receipt,) = DOOR.read(signed(data)).receipts
    assert receipt.kind is Kind.UNKNOWN
    assert receipt.raw == data
    assert DOOR.read(signed(data)).receipts[0].event_id == receipt.event_id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b'{"message": 7}',
        b'{"message": {"data": "***"}}',
        b"[" * 100_000,
        b'{"secret": "\xff"}',
    ],
    ids=range(7),
)
def test_a_post_that_is_not_googles_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(errors.BadReceipt):
        DOOR.read(cases.posted(body, headers={"x-goog-signature": "x"}))


@pytest.mark.parametrize("when", ["", "yesterday", "2026-11-20T08:00:00"])
def test_a_time_without_its_zone_is_no_time(when: str) -> None:
    event = {"senderPhoneNumber": TO, "eventType": "READ", "eventId": "e", "messageId": "m", "sendTime": when}
    assert read(event).at is None
