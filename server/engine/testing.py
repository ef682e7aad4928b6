"""Test sends: checked as a launch is, frozen as a run of their own, and told as they stand."""

import logging
import sqlite3
import time
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import campaigns, explaining, launching, previewing
from server.engine import desk as desks
from server.pipeline.audience import cells
from server.pipeline.content import mailmaking, speaking
from server.store import addresses, database, holds
from server.store.ledger import codes
from server.store.ledger import testing as rows
from server.wire import campaigns as wire_campaigns
from server.wire import ledger, moments, problems
from server.wire import testing as wire

log = logging.getLogger(__name__)

Connection = sa_asyncio.AsyncConnection

BY_KEY = "SELECT id FROM contact WHERE workspace = :workspace AND key = :key"
BY_ID = "SELECT id FROM contact WHERE workspace = :workspace AND id = :id"
FIRST = "SELECT min(contact) FROM member WHERE workspace = :workspace AND audience = :audience"
#: The newest word of a provider about a test.
SAID = f"""(SELECT detail FROM event WHERE event.workspace = message.workspace AND event.run = message.run
    AND event.seq = message.seq AND event.detail IS NOT NULL AND event.kind IN ({
    ", ".join(
        str(codes.EVENTS[kind])
        for kind in (
            ledger.EventKind.REFUSED,
            ledger.EventKind.FAILED,
            ledger.EventKind.DOUBT,
            ledger.EventKind.SKIPPED,
            ledger.EventKind.UNDELIVERED,
        )
    )
}) ORDER BY event.at DESC LIMIT 1)"""  # noqa: S608 - numbers of our own
FROM = """
FROM run JOIN test_message ON test_message.workspace = run.workspace AND test_message.run = run.id
JOIN message ON message.workspace = run.workspace AND message.run = run.id AND message.seq = test_message.seq
WHERE run.workspace = :workspace AND run.kind = 'test'
"""
LIST = f"""
SELECT run.id AS run, message.seq, run.campaign, run.started_at, message.channel, test_message.address,
  message.state, message.reason, message.attempts, message.updated_at, {SAID} AS said,
  (SELECT name FROM campaign WHERE campaign.workspace = run.workspace AND campaign.id = run.campaign) AS campaign_name,
  (SELECT CASE contact.name WHEN '' THEN contact.key ELSE contact.name END FROM contact
    WHERE contact.workspace = run.workspace AND contact.id = test_message.contact) AS person,
  (SELECT name FROM account WHERE account.workspace = run.workspace AND account.id = message.account) AS account_name,
  (SELECT provider FROM account WHERE account.workspace = run.workspace AND account.id = message.account) AS provider
{FROM} {{where}} ORDER BY run.id DESC, message.seq LIMIT :limit OFFSET :offset
"""  # noqa: S608 - nothing but the texts above
COUNT = f"SELECT count(*) {FROM} {{where}}"
ADDRESSES = f"""
SELECT message.channel, test_message.address, max(run.started_at) AS sent_at {FROM}
GROUP BY message.channel, test_message.address_key ORDER BY sent_at DESC LIMIT 60
"""


async def send(desk: desks.Desk, campaign: int, ask: wire.SendTest) -> wire.Tests:
    """Send a test to each of some addresses, or to none. Raises problems.Refused, naming what is wrong by its place."""
    found = await campaigns.show(desk, campaign)
    content = _content(found, ask)
    to = _addresses(ask)
    contact = await _contact(desk, found, ask)
    await _refuse_unrenderable(desk, content, contact)
    try:
        run = await desk.ledger.do(
            _begin,
            workspace=desk.workspace,
            campaign=campaign,
            channel=ask.channel,
            chosen=content,
            contact=contact,
            to=to,
        )
    except launching.Cannot as error:
        raise problems.refuse(problems.Code.CONFLICT, str(error), error.remedy) from error
    except rows.Suppressed as error:
        raise _refused([_suppressed(place, why) for place, why in error.why.items()]) from error
    log.info("campaign %d tested as run %d", campaign, run, extra={"action": "tested"})
    return await list_(desk, wire.TestQuery(run=run))


def _content(found: wire_campaigns.Campaign, ask: wire.SendTest) -> wire_campaigns.Contents:
    """The one channel's content, as it is being written or as it was saved."""
    if ask.channel not in contents.CHANNELS:
        raise _refused([_fault("channel", f"There is no channel {ask.channel[:40]!r}.")])
    whole = found.contents if ask.contents is None else ask.contents
    if ask.channel not in whole.chosen():
        title = contents.TITLES[ask.channel]
        raise _refused([_fault("channel", f"The campaign has no content for {title}.", "Write one first.")])
    others = {name: None for name in whole.chosen() if name != ask.channel}
    return msgspec.structs.replace(whole, **others)


def _addresses(ask: wire.SendTest) -> list[rows.Address]:
    """What was typed as addresses, each once."""
    if not 1 <= len(ask.to) <= wire.MOST_TO:
        remedy = "Give at least one." if not ask.to else "Send the others in a second test."
        raise _refused([_fault("to", f"A test goes to 1 to {wire.MOST_TO} addresses.", remedy)])
    found: dict[str, rows.Address] = {}
    faults = []
    for place, text in enumerate(ask.to):
        try:
            address = cells.ADDRESSES[ask.channel](text)
        except cells.Wrong as wrong:
            faults.append(_fault(f"to.{place}", wrong.message, wrong.remedy))
        else:
            key = addresses.key(ask.channel, address)
            found.setdefault(key, rows.Address(address, key))
    if faults:
        raise _refused(faults)
    return list(found.values())


async def _contact(desk: desks.Desk, found: wire_campaigns.Campaign, ask: wire.SendTest) -> int:
    """Whose data the test shows; 0 for nobody's."""
    async with desk.database.reading() as connection:
        if ask.contact:
            known = await _one(connection, BY_ID, workspace=desk.workspace, id=ask.contact)
        elif ask.person:
            known = await _one(connection, BY_KEY, workspace=desk.workspace, key=ask.person)
        else:
            first = await _one(connection, FIRST, workspace=desk.workspace, audience=found.audience)
            return first or 0
    if known is None:
        place = "contact" if ask.contact else "person"
        remedy = "Look under Audiences for the people there are."
        raise _refused([_fault(place, "There is no such person.", remedy)])
    return known


async def _one(connection: Connection, statement: str, **values: object) -> int | None:
    found: int | None = (await connection.execute(sa.text(statement), values)).scalar_one_or_none()
    return found


async def _refuse_unrenderable(desk: desks.Desk, chosen: wire_campaigns.Contents, contact: int) -> None:
    """Name what hinders the content from being rendered for this person, before anything is written."""
    ask = wire_campaigns.PreviewAsk(contents=chosen, contact=contact or None)
    seen = await previewing.preview(desk, ask)
    if seen.faults:
        raise _refused(
            [_fault(f"contents.{one.channel}.{one.place}", one.message, one.remedy) for one in seen.faults]
        )


def _begin(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    campaign: int,
    channel: str,
    chosen: wire_campaigns.Contents,
    contact: int,
    to: list[rows.Address],
) -> int:
    """The test's one transaction."""
    with database.transaction(connection):
        if holds.is_held(connection):
            raise launching.Cannot("The server is held, and sends nothing.", "Release it first.")
        launching.refuse_unaccounted(connection, workspace, [channel])
        return rows.freeze(
            connection,
            workspace=workspace,
            campaign=campaign,
            channel=codes.CHANNELS[channel],
            contents=launching.sealed(
                connection,
                workspace,
                msgspec.json.encode(mailmaking.made_all(speaking.tidied_all(chosen))).decode(),
            ),
            contact=contact,
            to=to,
            now=time.time(),
        )


# -- what became of them ------------------------------------------------------------------------------


async def list_(desk: desks.Desk, ask: wire.TestQuery) -> wire.Tests:
    """A window over the tests, newest first."""
    if ask.channel and ask.channel not in codes.CHANNELS:
        raise _refused([_fault("channel", f"There is no channel {ask.channel[:40]!r}.")])
    wanted = {
        "run.campaign": ask.campaign,
        "run.id": ask.run,
        "message.channel": codes.CHANNELS.get(ask.channel, 0),
    }
    named = {f"at_{place}": value for place, value in enumerate(wanted.values())}
    where = "".join(
        f" AND {column} = :at_{place}" for place, (column, value) in enumerate(wanted.items()) if value
    )
    values = {"workspace": desk.workspace, **named}
    async with desk.database.reading() as connection:
        total = (await connection.execute(sa.text(COUNT.format(where=where)), values)).scalar_one()
        found = await connection.execute(
            sa.text(LIST.format(where=where)), {**values, "limit": ask.limit, "offset": ask.offset}
        )
        return wire.Tests(total=int(total), offset=ask.offset, rows=[_told(desk, row) for row in found])


async def addresses_of(desk: desks.Desk) -> wire.Addresses:
    """Where tests went before."""
    async with desk.database.reading() as connection:
        found = await connection.execute(sa.text(ADDRESSES), {"workspace": desk.workspace})
        return wire.Addresses(
            rows=[
                wire.Address(
                    channel=codes.CHANNEL_NAMES[row.channel],
                    address=row.address,
                    sent_at=moments.utc(row.sent_at),
                )
                for row in found
            ]
        )


def _told(desk: desks.Desk, row: sa.Row[Any]) -> wire.Test:
    said = msgspec.json.decode(row.said) if row.said else {}
    return wire.Test(
        ref=f"{desk.installation.ref}-{desk.workspace}-{row.run}-{row.seq}",
        run=row.run,
        seq=row.seq,
        campaign=row.campaign,
        campaign_name=row.campaign_name or "",
        channel=codes.CHANNEL_NAMES[row.channel],
        address=row.address,
        person=row.person or "",
        state=codes.STATE_NAMES[row.state],
        reason=row.reason,
        meaning=explaining.explain(row.provider or "", row.reason).words,
        detail=str(said.get("text") or said.get("message") or said.get("why") or ""),
        attempts=row.attempts,
        account_name=row.account_name or "",
        started_at=moments.utc(row.started_at),
        updated_at=moments.utc(row.updated_at),
    )


# -- what is refused ----------------------------------------------------------------------------------


def _suppressed(place: int, why: str) -> problems.Fault:
    return _fault(
        f"to.{place}",
        f"This address must not be sent to: it is suppressed ({why}).",
        "Lift its suppression under Audiences, or test with another address.",
    )


def _fault(place: str, message: str, remedy: str = "") -> problems.Fault:
    return problems.Fault(place=place, message=message, remedy=remedy)


def _refused(faults: list[problems.Fault]) -> problems.Refused:
    return problems.refuse(
        problems.Code.INVALID, "The test was not sent.", "Mend what is named, and send it again.", faults
    )
