"""A mail in blocks written as MJML, and what is wrong with its blocks."""

import html
import itertools
import re
from collections.abc import Iterable, Iterator

from server.channels import base, mailblocks
from server.channels.mailblocks import AnyBlock, Mail

#: Liquid for the address behind which one click unsubscribes; known for every mail.
UNSUBSCRIBE = "{{ unsubscribe_url }}"
#: Wider screens than this show columns side by side, CSS pixels.
BREAK = 480
_PROFILES_GAP = 4
_ID = re.compile(r"[A-Za-z0-9-]{1,40}")


def mjml(mail: Mail) -> str:
    """The mail as MJML. Equal mails give equal texts, and a person may go on from it in MJML's own words."""
    return "\n".join(
        [
            "<mjml>",
            "  <mj-head>",
            f'    <mj-breakpoint width="{BREAK}px"/>',
            "    <mj-attributes>",
            f'      <mj-all font-family="{_attribute(mail.font)}"/>',
            f'      <mj-text font-size="{mail.size}px" line-height="1.5" color="{mail.ink}"/>',
            "    </mj-attributes>",
            *_styles(mail),
            "  </mj-head>",
            f'  <mj-body width="{mail.width}px" background-color="{mail.background}">',
            *itertools.chain.from_iterable(_section(mail, section) for section in mail.sections),
            "  </mj-body>",
            "</mjml>",
            "",
        ]
    )


def check(mail: Mail) -> list[base.Fault]:
    """Name what is wrong with the blocks. Places are `source.<block's id>.<field>`."""
    faults: list[base.Fault] = []
    if len(mail.sections) > mailblocks.MOST_SECTIONS:
        faults.append(
            base.fault("source", f"A mail has at most {mailblocks.MOST_SECTIONS} sections.", "Remove some.")
        )
    for section in mail.sections:
        if not 1 <= len(section.columns) <= mailblocks.MOST_COLUMNS:
            message = f"A section has 1 to {mailblocks.MOST_COLUMNS} columns."
            faults.append(base.fault(f"source.{section.id}", message, "Split it, or join its columns."))
    seen: set[str] = set()
    for block in mail.blocks():
        if block.id in seen:
            faults.append(base.fault(f"source.{block.id}", "Two blocks have the same id.", "Rename one."))
        if not _ID.fullmatch(block.id):
            faults.append(
                base.fault(f"source.{block.id}", "A block's id is no name.", "Use letters and digits.")
            )
        seen.add(block.id)
        faults += _check_colours(block)
        faults += _check_words(block)
    for name in ("background", "paper", "ink", "accent"):
        faults += _check_colour("source", name, getattr(mail, name))
    return faults


def is_blank(mail: Mail) -> bool:
    """Whether there is no block at all."""
    return not mail.blocks()


# -- faults ------------------------------------------------------------------------------------------------------------

_COLOURS = ("background", "colour", "fill", "ink")


def _check_colours(block: AnyBlock) -> list[base.Fault]:
    faults = [
        fault
        for name in _COLOURS
        if hasattr(block, name)
        for fault in _check_colour(f"source.{block.id}", name, getattr(block, name))
    ]
    if isinstance(block, mailblocks.Text):
        colours = {run.colour for paragraph in block.paragraphs for run in paragraph.runs}
        for colour in sorted(colours):
            faults += _check_colour(f"source.{block.id}", "paragraphs", colour)
    return faults


def _check_colour(place: str, name: str, colour: str) -> list[base.Fault]:
    if not colour or mailblocks.COLOUR.fullmatch(colour):
        return []
    return [base.fault(f"{place}.{name}", f"{colour!r} is no colour.", "Write it as #RRGGBB.")]


def _check_words(block: AnyBlock) -> Iterator[base.Fault]:
    """What a reader would miss; none of it keeps a mail from being saved."""
    at = f"source.{block.id}"
    match block:
        case mailblocks.Image():
            if not block.src:
                yield base.fault(
                    f"{at}.src", "A picture has no address.", "Give it one, or remove it.", level="warning"
                )
        case mailblocks.Button():
            if not block.link:
                yield base.fault(
                    f"{at}.link",
                    "A button leads nowhere.",
                    "Give it a link, or remove it.",
                    level="warning",
                )
        case mailblocks.Social():
            for profile in block.profiles:
                if not profile.link:
                    message = f"{profile.name or 'A profile'} leads nowhere."
                    yield base.fault(
                        f"{at}.profiles", message, "Give it a link, or remove it.", level="warning"
                    )
        case mailblocks.Product():
            if block.label and not block.link:
                message = "A product's button leads nowhere."
                yield base.fault(f"{at}.link", message, "Give it a link.", level="warning")


# -- the head ----------------------------------------------------------------------------------------------------------


def _styles(mail: Mail) -> list[str]:
    """Rules that are written into the elements, and the few that only phones read."""
    inline = [
        f"a {{ color: {mail.accent}; }}",
        "p, h1, h2, h3, ul, ol { margin: 0 0 8px 0; }",
        "ul, ol { padding-left: 24px; }",
        "h1, h2, h3 { line-height: 1.25; }",
        *(f"{shape} {{ font-size: {scale}em; }}" for shape, scale in mailblocks.SCALES.items()),
    ]
    rules = ["@media only screen and (max-width:479px) {"]
    for block in mail.blocks():
        rules += [f"  {rule}" for rule in _phone_rules(mail, block)]
    rules.append("}")
    wide = [
        f".hg-{block.id} {{ display: none !important; }}"
        for block in mail.blocks()
        if mailblocks.hidden(block)
    ]
    if wide:
        rules += [f"@media only screen and (min-width:{BREAK}px) {{", *(f"  {rule}" for rule in wide), "}"]
    lines = ['    <mj-style inline="inline">', *(f"      {rule}" for rule in inline), "    </mj-style>"]
    if len(rules) > 2:
        lines += ["    <mj-style>", *(f"      {rule}" for rule in rules), "    </mj-style>"]
    return lines


def _phone_rules(mail: Mail, block: AnyBlock) -> Iterator[str]:
    name = f".hg-{block.id}"
    if mailblocks.hidden(block, phone=True):
        yield f"{name} {{ display: none !important; }}"
        return
    look = block.phone
    if look.padding is not None:
        yield f"{name} {{ padding: {_sides(look.padding)} !important; }}"
    if look.align is not None:
        yield f"{name}, {name} div {{ text-align: {look.align} !important; }}"
    if look.size is not None:
        yield f"{name} div, {name} a {{ font-size: {look.size}px !important; }}"


# -- the body ----------------------------------------------------------------------------------------------------------


def _section(mail: Mail, section: mailblocks.Section) -> Iterator[str]:
    background = section.background or mail.paper
    yield f'    <mj-section background-color="{background}" padding="{_sides(section.padding)}">'
    inset, inner = "      ", "        "
    if section.together:
        yield f"{inset}<mj-group>"
    for column in section.columns:
        yield f'{inset}<mj-column width="{column.share}%">'
        for block in column.blocks:
            for line in _block(mail, block):
                yield inner + line
        yield f"{inset}</mj-column>"
    if section.together:
        yield f"{inset}</mj-group>"
    yield "    </mj-section>"


def _block(mail: Mail, block: AnyBlock) -> Iterable[str]:
    match block:
        case mailblocks.Text():
            return _text(mail, block)
        case mailblocks.Image():
            return [_image(block)]
        case mailblocks.Button():
            return [_button(mail, block)]
        case mailblocks.Divider():
            return [_tag("mj-divider", block, border_width=f"{block.thickness}px", border_color=block.colour)]
        case mailblocks.Spacer():
            return [_tag("mj-spacer", block, height=f"{block.height}px")]
        case mailblocks.Social():
            return [_around(mail, block, _pills(block))]
        case mailblocks.Product():
            return _product(mail, block)
        case mailblocks.Unsubscribe():
            return [_around(mail, block, _farewell(block), color=block.colour)]


def _text(mail: Mail, block: mailblocks.Text) -> list[str]:
    return [_around(mail, block, rich(block.paragraphs), color=block.colour or mail.ink)]


def _image(block: mailblocks.Image) -> str:
    return _tag(
        "mj-image",
        block,
        src=block.src,
        alt="" if block.decorative else block.alt,
        href=block.link,
        width=f"{block.width}px" if block.width else "",
        border_radius=f"{block.radius}px" if block.radius else "",
        align=mailblocks.align(block),
        keep=("alt", "src"),
    )


def _button(mail: Mail, block: mailblocks.Button) -> str:
    return _tag(
        "mj-button",
        block,
        words(block.label),
        href=block.link,
        background_color=block.fill or mail.accent,
        color=block.ink,
        border_radius=f"{block.radius}px",
        font_size=f"{mailblocks.size(mail, block)}px",
        font_weight="600",
        inner_padding="12px 24px",
        width="100%" if block.full else "",
        align=mailblocks.align(block),
    )


def _pills(block: mailblocks.Social) -> str:
    style = (
        f"display:inline-block;background:{block.fill};color:{block.ink};border-radius:14px;padding:4px 14px;"
        f"margin:{_PROFILES_GAP}px;text-decoration:none;font-weight:600"
    )
    return " ".join(
        f'<a href="{_attribute(profile.link)}" style="{style}">{words(profile.name)}</a>'
        for profile in block.profiles
    )


def _product(mail: Mail, block: mailblocks.Product) -> list[str]:
    lines = []
    if block.src:
        lines.append(
            _tag(
                "mj-image", block, src=block.src, alt=block.alt or block.title, href=block.link, keep=("alt",)
            )
        )
    was = f' <span style="color:#58606E;text-decoration:line-through">{words(block.was)}</span>'
    told = f'<h3 style="margin:0 0 4px 0">{words(block.title)}</h3>'
    told += f"<p>{words(block.text)}</p>" if block.text else ""
    told += (
        f'<p style="font-weight:600">{words(block.price)}{was if block.was else ""}</p>'
        if block.price
        else ""
    )
    lines.append(_around(mail, block, told))
    if block.label:
        lines.append(
            _tag(
                "mj-button",
                block,
                words(block.label),
                href=block.link,
                background_color=mail.accent,
                color="#FFFFFF",
                border_radius="6px",
                align=mailblocks.align(block),
            )
        )
    return lines


def _farewell(block: mailblocks.Unsubscribe) -> str:
    said = f"<p>{words(block.text)} " if block.text else "<p>"
    said += f'<a href="{_attribute(UNSUBSCRIBE)}" style="color:{block.colour}">{words(block.label)}</a></p>'
    return said + (f"<p>{words(block.address)}</p>" if block.address else "")


def _around(mail: Mail, block: AnyBlock, content: str, *, color: str = "") -> str:
    return _tag(
        "mj-text",
        block,
        content,
        align=mailblocks.align(block),
        font_size=f"{mailblocks.size(mail, block)}px",
        color=color,
    )


def _tag(name: str, block: AnyBlock, content: str = "", *, keep: tuple[str, ...] = (), **given: str) -> str:
    """One element with what every block has; attributes without a value are left out unless they are kept."""
    attributes = {"css-class": f"hg-{block.id}", "padding": _sides(mailblocks.padding(block))}
    if block.background:
        attributes["container-background-color"] = block.background
    for key, value in given.items():
        if value or key in keep:
            attributes[key.replace("_", "-")] = value
    written = " ".join(f'{key}="{_attribute(value)}"' for key, value in attributes.items())
    return f"<{name} {written}>{content}</{name}>" if content else f"<{name} {written}/>"


# -- words -------------------------------------------------------------------------------------------------------------


def rich(paragraphs: list[mailblocks.Paragraph]) -> str:
    """Paragraphs as HTML; items of the same kind in a row are one list."""
    written = []
    for shape, group in itertools.groupby(paragraphs, key=lambda one: one.shape):
        match shape:
            case "bullet" | "number":
                name = "ul" if shape == "bullet" else "ol"
                items = "".join(f"<li>{_runs(one)}</li>" for one in group)
                written.append(f"<{name}>{items}</{name}>")
            case _:
                written += [f"<{shape}>{_runs(one) or '&#160;'}</{shape}>" for one in group]
    return "".join(written)


def _runs(paragraph: mailblocks.Paragraph) -> str:
    return "".join(_run(run) for run in paragraph.runs)


def _run(run: mailblocks.Run) -> str:
    written = words(run.text)
    for on, name in ((run.underline, "u"), (run.italic, "i"), (run.bold, "b")):
        if on:
            written = f"<{name}>{written}</{name}>"
    style = f' style="color:{run.colour}"' if run.colour else ""
    if run.link:
        return f'<a href="{_attribute(run.link)}"{style}>{written}</a>'
    return f"<span{style}>{written}</span>" if style else written


def words(text: str) -> str:
    """Words as HTML says them. Liquid passes through as it is: the server sets it aside before it reads the MJML."""
    pieces = base.LIQUID.split(text)
    tags = base.LIQUID.findall(text)
    escaped = [html.escape(piece, quote=False).replace("\n", "<br/>") for piece in pieces]
    return "".join(itertools.chain.from_iterable(itertools.zip_longest(escaped, tags, fillvalue="")))


def _attribute(text: str) -> str:
    pieces = base.LIQUID.split(text)
    tags = base.LIQUID.findall(text)
    escaped = [html.escape(piece).replace("\n", "&#10;") for piece in pieces]
    return "".join(itertools.chain.from_iterable(itertools.zip_longest(escaped, tags, fillvalue="")))


def _sides(padding: mailblocks.Padding) -> str:
    return " ".join(f"{side}px" for side in padding)
