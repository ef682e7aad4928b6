"""The approved templates a WhatsApp twin holds, and what it refuses in a message that uses one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BODY_LIMIT = 1024
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_NOT_IN_A_VALUE = re.compile(r"[\n\t\r]| {5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A template's button."""

    kind: Literal["URL", "QUICK_REPLY"]
    text: str
    url: str = ""  #: with {{1}} where a message fills in its end

    @property
    def asks(self) -> bool:
        """Whether a message has to give a value."""
        return "{{1}}" in self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One approved template in one language."""

    name: str
    language: str
    category: Literal["MARKETING", "UTILITY"]
    body: str
    header: Literal["", "IMAGE"] = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()

    @property
    def asks(self) -> list[str]:
        """The body's placeholders in their order."""
        return _PLACEHOLDER.findall(self.body)

    @property
    def named(self) -> bool:
        """Whether the placeholders have names in place of numbers."""
        return any(not name.isdigit() for name in self.asks)

    def listed(self) -> dict[str, Any]:
        """The template as the Graph API lists it."""
        components: list[dict[str, Any]] = []
        if self.header:
            components.append({"type": "HEADER", "format": self.header})
        components.append({"type": "BODY", "text": self.body})
        if self.footer:
            components.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            buttons = [
                {"type": button.kind, "text": button.text} | ({"url": button.url} if button.url else {})
                for button in self.buttons
            ]
            components.append({"type": "BUTTONS", "buttons": buttons})
        return {
            "name": self.name,
            "language": self.language,
            "status": "APPROVED",
            "category": self.category,
            "parameter_format": "NAMED" if self.named else "POSITIONAL",
            "components": components,
        }


APPROVED = (
    Template(
        name="spring_drop",
        language="en",
        category="MARKETING",
        header="IMAGE",
        body="Hi {{first_name}}, the spring drop is open for members. Your code {{code}} is good until Sunday.",
        footer="Reply STOP to hear no more of this",
        buttons=(
            Button(kind="URL", text="Shop the drop", url="https://northwind.test/drop/{{1}}"),
            Button(kind="QUICK_REPLY", text="Stop promotions"),
        ),
    ),
    Template(
        name="order_update",
        language="en",
        category="UTILITY",
        body="Hello {{1}}, your order {{2}} is on its way and arrives {{3}}.",
    ),
    Template(
        name="hello_world",
        language="en_US",
        category="UTILITY",
        body="Welcome. This message shows that your set-up works.",
        footer="Sample message",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A Graph error, ready to be answered."""

    code: int
    message: str
    details: str = ""
    status: int = 400
    subcode: int = 0


class Refused(Exception):
    """Ends a call with a Graph error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template with a message's values, as a phone shows it."""

    template: Template
    body: str
    image: str
    links: Mapping[int, str]  #: button to its whole address


_BY_NAME = {(item.name, item.language): item for item in APPROVED}


def fill(asked: Mapping[str, Any]) -> Filled:
    """Fill a message's `template` object in. Raises Refused as the Graph API would."""
    name, language = asked.get("name"), asked.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not isinstance(code, str):
        raise refused(131008, "template name and language are required")
    template = _BY_NAME.get((name, code))
    if template is None:
        raise refused(132001, f"template name ({name}) does not exist in {code}")
    parts = _parts(asked.get("components", []))
    image = _image(template, parts.pop(("header", 0), []))
    body = _body(template, parts.pop(("body", 0), []))
    return Filled(template=template, body=body, image=image, links=_links(template, parts))


def refused(code: int, details: str) -> Refused:
    """The error of a code, with what was wrong in this call."""
    return Refused(Refusal(code=code, message=f"(#{code}) {_TITLES[code]}", details=details))


_TITLES = {
    100: "Invalid parameter",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131047: "Re-engagement message",
    131051: "Unsupported message type",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132005: "Translated text too long",
    132012: "Parameter format does not match format in the created template",
}


def _parts(components: object) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Kind and button index to parameters."""
    parts: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for component in components if isinstance(components, list) else [components]:
        if not isinstance(component, dict) or component.get("type") not in ("header", "body", "button"):
            raise refused(100, "template components must be of type header, body or button")
        index = str(component.get("index", "0"))
        if component["type"] == "button" and not (index.isdecimal() and int(index) < 10):
            raise refused(131009, "button index must be from 0 to 9")
        values = component.get("parameters", [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise refused(100, "component parameters must be a list of objects")
        place = (component["type"], int(index) if component["type"] == "button" else 0)
        parts[place] = [{**value, "sub_type": component.get("sub_type")} for value in values]
    return parts


def _image(template: Template, values: list[dict[str, Any]]) -> str:
    expected = 1 if template.header else 0
    if len(values) != expected:
        raise _mismatch("header", expected, len(values))
    if not values:
        return ""
    image = values[0].get("image")
    if values[0].get("type") != "image" or not isinstance(image, dict):
        raise refused(132012, f"header: Format mismatch, expected IMAGE, received {values[0].get('type')}")
    link = image.get("link")
    if not isinstance(link, str) or not link.startswith(("https://", "http://")):
        raise refused(131009, "image link must be a web address")
    return link


def _body(template: Template, values: list[dict[str, Any]]) -> str:
    asks, named = template.asks, template.named
    if len(values) != len(asks):
        raise _mismatch("body", len(asks), len(values))
    given: dict[str, str] = {}
    for number, value in enumerate(values, start=1):
        name = value.get("parameter_name") or ""
        if bool(name) != named or (named and name not in asks) or name in given:
            raise refused(132012, "body: parameter_name is missing, doubled or not one of the template's")
        given[name or str(number)] = _text(value, "body")
    body = _PLACEHOLDER.sub(lambda found: given[found[1]], template.body)
    if len(body) > BODY_LIMIT:
        raise refused(132005, f"body: {len(body)} characters, {BODY_LIMIT} are allowed")
    return body


def _text(value: Mapping[str, Any], where: str) -> str:
    text = value.get("text")
    if value.get("type") != "text" or not isinstance(text, str):
        raise refused(132012, f"{where}: expected a parameter of type text")
    if not text:
        raise refused(131008, f"{where}: a text parameter is empty")
    if _NOT_IN_A_VALUE.search(text):
        details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise refused(132012, f"{where}: {details}")
    return text


def _links(template: Template, parts: Mapping[tuple[str, int], list[dict[str, Any]]]) -> dict[int, str]:
    """The whole addresses of the buttons that ask for their end."""
    links: dict[int, str] = {}
    for index, button in enumerate(template.buttons):
        values = parts.get(("button", index), [])
        if not button.asks:
            if values and button.kind == "URL":
                raise _mismatch(f"button {index}", 0, len(values))
            continue
        if len(values) != 1:
            raise _mismatch(f"button {index}", 1, len(values))
        if values[0]["sub_type"] != "url":
            raise refused(132012, f"button {index}: expected sub_type url")
        links[index] = button.url.replace("{{1}}", _text(values[0], f"button {index}"))
    strange = [place for place in parts if place[0] != "button" or place[1] >= len(template.buttons)]
    if strange:
        raise refused(131009, f"the template has no {strange[0][0]} {strange[0][1]}")
    return links


def _mismatch(where: str, expected: int, given: int) -> Refused:
    return refused(
        132000, f"{where}: number of parameters ({given}) does not match the expected number ({expected})"
    )
