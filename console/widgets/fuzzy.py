"""Fuzzy matching: how well a title answers what was typed, and which of its letters do."""

import itertools
import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+")

WHOLE, BEGINS_WORD, WITHIN, SCATTERED = 400, 200, 100, 20  #: what one typed word is worth
AT_START, IN_A_ROW, AT_WORD = 60, 6, 8
DEAR = 1  #: each letter that nobody typed costs this


@dataclass(frozen=True, slots=True)
class Match:
    """How good a match is (more is better), and the places of the matched letters, in their order."""

    score: int
    at: tuple[int, ...] = ()


def match(typed: str, title: str) -> Match | None:
    """Match every word that was typed somewhere in the title; None where one is missing. Case means nothing."""
    words = _lower(typed).split()
    low = _lower(title)
    starts = frozenset(found.start() for found in _WORD.finditer(low))
    score, places = -DEAR * len(title), set[int]()
    for word in words:
        found = _word(word, low, starts)
        if found is None:
            return None
        score += found.score
        places.update(found.at)
    return Match(score, tuple(sorted(places)))


def _word(word: str, low: str, starts: frozenset[int]) -> Match | None:
    best: Match | None = None
    at = low.find(word)
    while at >= 0:
        worth = BEGINS_WORD if at in starts else WITHIN
        worth += AT_START if at == 0 else 0
        worth += WHOLE if at == 0 and len(word) == len(low) else 0
        if best is None or worth > best.score:
            best = Match(worth, tuple(range(at, at + len(word))))
        at = low.find(word, at + 1)
    return best or _scattered(word, low, starts)


def _scattered(word: str, low: str, starts: frozenset[int]) -> Match | None:
    """Beginnings of words in their order: `nc` and `newcam` both find New Campaign, `wa` does not."""
    best: Match | None = None
    for first in sorted(starts):
        places = _walk(word, low, first, starts) if low[first] == word[0] else None
        if places is None:
            continue
        in_a_row = sum(1 for one, two in itertools.pairwise(places) if two == one + 1)
        at_word = sum(1 for place in places if place in starts)
        worth = SCATTERED + in_a_row * IN_A_ROW + at_word * AT_WORD - first
        if best is None or worth > best.score:
            best = Match(worth, places)
    return best


def _walk(word: str, low: str, at: int, starts: frozenset[int]) -> tuple[int, ...] | None:
    """Places of the letters from `at` on, each right after the one before or at the beginning of a later word."""
    if len(word) == 1:
        return (at,)
    after = word[1]
    next_ones = [at + 1] if at + 1 < len(low) and low[at + 1] == after else []
    next_ones += [one for one in sorted(starts) if one > at + 1 and low[one] == after]
    for one in next_ones:
        rest = _walk(word[1:], low, one, starts)
        if rest is not None:
            return (at, *rest)
    return None


def _lower(words: str) -> str:
    """Lower case letter by letter: places in it are places in the title (`İ` alone would become two)."""
    low = words.lower()
    if len(low) == len(words):
        return low
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in words)
