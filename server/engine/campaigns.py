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
from server.engine import launching, limiting, origins, policies, recurring, spreading, taking
from server.pipeline.content import examining, mailmaking, sharing, speaking
from server.store import campaigns as rows
from server.store import database, schedules, shelf
from server.store.ledger import turning
from server.wire import campaigns as wire
from server.wire import limits as wire_limits
from server.wire import moments, problems
from server.wire import policies as wire_policies
from server.wire import schedules as wire_schedules

log = logging.getLogger(__name__)

Connection = sa_asyncio.AsyncConnection

LONGEST_NAME = 200


async def create(desk: desks.Desk, ask: wire.SaveCampaign) -> wire.Campaign:
    """Make a draft."""
    async with desk.database.writing() as connection:
        await _check(connection, desk.workspace, ask)
        campaign = await rows.insert(
            connection,
            desk.workspace,
            ask.name.strip(),
            ask.audience,
            _kept(ask.contents),
        )
        await limiting.save_draft(connection, desk.workspace, campaign, ask)
        await _keep_policy(connection, desk.workspace, campaign, ask)
    return await show(desk, campaign)


async def save(desk: desks.Desk, campaign: int, ask: wire.SaveCampaign) -> wire.Campaign:
    """Change a draft."""
    async with desk.database.writing() as connection:
        await _check(connection, desk.workspace, ask)
        saved = await rows.update(
            connection,
            desk.workspace,
            campaign,
            ask.name.strip(),
            ask.audience,
            _kept(ask.contents),
        )
        if saved:
            await limiting.save_draft(connection, desk.workspace, campaign, ask)
            await _keep_policy(connection, desk.workspace, campaign, ask)
    if not saved:
        found = await show(desk, campaign)
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"The campaign is {found.status.value}; only a draft can be changed.",
            "Make a new campaign to send something else.",
        )
    return await show(desk, campaign)


async def _keep_policy(connection: Connection, workspace: int, campaign: int, ask: wire.SaveCampaign) -> None:
    if ask.policy is not None:
        await rows.rule(connection, workspace, campaign, msgspec.json.encode(ask.policy).decode())


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
    if ask.archived and ask.archived not in rows.ARCHIVED:
        fault = problems.Fault(place="archived", message=f"{ask.archived[:40]!r} is not known here.")
        remedy = f"Use {' or '.join(rows.ARCHIVED)}."
        raise problems.refuse(problems.Code.INVALID, fault.message, remedy, [fault])
    return await desk.database.look(window, desk.workspace, ask)


async def window(connection: Connection, workspace: int, ask: wire.CampaignQuery) -> wire.Campaigns:
    """The same, on a connection."""
    total, found = await rows.page(connection, workspace, ask)
    told = await _told(connection, workspace, found)
    return wire.Campaigns(total=total, offset=ask.offset, rows=told)


async def _told(connection: Connection, workspace: int, found: list[sa.Row[Any]]) -> list[wire.Campaign]:
    """Rows as they travel, each with its newest run's equation."""
    runs = [row.run for row in found if row.run is not None]
    parts = await rows.equations(connection, workspace, runs)
    sizes = await _sizes(connection, workspace, runs)
    arrived = await rows.delivered(connection, workspace, runs)
    own = await limiting.of_campaigns(connection, workspace)
    planned = await schedules.of_campaigns(connection, workspace, [row.id for row in found])
    tagged = await shelf.tags_of(connection, workspace, [row.id for row in found])
    drafted = {row.id: msgspec.json.decode(row.contents, type=wire.Contents) for row in found}
    came = await origins.of(connection, workspace, drafted)
    told = []
    for row in found:
        chosen = drafted[row.id]
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
                priority=wire_limits.Priority(row.priority),
                limits=own.get(row.id, []),
                schedule=_planned(planned.get(row.id)),
                policy=msgspec.json.decode(row.policy, type=wire_policies.Policy),
                tags=tagged.get(row.id, []),
                archived=row.archived_at is not None,
                origins=came.get(row.id, []),
                created_at=moments.utc(row.created_at),
                updated_at=moments.utc(row.updated_at),
            )
        )
    return told


def _planned(found: schedules.Short | None) -> wire.Planned | None:
    if found is None:
        return None
    plan = msgspec.json.decode(found.plan, type=wire_schedules.Plan)
    return recurring.short(plan, found.next_at, found.undecided)


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
        library = await taking.of_campaign(connection, desk.workspace, found.contents)
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
    faults = _against(found, people, ready, library)
    for part in channels:
        if not part.account:
            title = contents.TITLES[part.channel]
            faults.append(f"{title} has no account that can send. Add or mend one under Providers.")
    foreseen = await spreading.foresee(desk, found, people)
    return wire.Estimate(
        people=people,
        messages=people * len(channels),
        channels=[
            msgspec.structs.replace(
                part,
                suppressed=foreseen.suppressed.get(part.channel, part.suppressed),
                reachable=people - part.no_address - foreseen.suppressed.get(part.channel, part.suppressed),
                held=foreseen.held.get(part.channel, {}),
                barred=foreseen.barred.get(part.channel, {}),
            )
            for part in channels
        ],
        faults=faults,
        waves=foreseen.waves,
        assumed=foreseen.assumed,
    )


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


def _against(found: wire.Campaign, people: int, ready: bool, library: sharing.Library) -> list[str]:
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
    faults += [
        f"{fault.message} {fault.remedy}".strip() for fault in policies.check(found.policy, found.contents)
    ]
    if found.policy.not_after is not None and found.policy.not_after.timestamp() <= time.time():
        faults.append("The campaign's last moment is over. Choose a later one under Limits and hours.")
    return faults + [
        f"{fault.place}: {fault.message} {fault.remedy}".strip()
        for fault in examining.examine(found.contents, library=library)
        if fault.level == "error"
    ]


# -- the acts -----------------------------------------------------------------------------------------


async def launch(desk: desks.Desk, campaign: int, ask: wire.Launch) -> wire.Campaign:
    """Freeze audience and content, and start. Everything or nothing."""
    found = await show(desk, campaign)
    if found.status is not wire.Status.DRAFT:
        raise problems.refuse(
            problems.Code.CONFLICT,
            "The campaign is scheduled."
            if found.status is wire.Status.SCHEDULED
            else f"The campaign is {found.status.value} and was launched already.",
            "Take its schedule back to launch it by hand."
            if found.status is wire.Status.SCHEDULED
            else "Make a new campaign to send again.",
        )
    if faults := (await estimate(desk, campaign)).faults:
        raise problems.refuse(problems.Code.CONFLICT, faults[0], " ".join(faults[1:]))
    try:
        run = await desk.ledger.do(_begin, workspace=desk.workspace, campaign=campaign, expected=ask.expected)
    except launching.Cannot as error:
        raise problems.refuse(problems.Code.CONFLICT, str(error), error.remedy) from error
    log.info("campaign %d launched as run %d", campaign, run)
    desk.clock.wake()  # a large audience is frozen in portions
    return await show(desk, campaign)


def _begin(connection: sqlite3.Connection, *, workspace: int, campaign: int, expected: int | None) -> int:
    """The launch's one transaction: the draft's claim, the frozen run, and the campaign's new status."""
    with database.transaction(connection):
        return launching.begin(
            connection, workspace=workspace, campaign=campaign, frm=("draft",), expected=expected
        )


async def pause(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Stop sending: nothing new is intended; what is under way is answered and written."""
    return await _turn(desk, campaign, frm=("running",), to="paused", act="paused")


async def resume(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Go on sending where it stopped."""
    return await _turn(desk, campaign, frm=("paused",), to="running", act="resumed")


async def cancel(desk: desks.Desk, campaign: int) -> wire.Campaign:
    """Send no more, for good: whatever waits is cancelled, batch by batch, also after a restart."""
    told = await _turn(
        desk, campaign, frm=("launching", "running", "paused"), to="cancelling", act="cancelled"
    )
    desk.clock.wake()
    return told


async def _turn(desk: desks.Desk, campaign: int, *, frm: tuple[str, ...], to: str, act: str) -> wire.Campaign:
    moved, _ = await desk.ledger.do(
        turning.turn, workspace=desk.workspace, campaign=campaign, frm=frm, to=to, now=time.time()
    )
    if not moved:
        status = (await show(desk, campaign)).status.said
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
    library = await taking.of_campaign(connection, workspace, ask.contents)
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
        for fault in examining.examine(ask.contents, library=library)
        if fault.level == "error"
    ]
    if ask.policy is not None:
        faults += policies.check(ask.policy, ask.contents)
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The campaign cannot be saved like this.", "Mend what is named.", faults
        )


def _missing(campaign: int) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no campaign {campaign}.", "Look at the list of campaigns."
    )


def _kept(chosen: wire.Contents) -> str:
    """Contents as a draft keeps them, as JSON."""
    return msgspec.json.encode(mailmaking.made_all(speaking.tidied_all(chosen))).decode()
