"""Which values a template cannot do without, and that the renderer agrees."""

import pytest

from server.channels import contents
from server.pipeline.content import liquid, needing


@pytest.mark.parametrize(
    "text, needed",
    [
        ("{{ city }}", {"city"}),
        ("{{ city | upcase }}", {"city"}),
        ("{{ city | default: 'x' }}", set()),
        ("{{ city | default: town }}", {"town"}),
        ("{{ 'a' | append: city }}", {"city"}),
        ("{% if city %}{{ city }}{% endif %}", set()),
        ("{% if city %}x{% else %}{{ city }}{% endif %}", {"city"}),
        ("{% unless city %}x{% else %}{{ city }}{% endunless %}", set()),
        ("{% if city and plan %}{{ city }}{{ plan }}{% endif %}", set()),
        ("{% if city or plan %}{{ city }}{% endif %}", {"city"}),
        ("{% if city == 'Bern' %}{{ city }}{% endif %}", set()),
        ("{% if city != 'Bern' %}{{ city }}{% endif %}", {"city"}),
        ("{% if city != blank %}{{ city }}{% endif %}", {"city"}),  # it holds where there is no city
        ("{% if plan %}x{% elsif city %}{{ city }}{% endif %}", set()),
        ("{% assign x = city %}{{ x }}", {"city"}),
        ("{% for n in (1..2) %}{{ n }}{% endfor %}", set()),
        ("{% for one in items %}{{ one }}{% endfor %}", {"items"}),
        ("{{ order.total }}", {"order"}),
        ("{% case plan %}{% when 'a' %}{{ city }}{% endcase %}", {"city"}),
        ("{{ broken", set()),
        ("words", set()),
    ],
)
def test_what_is_needed(text: str, needed: set[str]) -> None:
    assert needing.text_needs(text, html=False) == needed


@pytest.mark.parametrize(
    "text",
    [
        "{{ city | default: 'x' }}",
        "{% if city %}{{ city }}{% endif %}",
        "{% unless city %}x{% else %}{{ city }}{% endunless %}",
        "{% if city == 'Bern' %}{{ city }}{% endif %}",
        "{% case plan %}{% when 'a' %}x{% endcase %}",
    ],
)
def test_what_is_not_needed_renders_without_it(text: str) -> None:
    liquid.compiled(text, html=False).render({})


def test_a_mails_own_unsubscribe_address_is_no_value_of_a_person() -> None:
    mail = contents.Email(subject="{{ name }}", html="<a href='{{ unsubscribe_url }}'>x</a>", text="x")
    assert needing.needs(mail) == {"name"}
