"""Accounts as a person handles them: listed, added, changed, removed, checked."""

import asyncio
import math
from typing import Any

import msgspec
from sqlalchemy.ext import asyncio as sa_asyncio

from server.engine import desk as desks
from server.engine import opening, standing
from server.providers import base, errors, registry
from server.store import accounts, secrets, workspaces
from server.store.ledger import codes
from server.wire import ledger, problems
from server.wire import providers as wire
from server.wire import server as server_wire

CHECK_S = 20.0  #: how long a check may take over all
NAME_LENGTH = 100

Place = server_wire.Workspace | None

_TAKEN = tuple(codes.STATES[state] for state in ledger.ACCEPTED)


async def list_(desk: desks.Desk) -> wire.Accounts:
    """All accounts, by channel and name."""
    async with desk.database.reading() as connection:
        rows = await accounts.all_(connection, desk.workspace)
        stored = await secrets.names(connection, desk.workspace)
        counts = await accounts.counts(connection, desk.workspace)
        lanes = await standing.lanes(connection, desk.workspace)
    return wire.Accounts(rows=[_shown(desk, row, stored, counts, lanes) for row in rows])


async def show(desk: desks.Desk, account: int) -> wire.Account:
    """One account."""
    async with desk.database.reading() as connection:
        row = await accounts.show(connection, desk.workspace, account)
        stored = await secrets.names(connection, desk.workspace)
        counts = await accounts.counts(connection, desk.workspace)
        lanes = await standing.lanes(connection, desk.workspace)
    if row is None:
        raise _gone(account)
    return _shown(desk, row, stored, counts, lanes)


async def create(desk: desks.Desk, ask: wire.SaveAccount) -> wire.Account:
    """Add an account. What cannot work is refused with the place and the remedy, and nothing is kept."""
    _refuse_faults(_faults(ask))
    given = {name: value for name, value in ask.secrets.items() if value}
    try:
        async with desk.database.writing() as connection:
            await _refuse_namesake(connection, desk.workspace, ask.name, 0)
            place = await workspaces.show(connection, desk.workspace)
            _try_out(desk, ask, given, place=place)
            account = await accounts.add(
                connection, desk.workspace, ask, registry.PROVIDERS[ask.provider].channel
            )
            await secrets.put(connection, desk.workspace, account, _seal(desk, account, given))
    except errors.BadSettings as error:
        raise _bad(error) from error
    return await show(desk, account)


async def save(desk: desks.Desk, account: int, ask: wire.SaveAccount) -> wire.Account:
    """Change an account. Secrets that are left out stay as they are."""
    _refuse_faults(_faults(ask))
    given = {name: value for name, value in ask.secrets.items() if value}
    try:
        async with desk.database.writing() as connection:
            row = await accounts.show(connection, desk.workspace, account)
            if row is None:
                raise _gone(account)
            if row.provider != ask.provider:
                raise problems.refuse(
                    problems.Code.CONFLICT,
                    f"This account is one of {row.provider}, and stays one.",
                    f"Add an account for {ask.provider} instead.",
                )
            await _refuse_namesake(connection, desk.workspace, ask.name, account)
            kept = await secrets.sealed(connection, desk.workspace, account)
            place = await workspaces.show(connection, desk.workspace)
            _try_out(desk, ask, _opened(desk, account, kept, given), place=place)
            await accounts.change(connection, desk.workspace, account, ask)
            await secrets.put(connection, desk.workspace, account, _seal(desk, account, given))
    except errors.BadSettings as error:
        raise _bad(error) from error
    return await show(desk, account)


async def remove(desk: desks.Desk, account: int) -> None:
    """Remove an account and destroy its secrets; the ledger goes on naming it."""
    async with desk.database.writing() as connection:
        if await accounts.show(connection, desk.workspace, account) is None:
            raise _gone(account)
        await accounts.remove(connection, desk.workspace, account)
        await secrets.forget(connection, desk.workspace, account)


async def check(desk: desks.Desk, account: int) -> wire.Check:
    """Try the credentials without sending to anybody, within a time limit; the account's health says the outcome."""
    async with desk.database.reading() as connection:
        row = await accounts.show(connection, desk.workspace, account)
    if row is None:
        raise _gone(account)
    rows = await _tried(desk, account)
    good = bool(rows) and all(one.good for one in rows)
    health = wire.Health.GOOD if good else wire.Health.FAILING
    text = "" if good else next((one.message for one in rows if not one.good), "Nothing could be tried.")
    async with desk.database.writing() as connection:
        await accounts.judge(connection, desk.workspace, account, health, text)
    return wire.Check(good=good, rows=rows)


async def _tried(desk: desks.Desk, account: int) -> list[wire.CheckRow]:
    provider: base.Provider | None = None
    try:
        async with asyncio.timeout(CHECK_S):
            provider = await opening.open_provider(desk.database, desk.vault, desk.workspace, account)
            return await provider.check()
    except TimeoutError:
        return [
            _failed(
                "Answer", f"There was none within {CHECK_S:.0f} seconds.", "Look at network and endpoint."
            )
        ]
    except errors.BadSettings as error:
        return [_failed("Settings", f"{error.place}: {error.message}.", error.remedy)]
    except errors.SendError as error:
        return [_failed("Connection", str(error), "Look at the endpoint and the network.")]
    finally:
        if provider is not None:
            await provider.close()


def _failed(what: str, message: str, remedy: str) -> wire.CheckRow:
    return wire.CheckRow(what=what, good=False, message=message, remedy=remedy)


# -- what is shown -------------------------------------------------------------------------------


def _shown(
    desk: desks.Desk,
    row: accounts.Row,
    stored: dict[int, list[str]],
    counts: dict[int, dict[int, int]],
    lanes: dict[int, standing.Lane],
) -> wire.Account:
    lane = lanes.get(row.id)
    mine = counts.get(row.id, {})
    health, text = _health(row, lane)
    return wire.Account(
        id=row.id,
        name=row.name,
        provider=row.provider,
        channel=row.channel,
        enabled=row.enabled,
        weight=row.weight,
        window=row.window,
        rate_per_s=row.rate_per_s,
        settings=row.settings,
        stored_secrets=stored.get(row.id, []),
        health=health,
        health_text=text,
        in_flight=lane.in_flight if lane else 0,
        accepted=sum(mine.get(state, 0) for state in _TAKEN),
        failed=mine.get(codes.FAILED, 0),
        receipts_url=desk.receipts_url(row.id) if opening.has_receipts(row.provider) else "",
        checked_at=desks.moment(row.checked_at),
        **_lane(row, lane),
        shifted=row.shifted,
        quota=_quota(row.quota),
    )


def _quota(kept: str) -> wire.Quota | None:
    return msgspec.json.decode(kept, type=wire.Quota) if kept else None


def _lane(row: accounts.Row, lane: standing.Lane | None) -> dict[str, Any]:
    """What the account's lane does now; nothing is known of one that no sender has open."""
    if row.halted:
        return {"lane": wire.LaneState.HALTED}
    if lane is None or not row.enabled:
        return {}
    return {
        "lane": lane.state,
        "lane_because": lane.because,
        "lane_resumes_at": desks.moment(lane.resumes_at),
        "window_now": lane.window_now,
    }


def _health(row: accounts.Row, lane: standing.Lane | None) -> tuple[wire.Health, str]:
    """What is stored stands, unless a lane that lives has newer word."""
    if not row.enabled:
        return wire.Health.OFF, "Switched off."
    if row.halted or lane is None or lane.health is wire.Health.UNKNOWN:
        return row.health, row.health_text
    return lane.health, lane.health_text


# -- what is refused -----------------------------------------------------------------------------


def _faults(ask: wire.SaveAccount) -> list[problems.Fault]:
    rules = (
        ("name", 0 < len(ask.name.strip()) <= NAME_LENGTH, f"It must have 1 to {NAME_LENGTH} characters."),
        (
            "provider",
            ask.provider in registry.PROVIDERS,
            f"It must be one of {', '.join(registry.PROVIDERS)}.",
        ),
        ("weight", 0 <= ask.weight <= 1000, "It must be from 0 to 1000."),
        ("window", 1 <= ask.window <= 10_000, "It must be from 1 to 10000."),
        (
            "rate_per_s",
            math.isfinite(ask.rate_per_s) and 0 <= ask.rate_per_s <= 1_000_000,
            "It must be from 0 (no limit of ours) to 1000000.",
        ),
    )
    return [problems.Fault(place=place, message=message) for place, good, message in rules if not good]


def _refuse_faults(faults: list[problems.Fault]) -> None:
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The account cannot be kept like this.", "Change what is named.", faults
        )


async def _refuse_namesake(
    connection: sa_asyncio.AsyncConnection, workspace: int, name: str, own: int
) -> None:
    other = await accounts.id_of(connection, workspace, name.strip())
    if other is not None and other != own:
        _refuse_faults(
            [problems.Fault(place="name", message="Another account has this name.", remedy="Choose another.")]
        )


def _try_out(desk: desks.Desk, ask: wire.SaveAccount, opened: dict[str, str], place: Place) -> None:
    """Build the adapter and let it go: whatever its constructor refuses is refused now, not at the first message."""
    if place is not None:
        opening.refuse_outside(place.environment, str(ask.settings.get("endpoint", "")))
    opening.make(
        data=desk.data,
        provider=ask.provider,
        values=ask.settings,
        opened=opened,
        context=base.Context(account=0, installation=desk.installation.ref, endpoint=""),
    )


def _seal(desk: desks.Desk, account: int, given: dict[str, str]) -> dict[str, bytes]:
    return {
        name: desk.vault.seal(value, workspace=desk.workspace, account=account, name=name)
        for name, value in given.items()
    }


def _opened(desk: desks.Desk, account: int, kept: dict[str, bytes], given: dict[str, str]) -> dict[str, str]:
    left = {name: sealed for name, sealed in kept.items() if name not in given}
    return opening.unseal(desk.vault, desk.workspace, account, left) | given


def _bad(error: errors.BadSettings) -> problems.Refused:
    remedy = f"{error.remedy}." if error.remedy else ""
    fault = problems.Fault(place=f"settings.{error.place}", message=f"{error.message}.", remedy=remedy)
    return problems.refuse(
        problems.Code.INVALID,
        "The provider cannot work with these settings.",
        "Change what is named.",
        [fault],
    )


def _gone(account: int) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no account {account}.", "Look at the list of accounts."
    )
