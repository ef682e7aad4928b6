"""Limits, routes and sender pools as a person handles them; the running lanes follow within a second."""

import re
import time
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.pipeline.delivery import limits
from server.providers import registry
from server.store import accounts, campaigns
from server.store import limits as rows
from server.store.ledger import sliding
from server.wire import campaigns as campaigns_wire
from server.wire import limits as wire
from server.wire import problems

Connection = sa_asyncio.AsyncConnection
Layer = wire.Layer

LARGEST = 1_000_000_000
LONGEST_S = 31 * 86_400
#: One recipient's messages are counted each by themselves: longer than this is a matter for frequency caps.
LONGEST_PAIR_S = 3_600
MOST_RATES = 8
MOST_ORIGINS = 400
MOST_ROUTE = 16

PREFIX = re.compile(r"\+[1-9][0-9]{0,7}")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")
PHONES = ("sms", "whatsapp", "rcs")


async def list_(desk: desks.Desk) -> wire.Limits:
    """Every limit a person set, with what was used of it."""
    async with desk.database.reading() as connection:
        return await _listed(connection, desk.workspace)


async def _listed(connection: Connection, workspace: int) -> wire.Limits:
    found = await rows.all_(connection, workspace)
    keys = {row: _key(workspace, row) for row in found}
    states = await rows.used(connection, workspace, list(keys.values()))
    named = {row.id: row.name for row in await accounts.all_(connection, workspace)}
    now = time.time()
    told = []
    for row in found:
        state = states.get(keys[row], sliding.State())
        sliding.settle(state, sliding.Rule(row.most, row.per_s), now)
        told.append(
            wire.Limit(
                layer=Layer(row.layer),
                channel=row.channel,
                subject=row.subject,
                count=row.most,
                per_s=row.per_s,
                used=sliding.used(state),
                title=title(row.layer, row.channel, row.subject, named),
            )
        )
    return wire.Limits(rows=told)


def _key(workspace: int, row: rows.Row) -> str:
    place = limits.Place(workspace, row.layer, row.channel, row.subject)
    return limits.key(place, sliding.Rule(row.most, row.per_s))


def title(layer: str, channel: str, subject: str, named: dict[int, str]) -> str:
    """What a limit is laid upon, in words."""
    account, _, address = subject.partition("/")
    known = named.get(int(account), f"account {account}") if account.isdigit() else account
    on = contents.TITLES.get(channel, channel)
    match layer:
        case Layer.ACCOUNT | limits.QUOTA:
            return known
        case Layer.ORIGIN:
            return f"{address} of {known}"
        case Layer.ROUTE:
            return f"{on} to {subject}" if subject else on
        case Layer.WORKSPACE:
            return "the workspace"
        case Layer.CAMPAIGN:
            return f"campaign {subject}"
        case Layer.DOMAIN:
            return "each mail domain" if subject == limits.EACH else subject
        case Layer.PAIR:
            whose = "each account" if subject == limits.EACH else known
            return f"one person's {on} from {whose}"
    return subject


async def save(desk: desks.Desk, ask: wire.SaveLimits) -> wire.Limits:
    """Set the limits of one subject, or lift them."""
    async with desk.database.writing() as connection:
        place = await _place(connection, desk.workspace, ask)
        _refuse(_rate_faults(ask.rates, LONGEST_PAIR_S if ask.layer is Layer.PAIR else LONGEST_S))
        await rows.save(connection, desk.workspace, place, ask.rates)
        return await _listed(connection, desk.workspace)


async def of_campaigns(connection: Connection, workspace: int) -> dict[int, list[wire.Rate]]:
    """Campaign to its own limits, the shortest period first."""
    found: dict[int, list[wire.Rate]] = {}
    for row in await rows.all_(connection, workspace):
        if row.layer == Layer.CAMPAIGN:
            found.setdefault(int(row.subject), []).append(wire.Rate(count=row.most, per_s=row.per_s))
    return found


async def save_draft(
    connection: Connection, workspace: int, campaign: int, ask: campaigns_wire.SaveCampaign
) -> None:
    """Set a draft's priority and limits where the ask has any, in the caller's transaction. Raises problems.Refused."""
    if ask.limits is not None:
        _refuse(_rate_faults(ask.limits, LONGEST_S, "limits"))
        await rows.save(connection, workspace, (Layer.CAMPAIGN.value, "", str(campaign)), ask.limits)
    if ask.priority is not None:
        await campaigns.prioritise(connection, workspace, campaign, ask.priority.value)


# -- routes and pools --------------------------------------------------------------------------------


async def routes(desk: desks.Desk) -> wire.Routes:
    """All routes."""
    async with desk.database.reading() as connection:
        return await _routes(connection, desk.workspace)


async def _routes(connection: Connection, workspace: int) -> wire.Routes:
    found = await rows.routes(connection, workspace)
    return wire.Routes(
        rows=[
            wire.Route(channel=channel, prefix=prefix, accounts=some)
            for (channel, prefix), some in found.items()
        ]
    )


async def save_route(desk: desks.Desk, ask: wire.SaveRoute) -> wire.Routes:
    """Set or remove one route."""
    faults = []
    if ask.channel not in PHONES:
        faults.append(_fault("channel", f"A route is for one of {', '.join(PHONES)}.", "Choose one."))
    if ask.prefix and not PREFIX.fullmatch(ask.prefix):
        faults.append(_fault("prefix", f"{ask.prefix!r} is not the beginning of a number.", "Write +49."))
    if len(set(ask.accounts)) != len(ask.accounts) or len(ask.accounts) > MOST_ROUTE:
        faults.append(
            _fault("accounts", f"A route names up to {MOST_ROUTE} accounts, each once.", "Leave one out.")
        )
    async with desk.database.writing() as connection:
        there = {row.id: row.channel for row in await accounts.all_(connection, desk.workspace)}
        faults += [
            _fault(
                "accounts",
                f"Account {account} is none of this channel.",
                "Name accounts of the route's channel.",
            )
            for account in ask.accounts
            if there.get(account) != ask.channel
        ]
        _refuse(faults, "The route")
        await rows.save_route(connection, desk.workspace, ask.channel, ask.prefix, ask.accounts)
        return await _routes(connection, desk.workspace)


async def origins(desk: desks.Desk, account: int) -> wire.Origins:
    """An account's pool of senders."""
    async with desk.database.reading() as connection:
        row = await _account(connection, desk.workspace, account)
        pool = await rows.origins(connection, desk.workspace, account)
    return wire.Origins(account=account, pooled=registry.PROVIDERS[row.provider].pooled, rows=pool)


async def save_origins(desk: desks.Desk, account: int, ask: wire.SaveOrigins) -> wire.Origins:
    """Set an account's pool of senders."""
    async with desk.database.writing() as connection:
        row = await _account(connection, desk.workspace, account)
        adapter = registry.PROVIDERS[row.provider]
        faults = []
        if len(ask.rows) > MOST_ORIGINS:
            faults.append(_fault("rows", f"A pool has at most {MOST_ORIGINS} senders.", "Leave some out."))
        seen: set[str] = set()
        for place, one in enumerate(ask.rows):
            if message := adapter.origin_fault(one.address):
                faults.append(_fault(f"rows[{place}].address", message, "Mend or remove it."))
            if one.address in seen:
                faults.append(_fault(f"rows[{place}].address", "It is there twice.", "Remove one."))
            if not 0 <= one.weight <= 1000:
                faults.append(_fault(f"rows[{place}].weight", "It must be from 0 to 1000.", "Change it."))
            seen.add(one.address)
        _refuse(faults, "The pool")
        await rows.save_origins(connection, desk.workspace, account, ask.rows)
    return await origins(desk, account)


# -- what is refused ---------------------------------------------------------------------------------


async def _account(connection: Connection, workspace: int, account: int) -> accounts.Row:
    row = await accounts.show(connection, workspace, account)
    if row is None:
        raise problems.refuse(
            problems.Code.NOT_FOUND, f"There is no account {account}.", "Look at the list of accounts."
        )
    return row


async def _place(connection: Connection, workspace: int, ask: wire.SaveLimits) -> tuple[str, str, str]:
    """Where the limits are laid, checked. Raises problems.Refused, naming the field."""
    channel, subject = ask.channel, ask.subject.strip()
    by_channel = ask.layer in (Layer.ROUTE, Layer.DOMAIN, Layer.PAIR)
    faults = []
    if ask.layer is Layer.DOMAIN:
        channel, subject = "email", subject.lower()
    if by_channel and channel not in contents.CHANNELS:
        faults.append(
            _fault("channel", "This limit needs a channel.", f"One of {', '.join(contents.CHANNELS)}.")
        )
    if not by_channel and channel:
        faults.append(_fault("channel", "This limit is laid on no channel.", "Leave it empty."))
    _refuse(faults)
    if message := await _CHECKS[ask.layer](connection, workspace, channel, subject):
        _refuse([_fault("subject", message, _SUBJECTS[ask.layer])])
    return ask.layer.value, channel, subject


async def _is_account(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    row = await accounts.show(connection, workspace, _number(subject))
    if row is None or (channel and row.channel != channel):
        return f"There is no account {subject!r}{' of this channel' if channel else ''}."
    return ""


async def _is_origin(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    account, slash, address = subject.partition("/")
    pool = await rows.origins(connection, workspace, _number(account))
    if not slash or address not in {one.address for one in pool}:
        return f"{subject!r} names no sender of an account's pool."
    return ""


async def _is_route(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    if subject and (channel not in PHONES or not PREFIX.fullmatch(subject)):
        return f"{subject!r} is not the beginning of a number of this channel."
    return ""


async def _is_nothing(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    return "The workspace has no subject." if subject else ""


async def _is_campaign(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    if await campaigns.one(connection, workspace, _number(subject)) is None:
        return f"There is no campaign {subject!r}."
    return ""


async def _is_domain(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    return "" if subject == limits.EACH or DOMAIN.fullmatch(subject) else f"{subject!r} is not a mail domain."


async def _is_pair(connection: Connection, workspace: int, channel: str, subject: str) -> str:
    return "" if subject == limits.EACH else await _is_account(connection, workspace, channel, subject)


Check = Callable[[Connection, int, str, str], Awaitable[str]]

_CHECKS: dict[Layer, Check] = {
    Layer.ACCOUNT: _is_account,
    Layer.ORIGIN: _is_origin,
    Layer.ROUTE: _is_route,
    Layer.WORKSPACE: _is_nothing,
    Layer.CAMPAIGN: _is_campaign,
    Layer.DOMAIN: _is_domain,
    Layer.PAIR: _is_pair,
}
_SUBJECTS = {
    Layer.ACCOUNT: "Give an account's id.",
    Layer.ORIGIN: "Give <account>/<address>, with an address of the account's pool.",
    Layer.ROUTE: "Give a country's prefix such as +49, or nothing for the whole channel.",
    Layer.WORKSPACE: "Leave it empty.",
    Layer.CAMPAIGN: "Give a campaign's id.",
    Layer.DOMAIN: "Give a domain such as gmail.com, or * for each one by itself.",
    Layer.PAIR: "Give an account's id, or * for each one.",
}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _rate_faults(rates: Sequence[wire.Rate], longest_s: int, field: str = "rates") -> list[problems.Fault]:
    faults = []
    if len(rates) > MOST_RATES or len({rate.per_s for rate in rates}) != len(rates):
        faults.append(_fault(field, f"There can be up to {MOST_RATES} periods, each once.", "Leave one out."))
    for place, rate in enumerate(rates):
        if not 1 <= rate.per_s <= longest_s:
            faults.append(
                _fault(
                    f"{field}[{place}].per_s",
                    f"A period is from 1 to {longest_s:,} seconds long.",
                    "Choose one of 1, 60, 3600 and 86400.",
                )
            )
        if not 0 <= rate.count <= LARGEST:
            faults.append(
                _fault(
                    f"{field}[{place}].count",
                    f"It must be from 0 (nothing passes) to {LARGEST:,}.",
                    "To lift the limit, leave its period out.",
                )
            )
    return faults


def _fault(place: str, message: str, remedy: str) -> problems.Fault:
    return problems.Fault(place=place, message=message, remedy=remedy)


def _refuse(faults: list[problems.Fault], what: str = "The limits") -> None:
    if faults:
        sentence = f"{what} cannot be set like this."
        raise problems.refuse(problems.Code.INVALID, sentence, "Change what is named.", faults)
