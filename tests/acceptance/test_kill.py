"""Kill -9 at random moments: nothing is lost or doubled, what nobody knows is in doubt; a naive sender is found out."""

from pathlib import Path

import pytest

from tests.acceptance.harness import striking, systems
from tests.support import crashing

#: Real processes are started again and again, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

SEED = 20_261_120
PEOPLE = 2_000
KILLS = 6
LANES = 2  #: of a channel at most: mails leave by SMTP and SES
WINDOW = systems.WINDOW
MAILS = 900
MAIL_KILLS = 5
#: Between what the sink has counted and what the sender hears; a kill falls in it on any machine.
HOLD_S = 0.03


def test_kills_at_random_moments_lose_nothing_and_double_nothing_on_three_channels(tmp_path: Path) -> None:
    data = tmp_path / "data"
    channels = ("apns", "email", "sms")
    with crashing.twins(data):
        report = striking.strike(
            systems.Heliograph(data=data, people=PEOPLE, channels=channels), kills=KILLS, seed=SEED
        )
    print(report.sentences())
    assert [verdict.channel for verdict in report.verdicts] == list(channels)
    for verdict in report.verdicts:
        assert verdict.faults == []
        assert verdict.kills == KILLS
        assert verdict.audience == PEOPLE
        assert verdict.doubled == []
        # A sender whose supervisor was killed ends by itself, and may have to leave answers behind as well.
        assert verdict.doubts <= verdict.unanswered + verdict.fell["sender unharmed"] * LANES * WINDOW
    assert sum(bool(scene.sending) for scene in report.scenes) >= KILLS // 3, (
        "a kill of nothing proves nothing"
    )


def test_mails_to_a_plain_sink_are_neither_lost_nor_doubled_by_kills(tmp_path: Path) -> None:
    with systems.mail_sink(tmp_path, hold_s=HOLD_S) as sink:
        heliograph = systems.Heliograph(
            data=tmp_path / "data",
            people=MAILS,
            channels=("email",),
            mail_sink=sink,
            targets=("all", "all", "sender"),
        )
        report = striking.strike(heliograph, kills=MAIL_KILLS, seed=SEED)
    print(report.sentences())
    [verdict] = report.verdicts
    assert verdict.faults == []
    assert verdict.doubled == []
    assert verdict.unwritten > 0, "no kill fell between the bytes and the outcome"
    assert verdict.doubts >= verdict.unwritten


def test_the_same_kills_find_a_naive_sender_out(tmp_path: Path) -> None:
    with systems.mail_sink(tmp_path, hold_s=HOLD_S) as sink:
        naive = systems.Naive(database=tmp_path / "naive.db", people=MAILS, mail_sink=sink)
        report = striking.strike(naive, kills=MAIL_KILLS, seed=SEED)
    print(report.sentences())
    [verdict] = report.verdicts
    assert not verdict.good
    assert 0 < len(verdict.doubled) == len(verdict.doubled_unlisted) <= verdict.unwritten
    assert verdict.lost == []
