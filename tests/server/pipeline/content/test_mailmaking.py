"""HTML made of a mail's source: Liquid untouched, nothing fetched, no file read, nothing overrun."""

import pytest

from server.channels import contents, mailblocks
from server.pipeline.content import examining, mailmaking, rendering

WHOLE = "<mjml>{head}<mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"


def page(body: str, head: str = "") -> str:
    return mailmaking.from_mjml(WHOLE.format(head=head, body=body))


def blocks(*made: mailblocks.AnyBlock) -> str:
    column = mailblocks.Column(blocks=list(made))
    return mailblocks.write(mailblocks.Mail(sections=[mailblocks.Section(id="s", columns=[column])]))


LIQUID = [
    "{{ name }}",
    "{{ a | default: 'x < y & \"z\"' }}",
    "{% if a > 3 %}yes{% endif %}",
    "{%- for item in list -%}{{ item }}{%- endfor -%}",
]


@pytest.mark.parametrize("words", LIQUID)
def test_liquid_comes_through_byte_for_byte(words: str) -> None:
    assert words in page(f"<mj-text>{words}</mj-text>")


@pytest.mark.parametrize(
    "value",
    [
        "{{ url | default: 'https://x/?a=1&b=2' }}",
        "é 👨‍👩‍👧 \\ &quot;x&quot;",
        "a&amp;b",
        "{% if a %}x{% endif %}y",
    ],
)
def test_attributes_come_through_byte_for_byte(value: str) -> None:
    assert f'alt="{value}"' in page(f'<mj-image src="https://x.example/a.png" alt="{value}"/>')


def test_liquid_between_sections_stays_between_them() -> None:
    made = mailmaking.from_mjml(
        "<mjml><mj-body>{% if vip %}<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>{% endif %}"
        "</mj-body></mjml>"
    )
    assert made.index("{% if vip %}") < made.index(">x<") < made.index("{% endif %}")
    assert "<!--{%" not in made


def test_inline_styles_are_written_into_the_elements_and_others_stay() -> None:
    head = (
        '<mj-head><mj-style inline="inline">b { color: #ff0000 }</mj-style>'
        "<mj-style>@media (max-width:480px) { b { color: blue } }</mj-style></mj-head>"
    )
    made = page("<mj-text><b>x</b></mj-text>", head)
    assert '<b style="color: #ff0000;">x</b>' in made
    assert "@media (max-width:480px) { b { color: blue } }" in made


@pytest.mark.parametrize(
    "source,words",
    [
        ('<mjml><mj-body><mj-include path="/etc/passwd"/></mj-body></mjml>', "includes a file"),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", "cannot be read"),
        ("hello", "cannot be read"),
        ("<mjml><mj-body>" + "<mj-wrapper>" * 5000, "within one another"),
        ("<mjml>" + "x" * 500_001, "longer than"),
        ('{"sections": 1}', "blocks cannot be read"),
    ],
)
def test_a_source_that_nothing_can_be_made_of_says_why(source: str, words: str) -> None:
    with pytest.raises(mailmaking.Broken, match=words):
        mailmaking.compiled(source)


def test_blocks_become_a_page_with_their_words() -> None:
    run = mailblocks.Run(text="Hello {{ name }}", bold=True)
    text = mailblocks.Text(id="t", paragraphs=[mailblocks.Paragraph(shape="h1", runs=[run])])
    made = mailmaking.compiled(blocks(text, mailblocks.Button(id="b", label="Go", link="https://x.example")))
    assert "<b>Hello {{ name }}</b></h1>" in made
    assert 'href="https://x.example"' in made


def test_a_source_is_in_no_hash_and_is_never_sent() -> None:
    source = blocks(
        mailblocks.Text(id="t", paragraphs=[mailblocks.Paragraph(runs=[mailblocks.Run(text="Hi")])])
    )
    made = mailmaking.made(contents.Email(subject="Hi {{ name }}", source=source))
    assert isinstance(made, contents.Email)
    alone = contents.Email(subject="Hi {{ name }}", html=made.html)
    with_source = rendering.Renderer(made).render({"name": "Ann"})
    assert with_source == rendering.Renderer(alone).render({"name": "Ann"})
    assert not with_source.content.source  # type: ignore[union-attr]


def test_the_address_to_unsubscribe_is_known_for_everybody() -> None:
    content = contents.Email(subject="s", html='<a href="{{ unsubscribe_url }}">x</a>')
    renderer = rendering.Renderer(content)
    assert renderer.variables == frozenset()
    done = renderer.render({})
    assert done.used == {}
    assert 'href="https://unsubscribe.invalid/"' in done.content.html  # type: ignore[union-attr]
    assert examining.examine_one(content, known=frozenset()) == []


def test_a_broken_source_is_a_fault_of_its_content() -> None:
    found = examining.examine_one(contents.Email(subject="s", html="<p>old</p>", source="<mjml><mj-body>"))
    assert [(fault.place, fault.level) for fault in found] == [("source", "error")]
