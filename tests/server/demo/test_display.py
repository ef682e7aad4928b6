"""What the demo shows while it works, on a terminal and elsewhere."""

from datetime import UTC, datetime

import pytest

from server.demo import display
from server.wire import campaigns, ledger


def equation(accepted: int) -> ledger.Equation:
    return ledger.Equation(
        audience=1_000,
        waiting=900 - accepted,
        sending=0,
        accepted=accepted,
        failed=40,
        skipped=60,
        doubt=0,
        cancelled=0,
    )


def run(accepted: int) -> campaigns.Run:
    return campaigns.Run(
        id=1,
        campaign=1,
        campaign_name="Spring drop",
        status=campaigns.Status.RUNNING,
        started_at=datetime.now(UTC),
        finished_at=None,
        people=1_000,
        equation=equation(accepted),
        by_channel={"sms": equation(accepted)},
        tallies=[],
        rate_per_s=0.0,
        window=64,
    )


def test_elsewhere_than_on_a_terminal_a_sentence_is_said_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with display.Display() as shown:
        for accepted in range(100):
            shown.sending(run(accepted))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "Sending: 100 of 1,000 messages decided, 0 accepted, 0/s\n"


def test_a_long_sentence_is_not_broken_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    with display.Display() as shown:
        shown.say("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("columns, whole", [("140", True), ("80", False)])
def test_a_terminal_shows_the_equation_as_wide_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, whole: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", columns)
    with display.Display() as shown:
        shown.sending(run(123), to_come=7)
    err = capsys.readouterr().err
    assert "SMS" in err
    assert "123" in err
    assert "7 on their way" in err
    assert ("waiting" in err) is whole
    assert "…" not in err


def test_for_machines_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with display.Display(quiet=True) as shown:
        shown.say("Starting")
        shown.sending(run(1))
    assert capsys.readouterr() == ("", "")
