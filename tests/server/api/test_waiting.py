"""The line before a commit: bounded, in order, and honest about how long it is."""

import time

from server.api import waiting


def line(most: int = 10_000, patience_s: float = 0.3) -> waiting.Line[int]:
    return waiting.Line[int](most=most, patience_s=patience_s)


def test_calls_are_taken_in_their_order_and_only_whole() -> None:
    queue = line()
    for number, weight in enumerate((200, 200, 200, 900, 1)):
        assert queue.join(number, weight) == (number != 4)  # behind 900 it would wait too long
        if number == 3:
            queue.per_s = 1.0
    assert queue.take(500) == [0, 1]
    assert queue.take(500) == [2]
    assert queue.take(500) == [3]  # larger than a commit by itself, and not cut
    assert queue.take(500) == []
    assert len(queue) == 0


def test_a_line_longer_than_its_patience_lets_nobody_in() -> None:
    queue = line()
    queue.per_s = 10_000.0
    assert queue.join(1, 3_001)
    assert not queue.join(2, 1)
    queue.take(1)
    assert queue.join(3, 1)


def test_so_many_calls_and_no_more_may_wait() -> None:
    queue = line(most=3)
    assert [queue.join(number, 1) for number in range(5)] == [True, True, True, False, False]


def test_a_commit_that_stands_still_lets_nobody_in_until_it_is_done() -> None:
    queue = line(patience_s=0.02)
    assert queue.join(1, 1)
    queue.take(10)
    assert queue.join(2, 1)  # it has only begun
    time.sleep(0.03)
    assert not queue.join(3, 1)
    queue.done(1, 0.03)
    assert queue.join(4, 1)


def test_the_rate_follows_what_commits_manage_and_small_ones_say_nothing() -> None:
    queue = line()
    queue.done(1, 1.0)
    assert queue.per_s == waiting.FIRST_PER_S
    for _ in range(40):
        queue.done(500, 0.05)
    assert 9_900 < queue.per_s < 10_001


async def test_whoever_waits_for_calls_is_woken_by_the_first_and_sleeps_once_they_are_taken() -> None:
    queue = line()
    queue.join(1, 1)
    await queue.some()
    queue.take(10)
    assert not queue._there.is_set()
