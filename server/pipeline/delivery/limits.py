"""Limits in layers: which ones a message counts towards, and how much room each has left this turn.

What is known here of a limit is what the last tick saw; the tick has the last word (store.ledger.metering).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from server.store.ledger import metering, sliding
from server.wire import limits as wire

Layer = wire.Layer

QUOTA = "quota"  #: what the provider itself says that it allows an account
EACH = "*"
#: Gates of single domains and recipients kept at most; one that was forgotten is asked of the database again.
MOST_GATES = 20_000
#: The layers whose room is every message's own affair: one that is blocked there leaves the others of its batch alone.
OWN = frozenset({Layer.DOMAIN.value, Layer.PAIR.value, Layer.ROUTE.value, Layer.ORIGIN.value})


class Place(NamedTuple):
    """What a limit is laid upon."""

    workspace: int
    layer: str
    channel: str  #: its name, of routes, domains and pairs
    subject: str


Rules = Mapping[Place, tuple[sliding.Rule, ...]]


def steady(rate_per_s: float) -> sliding.Rule:
    """A rate in messages a second, which may be a fraction, as a rule over whole messages."""
    count = max(1, int(rate_per_s))
    return sliding.Rule(count, count / rate_per_s)


def key(place: Place, rule: sliding.Rule, whom: str = "") -> str:
    """A limit's name in the table of what was used: `account//3/1`, `domain/email/gmail.com/60`."""
    return f"{place.layer}/{place.channel}/{whom or place.subject}/{rule.per_s:g}"


@dataclass(slots=True, kw_only=True)
class Gate:
    """One limit as one sender sees it."""

    key: str
    cause: str  #: the limit's own name, where the key names one of many it is laid upon
    rule: sliding.Rule
    kept: int  #: of the count, for messages of higher priority
    use: metering.Use  #: what a bulk message writes down; `urgent` is the others' way
    urgent: metering.Use
    own: bool
    state: sliding.State = field(default_factory=sliding.State)
    turn: int = -1  #: the last one its room was reckoned in
    _room: int = 0
    _bulk: int = 0

    def room(self, turn: int, now: float, *, bulk: bool) -> int:
        """Messages that may count towards it this turn; `now` is epoch seconds."""
        if self.turn != turn:
            self.turn = turn
            sliding.settle(self.state, self.rule, now)
            self._room = sliding.room(self.state, self.rule, now)
            self._bulk = sliding.room(self.state, self.rule, now, self.kept) if self.kept else self._room
        return self._bulk if bulk else self._room

    def take(self) -> None:
        """One message more of this turn counts towards it."""
        self._room -= 1
        self._bulk -= 1

    def give_back(self) -> None:
        """One that was taken this turn does not count after all."""
        self._room += 1
        self._bulk += 1

    def saw(self, state: sliding.State) -> None:
        """Take over what a tick saw."""
        self.state, self.turn = state, -1

    def ready_at(self, now: float, *, bulk: bool) -> float:
        """When it has room again, epoch seconds, as far as is known."""
        return sliding.ready_at(self.state, self.rule, now, self.kept if bulk else 0)


Gates = tuple[Gate, ...]


@dataclass(slots=True, kw_only=True)
class OwnRules:
    """The rules of one workspace's channel that depend on the recipient."""

    domains: dict[str, tuple[sliding.Rule, ...]] = field(default_factory=dict)
    pairs: dict[str, tuple[sliding.Rule, ...]] = field(default_factory=dict)
    prefixes: list[tuple[str, tuple[sliding.Rule, ...]]] = field(default_factory=list)  #: the longest first


class Limits:
    """All limits of one sender. `reserved` is the share of each that bulk leaves to what is urgent, 0 to 1."""

    def __init__(self, reserved: float) -> None:
        self._reserved = reserved
        self._rules: Rules = {}
        self._urgent: frozenset[int] = frozenset()
        self._gates: dict[tuple[int, str], Gate] = {}
        self._fixed: dict[Place, Gates] = {}
        self._own: dict[tuple[int, str], OwnRules] = {}
        self._turn = 0
        self.now = 0.0

    @property
    def turn(self) -> int:
        """Which turn it is; a gate's room is reckoned once in each."""
        return self._turn

    def begin(self, now: float) -> None:
        """Begin a turn at `now`, epoch seconds."""
        self._turn += 1
        self.now = now

    def learn(self, rules: Rules, urgent: Iterable[int] = ()) -> None:
        """Take over the rules as they are now, and the workspaces where something urgent is being sent."""
        told = frozenset(urgent)
        if rules == self._rules and told == self._urgent:
            return
        self._rules, self._urgent = dict(rules), told
        known, self._gates, self._fixed, self._own = self._gates, {}, {}, {}
        for place, some in self._rules.items():
            self._learn_own(place, some)
            for rule in some:
                if (old := known.get((place.workspace, key(place, rule)))) is not None:
                    self._gate(place, rule, "").state = old.state

    def _learn_own(self, place: Place, rules: tuple[sliding.Rule, ...]) -> None:
        by_recipient = place.layer in (Layer.DOMAIN, Layer.PAIR) or (
            place.layer == Layer.ROUTE and place.subject
        )
        if not by_recipient:
            return
        own = self._own.setdefault((place.workspace, place.channel), OwnRules())
        if place.layer == Layer.DOMAIN:
            own.domains[place.subject] = rules
        elif place.layer == Layer.PAIR:
            own.pairs[place.subject] = rules
        else:
            own.prefixes.append((place.subject, rules))
            own.prefixes.sort(key=lambda entry: -len(entry[0]))

    def of(self, workspace: int, layer: str, subject: str = "", channel: str = "") -> Gates:
        """The limits laid upon one thing."""
        place = Place(workspace, layer, channel, subject)
        found = self._fixed.get(place)
        if found is None:
            found = tuple(self._gate(place, rule, "") for rule in self._rules.get(place, ()))
            self._fixed[place] = found
        return found

    def own(self, workspace: int, channel: str) -> OwnRules | None:
        """The rules that depend on the recipient; None where there are none."""
        return self._own.get((workspace, channel))

    def by_recipient(
        self, rules: OwnRules, workspace: int, channel: str, address: str, address_key: str, sender: str
    ) -> Gates:
        """The limits of one recipient: their country's, their mail domain's, and those of sender and recipient.

        `sender` is `<account>` or `<account>/<origin>`.
        """
        found: list[Gate] = []
        for prefix, some in rules.prefixes:
            if address.startswith(prefix):
                place = Place(workspace, Layer.ROUTE.value, channel, prefix)
                found += (self._gate(place, rule, "") for rule in some)
                break
        if rules.domains:
            domain = address.rpartition("@")[2].lower()
            named = domain if domain in rules.domains else EACH
            place = Place(workspace, Layer.DOMAIN.value, channel, named)
            found += (self._gate(place, rule, domain) for rule in rules.domains.get(named, ()))
        if rules.pairs:
            account = sender.partition("/")[0]
            named = account if account in rules.pairs else EACH
            place = Place(workspace, Layer.PAIR.value, channel, named)
            whom = f"{sender}>{address_key}"
            found += (self._gate(place, rule, whom) for rule in rules.pairs.get(named, ()))
        return tuple(found)

    def saw(self, states: Mapping[tuple[int, str], sliding.State]) -> None:
        """Take over what a tick saw of the limits it asked."""
        for place, state in states.items():
            if (gate := self._gates.get(place)) is not None:
                gate.saw(state)

    def gate(self, workspace: int, name: str) -> Gate | None:
        """The limit of that name, while it is known."""
        return self._gates.get((workspace, name))

    def _gate(self, place: Place, rule: sliding.Rule, whom: str) -> Gate:
        name = key(place, rule, whom)
        found = self._gates.get((place.workspace, name))
        if found is None:
            if len(self._gates) >= MOST_GATES:
                self._forget()
            kept = self._kept(place, rule)
            found = Gate(
                key=name,
                cause=key(place, rule),
                rule=rule,
                kept=kept,
                use=metering.Use(name, rule, kept),
                urgent=metering.Use(name, rule),
                own=place.layer in OWN,
            )
            self._gates[place.workspace, name] = found
        return found

    def _kept(self, place: Place, rule: sliding.Rule) -> int:
        """What bulk leaves: of a quota always, of a pace only while something urgent is being sent."""
        if place.layer == Layer.PAIR or (rule.paced and place.workspace not in self._urgent):
            return 0
        return int(rule.most * self._reserved)

    def _forget(self) -> None:
        """Let go of the gates of single recipients and domains that were not used in this turn."""
        fixed = {gate.key for gates in self._fixed.values() for gate in gates}
        self._gates = {
            place: gate for place, gate in self._gates.items() if gate.key in fixed or gate.turn == self._turn
        }
