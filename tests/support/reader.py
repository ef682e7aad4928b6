"""Say what a screen reader would meet: run by the system's Python, which has the accessibility bindings.

One JSON request a line on stdin, one JSON answer a line on stdout. `{"application": NAME}` answers the nodes of the
applications of that name, parents before their children: `{"role", "name", "states", "depth"}` each.
"""

import json
import sys
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # type: ignore[import-not-found]  # noqa: E402  # a version is chosen first

DEPTH = 40


def nodes(node: Any, depth: int, found: "list[dict[str, Any]]") -> None:
    """Add a node and all below it; one that goes away meanwhile is left out."""
    try:
        states = [state.value_nick for state in node.get_state_set().get_states()]
        found.append(
            {"role": node.get_role_name(), "name": node.get_name(), "states": states, "depth": depth}
        )
        children = [node.get_child_at_index(at) for at in range(node.get_child_count())]
    except GLib.Error:
        return
    for child in children:
        if child is not None and depth < DEPTH:
            nodes(child, depth + 1, found)


def answer(request: "dict[str, str]") -> "list[dict[str, Any]]":
    """The nodes of one application."""
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    found: list[dict[str, Any]] = []
    for at in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(at)
        if application is not None and application.get_name() == request["application"]:
            application.set_cache_mask(Atspi.Cache.NONE)  # nobody here listens for what would refresh it
            application.clear_cache()
            nodes(application, 0, found)
    return found


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
