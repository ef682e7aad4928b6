"""A web push on a computer: Chrome's own bubble, a Windows toast, and a macOS banner.

Chrome shows two actions at most; where the system draws it, Windows shows three lines of text and macOS two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from console.widgets.devices import looks, sheet
from server.channels import webpush

System = Literal["chrome", "windows", "macos"]
ACTIONS_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one system sets a notification."""

    width: float
    radius: float
    family: str
    title_lines: int
    body_lines: int
    picture: bool  #: whether the large picture is shown
    buttons: bool  #: whether the actions are; macOS hides them behind a menu
    caption: str


SHAPES: dict[str, Shape] = {
    "chrome": Shape(
        width=360,
        radius=12,
        family="Roboto",
        title_lines=2,
        body_lines=4,
        picture=True,
        buttons=True,
        caption="Google Chrome",
    ),
    "windows": Shape(
        width=364,
        radius=8,
        family="Inter",
        title_lines=2,
        body_lines=3,
        picture=True,
        buttons=True,
        caption="Google Chrome",
    ),
    "macos": Shape(
        width=344,
        radius=18,
        family="Inter",
        title_lines=1,
        body_lines=2,
        picture=False,
        buttons=False,
        caption="",
    ),
}


def draw(
    page: sheet.Sheet, content: webpush.WebPushContent, look: looks.Look, site: str, system: System
) -> None:
    """Lay the notification out at the right edge, below whatever stands on the page."""
    shape = SHAPES[system]
    left, top = page.width - shape.width - 16, page.height + 16
    thumb = 40.0 if content.icon or system == "macos" else 0.0
    left_text = left + 16 + (thumb + 12 if thumb and system == "macos" else 0)
    room = shape.width - 32 - (thumb + 12 if thumb else 0)
    head = sheet.Type(
        size=14, color=look.text, weight=600, family=shape.family, lines=shape.title_lines, leading=1.3
    )
    words = sheet.Type(size=13, color=look.sub, family=shape.family, lines=shape.body_lines, leading=1.35)
    small = sheet.Type(size=11, color=look.sub, family=shape.family, lines=1, leading=1.4)
    rows = [(content.title, head, "title"), (content.body, words, "body"), (site, small, "")]
    words_h = sum(sheet.Block(text, style, room).height for text, style, _ in rows if text)
    caption_h = 26.0 if shape.caption else 0.0
    picture_h = shape.width * 0.5 if content.image and shape.picture else 0.0
    shown = [one.title for one in content.actions[:ACTIONS_SHOWN]] if shape.buttons else []
    height = caption_h + max(words_h, thumb) + 26 + picture_h + (46 if shown else 0)
    page.fill(sheet.Box(left, top, shape.width, height), look.bubble, shape.radius, border=look.line)
    pen = top + 12
    if shape.caption:
        page.icon("globe", left + 16, pen + 1, 13, look.sub)
        page.text(left + 35, pen, shape.width - 80, shape.caption, small)
        page.icon("x", left + shape.width - 28, pen + 1, 13, look.sub)
        pen += caption_h
    if thumb:
        x = left + 16 if system == "macos" else left + shape.width - 16 - thumb
        _mark(page, look, content.icon, sheet.Box(x, pen, thumb, thumb))
    for text, style, part in rows:
        pen += page.text(left_text, pen, room, text, style, part=part).height if text else 0.0
    pen = top + caption_h + max(words_h, thumb) + 24
    if picture_h:
        box = sheet.Box(left + 1, pen, shape.width - 2, picture_h)
        page.picture(box, content.image, ground=look.photo, ink=look.sub, part="image")
        pen += picture_h
    _actions(page, look, shape, shown, sheet.Box(left, pen, shape.width, 46))


def _mark(page: sheet.Sheet, look: looks.Look, icon: str, box: sheet.Box) -> None:
    if icon:
        page.picture(box, icon, ground=look.photo, ink=look.sub, radius=8, part="icon")
    else:
        page.fill(box, look.mark, 9)
        page.icon("globe", box.x() + 10, box.y() + 10, 20, "#FFFFFF")


def _actions(page: sheet.Sheet, look: looks.Look, shape: Shape, shown: Sequence[str], box: sheet.Box) -> None:
    if not shown:
        return
    width = (box.width() - 32 - 8 * (len(shown) - 1)) / len(shown)
    style = sheet.Type(size=13, color=look.text, weight=500, family=shape.family, lines=1, centred=True)
    for place, label in enumerate(shown):
        one = sheet.Box(box.x() + 16 + place * (width + 8), box.y() + 4, width, 32)
        page.fill(one, look.field, 6)
        page.text(one.x() + 8, one.y() + 8, width - 16, label, style)
        page.part(f"actions.{place}", one)
        page.spoken.append(f"Button {label}")
