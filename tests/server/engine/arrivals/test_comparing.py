"""A run over all six channels at real twins: every arrival equals its promise by hash, and a changed one does not."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from server import cli, client
from server.channels import contents, rcs, whatsapp
from server.engine import opening
from server.twins.push import webpush
from server.wire import arrivals, campaigns, problems, twins
from tests.support import crashing, doubting, served

CHANNELS = tuple(contents.CHANNELS)
CONTENTS = campaigns.Contents(
    apns=contents.Apns(title="Hi {{ name }}", body="B", ttl_s=600, collapse_id="drop"),
    webpush=contents.WebPush(title="Hi {{ name }}", url="https://x.test/"),
    email=contents.Email(subject="Hi {{ name }}", preheader="P & q", html="<p>Hi {{ name }}</p>\n"),
    sms=contents.Sms(body="Hi {{ name }} 👋"),
    whatsapp=contents.WhatsApp(
        template="spring_drop",
        language="en",
        header=whatsapp.Header(kind="image", link="https://northwind.test/i/spring-drop.jpg"),
        body=[whatsapp.Parameter(text="{{ name }}"), whatsapp.Parameter(text="NW-1")],
        sample="Hi {{1}}, your code is {{2}}.",
    ),
    rcs=contents.Rcs(
        kind="carousel",
        cards=[rcs.Card(title="For {{ name }}"), rcs.Card(title="Two", description="Waxed cotton")],
        suggestions=[rcs.Suggestion(text="Yes")],
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A finished run."""

    server: served.Served
    asked: client.Client

    def arrival(self, twin: str) -> twins.Arrival:
        """What a twin was handed last."""
        return self.asked.call(twins.INBOX, twins.ArrivalQuery(twin=twin, limit=1)).rows[0]

    def change(self, twin: str, column: str, was: str, becomes: str) -> int:
        """Change on the twins' own disk what was handed last; its number."""
        number = self.arrival(twin).id
        with contextlib.closing(sqlite3.connect(self.server.data / "twins" / "inbox.db", timeout=20)) as file:
            [(held,)] = file.execute(f"SELECT {column} FROM arrival WHERE id = ?", (number,))
            changed = (
                held.replace(was.encode(), becomes.encode())
                if isinstance(held, bytes)
                else held.replace(was, becomes)
            )
            assert changed != held
            file.execute(f"UPDATE arrival SET {column} = ? WHERE id = ?", (changed, number))
            file.commit()
        return number


def _browser(data: Path) -> str:
    """A subscription at the running browser push twin."""
    kept = msgspec.json.decode((data / "twins" / "world.json").read_bytes())
    address = opening.twin_addresses(data)["push/webpush"]
    made = webpush.subscription(kept["credentials"]["push/webpush"], address, "device-1")
    return msgspec.json.encode(made).decode()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A server whose sandbox has sent one campaign over all six channels to three people."""
    folder = tmp_path_factory.mktemp("arrivals")
    with doubting.sandbox(folder) as server, server.client() as asked:
        doubting.wired(asked, *CHANNELS)
        magic = {row.channel: row.address for row in asked.call(twins.LIST).magic if row.word == "delivered"}
        people = doubting.write(
            folder / "people.csv",
            {**magic, "webpush": _browser(server.data), "name": "Zoë"},
            {"email": "a@mailbox.test", "sms": "+34600123456", "whatsapp": "+34600123456", "name": "A & B"},
            {"rcs": "+34600123457", "name": "C"},
        )
        run = crashing.launch(asked, people, CONTENTS)
        served.until(
            lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run to be done"
        )
        yield Sandbox(server=server, asked=asked)


def test_every_arrival_of_all_six_channels_equals_its_promise_by_hash(sandbox: Sandbox) -> None:
    page = sandbox.asked.call(arrivals.GLANCE, twins.ArrivalQuery())
    inbox = sandbox.asked.call(twins.INBOX, twins.ArrivalQuery())
    assert {row.channel for row in inbox.rows} == set(CHANNELS)
    assert [row.id for row in page.rows] == [row.id for row in inbox.rows]
    assert [(row.verdict, row.why, row.places) for row in page.rows] == [
        (arrivals.Verdict.EQUAL, "", [])
    ] * page.total
    for row in inbox.rows:
        found = sandbox.asked.call(arrivals.COMPARE, id=row.id)
        assert found.arrived_hash == found.promised_hash != ""
        assert found.arrived == found.promised
        assert found.ref == row.ref


@pytest.mark.parametrize(
    "twin, column, was, becomes, place",
    [
        ("rcs/rbm", "body", "Waxed cotton", "Waxed silk", "cards.1.description"),
        ("whatsapp/cloud", "body", "NW-1", "NW-2", "body.1.text"),
        ("push/apns", "shown", '"body":"B"', '"body":"C"', "body"),
        ("sms/twilio", "recipient", "+34600123456", "+34600123999", "recipient"),
    ],
)
def test_what_was_changed_on_the_way_differs_and_is_named(
    sandbox: Sandbox, twin: str, column: str, was: str, becomes: str, place: str
) -> None:
    number = sandbox.change(twin, column, was, becomes)
    try:
        found = sandbox.asked.call(arrivals.COMPARE, id=number)
        assert found.verdict is arrivals.Verdict.DIFFERS
        assert [one.place for one in found.differences] == [place]
        [glance] = sandbox.asked.call(arrivals.GLANCE, twins.ArrivalQuery(twin=twin, limit=1)).rows
        assert (glance.verdict, glance.places) == (arrivals.Verdict.DIFFERS, [place])
    finally:
        sandbox.change(twin, column, becomes, was)
    assert sandbox.asked.call(arrivals.COMPARE, id=number).verdict is arrivals.Verdict.EQUAL


def test_a_mail_with_somebody_else_s_link_to_unsubscribe_differs(sandbox: Sandbox) -> None:
    ref = sandbox.arrival("email/smtp").ref
    other = f"{ref[:-1]}{(int(ref[-1]) + 1) % 10}"
    number = sandbox.change("email/smtp", "raw", f"/u/{ref}.", f"/u/{other}.")
    try:
        found = sandbox.asked.call(arrivals.COMPARE, id=number)
    finally:
        sandbox.change("email/smtp", "raw", f"/u/{other}.", f"/u/{ref}.")
    assert [one.place for one in found.differences] == ["unsubscribe link"]


def test_a_stranger_s_arrival_has_nothing_to_be_compared_with(sandbox: Sandbox) -> None:
    ref = sandbox.arrival("sms/twilio").ref
    number = sandbox.change("sms/twilio", "ref", ref, "nobody-9-9-9")
    try:
        found = sandbox.asked.call(arrivals.COMPARE, id=number)
    finally:
        sandbox.change("sms/twilio", "ref", "nobody-9-9-9", ref)
    assert (found.verdict, found.ref, found.promised) == (arrivals.Verdict.UNKNOWN, "", None)
    assert "no reference" in found.why
    assert found.arrived is not None
    assert "👋" in str(found.arrived["body"])


def test_an_arrival_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(problems.Refused, match="no such thing"):
        sandbox.asked.call(arrivals.COMPARE, id=999_999)


def test_the_command_line_checks_the_whole_inbox(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(sandbox.server.data)]
    assert cli.main(["inbox", "check", *data]) == 0
    assert " equal by hash, 0 differ, 0 nothing to compare." in capsys.readouterr().out
    number = sandbox.change("rcs/rbm", "body", "Waxed cotton", "Waxed silk")
    try:
        assert cli.main(["inbox", "check", *data]) == 1
        assert f"{number} differs in cards.1.description" in capsys.readouterr().out
        assert cli.main(["inbox", "compare", str(number), *data]) == 1
        assert "Waxed silk" in capsys.readouterr().out
    finally:
        sandbox.change("rcs/rbm", "body", "Waxed silk", "Waxed cotton")
