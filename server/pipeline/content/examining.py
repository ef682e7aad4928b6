"""What is wrong with contents when they are saved, before anybody's values are known."""

import difflib
from collections.abc import Set

from server.channels import base, contents, email, shared
from server.pipeline.content import liquid, mailmaking, rendering, sharing, speaking
from server.wire import audiences


def examine(
    chosen: contents.Contents,
    known: Set[str] | None = None,
    library: sharing.Library = sharing.NOTHING,
) -> list[base.Fault]:
    """Name all faults of a campaign's contents in all their languages.

    Places begin with the channel, `sms.body`, or name the language, `languages.sms.others.de.body`. `known` are the
    attributes contacts have; a variable that is none of them is a warning. None to leave that out.
    """
    faults = [
        base.under(place, fault)
        for place, content in speaking.contents_of(chosen)
        for fault in examine_one(content, known, library)
    ]
    return faults + [
        base.under(f"languages.{channel}", fault)
        for channel, spoken in chosen.languages.items()
        for fault in speaking.faults(channel, spoken)
    ]


def examine_one(
    content: contents.Content,
    known: Set[str] | None = None,
    library: sharing.Library = sharing.NOTHING,
) -> list[base.Fault]:
    """Name all faults of one content: Liquid that cannot be understood, unknown variables, the channel's own rules.

    Where it names shared blocks, their words are part of it.
    """
    faults: list[base.Fault] = []
    try:
        content = mailmaking.made(content)
    except mailmaking.Broken as error:
        faults.append(error.fault())
    for place, source, html in rendering.templates(content):
        try:
            compiled = liquid.compiled(shared.blanked(source), html=html)
        except liquid.Broken as error:
            faults.append(_broken(place, error))
            continue
        if known is not None:
            faults += _strangers(place, compiled, known)
    if faults or not shared.names(content):
        return faults + sharing.faults(content, library) + contents.check(content, rendered=False)
    return _examine_whole(content, library)


def _examine_whole(content: contents.Content, library: sharing.Library) -> list[base.Fault]:
    """The same of a sound content with its blocks."""
    try:
        whole = sharing.resolved(content, library).content
    except sharing.Unresolved as error:
        return error.faults
    except mailmaking.Broken as error:
        return [error.fault()]
    faults = []
    for place, source, html in rendering.templates(whole):
        try:
            liquid.compiled(source, html=html)
        except liquid.Broken as error:
            faults.append(_broken(place, error))
    return faults + contents.check(whole, rendered=False)


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
