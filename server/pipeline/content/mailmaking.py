"""HTML made of a mail's source: blocks to MJML to HTML, with its inline styles written into the elements.

The libraries know nothing of Liquid, so it is set aside while they work and put back where it was, byte for byte.
"""

import functools
import re
from collections.abc import Callable

import msgspec

from server.channels import base, contents, mailblocks, mailmjml

#: A source longer than this makes a mail that every mail program cuts, characters.
LONGEST = 500_000
#: Elements within one another; far deeper ones would overrun the compiler's stack.
DEEPEST = 120

_ASIDE = re.compile(r"hgq([0-9]+)qgh")
_COMMENT = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*?)(/?)>")
_VALUE = re.compile(r"=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: What the compiler would write otherwise into an attribute than it found it.
_DELICATE = re.compile(r"[^ !#-%'-;=?-\[\]-~]+|&[#\w]+;")
_INLINE = re.compile(r"<mj-style\b[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style>", re.DOTALL)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
#: Liquid in these is words within words, where a comment would be shown.
_WORDS_ONLY = re.compile(
    r"<(mj-style|mj-title|mj-preview)\b[^>]*>.*?</\1>|<!--.*?-->|<[A-Za-z/](?:\"[^\"]*\"|'[^']*'|[^'\">])*>",
    re.DOTALL,
)


class Broken(ValueError):
    """A source that no HTML can be made of."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def fault(self) -> base.Fault:
        """The same, at its place in a content."""
        return base.fault("source", str(self), self.remedy)


#: What is done to MJML before HTML is made of it.
Before = Callable[[str], str]


def _as_it_is(source: str) -> str:
    return source


def made(content: contents.Content, before: Before = _as_it_is) -> contents.Content:
    """The content with its HTML made of its source; any other content as it is. Raises Broken."""
    if not isinstance(content, contents.Email) or not content.source:
        return content
    return msgspec.structs.replace(content, html=compiled(content.source, before))


def made_all(chosen: contents.Contents) -> contents.Contents:
    """The same for a campaign's contents in all languages. Raises Broken."""
    if chosen.email is None:
        return chosen
    languages = dict(chosen.languages)
    if (spoken := languages.get("email")) is not None:
        languages["email"] = made_others(spoken)
    return msgspec.structs.replace(chosen, email=made(chosen.email), languages=languages)


def made_others(spoken: contents.Translations) -> contents.Translations:
    """The same for a content's further languages. Raises Broken."""
    return msgspec.structs.replace(
        spoken, others={tag: made(content) for tag, content in spoken.others.items()}
    )


def compiled(source: str, before: Before = _as_it_is) -> str:
    """The HTML of a source in blocks or in MJML. Raises Broken."""
    written = as_mjml(source)
    return from_mjml(before(written)) if written else ""


@functools.lru_cache(maxsize=32)
def as_mjml(source: str) -> str:
    """The MJML of a source; empty where there is nothing to make HTML of."""
    if len(source) > LONGEST:
        raise Broken(f"The source is longer than {LONGEST:,} characters.", "Shorten it, or link to pictures.")
    kind = mailblocks.kind(source)
    if kind != "blocks":
        return source if kind == "mjml" else ""
    try:
        mail = mailblocks.read(source)
    except mailblocks.BadSource as error:
        raise Broken(str(error), "Save it again from the editor.") from error
    return "" if mailmjml.is_blank(mail) else mailmjml.mjml(mail)


@functools.lru_cache(maxsize=32)  # a preview asks for the same page for every person
def from_mjml(source: str) -> str:
    """The HTML of MJML. Raises Broken, also for what would read a file or is nested beyond reason."""
    import mjml  # both are dear, and only needed where mails are written

    kept: list[str] = []
    rules, source = _without_inline(source)
    source = _attributes_aside(_liquid_aside(source.lstrip("\ufeff"), kept), kept)
    _check_depth(source)
    if re.search(r"<mj-include\b", source):
        raise Broken("The MJML includes a file.", "Put the file's text in the place of mj-include.")
    try:
        page = str(mjml.mjml2html(source))
    except ValueError as error:
        place = _place(source, str(error))
        raise Broken(
            f"The MJML cannot be read{place}: {_told(error)}.", "Look for a tag left open."
        ) from error
    return _back(_inlined(page, rules), kept)


def _inlined(page: str, rules: str) -> str:
    if not rules.strip():
        return page
    import css_inline

    inliner = css_inline.CSSInliner(
        inline_style_tags=False,  # what is in <style> is for the mail programs that read it
        keep_style_tags=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,  # nothing is ever fetched
        extra_css=rules,
    )
    try:
        return str(inliner.inline(page))
    except css_inline.InlineError as error:
        raise Broken(f"The inline style cannot be read: {error}.", "Correct mj-style.") from error


def _without_inline(source: str) -> tuple[str, str]:
    """The rules of `mj-style inline="inline"`, and the source without them."""
    return "\n".join(_INLINE.findall(source)), _INLINE.sub("", source)


def _liquid_aside(source: str, kept: list[str]) -> str:
    """Liquid's tags as words where words may stand, and as comments between elements, where they may not."""
    held: list[str] = []

    def hold(tag: re.Match[str]) -> str:
        held.append(tag[0])
        return f"hgl{len(held) - 1}lgh"

    marked = base.LIQUID.sub(hold, source)
    within = [span.span() for span in _WORDS_ONLY.finditer(marked)]

    def put(mark: re.Match[str]) -> str:
        tag = held[int(mark[1])]
        kept.append(tag)
        word = f"hgq{len(kept) - 1}qgh"
        as_word = tag.startswith("{{") or any(start <= mark.start() < end for start, end in within)
        return word if as_word else f"<!--{word}-->"

    return re.sub(r"hgl([0-9]+)lgh", put, marked)


def _attributes_aside(source: str, kept: list[str]) -> str:
    """Attributes with only such letters as the compiler leaves alone."""

    def put(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"hgq{len(kept) - 1}qgh"

    def value(found: re.Match[str]) -> str:
        given = found[1] if found[1] is not None else found[2].replace('"', "&quot;")
        return f'="{_DELICATE.sub(put, given)}"'

    def tag(found: re.Match[str]) -> str:
        return f"<{found[1]}{found[2]}{_VALUE.sub(value, found[3])}{found[4]}>"

    return _TAG.sub(tag, source)


def _check_depth(source: str) -> None:
    depth = 0
    for closing, name, _attributes, empty in _TAG.findall(_COMMENT.sub("", source)):
        if closing:
            depth -= 1
        elif not empty and name.lower() not in _VOID:
            depth += 1
        if depth > DEEPEST:
            raise Broken(
                f"More than {DEEPEST} elements lie within one another.", "Close them where they end."
            )


def _back(page: str, kept: list[str]) -> str:
    """What was set aside, where it was; what a comment stood for stands bare again."""
    page = re.sub(r"<!--(hgq[0-9]+qgh)-->", r"\1", page)
    for _ in range(2):  # an attribute set aside may hold Liquid that was before it
        page = _ASIDE.sub(lambda mark: kept[int(mark[1])], page)
    return page


def _told(error: ValueError) -> str:
    return str(error).split(" in root template")[0].rstrip(".")


def _place(source: str, words: str) -> str:
    found = re.search(r"at position ([0-9]+)", words)
    if found is None:
        return ""
    line = source.count("\n", 0, int(found[1])) + 1
    return f" (line {line})"
