"""WhatsApp's rules: every limit named with its place, on templates and on rendered content."""

from typing import Any

import msgspec
import pytest

from server.channels import base, whatsapp
from server.channels.whatsapp import Button, Header, Parameter, WhatsAppContent

GOOD = WhatsAppContent(
    template="spring_drop",
    language="en",
    header=Header(kind="image", link="https://cdn.northwind.test/a.jpg"),
    body=[Parameter(name="first_name", text="Zoë"), Parameter(name="code", text="S-39")],
    buttons=[Button(index=0, kind="url", value="members?u=7")],
    sample="Hi {{first_name}}, your code is {{ code }}. Once more: {{code}}",
)
NUMBERED = WhatsAppContent(
    template="order_update",
    body=[Parameter(text="Ana"), Parameter(text="N-1")],
    sample="Hi {{1}}, {{2}} is here.",
)


def places(content: WhatsAppContent, *, rendered: bool = True, level: base.Level = "error") -> list[str]:
    return [fault.place for fault in whatsapp.check(content, rendered=rendered) if fault.level == level]


def changed(content: WhatsAppContent = GOOD, **changes: Any) -> WhatsAppContent:
    return msgspec.structs.replace(content, **changes)


def with_text(text: str) -> WhatsAppContent:
    return changed(body=[GOOD.body[0], Parameter(name="code", text=text)])


@pytest.mark.parametrize(
    "content", [GOOD, NUMBERED, WhatsAppContent(template="hello_world", language="en_US")]
)
def test_a_good_content_has_no_faults(content: WhatsAppContent) -> None:
    assert whatsapp.check(content, rendered=True) == []


@pytest.mark.parametrize("name", ["", "Spring_Drop", "spring-drop", "spring drop", "späti", "a" * 513])
def test_a_template_has_a_name_of_whatsapps_form(name: str) -> None:
    assert places(changed(template=name)) == ["template"]


@pytest.mark.parametrize(
    "language, good",
    [
        ("en", True),
        ("en_US", True),
        ("fil", True),
        ("pt_BR", True),
        ("", False),
        ("EN", False),
        ("en-US", False),
    ],
)
def test_a_language_has_whatsapps_form(language: str, good: bool) -> None:
    assert places(changed(language=language)) == ([] if good else ["language"])


@pytest.mark.parametrize(
    "text, good",
    [
        ("one line", True),
        ("four    spaces", True),
        ("five     spaces", False),
        ("two\nlines", False),
        ("a\ttab", False),
        ("a\r", False),
        ("a\u2028b", False),
        ("", False),
        ("   ", False),
    ],
)
def test_a_parameter_is_one_line_with_few_spaces_and_never_empty(text: str, good: bool) -> None:
    assert places(with_text(text)) == ([] if good else ["body.1.text"])


def test_a_template_is_judged_by_what_no_value_can_mend() -> None:
    spread = with_text("{% if vip %}\n  {{ code }}\n{% endif %}")
    assert places(spread, rendered=False) == []
    assert places(spread, rendered=True) == ["body.1.text"]
    assert places(with_text("\n"), rendered=False) == ["body.1.text"]
    assert places(changed(header=Header(kind="image", link="{{ image }}")), rendered=False) == []
    assert places(changed(header=Header(kind="image", link="{{ image }}")), rendered=True) == ["header.link"]
    assert places(with_text("{{ code }}" * 200), rendered=False) == []


def test_the_body_has_1024_characters_with_its_parameters() -> None:
    fixed = len(whatsapp._PLACEHOLDER.sub("", GOOD.sample)) + len("Zoë")
    assert places(with_text("x" * (1024 - fixed))) == []
    assert places(with_text("x" * (1025 - fixed))) == ["body"]
    assert places(with_text("x" * 1025), rendered=False) == ["body"]


def test_names_and_numbers_are_not_mixed() -> None:
    mixed = changed(body=[GOOD.body[0], Parameter(text="S-39")], sample="")
    assert places(mixed) == ["body"]
    doubled = changed(body=[GOOD.body[0], GOOD.body[0]], sample="")
    assert places(doubled) == ["body"]
    odd = changed(body=[Parameter(name="First-Name", text="a")], sample="")
    assert places(odd) == ["body.0.name"]


@pytest.mark.parametrize(
    "content, sentence",
    [
        (changed(body=GOOD.body[:1]), "The template also takes: code."),
        (changed(body=[*GOOD.body, Parameter(name="size", text="39")]), "The template does not take: size."),
        (changed(NUMBERED, body=NUMBERED.body[:1]), "The template takes 2 parameters; 1 are given."),
        (changed(NUMBERED, body=[]), "The template takes 2 parameters; 0 are given."),
        (changed(NUMBERED, sample="No placeholder."), "The template takes 0 parameters; 2 are given."),
        (changed(GOOD, body=[]), "The template also takes: first_name, code."),
    ],
)
def test_the_parameters_are_counted_against_the_approved_text(
    content: WhatsAppContent, sentence: str
) -> None:
    (fault,) = whatsapp.check(content, rendered=True)
    assert (fault.place, fault.message) == ("body", sentence)
    assert fault.remedy


def test_named_values_do_not_fit_numbered_placeholders_nor_the_other_way() -> None:
    assert set(places(changed(NUMBERED, body=GOOD.body))) == {"body"}
    assert set(places(changed(GOOD, body=NUMBERED.body))) == {"body"}


@pytest.mark.parametrize("sample", ["{{1}} and {{name}}", "{{2}} and {{3}}", "{{0}} and {{1}}"])
def test_an_approved_text_has_one_kind_of_placeholder_without_gaps(sample: str) -> None:
    assert places(changed(NUMBERED, sample=sample)) == ["sample"]


def test_a_missing_approved_text_is_a_warning_while_writing_only() -> None:
    assert places(changed(sample=""), rendered=False, level="warning") == ["sample"]
    assert places(changed(sample=""), rendered=False) == []
    assert whatsapp.check(changed(sample=""), rendered=True) == []


@pytest.mark.parametrize(
    "link, good",
    [
        ("https://a.test/b.jpg", True),
        ("http://a.test/b.jpg", False),
        ("https://", False),
        ("https://a.test/b c.jpg", False),
        ("https://a.test/b\n", False),
        ("https://me:pw@a.test/b.jpg", False),
        ("https://[a", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("https://a.test/" + "x" * 1985, True),
        ("https://a.test/" + "x" * 1986, False),
    ],
)
@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_header_media_lie_at_an_https_address(kind: Any, link: str, good: bool) -> None:
    assert places(changed(header=Header(kind=kind, link=link))) == ([] if good else ["header.link"])


def test_a_file_name_is_for_documents() -> None:
    image = Header(kind="image", link="https://a.test/b", filename="b.jpg")
    assert places(changed(header=image), level="warning") == ["header.filename"]
    document = Header(kind="document", link="https://a.test/b", filename="b.pdf")
    assert whatsapp.check(changed(header=document), rendered=True) == []


def test_a_text_header_is_short_and_named_as_the_body_is() -> None:
    assert places(changed(header=Header(kind="text", name="season", text="x" * 60))) == []
    assert places(changed(header=Header(kind="text", name="season", text="x" * 61))) == ["header.text"]
    assert places(changed(header=Header(kind="text", name="season", text=""))) == ["header.text"]
    assert places(changed(header=Header(kind="text", text="Spring"))) == ["header.name"]
    assert places(changed(NUMBERED, header=Header(kind="text", text="Spring"))) == []
    assert places(changed(NUMBERED, header=Header(kind="text", name="season", text="Spring"))) == [
        "header.name"
    ]


@pytest.mark.parametrize(
    "buttons, faults",
    [
        ([Button(index=9, kind="url", value="x")], []),
        ([Button(index=10, kind="url", value="x")], ["buttons.0.index"]),
        ([Button(index=-1, kind="url", value="x")], ["buttons.0.index"]),
        (
            [Button(index=1, kind="url", value="x"), Button(index=1, kind="quick_reply", value="y")],
            ["buttons"],
        ),
        ([Button(index=0, kind="url", value="")], ["buttons.0.value"]),
        ([Button(index=0, kind="url", value="a b")], ["buttons.0.value"]),
        ([Button(index=0, kind="url", value="x" * 2000)], []),
        ([Button(index=0, kind="url", value="x" * 2001)], ["buttons.0.value"]),
        ([Button(index=0, kind="quick_reply", value="x" * 256)], []),
        ([Button(index=0, kind="quick_reply", value="x" * 257)], ["buttons.0.value"]),
        ([Button(index=0, kind="copy_code", value="SPRING39")], []),
        ([Button(index=0, kind="copy_code", value="SPRING 39")], ["buttons.0.value"]),
    ],
)
def test_buttons_have_their_own_index_and_a_value_that_fits(buttons: list[Button], faults: list[str]) -> None:
    assert places(changed(buttons=buttons)) == faults


def test_a_whole_address_behind_the_templates_own_is_a_warning() -> None:
    button = Button(index=0, kind="url", value="https://northwind.test/drop")
    assert places(changed(buttons=[button]), level="warning") == ["buttons.0.value"]


def test_a_preview_fills_the_approved_text_in() -> None:
    assert whatsapp.preview(GOOD) == "Hi Zoë, your code is S-39. Once more: S-39"
    assert whatsapp.preview(NUMBERED) == "Hi Ana, N-1 is here."
    assert whatsapp.preview(changed(body=[])) == GOOD.sample
    tricky = changed(NUMBERED, body=[Parameter(text="{{2}} \\1"), Parameter(text="x")])
    assert whatsapp.preview(tricky) == "Hi {{2}} \\1, x is here."


def test_every_error_names_a_remedy() -> None:
    bad = WhatsAppContent(
        template="A",
        language="?",
        header=Header(kind="video"),
        body=[Parameter(text="")],
        sample="{{1}}{{2}}",
    )
    faults = whatsapp.check(bad, rendered=True)
    assert {fault.place for fault in faults} == {"template", "language", "header.link", "body", "body.0.text"}
    assert all(fault.message.endswith(".") and fault.remedy.endswith(".") for fault in faults)
