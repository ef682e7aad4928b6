"""Links: what is written is read again, and what somebody made up is refused with a sentence."""

import pytest

from console.services import errors, links


@pytest.mark.parametrize(
    "link",
    [
        links.Link(view="messages", args={"state": "failed", "find": "+44 7700 900 123"}),
        links.Link(view="campaigns", args={"campaign": "7"}, place="abc234-2"),
        links.Link(act="stop"),
        links.Link(view="messages", args={"find": "ß & ?=#% ü"}),
    ],
)
def test_a_link_that_was_written_is_read_again(link: links.Link) -> None:
    assert links.read(links.write(link)) == link
    assert links.is_link(f"  {links.write(link).upper()[:12]}")


def test_ids_become_numbers_and_what_is_sought_stays_text() -> None:
    link = links.read("heliograph://messages?run=12&find=0012")
    assert links.arguments(link) == {"run": 12, "find": "0012"}


@pytest.mark.parametrize(
    "words, told",
    [
        ("https://example.com/x", "no link of Heliograph"),
        ("heliograph://", "names no view"),
        ("heliograph://campaigns/7", "names no view"),
        ("heliograph://../../etc", "names no view"),
        ("heliograph://campaigns?campaign=7;rm", "is no number"),
        ("heliograph://campaigns?campaign=\u0667", "is no number"),
        ("heliograph://campaigns?__class__=x", "no view asks for"),
        ("heliograph://messages?find=" + "x" * 500, "no view asks for"),
        ("heliograph://messages?" + "&".join(f"a{at}=1" for at in range(40)), "damaged"),
        ("heliograph://messages?find=" + "x" * 5000, "damaged"),
        ("heliograph://mess\u202eages", "damaged"),
        ("heliograph://[", "damaged"),
    ],
)
def test_a_link_that_somebody_made_up_is_refused_with_a_sentence(words: str, told: str) -> None:
    with pytest.raises(errors.Problem, match=told):
        links.read(words)
