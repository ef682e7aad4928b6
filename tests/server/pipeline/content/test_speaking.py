"""A content in several languages: each person's is picked, and the values kept pick it again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.channels import contents
from server.pipeline.content import rendering, speaking

TAGS = ["de", "de-AT", "fr", "pt-BR", "zh-Hant"]


def sms(body: str) -> contents.Sms:
    return contents.Sms(body=body)


def spoken(*tags: str, **fallbacks: str) -> contents.Contents:
    others: dict[str, contents.Content] = {tag: sms(f"{tag} {{{{ name }}}}") for tag in tags}
    return contents.Contents(
        sms=sms("en {{ name }}"),
        languages={"sms": contents.Translations(language="en", others=others, fallbacks=fallbacks)},
    )


def test_a_content_in_one_language_is_rendered_as_ever() -> None:
    assert isinstance(speaking.of(contents.Contents(sms=sms("x")), "sms"), rendering.Renderer)
    only = contents.Contents(sms=sms("x"), languages={"sms": contents.Translations(language="en")})
    assert isinstance(speaking.of(only, "sms"), rendering.Renderer)


@given(
    tags=st.sets(st.sampled_from(TAGS), min_size=1),
    fallbacks=st.dictionaries(st.sampled_from(TAGS), st.sampled_from(TAGS)),
    language=st.one_of(st.none(), st.sampled_from(TAGS), st.text(max_size=5), st.integers()),
    locale=st.one_of(st.none(), st.sampled_from(TAGS), st.text(max_size=5)),
)
def test_the_values_kept_with_a_message_render_the_same_again(
    tags: set[str], fallbacks: dict[str, str], language: object, locale: object
) -> None:
    renderer = speaking.of(spoken(*sorted(tags), **fallbacks), "sms")
    values = {"name": "N", "language": language, "locale": locale, "city": "unused"}
    first = renderer.render(values)
    again = renderer.render(first.used)
    assert (again.content, again.digest, again.used) == (first.content, first.digest, first.used)
    assert "city" not in first.used


def test_a_constant_in_each_language_is_told_apart() -> None:
    chosen = contents.Contents(
        sms=sms("Hi"),
        languages={"sms": contents.Translations(language="en", others={"de": sms("Hallo")})},
    )
    renderer = speaking.of(chosen, "sms")
    german = renderer.render({"locale": "de"})
    assert (german.content, german.used) == (sms("Hallo"), {"locale": "de"})
    english = renderer.render({"locale": "en"})
    assert (english.content, english.used) == (sms("Hi"), {"locale": "en"})
    assert renderer.render({}).used == {}


def test_the_variables_are_those_of_all_languages() -> None:
    chosen = spoken("de")
    other = contents.Translations(language="en", others={"de": sms("{{ email }}")})
    renderer = speaking.of(contents.Contents(sms=chosen.sms, languages={"sms": other}), "sms")
    assert renderer.variables == {"name", "email"}


def test_languages_are_kept_with_their_channels_and_their_usual_letters() -> None:
    chosen = contents.Contents(
        sms=sms("x"),
        languages={
            "sms": contents.Translations(
                language="EN", others={"pt_br": sms("y")}, fallbacks={"ES": "pt-br"}
            ),
            "rcs": contents.Translations(language="en"),
        },
        taken={"rcs": contents.Taken(template=1, version=1)},
        blocks={"x": 1},
    )
    kept = speaking.tidied_all(chosen)
    assert kept.languages == {
        "sms": contents.Translations(language="en", others={"pt-BR": sms("y")}, fallbacks={"es": "pt-BR"})
    }
    assert (kept.taken, kept.blocks) == ({}, {})


@pytest.mark.parametrize(
    "translations, place",
    [
        (contents.Translations(language="english"), "language"),
        (contents.Translations(others={"??": sms("x")}), "others.??"),
        (contents.Translations(others={"de": sms("x"), "DE": sms("y")}), "others"),
        (contents.Translations(language="de", others={"DE": sms("y")}), "language"),
        (contents.Translations(others={"de": contents.Email(subject="s", text="t")}), "others.de"),
        (contents.Translations(fallbacks={"nb": "da"}), "fallbacks.nb"),
    ],
)
def test_what_is_wrong_with_languages_is_named(translations: contents.Translations, place: str) -> None:
    assert [fault.place for fault in speaking.faults("sms", translations)] == [place]
