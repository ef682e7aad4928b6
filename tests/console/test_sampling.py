"""Contents as somebody made up would read them: conditions hold, defaults stand in, and nothing of Liquid is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.widgets.writing import sampling
from server.channels import contents, rcs, whatsapp

FIRST = "{% if first_name %}{{ first_name }}, the{% else %}The{% endif %} drop is open"
PIECES = st.lists(
    st.sampled_from(
        [
            *("{% if a %}", "{% elsif b %}", "{% else %}", "{% endif %}", "{% for x in y %}", "{% endfor %}"),
            *("{{ first_name }}", "{{ x | default: 'y' }}", "{% case c %}", "{% when 1 %}", "{% endcase %}"),
            *("word ", "{%", "}}", "{% comment %}", "{% endcomment %}", "{% assign a = 1 %}"),
        ]
    ),
    max_size=14,
).map("".join)


@pytest.mark.parametrize(
    "template, said",
    [
        ("Hello {{ first_name }}", "Hello Alex"),
        ("Hello {{ nickname | default: 'there' }}!", "Hello there!"),
        ("Order {{ order_number }}", "Order order number"),
        ("{{ contact.first_name | upcase }}", "ALEX"),
        ("{{ 'a | b' }}", "a | b"),
        (FIRST, "Alex, the drop is open"),
        ("{% unless city %}Somewhere{% else %}{{ city }}{% endunless %}", "Leeds"),
        ("{% if city == blank %}nowhere{% elsif points %}{{ points }} points{% endif %}", "250 points"),
        ("{% case tier %}{% when 'gold' %}Gold{% when 'tin' %}Tin{% endcase %}", "Gold"),
        ("{% for item in basket %}{{ item }} {% endfor %}", "item "),
        ("a{% comment %} b {% endcomment %}c", "ac"),
        ("{% assign x = 3 %}{% render 'footer' %}Bye", "Bye"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_a_text_is_read_as_the_made_up_person_reads_it(template: str, said: str) -> None:
    assert sampling.words(template) == said


@given(PIECES)
def test_whatever_is_written_is_read_without_a_fall(template: str) -> None:
    said = sampling.words(template)
    assert "{% if" not in said
    assert "{{ first" not in said


def test_a_content_is_read_in_all_its_parts() -> None:
    card = rcs.Card(title="For {{ first_name }}", suggestions=[rcs.Suggestion(text="{{ city }}")])
    made = sampling.content(contents.Rcs(kind="carousel", cards=[card, card]))
    assert isinstance(made, rcs.RcsContent)
    assert (made.cards[1].title, made.cards[1].suggestions[0].text) == ("For Alex", "Leeds")


def test_the_placeholders_of_an_approved_text_stay() -> None:
    made = sampling.content(
        contents.WhatsApp(
            template="hi", sample="Hi {{1}}", body=[whatsapp.Parameter(text="{{ first_name }}")]
        )
    )
    assert isinstance(made, whatsapp.WhatsAppContent)
    assert whatsapp.preview(made) == "Hi Alex"
