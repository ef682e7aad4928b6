"""Prices as a person handles them: set, removed, and taken from CSV; refused with the place of what is wrong."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from sqlalchemy.ext import asyncio as sa_asyncio

from server.channels import contents
from server.engine import desk as desks
from server.pipeline.audience import cells
from server.store import accounts
from server.store import prices as rows
from server.wire import prices as wire
from server.wire import problems

Connection = sa_asyncio.AsyncConnection

MICRO = 1_000_000
MOST_MICROS = 1_000_000 * MICRO
MOST_ROWS = 20_000
MOST_FAULTS = 50
COLUMNS = ("channel", "country", "account", "amount", "currency")
NEEDED = ("channel", "amount", "currency")

_CURRENCY = re.compile(r"[A-Z]{3}")


async def list_(desk: desks.Desk) -> wire.Prices:
    """Every price."""
    async with desk.database.reading() as connection:
        return await _listed(connection, desk.workspace)


async def save(desk: desks.Desk, ask: wire.SavePrices) -> wire.Prices:
    """Set or remove some prices, all or none. Raises problems.Refused."""
    async with desk.database.writing() as connection:
        known = await _accounts(connection, desk.workspace)
        faults = [
            fault
            for place, one in enumerate(ask.rows)
            for fault in _faults(f"rows.{place}", one, known, removes=True)
        ]
        _refuse(faults)
        for one in ask.rows:
            if one.amount:
                await rows.put(connection, desk.workspace, _row(one))
            else:
                await rows.remove(connection, desk.workspace, one.channel, one.country, one.account)
        return await _listed(connection, desk.workspace)


async def take(desk: desks.Desk, ask: wire.ImportPrices) -> wire.Prices:
    """Take prices from CSV, all lines or none. Raises problems.Refused, naming lines."""
    async with desk.database.writing() as connection:
        known = await _accounts(connection, desk.workspace)
        found, faults = _read(ask.csv, known)
        _refuse(faults)
        if ask.replace:
            await rows.clear(connection, desk.workspace)
        for one in found:
            await rows.put(connection, desk.workspace, _row(one))
        return await _listed(connection, desk.workspace)


async def _listed(connection: Connection, workspace: int) -> wire.Prices:
    return wire.Prices(
        rows=[
            wire.Price(
                channel=row.channel,
                country=row.country,
                account=row.account,
                amount=plain(row.micros),
                currency=row.currency,
            )
            for row in await rows.all_(connection, workspace)
        ]
    )


async def _accounts(connection: Connection, workspace: int) -> dict[int, tuple[str, str]]:
    """Account to its name and channel."""
    return {row.id: (row.name, row.channel) for row in await accounts.all_(connection, workspace)}


# -- amounts ------------------------------------------------------------------------------------------


def micros(text: str) -> int | None:
    """A decimal in millionths; None where it is none, negative, too large, or too fine."""
    try:
        found = Decimal(text.strip()) * MICRO
        whole = int(found)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return whole if found == whole and 0 <= whole <= MOST_MICROS else None


def plain(amount: int) -> str:
    """Millionths as a decimal, with at least two places and no more than it needs."""
    whole, rest = divmod(amount, MICRO)
    places = f"{rest:06}".rstrip("0")
    return f"{whole}.{places:0<2}"


def rounded(amount: int) -> str:
    """A sum to two places; what is smaller than a hundredth keeps all of its places."""
    hundredth = MICRO // 100
    if 0 < amount < hundredth:
        return plain(amount)
    return plain((amount + hundredth // 2) // hundredth * hundredth)


# -- what is checked ----------------------------------------------------------------------------------


def _row(one: wire.Price) -> rows.Row:
    return rows.Row(one.channel, one.country, one.account, micros(one.amount) or 0, one.currency)


def _faults(
    place: str, one: wire.Price, known: dict[int, tuple[str, str]], *, removes: bool
) -> Iterator[problems.Fault]:
    if one.channel not in contents.CHANNELS:
        yield _fault(f"{place}.channel", f"There is no channel {one.channel[:40]!r}.", _CHANNELS)
    elif one.account and known.get(one.account, ("", ""))[1] != one.channel:
        title = contents.TITLES[one.channel]
        yield _fault(f"{place}.account", f"There is no such account for {title}.", "Name one of Providers.")
    if one.country:
        yield from _country(f"{place}.country", one.country)
    if removes and not one.amount:
        return
    if micros(one.amount) is None:
        remedy = "Write it with a point and at most six places: 0.0075."
        yield _fault(f"{place}.amount", f"{one.amount[:40]!r} is no price.", remedy)
    if not _CURRENCY.fullmatch(one.currency):
        remedy = "Write the three letters of ISO 4217: EUR, USD."
        yield _fault(f"{place}.currency", f"{one.currency[:40]!r} is no currency.", remedy)


_CHANNELS = f"Use {', '.join(contents.CHANNELS)}."


def _country(place: str, country: str) -> Iterator[problems.Fault]:
    try:
        if cells.country(country) != country:
            yield _fault(place, f"Write {cells.country(country)} for this country.", "")
    except cells.Wrong as wrong:
        yield _fault(place, wrong.message, wrong.remedy)


def _read(text: str, known: dict[int, tuple[str, str]]) -> tuple[list[wire.Price], list[problems.Fault]]:
    """The lines of a CSV as prices, and what is wrong with them."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    missing = [name for name in NEEDED if name not in (lines.fieldnames or ())]
    odd = [name for name in lines.fieldnames or () if name not in COLUMNS]
    if missing or odd:
        said = f"has no column {missing[0]!r}" if missing else f"has a column {str(odd[0])[:40]!r}"
        return [], [_fault("csv.1", f"The heading {said}.", f"Use {', '.join(COLUMNS)}.")]
    found: list[wire.Price] = []
    faults: list[problems.Fault] = []
    try:
        for line in lines:
            one = _line(line, known)
            faults += _faults(f"csv.{lines.line_num}", one, known, removes=False)
            found.append(one)
            if len(found) > MOST_ROWS or len(faults) >= MOST_FAULTS:
                break
    except csv.Error as error:
        faults.append(_fault(f"csv.{lines.line_num}", f"This is no CSV: {error}.", ""))
    if len(found) > MOST_ROWS:
        faults.append(_fault("csv", f"There are more than {MOST_ROWS:,} prices.", "Take them in parts."))
    if not found and not faults:
        faults.append(_fault("csv", "There is no price in it.", f"Write lines of {', '.join(COLUMNS)}."))
    return found, faults


def _line(line: dict[str, str | None], known: dict[int, tuple[str, str]]) -> wire.Price:
    """One line; an account may be named, a country be written in small letters or as `*` for every other."""
    cell = {name: (line.get(name) or "").strip() for name in COLUMNS}
    channel = cell["channel"].lower()
    account = cell["account"]
    named = next((number for number, one in known.items() if one == (account, channel)), -1)
    return wire.Price(
        channel=channel,
        country="" if cell["country"] == "*" else cell["country"].upper(),
        account=0 if account in ("", "*") else int(account) if account.isdecimal() else named,
        amount=cell["amount"],
        currency=cell["currency"].upper(),
    )


def _fault(place: str, message: str, remedy: str) -> problems.Fault:
    return problems.Fault(place=place, message=message, remedy=remedy)


def _refuse(faults: list[problems.Fault]) -> None:
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The prices cannot be kept like this.", "Mend what is named.", faults
        )
