"""Cells mean what they say, or one sentence says why not."""

import base64
import json
from collections.abc import Callable

import email_validator
import hypothesis
import pytest
from hypothesis import strategies as st

from server.pipeline.audience import cells
from server.twins import base, population


def subscription(**changes: object) -> str:
    def encoded(key: bytes) -> str:
        return base64.urlsafe_b64encode(key).rstrip(b"=").decode()

    keys = {"p256dh": encoded(b"\x04" + bytes(64)), "auth": encoded(bytes(16))}
    return json.dumps(
        {"endpoint": "https://push.example.com/send/abc", "expirationTime": None, "keys": keys} | changes
    )


@pytest.mark.parametrize(
    "text, country, number",
    [
        ("+33 6 12 34 56 78", "", "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("0049 151 23456789", "FR", "+4915123456789"),
        ("0049 (0) 151/234567-89", "DE", "+4915123456789"),
        ("0033612345678", "", "+33612345678"),
        ("'+447400123456", "", "+447400123456"),
        ('="+447400123456"', "", "+447400123456"),
        ("tel:+14155550132", "", "+14155550132"),
        ("(415) 555-0132", "US", "+14155550132"),
        ("\uff0b33612345678", "", "+33612345678"),
        ("٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
    ],
)
def test_a_phone_number_becomes_e_164(text: str, country: str, number: str) -> None:
    assert cells.phone(text, country) == number
    assert cells.phone(number) == number


@pytest.mark.parametrize(
    "text, country",
    [
        ("0612345678", ""),
        ("12345", "FR"),
        ("3.36123E+10", "FR"),
        ("3,36123E10", "FR"),
        ("+999123456789", ""),
        ("hello", "FR"),
        ("+14155550132 ext. 7", ""),
        ("+1415555013", ""),
        ("1" * 5000, "US"),
        ("-", "US"),
    ],
)
def test_what_no_phone_has_is_refused(text: str, country: str) -> None:
    with pytest.raises(cells.Wrong):
        cells.phone(text, country)


@pytest.mark.parametrize(
    "text, address",
    [
        ("Ann.Lee@Example.COM", "Ann.Lee@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("o'hara@example.ie", "o'hara@example.ie"),
        ("ann@exämple.de", "ann@xn--exmple-cua.de"),
        ("a+b_c-d@sub.example.co.uk", "a+b_c-d@sub.example.co.uk"),
    ],
)
def test_a_mail_address_is_tidied(text: str, address: str) -> None:
    assert cells.mail(text) == address
    assert cells.mail(address) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
        ),
        *(
            "ann@localhost",
            "ann@host.local",
            "ann@1.2.3.4",
            "ann@[1.2.3.4]",
            "Ann <ann@example.com>",
            "müller@example.com",
        ),
        *("ann@example.com, bob@example.com", "ann@exa mple.com", "ann@example.com\r\nBcc: all@example.com"),
        *(
            "a" * 65 + "@example.com",
            "ann@" + "a" * 64 + ".com",
            "ann@-example.com",
            '"a b"@example.com',
        ),
    ],
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(cells.Wrong):
        cells.mail(text)


_LOCAL = st.text("abcXYZ019._+-'", min_size=1, max_size=66)
_DOMAIN = st.lists(st.text("abcXYZ019-", min_size=1, max_size=10), min_size=1, max_size=4)
_TLD = st.sampled_from(
    ["com", "de", "x", "test", "local", "invalid", "onion", "arpa", "123", "museum", "c0m", "xn--p1ai"]
)


@hypothesis.given(_LOCAL, _DOMAIN, _TLD)
def test_the_fast_path_accepts_nothing_the_validator_refuses(local: str, domain: list[str], tld: str) -> None:
    text = f"{local}@{'.'.join([*domain, tld])}"
    try:
        ours = cells.mail(text)
    except cells.Wrong:
        return
    theirs = email_validator.validate_email(
        text, check_deliverability=False, test_environment=True, strict=True
    )
    assert ours == theirs.ascii_email


@pytest.mark.parametrize("text", ["ab" * 32, "<" + "AB cd " * 16 + ">", "00" * 100])
def test_a_device_token_becomes_plain_hex(text: str) -> None:
    assert set(cells.token(text)) <= set("0123456789abcdef")


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 101, "a" * 65, "g" * 64, "\uff10" * 64])
def test_what_is_no_device_token_is_refused(text: str) -> None:
    with pytest.raises(cells.Wrong):
        cells.token(text)


def test_a_subscription_becomes_canonical() -> None:
    tidy = cells.subscription(subscription())
    assert list(json.loads(tidy)) == ["endpoint", "keys"]
    assert cells.subscription(tidy) == tidy
    padded = json.loads(tidy)
    padded["keys"] = {name: key + "=" * (-len(key) % 4) for name, key in padded["keys"].items()}
    assert cells.subscription(json.dumps(padded)) == tidy


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", "[" * 200_000, '{"x":' * 100_000, "{\ud800"),
        subscription(endpoint="http://push.example.com/x"),
        subscription(endpoint="https://"),
        subscription(endpoint="https://user:pass@push.example.com/x"),
        subscription(endpoint="https://push.example.com:99999/x"),
        subscription(endpoint="https://[::1/x"),
        subscription(endpoint="https://push.example.com/\r\nX: y"),
        subscription(endpoint="https://push.example.com/" + "x" * 2000),
        subscription(keys={"p256dh": "AAAA", "auth": "AAAA"}),
        subscription(keys={"p256dh": base64.b64encode(bytes(65)).decode(), "auth": "A" * 22}),
        subscription(keys={"p256dh": "é" * 87, "auth": "A" * 22}),
        subscription(keys={"auth": "A" * 22}),
    ],
)
def test_what_is_no_subscription_is_refused(text: str) -> None:
    with pytest.raises(cells.Wrong) as wrong:
        cells.subscription(text)
    assert len(wrong.value.message) < 300


@pytest.mark.parametrize("word", population.Word)
def test_the_sandboxes_magic_recipients_can_be_imported(word: base.Word) -> None:
    for channel in ("sms", "whatsapp", "rcs"):
        assert cells.phone(population.recipient(channel, word)) == population.recipient(channel, word)
    assert cells.mail(population.recipient("email", word)) == population.recipient("email", word)
    assert cells.token(population.recipient("apns", word)) == population.recipient("apns", word)


def test_zones_countries_and_languages_take_the_one_spelling() -> None:
    assert cells.zone(" europe/paris ") == "Europe/Paris"
    assert cells.zone("America/New York") == "America/New_York"
    assert cells.country("fr ") == "FR"
    assert cells.country("uk") == "GB"
    assert [cells.locale(text) for text in ("FR", "pt_br", "zh-hant-tw", "es-419")] == [
        *("fr", "pt-BR", "zh-Hant-TW", "es-419")
    ]


@pytest.mark.parametrize(
    "read, text",
    [
        (cells.zone, "Paris"),
        (cells.zone, "../../etc/passwd"),
        (cells.country, "France"),
        (cells.country, "ZZ"),
        (cells.locale, "french"),
        (cells.locale, "e"),
        (cells.text, "a\0b"),
        (cells.text, "\ud800"),
        (cells.text, "x" * 2001),
        (cells.name, "x" * 201),
        (cells.key, "email:ann@example.com"),
        (cells.key, "x" * 201),
    ],
)
def test_what_means_nothing_is_refused(read: Callable[[str], str], text: str) -> None:
    with pytest.raises(cells.Wrong) as wrong:
        read(text)
    assert wrong.value.message.endswith(".")
    assert wrong.value.remedy.endswith(".")


READS = [
    cells.phone,
    cells.mail,
    cells.token,
    cells.subscription,
    cells.country,
    cells.zone,
    cells.locale,
    cells.text,
]
READS += [cells.name, cells.key]


@pytest.mark.parametrize("read", READS)
@hypothesis.given(text=st.text() | st.text('+0123456789.@abcdef{}":,() -', max_size=80))
def test_no_cell_raises_anything_but_why_it_is_wrong(read: Callable[[str], str], text: str) -> None:
    try:
        found = read(text)
    except cells.Wrong:
        return
    assert read(found) == found
    found.encode()
