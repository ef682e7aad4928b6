"""An act goes to the server under one key, however often it has to be sent."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from console.services import errors, outbox
from server.wire import problems

SURE = outbox.Broken(errors.Problem("The server does not answer.", offline=True), unsure=False)
UNSURE = outbox.Broken(errors.Problem("The connection broke.", offline=True), unsure=True)
OK = outbox.Answer(200, b"{}")
KEPT = outbox.Answer(200, b"{}", replayed=True)
UNDER_WAY = outbox.Answer(
    409,
    msgspec.json.encode(problems.Problem(code=problems.Code.UNDER_WAY, title="Still at it.", status=409)),
)


class Far:
    """Answers one after the other, and the keys they were asked under."""

    def __init__(self, *answers: outbox.Answer | Exception) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    async def attempt(self, key: str) -> outbox.Answer:
        self.keys.append(key)
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    """Time that passes by pauses alone."""

    def __init__(self) -> None:
        self.now = 0.0

    async def pause(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def made() -> outbox.Outbox:
    """An outbox whose pauses take no time."""
    clock = Clock()
    return outbox.Outbox(pause=clock.pause, clock=clock)


def states(box: outbox.Outbox) -> Sequence[outbox.State]:
    """Of everything that is not done."""
    return [act.state for act in box.waiting()]


async def test_an_act_that_is_answered_leaves_no_trace() -> None:
    box, far = made(), Far(OK)
    assert await box.carry_out("Launch", b"POST /launch", far.attempt) == OK
    assert (box.waiting(), box.settled(), len(far.keys)) == ([], [], 1)


async def test_an_act_whose_answer_was_lost_is_asked_again_under_the_same_key() -> None:
    box, far = made(), Far(UNSURE, SURE, UNDER_WAY, KEPT)
    assert await box.carry_out("Launch", b"POST /launch", far.attempt) == KEPT
    assert len(far.keys) == 4
    assert len(set(far.keys)) == 1
    assert [(act.label, act.state) for act in box.settled()] == [("Launch", outbox.State.DONE)]


async def test_two_acts_have_two_keys() -> None:
    box, far = made(), Far(OK, OK)
    for _ in range(2):
        await box.carry_out("Launch", b"POST /launch", far.attempt)
    assert far.keys[0] != far.keys[1]


async def test_what_never_left_is_told_at_once_and_not_kept() -> None:
    box, far = made(), Far(SURE)
    with pytest.raises(errors.Problem, match="does not answer"):
        await box.carry_out("Launch", b"POST /launch", far.attempt)
    assert (box.waiting(), len(far.keys)) == ([], 1)


async def test_what_nobody_answered_in_time_stays_in_doubt_and_its_next_click_takes_the_same_key() -> None:
    box, far = made(), Far(*[UNSURE] * 40, KEPT)
    with pytest.raises(outbox.Broken):
        await box.carry_out("Launch", b"POST /launch", far.attempt)
    assert states(box) == [outbox.State.UNSURE]
    far.answers = [KEPT]
    assert await box.carry_out("Launch", b"POST /launch", far.attempt) == KEPT
    assert len(set(far.keys)) == 1
    assert box.waiting() == []


async def test_a_person_may_ask_again_or_drop_it() -> None:
    box, far = made(), Far(*[UNSURE] * 40)
    for request in (b"one", b"two"):
        with pytest.raises(outbox.Broken):
            await box.carry_out("Launch", request, far.attempt)
    first, second = box.waiting()
    far.answers = [KEPT]
    assert (await box.ask_again(first)).replayed
    box.drop(second)
    assert box.waiting() == []


async def test_an_act_goes_on_when_its_page_is_left() -> None:
    box, far = made(), Far(OK)
    asked = asyncio.ensure_future(box.carry_out("Launch", b"POST /launch", far.attempt))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert (far.answers, box.waiting()) == ([], [])


async def test_a_refusal_is_an_answer() -> None:
    refusal = outbox.Answer(409, b'{"code": "conflict", "title": "No."}')
    box, far = made(), Far(refusal)
    assert await box.carry_out("Launch", b"POST /launch", far.attempt) == refusal
    assert box.waiting() == []
