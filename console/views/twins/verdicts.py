"""Whether an arrival is what was promised, as a pill, a banner and a hash."""

from PySide6 import QtWidgets

from console.widgets import layout, notices, pills, text
from server.wire import arrivals

LOOKS = {
    arrivals.Verdict.EQUAL: pills.Look("Equal by hash", "check", "ok"),
    arrivals.Verdict.DIFFERS: pills.Look("Differs", "equal-approximately", "bad"),
    arrivals.Verdict.UNKNOWN: pills.Look("Not compared", "circle-dashed", "mute"),
}
IN_A_LIST = {**LOOKS, arrivals.Verdict.EQUAL: pills.Look("Equal", "check", "ok")}
WAITING = pills.Look("Comparing", "loader-circle", "mute")
PROOF = (
    "What came over the wire was decrypted, decoded and parsed back into its content; that has the hash"
    " which the ledger wrote down before the call."
)
NAMED = 4  #: places that a banner names


def look(glance: arrivals.Glance | None) -> pills.Look:
    """A list's pill; one that is still asked for says so."""
    return IN_A_LIST[glance.verdict] if glance is not None else WAITING


def banner(found: arrivals.Comparison) -> notices.Banner | None:
    """What is to be said aloud: nothing where both are equal."""
    if found.verdict is arrivals.Verdict.EQUAL:
        return None
    if found.verdict is arrivals.Verdict.UNKNOWN:
        return notices.Banner(found.why, tone="info")
    if not found.differences:
        return notices.Banner("What arrived is not what was promised.", found.why, tone="bad")
    places = [difference.place for difference in found.differences]
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return notices.Banner(
        "What arrived is not what was promised.", f"Look at {', '.join(places[:NAMED])}{more}.", tone="bad"
    )


def hashes(found: arrivals.Comparison) -> QtWidgets.QWidget:
    """The hashes, one where they are equal."""
    rows = [("Promised", found.promised_hash), ("Arrived", found.arrived_hash)]
    if found.verdict is arrivals.Verdict.EQUAL:
        rows = [("Hash", found.promised_hash)]
    whole = layout.column(gap=2)
    for name, told in rows:
        if told:
            value = text.Label(told, "mono", wrap=True, selectable=True)
            value.setAccessibleName(f"{name}: {told}")
            whole.addWidget(text.caption(name))
            whole.addWidget(value)
    return layout.boxed(whole)
