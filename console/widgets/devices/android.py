"""A notification on an Android phone: heads-up over the screen, and opened with its big picture."""

from collections.abc import Sequence

from console.widgets.devices import looks, sheet
from server.channels import webpush

#: A heads-up shows one line of title and two of text; opened, the big-text style shows up to ten.
TEXT_LINES = {False: 2, True: 10}
ACTIONS_SHOWN = 3


def draw(
    page: sheet.Sheet,
    content: webpush.WebPushContent,
    look: looks.Look,
    app: str,
    *,
    expanded: bool = False,
) -> None:
    """Lay the notification out below whatever stands on the page."""
    left, width, top = 8.0, page.width - 16, page.height + 8
    thumb = 44.0 if content.image and not expanded else 0.0
    room = width - 72 - (thumb + 12 if thumb else 0)
    head = sheet.Type(size=14, color=look.text, weight=500, lines=1, leading=1.35)
    words = sheet.Type(size=14, color=look.sub, lines=TEXT_LINES[expanded], leading=1.35)
    words_h = sum(
        sheet.Block(text, style, room).height
        for text, style in ((content.title, head), (content.body, words))
        if text
    )
    picture_h = (width - 32) * 0.5 if content.image and expanded else 0.0
    shown = [one.title for one in content.actions[:ACTIONS_SHOWN]] if expanded else []
    height = 36 + max(words_h, 24) + 16 + (picture_h + 12 if picture_h else 0) + (40 if shown else 0)
    page.fill(sheet.Box(left, top, width, height), look.bubble, 28)
    page.disc(left + 14, top + 14, 32, look.mark)
    page.icon("bell-ring", left + 22, top + 22, 16, "#FFFFFF")
    caption = sheet.Type(size=12, color=look.sub, lines=1, leading=1.3)
    page.text(left + 58, top + 14, width - 110, f"{app} · now", caption)
    page.icon("chevron-up" if expanded else "chevron-down", left + width - 32, top + 13, 16, look.sub)
    pen = top + 33
    pen += page.text(left + 58, pen, room, content.title, head, part="title").height
    pen += page.text(left + 58, pen, room, content.body, words, part="body").height
    if thumb:
        box = sheet.Box(left + width - 16 - thumb, top + 36, thumb, thumb)
        page.picture(box, content.image, ground=look.photo, ink=look.sub, radius=8, part="image")
    if picture_h:
        box = sheet.Box(left + 16, pen + 10, width - 32, picture_h)
        page.picture(box, content.image, ground=look.photo, ink=look.sub, radius=16, part="image")
    _actions(page, look, shown, left + 58, top + height - 42)


def _actions(page: sheet.Sheet, look: looks.Look, shown: Sequence[str], x: float, y: float) -> None:
    style = sheet.Type(size=14, color=look.link, weight=500, lines=1, tight=True)
    for place, label in enumerate(shown):
        block = page.text(x, y + 10, 120, label, style)
        page.part(f"actions.{place}", sheet.Box(x - 8, y, min(block.width, 120) + 16, 36))
        page.spoken.append(f"Button {label}")
        x += min(block.width, 120) + 28
