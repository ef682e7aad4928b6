"""Plain characters in place of those that GSM-7 lacks, so that a text keeps its room of 160."""

import functools
import unicodedata

from server.channels import gsm

#: What reads the same to a person, by what stands in its place. Letters with marks are found by taking those off.
_PLAIN = {
    "'": "\u2018\u2019\u201a\u201b\u2032`\u00b4\u2039\u203a",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7",
    "x": "\u00d7",
    "/": "\u00f7\u2044",
    "->": "\u2192",
    "<-": "\u2190",
    "(c)": "\u00a9",
    "(R)": "\u00ae",
    "l": "\u0142",
    "L": "\u0141",
    "d": "\u0111\u00f0",
    "D": "\u0110\u00d0",
    "th": "\u00fe",
    "Th": "\u00de",
    "oe": "\u0153",
    "OE": "\u0152",
    "i": "\u0131",
    " ": "\t",
    "\n": "\u2028\u2029",
}
_ALIKE = {char: plain for plain, chars in _PLAIN.items() for char in chars}


@functools.lru_cache(maxsize=1024)
def plain(char: str) -> str | None:
    """What may stand in place of a character: empty for what is drawn or unseen, None where no letter is alike."""
    costs = gsm.costs()
    found = _ALIKE.get(char)
    if found is None:
        parts = unicodedata.normalize("NFKD", char)
        found = "".join(_ALIKE.get(part, part) for part in parts if not unicodedata.combining(part))
        if found and not all(part in costs for part in found):
            return "" if unicodedata.category(char) in ("So", "Sk", "Cf", "Cc") else None
    return found
