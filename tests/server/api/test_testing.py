"""Test sends on the live path: handed over, told as they stand, kept, found, and counted by no figure."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from server import client
from server.channels import contents
from server.security import links
from server.store.ledger import codes
from server.wire import arrivals, audiences, campaigns, ledger, messages, problems, testing, twins
from server.wire import server as wire_server
from tests.support import served as running

ROWS = "key,name,email,phone,city\nada,Ada Lovelace,ada@example.test,+13032000001,London\n"
ROWS += "bob,Bob Bemer,bob@example.test,+13032000002,Berlin\n"
CHOSEN = campaigns.Contents(
    sms=contents.Sms(body="Hello {{ name }} of {{ city }}, {{ phone }}"),
    email=contents.Email(
        subject="Hello {{ name }}",
        html="<p>For {{ email }}</p>",
        text="For {{ email }}",
        from_name="Us",
    ),
)
QA = "+14155550199"
OVER = {ledger.State.DELIVERED, ledger.State.ACCEPTED, ledger.State.FAILED, ledger.State.SKIPPED}


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    with served.client() as asked:
        yield asked


@pytest.fixture(scope="module")
def campaign(server: client.Client) -> int:
    ask = audiences.ImportAsk(file="people.csv", audience="Two people")
    begun = server.upload(audiences.IMPORT, ask, [ROWS.encode()])
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    save = campaigns.SaveCampaign(name="To be tested", audience=begun.audience, contents=CHOSEN)
    return server.call(campaigns.CREATE, save).id


def over(server: client.Client, run: int) -> list[testing.Test]:
    """The tests of a run, once none of them waits."""

    def ended() -> list[testing.Test] | None:
        rows = server.call(testing.LIST, testing.TestQuery(run=run)).rows
        return rows if all(row.state in OVER for row in rows) else None

    return running.until(ended, "the test's end")  # type: ignore[no-any-return]


def test_a_test_goes_to_the_typed_address_with_a_persons_data(server: client.Client, campaign: int) -> None:
    ask = testing.SendTest(channel="sms", to=[QA, "+1 415 555 0199"], person="bob")
    sent = server.call(testing.SEND, ask, campaign=campaign)
    assert [(row.address, row.person, row.campaign) for row in sent.rows] == [(QA, "Bob Bemer", campaign)]
    (row,) = over(server, sent.rows[0].run)
    assert row.state in (ledger.State.ACCEPTED, ledger.State.DELIVERED), row
    story = server.call(messages.STORY, ref=row.ref)
    assert story.message.address == QA
    assert story.message.test
    assert story.content is not None
    assert story.content["body"] == "Hello Bob Bemer of Berlin, +13032000002"
    assert story.content_matches


def test_several_addresses_are_each_a_message_of_their_own(server: client.Client, campaign: int) -> None:
    to = ["qa1@example.test", "qa2@example.test"]
    sent = server.call(testing.SEND, testing.SendTest(channel="email", to=to), campaign=campaign)
    rows = over(server, sent.rows[0].run)
    assert [row.address for row in rows] == to
    assert {row.person for row in rows} == {"Ada Lovelace"}  # the first of the audience
    assert {row.state for row in rows} <= {ledger.State.ACCEPTED, ledger.State.DELIVERED}


def test_contents_that_are_being_written_can_be_tested_unsaved(server: client.Client, campaign: int) -> None:
    written = campaigns.Contents(sms=contents.Sms(body="Draft for {{ name }}"))
    ask = testing.SendTest(channel="sms", to=[QA], contents=written)
    (row,) = over(server, server.call(testing.SEND, ask, campaign=campaign).rows[0].run)
    story = server.call(messages.STORY, ref=row.ref)
    assert story.content is not None
    assert story.content["body"] == "Draft for Ada Lovelace"
    assert server.call(campaigns.SHOW, campaign=campaign).contents == CHOSEN


def test_no_figure_counts_a_test_but_the_audit_does(
    server: client.Client, served: running.Served, campaign: int
) -> None:
    before = server.call(wire_server.OVERVIEW)
    audited = server.call(ledger.AUDIT, ledger.AuditAsk())
    sent = server.call(testing.SEND, testing.SendTest(channel="sms", to=[QA]), campaign=campaign)
    over(server, sent.rows[0].run)
    after = server.call(wire_server.OVERVIEW)
    assert after.today == before.today
    assert after.recent == before.recent
    assert after.live == []
    shown = server.call(campaigns.SHOW, campaign=campaign)
    assert (shown.status, shown.run) == (campaigns.Status.DRAFT, None)
    again = server.call(ledger.AUDIT, ledger.AuditAsk())
    assert again.differences == []
    assert again.messages == audited.messages + 1
    run = sent.rows[0].run
    assert served.sql("SELECT contact FROM message WHERE run = ?", run) == [(0,)]


def test_a_failed_test_is_told_with_its_reason_and_is_nobodys_dead_letter(
    server: client.Client, served: running.Served, campaign: int
) -> None:
    before = server.call(wire_server.OVERVIEW).dead
    ask = testing.SendTest(channel="sms", to=["+15005550004"], person="ada")  # it has said STOP
    (row,) = over(server, server.call(testing.SEND, ask, campaign=campaign).rows[0].run)
    assert row.state is ledger.State.FAILED
    assert row.reason
    assert row.meaning
    assert row.detail
    assert server.call(wire_server.OVERVIEW).dead == before


def test_tests_are_found_by_their_address_and_can_be_left_out(server: client.Client, campaign: int) -> None:
    ask = testing.SendTest(channel="email", to=["find.me@example.test", "not.me@example.test"])
    sent = server.call(testing.SEND, ask, campaign=campaign).rows[0]
    found = server.call(messages.LIST, messages.MessageQuery(find="Find.Me@example.test"))
    assert [row.ref for row in found.rows] == [sent.ref]
    assert found.rows[0].name == "Ada Lovelace"
    mine = server.call(messages.LIST, messages.MessageQuery(campaign=campaign, tests="only"))
    assert sent.ref in {row.ref for row in mine.rows}
    assert server.call(messages.LIST, messages.MessageQuery(campaign=campaign, tests="none")).total == 0


def test_where_tests_went_is_remembered(server: client.Client, campaign: int) -> None:
    server.call(testing.SEND, testing.SendTest(channel="sms", to=["+14155550133"]), campaign=campaign)
    rows = server.call(testing.ADDRESSES).rows
    assert (rows[0].channel, rows[0].address) == ("sms", "+14155550133")
    assert len({(row.channel, row.address) for row in rows}) == len(rows)


def test_a_suppressed_address_is_refused_with_why_and_nobody_is_sent_to(
    server: client.Client, campaign: int
) -> None:
    banned = "never@example.test"
    server.call(audiences.SUPPRESS, audiences.Suppress(channel="email", address=banned, reason="asked us"))
    before = server.call(testing.LIST, testing.TestQuery()).total
    ask = testing.SendTest(channel="email", to=["fine@example.test", banned])
    with pytest.raises(problems.Refused) as refused:
        server.call(testing.SEND, ask, campaign=campaign)
    (fault,) = refused.value.problem.fields
    assert fault.place == "to.1"
    assert "asked us" in fault.message
    assert server.call(testing.LIST, testing.TestQuery()).total == before


@pytest.mark.parametrize(
    "ask, place",
    [
        ({"channel": "sms", "to": ["not a number"]}, "to.0"),
        ({"channel": "sms", "to": []}, "to"),
        ({"channel": "sms", "to": [QA] * 21}, "to"),
        ({"channel": "pigeon", "to": [QA]}, "channel"),
        ({"channel": "rcs", "to": [QA]}, "channel"),
        ({"channel": "sms", "to": [QA], "person": "nobody"}, "person"),
        ({"channel": "sms", "to": [QA], "contact": 999_999}, "contact"),
        (
            {
                "channel": "sms",
                "to": [QA],
                "contents": {"sms": {"channel": "sms", "body": "{{ shoe_size }}"}},
            },
            "contents.sms.body",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_place(
    server: client.Client, http: Any, campaign: int, ask: dict[str, Any], place: str
) -> None:
    answer = http.post(f"/v1/campaigns/{campaign}/tests", json=ask)
    assert answer.status_code == 422, answer.text
    assert place in [fault.place for fault in problems.read(answer.status_code, answer.content).fields]


def test_a_test_counts_towards_nobodys_frequency_cap(
    server: client.Client, served: running.Served, campaign: int
) -> None:
    ask = testing.SendTest(channel="sms", to=[QA], person="ada")
    over(server, server.call(testing.SEND, ask, campaign=campaign).rows[0].run)
    with contextlib.closing(served.database()) as database:
        (counted,) = database.execute(
            "SELECT count(*) FROM message JOIN contact ON contact.workspace = message.workspace"
            " AND contact.id = message.contact WHERE contact.key = 'ada' AND message.state <> ?",
            (codes.WAITING,),
        ).fetchone()
    assert counted == 0


def test_whoever_unsubscribes_in_a_test_is_the_address_and_not_the_person(
    server: client.Client, served: running.Served, campaign: int
) -> None:
    to = "leaves@example.test"
    (row,) = over(
        server,
        server.call(testing.SEND, testing.SendTest(channel="email", to=[to], person="bob"), campaign=campaign)
        .rows[0]
        .run,
    )
    key = bytes.fromhex(served.sql("SELECT value FROM meta WHERE key = 'receipts_key'")[0][0])
    with served.http() as http:
        posted = http.post(links.unsubscribe(served.url, key, row.ref))
    assert posted.status_code == 200, posted.text
    running.until(
        lambda: served.sql("SELECT 1 FROM suppression WHERE address_key = ?", to), "the suppression"
    )
    assert served.sql("SELECT 1 FROM suppression WHERE address_key = 'bob@example.test'") == []
    assert served.sql("SELECT removed_at FROM identity WHERE address_key = 'bob@example.test'") == [(None,)]


@pytest.mark.parametrize("channel, to", [("sms", "+14155550121"), ("email", "equal@example.test")])
def test_what_arrives_of_a_test_is_what_was_promised(
    server: client.Client, campaign: int, channel: str, to: str
) -> None:
    ask = testing.SendTest(channel=channel, to=[to], person="bob")
    (row,) = over(server, server.call(testing.SEND, ask, campaign=campaign).rows[0].run)
    arrived = running.until(
        lambda: server.call(twins.INBOX, twins.ArrivalQuery(find=row.ref)).rows, "the arrival"
    )
    assert arrived[0].to == to
    compared = server.call(arrivals.COMPARE, id=arrived[0].id)
    assert compared.verdict is arrivals.Verdict.EQUAL, compared
