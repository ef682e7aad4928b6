"""Shared blocks taken in as text: what Liquid itself would make of them, bounded, and refused by their place."""

import time

import liquid as language
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.channels import contents, mailblocks, shared
from server.pipeline.content import examining, liquid, rendering, sharing


def library(**texts: str) -> dict[str, sharing.Piece]:
    return {
        name.replace("_", "-"): sharing.Piece(name.replace("_", "-"), "text", 1, text)
        for name, text in texts.items()
    }


def sms(body: str) -> contents.Sms:
    return contents.Sms(body=body)


def body(text: str, pieces: dict[str, sharing.Piece]) -> str:
    content = sharing.resolved(sms(text), pieces).content
    assert isinstance(content, contents.Sms)
    return content.body


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("a {% render 'x' %} b", "a X b"),
        ('a {%render "x"%} b', "a X b"),
        ("a {%- render 'x' -%} b", "aXb"),
        ("a {%- render 'x' %} b", "aX b"),
        ("{% raw %}{% render 'x' %}{% endraw %}", "{% render 'x' %}"),
        ("{% comment %}{% render 'nowhere' %}{% endcomment %}.", "."),
        ("{% for n in (1..3) %}{% render 'x' %}{% endfor %}", "XXX"),
        ("{% if name %}{% render 'x' %}{% endif %}.", "."),
        ("rendered words", "rendered words"),
    ],
)
def test_a_block_stands_where_it_is_named(text: str, outcome: str) -> None:
    assert liquid.compiled(body(text, library(x="X")), html=False).render({}) == outcome


WORDS = st.text(alphabet="abc XYZ\n", max_size=12)
TAGS = st.sampled_from(["{% render 'one' %}", "{%- render 'two' -%}", "{% render 'three' %}", "{{ name }}"])
PIECES = st.lists(st.one_of(WORDS, TAGS), max_size=6).map("".join)
LEAVES = st.lists(st.one_of(WORDS, st.just("{{ name }}"), st.just("{% if name %}y{% endif %}")), max_size=4)


@given(text=PIECES, one=LEAVES.map("".join), two=LEAVES.map("".join))
def test_the_outcome_is_what_the_language_itself_would_make_of_partials(
    text: str, one: str, two: str
) -> None:
    texts = {"one": one, "two": two, "three": "[{% render 'one' %}|{% render 'two' %}]"}
    theirs = language.Environment(loader=language.DictLoader(texts))
    ours = liquid.compiled(body(text, library(**texts)), html=False)
    assert ours.render_slowly({"name": "N"}) == theirs.from_string(text).render(name="N")
    assert ours.render({"name": "N"}) == ours.render_slowly({"name": "N"})


@given(st.text(max_size=60), st.text(alphabet="{}%-'\" render x\n", max_size=40))
def test_any_text_without_a_block_stays_as_it_is_to_the_byte(words: str, tags: str) -> None:
    text = words + tags
    if not list(shared.mentions(text)):
        assert shared.replaced(text, lambda _name: "taken") == text


@pytest.mark.parametrize(
    "text",
    ["{% raw %}" * 50_000 + "render", "{% render " * 50_000, "{% render " + " " * 400_000 + "x %}"],
    ids=["open raw", "open render", "spaces"],
)
def test_what_is_left_open_costs_one_pass(text: str) -> None:
    before = time.process_time()
    assert shared.replaced(text, lambda _name: "taken") == text
    assert time.process_time() - before < 2.0


def test_versions_are_told_with_those_of_blocks_within() -> None:
    pieces = {
        "outer": sharing.Piece("outer", "text", 4, "{% render 'inner' %}"),
        "inner": sharing.Piece("inner", "text", 2, "x"),
    }
    assert sharing.resolved(sms("{% render 'outer' %}"), pieces).blocks == {"outer": 4, "inner": 2}


def test_a_bomb_of_blocks_is_refused_before_it_goes_off() -> None:
    texts = {f"b{n}": f"{{% render 'b{n + 1}' %}}" * 10 for n in range(7)} | {"b7": "x" * 1000}
    with pytest.raises(sharing.Unresolved) as caught:
        sharing.resolved(sms("{% render 'b0' %}"), library(**texts))
    assert len(caught.value.faults) == 1
    assert "more than 200" in caught.value.faults[0].message


def test_a_circle_is_named_with_its_path() -> None:
    pieces = library(a="{% render 'b' %}", b="{% render 'a' %}")
    with pytest.raises(sharing.Unresolved) as caught:
        sharing.resolved(sms("{% render 'a' %}"), pieces)
    assert "a → b → a" in caught.value.faults[0].message


def test_a_mail_takes_blocks_in_by_what_each_field_is_written_in() -> None:
    pieces = {
        "words": sharing.Piece("words", "text", 1, "A & B\n{{ name }}"),
        "rule": sharing.Piece("rule", "html", 1, "<hr>"),
    }
    mail = contents.Email(
        subject="{{ name }}",
        html="<p>{% render 'words' %}</p>{% render 'rule' %}",
        text="{% render 'words' %}",
    )
    whole = sharing.resolved(mail, pieces).content
    assert isinstance(whole, contents.Email)
    assert whole.html == "<p>A &amp; B<br>\n{{ name }}</p><hr>"
    assert whole.text == "A & B\n{{ name }}"
    with pytest.raises(sharing.Unresolved) as caught:
        sharing.resolved(contents.Email(subject="{% render 'rule' %}", text="x"), pieces)
    assert caught.value.faults[0].place == "subject"


def test_a_mail_in_blocks_and_one_in_mjml_take_them_in_before_html_is_made() -> None:
    pieces = {
        "who": sharing.Piece("who", "text", 1, "A & B"),
        "bold": sharing.Piece("bold", "html", 1, "<b>x</b>"),
    }
    words = mailblocks.Paragraph(runs=[mailblocks.Run(text="From {% render 'who' %}, {% render \"bold\" %}")])
    column = mailblocks.Column(blocks=[mailblocks.Text(id="t", paragraphs=[words])])
    mail = mailblocks.Mail(sections=[mailblocks.Section(id="s", columns=[column])])
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>From {% render 'who' %}, {% render 'bold' %}</mj-text>"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    for source in (mailblocks.write(mail), mjml):
        whole = sharing.resolved(contents.Email(subject="s", source=source), pieces)
        assert isinstance(whole.content, contents.Email)
        assert "From A &amp; B, <b>x</b>" in whole.content.html
        assert whole.blocks == {"who": 1, "bold": 1}
        assert whole.content.source == source


def test_faults_of_a_template_keep_their_lines_beside_blocks() -> None:
    pieces = library(long="1\n2\n3\n4")
    found = examining.examine_one(sms("a\n{% render 'long' %}\n{{ b | nosuch }}"), library=pieces)
    assert [fault.message.startswith("Line 3:") for fault in found] == [True]


def test_what_blocks_add_counts_for_the_channels_rules() -> None:
    found = examining.examine_one(sms("{% render 'empty' %}"), library=library(empty=""))
    assert [fault.level for fault in found] == ["error"]
    sound = examining.examine_one(sms("{% render 'some' %}"), library=library(some="words"))
    assert [fault for fault in sound if fault.level == "error"] == []


def test_all_channels_and_languages_are_resolved_and_the_versions_written_down() -> None:
    chosen = contents.Contents(
        sms=sms("{% render 'x' %}"),
        languages={"sms": contents.Translations(language="en", others={"de": sms("de {% render 'y' %}")})},
    )
    whole = sharing.resolved_all(chosen, library(x="X", y="Y"))
    assert (whole.sms, whole.languages["sms"].others["de"]) == (sms("X"), sms("de Y"))
    assert whole.blocks == {"x": 1, "y": 1}
    with pytest.raises(sharing.Unresolved) as caught:
        sharing.resolved_all(chosen, library(x="X"))
    assert [fault.place for fault in caught.value.faults] == ["languages.sms.others.de.body"]
    assert rendering.Renderer(sms("X")).render({}).digest
