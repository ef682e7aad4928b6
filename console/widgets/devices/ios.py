"""An iPhone's notification: on the lock screen, and as a banner, collapsed or held open.

Apple publishes no line counts; the limits here are what iOS shows at its default text size: one line of title and
subtitle, four of body (two in a banner that is not held open), and a thumbnail in place of the picture.
"""

from console.widgets.devices import looks, sheet
from server.channels import apns

BODY_LINES = {False: 4, True: 12}
BANNER_LINES = 2
RADIUS = 24.0
WORDS = {"time-sensitive": "TIME SENSITIVE", "critical": "CRITICAL"}


def draw(
    page: sheet.Sheet,
    content: apns.ApnsContent,
    look: looks.Look,
    app: str,
    *,
    expanded: bool = False,
    banner: bool = False,
) -> None:
    """Lay the notification out below whatever stands on the page."""
    if content.push_type == "background":
        _silent(page, look)
        return
    left, width = 10.0, page.width - 20
    top = page.height + 10
    lines = BANNER_LINES if banner and not expanded else BODY_LINES[expanded]
    thumb = 40.0 if content.image_url and not expanded else 0.0
    room = width - 72 - (thumb + 10 if thumb else 0)
    title = sheet.Type(size=15, color=look.text, weight=600, family="Inter", lines=1, leading=1.28)
    body = sheet.Type(size=15, color=look.text, family="Inter", lines=lines, leading=1.28)
    label = WORDS.get(content.interruption_level, "")
    rows = [
        (label, sheet.Type(size=11, color=look.sub, weight=600, family="Inter", lines=1, leading=1.5), ""),
        (content.title or ("" if content.subtitle or content.body else app), title, "title"),
        (content.subtitle, title, "subtitle"),
        (content.body, body, "body"),
    ]
    words_h = sum(sheet.Block(words, style, room).height for words, style, _ in rows if words)
    picture_h = (width - 0) * 0.56 if content.image_url and expanded else 0.0
    height = max(62.0, words_h + 24) + picture_h
    page.fill(sheet.Box(left, top, width, height), look.bubble, RADIUS)
    if picture_h:
        head = sheet.Box(left, top, width, picture_h)
        page.fill(head, look.photo, RADIUS)
        page.fill(head.adjusted(0, RADIUS, 0, 0), look.photo)
        page.picture(head, content.image_url, ground="", ink=look.sub, part="image_url")
    y = top + picture_h
    mark_y = y + (max(62.0, words_h + 24) - 38) / 2
    page.fill(sheet.Box(left + 12, mark_y, 38, 38), look.mark, 9)
    page.icon("bell-ring", left + 21, mark_y + 9, 20, "#FFFFFF")
    if content.badge:
        _badge(page, content.badge, left + 44, mark_y - 4)
    clock = sheet.Type(size=12, color=look.sub, family="Inter", tight=True)
    stamp = sheet.Block("now", clock, 40)
    page.text(left + width - 14 - stamp.width, y + 12, 40, "now", clock)
    pen = y + 12
    for words, style, part in rows:
        narrow = room - 34 if pen < y + 14 else room
        pen += page.text(left + 60, pen, narrow, words, style, part=part).height if words else 0.0
    if thumb:
        box = sheet.Box(left + width - 14 - thumb, y + max(62.0, words_h + 24) - thumb - 12, thumb, thumb)
        page.picture(box, content.image_url, ground=look.photo, ink=look.sub, radius=6, part="image_url")
    if expanded:
        _actions(page, look, left, top + height + 8, width)


def _badge(page: sheet.Sheet, count: int, x: float, y: float) -> None:
    words = str(count) if count < 10_000 else "9999"
    style = sheet.Type(size=11, color="#FFFFFF", weight=600, family="Inter", centred=True, leading=1.0)
    width = max(18.0, sheet.Block(words, style, 60).width + 10)
    box = sheet.Box(x - width / 2, y - 3, width, 18)
    page.fill(box, "#E5383B", 9)
    page.text(box.x(), y, width, words, style, part="badge")


def _actions(page: sheet.Sheet, look: looks.Look, left: float, top: float, width: float) -> None:
    """What the app's category adds; its labels live in the app, so that we know only that they come here."""
    box = sheet.Box(left, top, width, 44)
    page.fill(box, look.bubble, 14)
    style = sheet.Type(size=14, color=look.sub, family="Inter", lines=1, centred=True)
    page.text(left + 12, top + 13, width - 24, "The app's own actions appear here", style, part="category")


def _silent(page: sheet.Sheet, look: looks.Look) -> None:
    style = sheet.Type(size=14, color="#FFFFFF", family="Inter", centred=True, leading=1.4)
    box = sheet.Box(24, page.height + 24, page.width - 48, 0)
    page.fill(sheet.Box(box.x(), box.y(), box.width(), 92), look.mark, 18)
    page.text(
        box.x() + 16,
        box.y() + 16,
        box.width() - 32,
        "Nothing is shown: a background push wakes the app, and only the app decides what a person sees.",
        style,
        part="push_type",
    )
