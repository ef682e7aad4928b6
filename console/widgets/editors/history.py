"""What a form held before, so that an edit can be taken back; pure."""

from dataclasses import dataclass
from typing import Any

from console.widgets.editors import parts

MERGED_S = 1.0  #: keys in one text that follow one another faster are one step
KEY = 2  #: letters that one key writes at most
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One state, and the place whose edit led to it."""

    value: parts.Fields
    place: str
    at_s: float
    typed: bool = False  #: one key in one text led to it


class History:
    """States in a line; an edit after going back drops what lay ahead."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._at = 0

    def begin(self, value: parts.Fields) -> None:
        """Forget everything before this state."""
        self._steps, self._at = [Step(value=value, place="", at_s=0.0)], 0

    def note(self, value: parts.Fields, now_s: float) -> None:
        """Keep a state that an edit led to; `now_s` is of a monotonic clock."""
        last = self._steps[self._at]
        place = differs(last.value, value)
        if place is None:
            return
        del self._steps[self._at + 1 :]
        typed = _is_key(_at(last.value, place), _at(value, place))
        if typed and last.typed and last.place == place and now_s - last.at_s < MERGED_S:
            self._steps.pop()
        self._steps.append(Step(value=value, place=place, at_s=now_s, typed=typed))
        del self._steps[: len(self._steps) - MOST]
        self._at = len(self._steps) - 1

    def back(self) -> tuple[parts.Fields, str] | None:
        """The state before this one, and where it differs; None at the beginning."""
        if self._at == 0:
            return None
        place = self._steps[self._at].place
        self._at -= 1
        return self._steps[self._at].value, place

    def forth(self) -> tuple[parts.Fields, str] | None:
        """The state that was gone back from."""
        if self._at + 1 >= len(self._steps):
            return None
        self._at += 1
        step = self._steps[self._at]
        return step.value, step.place

    def can(self) -> tuple[bool, bool]:
        """Whether there is anything to take back, and to do again."""
        return self._at > 0, self._at + 1 < len(self._steps)


def differs(one: Any, other: Any) -> str | None:
    """The place of the first difference, a list's own where its length differs; None where there is none."""
    if one == other:
        return None
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(at), *both) for at, both in enumerate(zip(one, other, strict=True))]
    for key, before, after in pairs:
        inner = differs(before, after)
        if inner is not None:
            return f"{key}.{inner}".rstrip(".")
    return ""


def _at(value: Any, place: str) -> Any:
    """What stands at a place."""
    for name in place.split(".") if place else []:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _is_key(before: object, after: object) -> bool:
    """Whether one key made the one text of the other: a few letters came or went in one spot."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    short, long = sorted((before, after), key=len)
    same = next((at for at, char in enumerate(short) if char != long[at]), len(short))
    return 0 < len(long) - len(short) <= KEY and long.endswith(short[same:])
