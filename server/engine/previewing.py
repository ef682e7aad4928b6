"""Show contents as one person would get them."""

import msgspec

from server.channels import languages
from server.engine import desk as desks
from server.engine import looking, taking
from server.wire import campaigns as wire


async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Render for one real person or for values typed by hand."""
    async with desk.database.reading() as connection:
        someone = await looking.person(
            connection,
            desk.workspace,
            audience=ask.audience,
            position=ask.position,
            contact=ask.contact,
        )
        library = await taking.of_campaign(connection, desk.workspace, ask.contents)
    language = languages.canonical(ask.language)
    seen = {
        channel: looking.look(
            content, ask.contents.languages.get(channel), library, {**someone.values, **ask.values}, language
        )
        for channel, content in ask.contents.chosen().items()
    }
    done = {channel: one.rendered for channel, one in seen.items() if one.rendered is not None}
    return wire.Preview(
        person=someone.name,
        contact=someone.contact,
        contents=msgspec.structs.replace(
            wire.Contents(), **{channel: rendered.content for channel, rendered in done.items()}
        ),
        faults=[
            wire.PreviewFault(channel=channel, place=fault.place, message=fault.message, remedy=fault.remedy)
            for channel, one in seen.items()
            for fault in one.faults
        ],
        hashes={channel: rendered.digest.hex() for channel, rendered in done.items()},
        languages={channel: one.spoken for channel, one in seen.items() if one.spoken is not None},
        blocks={name: version for one in seen.values() for name, version in one.blocks.items()},
    )
