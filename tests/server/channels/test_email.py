"""Email's rules, and what becomes of a page: its text, its preheader, its encoding."""

import base64
import binascii
import quopri
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.channels import base, email, mail_text

GOOD = {"subject": "News", "html": "<p>Hello</p>"}


def faults(*, rendered: bool = True, **fields: Any) -> list[base.Fault]:
    return email.check(email.EmailContent(**{**GOOD, **fields}), rendered=rendered)


def test_a_plain_mail_has_no_fault() -> None:
    assert faults() == []
    assert faults(rendered=False) == []
    assert faults(html="", text="Hello") == []


@pytest.mark.parametrize(
    "place, level, fields",
    [
        ("subject", "error", {"subject": ""}),
        ("subject", "error", {"subject": " \u00a0"}),
        ("subject", "error", {"subject": "News\r\nBcc: all@example.com"}),
        ("subject", "error", {"subject": "News\nmore"}),
        ("subject", "error", {"subject": "a\u2028b"}),
        ("subject", "error", {"subject": "x" * 901}),
        ("subject", "warning", {"subject": "x" * 151}),
        ("from_name", "error", {"from_name": "Acme\nTo: all@example.com"}),
        ("from_name", "error", {"from_name": "Acme\0"}),
        ("preheader", "error", {"preheader": "one\ntwo"}),
        ("reply_to", "error", {"reply_to": "help"}),
        ("reply_to", "error", {"reply_to": "help@example.com, more@example.com"}),
        ("reply_to", "error", {"reply_to": "help@example.com\nBcc: x@example.com"}),
        ("html", "error", {"html": "", "text": ""}),
        ("html", "error", {"html": " \n", "text": "\t"}),
        ("html", "warning", {"html": "x" * (102 * 1024 + 1)}),
        ("text", "error", {"text": "é" * 4_000_000}),
        ("unsubscribe", "warning", {"unsubscribe": False}),
    ],
)
def test_a_broken_rule_is_named_with_its_place_and_remedy(
    place: str, level: str, fields: dict[str, Any]
) -> None:
    found = [fault for fault in faults(**fields) if fault.place == place and fault.level == level]
    assert found, faults(**fields)
    assert all(fault.message.endswith(".") and fault.remedy for fault in found)


def test_a_page_just_over_ten_megabytes_is_an_error_and_just_under_is_not() -> None:
    line = "x" * 70 + "\r\n"  # 72 bytes, as they are on the wire
    fits = line * (email.LARGEST // len(line) - 1)
    levels = {fault.level for fault in faults(html="", text=fits)}
    assert "error" not in levels
    assert "error" in {fault.level for fault in faults(html="", text=fits + 2 * line)}


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "{{ title }}"},
        {"subject": "{% if vip %}\nVIP{% endif %}"},
        {"reply_to": "{{ owner }}@example.com"},
        {"from_name": "{{ shop }}\n"},
        {"html": "{{ page }}"},
        {"subject": "{{ " + "x" * 2000 + " }}"},
    ],
)
def test_what_a_value_may_mend_is_no_error_before_rendering(fields: dict[str, Any]) -> None:
    assert [fault for fault in faults(rendered=False, **fields) if fault.level == "error"] == []


def test_what_no_value_can_mend_is_an_error_before_rendering() -> None:
    assert faults(rendered=False, subject="")[0].level == "error"
    assert faults(rendered=False, subject="a\nb")[0].level == "error"
    assert faults(rendered=False, html="")[0].level == "error"
    assert faults(rendered=False, reply_to="nobody")[0].level == "error"


@pytest.mark.parametrize(
    "address",
    [
        "zoe@example.com",
        "Zoe.Marsh+news@sub.example.co.uk",
        "o'neil_1@example.com",
        "zoe@bücher.example",
        "a" * 64 + "@example.com",
        "x@xn--bcher-kva.example",
    ],
)
def test_an_address_that_travels_is_good(address: str) -> None:
    assert email.address_fault(address) == ""
    assert email.ascii_address(address).isascii()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "@example.com",
        "zoe@",
        "zoe@localhost",
        "zoe@exa mple.com",
        "zoe@example..com",
        "zoe@-example.com",
        "zoe@example.com\r\nRCPT TO:<x@example.com>",
        "zoe@example.com>",
        "<zoe@example.com>",
        "zoé@example.com",
        ".zoe@example.com",
        "zoe..m@example.com",
        '"zoe m"@example.com',
        "a" * 65 + "@example.com",
        "zoe@" + "a" * 64 + ".com",
        "zoe@" + ".".join(["a" * 60] * 5),
        "zoe@\u2024.com",
    ],
)
def test_an_address_that_cannot_travel_is_told_why(address: str) -> None:
    assert email.address_fault(address)
    with pytest.raises(ValueError, match=re.escape(email.address_fault(address))):
        email.ascii_address(address)


@settings(deadline=None)
@given(st.text())
def test_no_address_that_passes_can_break_a_command(address: str) -> None:
    if not email.address_fault(address):
        assert re.fullmatch(r"[!-;=?-~]+@[A-Za-z0-9.-]+", email.ascii_address(address))


def test_a_space_or_a_line_break_is_told_as_what_it_is() -> None:
    assert "a space, a line break" in email.address_fault("zo e@example.com")
    assert "a space, a line break" in email.address_fault("zoe@example.com\n")


def test_an_international_domain_travels_in_ascii() -> None:
    assert email.ascii_address("zoe@bücher.example") == "zoe@xn--bcher-kva.example"


def test_the_preheader_opens_the_body_as_hidden_escaped_text() -> None:
    content = email.EmailContent(
        subject="x", preheader="5 < 6 & more", html="<html><BODY class=a><p>Hi</p></BODY></html>"
    )
    page = email.document(content)
    assert page.startswith('<html><BODY class=a><div style="display:none')
    assert "5 &lt; 6 &amp; more" in page
    assert email.plain_text(page) == "Hi"


def test_without_a_body_tag_the_preheader_comes_first() -> None:
    content = email.EmailContent(subject="x", preheader="Soon", html="<p>Hi</p>")
    assert email.document(content).endswith("</div><p>Hi</p>")
    assert email.document(email.EmailContent(subject="x", preheader="Soon", text="Hi")) == ""


@pytest.mark.parametrize(
    "page, text",
    [
        ("<p>Hello&nbsp;Zo&euml;,</p><p>welcome</p>", "Hello Zoë,\n\nwelcome"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>one<li>two</ul>end", "- one\n- two\n\nend"),
        (
            'See <a href="https://a.example/x?y=1&amp;z=2">our <b>offer</b></a>.',
            "See our offer (https://a.example/x?y=1&z=2).",
        ),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ('<a href="mailto:x@a.example">x@a.example</a>', "x@a.example"),
        ('<a href="#top">Top</a> <a href="javascript:alert(1)">Go</a>', "Top Go"),
        ('<a href="https://a.example"><img src=x alt="Buy now"></a>', "Buy now (https://a.example)"),
        ('<a href="https://a.example"><img src=x></a>', "https://a.example"),
        ("<a href='https://a.example'>left open", "left open (https://a.example)"),
        ("<head><title>T</title><style>p{}</style></head><body><script>if (a<b) x()</script>Hi</body>", "Hi"),
        ("<div style='display:none'>pre<p>head<br></div>Hi", "Hi"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("  lots \n of\t\tspace  ", "lots of space"),
        (
            "<p>{{ name | escape }}</p>{% if a < b and c<d %}<p>x</p>{% endif %}",
            "{{ name | escape }}\n\n{% if a < b and c<d %}\n\nx\n\n{% endif %}",
        ),
        ('<a href="{{ url }}">Go</a>', "Go ({{ url }})"),
        ("soft\u00adhy\u200bphen", "softhyphen"),
        ("", ""),
    ],
)
def test_a_page_is_read_as_text(page: str, text: str) -> None:
    assert email.plain_text(page) == text


@settings(deadline=None)
@given(st.text())
def test_no_page_breaks_the_reader(page: str) -> None:
    assert isinstance(email.plain_text(page), str)


def test_a_mail_without_text_carries_what_its_page_says() -> None:
    html, text = email.texts(email.EmailContent(subject="x", html="<p>Hi</p>"))
    assert (html, text) == ("<p>Hi</p>", "Hi")
    assert email.texts(email.EmailContent(subject="x", html="<p>Hi</p>", text="own"))[1] == "own"


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("aé日 \t\r\n.=😀-\0")) | st.text())
def test_a_body_survives_its_encoding_and_fits_every_server(text: str) -> None:
    encoding, data, _ = mail_text.transfer(text)
    decoded = quopri.decodestring(data) if encoding == "quoted-printable" else base64.b64decode(data)
    wanted = re.sub(r"\r\n?|\n", "\r\n", text).encode()
    assert decoded in (wanted, wanted + b"\r\n")
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 76
    assert b"=_" not in data


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("aé \t\r\n.=😀\0")) | st.text(alphabet="ab c\n", min_size=70))
def test_a_body_is_encoded_line_by_line_as_it_would_be_in_one_piece(text: str) -> None:
    encoding, data, relaxed = mail_text.transfer(text)
    whole = re.sub(r"\r\n?|\n", "\r\n", text).encode()
    assert not any(line.startswith(b".") for line in data.split(b"\r\n"))
    if encoding == "quoted-printable" and b"=2E" not in data:
        assert data == binascii.b2a_qp(whole if whole.endswith(b"\r\n") else whole + b"\r\n")
    assert relaxed == re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", data))


def test_mostly_foreign_text_is_shorter_in_base64_and_the_rest_stays_readable() -> None:
    assert mail_text.transfer("日本語の本文です" * 20)[0] == "base64"
    assert mail_text.transfer("Un été à la plage, with mostly ASCII letters. " * 20)[0] == "quoted-printable"
