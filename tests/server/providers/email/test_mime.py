"""A mail as it is written, read back by the standard library's parser."""

import datetime as dt
import email
import email.header
import email.message
import email.policy
import email.utils
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.channels import email as channel
from server.providers import base
from server.providers.email import mime

SENDER = mime.Sender(address="news@example.com", name="Acme")
AT = 1_795_165_506.7

HOSTILE = st.text(alphabet=st.sampled_from('ab é日😀\r\n\t\0:;,<>@"\\()=?_.\u2028\x85')) | st.text()


def outbound(**fields: Any) -> base.Outbound:
    content = channel.EmailContent(**{"subject": "News", "html": "<p>Hi</p>", "text": "Hi", **fields})
    return base.Outbound(
        ref="k3f9x2-12-345",
        to="zoe@example.org",
        content=content,
        unsubscribe_url="https://u.example/1?t=a,b",
    )


def read(mail: mime.Mail) -> email.message.EmailMessage:
    message = email.message_from_bytes(mail.encode(), policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def body(message: email.message.EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def sender_of(mail: mime.Mail) -> tuple[str, str]:
    """Name and address of From; the newer parser puts spaces between the encoded words of a name."""
    value = email.message_from_bytes(mail.encode())["From"]
    name, address = email.utils.parseaddr(value)
    return str(email.header.make_header(email.header.decode_header(name))) if "=?" in value else name, address


def test_a_mail_has_the_headers_that_bulk_senders_need() -> None:
    message = read(mime.build(outbound(reply_to="help@example.com"), SENDER, at=AT))
    assert message["from"] == "Acme <news@example.com>"
    assert message["to"] == "zoe@example.org"
    assert message["reply-to"] == "help@example.com"
    assert message["message-id"] == "<k3f9x2-12-345@example.com>"
    assert message["date"].datetime == dt.datetime.fromtimestamp(int(AT), dt.UTC)
    assert message["list-unsubscribe"] == "<https://u.example/1?t=a,b>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert message["feedback-id"] == "12:email:heliograph:k3f9x2"
    assert message["mime-version"] == "1.0"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert len(set(message.keys())) == len(message.keys())


def test_one_click_is_promised_by_https_alone() -> None:
    assert mime.list_headers("http://u.example/1") == [(b"List-Unsubscribe", b"<http://u.example/1>")]
    assert mime.list_headers("") == []
    names = [name for name, _ in mime.build(outbound(unsubscribe=False), SENDER, at=AT).headers]
    assert b"List-Unsubscribe" not in names


def test_an_unsubscribe_address_cannot_end_its_header() -> None:
    ((_, value), _) = mime.list_headers("https://u.example/>\r\nBcc: all@example.com é")
    assert value == b"<https://u.example/%3E%0D%0ABcc:%20all@example.com%20%C3%A9>"
    with pytest.raises(ValueError, match="too long"):
        mime.list_headers("https://u.example/" + "x" * 1000)


def test_text_alone_needs_no_parts() -> None:
    message = read(mime.build(outbound(html="", text="Grüße\n"), SENDER, at=AT))
    assert message.get_content_type() == "text/plain"
    assert body(message, "plain") == "Grüße\r\n"


def test_the_contents_name_goes_before_the_accounts() -> None:
    assert read(mime.build(outbound(from_name="Zoë, of Acme"), SENDER, at=AT))["from"].addresses[
        0
    ].display_name == ("Zoë, of Acme")


def test_an_address_that_cannot_travel_is_refused() -> None:
    with pytest.raises(ValueError, match="space, a line break"):
        mime.build(outbound(reply_to="a@example.com\r\nBcc: b@example.com"), SENDER, at=AT)


@settings(deadline=None)
@given(subject=HOSTILE, name=HOSTILE)
@example(subject="=?utf-8?B?aGk=?=", name='a "quoted" \\ name')
@example(subject="x" * 500, name="y" * 300)
@example(subject="word " * 60, name="日本語" * 40)
@example(subject=" lead and trail ", name=",")
def test_whatever_subject_and_name_are_they_are_read_back_and_add_no_header(subject: str, name: str) -> None:
    mail = mime.build(outbound(subject=subject, from_name=name), SENDER, at=AT)
    message = read(mail)
    assert message["subject"] == mime.one_line(subject)
    assert sender_of(mail) == (mime.one_line(name or SENDER.name), SENDER.address)
    assert [address.addr_spec for address in message["from"].addresses] == [SENDER.address]
    assert (
        sorted(set(message.keys())) == sorted(message.keys()) == sorted(n.decode() for n, _ in mail.headers)
    )
    for _, value in mail.headers:
        assert value.isascii()
        assert re.fullmatch(rb"[\x20-\x7e]*(?:\r\n [\x20-\x7e]+)*", value)
        assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?B\?[^?]*\?=", value))
    assert max(map(len, mail.encode().split(b"\r\n"))) <= 78 or b"List-Unsubscribe" in mail.encode()


@settings(deadline=None)
@given(html=HOSTILE.filter(str.strip), text=HOSTILE.filter(str.strip))
@example(html="x" * 5000, text=".\r\n..\n.x\r.")
@example(html="--=_k3f9x2-12-345--", text="--=_k3f9x2-12-345")
def test_whatever_the_bodies_are_they_are_read_back_and_fit_every_server(html: str, text: str) -> None:
    mail = mime.build(outbound(html=html, text=text), SENDER, at=AT)
    message = read(mail)
    for kind, sent in (("plain", text), ("html", html)):
        wanted = re.sub(r"\r\n?|\n", "\n", sent)
        assert body(message, kind).replace("\r\n", "\n") == wanted + "\n" * (not wanted.endswith("\n"))
    raw = mail.encode()
    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= mime.LONGEST_LINE
