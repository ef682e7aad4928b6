"""The short way through a template against the long one: equal to the byte, or not taken."""

import random
from typing import Any

import pytest

from server.pipeline.content import compiling, liquid

TEMPLATES, PEOPLE = 600, 6  #: for each seed

NAMES = ("a", "b", "c")
#: What a contact may hold, and now and then what no contact should.
VALUES: tuple[Any, ...] = (
    *("Ana", "Lyon", "", " ", "  x ", "<b>&\"'</b>", "ß İ ǆ é", "0", "false", "3", "y", "a" * 1024),
    *(0, 1, -2, 3, 10**18, 1.5, 3.0, float("inf"), True, False),
)
ODD: tuple[Any, ...] = ("b" * 1025, "\ud800", 10**18 + 1, 10**5000, None, [1, 2], {"total": 1}, float("nan"))

LITERALS = ("'there'", '"<i>&"', "''", "' '", "3", "-2", "0", "1.5", "true", "false", "nil", "'0'", "'y'")
SIDES = (*NAMES * 3, *LITERALS, "blank", "empty")
FILTERS = (
    *("upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip", "escape", "url_encode"),
    *(
        "default",
        "default: 'x<y'",
        "default: 7",
        "append: '<br>'",
        "append: 3",
        "prepend: '&'",
        "prepend: ' '",
    ),
)
LONG_WAY = (
    "default: b",
    "append: b",
    "upcase: 1",
    "append",
    "default: '', allow_false: true",
    "size",
    "plus: 1",
)
OPERATORS = ("==", "==", "!=", "<>", "<", ">", "<=", ">=", "contains")
TEXTS = ("", " ", "\n\t ", "Hello ", "é<&>", "a\n")
TAGS = (
    *("{% comment %}x{{ y }}{% endcomment %}", "{% raw %}{{ raw }}{% endraw %}", "{% # note %}"),
    *("{% assign b = 'Oslo' %}", "{% for i in (1..2) %}{{ i }}{% endfor %}", "{% echo a %}", "{{ a.size }}"),
)


class Author:
    """Writes templates at random, mostly such as the short way takes."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def template(self) -> str:
        return self.block(3)

    def block(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.rng.randint(0, 4)))

    def piece(self, depth: int) -> str:
        drawn = self.rng.random()
        if drawn < 0.3:
            return self.rng.choice(TEXTS)
        if drawn < 0.6:
            return self.output()
        if drawn < 0.97:
            return self.conditional(depth) if depth else self.output()
        return self.rng.choice(TAGS)

    def output(self) -> str:
        known = self.rng.choices(FILTERS, k=self.rng.choice((0, 0, 1, 1, 2, 3)))
        if self.rng.random() < 0.03:
            known.append(self.rng.choice(LONG_WAY))
        if (
            self.rng.random() < 0.5
        ):  # most names have a default, so that missing ones do not end every template
            known.insert(0, "default: 'there'")
        chain = "".join(f" | {one}" for one in known)
        what = self.rng.choice((*NAMES * 4, *LITERALS))
        left, right = self.trims()
        return f"{{{{{left} {what}{chain} {right}}}}}"

    def trims(self) -> list[str]:
        return self.rng.choices(("", "", "", "-"), k=2)

    def conditional(self, depth: int) -> str:
        tag = self.rng.choice(("if", "if", "unless"))
        left, right = self.trims()
        text = f"{{%{left} {tag} {self.condition()} {right}%}}{self.block(depth - 1)}"
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            text += f"{{%{left} elsif {self.condition()} %}}{self.block(depth - 1)}"
        if self.rng.random() < 0.5:
            text += f"{{% else {right}%}}{self.block(depth - 1)}"
        return f"{text}{{% end{tag} %}}"

    def condition(self) -> str:
        parts = [self.comparison() for _ in range(self.rng.choice((1, 1, 2, 3)))]
        return "".join(
            part if index == 0 else f" {self.rng.choice(('and', 'or'))} {part}"
            for index, part in enumerate(parts)
        )

    def comparison(self) -> str:
        if self.rng.random() < 0.4:
            return self.rng.choice((*NAMES * 3, *LITERALS))
        return f"{self.rng.choice(SIDES)} {self.rng.choice(OPERATORS)} {self.rng.choice(SIDES)}"

    def values(self) -> dict[str, object]:
        chosen = {name: self.rng.choice(VALUES) for name in NAMES if self.rng.random() < 0.8}
        if self.rng.random() < 0.05:
            chosen["a"] = self.rng.choice(ODD)
        return chosen


def _outcome(function: Any, values: dict[str, object]) -> tuple[str, str]:
    """What came of it, and in which words."""
    try:
        return "text", function(values)
    except liquid.Missing as error:
        return "missing", error.variable
    except liquid.Broken as error:
        return "broken", str(error)


@pytest.mark.parametrize("seed", range(4))
def test_the_short_way_gives_the_same_to_the_byte_or_is_not_taken(seed: int) -> None:
    author, taken = Author(seed), 0
    for _ in range(TEMPLATES):
        source, html = author.template(), author.rng.random() < 0.5
        try:
            template = liquid.compiled(source, html=html)
        except liquid.Broken:
            continue
        for _ in range(PEOPLE):
            values = author.values()
            slow = _outcome(template.render_slowly, values)
            assert _outcome(template.render, values) == slow, (source, values)
            fast = _taken(template, values)
            if fast is not None:
                taken += 1
                assert ("text", fast) == slow, (source, values)
                assert type(fast) is str
    assert taken > TEMPLATES * PEOPLE / 2  # else little was compared


def _taken(template: liquid.Compiled, values: dict[str, object]) -> str | None:
    """What the short way says, where it says anything."""
    try:
        return template._fast(values) if template._fast is not None else None
    except Exception:  # noqa: BLE001 - whatever it raises, it steps aside
        return None


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ first_name | default: 'there' }}, {{ points }} points{% if city %} in {{ city }}{% endif %}",
        "{% if points and points != 0 %}{{ points }}{% else %}none{% endif %}",
        "{%- unless vip -%} {{ city | upcase | append: '!' }} {%- endunless -%}",
        "{% if city == blank %}-{% elsif city contains 'y' %}+{% endif %}{{ first_name | url_encode }}",
    ],
)
def test_what_marketers_write_goes_the_short_way(source: str, html: bool) -> None:
    template = liquid.compiled(source, html=html)
    assert template._fast is not None
    values = {"first_name": "Ana & <Ben>", "city": "Lyon", "points": 3, "vip": False}
    assert template._fast(values) == template.render_slowly(values)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..3) %}{{ i }}{% endfor %}",
        "{% assign x = 1 %}{{ x }}",
        "{{ order.total }}",
        "{{ city | date: '%Y' }}",
        "{{ a | upcase | upcase | upcase | upcase }}",
        "{{ a | append: '" + "x" * 1025 + "' }}",
        "{{ a }}" * 1001,
        "{% if a %}" + "{% elsif b %}" * 1200 + "{% endif %}",
        "{% if " + " and ".join(["a"] * 400) + " %}x{% endif %}",
    ],
)
def test_what_it_does_not_know_goes_the_long_way(source: str) -> None:
    assert liquid.compiled(source, html=False)._fast is None


@pytest.mark.parametrize("value", ["x" * 1025, 10**19, [1], {"a": 1}, None, object()])
def test_an_unusual_value_goes_the_long_way(value: object) -> None:
    template = liquid.compiled("{{ a }}", html=False)
    assert template._fast is not None
    with pytest.raises(compiling.Aside):
        template._fast({"a": value})


def test_no_text_of_a_template_becomes_code() -> None:
    hostile = "\"\"\"'''\\\n{{ first_name | append: \"'+__import__('os').system('x')+'\" }}'+1+'\n"
    template = liquid.compiled(hostile, html=False)
    assert template._fast is not None
    values = {"first_name": "');raise SystemExit#"}
    assert template._fast(values) == template.render_slowly(values)


def test_a_missing_value_is_named_as_ever() -> None:
    with pytest.raises(liquid.Missing) as caught:
        liquid.compiled("Dear {{ first_name }}", html=False).render({})
    assert caught.value.variable == "first_name"
