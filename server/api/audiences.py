"""Audiences, contacts, imports and suppressions over the API."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

import msgspec

from server.api import serving
from server.channels import contents
from server.engine import desk as desks
from server.engine import explaining
from server.pipeline.audience import cells
from server.store import audiences as audience_rows
from server.store import contacts, imports, suppressions
from server.wire import audiences, endpoint, problems

Desk = desks.Desk

#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@serving.serves(audiences.LIST)
async def list_audiences(desk: Desk, ask: endpoint.Window) -> audiences.Audiences:
    """List audiences."""
    async with desk.database.reading() as connection:
        return await audience_rows.page(connection, desk.workspace, ask)


@serving.serves(audiences.SHOW)
async def show_audience(desk: Desk, _ask: endpoint.Nothing, *, audience: int) -> audiences.Audience:
    """Show an audience."""
    async with desk.database.reading() as connection:
        found = await audience_rows.show(connection, desk.workspace, audience)
    if found is None:
        raise _none("audience", audience)
    return found


@serving.serves(audiences.DELETE)
async def delete_audience(desk: Desk, _ask: endpoint.Nothing, *, audience: int) -> endpoint.Done:
    """Delete an audience, not its contacts. One that is being imported is stopped by its import."""
    async with desk.database.writing() as connection:
        found = await audience_rows.show(connection, desk.workspace, audience)
        if found is None:
            raise _none("audience", audience)
        if not found.ready:
            raise problems.refuse(
                problems.Code.CONFLICT, "The audience is still being imported.", "Stop its import instead."
            )
        await audience_rows.remove(connection, desk.workspace, audience)
    return endpoint.Done()


@serving.serves(audiences.CONTACTS)
async def list_contacts(desk: Desk, ask: audiences.ContactQuery) -> audiences.Contacts:
    """List contacts."""
    async with desk.database.reading() as connection:
        return await contacts.page(connection, desk.workspace, ask)


@serving.serves(audiences.CONTACT)
async def show_contact(desk: Desk, _ask: endpoint.Nothing, *, contact: int) -> audiences.Contact:
    """Show a contact."""
    async with desk.database.reading() as connection:
        found = await contacts.show(connection, desk.workspace, contact)
    if found is None:
        raise _none("contact", contact)
    return found


# -- imports ---------------------------------------------------------------------------------------------------------


@serving.serves(audiences.INSPECT)
async def inspect(
    desk: Desk, _ask: audiences.InspectAsk, *, body: AsyncIterator[bytes]
) -> audiences.Inspection:
    """Look at a CSV file's beginning."""
    return await desk.importer.inspect(body)


@serving.serves(audiences.IMPORT)
async def begin(desk: Desk, ask: audiences.ImportAsk, *, body: AsyncIterator[bytes]) -> audiences.Import:
    """Take a CSV file in; its import goes on in the background."""
    number = await desk.importer.begin(desk.workspace, ask, body)
    return await _import(desk, number)


@serving.serves(audiences.IMPORTS)
async def list_imports(desk: Desk, ask: endpoint.Window) -> audiences.Imports:
    """List imports."""
    async with desk.database.reading() as connection:
        page = await imports.page(connection, desk.workspace, ask)
    return msgspec.structs.replace(page, rows=[_told(desk, row) for row in page.rows])


@serving.serves(audiences.IMPORTED)
async def show_import(desk: Desk, _ask: endpoint.Nothing, *, id: int) -> audiences.Import:
    """Show an import."""
    return await _import(desk, id)


@serving.serves(audiences.CANCEL_IMPORT)
async def cancel(desk: Desk, _ask: endpoint.Nothing, *, id: int) -> audiences.Import:
    """Stop an import and leave nothing of it."""
    await desk.importer.cancel(desk.workspace, id)
    return await _import(desk, id)


@serving.serves(audiences.FAULTS)
async def list_faults(desk: Desk, ask: endpoint.Window, *, id: int) -> audiences.ImportFaults:
    """Page the error sheet."""
    await _import(desk, id)
    async with desk.database.reading() as connection:
        return await imports.faults(connection, desk.workspace, id, ask)


@serving.serves(audiences.FAULT_SHEET)
async def fault_sheet(desk: Desk, _ask: endpoint.Nothing, *, id: int) -> serving.Stream:
    """The error sheet as CSV."""
    found = await _import(desk, id)
    stem = found.file.rpartition(".")[0] or found.file
    return serving.Stream(
        content_type="text/csv; charset=utf-8", chunks=_sheet(desk, id), filename=f"{stem}-errors.csv"
    )


async def _sheet(desk: Desk, number: int) -> AsyncIterator[bytes]:
    yield b"\xef\xbb\xbf" + _lines(
        [("row", "column", "value", "message", "remedy", "row taken")]
    )  # marked as UTF-8
    async with desk.database.reading() as connection:
        async for faults in imports.all_faults(connection, desk.workspace, number):
            yield _lines([_cells(fault) for fault in faults])


def _cells(fault: audiences.ImportFault) -> tuple[str, ...]:
    texts = (fault.column, fault.value, fault.message, fault.remedy)
    return (str(fault.row), *(guarded(text) for text in texts), "yes" if fault.row_taken else "no")


def _lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode()


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


async def _import(desk: Desk, number: int) -> audiences.Import:
    async with desk.database.reading() as connection:
        found = await imports.show(connection, desk.workspace, number)
    if found is None:
        raise _none("import", number)
    return _told(desk, found)


def _told(desk: Desk, found: audiences.Import) -> audiences.Import:
    """An import with why it waits, where it does."""
    trouble = desk.importer.trouble(desk.workspace, found.id)
    return msgspec.structs.replace(found, message=trouble) if trouble else found


# -- suppressions ----------------------------------------------------------------------------------------------------


@serving.serves(audiences.SUPPRESSIONS)
async def list_suppressions(desk: Desk, ask: audiences.SuppressionQuery) -> audiences.Suppressions:
    """List suppressions."""
    async with desk.database.reading() as connection:
        page = await suppressions.page(connection, desk.workspace, ask)
    return msgspec.structs.replace(page, rows=[_in_words(row) for row in page.rows])


def _in_words(row: audiences.Suppression) -> audiences.Suppression:
    return msgspec.structs.replace(row, meaning=explaining.explain_receipt(row.channel, row.reason))


@serving.serves(audiences.SUPPRESS)
async def suppress(desk: Desk, ask: audiences.Suppress) -> endpoint.Done:
    """Forbid an address. Doing it again changes nothing."""
    address, reason = _address(ask), _reason(ask)
    async with desk.database.writing() as connection:
        await suppressions.add(connection, desk.workspace, ask.channel, address, reason)
    return endpoint.Done()


@serving.serves(audiences.UNSUPPRESS)
async def unsuppress(desk: Desk, ask: audiences.Suppress) -> endpoint.Done:
    """Lift a suppression. An address that is not suppressed is not found."""
    address = _address(ask)
    async with desk.database.writing() as connection:
        if not await suppressions.lift(connection, desk.workspace, ask.channel, address):
            raise problems.refuse(
                problems.Code.NOT_FOUND,
                f"The address is not suppressed on {ask.channel}.",
                "Look the suppression up in the list: it may be on another channel, or on all.",
            )
    return endpoint.Done()


def _address(ask: audiences.Suppress) -> str:
    """The address as contacts keep it. Raises problems.Refused for what is none."""
    if ask.channel != "all" and ask.channel not in contents.CHANNELS:
        fault = problems.Fault(place="channel", message=f"There is no channel {ask.channel!r}.")
        remedy = f"Use all, {', '.join(contents.CHANNELS)}."
        raise problems.refuse(problems.Code.INVALID, fault.message, remedy, [fault])
    try:
        if ask.channel != "all":
            return cells.ADDRESSES[ask.channel](ask.address)
        return _any_address(ask.address)
    except cells.Wrong as wrong:
        fault = problems.Fault(place="address", message=wrong.message, remedy=wrong.remedy)
        raise problems.refuse(problems.Code.INVALID, wrong.message, wrong.remedy, [fault]) from wrong


def _reason(ask: audiences.Suppress) -> str:
    try:
        return cells.name(ask.reason) or "by hand"
    except cells.Wrong as wrong:
        fault = problems.Fault(place="reason", message=wrong.message, remedy=wrong.remedy)
        raise problems.refuse(problems.Code.INVALID, wrong.message, wrong.remedy, [fault]) from wrong


def _any_address(text: str) -> str:
    """An address of whichever kind it looks like. Raises cells.Wrong."""
    if text.lstrip().startswith("{"):
        return cells.subscription(text)
    if "@" in text:
        return cells.mail(text)
    if sum(c.isalnum() for c in text) >= cells.SHORTEST_TOKEN:
        return cells.token(text)
    return cells.phone(text)


def _none(noun: str, number: int) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no {noun} {number}.", "It may have been removed."
    )
