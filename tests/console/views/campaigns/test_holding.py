"""Why a run goes as fast as it does, on its page; and a draft's own pace."""

import msgspec

from console.views.campaigns.draft import model, pace
from console.views.campaigns.run import holding
from console.widgets import text
from server.wire import campaigns, limits
from tests.console.views.campaigns import samples

RUNNING = samples.pace(samples.seen(campaigns.Status.RUNNING).run)


def words(card: holding.Holding) -> str:
    return "\n".join(label.text() for label in card.findChildren(text.Label))


def test_the_sentence_the_shares_and_the_range_are_told() -> None:
    card = holding.Holding()
    card.set_pace(RUNNING)
    said = words(card)
    assert RUNNING.sentence in said
    assert "62.0 %" in said
    assert "The provider asks us to slow down" in said
    assert "done in 41 s to 53 s" in said
    assert "Assumes" in said
    assert card.bar.accessibleDescription().startswith("the limit of Northwind SMS")


def test_an_end_nobody_knows_is_not_guessed() -> None:
    unknown = msgspec.structs.replace(RUNNING, eta_low_s=None, eta_high_s=None)
    assert holding.eta(unknown).endswith("left.")
    open_end = msgspec.structs.replace(RUNNING, eta_high_s=None)
    assert "not done before" in holding.eta(open_end)


def test_without_a_word_from_the_server_there_is_no_card() -> None:
    card = holding.Holding()
    card.set_pace(None)
    assert card.isHidden()


def test_many_causes_are_told_as_the_first_and_the_rest() -> None:
    causes = [
        limits.Cause(kind="domain", subject=f"d{n}", words=f"the limit of d{n}", share=0.125, seconds=1.0)
        for n in range(8)
    ]
    card = holding.Holding()
    card.set_pace(msgspec.structs.replace(RUNNING, causes=causes))
    assert "3 more" in words(card)
    assert "37.5 %" in words(card)


def test_a_drafts_priority_and_limits_are_kept_and_asked_for() -> None:
    work = model.Work(name="Paced")
    card = pace.PaceCard()
    card.start(work)
    card.priority.setCurrentIndex(card.priority.findData(limits.Priority.TEST))
    card.rates._inputs[1].setValue(20)
    card.priority.activated.emit(0)
    asked = model.asked(work)
    assert asked is not None
    assert asked.priority is limits.Priority.TEST
    assert asked.limits == [limits.Rate(count=20, per_s=1)]
    again = model.of_kept(work.kept(), None)
    assert again is not None
    assert (again.priority, again.limits) == (work.priority, work.limits)
