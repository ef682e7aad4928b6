"""WhatsApp: an approved template with its parameters (Cloud API template messages)."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal
from urllib import parse

from server.channels import base

NAME_LIMIT = 512  #: characters of a template's name
BODY_LIMIT = 1024  #: characters of the body with its parameters filled in
HEADER_LIMIT = 60  #: characters of a text header
BUTTONS = 10  #: a template's buttons are numbered 0 to 9
URL_LIMIT = 2000  #: characters of a URL
PAYLOAD_LIMIT = 256  #: characters a quick reply gives back
SPACES = 4  #: spaces in a row that a parameter may hold

MEDIA = ("image", "video", "document")

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BROKEN = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {5}")


class Header(base.Content, frozen=True, kw_only=True):
    """A template's header parameter."""

    kind: Literal["none", "text", "image", "video", "document"] = "none"
    name: base.Fixed = ""  #: of a text header's variable, in templates with named parameters
    text: str = ""  #: value of a text header's variable
    link: str = ""  #: https address of the media
    filename: str = ""  #: documents only


class Parameter(base.Content, frozen=True, kw_only=True):
    """One body parameter; `name` is empty for positional templates."""

    name: base.Fixed = ""
    text: str


class Button(base.Content, frozen=True, kw_only=True):
    """One dynamic button parameter."""

    index: int
    kind: Literal["url", "quick_reply", "copy_code"]
    value: str  #: URL suffix, payload or code


class WhatsAppContent(base.Content, frozen=True, kw_only=True, tag="whatsapp", tag_field="channel"):
    """What one WhatsApp user is handed."""

    template: base.Fixed = ""
    language: base.Fixed = "en"
    category: Literal["marketing", "utility", "authentication"] = "marketing"
    header: Header = Header()
    body: list[Parameter] = []
    buttons: list[Button] = []
    sample: base.Fixed = ""  #: the approved body with {{1}} or {{name}}, for previews; never sent


@functools.lru_cache(maxsize=256)
def placeholders(sample: str) -> tuple[str, ...]:
    """The names or numbers an approved body asks for, each once, in the order they first appear."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(sample)))


def preview(content: WhatsAppContent) -> str:
    """The approved body with the parameters filled in; a placeholder without a value stays as it is."""
    values = {item.name or str(number): item.text for number, item in enumerate(content.body, start=1)}
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), content.sample)


def check(content: WhatsAppContent, *, rendered: bool) -> list[base.Fault]:
    """Name all faults of a template message."""
    return [
        *_check_template(content, rendered=rendered),
        *_check_header(content, rendered=rendered),
        *_check_names(content.body),
        *_check_sample(content),
        *_check_body(content, rendered=rendered),
        *_check_buttons(content.buttons, rendered=rendered),
    ]


def _check_template(content: WhatsAppContent, *, rendered: bool) -> Iterator[base.Fault]:
    name, language = content.template, content.language
    if not name:
        remedy = "Give the name of a template approved in WhatsApp Manager."
        yield base.fault("template", "The template has no name.", remedy)
    elif not _NAME.fullmatch(name):
        message = f"{name!r} has characters WhatsApp does not know in a template's name."
        remedy = "Use lower-case letters, digits and underscores, as in WhatsApp Manager."
        yield base.fault("template", message, remedy)
    elif len(name) > NAME_LIMIT:
        message = f"The name has {len(name)} characters; {NAME_LIMIT} are allowed."
        yield base.fault("template", message, "Use the name that WhatsApp Manager shows.")
    if not _LANGUAGE.fullmatch(language):
        message = f"{language!r} is not a language code of WhatsApp."
        yield base.fault("language", message, "Write it like en, en_US or fil.")
    if not content.sample and not rendered:
        message = "Without the approved text nothing can be previewed, and parameters cannot be counted."
        remedy = "Paste the body from WhatsApp Manager, with its {{1}} or {{name}}."
        yield base.fault("sample", message, remedy, level="warning")


def _check_header(content: WhatsAppContent, *, rendered: bool) -> Iterator[base.Fault]:
    header = content.header
    if header.kind in MEDIA:
        yield from _check_media(header, rendered=rendered)
        return
    if header.kind == "none":
        return
    yield from _check_value("header.text", header.text, rendered=rendered)
    if len(header.text) > HEADER_LIMIT and _settled(header.text, rendered=rendered):
        message = f"The value has {len(header.text)} characters; a header has room for {HEADER_LIMIT}."
        yield base.fault("header.text", message, "Shorten it.")
    if content.body and bool(header.name) != any(item.name for item in content.body):
        message = "Of the header's and the body's parameters only one kind has names."
        remedy = "A template's parameters are either all named or all numbered: do as the template does."
        yield base.fault("header.name", message, remedy)


def _check_media(header: Header, *, rendered: bool) -> Iterator[base.Fault]:
    if not header.link:
        remedy = f"Give the https address of the {header.kind}."
        yield base.fault("header.link", f"The header has no {header.kind}.", remedy)
    elif _settled(header.link, rendered=rendered) and not _is_https(header.link):
        message = f"The media's address is not an https address of at most {URL_LIMIT} characters."
        remedy = "Give a public address that begins with https://, without spaces or a sign-in."
        yield base.fault("header.link", message, remedy)
    if header.filename and header.kind != "document":
        message = f"A file name is shown with documents only, not with this {header.kind}."
        yield base.fault("header.filename", message, "Leave it empty.", level="warning")


def _check_names(body: list[Parameter]) -> Iterator[base.Fault]:
    given = [item.name for item in body if item.name]
    if given and len(given) < len(body):
        remedy = "A template's parameters are either all named or all numbered: do as the template does."
        yield base.fault("body", "Some parameters have names and some have none.", remedy)
    for number, item in enumerate(body):
        if item.name and not _NAME.fullmatch(item.name):
            remedy = "Use lower-case letters, digits and underscores, as in the template."
            yield base.fault(f"body.{number}.name", f"{item.name!r} is not a parameter's name.", remedy)
    for name, count in Counter(given).items():
        if count > 1:
            yield base.fault("body", f"The parameter {name!r} is given {count} times.", "Give it once.")


def _check_sample(content: WhatsAppContent) -> Iterator[base.Fault]:
    """Compare the parameters with what the approved body asks for: WhatsApp refuses any difference."""
    if not content.sample:
        return
    asked = placeholders(content.sample)
    numbers = {int(name) for name in asked if name.isdecimal()}
    named = any(item.name for item in content.body)
    if numbers and len(numbers) < len(asked):
        message = "The approved text holds both numbered and named placeholders."
        yield base.fault("sample", message, "Paste it as WhatsApp Manager shows it: it has one kind only.")
    elif numbers and numbers != set(range(1, len(asked) + 1)):
        message = "The approved text's placeholders are not numbered from {{1}} on without gaps."
        yield base.fault("sample", message, "Paste it as WhatsApp Manager shows it.")
    elif named or (asked and not numbers):
        yield from _compare_names(asked, [item.name for item in content.body])
    elif len(content.body) != len(asked):
        message = f"The template takes {len(asked)} parameters; {len(content.body)} are given."
        yield base.fault("body", message, "Give one value for each placeholder, in their order.")


def _compare_names(asked: tuple[str, ...], given: list[str]) -> Iterator[base.Fault]:
    missing = [name for name in asked if name not in given]
    extra = [name or "one without a name" for name in given if name not in asked]
    if missing:
        message = f"The template also takes: {', '.join(missing)}."
        yield base.fault("body", message, "Give each of them a value, under its name.")
    if extra:
        message = f"The template does not take: {', '.join(extra)}."
        yield base.fault("body", message, "Remove it, or correct its name.")


def _check_body(content: WhatsAppContent, *, rendered: bool) -> Iterator[base.Fault]:
    for number, item in enumerate(content.body):
        yield from _check_value(f"body.{number}.text", item.text, rendered=rendered)
    # What is still to be rendered may turn out empty, so only what is certain counts.
    certain = [len(item.text) for item in content.body if _settled(item.text, rendered=rendered)]
    length = sum(certain) + len(_PLACEHOLDER.sub("", content.sample))
    if length > BODY_LIMIT:
        message = f"With its parameters the body has {length} characters; {BODY_LIMIT} are allowed."
        yield base.fault("body", message, "Shorten the parameters.")


def _check_value(place: str, text: str, *, rendered: bool) -> Iterator[base.Fault]:
    if not text.strip():
        yield base.fault(place, "The parameter is empty.", "WhatsApp refuses it: give a value.")
    elif _settled(text, rendered=rendered) and _BROKEN.search(text):
        message = f"The parameter holds a line break, a tab, or more than {SPACES} spaces in a row."
        yield base.fault(place, message, "WhatsApp refuses it: write it on one line with single spaces.")


def _check_buttons(buttons: list[Button], *, rendered: bool) -> Iterator[base.Fault]:
    for number, button in enumerate(buttons):
        if not 0 <= button.index < BUTTONS:
            remedy = f"Buttons are numbered from 0 to {BUTTONS - 1}, in the template's order."
            yield base.fault(f"buttons.{number}.index", f"There is no button {button.index}.", remedy)
        yield from _check_button(f"buttons.{number}.value", button, rendered=rendered)
    for index, count in Counter(button.index for button in buttons).items():
        if count > 1:
            yield base.fault("buttons", f"Button {index} is given {count} times.", "Give it once.")


def _check_button(place: str, button: Button, *, rendered: bool) -> Iterator[base.Fault]:
    value = button.value
    if not value.strip():
        yield base.fault(place, "The button has no value.", "WhatsApp refuses it: give one.")
    elif not _settled(value, rendered=rendered):
        return
    elif button.kind == "url":
        if len(value) > URL_LIMIT or not _is_plain(value):
            message = f"The end of the address holds a space or has more than {URL_LIMIT} characters."
            yield base.fault(place, message, "Percent-encode spaces and shorten it.")
        elif value.startswith(("http://", "https://")):
            message = "The template already holds the beginning of the address."
            yield base.fault(place, message, "Give only what follows it.", level="warning")
    elif button.kind == "quick_reply" and len(value) > PAYLOAD_LIMIT:
        message = f"The payload has {len(value)} characters; {PAYLOAD_LIMIT} are allowed."
        yield base.fault(place, message, "Shorten it.")
    elif button.kind == "copy_code" and not _is_plain(value):
        yield base.fault(place, "The code holds a space or a line break.", "Write it in one piece.")


def _settled(text: str, *, rendered: bool) -> bool:
    """Whether a text is what will be sent, not a template of it."""
    return rendered or not base.has_template(text)


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text


def _is_https(link: str) -> bool:
    if len(link) > URL_LIMIT or not _is_plain(link):
        return False
    try:
        parts = parse.urlsplit(link)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
