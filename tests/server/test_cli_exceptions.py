"""Doubts and dead letters by the command line, on a server of their own that sends nothing by itself."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.channels import contents
from server.commands import output
from server.wire import campaigns
from tests.support import crashing, doubting, served

MAIL = campaigns.Contents(email=contents.Email(subject="Hi", text="Hello", html="<p>Hello</p>"))
PEOPLE = 6


@pytest.fixture(scope="module")
def stuck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Served]:
    """A server without senders, whose last one was killed with six mails under way."""
    folder: Path = tmp_path_factory.mktemp("stuck")
    sheet = doubting.write(folder / "people.csv", *({"email": f"p{at}@example.com"} for at in range(PEOPLE)))
    with (
        served.serve(folder / "data", "--senders", "0") as running,
        running.client() as asked,
    ):
        doubting.wired(asked, "email")
        run = crashing.launch(asked, sheet, MAIL)
        assert doubting.interrupt(running.data, run, doubting.account_of(asked, "email")) == PEOPLE
        yield running


@pytest.fixture
def ask(heliograph: Any, stuck: served.Served) -> Any:
    return lambda *arguments: heliograph(*arguments, "--data", stuck.data)


def refs(ask: Any, noun: str) -> list[str]:
    return [row["ref"] for row in ask(noun, "list", "--messages", "--json").json["rows"]]


def test_the_list_says_why_since_when_and_which_rule_applies(ask: Any) -> None:
    said = ask("doubt", "list")
    assert said.code == output.OK
    assert "interrupted" in said.out
    assert "The sender stopped between" in said.out
    assert "cannot be asked" in said.out or "has no way to ask" in said.out
    shown = ask("doubt", "show", refs(ask, "doubt")[0])
    assert "in doubt" in shown.out or "doubt" in shown.out


def test_a_look_up_says_where_there_is_no_way_to_ask(ask: Any) -> None:
    assert "cannot be looked up" in ask("doubt", "lookup").out


def test_nothing_is_decided_without_being_asked_nor_without_a_reason(ask: Any) -> None:
    [first, *_] = refs(ask, "doubt")
    assert "Nothing was done" in ask("doubt", "settle", "--as", "accepted", "--ref", first).err
    refused = ask("doubt", "settle", "--as", "accepted", "--ref", first, "--yes")
    assert refused.code == output.REFUSED
    assert "reason is needed" in refused.err


def test_what_may_arrive_twice_is_sent_again_only_by_the_word(ask: Any) -> None:
    refused = ask("doubt", "settle", "--as", "again", "--why", "x", "--yes")
    assert refused.code == output.REFUSED
    assert "would get the message twice" in refused.err


def test_a_doubt_goes_through_every_hand_and_all_of_it_is_kept(ask: Any) -> None:
    first = refs(ask, "doubt")[0]
    why = ("--why", "the server's log lists it", "--yes", "--ref", first)
    settled = ask("doubt", "settle", "--as", "accepted", *why, "--json").json
    assert (settled["status"], settled["moved"]) == ("done", 1)
    assert first not in refs(ask, "doubt")
    undone = ask("doubt", "undo", settled["id"], "--json").json
    assert undone["undoes"] == settled["id"]
    assert first in refs(ask, "doubt")
    ask("doubt", "settle", "--as", "not-sent", *why)
    assert refs(ask, "dead") == [first]
    said = ask("dead", "list")
    assert "doubt_not_sent" in said.out
    assert "example.com" in said.out
    foreseen = ask("dead", "preview")
    assert "1 message: 1 would be sent again." in foreseen.out
    closed = ask("dead", "close", "--yes", "--json").json
    assert refs(ask, "dead") == []
    assert "closed before" in ask("dead", "list").out
    ask("dead", "undo", closed["id"])
    driven = ask("dead", "redrive", "--yes", "--why", "the log was wrong", "--json").json
    assert driven["moved"] == 1
    done = [row["kind"] for row in ask("dead", "acts", "--json").json["rows"]]
    assert {"accepted", "undo", "not-sent", "close", "redrive"} <= set(done)
    story = json.loads(ask("doubt", "show", first, "--json").out)["story"]
    kinds = [event["kind"] for event in story["events"]]
    assert kinds[-6:] == ["settled", "undone", "settled", "closed", "undone", "redriven"]
    assert story["message"]["state"] == "waiting"
    assert {event["detail"].get("why") for event in story["events"]} >= {
        "the server's log lists it",
        "the log was wrong",
    }
    assert ask("ledger", "audit").code == output.OK


def test_a_dump_and_a_campaign_say_reasons_in_words(ask: Any) -> None:
    number = ask("campaign", "list", "--json").json["rows"][0]["id"]
    assert "The sender stopped between" in ask("campaign", "show", number).out
    run = ask("campaign", "show", number, "--json").json["run"]["id"]
    assert "The sender stopped between" in ask("ledger", "dump", run).out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--channel", "pigeon"), "There is no channel"),
        (("--since", "yesterday"), "is no time"),
        (("--ref", "nonsense"), "There is no message"),
        (("--find", "x" * 300), "longer than"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(
    ask: Any, arguments: tuple[str, ...], words: str
) -> None:
    said = ask("dead", "list", *arguments)
    assert said.code == output.REFUSED
    assert words in said.err


def test_a_preview_counts_what_has_changed_since(ask: Any, stuck: served.Served) -> None:
    some = refs(ask, "doubt")[:4]
    contacts = [int(ref.rpartition("-")[2]) for ref in some]  # frozen in the order of contacts
    with contextlib.closing(stuck.database()) as connection:
        connection.execute(
            "UPDATE identity SET removed_at = 1 WHERE contact = ? AND channel = 'email'", contacts[:1]
        )
        connection.execute(
            "INSERT INTO suppression (workspace, channel, address_key, address) SELECT workspace, channel,"
            " address_key, address FROM identity WHERE contact = ? AND channel = 'email'",
            contacts[1:2],
        )
        connection.execute(
            "UPDATE identity SET address = 'new@example.com', address_key = 'new@example.com'"
            " WHERE contact = ? AND channel = 'email'",
            contacts[2:3],
        )
    picked = [argument for ref in some for argument in ("--ref", ref)]
    said = ask("doubt", "settle", "--as", "again", "--why", "x", *picked)
    assert "4 messages: 2 would be sent again." in said.out
    assert "1 would be skipped: The address is suppressed." in said.out
    assert "1 would be skipped: No address on this channel." in said.out
    assert "2 people may get it twice." in said.err
    assert "1 of the people have another address by now" in said.err
    account = next(
        row["id"] for row in ask("account", "list", "--json").json["rows"] if row["channel"] == "email"
    )
    ask("account", "set", account, "--disable")
    stranded = ask("doubt", "settle", "--as", "again", "--why", "x", *picked)
    assert "2 may go by" in stranded.err
    ask("account", "set", account, "--enable")
    assert "Nothing was done" in said.err
