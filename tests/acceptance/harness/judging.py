"""Set what a system says of its messages beside what the sink was handed; the sink's count is the truth."""

import collections
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: States in which a ledger says that a provider has the message.
SENT = frozenset({"accepted", "delivered", "seen", "clicked", "replied"})
#: States in which it says that nobody has it.
UNSENT = frozenset({"waiting", "sending", "skipped", "cancelled"})
OPEN = frozenset({"waiting", "sending"})
#: Of all messages, at most so many may arrive twice, however often the system died.
DOUBLED_SHARE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a system says of one channel's messages, by reference."""

    channel: str
    audience: int
    states: Mapping[str, str]
    listed: frozenset[str]  #: in doubt now, or ever said to have been, before anybody asked
    balanced: bool  #: its equation closes and an audit finds no difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What lay under way when the system was killed."""

    target: str  #: which of its processes
    kills_sender: bool
    claimed: int = 0  #: batches held
    sending: Mapping[str, frozenset[str]] = field(default_factory=dict)  #: by channel, references
    most_in_lane: int = 0  #: messages between intent and outcome in the fullest lane

    def fell(self, channel: str) -> str:
        """Which state the kill fell in, for one channel."""
        if not self.kills_sender:
            return "sender unharmed"
        if self.sending.get(channel):
            return "in sending"
        return "claimed" if self.claimed else "before a claim"


@dataclass(slots=True, kw_only=True)
class Verdict:
    """One channel's verdict. References, not bodies, decide what is one message."""

    channel: str
    window: int  #: W: at most so many of a lane's messages are between intent and outcome
    kills: int = 0
    kills_while_sending: int = 0
    fell: collections.Counter[str] = field(default_factory=collections.Counter)  #: kills by state
    unanswered: int = 0  #: messages that lay between intent and outcome at a kill ...
    unwritten: int = 0  #: ... and of these, how many the sink had: killed between the bytes and the outcome
    most_in_lane: int = 0
    audience: int = 0
    accepted: int = 0
    doubts: int = 0  #: at the end
    listed: int = 0  #: ever in doubt; an answer or a receipt settles some
    lost: list[str] = field(default_factory=list)  #: called sent (or left open) where the sink saw nothing
    doubled: list[str] = field(default_factory=list)  #: taken more than once
    doubled_unlisted: list[str] = field(default_factory=list)  #: of these, never listed in doubt
    hidden: list[str] = field(default_factory=list)  #: taken, yet called untouched
    strangers: list[str] = field(default_factory=list)  #: taken, and in nobody's ledger
    balanced: bool = False

    @property
    def faults(self) -> list[str]:
        """What speaks against the system, each in a sentence; none of it may be there."""
        many = max(len(self.doubled) - DOUBLED_SHARE * self.audience, 0)
        told = {
            f"{len(self.lost)} messages are called sent, or are left open, and the sink saw none of them": self.lost,
            f"{len(self.doubled)} messages arrived more than once, over {DOUBLED_SHARE:.1%}": many,
            f"{len(self.doubled_unlisted)} doubled messages were never listed in doubt": self.doubled_unlisted,
            f"{len(self.hidden)} messages arrived that are called untouched": self.hidden,
            f"{len(self.strangers)} messages arrived that are in nobody's ledger": self.strangers,
            f"{self.most_in_lane} messages were under way in one lane, over the window": self.most_in_lane
            > self.window,
            "the equation does not close": not self.balanced,
        }
        return [sentence for sentence, found in told.items() if found]

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.faults

    def sentence(self) -> str:
        """One line for a log."""
        fell = ", ".join(f"{count} {state}" for state, count in sorted(self.fell.items()))
        return (
            f"{self.channel}: kills={self.kills} ({fell}) audience={self.audience} accepted={self.accepted} "
            f"under_way={self.unanswered} of_these_taken={self.unwritten} doubts={self.doubts} of {self.listed} ever "
            f"lost={len(self.lost)} doubled={len(self.doubled)} unlisted={len(self.doubled_unlisted)} "
            f"hidden={len(self.hidden)} strangers={len(self.strangers)} balanced={self.balanced} "
            f"verdict={'good' if self.good else 'BAD: ' + '; '.join(self.faults)}"
        )


def judge(book: Book, taken: Mapping[str, int], scenes: Iterable[Scene], *, window: int) -> Verdict:
    """Judge one channel. `taken` is the sink's count by reference, of this channel alone."""
    verdict = Verdict(channel=book.channel, window=window, audience=book.audience, balanced=book.balanced)
    verdict.listed = len(book.listed & book.states.keys())
    for ref, state in book.states.items():
        times = taken.get(ref, 0)
        if state in OPEN or (state in SENT and not times):
            verdict.lost.append(ref)
        if times and state in UNSENT:
            verdict.hidden.append(ref)
        if times > 1:
            verdict.doubled.append(ref)
            if ref not in book.listed:
                verdict.doubled_unlisted.append(ref)
        verdict.accepted += state in SENT
        verdict.doubts += state == "doubt"
    interrupted: set[str] = set()
    verdict.strangers = [ref for ref, times in taken.items() if times and ref not in book.states]
    for scene in scenes:
        verdict.kills += 1
        verdict.fell[scene.fell(book.channel)] += 1
        under_way = scene.sending.get(book.channel, frozenset()) if scene.kills_sender else frozenset()
        verdict.kills_while_sending += bool(under_way)
        interrupted |= under_way
        verdict.most_in_lane = max(verdict.most_in_lane, scene.most_in_lane)
    verdict.unanswered = len(interrupted)
    verdict.unwritten = sum(taken.get(ref, 0) > 0 for ref in interrupted)
    return verdict
