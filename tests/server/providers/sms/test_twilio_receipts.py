"""Twilio's receipts: only signed ones count, and its words become ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib import parse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio import request_validator

from server.providers import base, errors
from server.providers.sms import twilio_receipts
from tests.server.providers import cases

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "resources" / "reference" / "vectors.json").read_text(encoding="utf-8")
)
TOKEN = "12345"
URL = "https://desk.test/receipts/7?ref=t1-1-9"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
NEWS = {
    "MessageSid": "SM1",
    "SmsSid": "SM1",
    "MessageStatus": "delivered",
    "To": "+447400123456",
    "AccountSid": "AC1",
}


def signed(
    fields: Mapping[str, str], *, url: str = URL, as_called: str = "", token: str = TOKEN, algorithm: str = ""
) -> base.Posted:
    """A call signed by Twilio's own library."""
    validator = request_validator.RequestValidator(token)
    headers = {
        "content-type": FORM,
        "x-twilio-signature": validator.compute_signature(as_called or url, fields, algorithm or None),
    }
    if algorithm:
        headers["x-twilio-webhooks-signature-settings"] = f"key=whk_1,algorithm={algorithm}"
    return cases.posted(parse.urlencode(fields).encode(), headers=headers, url=url)


def read(posted: base.Posted, *, shared_key: str = "") -> base.Receipt:
    [found] = twilio_receipts.Door(auth_token=TOKEN, shared_key=shared_key).read(posted).receipts
    return found


@pytest.mark.parametrize("name", ["twilio_form_docs_example", "twilio_form_library_example"])
def test_the_published_vectors_are_met(name: str) -> None:
    vector = VECTORS[name]
    pairs = list(vector["params"].items())
    made = twilio_receipts.signature(vector["auth_token"], vector["url"], pairs)
    assert base64.b64encode(made).decode() == vector["signature_hmac_sha1_base64"]
    if longer := vector.get("signature_hmac_sha256_base64_computed_here"):
        made = twilio_receipts.signature(vector["auth_token"], vector["url"], pairs, algorithm="HMAC_SHA256")
        assert base64.b64encode(made).decode() == longer


def test_a_json_body_is_held_to_the_hash_that_was_signed() -> None:
    vector = VECTORS["twilio_json_body_computed_here"]
    headers = {
        "content-type": "application/json",
        "x-twilio-signature": vector["signature_hmac_sha1_base64"],
    }
    door = twilio_receipts.Door(auth_token=vector["auth_token"])
    with pytest.raises(errors.BadReceipt, match="names no message"):  # the signature holds
        door.read(cases.posted(vector["body"].encode(), headers=headers, url=vector["url"]))
    with pytest.raises(errors.BadSignature):
        door.read(cases.posted(b'{"a":2}', headers=headers, url=vector["url"]))


def test_a_signed_receipt_is_read_with_our_reference() -> None:
    posted = signed(NEWS)
    found = read(posted)
    assert found == base.Receipt(
        event_id="SM1:delivered",
        kind=base.ReceiptKind.DELIVERED,
        ref="t1-1-9",
        provider_ref="SM1",
        address="+447400123456",
        raw=posted.body,
    )


@pytest.mark.parametrize(
    "url, as_called",
    [
        ("https://desk.test/r?ref=1", "https://desk.test:443/r?ref=1"),
        ("https://desk.test:443/r?ref=1", "https://desk.test/r?ref=1"),
        ("http://desk.test/r?ref=1", "http://desk.test:80/r?ref=1"),
        ("https://desk.test:8443/r?ref=1", "https://desk.test/r?ref=1"),
        ("https://[::1]:8443/r", "https://[::1]/r"),
    ],
)
def test_a_port_may_be_signed_or_not(url: str, as_called: str) -> None:
    assert read(signed(NEWS, url=url, as_called=as_called)).provider_ref == "SM1"


def tampered(part: str) -> base.Posted:
    good = signed(NEWS)
    headers = dict(good.headers)
    changes: dict[str, base.Posted] = {
        "body": cases.posted(good.body.replace(b"delivered", b"undelivered"), headers=headers, url=URL),
        "a field more": cases.posted(good.body + b"&Extra=1", headers=headers, url=URL),
        "address": cases.posted(good.body, headers=headers, url=URL.replace("t1-1-9", "t1-1-8")),
        "host": cases.posted(good.body, headers=headers, url=URL.replace("desk.test", "desk.evil")),
        "no signature": cases.posted(good.body, headers={"content-type": FORM}, url=URL),
        "not base64": cases.posted(good.body, headers={**headers, "x-twilio-signature": "é!"}, url=URL),
        "another key": signed(NEWS, token="other"),
        "another algorithm": signed(NEWS, algorithm="HMAC_SHA256"),
        "an algorithm nobody knows": cases.posted(
            good.body, headers={**headers, "x-twilio-webhooks-signature-settings": "algorithm=NONE"}, url=URL
        ),
        "not a form": cases.posted(good.body, headers={**headers, "content-type": "text/plain"}, url=URL),
    }
    return changes[part]


@pytest.mark.parametrize(
    "part",
    [
        "body",
        "a field more",
        "address",
        "host",
        "no signature",
        "not base64",
        "another key",
        "another algorithm",
        "an algorithm nobody knows",
        "not a form",
    ],
)
def test_whatever_is_changed_breaks_the_signature(part: str) -> None:
    with pytest.raises(errors.BadSignature) as caught:
        read(tampered(part))
    assert TOKEN not in cases.shows(caught.value)


def test_an_account_with_a_shared_key_takes_nothing_weaker() -> None:
    assert read(signed(NEWS, token="shared", algorithm="HMAC_SHA256"), shared_key="shared").ref == "t1-1-9"
    with pytest.raises(errors.BadSignature):
        read(signed(NEWS, token="shared"), shared_key="shared")
    with pytest.raises(errors.BadSignature):
        read(signed(NEWS), shared_key="shared")


@pytest.mark.parametrize(
    "status, kind",
    [
        ("accepted", base.ReceiptKind.ACCEPTED),
        ("queued", base.ReceiptKind.ACCEPTED),
        ("sent", base.ReceiptKind.ACCEPTED),
        ("read", base.ReceiptKind.SEEN),
        ("undelivered", base.ReceiptKind.FAILED),
        ("failed", base.ReceiptKind.FAILED),
        ("canceled", base.ReceiptKind.FAILED),
        ("teleported", base.ReceiptKind.UNKNOWN),
        ("partially_delivered", base.ReceiptKind.UNKNOWN),
    ],
)
def test_twilios_words_become_ours_and_unknown_ones_stay_unknown(status: str, kind: base.ReceiptKind) -> None:
    found = read(signed({**NEWS, "MessageStatus": status}))
    assert found.kind is kind
    assert found.event_id == f"SM1:{status}"
    assert found.raw


@pytest.mark.parametrize(
    "code, suppress", [("30003", False), ("30005", True), ("30006", True), ("30007", False), ("31999", False)]
)
def test_a_failure_carries_its_code_and_a_dead_number_is_suppressed(code: str, *, suppress: bool) -> None:
    found = read(signed({**NEWS, "MessageStatus": "undelivered", "ErrorCode": code}))
    assert found.code == code
    assert found.suppress is suppress
    assert bool(found.text) is (code != "31999")


@pytest.mark.parametrize(
    "more, kind",
    [
        ({"Body": "Thanks!"}, base.ReceiptKind.REPLIED),
        ({"Body": "Please do not stop"}, base.ReceiptKind.REPLIED),
        ({"Body": " Stop. "}, base.ReceiptKind.UNSUBSCRIBED),
        ({"Body": "arrêt", "OptOutType": ""}, base.ReceiptKind.UNSUBSCRIBED),
        ({"Body": "leave me alone", "OptOutType": "STOP"}, base.ReceiptKind.UNSUBSCRIBED),
        ({"Body": "START", "OptOutType": "START"}, base.ReceiptKind.REPLIED),
    ],
)
def test_a_reply_is_told_by_the_address_it_came_from(more: dict[str, str], kind: base.ReceiptKind) -> None:
    fields = {"MessageSid": "SM2", "SmsStatus": "received", "From": "+447400123456", "To": "+15005550006"}
    found = read(signed(fields | more, url="https://desk.test/receipts/7"))
    assert found.kind is kind
    assert found.address == "+447400123456"
    assert found.text == more["Body"]
    assert found.suppress is (kind is base.ReceiptKind.UNSUBSCRIBED)
    assert not found.ref


def test_a_signed_call_that_names_no_message_is_no_receipt() -> None:
    with pytest.raises(errors.BadReceipt):
        read(signed({"Hello": "there"}))
    with pytest.raises(errors.BadReceipt):
        read(cases.posted(b"To=%FF", headers={"content-type": FORM}, url=URL))


def test_a_field_given_twice_is_signed_once_for_each_value() -> None:
    body = b"MessageSid=SM1&MessageStatus=sent&X=b&X=a&X=b"
    text = URL + "MessageSidSM1" + "MessageStatussent" + "XaXb"

    signature = base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), hashlib.sha1)).decode()
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    assert read(cases.posted(body, headers=headers, url=URL)).kind is base.ReceiptKind.ACCEPTED


@given(text=st.text(alphabet="ab=&+%2BéC3A9 ", max_size=40))
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    def read(reader: Callable[[str], list[tuple[str, str]]]) -> list[tuple[str, str]] | None:
        try:
            return reader(text)
        except ValueError:
            return None

    assert read(twilio_receipts.form) == read(
        lambda form: parse.parse_qsl(form, keep_blank_values=True, errors="strict", max_num_fields=200)
    )


def test_a_form_of_too_many_fields_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="more fields"):
        twilio_receipts.form("&" * 1000)
