"""The server itself: health, workspaces, overview, the live feed."""

import enum
from datetime import datetime

import msgspec

from server.wire import campaigns, endpoint, ledger


class Readiness(endpoint.Reply, frozen=True):
    """Whether the server can do its work, and why not."""

    ready: bool
    reasons: list[str]  #: sentences; empty when ready
    version: str
    senders: int  #: sender processes that reported within the last ten seconds
    draining: bool
    held: bool = False  #: nothing is sent before a person decides; see wire.holds


class Environment(enum.StrEnum):
    """What a workspace's messages reach."""

    SANDBOX = "sandbox"  #: twins only
    STAGING = "staging"
    PRODUCTION = "production"


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant's panel in one environment."""

    id: int
    name: str
    environment: Environment


class Workspaces(endpoint.Reply, frozen=True):
    """All workspaces of this server, the sandbox first."""

    rows: list[Workspace]


class AddWorkspace(endpoint.Ask, frozen=True, kw_only=True):
    """A new workspace. There is one sandbox, and it is there from the first start."""

    name: str
    environment: Environment


class AddedWorkspace(endpoint.Reply, frozen=True):
    """The workspace that was made."""

    workspace: Workspace


class About(endpoint.Reply, frozen=True):
    """Who this server is."""

    version: str
    installation: str
    workspace: Workspace
    key_place: str  #: where the master key of the vault lies, in words
    data: str  #: the data folder


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should look at."""

    level: str  #: `warning` or `bad`
    title: str
    remedy: str
    view: str = ""  #: the screen that helps
    subject: str = ""  #: that screen's argument: a campaign's or account's id


class Overview(endpoint.Reply, frozen=True):
    """What runs, how fast, and what is wrong."""

    live: list[campaigns.Campaign]
    rates: dict[str, float]  #: channel to messages accepted a second, over ten seconds
    today: ledger.Equation  #: over all runs started in the last 24 hours
    delivered: int
    failed: int
    doubt: int
    receipts_waiting: int
    alarms: list[Alarm]
    recent: list[campaigns.Moment]  #: the last five minutes, a bucket of five seconds
    people: int
    accounts: int
    doubts: int = 0  #: messages in doubt that nobody has left so, of all runs
    dead: int = 0  #: messages given up in the last 24 hours that nobody has closed
    held: str = ""  #: while the server is held: why, as a sentence; see wire.holds


class ChangeKind(enum.StrEnum):
    """What a line of the live feed is about."""

    RUN = "run"
    CAMPAIGN = "campaign"
    IMPORT = "import"
    ACCOUNT = "account"
    ALARMS = "alarms"
    RECEIPTS = "receipts"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One folded change: the newest word on one subject. The feed's `data:` is one of these as JSON."""

    kind: ChangeKind
    subject: int  #: id of the run, campaign, import or account
    at: datetime
    equation: ledger.Equation | None = None
    by_channel: dict[str, ledger.Equation] = {}
    status: str = ""
    rate_per_s: float = 0.0
    rates: dict[str, float] = {}
    done: int = 0  #: of an import: rows read; of receipts: how many wait to be merged
    total: int = 0  #: of alarms: how many there are
    bytes_done: int = 0  #: of an import: how far into its file
    bytes_total: int = 0


HEALTH = endpoint.Endpoint("GET", "/v1/health", endpoint.Nothing, Readiness, "Ready, or why not", open=True)
ABOUT = endpoint.Endpoint("GET", "/v1/about", endpoint.Nothing, About, "Who this server is")
WORKSPACES = endpoint.Endpoint("GET", "/v1/workspaces", endpoint.Nothing, Workspaces, "List workspaces")
ADD_WORKSPACE = endpoint.Endpoint(
    "POST", "/v1/workspaces", AddWorkspace, AddedWorkspace, "Add a workspace for staging or production"
)
OVERVIEW = endpoint.Endpoint(
    "GET", "/v1/overview", endpoint.Nothing, Overview, "What runs, how fast, what is wrong"
)
LIVE = endpoint.Endpoint(
    "GET", "/v1/live", endpoint.Nothing, endpoint.Raw, "Folded changes as server-sent events"
)
