"""A form's values as a content, and what is wrong with it by the rules the server trusts; pure."""

from typing import Any

import msgspec

from console.widgets.editors import parts
from server.channels import base, contents

TYPES: dict[str, type[contents.Content]] = {
    "apns": contents.Apns,
    "webpush": contents.WebPush,
    "email": contents.Email,
    "sms": contents.Sms,
    "whatsapp": contents.WhatsApp,
    "rcs": contents.Rcs,
}


def blank(channel: str) -> parts.Fields:
    """An empty content as plain values."""
    return plain(TYPES[channel]())


def plain(made: contents.Content) -> parts.Fields:
    """A content as plain values."""
    found: parts.Fields = msgspec.to_builtins(made)
    return found


def content(channel: str, fields: parts.Fields) -> contents.Content | list[base.Fault]:
    """A form's values as a content; where they are none, what is wrong with them and where."""
    try:
        return msgspec.convert(fields, type=TYPES[channel])
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$.")
        place = path.rstrip("`").replace("[", ".").replace("]", "")
        return [
            base.fault(
                place, f"This is not a value that fits: {words}.", "Write a number, or leave it empty."
            )
        ]


def only(
    channel: str,
    made: contents.Content,
    *,
    sms: contents.Content | None = None,
    languages: contents.Translations | None = None,
) -> contents.Contents:
    """Contents with one channel alone, in further languages too, and the SMS in its place where there is one."""
    chosen: dict[str, Any] = {channel: made}
    if sms is not None:
        chosen["sms"] = sms
    if languages is not None:
        chosen["languages"] = {channel: languages}
    return contents.Contents(**chosen)


def faults(channel: str, fields: parts.Fields) -> list[base.Fault]:
    """Everything wrong with a channel's form, by the rules the server trusts."""
    made = content(channel, fields)
    return made if isinstance(made, list) else contents.check(made, rendered=False)


def errors(channel: str, fields: parts.Fields) -> list[base.Fault]:
    """What keeps a channel's content from being saved."""
    return [fault for fault in faults(channel, fields) if fault.level == "error"]
