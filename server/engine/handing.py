"""Hand granted messages to their providers, and note what came of each."""

import asyncio
import inspect
import logging

import msgspec

from server.engine import lease, readying, refusing, resting
from server.engine import world as worlds
from server.pipeline.delivery import lanes, retrying
from server.providers import errors
from server.store.ledger import book, ticks

log = logging.getLogger(__name__)

#: What is said of messages whose sender stood still (a suspended machine, a stopped process) past its lease.
LAPSED = "the sender was stopped for longer than its lease; nothing left"
CUT = "the sender was stopped for longer than its lease while it sent"


class Unsent(Exception):
    """Something came between an intent and its first byte, so nothing left."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Hands:
    """What one sender has under way at its providers. A send appends its outcome and ends."""

    def __init__(
        self, world: worlds.World, readier: readying.Readier, term: lease.Lease, rest: resting.Rest
    ) -> None:
        self.outcomes: list[tuple[readying.Held, lanes.Lane, ticks.Outcome]] = []
        self.flying = 0  #: sends that have not ended; their tasks are forgotten a turn of the loop later
        self._tasks: dict[asyncio.Task[None], None] = {}  # in the order they began, so that a seed replays
        self._world = world
        self._clock = world.clock
        self._readier = readier
        self._lease = term
        self._rest = rest

    @property
    def busy(self) -> bool:
        """Whether a send has not ended, or its outcome was not gathered."""
        return bool(self._tasks or self.outcomes)

    @property
    def left(self) -> int:
        """How many sends have not ended."""
        return sum(not task.done() for task in self._tasks)

    def hand(self, ready: readying.Ready) -> None:
        """Send one message whose intent is on disk."""
        self.flying += 1
        task = asyncio.get_running_loop().create_task(self._send(ready))
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    def gather(self) -> list[ticks.Outcome]:
        """Take the outcomes that have come. Their room may be filled at once: both are written in one transaction."""
        for held, lane, _ in self.outcomes:
            held.under_way -= 1
            lane.give_back()
        taken = [outcome for _, _, outcome in self.outcomes]
        self.outcomes.clear()
        return taken

    def cut_off(self) -> None:
        """Cut off what is being sent; what has not begun looks at the lease itself."""
        for task in self._tasks:
            if inspect.getcoroutinestate(task.get_coro()) == inspect.CORO_SUSPENDED:  # type: ignore[arg-type]
                task.cancel(CUT)

    def stop(self) -> None:
        """Forget what is under way."""
        for task in self._tasks:
            task.cancel()

    async def _send(self, ready: readying.Ready) -> None:
        """Hand one message to its provider and note what came of it."""
        started = self._clock.monotonic()
        try:
            if (why := self._held_back(ready)) is not None:
                raise why
            accepted = await ready.lane.provider.send(ready.outbound)
        except Unsent as why:
            outcome = self._unsent(ready, why, started)
        except errors.Lapsed:
            outcome = self._unsent(ready, self._held_back(ready) or Unsent("lapsed", LAPSED), started)
        except asyncio.CancelledError as stop:
            if stop.args != (CUT,):
                raise
            outcome = self._refused(ready, errors.Doubt("lapsed", CUT), started)
        except errors.SendError as error:
            outcome = self._refused(ready, error, started)
        except Exception:
            log.exception("the adapter of account %s failed on its own", ready.lane.name)
            outcome = self._refused(
                ready, errors.Doubt("adapter", "our adapter failed while it sent"), started
            )
        else:
            now = self._clock.monotonic()
            ready.lane.went_well(ready.ticket, now)
            ready.lane.record.note(now, now - started, worked=True)
            detail: book.Detail = {"status": accepted.status}
            if accepted.detail:
                detail["text"] = accepted.detail
            outcome = self._outcome(ready, started, ticks.End.ACCEPTED, detail, accepted.provider_ref)
        self.flying -= 1
        self.outcomes.append((ready.held, ready.lane, outcome))
        self._rest.came(len(self.outcomes), self.flying)

    def _held_back(self, ready: readying.Ready) -> Unsent | None:
        """Why it must not leave: the lane stopped since the intent, or the batch may be another sender's by now."""
        if text := ready.lane.holds_back(ready.ticket, self._clock.monotonic()):
            return Unsent("held_back", text)
        return None if self._lease.holds() else Unsent("lapsed", LAPSED)

    def _unsent(self, ready: readying.Ready, why: Unsent, started: float) -> ticks.Outcome:
        ready.lane.not_called(ready.ticket)
        outcome = self._outcome(ready, started, ticks.End.AGAIN, {"text": why.text})
        return msgspec.structs.replace(outcome, reason=why.reason, due_at=outcome.at)

    def _refused(self, ready: readying.Ready, error: errors.SendError, started: float) -> ticks.Outcome:
        now = self._clock.time()
        attempt = refusing.Attempt(
            lane=ready.lane,
            ticket=ready.ticket,
            number=ready.intent.attempt,
            first_at=max(
                self._readier.started_at(ready.held.batch), ready.row.since or 0.0, ready.row.first_at or now
            ),
            repeatable=ready.intent.repeats,
            now=now,
            lane_now=self._clock.monotonic(),
            urgency=retrying.Urgency(ready.held.batch.priority),
        )
        verdict, detail = refusing.read(error, attempt, self._world.rng)
        took_s = attempt.lane_now - started
        ready.lane.record.note(attempt.lane_now, took_s, worked=verdict.trouble is None)
        outcome = self._outcome(ready, started, verdict.end, detail)
        return msgspec.structs.replace(
            outcome,
            reason=verdict.reason,
            due_at=verdict.due_at,
            dead_address=ready.intent.address_key if error.remove_address else "",
            dead_since=error.dead_since,
            opted_out=ready.intent.address_key if error.opted_out else "",
        )

    def _outcome(
        self,
        ready: readying.Ready,
        started: float,
        end: ticks.End,
        detail: book.Detail,
        provider_ref: str = "",
    ) -> ticks.Outcome:
        return ticks.Outcome(
            spot=ready.intent.spot,
            channel=ready.held.batch.channel,
            account=ready.lane.account,
            attempt=ready.intent.attempt,
            end=end,
            provider_ref=provider_ref,
            took_ms=(self._clock.monotonic() - started) * 1000,
            at=self._clock.time(),
            detail=detail,
            contact=ready.row.contact,
        )
