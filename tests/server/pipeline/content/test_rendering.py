"""One renderer: equal values give equal bytes, and every reason not to send has a name."""

import hashlib

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from server.channels import contents, rcs, whatsapp
from server.pipeline.content import rendering


def test_every_text_of_a_content_is_filled_in_at_any_depth() -> None:
    content = contents.Rcs(
        kind="card",
        cards=[
            rcs.Card(title="For {{ name }}", suggestions=[rcs.Suggestion(text="{{ yes }}", postback="p")])
        ],
        suggestions=[rcs.Suggestion(text="No")],
    )
    renderer = rendering.Renderer(content)
    assert renderer.variables == {"name", "yes"}
    rendered = renderer.render({"name": "Ann", "yes": "Yes", "other": 1}).content
    assert isinstance(rendered, contents.Rcs)
    assert rendered.cards[0].title == "For Ann"
    assert rendered.cards[0].suggestions[0] == rcs.Suggestion(text="Yes", postback="p")
    assert content.cards[0].title == "For {{ name }}"


def test_mappings_are_filled_in_by_value_and_keep_their_keys() -> None:
    content = contents.Apns(title="t", body="b", data={"{{ key }}": "{{ value }}", "c": "d"})
    rendered = rendering.Renderer(content).render({"value": "v"}).content
    assert isinstance(rendered, contents.Apns)
    assert rendered.data == {"{{ key }}": "v", "c": "d"}


def test_fixed_texts_are_no_templates() -> None:
    content = contents.WhatsApp(
        template="hello", sample="Hi {{1}}", body=[whatsapp.Parameter(text="{{ name }}")]
    )
    renderer = rendering.Renderer(content)
    assert renderer.variables == {"name"}
    rendered = renderer.render({"name": "Ann"}).content
    assert isinstance(rendered, contents.WhatsApp)
    assert rendered.sample == "Hi {{1}}"
    assert rendered.body[0].text == "Ann"


def test_only_html_is_escaped() -> None:
    content = contents.Email(subject="{{ x }}", html="<p>{{ x }}</p>", text="{{ x }}")
    rendered = rendering.Renderer(content).render({"x": "A & <B>"}).content
    assert isinstance(rendered, contents.Email)
    assert (rendered.subject, rendered.html) == ("A & <B>", "<p>A &amp; &lt;B&gt;</p>")
    assert rendered.text == "A & <B>"


def test_the_values_used_give_the_same_bytes_again() -> None:
    renderer = rendering.Renderer(
        contents.Sms(body="{{ b }}{% if a %}{{ a }}{% endif %}{{ c | default: 'z' }}")
    )
    first = renderer.render({"a": "1", "b": "2", "c": "", "d": "unused"})
    assert first.used == {"a": "1", "b": "2"}
    again = renderer.render(msgspec.json.decode(msgspec.json.encode(first.used)))
    assert (again.content, again.digest) == (first.content, first.digest)
    assert len(first.digest) == 16
    assert first.digest == rendering.digest(first.content)


def test_the_digest_is_blake2b_of_the_canonical_json() -> None:
    content = contents.Sms(body="x")
    expected = b'{"channel":"sms","body":"x","media_urls":[],"validity_s":36000}'
    assert rendering.Renderer(content).render({}).digest == hashlib.blake2b(expected, digest_size=16).digest()


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    first = contents.Apns(title="t", data={"a": "1", "b": "2"})
    second = contents.Apns(title="t", data={"b": "2", "a": "1"})
    assert rendering.digest(first) == rendering.digest(second)


@pytest.mark.parametrize("missing", [{}, {"name": None}, {"name": ""}])
def test_a_missing_value_names_variable_and_place(missing: dict[str, object]) -> None:
    renderer = rendering.Renderer(contents.Apns(title="t", data={"link": "{{ name }}"}))
    with pytest.raises(rendering.MissingValue) as error:
        renderer.render(missing)
    assert (error.value.variable, error.value.place) == ("name", "data.link")


def test_a_value_that_breaks_the_template_names_the_place() -> None:
    renderer = rendering.Renderer(contents.Sms(body="{% if points > 3 %}x{% endif %}"))
    with pytest.raises(rendering.Unrenderable) as error:
        renderer.render({"points": "many"})
    assert error.value.place == "body"
    assert error.value.message.endswith(".")


def test_a_broken_template_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(rendering.Unrenderable) as error:
        rendering.Renderer(contents.Email(subject="s", html="<p>\n{{ x | nosuch }}", text="t"))
    assert error.value.place == "html"
    assert "Line 2" in error.value.message


def test_what_breaks_the_channels_rules_is_named_after_rendering() -> None:
    renderer = rendering.Renderer(contents.Apns(title="{{ x }}", body="b"))
    renderer.render({"x": "short"})
    with pytest.raises(rendering.BadContent) as error:
        renderer.render({"x": "long " * 1000})
    assert error.value.faults


def test_content_without_templates_is_checked_once_and_shared() -> None:
    renderer = rendering.Renderer(contents.Sms(body="Hello"))
    assert renderer.render({"a": 1}) is renderer.render({})
    assert renderer.render({}).used == {}


@hypothesis.given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.text(max_size=20) | st.integers(0, 10**9) | st.none()
    )
)
def test_rendering_twice_gives_the_same_bytes(values: dict[str, object]) -> None:
    content = contents.Email(
        subject="{{ a | default: '-' }}.",
        html="<p>{{ b | default: 1 | escape }}</p>",
        text="{{ c | default: 'x' }}.",
    )
    renderer, other = rendering.Renderer(content), rendering.Renderer(content)
    try:
        first = renderer.render(values)
    except rendering.BadContent:
        return
    again = other.render(first.used)
    assert (first.digest, first.content) == (again.digest, again.content)
