"""Open an account: its settings built, its endpoint resolved, its secrets unsealed, an adapter ready to send."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from server.providers import base, errors, form, registry
from server.security import vault
from server.store import accounts, database, meta, secrets, workspaces
from server.wire import server as server_wire

TWIN = "twin"  #: the endpoint that means this server's own stand-in
BASE_KEY = "receipts_base"  #: where providers call back, as the api process found at its start


def twin_addresses(data: Path) -> dict[str, str]:
    """Provider key to the address its twin listens on; empty where no twins ever ran."""
    try:
        return msgspec.json.decode((data / "twins" / "addresses.json").read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def receipts_url(receipts_base: str, installation: meta.Installation, workspace: int, account: int) -> str:
    """Where a provider must call back for an account; empty as long as the base is not known."""
    return f"{receipts_base}/receipts/{installation.door(workspace, account)}" if receipts_base else ""


def has_receipts(provider: str) -> bool:
    """Whether a vendor calls back at all."""
    return registry.PROVIDERS[provider].receipts is not base.Provider.receipts


def refuse_outside(environment: server_wire.Environment, endpoint: str) -> None:
    """Hold the sandbox's wall. Raises errors.BadSettings for any endpoint but the twin."""
    if environment is server_wire.Environment.SANDBOX and endpoint.strip() != TWIN:
        raise errors.BadSettings(
            "endpoint",
            "The sandbox reaches nothing but the twins",
            "Set the endpoint to `twin`, or add the account in another workspace",
        )


def make(
    *,
    data: Path,
    provider: str,
    values: dict[str, str | int | bool],
    opened: dict[str, str],
    context: base.Context,
) -> base.Provider:
    """Make an adapter from plain settings and opened secrets. Raises errors.BadSettings."""
    adapter = registry.PROVIDERS[provider]
    settings = form.build(adapter.settings_type, values, opened)
    endpoint, ca = settings.endpoint.strip(), settings.ca
    if endpoint == TWIN:
        addresses = twin_addresses(data)
        host = (
            f"{provider}#{getattr(settings, 'environment', '')}"  # a provider may have a host per environment
        )
        endpoint = addresses.get(host) or addresses.get(provider, "")
        if not endpoint:
            raise errors.BadSettings(
                "endpoint",
                "The twins of this server have never run",
                "Start the server with its twins (setting `twins`), or give the provider's address",
            )
        ca += "\n" + (data / "twins" / "authority.pem").read_text(encoding="ascii")
    return adapter(
        settings,
        dataclasses.replace(context, endpoint=endpoint or adapter.default_endpoint, ca_pem=ca.strip()),
    )


def unseal(keys: vault.Vault, workspace: int, account: int, sealed: Mapping[str, bytes]) -> dict[str, str]:
    """Open an account's secrets. Raises errors.BadSettings naming the one that must be typed again."""
    opened = {}
    for name, value in sealed.items():
        try:
            opened[name] = keys.open(value, workspace=workspace, account=account, name=name)
        except vault.Tampered as error:
            raise errors.BadSettings(
                name, "The stored secret was changed or moved", "Type it again"
            ) from error
    return opened


async def open_provider(
    control: database.Database,
    keys: vault.Vault,
    workspace: int,
    account: int,
    *,
    timeout_s: float = 30.0,
    holds: Callable[[], bool] = lambda: True,
) -> base.Provider:
    """Open one account's adapter, each of whose attempts ends within `timeout_s`; whoever opens it closes it.

    `holds` is asked whether what was granted may still leave.

    Raises errors.BadSettings for what cannot work, and LookupError for an account that is gone.
    """
    async with control.reading() as connection:
        row = await accounts.show(connection, workspace, account)
        place = await workspaces.show(connection, workspace)
        if row is None or place is None:
            raise LookupError(f"account {account} is gone")
        sealed = await secrets.sealed(connection, workspace, account)
        installation = await meta.installation(connection)
        receipts_base = await meta.get(connection, BASE_KEY) or ""
    refuse_outside(place.environment, str(row.settings.get("endpoint", "")))
    opened = unseal(keys, workspace, account, sealed)
    url = receipts_url(receipts_base, installation, workspace, account) if has_receipts(row.provider) else ""
    provider = make(
        data=control.path.parent,
        provider=row.provider,
        values=row.settings,
        opened=opened,
        context=base.Context(
            account=account,
            installation=installation.ref,
            endpoint="",
            receipts_url=url,
            public_url=receipts_base,
            timeout_s=timeout_s,
            holds=holds,
            connections=row.window,  # a message in flight never waits for another's connection
        ),
    )
    await provider.open()
    return provider
