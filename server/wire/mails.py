"""Making a mail's HTML of its source, as saving does it."""

import msgspec

from server.channels import base
from server.wire import endpoint


class CompileMail(endpoint.Ask, frozen=True, kw_only=True):
    """A mail's source: MJML, or JSON of a mail in blocks."""

    source: str


class CompiledMail(endpoint.Reply, frozen=True):
    """What is made of it. With a source that nothing can be made of, the faults say why and the rest is empty."""

    html: str = ""
    mjml: str = ""  #: what the blocks are written as; the source itself where it was MJML
    faults: list[base.Fault] = msgspec.field(default_factory=list)


COMPILE = endpoint.Endpoint(
    "POST", "/v1/mails/compile", CompileMail, CompiledMail, "Make a mail's HTML of its source", reads=True
)
