"""What a person can do with a mail in blocks: each act takes a mail and returns another one; pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from server.channels import mailblocks
from server.channels.mailblocks import AnyBlock, Column, Mail, Section

_NUMBERED = re.compile(r"[bs]([0-9]+)")
_copy = msgspec.structs.replace

LOREM = "Write here. Select words to make them bold or a link."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place within a mail, before the block that stands there now."""

    section: int
    column: int
    index: int


def find(mail: Mail, key: str) -> Spot | None:
    """Where a block is."""
    for spot, block in walk(mail):
        if block.id == key:
            return spot
    return None


def walk(mail: Mail) -> Iterator[tuple[Spot, AnyBlock]]:
    """All blocks with their places, in the order a person reads them."""
    for section_at, section in enumerate(mail.sections):
        for column_at, column in enumerate(section.columns):
            for index, block in enumerate(column.blocks):
                yield Spot(section=section_at, column=column_at, index=index), block


def block_at(mail: Mail, key: str) -> AnyBlock | None:
    """The block of this id."""
    return next((block for block in mail.blocks() if block.id == key), None)


def section_at(mail: Mail, key: str) -> Section | None:
    """The section of this id."""
    return next((section for section in mail.sections if section.id == key), None)


def section_of(mail: Mail, key: str) -> Section | None:
    """The section a block stands in."""
    spot = find(mail, key)
    return None if spot is None else mail.sections[spot.section]


def fresh(mail: Mail, letter: str) -> str:
    """An id that nothing in the mail has."""
    known = [section.id for section in mail.sections] + [block.id for block in mail.blocks()]
    numbers = [int(found[1]) for name in known if (found := _NUMBERED.fullmatch(name))]
    return f"{letter}{max(numbers, default=0) + 1}"


def new_block(mail: Mail, kind: str) -> AnyBlock:
    """A block of this kind as it looks before anybody wrote in it."""
    key = fresh(mail, "b")
    match kind:
        case "text":
            return mailblocks.Text(id=key, paragraphs=[_line(LOREM)])
        case "button":
            return mailblocks.Button(id=key, label="Have a look")
        case "social":
            names = ("Instagram", "LinkedIn", "YouTube")
            return mailblocks.Social(id=key, profiles=[mailblocks.Profile(name=name) for name in names])
        case "product":
            return mailblocks.Product(id=key, title="Name of the product", price="€ 49")
    return mailblocks.TYPES[kind](id=key)


def _line(words: str) -> mailblocks.Paragraph:
    return mailblocks.Paragraph(runs=[mailblocks.Run(text=words)])


# -- blocks ------------------------------------------------------------------------------------------------------------


def insert(mail: Mail, block: AnyBlock, spot: Spot) -> Mail:
    """With a block at a place."""
    return _in_column(mail, spot, lambda blocks: [*blocks[: spot.index], block, *blocks[spot.index :]])


def append(mail: Mail, block: AnyBlock, at: int | None = None) -> Mail:
    """With a block in a section of its own, at the end or before section `at`."""
    key = fresh(insert_section(mail, Section(id="s0", columns=[Column(blocks=[block])])), "s")
    return insert_section(mail, Section(id=key, columns=[Column(blocks=[block])]), at)


def after(mail: Mail, key: str) -> Spot | None:
    """The place behind a block; within a section that holds none, its first one."""
    spot = find(mail, key)
    if spot is not None:
        return Spot(section=spot.section, column=spot.column, index=spot.index + 1)
    for at, section in enumerate(mail.sections):
        if section.id == key:
            return Spot(section=at, column=0, index=len(section.columns[0].blocks))
    return None


def replace(mail: Mail, block: AnyBlock) -> Mail:
    """With another state of the block of the same id."""
    spot = find(mail, block.id)
    if spot is None:
        return mail
    return _in_column(mail, spot, lambda blocks: [*blocks[: spot.index], block, *blocks[spot.index + 1 :]])


def remove(mail: Mail, key: str) -> Mail:
    """Without a block."""
    spot = find(mail, key)
    if spot is None:
        return mail
    return _in_column(mail, spot, lambda blocks: [block for block in blocks if block.id != key])


def duplicate(mail: Mail, key: str) -> tuple[Mail, str]:
    """With a copy behind the block, and the copy's id."""
    block, spot = block_at(mail, key), after(mail, key)
    if block is None or spot is None:
        return mail, key
    copy = _copy(block, id=fresh(mail, "b"))
    return insert(mail, copy, spot), copy.id


def move(mail: Mail, key: str, spot: Spot) -> Mail:
    """With a block at another place; the place is meant as it was before the move."""
    block, old = block_at(mail, key), find(mail, key)
    if block is None or old is None:
        return mail
    same = (old.section, old.column) == (spot.section, spot.column)
    index = spot.index - 1 if same and old.index < spot.index else spot.index
    if same and index == old.index:
        return mail
    return insert(remove(mail, key), block, Spot(section=spot.section, column=spot.column, index=index))


def shift(mail: Mail, key: str, step: int) -> Mail:
    """With a block before or after its neighbour; from a column's end it goes to the next section."""
    spot = find(mail, key)
    if spot is None:
        return shift_section(mail, key, step)
    blocks = mail.sections[spot.section].columns[spot.column].blocks
    if 0 <= spot.index + step < len(blocks):
        index = spot.index + (2 if step > 0 else -1)
        return move(mail, key, Spot(section=spot.section, column=spot.column, index=index))
    section = spot.section + step
    if not 0 <= section < len(mail.sections):
        return mail
    columns = mail.sections[section].columns
    column = min(spot.column, len(columns) - 1)
    index = 0 if step > 0 else len(columns[column].blocks)
    return move(mail, key, Spot(section=section, column=column, index=index))


def shift_across(mail: Mail, key: str, step: int) -> Mail:
    """With a block in the column beside."""
    spot = find(mail, key)
    if spot is None:
        return mail
    columns = mail.sections[spot.section].columns
    to = spot.column + step
    if not 0 <= to < len(columns):
        return mail
    index = min(spot.index, len(columns[to].blocks))
    return move(mail, key, Spot(section=spot.section, column=to, index=index))


# -- sections ----------------------------------------------------------------------------------------------------------


def new_section(mail: Mail, columns: int) -> Section:
    """An empty section."""
    shares = mailblocks.SHARES[columns]
    return Section(id=fresh(mail, "s"), columns=[Column(share=share) for share in shares])


def insert_section(mail: Mail, section: Section, at: int | None = None) -> Mail:
    """With a section at the end, or before another one."""
    to = len(mail.sections) if at is None else at
    return _copy(mail, sections=[*mail.sections[:to], section, *mail.sections[to:]])


def replace_section(mail: Mail, section: Section) -> Mail:
    """With another state of the section of the same id."""
    return _copy(mail, sections=[section if old.id == section.id else old for old in mail.sections])


def remove_section(mail: Mail, key: str) -> Mail:
    """Without a section and what is in it."""
    return _copy(mail, sections=[section for section in mail.sections if section.id != key])


def shift_section(mail: Mail, key: str, step: int) -> Mail:
    """With a section before or after its neighbour."""
    at = next((at for at, section in enumerate(mail.sections) if section.id == key), None)
    if at is None or not 0 <= at + step < len(mail.sections):
        return mail
    sections = list(mail.sections)
    sections.insert(at + step, sections.pop(at))
    return _copy(mail, sections=sections)


def set_columns(mail: Mail, key: str, count: int) -> Mail:
    """With another number of columns in a section; what stood in those that went goes to the last one."""
    section = section_at(mail, key)
    if section is None or len(section.columns) == count:
        return mail
    kept = [list(column.blocks) for column in section.columns[:count]]
    kept += [[] for _ in range(count - len(kept))]
    for column in section.columns[count:]:
        kept[-1] += column.blocks
    shares = mailblocks.SHARES[count]
    columns = [Column(blocks=blocks, share=share) for blocks, share in zip(kept, shares, strict=True)]
    return replace_section(mail, _copy(section, columns=columns))


def duplicate_section(mail: Mail, key: str) -> tuple[Mail, str]:
    """With a copy behind the section, and the copy's id."""
    at = next((at for at, section in enumerate(mail.sections) if section.id == key), None)
    if at is None:
        return mail, key
    copy = _copy(mail.sections[at], id=fresh(mail, "s"))
    grown = insert_section(
        mail, _copy(copy, columns=[Column(share=one.share) for one in copy.columns]), at + 1
    )
    for column_at, column in enumerate(copy.columns):
        for index, block in enumerate(column.blocks):
            spot = Spot(section=at + 1, column=column_at, index=index)
            grown = insert(grown, _copy(block, id=fresh(grown, "b")), spot)
    return grown, copy.id


def _in_column(mail: Mail, spot: Spot, change: Callable[[list[AnyBlock]], list[AnyBlock]]) -> Mail:
    section = mail.sections[spot.section]
    column = section.columns[spot.column]
    columns = list(section.columns)
    columns[spot.column] = _copy(column, blocks=change(list(column.blocks)))
    sections = list(mail.sections)
    sections[spot.section] = _copy(section, columns=columns)
    return _copy(mail, sections=sections)
