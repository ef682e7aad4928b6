"""The sandbox: a workspace from the first start, wired to the provider twins with keys made on the spot."""

import contextlib
import hashlib
import logging

import msgspec

from server.engine import accounts, opening
from server.engine import desk as desks
from server.engine import twins as control
from server.providers import registry
from server.store import accounts as rows
from server.store import meta, workspaces
from server.wire import problems
from server.wire import providers as wire
from server.wire import server as server_wire

log = logging.getLogger(__name__)

NAME = "Sandbox"
TROUBLE = "twins"
UNWIRED = {TROUBLE: "The sandbox is being wired to its twins."}


async def establish(desk: desks.Desk) -> None:
    """Make the sandbox's workspace, once."""
    async with desk.database.writing() as connection:
        if await workspaces.show(connection, workspaces.SANDBOX) is None:
            await workspaces.add(connection, workspaces.SANDBOX, NAME, server_wire.Environment.SANDBOX)


async def wire_up(desk: desks.Desk) -> bool:
    """Give the sandbox an account for each twin, and each twin where to call back. False while they are silent."""
    try:
        for key, filled in sorted((await desk.twins.accounts()).items()):
            await _account(desk, key, filled)
        await tell_hooks(desk)
    except problems.Refused as error:
        if desk.settings.twins:  # twins started by hand may be away as long as they like
            desk.standing.troubles[TROUBLE] = str(error)
        return False
    desk.standing.troubles.pop(TROUBLE, None)
    return True


async def keep_hooks(desk: desks.Desk) -> None:
    """The same after an account changed; twins that are away are told at their next wiring."""
    if desk.settings.twins:
        with contextlib.suppress(problems.Refused):
            await tell_hooks(desk)


async def tell_hooks(desk: desks.Desk) -> None:
    """Tell the twins where to call back, as an operator types it in at a provider. Raises problems.Refused."""
    await desk.twins.hooks(await _hooks(desk))


async def _account(desk: desks.Desk, key: str, filled: control.Filled) -> None:
    """Add a twin's account at its first sight; keep it true when the twin has made new keys."""
    digest = hashlib.sha256(msgspec.json.encode(filled, order="deterministic")).hexdigest()
    async with desk.database.reading() as connection:
        known = await meta.get(connection, f"sandbox {key}")
        account = int(known.partition(":")[0]) if known else 0
        row = await rows.show(connection, desk.workspace, account) if account else None
    if known == f"{account}:{digest}" or (known and row is None):  # as it was, or removed by a person
        return
    ask = wire.SaveAccount(
        name=row.name if row else f"{NAME} {registry.PROVIDERS[key].title}",
        provider=key,
        enabled=row.enabled if row else True,
        weight=row.weight if row else 100,
        window=row.window if row else 64,
        rate_per_s=row.rate_per_s if row else 0.0,
        settings=filled.settings,
        secrets=filled.secrets,
    )
    shown = await (accounts.save(desk, account, ask) if row else accounts.create(desk, ask))
    async with desk.database.writing() as connection:
        await meta.put(connection, f"sandbox {key}", f"{shown.id}:{digest}")
    log.info(
        "the sandbox has an account at %s", key, extra={"action": "sandbox_account", "account": shown.id}
    )


async def _hooks(desk: desks.Desk) -> dict[str, str]:
    """Provider key to the receipts address of the first account that uses its twin."""
    async with desk.database.reading() as connection:
        found = await rows.all_(connection, desk.workspace)
    hooks: dict[str, str] = {}
    for row in sorted(found, key=lambda row: row.id):
        if row.settings.get("endpoint") == opening.TWIN and opening.has_receipts(row.provider):
            hooks.setdefault(row.provider, desk.receipts_url(row.id))
    return hooks
