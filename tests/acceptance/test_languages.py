"""A run in three languages with a shared block, its sender killed and its block changed on the way: as promised."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from server import client
from server.channels import contents
from server.store.ledger import codes
from server.wire import blocks, campaigns, providers
from tests.support import crashing, served

pytestmark = pytest.mark.timeout(180)

PEOPLE = 90
RATE_PER_S = 25.0
LOCALES = ("en-GB", "de_AT", "fr", "gsw", "ja", "")
FOOT = "Yours, {{ name | upcase }}"
SMS = contents.Sms
CONTENTS = campaigns.Contents(
    sms=SMS(body="Hello {{ name }}. {% render 'foot' %}"),
    languages={
        "sms": contents.Translations(
            language="en",
            others={
                "de": SMS(body="Hallo {{ name }}. {% render 'foot' %}"),
                "fr": SMS(body="Salut {{ name }}. {% render 'foot' %}"),
            },
            fallbacks={"gsw": "de"},
        )
    },
)
ENDED = tuple(code for code in codes.TERMS if code not in (codes.WAITING, codes.SENDING))


def write_people(path: Path) -> None:
    rows = [f"k{n},Person {n},+336{n:08d},{LOCALES[n % len(LOCALES)]}" for n in range(1, PEOPLE + 1)]
    path.write_text("\n".join(["key,name,sms,locale", *rows, ""]), encoding="utf-8")


def hold(server: client.Client) -> None:
    """Send slowly enough to be killed on the way, whatever the machine."""
    for account in server.call(providers.LIST).rows:
        if account.channel == "sms":
            ask = crashing.same(account, rate_per_s=RATE_PER_S)
            server.call(providers.SAVE, ask, account=account.id)


def promises(server: client.Client, campaign: campaigns.Campaign) -> dict[int, tuple[str, str]]:
    """Contact to the text and the hash that the preview showed."""
    found = {}
    for position in range(PEOPLE):
        ask = campaigns.PreviewAsk(contents=campaign.contents, audience=campaign.audience, position=position)
        seen = server.call(campaigns.PREVIEW, ask)
        assert seen.contact is not None
        assert seen.contents.sms is not None
        found[seen.contact] = (seen.contents.sms.body, seen.hashes["sms"])
    return found


def test_everybody_gets_the_previewed_bytes_in_their_language(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_people(tmp_path / "people.csv")
    with crashing.twins(data), crashing.serving(data) as process, client.on(data) as server:
        hold(server)
        save = blocks.SaveBlock(name="foot", kind=blocks.Kind.TEXT, text=FOOT)
        foot = server.call(blocks.CREATE, save)
        number = crashing.draft(server, tmp_path / "people.csv", CONTENTS)
        promised = promises(server, server.call(campaigns.SHOW, campaign=number))
        server.call(campaigns.LAUNCH, campaigns.Launch(expected=PEOPLE), campaign=number)
        served.until(lambda: crashing.count(data, *ENDED) >= PEOPLE // 6, "the run to be under way")
        crashing.kill_sender(data, process)
        changed = blocks.SaveBlock(name="foot", kind=blocks.Kind.TEXT, text="Too late", base=foot.version)
        server.call(blocks.SAVE, changed, block=foot.id)
        served.until(lambda: crashing.count(data, *ENDED) == PEOPLE, "the run to end", 120)
        crashing.settled_inbox(data)
    sent = crashing.read(data, "SELECT contact, lower(hex(hash)) FROM message")
    assert {row[0]: row[1] for row in sent} == {contact: digest for contact, (_, digest) in promised.items()}
    assert {text.split()[0] for text, _ in promised.values()} == {"Hello", "Hallo", "Salut"}
    arrived = arrivals(data)
    assert len(arrived) >= PEOPLE - 64
    assert set(arrived) <= {text for text, _ in promised.values()}


def arrivals(data: Path) -> list[str]:
    """What the twin was handed, as text."""
    with contextlib.closing(sqlite3.connect(data / "twins" / "inbox.db", timeout=30)) as inbox:
        return [str(text) for (text,) in inbox.execute("SELECT text FROM arrival WHERE channel = 'sms'")]
