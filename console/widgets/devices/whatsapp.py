"""A WhatsApp template as a phone shows it: header, body with its formatting, footer and buttons."""

import re
from collections.abc import Sequence

from console.widgets.devices import looks, sheet
from server.channels import whatsapp

#: What WhatsApp reads as formatting: a mark on both sides of words, on word borders.
_MARKS = re.compile(r"(?<!\w)(\*|_|~|```)(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)
LEFT = 12.0
#: A message shows this many buttons; with more, two of them and a list.
BUTTONS_SHOWN = 3
ICONS = {"url": "external-link", "quick_reply": "reply", "copy_code": "copy"}
WORDS = {"url": "Open link", "quick_reply": "Reply", "copy_code": "Copy code"}


def draw(page: sheet.Sheet, content: whatsapp.WhatsAppContent, look: looks.Look) -> None:
    """Lay a message out below whatever stands on the page; the app bar names the sender."""
    top = page.height + 12
    width = page.width - LEFT - 52
    pen = top + 4
    body, spans = formatted(whatsapp.preview(content) or _plain(content.body))
    body_style = sheet.Type(size=15, color=look.text, leading=1.32)
    body_h = sheet.Block(body, body_style, width - 20, spans).height
    head_h = _header_height(content.header, look, width)
    buttons = content.buttons[: BUTTONS_SHOWN if len(content.buttons) <= BUTTONS_SHOWN else BUTTONS_SHOWN - 1]
    rows = len(buttons) + (1 if len(content.buttons) > BUTTONS_SHOWN else 0)
    height = 4 + head_h + body_h + 34 + rows * 44
    page.fill(sheet.Box(LEFT, top, width, height), look.bubble, 10)
    pen += _header(page, content.header, look, sheet.Box(LEFT, pen, width, head_h))
    page.text(LEFT + 10, pen + 4, width - 20, body, body_style, part="body", spans=spans)
    pen += body_h + 10
    clock = sheet.Type(size=11, color=look.sub)
    page.text(LEFT + width - 42, pen, 40, "10:41", clock)
    pen += 20
    for place, one in enumerate(buttons):
        _button(page, ICONS[one.kind], _label(one), look, sheet.Box(LEFT, pen, width, 44), f"buttons.{place}")
        pen += 44
    if rows > len(buttons):
        _button(page, "list", "See all options", look, sheet.Box(LEFT, pen, width, 44), "buttons")


def formatted(words: str) -> tuple[str, list[sheet.Span]]:
    """Text without WhatsApp's marks, and what they asked for. Marks may lie within one another."""
    spans: list[sheet.Span] = []
    while found := _MARKS.search(words):
        mark, inner = found[1], found[2]
        start = found.start()
        cut = len(mark)
        spans = [_moved(span, start, found.end(), cut) for span in spans]
        spans.append(
            sheet.Span(
                start,
                len(inner),
                bold=mark == "*",
                italic=mark == "_",
                struck=mark == "~",
                mono=mark == "```",
            )
        )
        words = words[:start] + inner + words[found.end() :]
    return words, spans


def _moved(span: sheet.Span, start: int, end: int, cut: int) -> sheet.Span:
    """A span after the marks at `start` and before `end` are gone."""
    before = (cut if span.start > start else 0) + (cut if span.start >= end else 0)
    finish = span.start + span.length
    after = (cut if finish > start else 0) + (cut if finish >= end else 0)
    return sheet.Span(
        span.start - before,
        span.length - (after - before),
        bold=span.bold,
        italic=span.italic,
        struck=span.struck,
        mono=span.mono,
    )


def _plain(parameters: Sequence[whatsapp.Parameter]) -> str:
    """Without the approved text all we know are the values."""
    return "\n".join(one.text for one in parameters) or "The template's approved text goes here."


def _label(one: whatsapp.Button) -> str:
    return one.value if one.kind == "quick_reply" and one.value else WORDS[one.kind]


def _header_height(header: whatsapp.Header, look: looks.Look, width: float) -> float:
    match header.kind:
        case "none":
            return 0.0
        case "text":
            return sheet.Block(header.text or " ", _headline(look), width - 20).height + 8
        case "document":
            return 64.0
        case _:
            return (width - 8) / 1.91 + 4


def _headline(look: looks.Look) -> sheet.Type:
    return sheet.Type(size=16, color=look.text, weight=700, lines=2, leading=1.3)


def _header(page: sheet.Sheet, header: whatsapp.Header, look: looks.Look, box: sheet.Box) -> float:
    match header.kind:
        case "none":
            return 0.0
        case "text":
            page.text(
                box.x() + 10, box.y() + 6, box.width() - 20, header.text, _headline(look), part="header.text"
            )
        case "document":
            inner = box.adjusted(4, 0, -4, -4)
            page.fill(inner, look.photo, 8)
            page.icon("file-text", inner.x() + 14, inner.y() + 18, 24, look.sub)
            name = header.filename or header.link.rpartition("/")[2] or "Document"
            style = sheet.Type(size=14, color=look.text, lines=1)
            page.text(inner.x() + 50, inner.y() + 20, inner.width() - 64, name, style, part="header.link")
        case _:
            inner = box.adjusted(4, 0, -4, -4)
            kind = "play" if header.kind == "video" else "image"
            page.picture(
                inner, header.link, ground=look.photo, ink=look.sub, radius=8, part="header.link", icon=kind
            )
    return box.height()


def _button(page: sheet.Sheet, icon: str, words: str, look: looks.Look, box: sheet.Box, name: str) -> None:
    page.rule(box.x(), box.right(), box.y(), look.line)
    style = sheet.Type(size=15, color=look.link, weight=500, lines=1, tight=True)
    room = box.width() - 60
    block = sheet.Block(words, style, room)
    x = box.x() + (box.width() - min(block.width, room) - 24) / 2
    page.icon(icon, x, box.center().y() - 8, 16, look.link)
    page.text(x + 24, box.center().y() - block.height / 2, room, words, style)
    page.part(name, box)
    page.spoken.append(f"Button {words}")
