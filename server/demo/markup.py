"""HTML and SVG built from values: every text is escaped unless it was built here."""

import functools
import html
import re
from pathlib import Path

RESOURCES = Path(__file__).parents[2] / "resources"

_VOID = frozenset({"meta", "wbr", "rect", "line", "path", "polyline", "circle"})
_OUTER = re.compile(r"<!--.*?-->|</?svg[^>]*>", re.DOTALL)


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """One element. In attribute names a closing underscore falls away (`class_`), inner ones become hyphens."""
    said = "".join(f' {_attribute(key)}="{html.escape(_plain(value))}"' for key, value in attributes.items())
    if name in _VOID and not children:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{join(*children)}</{name}>")


def join(*parts: str) -> Markup:
    """Parts one after the other, plain text escaped."""
    return Markup("".join(part if isinstance(part, Markup) else html.escape(part) for part in parts))


@functools.cache
def icon(name: str, size: int = 16) -> Markup:
    """One of the bundled Lucide icons, in the colour of the text around it."""
    source = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    lines = Markup(" ".join(_OUTER.sub("", source).split()))
    return element(
        "svg", lines, class_="icon", width=size, height=size, viewBox="0 0 24 24", aria_hidden="true"
    )


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
