"""RCS in an Android messages app: text, rich card, carousel and suggestions, with the sizes Google documents.

Media heights of 112, 168 and 264 dp, carousels of 2 to 10 cards, suggested labels of at most 25 characters: RCS
Business Messaging, rich cards. Sources disagree about the width of carousel cards, so that is a table here.
"""

from collections.abc import Sequence

from console.widgets.devices import looks, sheet
from server.channels import rcs

MEDIA_H = {"SHORT": 112.0, "MEDIUM": 168.0, "TALL": 264.0}
CARD_W = {"SMALL": 180.0, "MEDIUM": 248.0}
#: Lines a messages app shows before it cuts a card's title and description.
TITLE_LINES, DESCRIPTION_LINES = 2, 6
ICONS = {
    "reply": "message-square",
    "open_url": "globe",
    "dial": "phone",
    "view_location": "map-pin",
    "share_location": "navigation",
    "calendar": "calendar",
}
LEFT, GAP, SIDE = 56.0, 8.0, 12.0
BUTTON_H, CHIP_H = 44.0, 36.0
BUTTON_MOST = 4


def draw(page: sheet.Sheet, content: rcs.RcsContent, look: looks.Look, sender: str) -> None:
    """Lay a message out below whatever stands on the page."""
    top = page.height + 14
    page.disc(SIDE, top, 32, look.mark, sender)
    if content.kind == "text":
        top = _bubble(page, content.text, look, top)
    elif content.kind == "card":
        top = _single(page, content, look, top)
    else:
        top = _carousel(page, content, look, top)
    _chips(page, content.suggestions, look, top + 14)


def _bubble(page: sheet.Sheet, words: str, look: looks.Look, top: float) -> float:
    style = sheet.Type(size=15, color=look.text, leading=1.3)
    room = page.width - LEFT - 56
    block = sheet.Block(words or " ", style, room - 32)
    width = max(56.0, min(room, block.width + 33))
    page.fill(sheet.Box(LEFT, top, width, block.height + 24), look.bubble, 20)
    page.text(LEFT + 16, top + 12, room - 32, words, style, part="text")
    return top + block.height + 24


def _single(page: sheet.Sheet, content: rcs.RcsContent, look: looks.Look, top: float) -> float:
    card = content.cards[0] if content.cards else rcs.Card()
    room = page.width - LEFT - SIDE
    if content.orientation == "HORIZONTAL":
        return _lying(page, card, content.image_side, look, sheet.Box(LEFT, top, room, 0))
    return top + _card(page, card, look, sheet.Box(LEFT, top, room, 0), "cards.0", _height(card, room))


def _carousel(page: sheet.Sheet, content: rcs.RcsContent, look: looks.Look, top: float) -> float:
    cards = content.cards or [rcs.Card()]
    width = CARD_W[content.card_width]
    height = max(_height(card, width) for card in cards)
    page.begin_strip("cards", sheet.Box(LEFT, top, page.width - LEFT, height))
    for place, card in enumerate(cards):
        box = sheet.Box(place * (width + GAP), top, width, 0)
        _card(page, card, look, box, f"cards.{place}", height)
    page.end_strip(len(cards) * (width + GAP) - GAP + SIDE)
    return top + height


def _title(look: looks.Look) -> sheet.Type:
    return sheet.Type(size=16, color=look.text, weight=500, lines=TITLE_LINES, leading=1.25)


def _description(look: looks.Look) -> sheet.Type:
    return sheet.Type(size=14, color=look.sub, lines=DESCRIPTION_LINES, leading=1.25)


def _height(card: rcs.Card, width: float) -> float:
    """How tall a standing card is by what it holds."""
    look = looks.MESSAGES[False]
    height = MEDIA_H[card.media_height] if card.media_url else 0.0
    for words, style in ((card.title, _title(look)), (card.description, _description(look))):
        height += sheet.Block(words, style, width - 32).height
    height += 24 + (2 if card.title and card.description else 0)
    return height + BUTTON_H * min(len(card.suggestions), BUTTON_MOST) + (4 if card.suggestions else 0)


def _card(
    page: sheet.Sheet, card: rcs.Card, look: looks.Look, box: sheet.Box, name: str, height: float
) -> float:
    """One standing card, as tall as its neighbours; its buttons stand at its foot."""
    x, y, width = box.x(), box.y(), box.width()
    page.fill(sheet.Box(x, y, width, height), look.card, 20)
    page.part(name, sheet.Box(x, y, width, height))
    top = y + 12
    if card.media_url:
        media = MEDIA_H[card.media_height]
        _media(page, sheet.Box(x, y, width, media), card, look, f"{name}.media_url")
        top += media
    top += page.text(x + 16, top, width - 32, card.title, _title(look), part=f"{name}.title").height
    top += 2 if card.title and card.description else 0
    page.text(x + 16, top, width - 32, card.description, _description(look), part=f"{name}.description")
    shown = card.suggestions[:BUTTON_MOST]
    foot = y + height - BUTTON_H * len(shown)
    for place, one in enumerate(shown):
        _button(
            page,
            one,
            look,
            sheet.Box(x, foot + place * BUTTON_H, width, BUTTON_H),
            f"{name}.suggestions.{place}",
        )
    return height


def _media(page: sheet.Sheet, box: sheet.Box, card: rcs.Card, look: looks.Look, name: str) -> None:
    """The picture fills the card's head: round above, straight below."""
    page.fill(box, look.photo, 20)
    page.fill(box.adjusted(0, 24, 0, 0), look.photo)
    page.picture(box, card.media_url, ground="", ink=look.sub, part=name)


def _button(page: sheet.Sheet, one: rcs.Suggestion, look: looks.Look, box: sheet.Box, name: str) -> None:
    page.rule(box.x() + 16, box.right() - 16, box.y(), look.line)
    _labelled(page, one, look, box, name)


def _labelled(page: sheet.Sheet, one: rcs.Suggestion, look: looks.Look, box: sheet.Box, name: str) -> None:
    style = sheet.Type(size=14, color=look.link, weight=500, lines=1, tight=True)
    room = box.width() - 64
    block = sheet.Block(one.text or "Label", style, room)
    width = min(block.width, room) + 24
    x = box.x() + (box.width() - width) / 2
    middle = box.center().y()
    page.icon(ICONS[one.kind], x, middle - 8, 16, look.link)
    page.text(x + 24, middle - block.height / 2, room, one.text or "Label", style)
    page.part(name, box)
    page.spoken.append(f"Button {one.text}")


def _lying(page: sheet.Sheet, card: rcs.Card, side: str, look: looks.Look, box: sheet.Box) -> float:
    """A horizontal card: the picture is a third of it, on one side, as tall as the words."""
    x, y, width = box.x(), box.y(), box.width()
    media_w = 128.0 if card.media_url else 0.0
    room = width - media_w - 28
    styles = (_title(look), _description(look))
    words_h = sum(
        sheet.Block(w, s, room).height for w, s in zip((card.title, card.description), styles, strict=True)
    )
    body = max(words_h + 26, 112.0 if media_w else 0.0)
    shown = card.suggestions[:BUTTON_MOST]
    height = body + BUTTON_H * len(shown)
    page.fill(sheet.Box(x, y, width, height), look.card, 20)
    page.part("cards.0", sheet.Box(x, y, width, height))
    at_left = side == "LEFT"
    if media_w:
        media = sheet.Box(x if at_left else x + width - media_w, y, media_w, body)
        page.fill(media, look.photo, 20)
        page.fill(media.adjusted(20 if at_left else 0, 0, 0 if at_left else -20, 0), look.photo)
        page.picture(media, card.media_url, ground="", ink=look.sub, part="cards.0.media_url")
    left = x + 14 + (media_w if at_left else 0)
    used = page.text(left, y + 12, room, card.title, styles[0], part="cards.0.title").height
    page.text(left, y + 14 + used, room, card.description, styles[1], part="cards.0.description")
    for place, one in enumerate(shown):
        row = sheet.Box(x, y + body + place * BUTTON_H, width, BUTTON_H)
        _button(page, one, look, row, f"cards.0.suggestions.{place}")
    return y + height


def _chips(page: sheet.Sheet, items: Sequence[rcs.Suggestion], look: looks.Look, top: float) -> None:
    """Suggestions under the message, in one row that a finger drags."""
    if not items:
        return
    style = sheet.Type(size=14, color=look.link, weight=500, lines=1, tight=True)
    page.begin_strip("suggestions", sheet.Box(0, top, page.width, CHIP_H + 2))
    x = LEFT
    for place, one in enumerate(items):
        block = sheet.Block(one.text or "Label", style, 240)
        plain = one.kind == "reply"
        width = block.width + (32 if plain else 52)
        box = sheet.Box(x, top + 1, width, CHIP_H)
        page.fill(box, look.screen, CHIP_H / 2, border=look.chip_line)
        if not plain:
            page.icon(ICONS[one.kind], x + 14, top + 11, 16, look.link)
        page.text(
            x + (16 if plain else 36), top + 1 + (CHIP_H - block.height) / 2, 240, one.text or "Label", style
        )
        page.part(f"suggestions.{place}", box)
        page.spoken.append(f"Suggestion {one.text}")
        x += width + GAP
    page.end_strip(x - GAP + SIDE)
