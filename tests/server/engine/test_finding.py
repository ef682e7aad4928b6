"""What a provider's answer settles about a doubt, and when it is asked again."""

import pytest

from server.engine import finding
from server.providers import base
from server.store.ledger import codes, lookups

WAIT_S = 60.0
DOUBT_AT = 1_000.0


def due(**changes: object) -> lookups.Due:
    values: dict[str, object] = {
        "run": 1,
        "seq": 2,
        "attempt": 1,
        "account": 3,
        "sent_at": 999_000_000,
        "contact": 4,
        "channel": codes.CHANNELS["sms"],
        "address_key": "+1",
        "variables": "{}",
        "digest": b"",
        "doubt_at": DOUBT_AT,
        "tries": 0,
        "perhaps": 0,
    }
    return lookups.Due(**(values | changes))  # type: ignore[arg-type]


FOUND = base.Found(provider_ref="SM1", evidence="It is there.")
MISSING = base.NotFound(evidence="It is not there.")
UNSURE = base.Unknown(evidence="There are two.")
SURE = DOUBT_AT + finding.SURE_WAITS * WAIT_S


@pytest.mark.parametrize(
    "one, found, now, state, next_at",
    [
        (due(), FOUND, DOUBT_AT + 61, codes.ACCEPTED, None),
        (due(), MISSING, DOUBT_AT + 61, None, SURE),
        (due(), MISSING, SURE, codes.FAILED, None),
        (due(perhaps=1), MISSING, SURE, None, None),
        (due(perhaps=1), FOUND, SURE, codes.ACCEPTED, None),
        (due(), UNSURE, SURE, None, SURE + WAIT_S),
        (due(tries=2), UNSURE, SURE, None, SURE + 4 * WAIT_S),
        (due(tries=finding.MOST_TRIES - 1), UNSURE, SURE, None, None),
        (due(), base.Unknown(evidence="No way to ask.", worth_asking_again=False), SURE, None, None),
    ],
    ids=[
        "it is there",
        "not there yet: the list may lag behind",
        "not there for long enough",
        "not there, but an earlier try may have arrived",
        "there, whichever try it was",
        "nothing is settled by a choice",
        "each time after twice as long",
        "and not for ever",
        "nor where it is of no use",
    ],
)
def test_an_answer_settles_only_what_it_proves(
    one: lookups.Due,
    found: base.Found | base.NotFound | base.Unknown,
    now: float,
    state: int | None,
    next_at: float | None,
) -> None:
    answer = finding.judged(one, found, now=now, wait_s=WAIT_S)
    assert (answer.state, answer.next_at) == (state, next_at)
    assert answer.said.startswith(found.evidence)
