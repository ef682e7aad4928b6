"""SMS: segments are counted as a network splits them, and content is held to the channel's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.channels import gsm, sms
from server.twins.sms import segmenting

HAND = [
    ("", "gsm7", 0, 0, 160),
    ("a", "gsm7", 1, 1, 160),
    ("a" * 160, "gsm7", 1, 160, 160),
    ("a" * 161, "gsm7", 2, 161, 153),
    ("a" * 306, "gsm7", 2, 306, 153),
    ("a" * 307, "gsm7", 3, 307, 153),
    ("€" * 80, "gsm7", 1, 160, 160),
    ("€" * 81, "gsm7", 2, 162, 153),
    # 153 septets hold 76 euro signs: the 77th, split over the edge, moves to the next part whole.
    ("€" * 152, "gsm7", 2, 304, 153),
    ("€" * 153, "gsm7", 3, 306, 153),
    ("a" * 152 + "€" + "a" * 10, "gsm7", 2, 164, 153),
    ("Δ_ΦΓΛΩΠΨΣΘΞ ¡Ä§¿à\n\r", "gsm7", 1, 19, 160),
    ("ç", "ucs2", 1, 1, 70),
    ("Ç", "gsm7", 1, 1, 160),
    ("`", "ucs2", 1, 1, 70),
    ("\x1b", "ucs2", 1, 1, 70),
    ("ж" * 70, "ucs2", 1, 70, 70),
    ("ж" * 71, "ucs2", 2, 71, 67),
    ("ж" * 134, "ucs2", 2, 134, 67),
    ("ж" * 135, "ucs2", 3, 135, 67),
    ("😀" * 35, "ucs2", 1, 70, 70),
    ("😀" * 36, "ucs2", 2, 72, 67),
    # 67 units hold 33 emoji and a half: the half goes to the next part with its other half.
    ("😀" * 66, "ucs2", 2, 132, 67),
    ("😀" * 67, "ucs2", 3, 134, 67),
]


@pytest.mark.parametrize("text, encoding, count, units, per_segment", HAND)
def test_segments_are_counted_as_by_hand(
    text: str, encoding: str, count: int, units: int, per_segment: int
) -> None:
    counted = sms.segments(text)
    assert (counted.encoding, counted.count, counted.units, counted.per_segment) == (
        encoding,
        count,
        units,
        per_segment,
    )


def test_the_table_of_the_alphabet_is_whole() -> None:
    costs = gsm.costs()
    assert sum(cost == 1 for cost in costs.values()) == 127
    assert {char for char, cost in costs.items() if cost == 2} == set("\f^{}\\[~]|€")


@given(st.text(alphabet=st.sampled_from("aZ09 é€[^ç😀ж'’\n"), max_size=500))
def test_segments_agree_with_a_count_made_apart(text: str) -> None:
    encoding, count = segmenting.count(text)
    counted = sms.segments(text)
    assert counted.encoding == {"GSM-7": "gsm7", "UCS-2": "ucs2"}[encoding]
    assert counted.count == (count if text else 0)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_whatever_is_written_fits_into_the_segments_counted(text: str) -> None:
    counted = sms.segments(text)
    assert counted.units <= counted.count * counted.per_segment
    assert (counted.encoding == "ucs2") == bool(counted.offending)
    assert all(char in text for char in counted.offending)
    if counted.encoding == "ucs2":
        assert counted.units == len(text.encode("utf-16-be")) // 2


@given(st.text(alphabet=st.sampled_from("a€ж😀"), max_size=200), st.sampled_from("a€ж😀"))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert sms.segments(text + more).count >= sms.segments(text).count


def test_the_characters_that_cost_a_gsm_text_its_alphabet_are_named_once_in_order() -> None:
    assert sms.segments("It’s 5 o’clock – go").offending == ["’", "–"]


def faults(content: sms.SmsContent, *, rendered: bool = True) -> list[tuple[str, str]]:
    return [(fault.place, fault.level) for fault in sms.check(content, rendered=rendered)]


@pytest.mark.parametrize(
    "content, found",
    [
        (sms.SmsContent(body="Hello"), []),
        (sms.SmsContent(body=""), [("body", "error")]),
        (sms.SmsContent(body="  \n"), [("body", "error")]),
        (sms.SmsContent(media_urls=["https://a.test/x.png"]), []),
        (sms.SmsContent(body="a" * 1600), []),
        (sms.SmsContent(body="a" * 1601), [("body", "error")]),
        (sms.SmsContent(body="😀" * 801), [("body", "error"), ("body", "warning")]),
        (sms.SmsContent(body="it’s"), [("body", "warning")]),
        (sms.SmsContent(body="half \ud83d"), [("body", "error")]),
        (sms.SmsContent(body="x", media_urls=["https://a.test/x.png"] * 11), [("media_urls", "error")]),
        (sms.SmsContent(body="x", media_urls=["ftp://a.test/x"]), [("media_urls.0", "error")]),
        (
            sms.SmsContent(body="x", media_urls=["https://a.test/a", "https:///b"]),
            [("media_urls.1", "error")],
        ),
        (sms.SmsContent(body="x", validity_s=0), [("validity_s", "error")]),
        (sms.SmsContent(body="x", validity_s=36_001), [("validity_s", "error")]),
        (sms.SmsContent(body="x", validity_s=4), [("validity_s", "warning")]),
    ],
)
def test_faults_are_named_at_their_place(content: sms.SmsContent, found: list[tuple[str, str]]) -> None:
    assert faults(content) == found


def test_before_rendering_only_what_no_value_can_mend_is_an_error() -> None:
    long = "{% if vip %}" + "a" * 1601 + "{% endif %}"
    assert faults(sms.SmsContent(body=long), rendered=False) == [("body", "warning")]
    assert faults(sms.SmsContent(body="{{ text }}", media_urls=["{{ picture }}"]), rendered=False) == []
    assert faults(sms.SmsContent(body="a" * 1601), rendered=False) == [("body", "error")]
    assert faults(sms.SmsContent(body="{{ name | default: '’' }}"), rendered=False) == []


def test_a_fault_says_what_to_do() -> None:
    [fault] = sms.check(sms.SmsContent(body="tab\there"), rendered=True)
    assert "U+0009" in fault.message
    assert fault.remedy


@pytest.mark.parametrize(
    "sender, kind",
    [
        ("+15005550006", "number"),
        ("15005550006", None),
        ("12345", "short code"),
        ("Northwind", "name"),
        ("A", "name"),
        ("5 A-_+&", "name"),
        ("TwelveLetter", None),
        ("Größe", None),
        ("", None),
    ],
)
def test_a_sender_is_a_number_a_short_code_or_a_name(sender: str, kind: str | None) -> None:
    assert sms.sender_kind(sender) == kind


@given(
    body=st.text(alphabet="aZ é€`日😀\ud83d \n", max_size=8)
    | st.sampled_from(["", " ", "x" * 1600, "x" * 1601]),
    media=st.sampled_from([[], ["https://x.test/a.png"], ["nothing"]]),
    validity_s=st.sampled_from([0, 1, 4, 5, 36_000, 36_001]),
)
def test_the_short_cut_for_plain_texts_passes_nothing_the_rules_would_name(
    body: str, media: list[str], validity_s: int
) -> None:
    content = sms.SmsContent(body=body, media_urls=media, validity_s=validity_s)
    named = sms.check(content, rendered=True)
    if sms._is_plain(content):
        ruled = [
            *sms._text(content, rendered=True),
            *sms._media(content, rendered=True),
            *sms._validity(validity_s),
        ]
        assert named == ruled == []
