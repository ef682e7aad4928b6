"""A real server with a finished run in its sandbox, and a real window on it, for tests of views."""

import contextlib
import csv
import pathlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from console import outside, window
from console.services import drafts, settings
from server.channels import contents
from server.wire import audiences, campaigns, messages, providers, twins
from tests.support import served

#: What becomes of the people of the run, by the twins' magic words.
WORDS = ("delivered", "dead", "cut", "throttled", "refused")
ACCOUNTS = 7
#: Messages of the run: each person on each channel. Only the one whose connection is cut has a device.
MESSAGES = 3 * len(WORDS)
CONTENTS = campaigns.Contents(
    apns=contents.Apns(title="Hello {{ first_name }}", body="Your tier is {{ tier }}."),
    email=contents.Email(
        subject="Hello {{ first_name }}", html="<p>Hello {{ first_name }}</p>", text="Hello {{ first_name }}"
    ),
    sms=contents.Sms(body="Hello {{ first_name }}, your tier is {{ tier }}."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The server, and what was sent by it."""

    server: served.Served
    audience: audiences.Audience
    campaign: campaigns.Campaign
    phones: dict[str, str]  #: word to phone number
    mails: dict[str, str]


@contextlib.contextmanager
def sent(folder: pathlib.Path) -> Iterator[Sandbox]:
    """A server whose sandbox has sent one campaign to a person for each of WORDS, and heard the receipts."""
    with served.serve(folder / "data") as server, server.client() as asked:
        served.until(lambda: len(asked.call(providers.LIST).rows) == ACCOUNTS, "the sandbox's accounts")
        magic = asked.call(twins.LIST).magic
        phones, mails = _addresses(magic, "sms"), _addresses(magic, "email")
        tokens = {"cut": _addresses(magic, "apns")["cut"]}
        rows = [
            [f"m-{word}", word.capitalize(), mails[word], phones[word], "gold", tokens.get(word, "")]
            for word in WORDS
        ]
        people = write_people(
            folder / "members.csv", [*rows, ["m-bad", "Nobody", "not an address", "12", "gold", ""]]
        )
        begun = asked.upload(
            audiences.IMPORT, audiences.ImportAsk(file=people.name, audience="Members"), [people.read_bytes()]
        )
        served.until(
            lambda: asked.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
            "the import",
        )
        draft = asked.call(
            campaigns.CREATE,
            campaigns.SaveCampaign(name="Spring", audience=begun.audience, contents=CONTENTS),
        )
        asked.call(campaigns.LAUNCH, campaigns.Launch(), campaign=draft.id)
        served.until(
            lambda: asked.call(campaigns.SHOW, campaign=draft.id).status is campaigns.Status.DONE, "the run"
        )
        delivered = messages.MessageQuery(find=phones["delivered"], channel="sms", state="delivered")
        served.until(lambda: asked.call(messages.LIST, delivered).total == 1, "a receipt")
        yield Sandbox(
            server=server,
            audience=asked.call(audiences.SHOW, audience=begun.audience),
            campaign=asked.call(campaigns.SHOW, campaign=draft.id),
            phones=phones,
            mails=mails,
        )


def crowd(server: served.Served, path: pathlib.Path, count: int) -> audiences.Audience:
    """An audience of so many people with phones, for runs that are to last, or that ask for their number."""
    rows = [[f"c-{at}", f"Person {at}", "", f"+1303{2_000_000 + at}", "gold", ""] for at in range(count)]
    file = write_people(path, rows)
    with server.client() as asked:
        ask = audiences.ImportAsk(file=file.name, audience=f"Crowd of {count}")
        begun = asked.upload(audiences.IMPORT, ask, [file.read_bytes()])
        served.until(
            lambda: asked.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
            "the crowd's import",
        )
        return asked.call(audiences.SHOW, audience=begun.audience)


def write_people(path: pathlib.Path, rows: Sequence[Sequence[str]]) -> pathlib.Path:
    """A CSV file of key, first name, mail address, phone number, tier and device token."""
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["Customer no", "First name", "E-mail", "Mobile", "Tier", "apns"])
        sheet.writerows(rows)
    return path


def _addresses(magic: Sequence[twins.Magic], channel: str) -> dict[str, str]:
    return {row.word: row.address for row in magic if row.channel == channel}


@contextlib.asynccontextmanager
async def opened(
    server: served.Served, folder: pathlib.Path, view: str, /, **args: Any
) -> AsyncIterator[window.Window]:
    """A window on the server that shows one view; nothing of it runs on afterwards."""
    found = outside.Services(
        kept=settings.Settings(folder / "console.json"), left=drafts.Drafts(folder / "drafts")
    )
    shown = window.Window(found)
    shown.resize(1440, 900)
    shown.show()
    try:
        await found.api.connect(server.url, server.token)
        shown.navigate(view, **args)
        shown.online()
        yield shown
    finally:
        await found.operations.close()
        await found.live.stop()
        await found.api.close()
        shown.let_close()
        shown.deleteLater()
