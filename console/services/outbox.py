"""Acts on their way to the server: each under one key that is kept over every try, so that none is done twice."""

import asyncio
import enum
import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from PySide6 import QtCore

from console.services import errors
from server.wire import problems

PATIENCE_S = 20.0  #: how long an act whose answer was lost is asked for again by itself
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0
KEPT = 8  #: acts that had to be sent more than once and are told of afterwards
KEY_LIFE_S = 23 * 3600.0  #: the server keeps a key for 24 hours; an older one would be a new act


class State(enum.Enum):
    """Where an act is."""

    SENDING = "On its way"
    AGAIN = "Sent again under the same key"
    UNSURE = "No answer: it may have been done"
    DONE = "Done once, though it was sent more than once"


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes
    replayed: bool = False  #: it had been done already, and this is what was answered then


Attempt = Callable[[str], Awaitable[Answer]]


class Broken(errors.Problem):
    """No answer came. `unsure` says whether the server may have had the act."""

    def __init__(self, problem: errors.Problem, *, unsure: bool) -> None:
        super().__init__(problem.sentence, problem.remedy, code=problem.code, offline=problem.offline)
        self.unsure = unsure


@dataclass(slots=True, kw_only=True, eq=False)
class Act:
    """One act of a person."""

    label: str  #: what it does, as its endpoint says
    digest: bytes  #: equal for equal requests
    attempt: Attempt
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    began: float = 0.0  #: by the clock of Outbox
    tries: int = 0
    state: State = State.SENDING
    task: "asyncio.Future[Answer] | None" = None


class Outbox(QtCore.QObject):
    """Everything that is not known to be done. Reads never come here."""

    changed = QtCore.Signal()

    def __init__(
        self,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._pause, self._clock = pause, clock
        self._acts: list[Act] = []
        self._settled: list[Act] = []

    def waiting(self) -> list[Act]:
        """What is not at the server yet, or may be, the oldest first."""
        return list(self._acts)

    def settled(self) -> list[Act]:
        """The last acts that had to be sent more than once, the newest first."""
        return self._settled[::-1]

    async def carry_out(self, label: str, request: bytes, attempt: Attempt) -> Answer:
        """Send an act until it is answered, or nobody knows. The same request as one in doubt takes that one's key.

        Raises errors.Problem: what is not reachable at all is not tried again, because nothing was sent.
        """
        act = self._taken_up(label, request, attempt)
        return await self._try(act)

    async def ask_again(self, act: Act) -> Answer:
        """Send an act in doubt once more: it is carried out now, or its first answer is told. Raises errors.Problem."""
        return await self._try(act)

    def drop(self, act: Act) -> None:
        """A person has looked, and knows what became of it."""
        self._gone(act)

    def _taken_up(self, label: str, request: bytes, attempt: Attempt) -> Act:
        digest = hashlib.sha256(request).digest()
        now = self._clock()
        for act in self._acts:
            if act.digest == digest and act.state is State.UNSURE and now - act.began < KEY_LIFE_S:
                act.attempt = attempt
                return act
        act = Act(label=label, digest=digest, attempt=attempt, began=now)
        self._acts.append(act)
        return act

    async def close(self) -> None:
        """The console ends: what is on its way is left to the server."""
        tasks = [act.task for act in self._acts if act.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._acts.clear()

    async def _try(self, act: Act) -> Answer:
        """Whoever asked may lose interest, as when a page is left: the act goes on, because a person wanted it."""
        act.state = State.SENDING if act.tries == 0 else State.AGAIN
        self.changed.emit()
        if act.task is None or act.task.done():
            act.task = asyncio.ensure_future(self._persist(act))
            act.task.add_done_callback(lambda task: self._ended(act, task))
        return await asyncio.shield(act.task)

    def _ended(self, act: Act, task: "asyncio.Future[Answer]") -> None:
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Broken) and problem.unsure:
            act.state = State.UNSURE
            self.changed.emit()
            return
        if problem is None and not task.cancelled() and act.tries > 1:
            act.state = State.DONE
            self._settled = [*self._settled, act][-KEPT:]
        self._gone(act)

    async def _persist(self, act: Act) -> Answer:
        """Try until there is an answer or patience ends. Raises Broken."""
        deadline, pause, unsure = self._clock() + PATIENCE_S, FIRST_PAUSE_S, act.tries > 0
        while True:
            act.tries += 1
            try:
                answer = await act.attempt(act.key)
            except Broken as problem:
                unsure = unsure or problem.unsure
                if not unsure or self._clock() + pause > deadline:
                    raise Broken(problem, unsure=unsure) from problem
            else:
                if not _under_way(answer) or self._clock() + pause > deadline:
                    return answer
            act.state = State.AGAIN
            self.changed.emit()
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _gone(self, act: Act) -> None:
        if act in self._acts:
            self._acts.remove(act)
        self.changed.emit()


def _under_way(answer: Answer) -> bool:
    """Whether the server is still at the first try."""
    return answer.status == 409 and problems.read(answer.status, answer.body).code is problems.Code.UNDER_WAY
