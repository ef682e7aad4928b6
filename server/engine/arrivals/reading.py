"""Read an arrival back into the content it carries, and settle what its wire cannot tell apart."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from server.channels import contents
from server.engine.arrivals import bags, chats, mails, pushes, rich
from server.wire import twins


class Channel(NamedTuple):
    """How one channel is read."""

    read: Callable[[twins.Arrived, bags.Strays], Any]
    settle: Callable[[Any, Any], dict[str, object]]  #: (read, promised) to the fields to take as promised


CHANNELS = {
    "apns": Channel(pushes.read_apns, pushes.settle_apns),
    "webpush": Channel(pushes.read_webpush, pushes.settle_webpush),
    "email": Channel(mails.read, mails.settle),
    "sms": Channel(chats.read_sms, chats.settle_sms),
    "whatsapp": Channel(chats.read_whatsapp, chats.settle_whatsapp),
    "rcs": Channel(rich.read, rich.settle),
}


def read(arrived: twins.Arrived) -> tuple[contents.Content, bags.Strays]:
    """The content an arrival carries, and what it carries besides. Raises bags.Unreadable.

    It is read by what each vendor documents, not by how our adapters write, so that both must agree.
    """
    strays = bags.Strays()
    found = CHANNELS[arrived.arrival.channel].read(arrived, strays)
    try:
        return msgspec.convert(msgspec.to_builtins(found), type(found)), strays
    except msgspec.ValidationError as error:
        raise bags.Unreadable(f"What arrived is no content of this channel: {error}.") from error


def settled(content: contents.Content, promised: contents.Content) -> contents.Content:
    """The content read, with everything that would look the same on the wire as it was promised."""
    if type(content) is not type(promised):
        return content
    told = CHANNELS[str(content.__struct_config__.tag)].settle(content, promised)
    return msgspec.structs.replace(content, **told)
