"""The twins' inbox against the ledger: every disagreement is found, by reference."""

import pathlib

import msgspec
import pytest

from server.demo import comparing
from server.twins import base, inbox
from server.wire import ledger, messages

REF = "ABCDEF-1-3-"


def row(seq: int, state: ledger.State, *, provider_ref: str = "", channel: str = "sms") -> messages.DumpRow:
    return messages.DumpRow(
        ref=f"{REF}{seq}",
        seq=seq,
        channel=channel,
        contact=seq,
        address=f"+4915112{seq:05d}",
        state=state,
        reason="",
        attempts=1,
        account=1,
        provider_ref=provider_ref,
    )


def arrival(seq: int, *, taken: bool = True, ref: str = "") -> base.Arrival:
    return base.Arrival(
        twin="sms/twilio",
        channel="sms",
        to=f"+4915112{seq:05d}",
        ref=ref or f"{REF}{seq}",
        provider_ref=f"SM{seq}",
        outcome="delivered",
        taken=taken,
    )


def arrived(folder: pathlib.Path, *arrivals: base.Arrival) -> dict[str, comparing.Handed]:
    (folder / "twins").mkdir()
    kept = inbox.Inbox(folder / "twins" / "inbox.db")
    for one in arrivals:
        kept.keep(one)
    kept.close()
    return comparing.inbox(folder, REF)


def test_ledger_and_twins_agree_where_every_taken_message_is_accounted_for(tmp_path: pathlib.Path) -> None:
    found = arrived(
        tmp_path,
        arrival(1),
        arrival(2),
        arrival(3),
        arrival(4),
        arrival(5, taken=False),
        arrival(9, ref="ABCDEF-1-33-9"),  # of another run, whose number begins alike
    )
    rows = [
        row(1, ledger.State.DELIVERED, provider_ref="SM1"),
        row(2, ledger.State.ACCEPTED, provider_ref="SM2"),
        row(3, ledger.State.FAILED, provider_ref="SM3"),  # taken, then undeliverable
        row(4, ledger.State.DOUBT),
        row(5, ledger.State.FAILED),  # refused at once
        row(6, ledger.State.SKIPPED),
    ]
    word = comparing.compare(rows, found)["sms"]
    assert (word.taken, word.expected, word.doubted, word.repeated) == (4, 3, 1, 0)
    assert word.agrees


@pytest.mark.parametrize("state", sorted({*ledger.State} - {ledger.State.DOUBT, *ledger.ACCEPTED}))
def test_a_message_a_twin_took_that_the_ledger_does_not_know_as_sent_is_found(
    tmp_path: pathlib.Path, state: ledger.State
) -> None:
    word = comparing.compare([row(1, state)], arrived(tmp_path, arrival(1)))["sms"]
    assert (word.lost, word.unclaimed, word.examples) == (0, 1, [f"{REF}1"])
    assert not word.agrees


@pytest.mark.parametrize("state", ledger.ACCEPTED)
def test_a_message_the_ledger_calls_accepted_that_no_twin_took_is_lost(
    tmp_path: pathlib.Path, state: ledger.State
) -> None:
    found = arrived(tmp_path, arrival(1, taken=False))
    word = comparing.compare([row(1, state, provider_ref="SM1")], found)["sms"]
    assert (word.lost, word.unclaimed, word.examples) == (1, 0, [f"{REF}1"])


def test_a_stranger_in_the_inbox_is_found(tmp_path: pathlib.Path) -> None:
    found = arrived(tmp_path, arrival(1), arrival(2))
    word = comparing.compare([row(1, ledger.State.ACCEPTED, provider_ref="SM1")], found)["sms"]
    assert (word.taken, word.unclaimed, word.examples) == (2, 1, [f"{REF}2"])


def test_what_arrived_twice_is_counted_as_repeated(tmp_path: pathlib.Path) -> None:
    found = arrived(tmp_path, arrival(1), arrival(1), arrival(2, taken=False), arrival(2))
    rows = [row(seq, ledger.State.ACCEPTED, provider_ref=f"SM{seq}") for seq in (1, 2)]
    word = comparing.compare(rows, found)["sms"]
    assert (word.taken, word.repeated) == (2, 1)
    assert word.agrees


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_dump_is_read_however_it_is_cut(size: int) -> None:
    rows = [row(seq, ledger.State.ACCEPTED) for seq in range(5)]
    whole = b"\n".join(msgspec.json.encode(one) for one in rows)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(comparing.rows(pieces)) == rows
