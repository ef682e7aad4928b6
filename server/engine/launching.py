"""Start a run: one way for a person's launch and for a schedule's, in the transaction of whoever starts it."""

import sqlite3
import time

import msgspec

from server.channels import contents
from server.engine import shaping, taking
from server.store import holds
from server.store.ledger import batches, freezing
from server.wire import campaigns as wire

#: A run in one of these goes on, or may.
LIVE = ("launching", "running", "paused", "cancelling")


class Cannot(Exception):
    """Nothing was started; the sentence says what stands against it, the remedy what to do."""

    def __init__(self, title: str, remedy: str = "") -> None:
        super().__init__(title)
        self.remedy = remedy


def begin(
    connection: sqlite3.Connection,
    *,
    workspace: int,
    campaign: int,
    frm: tuple[str, ...],
    expected: int | None,
) -> int:
    """Freeze a campaign that is in one of some statuses, in the caller's transaction; returns the run.

    Raises Cannot, and then nothing was written.
    """
    if holds.is_held(connection):
        raise Cannot("The server is held, and launches nothing.", "Release it first.")
    row = connection.execute(
        "SELECT status, audience, contents FROM campaign"
        " WHERE workspace = ? AND id = ? AND removed_at IS NULL",
        (workspace, campaign),
    ).fetchone()
    if row is None:
        raise Cannot("The campaign was deleted.")
    status, audience, text = row
    if status not in frm:
        raise Cannot(f"The campaign is {wire.Status(status).said} by now.", "Look at it again.")
    chosen = msgspec.json.decode(text, type=wire.Contents).chosen()
    _refuse_unready(connection, workspace, audience)
    refuse_unaccounted(connection, workspace, list(chosen))
    try:
        shape = shaping.shape(connection, workspace=workspace, campaign=campaign, now=time.time())
        run = freezing.freeze(
            connection,
            workspace=workspace,
            campaign=campaign,
            audience=audience,
            channels=list(chosen),
            contents=sealed(connection, workspace, shape.contents),
            expected=expected,
            terms=shape.terms,
        )
    except shaping.TooLate as error:
        raise Cannot(
            "The campaign's last moment is over.", "Choose a later one under Limits and hours."
        ) from error
    except freezing.Changed as error:
        raise Cannot(
            f"The audience has {error.people:,} people now, not {expected or 0:,}.",
            "Look at the review again, and launch with the new number.",
        ) from error
    except freezing.Empty as error:
        raise Cannot("There is nobody in the audience.", "Import contacts, or choose another.") from error
    now = time.time()
    connection.execute(
        "UPDATE campaign SET status = (SELECT status FROM run WHERE run.workspace = campaign.workspace AND run.id = ?),"
        " run = ?, updated_at = ?, archived_at = NULL WHERE workspace = ? AND id = ?",
        (run, run, now, workspace, campaign),
    )
    batches.settle(connection, workspace=workspace, run=run, now=now)
    return run


def sealed(connection: sqlite3.Connection, workspace: int, text: str) -> str:
    """A draft's contents, as JSON, with the shared blocks they name as they are now. Raises Cannot."""
    try:
        return taking.seal(connection, workspace, text)
    except taking.Unsealed as error:
        raise Cannot(f"The content cannot be sent as it is. {error}", error.remedy) from error


def _refuse_unready(connection: sqlite3.Connection, workspace: int, audience: int | None) -> None:
    found = connection.execute(
        "SELECT ready FROM audience WHERE workspace = ? AND id = ? AND removed_at IS NULL",
        (workspace, audience),
    ).fetchone()
    if found is None:
        raise Cannot("The campaign's audience is gone.", "Choose another.")
    if not found[0]:
        raise Cannot("The audience is still being imported.", "Launch when its import is done.")


def refuse_unaccounted(connection: sqlite3.Connection, workspace: int, channels: list[str]) -> None:
    """See that there is something to send, and an account for each part of it. Raises Cannot."""
    if not channels:
        raise Cannot("The campaign has no content.", "Write one for at least one channel.")
    usable = {
        name
        for (name,) in connection.execute(
            "SELECT channel FROM account WHERE workspace = ? AND enabled = 1 AND halted = 0 AND weight > 0"
            " AND removed_at IS NULL",
            (workspace,),
        )
    }
    missing = [contents.TITLES[name] for name in channels if name not in usable]
    if missing:
        raise Cannot(
            f"{', '.join(missing)} {'has' if len(missing) == 1 else 'have'} no account that can send.",
            "Add or mend one under Providers.",
        )
