"""Which language a person reads: tags in their usual letters, and a chain that always ends at a content there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.channels import languages

Because = languages.Because

TAGS = ["de", "de-AT", "de-DE", "en", "en-GB", "fr", "gsw", "nb", "pt-BR", "zh", "zh-Hant", "zh-Hant-TW"]
tags = st.sampled_from(TAGS)
people = st.one_of(
    st.none(),
    st.text(max_size=12),
    tags.map(lambda tag: tag.replace("-", "_")),
    tags.map(str.upper),
    tags.map(lambda tag: f"{tag.replace('-', '_')}.UTF-8"),
    st.integers(),
)


@pytest.mark.parametrize(
    "given, tag",
    [
        ("de", "de"),
        ("DE_at", "de-AT"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-rozaj", "sl-rozaj"),
        ("de_DE.UTF-8@euro", "de-DE"),
        (" fr ", "fr"),
        ("", ""),
        ("english", ""),
        ("x-y", ""),
        ("C", ""),
        ("de/at", ""),
    ],
)
def test_tags_are_written_in_their_usual_letters(given: str, tag: str) -> None:
    assert languages.canonical(given) == tag


@pytest.mark.parametrize(
    "locale, language, because",
    [
        ("de-AT", "de-AT", Because.EXACT),
        ("de-CH", "de", Because.BASE),
        ("zh-Hant-HK", "zh", Because.BASE),
        ("gsw-CH", "de", Because.FALLBACK),
        ("nb", "en", Because.FALLBACK),  # through da, which is not there
        ("fr", "en", Because.DEFAULT),
        ("loop", "en", Because.UNKNOWN),
        ("ast", "en", Because.DEFAULT),  # whose stand-ins go round in a circle
        (None, "en", Because.UNKNOWN),
    ],
)
def test_the_chain_goes_from_the_tag_to_the_default(
    locale: str | None, language: str, because: Because
) -> None:
    fallbacks = {"gsw": "de", "nb": "da", "da": "en", "ast": "es", "es": "ast"}
    choice = languages.choose({"locale": locale}, own="en", others={"de", "de-AT", "zh"}, fallbacks=fallbacks)
    assert (choice.language, choice.because) == (language, because)
    assert languages.explain(choice).endswith(".")


def test_a_language_a_person_chose_goes_before_their_locale() -> None:
    values = {"language": "fr", "locale": "de"}
    choice = languages.choose(values, own="en", others={"de", "fr"}, fallbacks={})
    assert (choice.language, choice.wanted) == ("fr", "fr")


@given(
    language=people,
    locale=people,
    own=st.one_of(st.just(""), tags),
    others=st.sets(tags),
    fallbacks=st.dictionaries(tags, tags),
)
def test_the_chain_always_ends_at_a_content_there_is(
    language: object, locale: object, own: str, others: set[str], fallbacks: dict[str, str]
) -> None:
    values = {"language": language, "locale": locale}
    choice = languages.choose(values, own=own, others=others, fallbacks=fallbacks)
    assert choice.language in others | {own}
    assert languages.choose(values, own=own, others=others, fallbacks=fallbacks) == choice
    tag = languages.canonical(choice.wanted)
    if tag in others | ({own} - {""}):
        assert (choice.language, choice.because) == (tag, Because.EXACT)
    elif tag and any(form in others or form == own for form in languages.shorter(tag)):
        assert tag.startswith(f"{choice.language}-")
        assert choice.because is Because.BASE


@given(people)
def test_what_is_canonical_stays_so(given_tag: object) -> None:
    tag = languages.canonical(str(given_tag))
    assert languages.canonical(tag) == tag
