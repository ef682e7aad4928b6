"""Rich text of a mail in a Qt document and back: what a paragraph and a run are is kept beside how they look."""

import dataclasses

from PySide6 import QtCore, QtGui

from server.channels import mailblocks
from server.channels.mailblocks import Paragraph, Run

LINE_BREAK = "\u2028"
GAP = 8  #: between paragraphs, CSS pixels
INDENT = 24  #: before items of a list, CSS pixels
LEADING = {"p": 150.0, "bullet": 150.0, "number": 150.0, "h1": 125.0, "h2": 125.0, "h3": 125.0}
SHAPES: dict[str, mailblocks.Shape] = {
    "p": "p",
    "h1": "h1",
    "h2": "h2",
    "h3": "h3",
    "bullet": "bullet",
    "number": "number",
}

_FLAGS = QtGui.QTextFormat.Property.UserProperty.value
_BOLD, _ITALIC, _UNDERLINE, _COLOUR, _LINK = range(_FLAGS + 1, _FLAGS + 6)
_SHAPE = _FLAGS + 6
_STYLES = {
    "bullet": QtGui.QTextListFormat.Style.ListDisc,
    "number": QtGui.QTextListFormat.Style.ListDecimal,
}
_ALIGN = {
    "left": QtCore.Qt.AlignmentFlag.AlignLeft,
    "center": QtCore.Qt.AlignmentFlag.AlignHCenter,
    "right": QtCore.Qt.AlignmentFlag.AlignRight,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """How the text of one block looks."""

    family: str
    size: int
    ink: str
    accent: str
    align: mailblocks.Align = "left"
    scale: float = 1.0  #: of the room between paragraphs and before items, where the mail is shown smaller


def type_of(mail: mailblocks.Mail, block: mailblocks.AnyBlock, *, phone: bool, ink: str = "") -> Type:
    """The looks of a block's text within its mail."""
    return Type(
        family=mail.font,
        size=mailblocks.size(mail, block, phone=phone),
        ink=ink or mail.ink,
        accent=mail.accent,
        align=mailblocks.align(block, phone=phone),
    )


def document(
    paragraphs: list[Paragraph], looks: Type, parent: QtCore.QObject | None = None
) -> QtGui.QTextDocument:
    """A document of these paragraphs."""
    made = QtGui.QTextDocument(parent)
    fill(made, paragraphs, looks)
    return made


def fill(made: QtGui.QTextDocument, paragraphs: list[Paragraph], looks: Type) -> None:
    """Put paragraphs in the place of what a document holds."""
    made.clear()
    made.setDocumentMargin(0)
    made.setIndentWidth(INDENT * looks.scale)
    made.setDefaultFont(font(looks))
    option = QtGui.QTextOption()
    option.setWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setDefaultTextOption(option)
    cursor = QtGui.QTextCursor(made)
    cursor.beginEditBlock()
    for at, paragraph in enumerate(paragraphs or [Paragraph()]):
        if at:
            cursor.insertBlock(QtGui.QTextBlockFormat(), QtGui.QTextCharFormat())
        set_shape(cursor, paragraph.shape, looks)
        cursor.setBlockCharFormat(char_format(Run(text=""), paragraph.shape, looks))
        for run in paragraph.runs:
            cursor.insertText(run.text.replace("\n", LINE_BREAK), char_format(run, paragraph.shape, looks))
    cursor.endEditBlock()
    _join_lists(made)
    made.clearUndoRedoStacks()


def paragraphs(made: QtGui.QTextDocument) -> list[Paragraph]:
    """The paragraphs that a document holds."""
    found = []
    block = made.begin()
    while block.isValid():
        runs: list[Run] = []
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            run = run_of(piece.charFormat(), piece.text().replace(LINE_BREAK, "\n"))
            if runs and look_alike(runs[-1], run):
                runs[-1] = _joined(runs[-1], run)
            elif run.text:
                runs.append(run)
            pieces += 1
        found.append(Paragraph(runs=runs, shape=shape_of(block)))
        block = block.next()
    return found


def font(looks: Type) -> QtGui.QFont:
    """The face of a mail's text: as its reader's machine has it, so the nearest that is here."""
    made = QtGui.QFont()
    made.setFamilies([name.strip().strip("'\"") for name in looks.family.split(",")] + ["Roboto", "Inter"])
    made.setPixelSize(max(looks.size, 1))
    made.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
    return made


def shape_of(block: QtGui.QTextBlock) -> mailblocks.Shape:
    """What a paragraph is."""
    return SHAPES.get(str(block.blockFormat().property(_SHAPE) or "p"), "p")


def set_shape(cursor: QtGui.QTextCursor, shape: mailblocks.Shape, looks: Type) -> None:
    """Make the paragraphs under the cursor a heading, an item, or plain."""
    shaped = QtGui.QTextBlockFormat()
    shaped.setProperty(_SHAPE, shape)
    shaped.setAlignment(_ALIGN[looks.align])
    shaped.setLineHeight(LEADING[shape], QtGui.QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    shaped.setBottomMargin(GAP * looks.scale)
    cursor.setBlockFormat(shaped)
    style = _STYLES.get(shape)
    block = cursor.block()
    if style is None:
        held = block.textList()
        if held is not None:
            held.remove(block)
            cursor.setBlockFormat(shaped)
        return
    listed = QtGui.QTextListFormat()
    listed.setStyle(style)
    listed.setIndent(1)
    cursor.createList(listed)


def char_format(run: Run, shape: str, looks: Type) -> QtGui.QTextCharFormat:
    """How words look that are marked like this run, in a paragraph of this shape."""
    made = QtGui.QTextCharFormat()
    heading = shape in mailblocks.SCALES
    size = round(looks.size * mailblocks.SCALES.get(shape, 1.0))
    face = font(looks)
    face.setPixelSize(max(size, 1))
    face.setBold(run.bold or heading)
    face.setItalic(run.italic)
    face.setUnderline(run.underline or bool(run.link))
    made.setFont(face)
    colour = run.colour or (looks.accent if run.link else looks.ink)
    made.setForeground(QtGui.QColor(colour))
    marks = (
        (_BOLD, run.bold),
        (_ITALIC, run.italic),
        (_UNDERLINE, run.underline),
        (_COLOUR, run.colour),
        (_LINK, run.link),
    )
    for key, value in marks:
        if value:
            made.setProperty(key, value)
    return made


def run_of(made: QtGui.QTextCharFormat, words: str = "") -> Run:
    """What words of this format are marked as."""
    return Run(
        text=words,
        bold=bool(made.property(_BOLD)),
        italic=bool(made.property(_ITALIC)),
        underline=bool(made.property(_UNDERLINE)),
        colour=str(made.property(_COLOUR) or ""),
        link=str(made.property(_LINK) or ""),
    )


def look_alike(one: Run, other: Run) -> bool:
    """Whether two runs look alike."""
    return _without_words(one) == _without_words(other)


def _without_words(run: Run) -> tuple[object, ...]:
    return (run.bold, run.italic, run.underline, run.colour, run.link)


def _joined(one: Run, other: Run) -> Run:
    return Run(
        text=one.text + other.text,
        bold=one.bold,
        italic=one.italic,
        underline=one.underline,
        colour=one.colour,
        link=one.link,
    )


def _join_lists(made: QtGui.QTextDocument) -> None:
    """Items of one kind in a row are one list, so that they are counted on."""
    block = made.begin()
    while block.isValid():
        before = block.previous()
        if (
            before.isValid()
            and before.textList() is not None
            and block.textList() is not None
            and shape_of(before) == shape_of(block)
            and before.textList() is not block.textList()
        ):
            before.textList().add(block)
        block = block.next()
