"""Liquid does what its authors know, and nothing an attacker wants."""

import time

import hypothesis
import pytest
from hypothesis import strategies as st

from server.pipeline.content import liquid


def render(source: str, values: dict[str, object] | None = None, *, html: bool = False) -> str:
    return liquid.compiled(source, html=html).render(values or {})


@pytest.mark.parametrize(
    "source, text",
    [
        ("Hi {{ name }}", "Hi Ann"),
        ("Hi {{ nick | default: 'there' }}", "Hi there"),
        ("{% if nick %}{{ nick }}{% else %}you{% endif %}", "you"),
        ("{% unless nick %}you{% endunless %}", "you"),
        ("{{ tags | split: ',' | join: ' and ' }}", "a and b"),
        ("{% for tag in list %}{{ forloop.index }}{{ tag }}{% endfor %}", "1x2y"),
        ("{{ order.total | plus: 1 }}", "13"),
        ("{{ day | date: '%-d %B %Y' }}", "3 May 2026"),
        ("{{ 1777800000 | date: '%H:%M' }}", "09:20"),
        ("{{ 'soon' | date: '%d' }}", "soon"),
        ("{{ '<p>a <!-- x --><script>y</script>b</p>' | strip_html }}", "a b"),
        ("{% assign x = name | upcase %}{{ x }}{% comment %}no{% endcomment %}", "ANN"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ],
)
def test_templates_read_as_their_authors_expect(source: str, text: str) -> None:
    values: dict[str, object] = {
        "name": "Ann",
        "tags": "a,b",
        "list": ["x", "y"],
        "order": {"total": 12},
        "day": "2026-05-03",
    }
    assert render(source, values) == text


@pytest.mark.parametrize(
    "source, variable",
    [
        ("{{ city }}", "city"),
        ("{{ order.city }}", "order.city"),
        ("{{ city | upcase }}", "city"),
        ("{{ city | plus: 1 }}", "city"),
        ("{{ city | date: '%d' }}", "city"),
        ("{{ 'in ' | append: city }}", "city"),
        ("{% for x in city %}{% endfor %}", "city"),
        ("{{ name.first }}", "name.first"),
        ("{% assign x = city %}{{ x }}", "city"),
        ("{% if name %}{{ city }}{% endif %}", "city"),
        ("{{ now }}", "now"),
        ("{{ city | size }}", "city"),
    ],
)
def test_a_missing_value_is_an_error_that_names_it(source: str, variable: str) -> None:
    with pytest.raises(liquid.Missing) as missing:
        render(source, {"name": "Ann", "order": {"total": 1}})
    assert missing.value.variable == variable


def test_html_is_escaped_and_plain_text_is_not() -> None:
    hostile = '<script>"&'
    assert render("<p>{{ x }}</p>", {"x": hostile}, html=True) == "<p>&lt;script&gt;&#34;&amp;</p>"
    assert render("{{ x | default: '<b>' }}", html=True) == "<b>"
    assert render("{{ x }}", {"x": hostile}) == hostile
    assert "<script>" not in render(
        "{{ x | append: 'y' | upcase | downcase | truncate: 40 }}", {"x": hostile}, html=True
    )


@pytest.mark.parametrize(
    "source, line",
    [
        ("\n{{ name | upcas }}", 2),
        ("\n\n{{ name", 3),
        ("{% include 'x' %}", 1),
        ("{% render 'x' %}", 1),
        ("a\n{% nonsense %}", 2),
        ("{{ name | }}", 1),
        ("{% endif %}", 1),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(source: str, line: int) -> None:
    with pytest.raises(liquid.Broken) as broken:
        liquid.compiled(source, html=False)
    assert broken.value.line == line


def test_an_unknown_filter_suggests_the_one_that_was_meant() -> None:
    with pytest.raises(liquid.Broken) as broken:
        liquid.compiled("{{ name | upcas }}", html=False)
    assert "upcase" in broken.value.remedy


def test_what_is_sent_never_depends_on_the_moment() -> None:
    for source in ("{{ 'now' | date: '%Y' }}", "{{ 'today' | date: '%Y' }}", "{{ now | date: '%Y' }}"):
        with pytest.raises((liquid.Broken, liquid.Missing)):
            render(source)


def test_variables_are_those_that_come_from_outside_by_their_first_name() -> None:
    source = "{% assign a = b %}{{ a }}{% for c in d.e %}{{ c }}{{ forloop.index }}{% endfor %}\n{{ f | default: g }}"
    found = liquid.compiled(source, html=False)
    assert found.variables == {"b", "d", "f", "g"}
    assert found.lines["f"] == 2


BIG = "y" * 60_000
#: What is tried on servers that render other people's templates.
ATTACKS = {
    "a loop of a billion": "{% for i in (1..1000000000) %}x{% endfor %}",
    "nested loops": "{% for i in (1..9000) %}{% for j in (1..9000) %}x{% endfor %}{% endfor %}",
    "a far offset": "{% for i in (1..1000000000) limit:1 offset:999999990 %}x{% endfor %}",
    "a table of a billion": "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
    "a joined billion": "{{ (1..1000000000) | join }}",
    "a sorted billion": "{{ (1..1000000000) | sort | first }}",
    "a searched billion": "{% if (1..1000000000) contains 'a' %}{% endif %}",
    "a searched billion by name": "{% assign r = (1..1000000000) %}{% if r contains 'a' %}{% endif %}",
    "doubling": "{% assign a = 'xx' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}",
    "capturing": "{% for i in (1..9000) %}{% capture a %}"
    + "{{ a | default: 'x' }}" * 2
    + "{% endcapture %}{% endfor %}",
    "replacing": "{{ 'a' | replace: 'a', '"
    + "aa" * 200
    + "'"
    + (" | replace: 'a', '" + "aa" * 200 + "'") * 5
    + " }}",
    "replacing nothing": "{{ '" + BIG + "' | replace: '', '" + BIG + "' }}",
    "joining": "{{ '" + "a," * 900 + "' | split: ',' | join: '" + BIG + "' }}",
    "encoding": "{{ '" + BIG + "'" + " | base64_encode" * 40 + " }}",
    "squaring": "{% assign a = 9 %}{% for i in (1..9000) %}{% assign a = a | times: a %}{% endfor %}",
    "rounding": "{{ 5 | round: -1000000000 }}",
    "a wide date": "{{ '2026-01-01' | date: '%999999999d' }}",
    "quadratic uniq": "{{ '" + "a," * 30_000 + "' | split: ',' | uniq }}",
    "empty work": "{% for i in (1..9999) %}" + "{% if 1 == 2 %}{% endif %}" * 1500 + "{% endfor %}",
    "much output": "{% for i in (1..9999) %}" + "z" * 5000 + "{% endfor %}",
    "deep blocks": "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "deep brackets": "{{ " + "[" * 5000 + " }}",
    "a long condition": "{% if " + " and ".join(["true"] * 20_000) + " %}{% endif %}",
    "unclosed outputs": "{{" * 100_000,
    "unclosed tags": "{% if " * 50_000,
    "unclosed raws": "{%raw%}" * 50_000,
    "unclosed docs": "{% doc %}" * 50_000,
    "unclosed comments": "{% comment %}" * 20_000,
    "too many nodes": "{{ a }}" * 6000,
    "too long": "x" * 600_000 + "{{ a }}",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_template_takes_more_than_its_share(attack: str) -> None:
    started = time.process_time()
    with pytest.raises((liquid.Broken, liquid.Missing)) as refused:
        render(ATTACKS[attack])
    assert time.process_time() - started < 5
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("name", ["__class__", "_private", "__dict__", "secret", "hidden.value"])
def test_no_attribute_of_any_object_is_ever_read(name: str) -> None:
    class Gadget:
        secret = "s"
        _private = "p"

    with pytest.raises(liquid.Missing):
        render("{{ x." + name + " }}", {"x": Gadget()})


PIECES = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            " ",
            "a",
            "b.c",
            "|",
            "upcase",
            "append: a",
            "split: ''",
            "if",
            "endif",
            "for x in a",
        ),
        *(
            "endfor",
            "assign a = b",
            "'",
            '"',
            "\n",
            "1",
            "(1..3)",
            "==",
            "contains",
            "raw",
            "endraw",
            "default: 'x'",
            "[",
            "]",
        ),
    ]
)


@hypothesis.given(st.lists(PIECES, max_size=14).map(" ".join), st.booleans())
def test_whatever_is_written_ends_in_text_or_in_a_named_error(source: str, html: bool) -> None:
    try:
        text = render(source, {"a": "x", "b": {"c": 3}}, html=html)
    except (liquid.Broken, liquid.Missing):
        return
    assert render(source, {"a": "x", "b": {"c": 3}}, html=html) == text
