"""What is wrong with contents when they are saved, before anybody's values are known."""

import difflib
from collections.abc import Set

from server.channels import base, contents, email
from server.pipeline.content import liquid, mailmaking, rendering
from server.wire import audiences


def examine(chosen: contents.Contents, known: Set[str] | None = None) -> list[base.Fault]:
    """Name all faults of a campaign's contents. Places begin with the channel: `sms.body`.

    `known` are the attributes contacts have; a variable that is none of them is a warning. None to leave that out.
    """
    return [
        _under(channel, fault)
        for channel, content in chosen.chosen().items()
        for fault in examine_one(content, known)
    ]


def examine_one(content: contents.Content, known: Set[str] | None = None) -> list[base.Fault]:
    """Name all faults of one content: Liquid that cannot be understood, unknown variables, the channel's own rules."""
    faults: list[base.Fault] = []
    try:
        content = mailmaking.made(content)
    except mailmaking.Broken as error:
        faults.append(error.fault())
    for place, source, html in rendering.templates(content):
        try:
            compiled = liquid.compiled(source, html=html)
        except liquid.Broken as error:
            faults.append(_broken(place, error))
            continue
        if known is not None:
            faults += _strangers(place, compiled, known)
    return faults + contents.check(content, rendered=False)


def _broken(place: str, error: liquid.Broken) -> base.Fault:
    text = str(error).rstrip(".")
    return base.Fault(
        place=place,
        message=f"{text[:1].upper()}{text[1:]}.",
        remedy=error.remedy or "Correct the template, or write the text without {{ }} and {% %}.",
    )


def _strangers(place: str, compiled: liquid.Compiled, known: Set[str]) -> list[base.Fault]:
    faults: list[base.Fault] = []
    for name in sorted(compiled.variables - known - set(audiences.RESERVED) - email.CONSTANTS.keys()):
        close = difflib.get_close_matches(name, [*known, *audiences.RESERVED], n=1)
        faults.append(
            base.Fault(
                place=place,
                message=f"Line {compiled.lines[name]}: no contact has a value called {name}.",
                remedy=f"Did you mean {close[0]}?"
                if close
                else f"Give it a default: {{{{ {name} | default: '…' }}}}.",
                level="warning",
            )
        )
    return faults


def _under(channel: str, fault: base.Fault) -> base.Fault:
    return base.Fault(
        place=f"{channel}.{fault.place}", message=fault.message, remedy=fault.remedy, level=fault.level
    )
