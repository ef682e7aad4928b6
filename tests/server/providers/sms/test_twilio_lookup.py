"""Asking Twilio for a message whose answer was lost: only what leaves no choice settles anything."""

import dataclasses
import time

import pytest

from server.channels import sms
from server.providers import base, errors
from server.providers.sms import twilio, twilio_lookup
from server.twins import population
from server.twins.base import Word
from server.twins.sms import messages as twin_messages
from server.twins.sms import twilio as twin
from tests.server.providers import cases
from tests.server.providers.sms import test_twilio
from tests.support import yard

TEXT = test_twilio.TEXT
TO = test_twilio.TO
SENT_AT = 1_763_600_000.0
SOUGHT = base.Sought(ref="t1-1-1", to=TO, content=TEXT, sent_at=SENT_AT, until=SENT_AT + 30.0)
PATH = f"/2010-04-01/Accounts/{test_twilio.SID}/Messages.json"


def listed(sid: str = "SM1", *, after_s: float = 1.0, **more: object) -> dict[str, object]:
    """A message as Twilio's list shows it, made so long after the attempt."""
    created = twin_messages.stamp(SENT_AT + after_s)
    row = {
        "sid": sid,
        "to": TO,
        "body": TEXT.body,
        "direction": "outbound-api",
        "date_created": created,
        "date_sent": created,
        "num_media": "0",
        "status": "sent",
        "error_code": None,
    }
    return row | more


def page(*rows: dict[str, object], more: str | None = None) -> cases.Reply:
    return cases.Reply(body={"messages": list(rows), "next_page_uri": more, "page_size": 1000})


async def asked(
    *replies: cases.Reply, sought: base.Sought = SOUGHT
) -> tuple[base.Found | base.NotFound | base.Unknown, list[cases.Request]]:
    async with cases.scripted(*replies) as script:
        provider = test_twilio.make(cases.context(script.endpoint))
        try:
            return await provider.look_up(sought), script.requests
        finally:
            await provider.close()


async def test_the_one_message_of_that_time_and_text_is_found_by_a_list_of_its_recipient_and_day() -> None:
    found, requests = await asked(page(listed("SM7")))
    assert isinstance(found, base.Found)
    assert found.provider_ref == "SM7"
    assert "SM7" in found.evidence
    [request] = requests
    assert (request.method, request.path) == ("GET", PATH)
    assert request.query == {"To": TO, "DateSent>": "2025-11-20", "PageSize": "1000"}


async def test_a_message_that_still_waits_in_twilios_queue_is_found_by_the_list_without_a_day() -> None:
    found, requests = await asked(page(), page(listed("SM7", date_sent=None, status="queued")))
    assert isinstance(found, base.Found)
    assert requests[1].query == {"To": TO, "PageSize": "1000"}


async def test_two_complete_lists_without_it_say_that_it_was_not_sent() -> None:
    found, requests = await asked(page(), page())
    assert isinstance(found, base.NotFound)
    assert len(requests) == 2


@pytest.mark.parametrize(
    "row",
    [
        listed(after_s=-120.0),
        listed(after_s=600.0),
        listed(direction="inbound"),
        listed(to="+447400999999"),
    ],
    ids=["earlier", "later", "a reply", "to somebody else"],
)
async def test_a_message_that_cannot_be_it_is_no_candidate(row: dict[str, object]) -> None:
    found, _ = await asked(page(row), page(row))
    assert isinstance(found, base.NotFound)


async def test_a_message_that_another_of_ours_is_known_by_is_no_candidate() -> None:
    known = dataclasses.replace(SOUGHT, known=frozenset({"SM1"}))
    found, _ = await asked(page(listed("SM1"), listed("SM2")), sought=known)
    assert isinstance(found, base.Found)
    assert found.provider_ref == "SM2"


@pytest.mark.parametrize(
    "rows",
    [
        (listed("SM1"), listed("SM2", after_s=5.0)),
        (listed(body="Something else"),),
        (listed(num_media="1"),),
    ],
    ids=["two of the same text", "another text", "the text with a picture"],
)
async def test_what_leaves_a_choice_settles_nothing(rows: tuple[dict[str, object], ...]) -> None:
    found, _ = await asked(page(*rows), page(*rows))
    assert isinstance(found, base.Unknown)


async def test_the_words_before_a_trial_accounts_text_are_twilios() -> None:
    found, _ = await asked(page(listed(body=twilio_lookup.TRIAL + TEXT.body)))
    assert isinstance(found, base.Found)


async def test_a_list_that_goes_on_is_followed_and_one_too_long_is_never_called_complete() -> None:
    onward = f"{PATH}?To=x&Page=1"
    found, requests = await asked(page(more=onward), page(listed("SM9")))
    assert isinstance(found, base.Found)
    assert requests[1].target == onward
    endless = [page(more=onward)] * (2 * twilio_lookup.PAGES)
    found, _ = await asked(*endless)
    assert isinstance(found, base.Unknown)
    assert "too long" in found.evidence


@pytest.mark.parametrize("onward", ["https://elsewhere.test/x", "@elsewhere.test/x", "/other"])
async def test_credentials_follow_a_list_to_no_other_place(onward: str) -> None:
    with pytest.raises(errors.Transient):
        await asked(page(more=onward))


@pytest.mark.parametrize(
    "reply",
    [cases.Reply(status=503, body="later"), cases.Reply(status=401, body={"code": 20003, "message": ""})],
)
async def test_no_answer_is_an_error_and_no_verdict(reply: cases.Reply) -> None:
    with pytest.raises(errors.SendError):
        await asked(reply)


async def test_a_list_that_is_no_list_is_an_error() -> None:
    with pytest.raises(errors.Transient):
        await asked(cases.Reply(body="<html>"))


async def test_a_message_that_cannot_be_made_again_is_not_asked_about() -> None:
    unmade = dataclasses.replace(SOUGHT, content=None)
    found, requests = await asked(sought=unmade)
    assert found == base.Unknown(
        evidence="What was sent cannot be made again exactly, so it cannot be recognised.",
        worth_asking_again=False,
    )
    assert requests == []


async def test_the_twin_tells_the_truth_about_an_answer_that_was_cut_and_about_what_never_came() -> None:
    to = population.recipient("sms", Word.CUT)
    async with yard.opened(twin.Twilio) as around:
        provider = test_twilio.against(around)
        began = time.time()
        lost = await cases.outcome(provider, cases.outbound(TEXT, to))
        assert isinstance(lost, errors.Doubt)
        sought = base.Sought(ref="t1-1-1", to=to, content=TEXT, sent_at=began, until=time.time())
        found = await provider.look_up(sought)
        assert isinstance(found, base.Found)
        assert found.provider_ref == around.inbox.last.provider_ref
        never = dataclasses.replace(sought, to=population.recipient("sms", Word.DELIVERED))
        assert isinstance(await provider.look_up(never), base.NotFound)
        other = dataclasses.replace(sought, content=sms.SmsContent(body="Another"))
        assert isinstance(await provider.look_up(other), base.Unknown)
        await provider.close()


def test_the_adapter_says_how_its_doubts_are_settled() -> None:
    assert "list" in twilio.Twilio.doubt_rule
