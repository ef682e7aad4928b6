"""Acts on a person's addresses that take more than one call."""

from console.services import api, errors
from server.wire import audiences, problems


async def silence(ask: api.Api, contact: audiences.Contact) -> audiences.Contact:
    """Forbid every address of a person on every channel; the contact as it is afterwards. Raises errors.Problem."""
    for address in dict.fromkeys(identity.address for identity in contact.identities):
        await ask.call(audiences.SUPPRESS, audiences.Suppress(address=address))
    return await ask.call(audiences.CONTACT, contact=contact.id)


async def allow(ask: api.Api, contact: audiences.Contact) -> audiences.Contact:
    """Lift whatever forbids any address of a person; the contact as it is afterwards. Raises errors.Problem."""
    for identity in contact.identities:
        for channel in {"all", identity.channel} & set(contact.suppressed):
            await _lift(ask, identity.address, channel)
    return await ask.call(audiences.CONTACT, contact=contact.id)


async def turn(
    ask: api.Api, contact: audiences.Contact, identity: audiences.Identity, *, forbid: bool
) -> audiences.Contact:
    """Forbid or allow one address on its own channel; the contact as it is afterwards. Raises errors.Problem."""
    if forbid:
        await ask.call(
            audiences.SUPPRESS, audiences.Suppress(address=identity.address, channel=identity.channel)
        )
    else:
        await _lift(ask, identity.address, identity.channel)
    return await ask.call(audiences.CONTACT, contact=contact.id)


async def _lift(ask: api.Api, address: str, channel: str) -> None:
    try:
        await ask.call(audiences.UNSUPPRESS, audiences.Suppress(address=address, channel=channel))
    except errors.Problem as problem:
        # A person may share one suppression among several addresses; the second finds it gone.
        if problem.code is not problems.Code.NOT_FOUND:
            raise
