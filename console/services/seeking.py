"""The search over everything: campaigns, audiences, templates by name, people by address, messages by reference."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from console.services import api, errors, links
from server.channels import contents
from server.wire import audiences, campaigns, endpoint, messages, templates

FEWEST = 2  #: letters; fewer say nothing
MOST = 5  #: of each kind
MOST_AUDIENCES = 500  #: the server lists them without a search of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found, and how one gets there."""

    kind: str  #: campaign, audience, contact or message
    title: str
    about: str
    link: links.Link


async def seek(asked: api.Api, words: str) -> list[Hit]:
    """What the server knows under these words, by kind. Raises errors.Problem only where no kind could be asked."""
    if len(words) < FEWEST:
        return []
    found = await asyncio.gather(
        _campaigns(asked, words),
        _audiences(asked, words),
        _contacts(asked, words),
        _messages(asked, words),
        _templates(asked, words),
        return_exceptions=True,
    )
    failed = [one for one in found if isinstance(one, BaseException)]
    if len(failed) == len(found):
        raise failed[0]
    for one in failed:
        if not isinstance(one, errors.Problem):
            raise one
    return [hit for one in found if not isinstance(one, BaseException) for hit in one]


async def _campaigns(asked: api.Api, words: str) -> list[Hit]:
    page = await asked.call(campaigns.LIST, campaigns.CampaignQuery(find=words, limit=MOST))
    return [
        Hit(
            kind="campaign",
            title=row.name or "Nameless",
            about=" · ".join(filter(None, (row.status.value.capitalize(), row.audience_name))),
            link=links.Link(view="campaigns", args={"campaign": str(row.id)}),
        )
        for row in page.rows
    ]


async def _templates(asked: api.Api, words: str) -> list[Hit]:
    page = await asked.call(templates.LIST, templates.TemplateQuery(find=words, limit=MOST))
    return [
        Hit(
            kind="template",
            title=row.name,
            about=" · ".join(filter(None, (contents.TITLES[row.channel], row.folder, f"v{row.version}"))),
            link=links.Link(view="templates", args={"template": str(row.id)}),
        )
        for row in page.rows
    ]


async def _audiences(asked: api.Api, words: str) -> list[Hit]:
    page = await asked.call(audiences.LIST, endpoint.Window(limit=MOST_AUDIENCES))
    wanted = words.casefold()
    return [
        Hit(
            kind="audience",
            title=row.name,
            about=f"{row.people:,} people",
            link=links.Link(view="audiences", args={"audience": str(row.id)}),
        )
        for row in page.rows
        if wanted in row.name.casefold()
    ][:MOST]


async def _contacts(asked: api.Api, words: str) -> list[Hit]:
    page = await asked.call(audiences.CONTACTS, audiences.ContactQuery(find=words, limit=MOST))
    return [
        Hit(
            kind="contact",
            title=row.name or row.key,
            about=_addresses([one.address for one in row.identities]) or row.key,
            link=links.Link(view="audiences", args={"contact": str(row.id)}),
        )
        for row in page.rows
    ]


async def _messages(asked: api.Api, words: str) -> list[Hit]:
    page = await asked.call(messages.LIST, messages.MessageQuery(find=words, limit=MOST))
    if not page.rows:
        return []
    hits = [
        Hit(
            kind="message",
            title=f"{row.name or row.address or 'Nameless'} · {row.campaign_name}",
            about=f"{row.state.value} · {row.ref}",
            link=links.Link(view="messages", args={"find": row.ref}),
        )
        for row in page.rows
    ]
    if page.total > len(hits):
        rest = Hit(
            kind="message",
            title=f"All {page.total:,} messages found by “{words}”",
            about="",
            link=links.Link(view="messages", args={"find": words}),
        )
        return [*hits[: MOST - 1], rest]
    return hits


def _addresses(found: Sequence[str]) -> str:
    return " · ".join(one if len(one) <= 32 else f"{one[:14]}…{one[-6:]}" for one in found[:2])
