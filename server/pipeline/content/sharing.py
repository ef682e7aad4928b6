"""Take shared blocks in: their words come to stand where content names them, before anything else is done with it."""

import html as entities
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from server.channels import base, contents, shared
from server.pipeline.content import mailmaking, rendering

#: Blocks within one another.
DEEPEST = 8
#: Blocks that one field may take in, those within them counted as well.
MOST = 200
#: Characters of a field with all its blocks.
LONGEST = 500_000

#: What a block is written in, to the places it may stand in: a field of plain words, HTML, or MJML.
PLACES = {"text": ("text", "html", "mjml"), "html": ("html", "mjml"), "mjml": ("mjml",)}
_CALLED = {"text": "plain words", "html": "HTML", "mjml": "MJML"}


class Piece(NamedTuple):
    """One version of a block."""

    name: str
    kind: str
    version: int
    text: str


Library = Mapping[str, Piece]

NOTHING: Library = {}


class Unresolved(Exception):
    """A content names what cannot be taken in; every such place is a fault."""

    def __init__(self, faults: list[base.Fault]) -> None:
        super().__init__(" ".join(f"{fault.place}: {fault.message}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A content that names no block any more, and the versions it took in."""

    content: contents.Content
    blocks: dict[str, int]


def resolved(content: contents.Content, library: Library) -> Resolved:
    """Take the blocks of one content in, and make its HTML of its source.

    Raises Unresolved where it names what is not there, and mailmaking.Broken for a source no HTML can be made of.
    """
    faults: list[base.Fault] = []
    blocks: dict[str, int] = {}

    def taken_in(place: str, source: str, setting: str) -> str:
        taking = _Taking(library, place, setting)
        text = taking.whole(source)
        faults.extend(taking.faults)
        blocks.update(taking.used)
        return text

    made = content
    if isinstance(content, contents.Email) and content.source:
        made = mailmaking.made(content, lambda source: taken_in("source", source, "mjml"))
    texts = {
        place: taken_in(place, source, "html" if html else "text")
        for place, source, html in rendering.templates(made)
        if "render" in source
    }
    if faults:
        raise Unresolved(faults)
    return Resolved(content=rendering.with_texts(made, texts) if texts else made, blocks=blocks)


def resolved_all(chosen: contents.Contents, library: Library) -> contents.Contents:
    """The same for all channels and languages; the versions are written down in `blocks`. Raises as `resolved` does."""
    blocks: dict[str, int] = {}
    faults: list[base.Fault] = []

    def one(content: contents.Content, place: str) -> contents.Content:
        try:
            done = resolved(content, library)
        except Unresolved as error:
            faults.extend(base.under(place, fault) for fault in error.faults)
            return content
        blocks.update(done.blocks)
        return done.content

    made = {channel: one(content, channel) for channel, content in chosen.chosen().items()}
    languages = {
        channel: msgspec.structs.replace(
            spoken,
            others={
                tag: one(content, f"languages.{channel}.others.{tag}")
                for tag, content in spoken.others.items()
            },
        )
        for channel, spoken in chosen.languages.items()
    }
    if faults:
        raise Unresolved(faults)
    return msgspec.structs.replace(chosen, **made, languages=languages, blocks=blocks)


def faults(content: contents.Content, library: Library) -> list[base.Fault]:
    """Name every place that cannot be taken in."""
    try:
        resolved(content, library)
    except Unresolved as error:
        return error.faults
    except mailmaking.Broken:
        return []  # told where the source itself is looked at
    return []


def whole(name: str, library: Library) -> str:
    """A block's text with the blocks within it. Raises Unresolved."""
    piece = library[name]
    taking = _Taking(library, "text", piece.kind)
    text = taking.whole(piece.text, (name,))
    if taking.faults:
        raise Unresolved(taking.faults)
    return text


class _Taking:
    """Takes the blocks of one field in."""

    def __init__(self, library: Library, place: str, setting: str) -> None:
        self.used: dict[str, int] = {}
        self.faults: list[base.Fault] = []
        self._library = library
        self._place = place
        self._setting = setting
        self._count = 0
        self._length = 0

    def whole(self, source: str, trail: tuple[str, ...] = ()) -> str:
        """A text with its blocks; what cannot be taken in becomes a fault and stays as it is."""
        for mention in shared.mentions(source):
            if not mention.name:
                self._misnamed(mention)
        return shared.replaced(source, lambda name: self._block(name, trail))

    def _block(self, name: str, trail: tuple[str, ...]) -> str:
        piece = self._library.get(name)
        if piece is None:
            self._unknown(name)
        elif name in trail:
            path = " → ".join([*trail[trail.index(name) :], name])
            self._fault(f"The block {name} takes itself in: {path}.", "Take one of them out of the other.")
        elif self._setting not in PLACES[piece.kind]:
            self._fault(
                f"The block {name} is {_CALLED[piece.kind]} and cannot stand in {_CALLED[self._setting]}.",
                "Use one that is written for this place.",
            )
        elif self._fits(len(piece.text), len(trail)):
            self.used[name] = piece.version
            text = piece.text
            if piece.kind == "text" and self._setting != "text":
                text = _escaped(text)
            return self.whole(text, (*trail, name))
        return ""

    def _fits(self, length: int, depth: int) -> bool:
        self._count += 1
        self._length += length
        if depth < DEEPEST and self._count <= MOST and self._length <= LONGEST:
            return True
        if not any(fault.message == _TOO_MUCH for fault in self.faults):
            self._fault(_TOO_MUCH, "Take some of them out.")
        return False

    def _misnamed(self, mention: shared.Mention) -> None:
        if "," in mention.rest or ":" in mention.rest or " with " in mention.rest or " for " in mention.rest:
            self._fault(
                f"Line {mention.line}: a block is taken in as it is, without values of its own.",
                "Write {% render 'name' %}; the block sees what the content around it sees.",
            )
            return
        self._fault(
            f"Line {mention.line}: render does not name a block.",
            "Write its name in quotes: {% render 'footer' %}. It has letters, digits, - and _ only.",
        )

    def _unknown(self, name: str) -> None:
        self._fault(f"There is no shared block {name}.", "Make it under Templates, or take its tag out.")

    def _fault(self, message: str, remedy: str) -> None:
        fault = base.fault(self._place, message, remedy)
        if fault not in self.faults:
            self.faults.append(fault)


_TOO_MUCH = (
    f"The blocks within one another are more than {MOST}, deeper than {DEEPEST} or longer than {LONGEST:,}."
)


def _escaped(text: str) -> str:
    """Plain words for HTML; what Liquid says in them stays, and is escaped by Liquid itself."""
    out: list[str] = []
    at = 0
    for found in base.LIQUID.finditer(text):
        out += [_words(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*out, _words(text[at:])])


def _words(text: str) -> str:
    return entities.escape(text).replace("\n", "<br>\n")


def names(parts: Iterable[object]) -> set[str]:
    """The blocks that any of some contents names."""
    return set[str]().union(*(shared.names(part) for part in parts))
