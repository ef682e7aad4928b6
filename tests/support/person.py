"""A person at the screen: finds things by the words a screen reader says, and has a mouse and a keyboard."""

import math
from dataclasses import dataclass

from tests.support import screen

PATIENCE_S = 30.0
MOST_TABS = 90  #: further than that nobody goes on
WHEEL = {"up": "4", "down": "5"}
ITEMS = {
    "table cell",
    "list item",
}  #: Qt calls the current one focused whether or not its list has the keyboard
NOTCHES = 3  #: of the wheel at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Works in one application on one screen; whatever is looked for is waited for."""

    stage: screen.Screen
    application: str

    # eyes

    def looks(self) -> list[screen.Node]:
        """All that is on screen now."""
        return self.stage.read(self.application, showing=True)

    def sees(self, name: str, role: str = "") -> screen.Node | None:
        """Something by its name, or by how that begins where `name` ends in an ellipsis."""
        found = [node for node in self.looks() if _is(node, name, role)]
        return found[-1] if found else None  # what lies over the rest comes last

    def finds(self, name: str, role: str = "", patience_s: float = PATIENCE_S) -> screen.Node:
        """Wait until something is there. Raises AssertionError with what is there instead."""
        try:
            return screen.until(
                lambda: self.sees(name, role), f"{role or 'something'} called {name!r}", patience_s
            )
        except AssertionError as error:
            there = "\n".join(f"{node.role}: {node.name}" for node in self.looks() if node.name)
            raise AssertionError(f"{error}; there is:\n{there}") from None

    def rests(self, name: str, role: str = "") -> screen.Node:
        """Wait until something can be used, and stays where it is between two looks."""
        return self._steady(name, role)[0]

    def _steady(self, name: str, role: str) -> tuple[screen.Node, screen.Node]:
        """Something, and the window it lies in."""
        self.finds(name, role)
        last: screen.Node | None = None

        def still() -> tuple[screen.Node, screen.Node] | None:
            nonlocal last
            nodes = self.looks()
            before, last = last, next((one for one in reversed(nodes) if _is(one, name, role)), None)
            if last is None or last != before or "sensitive" not in last.states:
                return None
            return last, next(one for one in reversed(nodes[: nodes.index(last)]) if one.depth == 1)

        return screen.until(still, f"{name!r} to be ready", PATIENCE_S)

    # the mouse

    def clicks(self, name: str, role: str = "") -> None:
        """Click in the middle of something, with the wheel turned until that can be seen."""
        for _turn in range(20):
            node, window = self._steady(name, role)
            left, top, width, height = node.box
            middle = top + height // 2
            first, last = window.box[1], window.box[1] + window.box[3]
            if first < middle < last:
                self._point(left + width // 2, middle)
                self.stage.do("xdotool", "click", "1")
                return
            self._point(left + width // 2, (first + last) // 2)
            button = WHEEL["up" if middle < first else "down"]
            self.stage.do("xdotool", "click", "--repeat", str(NOTCHES), "--delay", "10", button)
        raise AssertionError(f"the wheel never brings {name!r} into view")

    def _point(self, x: float, y: float) -> None:
        self.stage.do("xdotool", "mousemove", "--sync", str(math.floor(x)), str(math.floor(y)))

    # the keyboard

    def presses(self, *keys: str) -> None:
        """One key after the other, as xdotool names them."""
        self.stage.do("xdotool", "key", "--clearmodifiers", "--delay", "20", *keys)

    def types(self, words: str) -> None:
        """Letter by letter, into whatever has the keyboard."""
        self.stage.do("xdotool", "type", "--clearmodifiers", "--delay", "8", words)

    def holds(self) -> screen.Node | None:
        """What has the keyboard: the innermost of the window in front; of a list or table that itself."""
        found, is_front = list[screen.Node](), False
        for node in self.looks():
            is_front = "active" in node.states if node.depth == 1 else is_front
            if is_front and {"focused", "focusable"} <= {*node.states} and node.role not in ITEMS:
                found.append(node)
        return max(found, key=lambda node: node.depth) if found else None

    def waits_for_keys(self, name: str, role: str = "") -> None:
        """Wait until something has the keyboard."""
        held: screen.Node | None = None

        def there() -> bool:
            nonlocal held
            held = self.holds()
            return held is not None and _is(held, name, role)

        try:
            screen.until(there, f"the keyboard to be at {name!r}", PATIENCE_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is at {_said(held)}") from None

    def tabs_to(self, name: str, role: str = "", key: str = "Tab") -> None:
        """Press Tab until something has the keyboard; every stop on the way must say its name."""
        self.finds(name, role)
        passed = []
        for _stop in range(MOST_TABS):
            held = self.holds()
            if held is not None and _is(held, name, role):
                return
            passed.append(_said(held))
            self.presses(key)
        raise AssertionError(f"Tab never comes to {name!r}; it goes " + " → ".join(passed))


def _said(node: screen.Node | None) -> str:
    return "nothing" if node is None else f"{node.role}: {node.name}"


def _is(node: screen.Node, name: str, role: str) -> bool:
    if role and node.role != role:
        return False
    return node.name.startswith(name[:-1]) if name.endswith("…") and node.name != name else node.name == name
