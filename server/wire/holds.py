"""The hold: while it stands nothing is claimed, nothing leaves and nothing is launched; receipts are stored still."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint, ledger


class Why(enum.StrEnum):
    """What a hold is for."""

    STOPPED = "stopped"  #: a person stopped everything
    STARTED = "started"  #: the server was started with --hold
    RESTORED = "restored"  #: the database is a copy put back, or moved here: it asks before it goes on


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """How a database was known to be a copy, and what went on without it."""

    sentence: str  #: how it was recognised
    copied_at: datetime | None  #: the last thing the copy knows of
    known_until: datetime | None  #: how far the record outside the database reaches; None where there is none
    sent_after: (
        int | None
    )  #: messages handed over after the copy was taken, at least; None where nobody knows
    lost_runs: list["LostRun"] = []


class LostRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was launched after the copy was taken: this database knows nothing of it."""

    workspace: str
    run: int
    campaign: str
    sent: int  #: messages handed over, at least


class HeldRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run that would go on."""

    workspace: int
    workspace_name: str
    run: int
    campaign: int
    campaign_name: str
    status: str  #: what it was, and is again once it goes on
    equation: ledger.Equation
    doubted: int = 0  #: messages that were under way in the copy, and are in doubt now
    sent_after: int | None = (
        None  #: messages of it handed over after the copy was taken; None where nobody knows
    )


class Hold(endpoint.Reply, frozen=True):
    """Whether the server is held, and what a person has to decide."""

    held: bool
    why: Why | None = None
    since: datetime | None = None
    note: str = ""  #: what the person said who stopped everything
    sentence: str = ""  #: why, for a person
    copy: Copy | None = None  #: of a restored database
    runs: list[HeldRun] = []  #: all that are not over, of every workspace
    schedules: int = 0  #: active ones


class StopAll(endpoint.Ask, frozen=True, kw_only=True):
    """Stop everything now, in every workspace."""

    note: str = ""


class Which(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run of one workspace."""

    workspace: int
    run: int


class Release(endpoint.Ask, frozen=True, kw_only=True):
    """End the hold. Runs in neither list are paused, and may be resumed later one by one.

    `go_on` of None lets every run be again what it was; after a restore it has to be named.
    """

    go_on: list[Which] | None = None
    cancel: list[Which] = []


SHOW = endpoint.Endpoint("GET", "/v1/hold", endpoint.Nothing, Hold, "Whether the server is held, and why")
STOP_ALL = endpoint.Endpoint("POST", "/v1/hold", StopAll, Hold, "Stop everything now")
RELEASE = endpoint.Endpoint("POST", "/v1/hold/release", Release, Hold, "Go on, run by run")
