"""How two contents differ: field by field, line by line, and within a line."""

import difflib
import re
from collections.abc import Iterator, Sequence

import msgspec

from server.channels import contents
from server.pipeline.content import mailmaking
from server.wire import crafting

#: Equal lines kept around a change.
AROUND = 2
#: More lines between the first and the last that differ are compared as one: comparing takes their square.
MOST_LINES = 2_000
#: For one field, the words on the left times those on the right, line by line; beyond it lines are marked whole.
MOST_WORK = 1_000_000
#: A line is shown so far, characters; minified pages have lines without end.
LONGEST_LINE = 4_000

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_BETWEEN_TAGS = re.compile(r">\s*<(?!/)")

Span = tuple[int, int]


def fields(content: contents.Content | None, *, written: bool) -> dict[str, str]:
    """Place to text, of every field that is set. `written` for the authors' words: a mail's source is then its MJML."""
    if content is None:
        return {}
    if isinstance(content, contents.Email):
        content = _mail(content, written=written)
    found = dict(_flat(msgspec.to_builtins(content), ""))
    found.pop("channel", None)
    return found


def _mail(content: contents.Email, *, written: bool) -> contents.Email:
    if not written or not content.source:
        return content
    try:
        source = mailmaking.as_mjml(content.source)
    except mailmaking.Broken:
        source = content.source
    return msgspec.structs.replace(content, source=source, html="")


def _flat(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{place}.{index}")
    elif value not in (None, ""):
        yield place, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def differences(left: dict[str, str], right: dict[str, str]) -> list[crafting.FieldDiff]:
    """The fields that differ, in the right side's order, then those only the left one has."""
    places = [*right, *(place for place in left if place not in right)]
    return [
        crafting.FieldDiff(
            place=place,
            mark="added" if place not in left else "removed" if place not in right else "changed",
            lines=lines(left.get(place, ""), right.get(place, "")),
        )
        for place in places
        if left.get(place) != right.get(place)
    ]


def lines(left: str, right: str) -> list[crafting.Line]:
    """Two texts line by line; equal lines far from a change are left out. Markup has a line for each element."""
    before, after = _apart(_lines(left), _lines(right))
    if len(before) > MOST_LINES or len(after) > MOST_LINES:
        return [_Marker().changed("\n".join(before), "\n".join(after))]
    marker = _Marker()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    found: list[crafting.Line] = []
    for group in matcher.get_grouped_opcodes(AROUND):
        for tag, a, b, c, d in group:
            found += _same(before[a:b]) if tag == "equal" else _paired(before[a:b], after[c:d], marker)
    return found


def _apart(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """Both sides without the lines they begin and end with alike, but for a few around what differs."""
    most = min(len(before), len(after))
    head = next((at for at in range(most) if before[at] != after[at]), most)
    tail = next((at for at in range(most - head) if before[-1 - at] != after[-1 - at]), most - head)
    first, last = max(0, head - AROUND), max(0, tail - AROUND)
    return before[first : len(before) - last], after[first : len(after) - last]


def _lines(text: str) -> list[str]:
    if text.count("<") > 1 and text.count("\n") < text.count("<") // 4:
        text = _BETWEEN_TAGS.sub(">\n<", text)
    return text.splitlines()


def _same(some: Sequence[str]) -> list[crafting.Line]:
    return [crafting.Line(mark="same", left=_cut(line), right=_cut(line)) for line in some]


def _paired(before: Sequence[str], after: Sequence[str], marker: "_Marker") -> list[crafting.Line]:
    """Lines that were replaced, one beside the other as far as they go."""
    both = min(len(before), len(after))
    return [
        *(marker.changed(one, other) for one, other in zip(before, after, strict=False)),
        *(crafting.Line(mark="removed", left=_cut(line)) for line in before[both:]),
        *(crafting.Line(mark="added", right=_cut(line)) for line in after[both:]),
    ]


class _Marker:
    """Marks what differs within the changed lines of one field, as far as the work goes."""

    def __init__(self) -> None:
        self._left = MOST_WORK

    def changed(self, left: str, right: str) -> crafting.Line:
        """A line that is not the same on both sides."""
        left, right = _cut(left), _cut(right)
        left_spans, right_spans = self._spans(left, right)
        return crafting.Line(
            mark="changed", left=left, right=right, left_spans=left_spans, right_spans=right_spans
        )

    def _spans(self, left: str, right: str) -> tuple[list[Span], list[Span]]:
        before, after = _WORD.findall(left), _WORD.findall(right)
        self._left -= len(before) * len(after)
        if self._left < 0:
            return [(0, len(left))] if left else [], [(0, len(right))] if right else []
        return spans(before, after)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def spans(before: Sequence[str], after: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """What differs between two rows of words, as places of characters in either."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    ends, others = _ends(before), _ends(after)
    return (
        [(ends[a], ends[b]) for _, a, b, _, _ in changes if b > a],
        [(others[c], others[d]) for _, _, _, c, d in changes if d > c],
    )


def _ends(words: Sequence[str]) -> list[int]:
    """Where each word begins, and where the last one ends."""
    found = [0]
    for word in words:
        found.append(found[-1] + len(word))
    return found
