"""Say what a screen reader would meet: run by the system's Python, which has the accessibility bindings.

One JSON request a line on stdin, one JSON answer a line on stdout. `{"application": NAME}` answers the nodes of the
applications of that name, parents before their children: `{"role", "name", "states", "depth"}` each. With `"showing":
true` only those that are on screen, with `"box"` (left, top, width, height on the screen) and `"text"` (what is in a
field) besides.
"""

import json
import sys
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # type: ignore[import-not-found]  # noqa: E402  # a version is chosen first

DEPTH = 40


def nodes(node: Any, depth: int, found: "list[dict[str, Any]]", *, showing: bool) -> None:
    """Add a node and all below it; one that goes away meanwhile is left out."""
    try:
        states = [state.value_nick for state in node.get_state_set().get_states()]
        if showing and depth > 0 and "showing" not in states:
            return
        told = {"role": node.get_role_name(), "name": node.get_name(), "states": states, "depth": depth}
        found.append(told | (seen(node, states) if showing and depth > 0 else {}))
        children = [node.get_child_at_index(at) for at in range(node.get_child_count())]
    except GLib.Error:
        return
    for child in children:
        if child is not None and depth < DEPTH:
            nodes(child, depth + 1, found, showing=showing)


def seen(node: Any, states: "list[str]") -> "dict[str, Any]":
    """Where a node is on the screen, and what is written in it."""
    box = node.get_extents(Atspi.CoordType.SCREEN)
    told: dict[str, Any] = {"box": [box.x, box.y, box.width, box.height]}
    if "editable" in states:
        told["text"] = Atspi.Text.get_text(node, 0, -1)
    return told


def answer(request: "dict[str, Any]") -> "list[dict[str, Any]]":
    """The nodes of one application."""
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    found: list[dict[str, Any]] = []
    for at in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(at)
        if application is not None and application.get_name() == request["application"]:
            application.set_cache_mask(Atspi.Cache.NONE)  # nobody here listens for what would refresh it
            application.clear_cache()
            nodes(application, 0, found, showing=request.get("showing", False))
    return found


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
