"""The GSM 7-bit alphabet (3GPP TS 23.038): what each character costs, and which ones it lacks."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).parents[2] / "resources" / "reference" / "gsm0338.txt"


@functools.cache
def costs() -> Mapping[str, int]:
    """Character to septets: 1, or 2 for those of the extension table, which an escape goes before."""
    found: dict[str, int] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        table, _, point, _ = line.split("\t")
        if point.startswith("U+"):  # the escape itself stands for no character
            found[chr(int(point.removeprefix("U+"), base=16))] = 1 if table == "basic" else 2
    return found


def is_basic(text: str) -> bool:
    """Whether every character costs one septet; the common case, found fast."""
    return _basic().fullmatch(text) is not None


@functools.cache
def _basic() -> re.Pattern[str]:
    return re.compile("[" + re.escape("".join(char for char, cost in costs().items() if cost == 1)) + "]*")
