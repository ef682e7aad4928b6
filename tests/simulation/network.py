"""The simulated providers: the outside sink that counts what arrived, whatever became of the answers."""

import asyncio
import collections
import enum
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from server.providers import base, errors
from server.wire import providers as wire


class Fate(enum.Enum):
    """What the far side makes of one call."""

    TAKEN = "taken"
    TAKEN_UNANSWERED = "taken, and the answer was lost"
    CUT = "cut before it was read whole"
    THROTTLED = "told to slow down"
    BUSY = "not now"
    DEAD_ADDRESS = "no such recipient"
    REFUSED_CONTENT = "this message never"
    UNREACHABLE = "no connection"
    BAD_KEY = "who are you"


#: How often each fate comes up, of a thousand calls, in a calm and in a rough world.
CALM = {
    Fate.TAKEN: 940,
    Fate.DEAD_ADDRESS: 20,
    Fate.BUSY: 20,
    Fate.THROTTLED: 10,
    Fate.TAKEN_UNANSWERED: 5,
    Fate.CUT: 5,
}
ROUGH = {
    Fate.TAKEN: 640,
    Fate.TAKEN_UNANSWERED: 40,
    Fate.CUT: 40,
    Fate.THROTTLED: 80,
    Fate.BUSY: 80,
    Fate.DEAD_ADDRESS: 50,
    Fate.REFUSED_CONTENT: 20,
    Fate.UNREACHABLE: 48,
    Fate.BAD_KEY: 2,
}


@dataclass(slots=True, kw_only=True)
class Sink:
    """The far side. `taken` counts by our reference what a recipient would have got."""

    rng: random.Random
    odds: dict[Fate, int]
    taken: collections.Counter[str] = field(default_factory=collections.Counter)
    at: dict[str, float] = field(
        default_factory=dict
    )  #: when each was taken last, seconds of the virtual clock
    news: list[tuple[str, str, str]] = field(default_factory=list)  #: receipts to tell: reference, ours, word
    down_until: float = 0.0
    revoked_until: float = 0.0  #: no key is known until then
    late: int = 0  #: calls that left by an account after it had read a refusal of its key
    most_refused: int = 0  #: calls of one account that its key was refused to, in one life of its lane
    fates: collections.Counter[str] = field(default_factory=collections.Counter)

    def handle(self, message: base.Outbound, now: float) -> Fate:
        """One call arrives."""
        fate = self._fate(now)
        self.fates[fate.value] += 1
        if fate in (Fate.TAKEN, Fate.TAKEN_UNANSWERED):
            self.taken[message.ref] += 1
            self.at[message.ref] = now
            for word in self._story():
                self.news.append((message.ref, f"p-{message.ref}-{message.attempt}", word))
        return fate

    def _fate(self, now: float) -> Fate:
        if now < self.down_until:
            return Fate.UNREACHABLE
        if now < self.revoked_until:
            return Fate.BAD_KEY
        return self.rng.choices(list(self.odds), list(self.odds.values()))[0]

    def _story(self) -> list[str]:
        """What a recipient does with it, as receipts; some never tell anything."""
        words = ["accepted", "delivered", "seen", "clicked"][: self.rng.choice((0, 1, 2, 2, 3, 4))]
        return [*words, "failed"] if self.rng.random() < 0.03 else words


class Provider(base.Provider):
    """One account at the far side, as one sender process uses it."""

    key: ClassVar[str] = "sms/simulated"
    channel: ClassVar[str] = "sms"
    title: ClassVar[str] = "Simulated"
    about: ClassVar[str] = "A far side made up from a seed."
    settings_type: ClassVar[type[base.Settings]] = base.Settings
    default_endpoint: ClassVar[str] = "http://simulated.invalid"

    def __init__(
        self, sink: Sink, account: int, alive: "Alive", *, holds: Callable[[], bool], asks: bool
    ) -> None:
        context = base.Context(
            account=account, installation="abc234", endpoint=self.default_endpoint, holds=holds
        )
        super().__init__(base.Settings(), context)
        self._sink = sink
        self._alive = alive
        self._asks = asks  # as a wire of several steps does, right before the last; the steps take their time
        self._refused = 0

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Bytes leave while the process lives; from then on they arrive whatever becomes of it."""
        loop = asyncio.get_running_loop()
        rng = self._sink.rng
        self._sink.late += self._refused > 0
        await self._alive.wait(rng.uniform(0, 0.2 if self._asks else 0.02))
        if self._asks:
            if not self.context.holds():
                raise errors.Lapsed
            self._sink.late += self._refused > 0
        answer: asyncio.Future[Fate] = loop.create_future()

        def arrive() -> None:
            fate = self._sink.handle(message, loop.time())
            loop.call_later(rng.uniform(0.001, 0.3), answered, fate)

        def answered(fate: Fate) -> None:
            if not answer.done():
                answer.set_result(fate)

        loop.call_later(rng.uniform(0.001, 0.1), arrive)
        fate = await answer
        await self._alive.wait(0)
        if fate is Fate.BAD_KEY:
            self._refused += 1
            self._sink.most_refused = max(self._sink.most_refused, self._refused)
        return _answered(fate, message)

    async def check(self) -> list[wire.CheckRow]:
        return []


def _answered(fate: Fate, message: base.Outbound) -> base.Accepted:
    match fate:
        case Fate.TAKEN:
            return base.Accepted(provider_ref=f"p-{message.ref}-{message.attempt}")
        case Fate.TAKEN_UNANSWERED | Fate.CUT:
            raise errors.Doubt("cut", "the connection ended before the answer")
        case Fate.THROTTLED:
            raise errors.Throttled("429", "slow down", status=429, retry_after_s=float(len(message.ref) % 4))
        case Fate.BUSY:
            raise errors.Transient("503", "busy", status=503)
        case Fate.DEAD_ADDRESS:
            raise errors.PermanentRecipient("21211", "no such number", status=400)
        case Fate.REFUSED_CONTENT:
            raise errors.PermanentContent("30007", "never", status=400)
        case Fate.UNREACHABLE:
            raise errors.ProviderDown("connect", "no connection")
        case Fate.BAD_KEY:
            raise errors.AuthConfig("401", "who are you", status=401)


class Alive:
    """Whether a process runs, is stopped for a while, or is dead for good."""

    def __init__(self) -> None:
        self.dead = False
        self._going = asyncio.Event()
        self._going.set()

    async def wait(self, seconds: float) -> None:
        """Spend some time; go on only while the process runs. A dead one never goes on."""
        await asyncio.sleep(seconds)
        await self._going.wait()
        if self.dead:
            raise asyncio.CancelledError

    def stop(self) -> None:
        """SIGSTOP."""
        self._going.clear()

    def go_on(self) -> None:
        """SIGCONT."""
        self._going.set()

    def die(self) -> None:
        """SIGKILL. What asks from now on is not heard."""
        self.dead = True
        self._going.set()
