"""Two pages of HTML with what differs between them marked: words by a coloured ground, pictures by a frame; pure."""

import difflib
import re
from collections.abc import Sequence

MOST_TOKENS = 30_000  #: a longer page is shown without marks
#: Parts of a page whose text nobody sees, tags, and words with the room after them.
_TOKEN = re.compile(
    r"<!--.*?-->|<(style|script|title|noscript)\b.*?</\1\s*>|<[^>]*>|[^\s<]+\s*|\s+|<",
    re.IGNORECASE | re.DOTALL,
)
_PICTURE = re.compile(r"<img\b", re.IGNORECASE)
_STYLE = re.compile(r"\bstyle\s*=\s*[\"']", re.IGNORECASE)
#: Struck through and underlined besides: a colour alone says nothing to some.
GONE = "background-color:#FFD9DC;text-decoration:line-through;color:#7A1420"
NEW = "background-color:#CDF2DC;text-decoration:underline;color:#0B4D31"


def marked(before: str, after: str) -> tuple[str, str]:
    """Both pages with marks; as they are where they are too long to be compared."""
    old, new = _tokens(before), _tokens(after)
    if max(len(old), len(new)) > MOST_TOKENS:
        return before, after
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    made_left, made_right = [*old[:head]], [*new[:head]]
    for act, a, b, c, d in difflib.SequenceMatcher(None, left, right).get_opcodes():
        if act == "equal":
            made_left += left[a:b]
            made_right += right[c:d]
        else:
            made_left += _dressed(left[a:b], GONE)
            made_right += _dressed(right[c:d], NEW)
    rest = len(old) - tail
    return "".join([*made_left, *old[rest:]]), "".join([*made_right, *new[len(new) - tail :]])


def _tokens(page: str) -> list[str]:
    return [found[0] for found in _TOKEN.finditer(page)]


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _dressed(tokens: Sequence[str], style: str) -> list[str]:
    """Words side by side share one mark; a mark never reaches over a tag."""
    made: list[str] = []
    words: list[str] = []
    for token in tokens:
        if token.startswith("<") and len(token) > 1:
            made += [*_worn(words, style), _framed(token, style)]
            words = []
        else:
            words.append(token)
    return [*made, *_worn(words, style)]


def _worn(words: Sequence[str], style: str) -> list[str]:
    return [f'<span style="{style}">', *words, "</span>"] if any(one.strip() for one in words) else [*words]


def _framed(tag: str, style: str) -> str:
    if not _PICTURE.match(tag):
        return tag
    frame = f"outline:4px solid {style.rpartition(':')[2]};"
    if _STYLE.search(tag):  # of two attributes with one name a browser takes the first alone
        return _STYLE.sub(lambda found: found[0] + frame, tag, count=1)
    return _PICTURE.sub(f'<img style="{frame}"', tag)
