"""The ledger's audit."""

from server.api import serving
from server.engine import auditing
from server.engine import desk as desks
from server.wire import ledger as wire


@serving.serves(wire.AUDIT)
async def audit(desk: desks.Desk, ask: wire.AuditAsk) -> wire.Audit:
    """Recount every message against the tallies."""
    return await auditing.audit(desk, ask)
