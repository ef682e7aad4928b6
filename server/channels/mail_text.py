"""Bodies of mail: the text an HTML page says, and how a text is encoded for the wire."""

import binascii
import functools
import html.parser
import re
from typing import NamedTuple

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_PARAGRAPH = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre section article header footer main nav aside "
    "figure form hr".split()
)
_LINE = frozenset({"br", "tr", "li", "dt", "dd", "figcaption", "address"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_INVISIBLE = str.maketrans("", "", "\u200b\u200c\u200d\u2007\ufeff\u00ad\u034f")
_NEWLINES = re.compile(r"\r\n?|\n")
_LEADING_DOTS = re.compile(rb"\A\.+")
_ASCII = bytes(range(128))
_LINES_KEPT = 2048
_LONGEST_KEPT = 1500  #: characters
_BASE64_LINE = 57  #: bytes that make a line of 76 characters
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ASIDE = "\ue000"  #: a private character that marks where Liquid was
_PUT_ASIDE = re.compile(f"{_ASIDE}([0-9]+){_ASIDE}")
_LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:", "sms:", _ASIDE)


def plain_text(page: str) -> str:
    """The text of an HTML page, in paragraphs parted by one empty line."""
    # Liquid is taken out while the page is read: a `<` within it begins no tag, and its text is not HTML's.
    tags: list[str] = []

    def put_aside(tag: re.Match[str]) -> str:
        tags.append(tag[0])
        return f"{_ASIDE}{len(tags) - 1}{_ASIDE}"

    reader = _Reader()
    reader.feed(_LIQUID.sub(put_aside, page.replace(_ASIDE, "")))
    reader.close()
    return _PUT_ASIDE.sub(lambda mark: tags[int(mark[1])], reader.text())


class Encoded(NamedTuple):
    """A body for the wire: CRLF lines of at most 76 characters, all ended, without a byte over 127.

    No line begins with a dot, which SMTP would have doubled.
    """

    transfer: str  #: the transfer encoding's name
    wire: bytes
    relaxed: bytes  #: the same with its white space as DKIM's relaxed form has it


def transfer(text: str) -> Encoded:
    """Encode a body.

    Quoted-printable where most of it is ASCII, so that a person can read what left; base64 where that is
    shorter. Neither leaves a bare CR or LF.
    """
    if "\r" in text:
        text = _NEWLINES.sub("\n", text)
    if not text.isascii():
        data = text.encode("utf-8", "replace")
        # A letter beyond ASCII adds at least half of its bytes to the text's length.
        most = 2 * (len(data) - len(text))
        if most * 6 > len(data) and _is_foreign(data):
            return _base64(data.replace(b"\n", b"\r\n"))
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    wires, relaxeds = zip(
        *[_kept(line) if len(line) <= _LONGEST_KEPT else _quoted(line) for line in lines], strict=True
    )
    return Encoded("quoted-printable", b"".join(wires), b"".join(relaxeds))


def _is_foreign(data: bytes) -> bool:
    """Whether more than a sixth of a body is beyond ASCII, its line ends counted as CRLF."""
    length = len(data) + data.count(b"\n") + (0 if data.endswith(b"\n") else 2)
    return len(data.translate(None, _ASCII)) * 6 > length


def relaxed(data: bytes) -> bytes:
    """Each run of spaces and tabs as one space, and none before a CRLF."""
    if b"\t" in data:
        data = data.replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data.replace(b" \r\n", b"\r\n") if b" \r\n" in data else data


def _quoted(line: str) -> tuple[bytes, bytes]:
    wire = binascii.b2a_qp(line.encode("utf-8", "replace") + b"\r\n")
    if wire.startswith(b".") or b"\r\n." in wire:
        wire = b"\r\n".join([_LEADING_DOTS.sub(_without_dots, piece) for piece in wire.split(b"\r\n")])
    return wire, relaxed(wire)


def _without_dots(dots: re.Match[bytes]) -> bytes:
    return b"=2E=\r\n" * len(dots[0])


#: Most lines of a campaign's mails are the same in all of them.
_kept = functools.lru_cache(maxsize=_LINES_KEPT)(_quoted)


def _base64(data: bytes) -> Encoded:
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    lines = [
        binascii.b2a_base64(data[at : at + _BASE64_LINE], newline=False)
        for at in range(0, len(data), _BASE64_LINE)
    ]
    wire = b"\r\n".join(lines) + b"\r\n"
    return Encoded("base64", wire, wire)


class _Reader(html.parser.HTMLParser):
    """Writes down what a page says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent: list[str] = []  #: the open elements from the one that hides inwards
        self.links: list[tuple[str, int]] = []  #: address, and where its text begins in pieces

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.silent:
            if tag not in _VOID:
                self.silent.append(tag)
            return
        values = dict(attrs)
        if tag in _SILENT or _HIDDEN.search(values.get("style") or ""):
            if tag not in _VOID:
                self.silent.append(tag)
        elif tag == "a":
            self.links.append((_link(values.get("href")), len(self.pieces)))
        elif tag == "img":
            self.pieces.append(_SPACES.sub(" ", values.get("alt") or ""))
        elif tag == "li":
            self.pieces.append("\n- ")
        else:
            self._breaks(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                # What was left open inside ends with it, as a browser has it.
                last = len(self.silent) - 1 - self.silent[::-1].index(tag)
                del self.silent[last:]
        elif tag == "a":
            self._end_link()
        elif tag in {"td", "th"}:
            self.pieces.append(" ")
        elif tag in _PARAGRAPH or tag == "tr":
            self._breaks(tag)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(_SPACES.sub(" ", data.translate(_INVISIBLE)))

    def text(self) -> str:
        while self.links:
            self._end_link()
        lines = [_SPACES.sub(" ", line).strip() for line in "".join(self.pieces).split("\n")]
        return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")

    def _breaks(self, tag: str) -> None:
        if tag in _PARAGRAPH:
            self.pieces.append("\n\n")
        elif tag in _LINE:
            self.pieces.append("\n")

    def _end_link(self) -> None:
        if not self.links:
            return
        address, begin = self.links.pop()
        label = "".join(self.pieces[begin:]).strip()
        if address and label and address.removeprefix("mailto:").removeprefix("tel:") != label:
            self.pieces.append(f" ({address})")
        elif address and not label:
            self.pieces.append(address)


def _link(href: str | None) -> str:
    """The address of a link where a reader of text can use it: not an anchor, not a script."""
    address = (href or "").strip()
    return address if address.lower().startswith(_LINK_SCHEMES) else ""
