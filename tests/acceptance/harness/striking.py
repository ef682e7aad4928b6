"""The kills: how many, when and of what, drawn from one seed; then the verdict, one a channel."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.acceptance.harness import judging, systems
from tests.support import served

#: Kills fall between these shares of the run; a moment of chance comes on top, so that no state is spared.
FIRST, LAST = 0.02, 0.92
JITTER_S = 0.05
#: Of ten kills, so many are followed by a second one while what was killed is being started again.
AGAIN_IN_TEN = 2
AGAIN_S = 1.2
STRIDE_S = 180.0  #: the run may take so long from one kill to the next
END_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One kill to come."""

    at: float  #: share of the run that is behind it
    target: str
    jitter_s: float


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a plan."""

    seed: int
    seconds: float = 0.0
    scenes: list[judging.Scene] = field(default_factory=list)
    verdicts: list[judging.Verdict] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every channel's verdict is."""
        return all(verdict.good for verdict in self.verdicts)

    def sentences(self) -> str:
        """Lines for a log."""
        return "\n".join(f"seed={self.seed} {verdict.sentence()}" for verdict in self.verdicts)


def plan(targets: tuple[str, ...], *, kills: int, seed: int) -> list[Strike]:
    """All kills of a seed, in order."""
    chance = random.Random(seed)
    strikes: list[Strike] = []
    shares = iter(sorted(chance.uniform(FIRST, LAST) for _ in range(kills)))
    while len(strikes) < kills:
        share = next(shares)
        strikes.append(Strike(at=share, target=chance.choice(targets), jitter_s=chance.uniform(0, JITTER_S)))
        if len(strikes) < kills and chance.randrange(10) < AGAIN_IN_TEN:
            again = Strike(at=share, target=chance.choice(targets), jitter_s=chance.uniform(0, AGAIN_S))
            strikes.append(again)
    return strikes


def strike(
    system: systems.System, *, kills: int, seed: int, told: Callable[[str], object] = lambda _words: None
) -> Report:
    """Launch, kill as the seed says, wait for the end, and judge. `told` hears how it goes."""
    report, began = Report(seed=seed), time.monotonic()
    system.start()
    try:
        system.begin()
        for number, one in enumerate(plan(system.targets, kills=kills, seed=seed), start=1):
            _wait_until(system, one.at)
            time.sleep(one.jitter_s)
            scene = system.kill(one.target)
            report.scenes.append(scene)
            told(f"kill {number}/{kills} of {one.target}: {_words(system, scene)}")
            system.start()
        served.until(system.over, "the run to be done", END_S)
        books = system.books()
        taken = system.taken()  # last: a sink may write down a moment later what it has taken
    finally:
        system.stop()
    report.seconds = time.monotonic() - began
    report.verdicts = [
        judging.judge(book, taken.get(book.channel, {}), report.scenes, window=systems.WINDOW)
        for book in books
    ]
    return report


def _wait_until(system: systems.System, share: float) -> None:
    served.until(lambda: system.left() <= 1 - share or system.over(), f"{share:.0%} of the run", STRIDE_S)


def _words(system: systems.System, scene: judging.Scene) -> str:
    under_way = sum(len(refs) for refs in scene.sending.values())
    return f"{scene.fell(system.channels[0])}, {under_way} messages under way, {system.left():.0%} to go"
