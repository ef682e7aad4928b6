"""A mail as blocks: sections of one to four columns, each a row of text, pictures, buttons and the like; pure nouns.

The blocks are the source of a mail, never what is sent: `server.channels.mailmjml` writes them as MJML, which the
server makes HTML of when it saves.
"""

import re
from typing import Literal

import msgspec

#: As written in EmailContent.source: JSON of a Mail, or the MJML itself.
Kind = Literal["blocks", "mjml", "html"]
Align = Literal["left", "center", "right"]
Shape = Literal["p", "h1", "h2", "h3", "bullet", "number"]
Padding = tuple[int, int, int, int]  #: top, right, bottom, left, CSS pixels

MOST_COLUMNS = 4
MOST_SECTIONS = 200
#: Shares of a section's width, by number of columns.
SHARES: dict[int, tuple[int, ...]] = {1: (100,), 2: (50, 50), 3: (34, 33, 33), 4: (25, 25, 25, 25)}
#: A column narrower than this holds no word.
NARROWEST = 10

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class _Noun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Frozen, and written without what is as usual."""


class Run(_Noun, frozen=True):
    """Words that look alike. A line break within a paragraph is a `\\n`; merge tags are words like any other."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    colour: str = ""  #: the block's where empty
    link: str = ""


class Paragraph(_Noun, frozen=True):
    """A line of text, a heading, or one item of a list; items of the same kind in a row are one list."""

    runs: list[Run] = []
    shape: Shape = "p"


class Look(_Noun, frozen=True):
    """What every block has. On the phone `None` means as on the desktop."""

    padding: Padding | None = None
    align: Align | None = None
    size: int | None = None  #: of its text, CSS pixels
    hidden: bool = False


class Block(_Noun, frozen=True, tag_field="kind"):
    """What stands in a column. `id` names it within its mail, also after it moved."""

    id: str
    background: str = ""
    desktop: Look = Look()
    phone: Look = Look()


class Text(Block, frozen=True, tag="text"):
    """Rich text."""

    paragraphs: list[Paragraph] = []
    colour: str = ""  #: the mail's where empty


class Image(Block, frozen=True, tag="image"):
    """A picture at an address."""

    src: str = ""
    alt: str = ""
    decorative: bool = False  #: says nothing: its alternative text is empty on purpose
    link: str = ""
    width: int | None = None  #: CSS pixels; as wide as its column where None
    radius: int = 0


class Button(Block, frozen=True, tag="button"):
    """A link that looks like a button."""

    label: str = ""
    link: str = ""
    fill: str = ""  #: the mail's accent where empty
    ink: str = "#FFFFFF"
    radius: int = 6
    full: bool = False  #: as wide as its column


class Divider(Block, frozen=True, tag="divider"):
    """A line across."""

    colour: str = "#D9DDE3"
    thickness: int = 1


class Spacer(Block, frozen=True, tag="spacer"):
    """Room and nothing else."""

    height: int = 24


class Profile(_Noun, frozen=True):
    """One place where the sender is found."""

    name: str
    link: str = ""


class Social(Block, frozen=True, tag="social"):
    """Where else the sender is found: pills with words, which show with pictures blocked as well."""

    profiles: list[Profile] = []
    fill: str = "#ECEEF2"
    ink: str = "#161A22"


class Product(Block, frozen=True, tag="product"):
    """A thing one can buy: its picture, name, price and button."""

    src: str = ""
    alt: str = ""
    title: str = ""
    price: str = ""
    was: str = ""  #: an older price, struck through
    text: str = ""
    label: str = "Buy now"
    link: str = ""


class Unsubscribe(Block, frozen=True, tag="unsubscribe"):
    """The line that lets a person go."""

    text: str = "You get this mail because you asked for it."
    label: str = "Unsubscribe"
    address: str = ""  #: the sender's postal address, which many laws ask for
    colour: str = "#58606E"


AnyBlock = Text | Image | Button | Divider | Spacer | Social | Product | Unsubscribe


class Column(_Noun, frozen=True):
    """Blocks one under the other."""

    blocks: list[AnyBlock] = []
    share: int = 100  #: of the section's width, percent


class Section(_Noun, frozen=True):
    """A band across the mail; its columns stand side by side, and one under the other on a phone unless `together`."""

    id: str
    columns: list[Column]
    background: str = ""  #: the mail's paper where empty
    padding: Padding = (20, 0, 20, 0)
    together: bool = False


class Mail(_Noun, frozen=True):
    """A whole mail in blocks."""

    sections: list[Section] = []
    width: int = 600
    background: str = "#F5F6F8"  #: around the mail
    paper: str = "#FFFFFF"  #: behind its sections
    ink: str = "#161A22"
    accent: str = "#4A4FD9"  #: links and buttons
    font: str = "Arial, Helvetica, sans-serif"
    size: int = 15  #: of text, CSS pixels

    def blocks(self) -> list[AnyBlock]:
        """All blocks in the order a person reads them."""
        return [block for section in self.sections for column in section.columns for block in column.blocks]


#: What a block of each kind is called, in the order palettes offer them.
TITLES: dict[str, str] = {
    "text": "Text",
    "image": "Picture",
    "button": "Button",
    "divider": "Divider",
    "spacer": "Space",
    "social": "Social",
    "product": "Product",
    "unsubscribe": "Unsubscribe",
}

TYPES: dict[str, type[AnyBlock]] = {
    "text": Text,
    "image": Image,
    "button": Button,
    "divider": Divider,
    "spacer": Spacer,
    "social": Social,
    "product": Product,
    "unsubscribe": Unsubscribe,
}

_PADDING: Padding = (10, 24, 10, 24)
#: Text sizes of the shapes, relative to the block's.
SCALES: dict[str, float] = {"h1": 1.9, "h2": 1.45, "h3": 1.2}


class BadSource(ValueError):
    """A source that is neither a mail in blocks nor MJML; the text is one sentence."""


def kind(source: str) -> Kind:
    """What a source is: it says so by its first letter."""
    head = source.lstrip("\ufeff \t\r\n")[:1]
    if not head:
        return "html"
    return "blocks" if head == "{" else "mjml"


def read(source: str) -> Mail:
    """The mail in blocks that a source holds. Raises BadSource."""
    try:
        return msgspec.json.decode(source, type=Mail)
    except msgspec.DecodeError as error:
        raise BadSource(f"The mail's blocks cannot be read: {error}.") from error


def write(mail: Mail) -> str:
    """The source of a mail in blocks; equal mails give equal texts."""
    return msgspec.json.encode(mail).decode()


def kind_of(block: AnyBlock) -> str:
    """The key of a block in TITLES and TYPES."""
    return str(block.__struct_config__.tag)


def padding(block: AnyBlock, *, phone: bool = False) -> Padding:
    """The room around a block's content."""
    own = block.phone.padding if phone else None
    return own or block.desktop.padding or _PADDING


def align(block: AnyBlock, *, phone: bool = False) -> Align:
    """To which side a block's content keeps."""
    own = block.phone.align if phone else None
    usual: Align = "left" if isinstance(block, Text) else "center"
    return own or block.desktop.align or usual


def size(mail: Mail, block: AnyBlock, *, phone: bool = False) -> int:
    """The size of a block's text, CSS pixels."""
    own = block.phone.size if phone else None
    usual = mail.size - 3 if isinstance(block, Unsubscribe) else mail.size
    return own or block.desktop.size or usual


def hidden(block: AnyBlock, *, phone: bool = False) -> bool:
    """Whether a block is left out on the desktop, or on the phone."""
    return block.phone.hidden if phone else block.desktop.hidden


def plain(block: Text) -> str:
    """The words of a text block, a line for each paragraph."""
    return "\n".join("".join(run.text for run in paragraph.runs) for paragraph in block.paragraphs)
