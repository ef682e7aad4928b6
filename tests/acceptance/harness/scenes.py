"""A run that is under way, to do something to it; and its verdict afterwards."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.harness import judging, systems
from tests.support import served

PEOPLE = 600
HOLD_S = 0.05  #: the sink answers so late: 16 connections send at most 320 mails a second, on the fastest machine too

SETTLE_S = 0.5  #: ten answers of the sink would have come meanwhile


@contextlib.contextmanager
def sending(
    folder: Path, *arguments: str, people: int = PEOPLE, **variables: str
) -> Iterator[tuple[systems.Heliograph, systems.MailSink]]:
    """A server in the middle of a run to a plain sink."""
    with systems.mail_sink(folder, hold_s=HOLD_S) as sink:
        heliograph = systems.Heliograph(
            data=folder / "data",
            people=people,
            channels=("email",),
            mail_sink=sink,
            arguments=arguments,
            variables=variables,
        )
        heliograph.start()
        try:
            heliograph.begin()
            served.until(lambda: sum(sink.counted().values()) > people // 10, "the run to be under way")
            yield heliograph, sink
        finally:
            heliograph.stop()


def judged(heliograph: systems.Heliograph) -> judging.Verdict:
    """The verdict once the run is done; nothing may be untrue or doubled, whatever happened meanwhile."""
    served.until(heliograph.over, "the run to be done", 90)
    [book] = heliograph.books()
    verdict = judging.judge(book, heliograph.taken()["email"], [], window=systems.WINDOW)
    print(verdict.sentence())
    assert verdict.faults == []
    assert verdict.doubled == []
    return verdict


def pause(seconds: float) -> None:
    """Let some time pass in which nothing may happen."""
    time.sleep(seconds)


def settled(sink: systems.MailSink) -> int:
    """How many mails arrived, once no more come."""
    known = -1
    while known != (now := sum(sink.counted().values())):
        known = now
        pause(SETTLE_S)
    return known
