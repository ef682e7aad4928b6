"""A mail as it comes: from what is kept of a content, or out of a file a person chose."""

import pathlib
import re

from console.widgets.editors import email_states
from server.channels import mailblocks

LARGEST_FILE = 5_000_000  #: bytes
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


class Unreadable(Exception):
    """A file that is no mail. The sentence names it."""


def read(source: str, html: str) -> email_states.State:
    """The state a content is in. A source that cannot be read leaves its HTML."""
    match mailblocks.kind(source):
        case "mjml":
            return email_states.State(kind="mjml", mjml=source, html=html)
        case "blocks":
            try:
                return email_states.State(mail=mailblocks.read(source), html=html)
            except mailblocks.BadSource:
                return email_states.State(kind="html", html=html)
    return email_states.State(kind="html" if html else "blocks", html=html)


def load(path: str) -> tuple[email_states.State, str]:
    """A file's mail, MJML as MJML and anything else as HTML, sign for sign; and a sentence where it was not UTF-8.

    Raises Unreadable.
    """
    try:
        with pathlib.Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(data) > LARGEST_FILE:
        raise Unreadable(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB, so it is no mail.")
    words, told = decoded(data)
    if words.lstrip("\ufeff \r\n\t").lower().startswith("<mjml"):
        return email_states.State(kind="mjml", mjml=words), told
    return email_states.State(kind="html", html=words), told


def decoded(data: bytes) -> tuple[str, str]:
    """A file's text, and a sentence where it was not UTF-8; the mail itself always leaves as UTF-8."""
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        found = _CHARSET.search(data[:4096])
        name = found[1].decode("ascii", "replace") if found else "windows-1252"
    try:
        words = data.decode(name)
    except (LookupError, UnicodeDecodeError):
        name, words = "latin-1", data.decode("latin-1")
    return (
        words,
        f"The file was written in {name}; the mail is sent in UTF-8. Correct its charset, where it names one.",
    )
