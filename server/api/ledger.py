"""The ledger's audit."""

from server.api import serving
from server.engine import desk as desks
from server.engine import insight
from server.wire import ledger as wire


@serving.serves(wire.AUDIT)
async def audit(desk: desks.Desk, ask: wire.AuditAsk) -> wire.Audit:
    """Recount every message against the tallies."""
    return await insight.audit(desk, ask)
