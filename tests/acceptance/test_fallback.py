"""SMS in place of RCS, by the real server against the twins: nobody gets both, nobody who got no RCS gets neither."""

import asyncio
import contextlib
import csv
import sqlite3
import time
from pathlib import Path

from server import client
from server.channels import contents
from server.engine import fallback
from server.security import vault
from server.store import database
from server.store.ledger import codes, thread
from server.twins import base
from server.wire import campaigns, ledger, policies, providers
from tests.support import crashing, served

Word = base.Word
CONTENTS = campaigns.Contents(
    sms=contents.Sms(body="Hello {{ name }}, as an SMS."), rcs=contents.Rcs(text="Hello {{ name }}.")
)
#: How many people's RCS does what.
WORDS = {
    Word.DELIVERED: 10,
    Word.SEEN: 10,
    Word.CLICKED: 10,
    Word.DEAD: 8,
    Word.REFUSED: 8,
    Word.BOUNCED: 10,
    Word.UNREACHABLE: 10,
    Word.SILENT: 8,
    Word.CUT: 2,
    Word.DOUBLED: 5,
    Word.SHUFFLED: 5,
}
#: Of which of them it is certain that they got none.
LOST = {Word.DEAD, Word.REFUSED, Word.BOUNCED, Word.UNREACHABLE}
WITHOUT_RCS = 5
KILLS = 3


def rcs_number(word: Word, place: int) -> str:
    index = list(Word).index(word)
    return f"+1{(202, 303)[index // 10]}55501{index % 10}{place}"


def people() -> dict[str, tuple[Word | None, str, str]]:
    """Contact's key to what their RCS does, its number, and their SMS number."""
    found: dict[str, tuple[Word | None, str, str]] = {}
    for word, count in WORDS.items():
        for place in range(count):
            number = len(found) + 1
            found[f"k{number}"] = (word, rcs_number(word, place), f"+336{number:08d}")
    for _ in range(WITHOUT_RCS):
        number = len(found) + 1
        found[f"k{number}"] = (None, "", f"+336{number:08d}")
    return found


def write(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["key", "name", "sms", "rcs"])
        for key, (_, rcs, sms) in people().items():
            sheet.writerow([key, key.upper(), sms, rcs])


def launch(server: client.Client, sheet: Path) -> int:
    """Launch with the fallback, slowly enough that kills fall into it."""
    served.until(
        lambda: {"rcs", "sms"} <= {account.channel for account in server.call(providers.LIST).rows},
        what="the sandbox to be wired to its twins",
    )
    for account in server.call(providers.LIST).rows:
        if account.channel in ("rcs", "sms"):
            server.call(providers.SAVE, crashing.same(account, rate_per_s=40.0), account=account.id)
    drafted = crashing.draft(
        server, sheet, CONTENTS, policy=policies.Policy(fallback=policies.Fallback(wait_s=3600))
    )
    launched = server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=drafted)
    assert launched.run is not None
    return launched.run


def state_of(data: Path) -> dict[tuple[str, str], tuple[int, str, int]]:
    """(contact's key, channel) to state, reason and attempts."""
    rows = crashing.read(
        data,
        "SELECT contact.key, message.channel, message.state, message.reason, message.attempts FROM message"
        " JOIN contact ON contact.workspace = message.workspace AND contact.id = message.contact",
    )
    return {
        (str(key), codes.CHANNEL_NAMES[int(str(channel))]): (int(str(state)), str(reason), int(str(attempts)))
        for key, channel, state, reason, attempts in rows
    }


def unheard(data: Path) -> set[str]:
    """People whose RCS message was taken, or may have been, and of which there is no news."""
    return {
        key
        for (key, channel), (state, _, _) in state_of(data).items()
        if channel == "rcs" and state in (codes.ACCEPTED, codes.DOUBT)
    }


def held(data: Path) -> int:
    found = crashing.read(data, "SELECT count(*) FROM message WHERE state = 0 AND due_at = ?", codes.HELD)
    return int(str(found[0][0]))


def taken(data: Path, channel: str) -> set[str]:
    """Recipients of whom the twin took a message."""
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        rows = inbox.execute(
            "SELECT DISTINCT recipient FROM arrival WHERE channel = ? AND taken > 0", (channel,)
        )
        return {recipient for (recipient,) in rows}


def recalled(data: Path, ahead_s: float) -> None:
    """One look for messages without news, as it would be so much later."""

    async def look() -> None:
        book, control = thread.Ledger(data / "heliograph.db"), database.Database(data / "heliograph.db")
        try:
            keys = vault.unlock(data, keyring=False)
            await fallback.Recaller(book, control, keys, now=lambda: time.time() + ahead_s).work()
        finally:
            book.close()
            await control.close()

    asyncio.run(look())


def test_nobody_gets_both_and_nobody_who_surely_got_no_rcs_gets_neither_through_kills(tmp_path: Path) -> None:
    data, sheet = tmp_path / "data", tmp_path / "people.csv"
    write(sheet)
    with crashing.twins(data), crashing.serving(data) as process:
        with client.on(data) as server:
            run = launch(server, sheet)
        total = 2 * len(people())
        for kill in range(KILLS):
            share = total * (1 - 0.15 * (kill + 1))
            served.until(
                lambda share=share: crashing.count(data, codes.WAITING) <= share,  # type: ignore[misc]
                what="the run to get so far",
            )
            crashing.kill_sender(data, process)
        # What stays held are those nobody hears of, and those whose RCS message was under way at a kill and is in
        # doubt since; of each of all the others there is news in the end.
        served.until(
            lambda: crashing.count(data, codes.WAITING, codes.SENDING) == held(data) == len(unheard(data)),
            what="all but those without news to be settled",
            patience_s=90,
        )
        reached = {rcs for word, rcs, _ in people().values() if word not in (None, Word.DEAD, Word.REFUSED)}
        served.until(lambda: taken(data, "rcs") >= reached, what="the twins' inbox to be written")
        crashing.settled_news(data)
        rcs_got, sms_got, now = taken(data, "rcs"), taken(data, "sms"), state_of(data)
        waiting = unheard(data)
        assert waiting >= {key for key, (word, _, _) in people().items() if word is Word.SILENT}
        tried = {key for key in people() if now[key, "sms"][2] > 0}
        lost = {key for key, (word, _, _) in people().items() if word is None or word in LOST}
        assert tried == lost - waiting
        assert rcs_got == reached
        for key, (word, _, sms) in people().items():
            assert word in (*LOST, None) or sms not in sms_got
            if key not in lost | waiting:
                assert now[key, "sms"][:2] == (codes.SKIPPED, "not_needed"), (key, word)
        # Too early, nothing is given up; once their time is over, nobody can vouch for those without news.
        recalled(data, ahead_s=0.0)
        assert held(data) == len(waiting)
        recalled(data, ahead_s=3600 + fallback.GRACE_S + 60)
        now = state_of(data)
        assert {now[key, "sms"][:2] for key in waiting} == {(codes.SKIPPED, "fallback_unconfirmed")}
        asked = crashing.read(
            data,
            "SELECT count(*) FROM event WHERE kind = ? AND detail = ?",
            codes.EVENTS[ledger.EventKind.FALLBACK],
            '{"what":"called_back","answer":"asked"}',
        )
        assert asked == [(len(waiting),)]
        with client.on(data) as server:
            found = server.call(campaigns.RUN, run=run)
            assert found.status is campaigns.Status.DONE
            assert found.equation.balances
            assert server.call(ledger.AUDIT, ledger.AuditAsk(run=run)).differences == []
