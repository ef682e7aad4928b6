"""Messages for people: the list a support person filters, one message's story, and the dump of a run."""

import sqlite3
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import composing, explaining, paging
from server.engine import desk as desks
from server.pipeline.audience import spellings
from server.pipeline.content import rendering, speaking
from server.store import addresses
from server.store.ledger import codes, merging, testing, thread
from server.wire import campaigns as wire_campaigns
from server.wire import ledger, moments, problems
from server.wire import messages as wire

Connection = sa_asyncio.AsyncConnection

ROW = """
SELECT message.run, message.seq, run.campaign, campaign.name AS campaign_name, message.channel,
  coalesce(contact.id, message.contact) AS contact, run.kind,
  coalesce(contact.name, '') AS name, coalesce(contact.key, '') AS contact_key, message.address_key,
  coalesce(test_message.address, identity.address, '') AS address,
  coalesce(test_message.address_key, identity.address_key) AS identity_key, message.state, message.reason,
  message.attempts, message.account, coalesce(account.name, '') AS account_name, message.provider_ref,
  message.updated_at, message.hash, message.vars
FROM message
JOIN run ON run.workspace = message.workspace AND run.id = message.run
JOIN campaign ON campaign.workspace = run.workspace AND campaign.id = run.campaign
LEFT JOIN test_message ON test_message.workspace = message.workspace AND test_message.run = message.run
  AND test_message.seq = message.seq
LEFT JOIN contact ON contact.workspace = message.workspace
  AND contact.id = coalesce(test_message.contact, message.contact)
LEFT JOIN identity ON identity.workspace = message.workspace AND identity.contact = message.contact
  AND identity.channel = CASE message.channel WHEN 1 THEN 'apns' WHEN 2 THEN 'webpush' WHEN 3 THEN 'email'
    WHEN 4 THEN 'sms' WHEN 5 THEN 'whatsapp' ELSE 'rcs' END
LEFT JOIN account ON account.workspace = message.workspace AND account.id = message.account
WHERE message.workspace = :workspace
"""
COUNT = "SELECT count(*) FROM message JOIN run ON run.workspace = message.workspace AND run.id = message.run"

#: What the list may be sorted by. The key's own order is the cheap one.
SORTS = {
    "updated_at": "message.updated_at",
    "state": "message.state",
    "reason": "message.reason",
    "attempts": "message.attempts",
}
#: People a pasted text may mean; more than that is not one person's story.
MOST_CONTACTS = 50
RAW_LIMIT = 4096
DUMP_PAGE = 2000

TESTED = sa.text(
    "SELECT run, seq FROM test_message WHERE workspace = :workspace AND address_key IN :keys"
    " ORDER BY run DESC, seq LIMIT :most"
).bindparams(sa.bindparam("keys", expanding=True))
FOUND = sa.text(
    "SELECT contact FROM identity WHERE workspace = :workspace AND address_key IN :keys"
    " UNION SELECT id FROM contact WHERE workspace = :workspace AND key = :pasted LIMIT :most"
).bindparams(sa.bindparam("keys", expanding=True))


async def list_(desk: desks.Desk, ask: wire.MessageQuery) -> wire.Messages:
    """A window over the messages that match all filters, newest run first."""
    if ask.tests and ask.tests not in paging.KINDS:
        raise _odd("tests", ask.tests, paging.KINDS)
    channel = _channel(ask.channel) if ask.channel else 0
    states = _states(ask.state, group=ask.group) if ask.state else []
    where, values = paging.conditions(ask, channel, states, "message")
    return await desk.database.look(
        _window, desk, ask, where, values, paging.conditions(ask, channel, states, "tally")
    )


async def _window(
    connection: Connection,
    desk: desks.Desk,
    ask: wire.MessageQuery,
    where: str,
    values: dict[str, Any],
    tallied: tuple[str, dict[str, Any]],
) -> wire.Messages:
    if ask.find.strip():
        condition, found = await _finding(connection, desk, ask.find.strip())
        where, values = f"{where} AND {condition}", values | found
        key = {**values, "workspace": desk.workspace}
        counted = await connection.execute(
            sa.text(f"{COUNT} WHERE message.workspace = :workspace{where}"), key
        )
        total, runs = int(counted.scalar_one()), None
    else:
        runs = await paging.sizes(connection, desk.workspace, *tallied)
        total = sum(size for _, size in runs)
    picked = await _picked(connection, desk.workspace, ask, where, values, runs) if total else []
    rows = await connection.execute(
        sa.text(f"{ROW} AND {paging.among(picked)}"), {"workspace": desk.workspace}
    )
    by_key = {(row.run, row.seq): row for row in rows}
    shown = [told(desk, by_key[key]) for key in picked if key in by_key]
    return wire.Messages(total=total, offset=ask.offset, rows=shown)


async def _picked(
    connection: Connection,
    workspace: int,
    ask: wire.MessageQuery,
    where: str,
    values: dict[str, Any],
    runs: list[tuple[int, int]] | None,
) -> list[tuple[int, int]]:
    """The keys of the window, in its order."""
    window = {"offset": max(ask.offset, 0), "limit": ask.limit}
    if runs is not None and ask.sort.removeprefix("-") not in SORTS:
        return await paging.keys_by_run(connection, workspace, where, values, runs=runs, **window)
    return await paging.keys(connection, workspace, where, values, order=_order(ask.sort), **window)


def _order(sort: str) -> str:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return " ORDER BY message.run DESC, message.seq"
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f" ORDER BY {column} {direction}, message.run DESC, message.seq"


def _odd(place: str, said: str, known: Iterable[str]) -> problems.Refused:
    fault = problems.Fault(place=place, message=f"{said[:40]!r} is not known here.")
    return problems.refuse(problems.Code.INVALID, fault.message, f"Use {' or '.join(known)}.", [fault])


def _channel(name: str) -> int:
    if name not in codes.CHANNELS:
        raise problems.refuse(
            problems.Code.INVALID,
            f"There is no channel {name!r}.",
            f"Channels are {', '.join(codes.CHANNELS)}.",
        )
    return codes.CHANNELS[name]


def _states(name: str, *, group: bool) -> list[int]:
    try:
        return paging.states_of(name, group=group)
    except ValueError as error:
        raise problems.refuse(
            problems.Code.INVALID,
            f"There is no state {name!r}.",
            f"States are {', '.join(state.value for state in ledger.State)}.",
        ) from error


async def _finding(connection: Connection, desk: desks.Desk, pasted: str) -> tuple[str, dict[str, Any]]:
    """What a pasted text may be: our reference, the provider's, an address in any spelling, a contact's key."""
    spot = merging.parse_ref(pasted, desk.installation.ref, desk.workspace)
    if spot is not None:
        return "(message.run = :found_run AND message.seq = :found_seq)", {
            "found_run": spot.run,
            "found_seq": spot.seq,
        }
    plain = pasted.removeprefix("<").removesuffix(">").removeprefix("mailto:")
    keys = {addresses.key(channel, plain) for channel in ("email", "webpush")}
    keys |= spellings.numbers(pasted)
    asked = {"workspace": desk.workspace, "keys": sorted(keys), "most": MOST_CONTACTS}
    contacts = await connection.execute(FOUND, {**asked, "pasted": pasted})
    tested = await connection.execute(TESTED, asked)
    tests = "".join(f"(message.run = {run} AND message.seq = {seq}) OR " for run, seq in tested)
    people = [str(int(contact)) for (contact,) in contacts]
    by_person = f"message.contact IN ({', '.join(people)}) OR " if people else ""
    return f"({by_person}{tests}message.provider_ref = :pasted)", {"pasted": pasted}


def told(desk: desks.Desk, row: sa.Row[Any]) -> wire.Message:
    """A row of ROW as it travels."""
    return wire.Message(
        ref=_ref(desk, row.run, row.seq),
        run=row.run,
        seq=row.seq,
        campaign=row.campaign,
        campaign_name=row.campaign_name,
        channel=codes.CHANNEL_NAMES[row.channel],
        contact=row.contact,
        name=row.name,
        address=_address(row),
        state=codes.STATE_NAMES[row.state],
        reason=row.reason,
        attempts=row.attempts,
        account=row.account,
        account_name=row.account_name,
        provider_ref=row.provider_ref or "",
        updated_at=moments.utc(row.updated_at),
        test=row.kind == testing.KIND,
    )


def _ref(desk: desks.Desk, run: int, seq: int) -> str:
    return f"{desk.installation.ref}-{desk.workspace}-{run}-{seq}"


def _address(row: sa.Row[Any]) -> str:
    """The address as a person reads it: a push subscription by its endpoint; what it was if it has changed since."""
    if row.address_key is None:
        return ""
    if row.identity_key != row.address_key:
        return str(row.address_key)
    if row.address.startswith("{"):
        try:
            return str(msgspec.json.decode(row.address)["endpoint"])
        except (msgspec.DecodeError, KeyError):
            return str(row.address_key)
    return str(row.address)


# -- one message --------------------------------------------------------------------------------------

EVENTS = """
SELECT at, kind, attempt, account, detail FROM event
WHERE workspace = :workspace AND run = :run AND seq = :seq ORDER BY at, kind
"""
RECEIPTS = """
SELECT at, kind, raw FROM receipt
WHERE workspace = :workspace AND run = :run AND seq = :seq ORDER BY id LIMIT 50
"""


async def story(desk: desks.Desk, ref: str) -> wire.Story:
    """All there is to say about one message."""
    spot = merging.parse_ref(ref, desk.installation.ref, desk.workspace)
    if spot is None:
        raise _unknown(ref)
    key = {"workspace": desk.workspace, "run": spot.run, "seq": spot.seq}
    async with desk.database.reading() as connection:
        found = await connection.execute(sa.text(ROW + " AND message.run = :run AND message.seq = :seq"), key)
        row = found.one_or_none()
        if row is None:
            raise _unknown(ref)
        events = [_event(line) for line in await connection.execute(sa.text(EVENTS), key)]
        receipts = [_receipt(line) for line in await connection.execute(sa.text(RECEIPTS), key)]
    frozen, started_at = await desk.ledger.do(composing.frozen, workspace=desk.workspace, run=spot.run)
    variables: dict[str, object] = msgspec.json.decode(row.vars) if row.vars else {}
    content, matches = _again(row, frozen, variables)
    beginning = ledger.Event(
        at=moments.utc(started_at), kind=ledger.EventKind.FROZEN, attempt=0, account=0, detail={}
    )
    return wire.Story(
        message=told(desk, row),
        events=[beginning, *events],
        content=content,
        content_matches=matches,
        variables=variables,
        receipts=receipts,
    )


def _again(
    row: sa.Row[Any], frozen: str, variables: dict[str, object]
) -> tuple[dict[str, object] | None, bool | None]:
    """Render what was sent again, from the frozen content and the values kept, and compare by hash."""
    if row.hash is None:
        return None, None
    chosen = msgspec.json.decode(frozen, type=wire_campaigns.Contents)
    try:
        rendered = speaking.of(chosen, codes.CHANNEL_NAMES[row.channel]).render(variables)
    except rendering.CannotRender:
        return None, False
    return msgspec.to_builtins(rendered.content), rendered.digest == row.hash


def _event(line: sa.Row[Any]) -> ledger.Event:
    return ledger.Event(
        at=moments.utc(line.at / 1_000_000),
        kind=codes.EVENT_NAMES[line.kind],
        attempt=line.attempt,
        account=line.account,
        detail=msgspec.json.decode(line.detail) if line.detail else {},
    )


def _receipt(line: sa.Row[Any]) -> wire.RawReceipt:
    body = bytes(line.raw or b"")[:RAW_LIMIT].decode("utf-8", "replace")
    return wire.RawReceipt(at=moments.utc(line.at), kind=line.kind, body=body)


def _unknown(ref: str) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND,
        f"There is no message {ref[:80]!r} here.",
        "Paste the reference as it stands in the list of messages, or search by address.",
    )


# -- the dump -----------------------------------------------------------------------------------------

DUMP = """
SELECT seq, channel, contact, coalesce(address_key, ''), state, reason, attempts, account, coalesce(provider_ref, '')
FROM message WHERE workspace = :workspace AND run = :run AND seq > :after ORDER BY seq LIMIT :limit
"""


async def dump(desk: desks.Desk, run: int) -> AsyncIterator[bytes]:
    """Every message of a run as JSON lines, in the order of seq; memory does not grow with the run.

    Raises problems.Refused where there is no such run.
    """
    async with thread.reading(desk.settings.database) as reader:
        if not await reader.do(_is_run, workspace=desk.workspace, run=run):
            raise problems.refuse(
                problems.Code.NOT_FOUND,
                f"There is no run {run}.",
                "heliograph campaign show names a campaign's run.",
            )
        providers = await reader.do(_providers, workspace=desk.workspace)
        after = 0
        while rows := await reader.do(_dump_page, workspace=desk.workspace, run=run, after=after):
            after = rows[-1][0]
            yield b"".join(_line(desk, run, row, providers) for row in rows)


def _line(desk: desks.Desk, run: int, row: tuple[Any, ...], providers: dict[int, str]) -> bytes:
    seq, channel, contact, address, state, reason, attempts, account, provider_ref = row
    told = wire.DumpRow(
        ref=_ref(desk, run, seq),
        seq=seq,
        channel=codes.CHANNEL_NAMES[channel],
        contact=contact,
        address=address,
        state=codes.STATE_NAMES[state],
        reason=reason,
        attempts=attempts,
        account=account,
        provider_ref=provider_ref,
        meaning=explaining.explain(providers.get(account, ""), reason).words,
    )
    return msgspec.json.encode(told) + b"\n"


def _providers(connection: sqlite3.Connection, *, workspace: int) -> dict[int, str]:
    """Account to its vendor."""
    return dict(
        connection.execute("SELECT id, provider FROM account WHERE workspace = ?", (workspace,)).fetchall()
    )


def _is_run(connection: sqlite3.Connection, *, workspace: int, run: int) -> bool:
    found = connection.execute("SELECT 1 FROM run WHERE workspace = ? AND id = ?", (workspace, run))
    return found.fetchone() is not None


def _dump_page(connection: sqlite3.Connection, *, workspace: int, run: int, after: int) -> list[Any]:
    return connection.execute(
        DUMP, {"workspace": workspace, "run": run, "after": after, "limit": DUMP_PAGE}
    ).fetchall()
