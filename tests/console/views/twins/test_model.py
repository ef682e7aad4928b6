"""Outcomes, verdicts and magic recipients as the page shows them."""

from console.views.twins import faces, model, verdicts
from server.wire import arrivals, twins


def test_a_code_is_an_outcome_by_itself() -> None:
    assert model.look("21211").word == "21211"
    assert model.look("21211").tone == "bad"
    assert model.look("").word == "Unknown"


def test_magic_recipients_are_found_by_word_and_by_deed() -> None:
    rows = [
        twins.Magic(word="dead", channel="sms", address="+1", does="is refused at once: no such recipient"),
        twins.Magic(word="seen", channel="sms", address="+2", does="is delivered, then opened"),
        twins.Magic(word="dead", channel="email", address="d@x", does="is refused at once"),
    ]
    assert [row.address for row in model.magic_of(rows, "sms", "")] == ["+1", "+2"]
    assert [row.address for row in model.magic_of(rows, "sms", "Refused")] == ["+1"]


def test_a_row_that_was_not_compared_yet_says_so() -> None:
    assert verdicts.look(None).word == "Comparing"
    glance = arrivals.Glance(id=1, verdict=arrivals.Verdict.EQUAL)
    assert (verdicts.look(glance).word, verdicts.look(glance).tone) == ("Equal", "ok")


def test_what_is_no_content_has_no_face() -> None:
    assert faces.content_of({"channel": "carrier-pigeon"}) is None
    assert faces.content_of({"channel": "sms", "validity_s": "long"}) is None
    assert faces.content_of(None) is None
