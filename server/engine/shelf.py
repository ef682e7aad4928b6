"""Keep order among campaigns: copy, tag, archive, each act saying exactly what it changed, so it can be undone."""

import msgspec

from server.engine import campaigns, limiting
from server.engine import desk as desks
from server.store import campaigns as campaign_rows
from server.store import shelf as rows
from server.wire import campaigns as wire_campaigns
from server.wire import problems
from server.wire import shelf as wire

Status = wire_campaigns.Status
Act = wire.Act

#: What is going on, or will, stays where everybody sees it.
BUSY = {
    Status.SCHEDULED: "it is scheduled; take its schedule back first",
    Status.LAUNCHING: "it is being launched",
    Status.RUNNING: "it is running",
    Status.PAUSED: "it is paused, and may go on",
    Status.CANCELLING: "it is still being cancelled",
}


async def clone(desk: desks.Desk, campaign: int, ask: wire.Clone) -> wire_campaigns.Campaign:
    """Make a draft with everything a campaign has but its schedule and its runs."""
    found = await campaigns.show(desk, campaign)
    name = ask.name.strip() or f"{found.name[: campaigns.LONGEST_NAME - 7]} (copy)"
    if len(name) > campaigns.LONGEST_NAME:
        raise _refused("name", f"A campaign's name has at most {campaigns.LONGEST_NAME} characters.")
    contents = msgspec.json.encode(found.contents).decode()
    save = wire_campaigns.SaveCampaign(name=name, priority=found.priority, limits=found.limits)
    async with desk.database.writing() as connection:
        made = await campaign_rows.insert(connection, desk.workspace, name, found.audience, contents)
        await limiting.save_draft(connection, desk.workspace, made, save)
        policy = msgspec.json.encode(found.policy).decode()
        await campaign_rows.rule(connection, desk.workspace, made, policy)
        await rows.set_tags(connection, desk.workspace, made, found.tags)
    return await campaigns.show(desk, made)


async def save_tags(desk: desks.Desk, campaign: int, ask: wire.SaveTags) -> wire_campaigns.Campaign:
    """Give a campaign these tags alone."""
    await campaigns.show(desk, campaign)
    wanted = list(dict.fromkeys(_tag(f"tags.{place}", text) for place, text in enumerate(ask.tags)))
    if len(wanted) > wire.MOST_TAGS:
        raise _refused("tags", f"A campaign bears at most {wire.MOST_TAGS} tags.", "Take some off.")
    async with desk.database.writing() as connection:
        await rows.set_tags(connection, desk.workspace, campaign, wanted)
    return await campaigns.show(desk, campaign)


async def tags(desk: desks.Desk) -> wire.Tags:
    """All tags in use."""
    async with desk.database.reading() as connection:
        found = await rows.tags(connection, desk.workspace)
    return wire.Tags(rows=[wire.Tag(name=name, campaigns=count) for name, count in found])


async def act(desk: desks.Desk, ask: wire.Shelve) -> wire.Shelved:
    """Do one thing to some campaigns, all in one transaction; those that cannot be are told with why."""
    if not 1 <= len(ask.campaigns) <= wire.MOST_CAMPAIGNS:
        raise _refused("campaigns", f"An act names 1 to {wire.MOST_CAMPAIGNS} campaigns.")
    tag = _tag("tag", ask.tag) if ask.act in (Act.TAG, Act.UNTAG) else ""
    changed, left = [], []
    async with desk.database.writing() as connection:
        for number in dict.fromkeys(ask.campaigns):
            row = await campaign_rows.one(connection, desk.workspace, number)
            if row is None:
                left.append(wire.Left(campaign=number, name="", why="it is not there any more"))
            elif ask.act is Act.ARCHIVE and (why := BUSY.get(Status(row.status))):
                left.append(wire.Left(campaign=number, name=row.name, why=why))
            elif await _do(connection, desk.workspace, number, ask.act, tag):
                changed.append(number)
            else:
                left.append(wire.Left(campaign=number, name=row.name, why=_already(ask.act, tag)))
    return wire.Shelved(changed=changed, left=left)


async def _do(connection: rows.Connection, workspace: int, campaign: int, what: Act, tag: str) -> bool:
    match what:
        case Act.ARCHIVE | Act.UNARCHIVE:
            return await rows.archive(connection, workspace, campaign, away=what is Act.ARCHIVE)
        case Act.TAG:
            borne = (await rows.tags_of(connection, workspace, [campaign])).get(campaign, [])
            return len(borne) < wire.MOST_TAGS and await rows.add_tag(connection, workspace, campaign, tag)
        case Act.UNTAG:
            return await rows.drop_tag(connection, workspace, campaign, tag)


def _already(what: Act, tag: str) -> str:
    return {
        Act.ARCHIVE: "it is in the archive already",
        Act.UNARCHIVE: "it is not in the archive",
        Act.TAG: f"it bears “{tag}” already, or as many tags as it can",
        Act.UNTAG: f"it does not bear “{tag}”",
    }[what]


def _tag(place: str, text: str) -> str:
    """A tag as it is kept: on one line, without blanks around it. Raises problems.Refused."""
    tag = " ".join(text.split())
    if not 1 <= len(tag) <= wire.LONGEST_TAG or not tag.isprintable():
        raise _refused(place, f"A tag is 1 to {wire.LONGEST_TAG} characters.", "Write a word or two.")
    return tag


def _refused(place: str, message: str, remedy: str = "") -> problems.Refused:
    fault = problems.Fault(place=place, message=message, remedy=remedy)
    return problems.refuse(problems.Code.INVALID, message, remedy, [fault])
