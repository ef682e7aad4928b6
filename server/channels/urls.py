"""Which web addresses a content may name."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from server.channels import base

#: Most addresses; only the others are taken apart.
_PLAIN = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!-~]*)?")


def secure(place: str, text: str, *, rendered: bool, relative: bool = False) -> Iterator[base.Fault]:
    """Name what keeps `text` from being an https address; empty texts and unrendered templates pass.

    `relative` lets an absolute path such as `/offers` pass too.
    """
    if not text or _PLAIN.fullmatch(text) or (not rendered and base.has_template(text)):
        return
    if relative and text.startswith("/") and not text.startswith("//") and not _breaks(text):
        return
    try:
        parts = urlsplit(text)
        whole = parts.scheme.lower() == "https" and bool(parts.hostname) and not _breaks(text)
    except ValueError:
        whole = False
    if not whole:
        message = "This is not an https address"
        yield base.Fault(place=place, message=message, remedy="Write it whole, as https://example.com/page")


def _breaks(text: str) -> bool:
    return " " in text or not text.isprintable()  # of all white space the plain space alone is printable
