"""What a demo found: the content of report.json, and all that the page beside it is drawn from."""

import msgspec

from server.wire import campaigns, ledger


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why messages failed or were skipped, how many, and what a person can do."""

    reason: str
    count: int
    meaning: str  #: by the error atlas; empty where it does not know the reason
    remedy: str


class TwinWord(msgspec.Struct, frozen=True, kw_only=True):
    """One channel as the twins saw it, message by message against the ledger."""

    taken: int  #: references a twin took responsibility for
    repeated: int  #: of those, references it was handed and took more than once
    expected: int  #: messages that by the ledger a provider has taken
    doubted: int  #: taken, and in doubt by the ledger
    lost: int  #: taken by the ledger's word, never by a twin
    unclaimed: int  #: taken by a twin, neither taken nor in doubt by the ledger's word
    examples: list[str] = []  #: references of some that are lost or unclaimed

    @property
    def agrees(self) -> bool:
        """Whether ledger and twins tell the same."""
        return self.lost == 0 and self.unclaimed == 0


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long a provider took to answer: a count for each of LATENCY_BOUNDS_MS, and one for all above."""

    counts: list[int]
    half_within_ms: int  #: upper bound of the bucket in which half of them are answered; 0 for above all
    most_within_ms: int  #: the same for 95 of 100


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's part of the run, in messages."""

    title: str
    equation: ledger.Equation
    told: (
        int  #: accepted by accounts whose provider reports delivery; what is below can only be known of these
    )
    delivered: int  #: at least that far, as are the next three
    seen: int
    clicked: int
    replied: int
    failed: list[Reason]
    skipped: list[Reason]
    accepted_per_s: float  #: from the first to the last message of the channel
    latency: Latency
    twins: TwinWord


class WrongCell(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the import's error sheet."""

    row: int
    column: str
    value: str
    message: str
    remedy: str
    row_taken: bool


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """The file and what the import made of it."""

    people: int  #: contacts in the audience
    rows: int
    rows_taken: int
    rows_refused: int
    cells_wrong: int
    magic: int  #: people of the file whose fate is written in their address
    broken: int  #: rows of the file that were spoilt on purpose
    without_code: (
        int  #: people left without a code, so that their SMS and WhatsApp message is skipped by name
    )
    file_bytes: int
    sheet: list[WrongCell]


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Messages a second."""

    messages_per_s: float  #: all that were handed to a provider, over the whole time of sending
    sustained_per_s: (
        float  #: the same until 99 of 100 were decided, which leaves the last retries' waiting out
    )
    peak_per_s: float  #: the best five seconds of the run (of one bucket, where buckets are wider)
    imported_per_s: float  #: rows of the file
    by_channel: dict[str, float]  #: accepted


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, each by the clock of the demo unless it says otherwise."""

    start_s: float  #: from nothing to a server that answers
    import_s: float
    launch_s: float  #: freezing the audience
    sending_s: float  #: from launch to the last message, by the server's stamps
    settling_s: float  #: from there until no receipt came any more
    total_s: float


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What one role of processes used, from launch until the receipts had settled."""

    processes: int
    cpu_s: float
    cpu_ms_per_1000: float  #: per 1,000 messages handed to a provider
    peak_mb: (
        float  #: resident, the largest process of the role, over its life; 0 where the system does not say
    )
    settled_mb: float  #: resident at the end


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What it ran on."""

    system: str
    processor: str
    cores: int
    memory_mb: int  #: 0 where the system does not say
    python: str
    libraries: dict[str, str]


class Recount(msgspec.Struct, frozen=True, kw_only=True):
    """The audit: every message counted again and compared with the tallies."""

    messages: int
    differences: list[ledger.AuditRow]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One demo, whole. `balanced` means: the equation closes, a recount finds no difference, and the twins agree."""

    balanced: bool
    campaign: str
    finished: bool  #: whether nothing was left waiting or being sent
    settled: bool  #: whether receipts had stopped coming before the time for them was over
    made_at: str  #: RFC 3339, UTC
    version: str
    seed: int
    run: int
    data: str  #: the data folder, as it was given
    audience: Audience
    equation: ledger.Equation
    channels: dict[str, Channel]
    rates: Rates
    durations: Durations
    processes: dict[str, Process]
    cpu_ms_per_1000: dict[str, float]  #: role to milliseconds; `all` is their sum
    memory: dict[str, float]  #: role to peak resident MB
    recount: Recount
    window: int  #: messages that can be in doubt per lane after a crash
    receipts_waiting: int
    moments: list[campaigns.Moment]
    bucket_s: int
    machine: Machine
