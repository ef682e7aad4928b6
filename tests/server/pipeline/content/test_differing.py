"""How two contents differ: every difference is shown on its side, and nothing else is marked."""

from hypothesis import given
from hypothesis import strategies as st

from server.channels import contents
from server.pipeline.content import differing

LINES = st.lists(st.text(alphabet="ab c", max_size=6), max_size=8).map("\n".join)


@given(LINES, LINES)
def test_lines_of_both_sides_are_shown_and_marked_where_they_differ(left: str, right: str) -> None:
    found = differing.lines(left, right)
    lines = left.splitlines(), right.splitlines()
    for line in found:
        assert line.mark in ("same", "changed", "added", "removed")
        assert line.mark == "added" or line.left in lines[0]
        assert line.mark == "removed" or line.right in lines[1]
        assert line.mark != "same" or line.left == line.right
        assert line.mark != "changed" or line.left != line.right
    if lines[0] != lines[1]:
        removed = [line for line in found if line.mark in ("changed", "removed")]
        added = [line for line in found if line.mark in ("changed", "added")]
        assert removed or added


@given(st.text(alphabet="ab ,é", max_size=20), st.text(alphabet="ab ,é", max_size=20))
def test_what_is_not_marked_is_equal_on_both_sides(left: str, right: str) -> None:
    for line in differing.lines(left, right):
        if line.mark in ("same", "changed"):
            assert _without(line.left, line.left_spans) == _without(line.right, line.right_spans)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept = list(text)
    for first, end in spans:
        kept[first:end] = [""] * (end - first)
    return "".join(kept)


def test_fields_are_told_by_their_places() -> None:
    left = differing.fields(contents.Sms(body="a"), written=False)
    right = differing.fields(contents.Email(subject="s", text="a"), written=False)
    found = {field.place: field.mark for field in differing.differences(left, right)}
    assert found["body"] == "removed"
    assert found["subject"] == "added"
    assert "channel" not in found


def test_a_mails_source_is_compared_as_mjml_and_its_html_follows_from_it() -> None:
    mail = contents.Email(subject="s", html="<p>made</p>", source="<mjml><mj-body></mj-body></mjml>")
    assert set(differing.fields(mail, written=True)) >= {"subject", "source"}
    assert "html" not in differing.fields(mail, written=True)
    assert "html" in differing.fields(mail, written=False)


def test_markup_on_one_line_is_compared_element_by_element() -> None:
    page = "<table>" + "".join(f"<tr><td>{n}</td></tr>" for n in range(50)) + "</table>"
    found = differing.lines(page, page.replace("<td>7</td>", "<td>seven</td>"))
    assert [line.left for line in found if line.mark == "changed"] == ["<td>7</td></tr>"]
    assert len(found) <= 1 + 2 * differing.AROUND


def test_more_words_than_are_compared_are_marked_whole() -> None:
    left, right = ("a b " * 700).strip(), ("c d " * 700).strip()
    (line,) = differing.lines(left, right)
    assert (line.left_spans, line.right_spans) == ([(0, len(left))], [(0, len(right))])


def test_a_change_in_a_very_long_text_is_found_where_it_is() -> None:
    left = [f"line {n}" for n in range(9 * differing.MOST_LINES)]
    right = [*left[:5_000], "new", *left[5_001:]]
    found = differing.lines("\n".join(left), "\n".join(right))
    assert [(line.left, line.right) for line in found if line.mark != "same"] == [("line 5000", "new")]
    assert len(found) == 1 + 2 * differing.AROUND


def test_lines_without_end_are_cut_and_compared_as_a_whole() -> None:
    (line,) = differing.lines("word " * 50_000, "word " * 50_000 + "more")[:1]
    assert len(line.left) == differing.LONGEST_LINE
