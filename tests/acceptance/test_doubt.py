"""Doubts settled every way there is, by the real server against the twins: look-up, repeating, receipt, a person."""

from pathlib import Path

import pytest

from server.channels import contents
from server.store.ledger import codes
from server.twins import base, population
from server.wire import campaigns, exceptions, ledger, messages, twins
from tests.support import crashing, doubting, served

Kind = exceptions.Kind
Word = base.Word

TEXT = campaigns.Contents(sms=contents.Sms(body="Hello {{ name }}."))


def test_an_answer_that_was_cut_is_looked_up_by_itself_and_settled_with_its_evidence(tmp_path: Path) -> None:
    number = population.recipient("sms", Word.CUT)
    sheet = doubting.write(tmp_path / "people.csv", {"sms": number})
    with (
        doubting.sandbox(tmp_path, "--set", doubting.QUICK, pace=doubting.NEVER) as server,
        server.client() as asked,
    ):
        doubting.wired(asked, "sms")
        run = crashing.launch(asked, sheet, TEXT)
        story = doubting.settled(asked, run, "accepted")
        [arrival] = [row for row in doubting.arrivals(asked, number) if row.provider_ref]
        assert story.message.provider_ref == arrival.provider_ref
        assert doubting.kinds(story)[-3:] == [
            ledger.EventKind.DOUBT,
            ledger.EventKind.LOOKED_UP,
            ledger.EventKind.SETTLED,
        ]
        told = doubting.last(story, ledger.EventKind.SETTLED)
        assert told["by"] == "look-up"
        assert arrival.provider_ref in told["said"]
        doubting.audited(asked)


def test_what_never_reached_twilio_is_called_not_sent_and_can_be_sent_once_more(tmp_path: Path) -> None:
    number = population.recipient("sms", Word.DELIVERED)
    sheet = doubting.write(tmp_path / "people.csv", {"sms": number})
    text = campaigns.Contents(sms=contents.Sms(body=doubting.PLAIN))
    with (
        doubting.sandbox(tmp_path, "--set", doubting.QUICK, "--senders", "0") as server,
        server.client() as asked,
    ):
        doubting.wired(asked, "sms")
        run = crashing.launch(asked, sheet, text)
        assert doubting.interrupt(server.data, run, doubting.account_of(asked, "sms")) == 1
        story = doubting.settled(asked, run, "failed")
        assert story.message.reason == codes.NOT_SENT
        assert "complete list" in doubting.last(story, ledger.EventKind.SETTLED)["said"]
        [group] = asked.call(exceptions.DEAD).groups
        assert (group.reason, group.count) == (codes.NOT_SENT, 1)
        begun = asked.call(exceptions.ACT, exceptions.ActAsk(kind=Kind.REDRIVE, by="ann"))
        assert begun.expected == 1
    with doubting.sandbox(tmp_path, "--set", doubting.QUICK) as server, server.client() as asked:
        story = doubting.settled(asked, run, "delivered")
        assert doubting.last(story, ledger.EventKind.REDRIVEN)["by"] == "ann"
        assert len(doubting.arrivals(asked, number)) == 1
        served.until(
            lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run to end"
        )
        doubting.audited(asked)


def test_a_receipt_with_our_reference_settles_a_doubt_before_anybody_asks(tmp_path: Path) -> None:
    sheet = doubting.write(tmp_path / "people.csv", {"sms": population.recipient("sms", Word.CUT)})
    with doubting.sandbox(tmp_path) as server, server.client() as asked:  # the look-up waits for a minute
        doubting.wired(asked, "sms")
        run = crashing.launch(asked, sheet, TEXT)
        story = doubting.settled(asked, run, "delivered")
        assert ledger.EventKind.DOUBT in doubting.kinds(story)
        assert ledger.EventKind.LOOKED_UP not in doubting.kinds(story)
        doubting.audited(asked)


@pytest.mark.parametrize("channel", ["rcs", "apns"])
def test_what_can_be_repeated_harmlessly_settles_itself_under_the_same_key(
    tmp_path: Path, channel: str
) -> None:
    address = population.recipient(channel, Word.CUT)
    sheet = doubting.write(tmp_path / "people.csv", {channel: address})
    chosen = campaigns.Contents(
        rcs=contents.Rcs(text="Hello {{ name }}.") if channel == "rcs" else None,
        apns=contents.Apns(title="Hi", body="Hello.", collapse_id="spring-1") if channel == "apns" else None,
    )
    with doubting.sandbox(tmp_path, pace=doubting.NEVER) as server, server.client() as asked:
        doubting.wired(asked, channel)
        run = crashing.launch(asked, sheet, chosen)
        served.until(lambda: len(doubting.arrivals(asked, address)) >= 2, "a second attempt")
        [message] = asked.call(messages.LIST, messages.MessageQuery(run=run)).rows
        story = asked.call(messages.STORY, ref=message.ref)
        assert ledger.EventKind.REPEATED in doubting.kinds(story)
        assert ledger.EventKind.DOUBT not in doubting.kinds(story)
        arrived = [asked.call(twins.ARRIVED, id=row.id) for row in doubting.arrivals(asked, address)]
        assert {row.arrival.ref for row in arrived} == {message.ref}
        if channel == "rcs":
            served.until(lambda: doubting.one(asked, run).message.state in ledger.ACCEPTED, "its acceptance")
            assert sum(1 for row in arrived if row.arrival.outcome != "duplicate") == 1
        else:
            assert {row.wire["apns-collapse-id"] for row in arrived} == {"spring-1"}
            assert len({row.wire["apns-id"] for row in arrived}) == 1
        doubting.audited(asked)
