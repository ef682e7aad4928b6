"""Two pages with what differs marked: words alone, never a tag, and nothing that nobody sees."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from console.widgets.mail import marking

_MARK = re.compile(r'<span style="background-color:[^"]*">|</span>')
PIECES = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "</b>", "one ", "two ", "three", "&amp; ", "<br>", " ", "a < b "]),
    max_size=30,
).map("".join)


def test_words_that_differ_are_marked_on_either_side() -> None:
    before, after = marking.marked("<p>Hello Ann, bye</p>", "<p>Hello dear Bob, bye</p>")
    assert before == f'<p>Hello <span style="{marking.GONE}">Ann, </span>bye</p>'
    assert after == f'<p>Hello <span style="{marking.NEW}">dear Bob, </span>bye</p>'


def test_a_picture_that_differs_is_framed_and_keeps_its_own_style() -> None:
    _, plain = marking.marked('<img src="a">', '<img src="b">')
    assert plain.startswith('<img style="outline:4px solid')
    _, styled = marking.marked('<img src="a">', '<img src="b" style="width:9px">')
    assert styled.count("style=") == 1
    assert "width:9px" in styled


def test_styles_comments_and_titles_are_left_alone() -> None:
    before = "<style>p { color: red }</style><title>One</title><!-- one --><p>same</p>"
    after = "<style>p { color: blue }</style><title>Two</title><!-- two --><p>same</p>"
    assert marking.marked(before, after) == (before, after)


@given(PIECES, PIECES)
def test_without_its_marks_a_page_is_what_it_was(before: str, after: str) -> None:
    old, new = marking.marked(before, after)
    assert _MARK.sub("", old) == before
    assert _MARK.sub("", new) == after


def test_a_page_that_is_too_long_is_shown_without_marks() -> None:
    long = "word " * (marking.MOST_TOKENS + 1)
    assert marking.marked(long, "word ") == (long, "word ")


def test_a_large_mail_is_marked_in_a_moment() -> None:
    rows = [f"<tr><td>{at} one</td><td>{at % 40} two</td></tr>" for at in range(1_500)]
    other = [one.replace("one", "ONE") if at % 9 == 0 else one for at, one in enumerate(rows)]
    began = time.thread_time()
    marking.marked("".join(rows), "".join(other))
    assert time.thread_time() - began < 3
