"""One click in a mail program unsubscribes; a look does not; and the next campaign leaves the person out."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.channels import contents
from server.twins import host
from server.wire import audiences, campaigns
from tests.support import served as running

MAIL = campaigns.Contents(email=contents.Email(subject="Hello", html="<p>Hello</p>", text="Hello"))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(scope="module")
def audience(served: running.Served) -> int:
    with served.client() as server:
        ask = audiences.ImportAsk(file="leavers.csv")
        started = server.upload(audiences.IMPORT, ask, [b"key,email\nleaver,delivered+leaver@magic.test\n"])
        running.until(
            lambda: server.call(audiences.IMPORTED, id=started.id).status is audiences.ImportStatus.DONE,
            "the import",
        )
    return started.audience


def sent(served: running.Served, audience: int) -> int:
    """Send the mail to the audience; returns the run."""
    with served.client() as server:
        ask = campaigns.SaveCampaign(name="Mail", audience=audience, contents=MAIL)
        campaign = server.call(campaigns.CREATE, ask).id
        run = server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=campaign).run
        assert run is not None
        running.until(
            lambda: server.call(campaigns.SHOW, campaign=campaign).status is campaigns.Status.DONE, "the run"
        )
    return run


def links(data: Path, run: int) -> dict[str, str]:
    """Twin to the address in the List-Unsubscribe header of a mail it took."""
    with sqlite3.connect(data / "twins" / "inbox.db") as inbox:
        rows = inbox.execute("SELECT twin, raw FROM arrival WHERE channel = 'email' AND taken = 1").fetchall()
    inbox.close()
    openers = {kind.key: kind.opened for kind in host.TWINS}
    found = {}
    for twin, raw in rows:
        mail = openers[twin](raw)
        hits = re.findall(r"https?://[^\s<>\"\\]+/u/[\w.-]+", json.dumps([dict(mail.wire), mail.body]))
        if ours := [hit for hit in hits if f"-{run}-" in hit]:
            found[twin] = ours[0]
    return found


def link(data: Path, run: int) -> str:
    """The address that one of a run's mails carries."""
    return str(running.until(lambda: next(iter(links(data, run).values()), ""), "the mail to arrive"))


@pytest.fixture
def mailbox() -> Iterator[httpx.Client]:
    """A receiver's client: no token, no cookies."""
    with httpx.Client(trust_env=False, timeout=30.0) as client:
        yield client


def suppressed(served: running.Served) -> list[tuple[str, str]]:
    return [
        (channel, address)
        for channel, address in served.sql("SELECT channel, address FROM suppression")
        if address == "delivered+leaver@magic.test"
    ]


def test_a_look_changes_nothing_one_click_unsubscribes_and_the_next_run_leaves_the_person_out(
    served: running.Served, audience: int, mailbox: httpx.Client
) -> None:
    run = sent(served, audience)
    address = link(served.data, run)
    page = mailbox.get(address)
    assert page.status_code == 200
    assert "<button>Unsubscribe</button>" in page.text
    assert suppressed(served) == []
    for _ in range(2):
        assert mailbox.post(address, data=ONE_CLICK).status_code == 200
    running.until(lambda: suppressed(served), "the suppression")
    assert suppressed(served) == [("email", "delivered+leaver@magic.test")]
    assert served.sql("SELECT count(*) FROM receipt WHERE run = ? AND kind = 'unsubscribed'", run) == [(1,)]
    later = sent(served, audience)
    assert served.sql("SELECT state, reason FROM message WHERE run = ?", later) == [(11, "suppressed")]


def test_mails_of_every_account_carry_the_link(served: running.Served) -> None:
    rows = "".join(f"reader{n},delivered+reader{n}@magic.test\n" for n in range(6))
    with served.client() as server:
        started = server.upload(
            audiences.IMPORT, audiences.ImportAsk(file="readers.csv"), [f"key,email\n{rows}".encode()]
        )
        running.until(
            lambda: server.call(audiences.IMPORTED, id=started.id).status is audiences.ImportStatus.DONE,
            "the import",
        )
    run = sent(served, started.audience)
    running.until(
        lambda: links(served.data, run).keys() == {"email/smtp", "email/ses"}, "a link by each account"
    )


@pytest.mark.parametrize("token", ["", "x", "abc234-1-1-1.AAAAAAAAAAAAAAAA", "...", "é.ü", "a" * 5000])
def test_a_link_we_did_not_make_changes_nothing(
    served: running.Served, mailbox: httpx.Client, token: str
) -> None:
    before = served.sql("SELECT count(*) FROM receipt")
    assert mailbox.post(f"{served.url}/u/{token}", data=ONE_CLICK).status_code == 404
    assert served.sql("SELECT count(*) FROM receipt") == before


def test_only_looking_and_posting_are_answered(served: running.Served, mailbox: httpx.Client) -> None:
    assert mailbox.put(f"{served.url}/u/x").status_code == 404
    assert mailbox.delete(f"{served.url}/u/x").status_code == 404
