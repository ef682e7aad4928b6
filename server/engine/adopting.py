"""Put a template's content into a draft; which version it was is kept beside it."""

import msgspec

from server.channels import contents
from server.engine import campaigns, library
from server.engine import desk as desks
from server.wire import campaigns as wire
from server.wire import problems, templates


async def take(desk: desks.Desk, campaign: int, ask: templates.Take) -> wire.Campaign:
    """Put a template's content into a draft, with its languages, in place of what was there for its channel."""
    found = await campaigns.show(desk, campaign)
    async with desk.database.reading() as connection:
        template = await library.there(connection, desk.workspace, ask.template)
        wanted = await library.version_there(
            connection, desk.workspace, ask.template, ask.version or template.version
        )
    if found.status is not wire.Status.DRAFT:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The campaign is {found.status.value}; only a draft can be changed.",
            "Make a new campaign to send something else.",
        )
    channel = template.channel
    taken = contents.Taken(template=template.id, version=wanted.version)
    changed = msgspec.structs.replace(
        found.contents,
        **{channel: wanted.content},
        languages={**found.contents.languages, channel: wanted.translations},
        taken={**found.contents.taken, channel: taken},
    )
    ask_save = wire.SaveCampaign(name=found.name, audience=found.audience, contents=changed)
    return await campaigns.save(desk, campaign, ask_save)
