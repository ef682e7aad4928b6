"""Audiences, estimates and contents by the command line, and what it says of things that are not there."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from server.commands import drafting, estimating, output, reach
from server.wire import campaigns, prices
from tests.support import served as running

ROWS = """key,name,email,phone
h1,Ada,delivered+h1@magic.test,+447911123461
h1,Ada again,delivered+h2@magic.test,+447911123462
h3,Grace,delivered+h3@magic.test,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audiences")


@pytest.fixture
def people(ours: Any, folder: Path) -> str:
    """An audience of two people from three rows, by name."""
    name = "Two of three"
    if ours("audience", "show", name).code != output.OK:
        path = folder / "rows.csv"
        path.write_text(ROWS, encoding="utf-8")
        assert ours("import", path, "--audience", name).code == output.OK
    return name


@pytest.fixture
def campaign(ours: Any, people: str, folder: Path) -> str:
    """A draft's id."""
    contents = folder / "contents.json"
    contents.write_text('{"sms": {"body": "Hi {{ name }}"}}')
    made = ("campaign", "create", "--name", "Estimated", "--audience", people, "--contents", contents)
    return str(ours(*made, "--json").json["id"])


def test_an_import_tells_how_many_people_its_rows_are(ours: Any, folder: Path) -> None:
    path = folder / "merged.csv"
    path.write_text(ROWS, encoding="utf-8")
    said = ours("import", path, "--audience", "Merged")
    assert "3 of 3 rows taken" in said.out
    assert "They are 2 people: 1 row merged into another of the same person." in said.out
    assert ours("import", path, "--audience", "Merged too", "--json").json["people"] == 2


def test_audiences_are_listed_shown_and_removed(ours: Any, people: str) -> None:
    head, *rows = (line.split("\t") for line in ours("audience", "list").out.splitlines())
    (row,) = (dict(zip(head, row, strict=True)) for row in rows if people in row)
    assert (row["people"], row["email"], row["sms"]) == ("2", "2", "1")
    shown = ours("audience", "show", row["id"])
    assert shown.out.splitlines()[0] == f"Audience {row['id']}: {people}, 2 people"
    assert "sms\t1" in shown.out
    assert ours("audience", "show", people, "--json").json["reach"]["email"] == 2
    assert ours("audience", "remove", people).code == output.OK
    gone = ours("audience", "remove", people)
    assert gone.code == output.REFUSED
    assert "There is no audience" in gone.err


def test_an_estimate_tells_reach_skips_duration_and_gaps_in_the_prices(
    ours: Any, campaign: str, served: running.Served
) -> None:
    found = ours("campaign", "estimate", campaign)
    assert found.code == output.OK, found.err
    assert "Audience: 2 people." in found.out
    assert "sms\t2\t1\t1\t0\t" in found.out
    assert "sms\tskipped\tno_address\t1" in found.out
    assert re.search(
        r"^(It takes |How long it takes: nothing is known yet of the speed of sms)", found.out, re.MULTILINE
    )
    assert "No price is set for 1 message by sms" in found.out
    assert ours("campaign", "estimate", campaign, "--json").json["people"] == 2


def test_an_estimate_of_what_cannot_be_launched_is_bad_news(ours: Any, folder: Path, people: str) -> None:
    empty = folder / "empty.json"
    empty.write_text("{}")
    made = ("campaign", "create", "--name", "Nothing", "--audience", people, "--contents", empty, "--json")
    found = ours("campaign", "estimate", ours(*made).json["id"])
    assert found.code == output.BAD_NEWS
    assert "It cannot be launched yet: " in found.err


def test_every_part_of_an_estimate_has_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    one = campaigns.ChannelEstimate(
        channel="sms",
        reachable=80,
        no_address=15,
        suppressed=5,
        account="Twilio",
        held={"quiet_hours": 30},
        barred={"capped": 8},
    )
    cost = prices.Cost(
        totals=[prices.Money(currency="EUR", amount="4.20")],
        lines=[
            prices.Line(channel="sms", country="DE", messages=60, units=61, currency="EUR", amount="4.20")
        ],
        unpriced=[prices.Unpriced(channel="sms", countries=["FR"], messages=12)],
        sampled=50,
    )
    duration = campaigns.Duration(low_s=60, high_s=240, words="Twilio allows 1/s", unknown=[])
    found = campaigns.Estimate(
        people=100, messages=100, channels=[one], faults=[], cost=cost, duration=duration
    )
    estimating._tell(found, output.Output())
    said = capsys.readouterr().out
    for words in (
        "sms\t100\t72\t28\t30\tTwilio",
        "sms\tskipped\tcapped\t8",
        "sms\twaits\tquiet_hours\t30",
        "It takes 60 s to 4 min. Twilio allows 1/s.",
        "It costs at least 4.20 EUR.",
        "sms\tDE\t60\t61\t4.20\tEUR",
        "No price is set for 12 messages by sms to FR.",
        "counted for 50 people.",
    ):
        assert words in said


def test_the_sample_is_a_file_that_create_takes(ours: Any, people: str, folder: Path) -> None:
    sample = folder / "sample.json"
    sample.write_text(ours("campaign", "sample").out, encoding="utf-8")
    assert json.loads(sample.read_bytes())["contents"]["email"]
    made = ours("campaign", "create", "--name", "Sampled", "--audience", people, "--contents", sample)
    assert made.code == output.OK, made.err
    assert "resources/samples/demo.json" in "".join(ours("campaign", "create", "--help").out.split())


@pytest.mark.parametrize(
    "held, says",
    [
        ({"smss": {}}, "field 'smss'. There are: apns, webpush, email, sms,"),
        ({"sms": {"body": "a", "text": "b"}}, "at sms: there is no field 'text'. There are: body,"),
        (
            {"webpush": {"title": "a", "body": "b", "actions": [{"name": "c"}]}},
            "There are: action, title, url",
        ),
        (
            {"languages": {"sms": {"others": {"de": {"channel": "sms", "x": 1}}}}},
            "at languages.sms.others.de: there",
        ),
        ({"sms": {"body": 5}}, "got `int`. It must map"),
        ([], "got `array`. It must map"),
    ],
)
def test_a_field_there_is_not_is_refused_with_those_there_are(tmp_path: Path, held: Any, says: str) -> None:
    path = tmp_path / "contents.json"
    path.write_text(json.dumps(held))
    with pytest.raises(output.Misused) as refused:
        drafting.contents(path)
    assert says in str(refused.value)


def test_what_is_not_there_cannot_be_removed_or_lifted(ours: Any) -> None:
    for words, says in (
        (("price", "remove", "sms", "NZ"), "There is no price for sms to NZ for every account."),
        (
            ("limit", "lift", "domain", "--on", "nowhere.test", "--channel", "email"),
            "There is no limit to lift",
        ),
    ):
        found = ours(*words)
        assert (found.code, found.out) == (output.REFUSED, "")
        assert says in found.err
    limit = ("--on", "somewhere.test", "--channel", "email")
    assert ours("limit", "set", "domain", "5/s", *limit).code == output.OK
    assert ours("limit", "lift", "domain", *limit).code == output.OK


def test_a_hint_leads_to_the_server_that_was_just_asked(
    ours: Any, campaign: str, served: running.Served, heliograph: Any, folder: Path
) -> None:
    where = f"--data {shlex.quote(str(served.data))}"
    assert f"heliograph campaign list {where} shows all." in ours("campaign", "show", "none such").err
    contents = folder / "contents.json"
    make = ("campaign", "create", "--name", "Hinted", "--audience", "Two of three", "--contents", contents)
    assert f" {where}\n" in ours(*make).out
    far = ("--server", served.url, "--token-file", served.data / "token", "--workspace", "sandbox")
    said = heliograph("campaign", "show", "none such", *far).err
    assert f"--server {served.url} --token-file {served.data / 'token'} --workspace sandbox" in said


def test_a_hint_is_quoted_for_a_shell_and_repeats_only_what_was_given() -> None:
    given = argparse.Namespace(
        server="", data=Path("/srv/my data"), token_file="", authority="", workspace=""
    )
    assert reach.options(given) == " --data '/srv/my data'"
    given.data = None
    assert reach.options(given) == ""


def test_a_draft_that_is_cancelled_is_said_to_be_a_draft(ours: Any, campaign: str) -> None:
    assert "The campaign is a draft and cannot be cancelled." in ours("campaign", "cancel", campaign).err


@pytest.mark.parametrize("command", ["stop-all", "held", "overdue", "trace"])
def test_a_command_of_one_word_says_in_its_help_what_it_does(heliograph: Any, command: str) -> None:
    _, sentence, *_ = heliograph(command, "--help").out.split("\n\n")
    assert sentence.strip().endswith(".")
    assert len(sentence) > 100


def test_serving_without_a_sender_says_that_nothing_is_sent() -> None:
    with running.folder() as data, running.serve(data, "--senders", "0", "--no-twins") as found:
        assert "nothing will be sent" in found.words.read_text()
