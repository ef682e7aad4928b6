"""The life of a campaign: drafted, estimated, previewed, launched, paused, resumed, cancelled."""

import logging
import sqlite3
import time
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.pipeline.content import examining, rendering, values
from server.store import campaigns as rows
from server.store import database
from server.store.ledger import batches, freezing
from server.wire import campaigns as wire
from server.wire import moments, problems

log = logging.getLogger(__name__)

Connection = sa_asyncio.AsyncConnection

LONGEST_NAME = 200


async def create(desk: desks.Desk, ask: wire.SaveCampaign) -> wire.Campaign:
    """Make a draft."""
    async with desk.database.writing() as connection:
        await _check(connection, desk.workspace, ask)
        campaign = await rows.insert(
            connection, desk.workspace, ask.name.strip(), ask.audience, _json(ask.contents)
        )
    return await show(desk, campaign)


async def save(desk: desks.Desk, campaign: int, ask: wire.SaveCampaign) -> wire.Campaign:
    """Change a draft."""
    async with desk.database.writing() as connection:
        await _check(connection, desk.workspace, ask)
        saved = await rows.update(
            connection, desk.workspace, campaign, ask.name.strip(), ask.audience, _json(ask.contents)
        )
    if not saved:
        found = await show(desk, campaign)
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The campaign is {found.status.value}; only a draft can be changed.",
            "Make a new campaign to send something else.",
        )
    return await show(desk, campaign)


async def delete(desk: desks.Desk, campaign: int) -> None:
    """Delete a draft."""
    async with desk.database.writing() as connection:
        removed = await rows.remove(connection, desk.workspace, campaign)
    if not removed:
        await show(desk, campaign)
        raise problems.refuse(
            problems.Code.CONFLICT,
            "A campaign that was launched cannot be deleted: its messages stay accounted for.",
        )


async def show(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """One campaign."""
    async with desk.database.reading() as connection:
        row = await rows.one(connection, desk.workspace, campaign)
        if row is None:
            raise _missing(campaign)
        return (await _told(connection, desk.workspace, [row]))[0]


async def list_(desk: desks.Desk, ask: wire.CampaignQuery) -> wire.Campaigns:
    """A window over the campaigns."""
    async with desk.database.reading() as connection:
        total, found = await rows.page(
            connection,
            desk.workspace,
            find=ask.find,
            status=ask.status,
            sort=ask.sort,
            offset=ask.offset,
            limit=ask.limit,
        )
        told = await _told(connection, desk.workspace, found)
    return wire.Campaigns(total=total, offset=ask.offset, rows=told)


async def _told(connection: Connection, workspace: int, found: list[sa.Row[Any]]) -> list[wire.Campaign]:
    """Rows as they travel, each with its newest run's equation."""
    runs = [row.run for row in found if row.run is not None]
    parts = await rows.equations(connection, workspace, runs)
    sizes = await _sizes(connection, workspace, runs)
    arrived = await rows.delivered(connection, workspace, runs)
    told = []
    for row in found:
        chosen = msgspec.json.decode(row.contents, type=wire.Contents)
        told.append(
            wire.Campaign(
                id=row.id,
                name=row.name,
                status=wire.Status(row.status),
                audience=row.audience,
                audience_name=row.audience_name,
                channels=list(chosen.chosen()),
                contents=chosen,
                run=row.run,
                equation=rows.equation(sizes[row.run], parts[row.run].values()) if row.run else None,
                delivered=arrived.get(row.run, 0),
                created_at=moments.utc(row.created_at),
                updated_at=moments.utc(row.updated_at),
            )
        )
    return told


async def _sizes(connection: Connection, workspace: int, runs: list[int]) -> dict[int, int]:
    if not runs:
        return {}
    found = await connection.execute(
        sa.text("SELECT id, messages FROM run WHERE workspace = :workspace"), {"workspace": workspace}
    )
    return {int(row.id): int(row.messages) for row in found}


# -- before a launch ----------------------------------------------------------------------------------

REACH = """
SELECT count(identity.contact) AS addressed,
  count(CASE WHEN EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = identity.workspace
    AND suppression.channel IN (:channel, 'all') AND suppression.address_key = identity.address_key)
    THEN 1 END) AS suppressed
FROM member
JOIN identity ON identity.workspace = member.workspace AND identity.contact = member.contact
  AND identity.channel = :channel AND identity.removed_at IS NULL
WHERE member.workspace = :workspace AND member.audience = :audience
"""
LANES = """
SELECT channel, name FROM account
WHERE workspace = :workspace AND enabled = 1 AND halted = 0 AND weight > 0 AND removed_at IS NULL ORDER BY id
"""


async def estimate(desk: desks.Desk, campaign: int) -> wire.Estimate:
    """Count what a launch would do now, and name what stands against it."""
    found = await show(desk, campaign)
    async with desk.database.reading() as connection:
        people, ready = await _people(connection, desk.workspace, found.audience)
        lanes: dict[str, list[str]] = {}
        for row in await connection.execute(sa.text(LANES), {"workspace": desk.workspace}):
            lanes.setdefault(row.channel, []).append(row.name)
        channels = []
        for channel in found.channels:
            key = {"workspace": desk.workspace, "audience": found.audience, "channel": channel}
            reach = (await connection.execute(sa.text(REACH), key)).one()
            channels.append(
                wire.ChannelEstimate(
                    channel=channel,
                    reachable=reach.addressed - reach.suppressed,
                    no_address=people - reach.addressed,
                    suppressed=reach.suppressed,
                    account=", ".join(lanes.get(channel, [])),
                )
            )
    faults = _against(found, people, ready)
    for part in channels:
        if not part.account:
            title = contents.TITLES[part.channel]
            faults.append(f"{title} has no account that can send. Add or mend one under Providers.")
    return wire.Estimate(people=people, messages=people * len(channels), channels=channels, faults=faults)


async def _people(connection: Connection, workspace: int, audience: int | None) -> tuple[int, bool]:
    """People in an audience as it is now, and whether it can be sent to."""
    if audience is None:
        return 0, False
    key = {"workspace": workspace, "audience": audience}
    found = await connection.execute(
        sa.text(
            "SELECT ready, (SELECT count(*) FROM member WHERE member.workspace = :workspace"
            " AND member.audience = :audience) AS people FROM audience"
            " WHERE workspace = :workspace AND id = :audience AND removed_at IS NULL"
        ),
        key,
    )
    row = found.one_or_none()
    return (int(row.people), bool(row.ready)) if row else (0, False)


def _against(found: wire.Campaign, people: int, ready: bool) -> list[str]:
    """What stands against a launch, each a sentence."""
    faults = []
    if found.audience is None:
        faults.append("The campaign has no audience. Choose one.")
    elif not ready:
        faults.append("The audience is still being imported. Launch when its import is done.")
    elif people == 0:
        faults.append("There is nobody in the audience. Import contacts, or choose another.")
    if not found.channels:
        faults.append("The campaign has no content. Write one for at least one channel.")
    return faults + [
        f"{fault.place}: {fault.message} {fault.remedy}".strip()
        for fault in examining.examine(found.contents)
        if fault.level == "error"
    ]


REACHED = """(SELECT address FROM identity WHERE identity.workspace = contact.workspace
    AND identity.contact = contact.id AND identity.channel = '{}' AND identity.removed_at IS NULL)"""
PERSON = f"""
SELECT contact.id, contact.key, contact.name, contact.country, contact.zone, contact.locale, contact.attributes,
  {REACHED.format("email")} AS email,
  coalesce({REACHED.format("sms")}, {REACHED.format("whatsapp")}, {REACHED.format("rcs")}) AS phone
FROM member JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact
WHERE member.workspace = :workspace AND member.audience = :audience ORDER BY member.contact LIMIT 1 OFFSET :position
"""  # noqa: S608 - nothing but the texts above


async def preview(desk: desks.Desk, ask: wire.PreviewAsk) -> wire.Preview:
    """Render by the one renderer that also sends, for one real person or for values typed by hand."""
    person: sa.RowMapping | None = None
    if ask.audience is not None:
        async with desk.database.reading() as connection:
            found = await connection.execute(
                sa.text(PERSON),
                {"workspace": desk.workspace, "audience": ask.audience, "position": max(ask.position, 0)},
            )
            person = found.mappings().one_or_none()
        if person is None:
            raise problems.refuse(
                problems.Code.NOT_FOUND,
                "There is nobody at that place in the audience.",
                "Choose another person or audience.",
            )
    given = {**(values.values_of(dict(person)) if person else {}), **ask.values}
    rendered: dict[str, contents.Content] = {}
    hashes: dict[str, str] = {}
    faults: list[wire.PreviewFault] = []
    for channel, content in ask.contents.chosen().items():
        try:
            done = rendering.Renderer(content).render(given)
        except rendering.CannotRender as error:
            faults += _preview_faults(channel, error)
        else:
            rendered[channel] = done.content
            hashes[channel] = done.digest.hex()
    return wire.Preview(
        person=(person["name"] or person["key"]) if person else "",
        contact=person["id"] if person else None,
        contents=msgspec.structs.replace(wire.Contents(), **rendered),
        faults=faults,
        hashes=hashes,
    )


def _preview_faults(channel: str, error: rendering.CannotRender) -> list[wire.PreviewFault]:
    match error:
        case rendering.MissingValue():
            return [
                wire.PreviewFault(
                    channel=channel,
                    place=error.place,
                    message=f"This person has no value for {error.variable}, and would be skipped.",
                    remedy=f"Give it a default: {{{{ {error.variable} | default: '…' }}}}.",
                )
            ]
        case rendering.Unrenderable():
            return [
                wire.PreviewFault(
                    channel=channel, place=error.place, message=error.message, remedy=error.remedy
                )
            ]
        case rendering.BadContent():
            return [
                wire.PreviewFault(
                    channel=channel, place=fault.place, message=fault.message, remedy=fault.remedy
                )
                for fault in error.faults
            ]
    return [wire.PreviewFault(channel=channel, place="", message=str(error))]


# -- the acts -----------------------------------------------------------------------------------------


async def launch(desk: desks.Desk, campaign: int, ask: wire.Launch) -> wire.Campaign:
    """Freeze audience and content, and start. Everything or nothing."""
    found = await show(desk, campaign)
    if found.status is not wire.Status.DRAFT:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The campaign is {found.status.value} and was launched already.",
            "Make a new campaign to send again.",
        )
    if faults := (await estimate(desk, campaign)).faults:
        raise problems.refuse(problems.Code.CONFLICT, faults[0], " ".join(faults[1:]))
    try:
        run = await desk.ledger.do(_freeze, workspace=desk.workspace, campaign=found, expected=ask.expected)
    except freezing.Changed as error:
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The audience has {error.people:,} people now, not {ask.expected:,}.",
            "Look at the review again, and launch with the new number.",
        ) from error
    log.info("campaign %d launched as run %d", campaign, run)
    return await show(desk, campaign)


def _freeze(
    connection: sqlite3.Connection, *, workspace: int, campaign: wire.Campaign, expected: int | None
) -> int:
    """The launch's one transaction: the draft's claim, the frozen run, and the campaign's new status."""
    with database.transaction(connection):
        claimed = connection.execute(
            "UPDATE campaign SET status = 'running', updated_at = ? WHERE workspace = ? AND id = ?"
            " AND status = 'draft'",
            (time.time(), workspace, campaign.id),
        ).rowcount
        if not claimed:
            raise problems.refuse(
                problems.Code.CONFLICT, "The campaign was launched by somebody else just now."
            )
        run = freezing.freeze(
            connection,
            workspace=workspace,
            campaign=campaign.id,
            audience=campaign.audience or 0,
            channels=campaign.channels,
            contents=_json(campaign.contents),
            expected=expected,
        )
        connection.execute(
            "UPDATE campaign SET run = ? WHERE workspace = ? AND id = ?", (run, workspace, campaign.id)
        )
        batches.settle(connection, workspace=workspace, run=run, now=time.time())
    return run


async def pause(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Stop sending: nothing new is intended; what is under way is answered and written."""
    return await _turn(desk, campaign, frm=("running",), to="paused", act="paused")


async def resume(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Go on sending where it stopped."""
    return await _turn(desk, campaign, frm=("paused",), to="running", act="resumed")


async def cancel(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Send no more, for good: whatever waits is cancelled, batch by batch, also after a restart."""
    told = await _turn(desk, campaign, frm=("running", "paused"), to="cancelling", act="cancelled")
    desk.clock.wake()
    return told


async def _turn(desk: desks.Desk, campaign: int, *, frm: tuple[str, ...], to: str, act: str) -> wire.Campaign:
    async with desk.database.writing() as connection:
        moved, status = await rows.turn(connection, desk.workspace, campaign, frm=frm, to=to)
    if not moved:
        await show(desk, campaign)
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The campaign is {status} and cannot be {act}.",
            f"Only a campaign that is {' or '.join(frm)} can be {act}.",
        )
    log.info("campaign %d %s", campaign, act)
    return await show(desk, campaign)


# -- what is checked ----------------------------------------------------------------------------------


async def _check(connection: Connection, workspace: int, ask: wire.SaveCampaign) -> None:
    """Refuse what cannot be saved, all faults at once."""
    faults = []
    name = ask.name.strip()
    if not name or len(name) > LONGEST_NAME:
        faults.append(
            problems.Fault(
                place="name",
                message=f"A campaign needs a name of 1 to {LONGEST_NAME} characters.",
                remedy="Name it so that colleagues find it.",
            )
        )
    if ask.audience is not None:
        found = await connection.execute(
            sa.text(
                "SELECT 1 FROM audience WHERE workspace = :workspace AND id = :id AND removed_at IS NULL"
            ),
            {"workspace": workspace, "id": ask.audience},
        )
        if found.one_or_none() is None:
            faults.append(
                problems.Fault(
                    place="audience",
                    message=f"There is no audience {ask.audience}.",
                    remedy="Choose one of the audiences listed.",
                )
            )
    faults += [
        problems.Fault(place=f"contents.{fault.place}", message=fault.message, remedy=fault.remedy)
        for fault in examining.examine(ask.contents)
        if fault.level == "error"
    ]
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The campaign cannot be saved like this.", "Mend what is named.", faults
        )


def _missing(campaign: int) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no campaign {campaign}.", "Look at the list of campaigns."
    )


def _json(chosen: wire.Contents) -> str:
    return msgspec.json.encode(chosen).decode()
