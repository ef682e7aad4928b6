"""SMS in a phone's messages app: the text, its pictures, and how many parts it travels in."""

import re

from console.widgets.devices import looks, sheet
from server.channels import sms

_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
LEFT = 56.0


def draw(page: sheet.Sheet, content: sms.SmsContent, look: looks.Look, sender: str) -> None:
    """Lay a message out below whatever stands on the page."""
    top = page.height + 14
    page.disc(12, top, 32, look.mark, sender)
    for place, address in enumerate(content.media_urls):
        box = sheet.Box(LEFT, top, 200, 140)
        page.picture(box, address, ground=look.photo, ink=look.sub, radius=20, part=f"media_urls.{place}")
        top += 148
    style = sheet.Type(size=15, color=look.text, leading=1.3)
    room = page.width - LEFT - 56
    spans = [
        sheet.Span(found.start(), len(found.group()), color=look.link)
        for found in _LINK.finditer(content.body)
    ]
    block = sheet.Block(content.body, style, room - 32)
    page.fill(
        sheet.Box(LEFT, top, max(56.0, min(room, block.width + 33)), max(block.height, 20) + 24),
        look.bubble,
        20,
    )
    page.text(LEFT + 16, top + 12, room - 32, content.body, style, part="body", spans=spans)
    top += max(block.height, 20) + 30
    page.text(LEFT + 4, top, room, travels(content.body), sheet.Type(size=11, color=look.sub, leading=1.4))


def travels(body: str) -> str:
    """How a text travels, in words."""
    told = sms.segments(body)
    if not told.count:
        return "Nothing to send yet"
    parts = "1 part" if told.count == 1 else f"{told.count} parts"
    alphabet = "GSM-7" if told.encoding == "gsm7" else "Unicode"
    return f"{parts} · {alphabet} · {told.units} of {told.per_segment * told.count}"
