"""Campaigns and their runs: what is sent to whom, the acts, and the numbers while it goes."""

import enum
from datetime import datetime

import msgspec

from server.channels import contents, languages
from server.wire import endpoint, ledger, policies, prices
from server.wire import limits as bounds

Contents = contents.Contents


class Status(enum.StrEnum):
    """The life of a campaign; from `running` on it is the life of its newest run."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"  #: it starts at a time of its schedule
    LAUNCHING = "launching"  #: the audience is being frozen
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DONE = "done"

    @property
    def said(self) -> str:
        """The status after "is": `a draft`, `paused`."""
        return "a draft" if self is Status.DRAFT else self.value


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign's schedule says, in short."""

    words: str  #: `Every Monday at 09:00, Europe/Berlin`
    recurring: bool
    next_at: datetime | None  #: None where no time is left
    undecided: int = 0  #: times that were missed or refused, and wait for a person


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The template a channel's content was taken from, as it stands now."""

    channel: str
    template: int
    name: str
    version: int  #: the one taken
    newest: int
    changed: bool  #: the content was changed by hand since
    gone: bool = False  #: the template was archived or deleted


class Campaign(endpoint.Reply, frozen=True):
    """One campaign, with its newest run's numbers."""

    id: int
    name: str
    status: Status
    audience: int | None  #: the audience's id
    audience_name: str
    channels: list[str]
    contents: Contents
    run: int | None  #: newest run
    equation: ledger.Equation | None  #: of the newest run
    created_at: datetime
    updated_at: datetime
    delivered: int = 0  #: of the newest run: messages known to have arrived
    priority: bounds.Priority = bounds.Priority.BULK
    limits: list[bounds.Rate] = []  #: the campaign's own
    schedule: Planned | None = None  #: while one is active
    policy: policies.Policy = policies.Policy()
    tags: list[str] = []
    archived: bool = False
    origins: list[Origin] = []  #: of the contents that came from templates


class Campaigns(endpoint.Page, frozen=True):
    """A page of campaigns, newest first unless sorted."""

    rows: list[Campaign]


class CampaignQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list."""

    find: str = ""
    status: str = ""  #: a status, or `live` for launching, running, paused and cancelling
    tag: str = ""
    archived: str = ""  #: `only` archived ones, or `all`; empty for those that are not


class SaveCampaign(endpoint.Ask, frozen=True, kw_only=True):
    """A campaign's draft, whole. Only drafts can be saved; contents are checked, and all faults are named at once."""

    name: str
    audience: int | None = None
    contents: Contents = Contents()
    priority: bounds.Priority | None = None  #: None leaves it as it is, bulk at first
    limits: list[bounds.Rate] | None = None  #: the campaign's own; None leaves them as they are
    policy: policies.Policy | None = (
        None  #: quiet hours, caps, local time, fallback, expiry; None leaves it as it is
    )


class Launch(endpoint.Ask, frozen=True, kw_only=True):
    """Freeze audience and content and start. `expected` guards against a changed audience; None to accept any."""

    expected: int | None = None  #: people in the audience, as the person saw them
    delay_s: int = 0  #: start so much later, until when it can be taken back; the freeze is then, too


class ChannelDuration(msgspec.Struct, frozen=True, kw_only=True):
    """How long one channel's messages take."""

    channel: str
    messages: int  #: that would be handed over
    seconds: float | None  #: None where nothing is known of its accounts' speed
    words: str  #: what it is bound by


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """How long a launch takes, at the speed the accounts had lately and under every limit, none of them used yet."""

    low_s: float  #: of the channels whose speed is known, with the last wave of zones
    high_s: float | None  #: None where a channel's speed is not known
    words: str  #: what binds it most; empty where nothing does
    unknown: list[str] = []  #: channels that nothing is known of
    by_channel: list[ChannelDuration] = []


class Estimate(endpoint.Reply, frozen=True):
    """What a launch would do, counted now: the review step's numbers."""

    people: int
    messages: int
    channels: list["ChannelEstimate"]
    faults: list[str]  #: what stands against a launch, each a sentence; empty when it can go
    waves: list[policies.Wave] = []  #: by recipients' zones, where it goes by their clocks
    assumed: int = (
        0  #: messages to people whose zone is not known, where zones matter: the workspace's is taken
    )
    cost: prices.Cost | None = None  #: of all that can be handed over
    duration: Duration | None = None


class ChannelEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's part of an estimate, in messages."""

    channel: str
    reachable: int
    no_address: int
    suppressed: int
    account: str  #: the lanes' accounts by name, comma-separated; empty if none is set up
    held: dict[str, int] = {}  #: of the reachable, by reason: those that would wait for a policy
    barred: dict[str, int] = {}  #: of the reachable, by reason: those that a policy would skip


class PreviewAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Render contents for one person of the audience (`position` counts from 0), or for no one with `values`."""

    contents: Contents
    audience: int | None = None
    position: int = 0
    values: dict[str, object] = {}
    contact: int | None = None  #: this person, whatever the audience
    language: str = ""  #: render in this one where there is a content in it; empty for the person's own


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """The language one person gets, and why."""

    language: str = ""  #: empty for a default that does not say which it is
    because: languages.Because = languages.Because.UNKNOWN
    wanted: str = ""  #: the person's own
    why: str = ""  #: a sentence


class Preview(endpoint.Reply, frozen=True):
    """The rendering by the one renderer that also sends. Faults name channel and field."""

    person: str
    contact: int | None
    contents: Contents
    faults: list["PreviewFault"]
    hashes: dict[str, str]  #: channel to hex digest of the rendered content
    languages: dict[str, Spoken] = {}  #: channel to the language chosen, where its content has further ones
    blocks: dict[str, int] = {}  #: shared block that was taken in, to its version


class PreviewFault(msgspec.Struct, frozen=True, kw_only=True):
    """Why one channel cannot be rendered or sent for this person."""

    channel: str
    place: str
    message: str
    remedy: str = ""


class Run(endpoint.Reply, frozen=True):
    """One run's numbers, all from the tallies."""

    id: int
    campaign: int
    campaign_name: str
    status: Status
    started_at: datetime
    finished_at: datetime | None
    people: int
    equation: ledger.Equation  #: over all channels
    by_channel: dict[str, ledger.Equation]
    tallies: list[ledger.Tally]
    rate_per_s: float  #: accepted over the last ten seconds
    window: int  #: W: messages that may be in doubt per lane after a crash


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel did in one bucket of time."""

    at: int  #: seconds since the epoch, UTC, start of the bucket
    channel: str
    accepted: int
    failed: int


class Series(endpoint.Reply, frozen=True):
    """Throughput over time and the spread of latency."""

    bucket_s: int
    moments: list[Moment]
    latency: dict[str, list[int]]  #: channel to counts per bucket of LATENCY_BOUNDS_MS, the last open-ended
    funnel: dict[str, dict[str, int]]  #: channel to audience, accepted, delivered, seen, clicked, replied


#: Upper bounds of the latency buckets, in milliseconds; one more bucket follows for all above.
LATENCY_BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


class SeriesQuery(endpoint.Query, frozen=True, kw_only=True):
    """How many seconds back; 0 for the whole run (buckets then widen to at most 600)."""

    seconds: int = 0


LIST = endpoint.Endpoint("GET", "/v1/campaigns", CampaignQuery, Campaigns, "List campaigns")
CREATE = endpoint.Endpoint("POST", "/v1/campaigns", SaveCampaign, Campaign, "Create a draft")
SHOW = endpoint.Endpoint("GET", "/v1/campaigns/{campaign}", endpoint.Nothing, Campaign, "Show a campaign")
SAVE = endpoint.Endpoint("PUT", "/v1/campaigns/{campaign}", SaveCampaign, Campaign, "Save a draft")
DELETE = endpoint.Endpoint(
    "DELETE", "/v1/campaigns/{campaign}", endpoint.Nothing, endpoint.Done, "Delete a draft"
)
ESTIMATE = endpoint.Endpoint(
    "GET", "/v1/campaigns/{campaign}/estimate", endpoint.Nothing, Estimate, "Count what a launch would do"
)
PREVIEW = endpoint.Endpoint(
    "POST", "/v1/preview", PreviewAsk, Preview, "Render contents for one person", reads=True
)
LAUNCH = endpoint.Endpoint("POST", "/v1/campaigns/{campaign}/launch", Launch, Campaign, "Freeze and start")
PAUSE = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/pause", endpoint.Nothing, Campaign, "Stop sending"
)
RESUME = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/resume", endpoint.Nothing, Campaign, "Go on sending"
)
CANCEL = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/cancel", endpoint.Nothing, Campaign, "Send no more, for good"
)
RUN = endpoint.Endpoint("GET", "/v1/runs/{run}", endpoint.Nothing, Run, "A run's equation and tallies")
SERIES = endpoint.Endpoint(
    "GET", "/v1/runs/{run}/series", SeriesQuery, Series, "A run's throughput, latency and funnel"
)
