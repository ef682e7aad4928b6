"""Providers and our accounts there."""

from server.api import serving
from server.engine import accounts, sandbox
from server.engine import desk as desks
from server.providers import registry
from server.wire import endpoint
from server.wire import providers as wire


@serving.serves(wire.TYPES)
async def types(desk: desks.Desk, ask: endpoint.Nothing) -> wire.ProviderTypes:
    """List adapters with the forms of their settings."""
    return wire.ProviderTypes(rows=registry.types())


@serving.serves(wire.LIST)
async def list_accounts(desk: desks.Desk, ask: endpoint.Nothing) -> wire.Accounts:
    """List accounts."""
    return await accounts.list_(desk)


@serving.serves(wire.CREATE)
async def create(desk: desks.Desk, ask: wire.SaveAccount) -> wire.Account:
    """Add an account."""
    made = await accounts.create(desk, ask)
    await sandbox.keep_hooks(desk)
    return made


@serving.serves(wire.SHOW)
async def show(desk: desks.Desk, ask: endpoint.Nothing, account: int) -> wire.Account:
    """Show an account."""
    return await accounts.show(desk, account)


@serving.serves(wire.SAVE)
async def save(desk: desks.Desk, ask: wire.SaveAccount, account: int) -> wire.Account:
    """Change an account."""
    saved = await accounts.save(desk, account, ask)
    await sandbox.keep_hooks(desk)
    return saved


@serving.serves(wire.DELETE)
async def remove(desk: desks.Desk, ask: endpoint.Nothing, account: int) -> endpoint.Done:
    """Remove an account."""
    await accounts.remove(desk, account)
    await sandbox.keep_hooks(desk)
    return endpoint.Done()


@serving.serves(wire.CHECK)
async def check(desk: desks.Desk, ask: endpoint.Nothing, account: int) -> wire.Check:
    """Try an account's credentials."""
    return await accounts.check(desk, account)
