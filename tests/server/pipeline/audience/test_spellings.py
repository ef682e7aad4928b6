"""A number is found by every spelling people use for it, and by no other."""

import pytest

from server.pipeline.audience import spellings


@pytest.mark.parametrize(
    "text",
    [
        *("+491711000033", "0171 1000033", "(0171) 1000033", "0171/1000033", "171-1000033", "00491711000033"),
        *(
            "+49 (0) 171 1000033",
            "011 49 171 1000033",
            "491711000033",
            "tel:+49-171-1000033",
            "\uff0b49 171 1000033",
        ),
        *("'01711000033", "<+491711000033>", "+49\u00a0171\u20111000033"),
    ],
)
def test_every_usual_spelling_means_the_number(text: str) -> None:
    assert "+491711000033" in spellings.numbers(text)


def test_a_country_code_that_was_said_is_believed() -> None:
    assert spellings.numbers("+44 7911 123456") == {"+447911123456"}


def test_countries_that_keep_or_change_the_first_digit_are_known() -> None:
    assert "+390612345678" in spellings.numbers("06 1234 5678")  # Italy keeps its 0
    assert "+79161234567" in spellings.numbers("8 916 123-45-67")  # Russia dials 8 in its place


@pytest.mark.parametrize(
    "text", ["", "K7", "a@b.example", "12-34x", "+", "\u0661\u0662\u0663\u0664\u0665\u0666"]
)
def test_what_is_no_number_means_none(text: str) -> None:
    assert spellings.numbers(text) == frozenset()


@pytest.mark.parametrize("text", ["1" * 400, "0" * 16, "5", "0049"])
def test_no_guess_is_longer_than_a_number_can_be(text: str) -> None:
    assert all(len(number) <= spellings.LONGEST + 1 for number in spellings.numbers(text))
