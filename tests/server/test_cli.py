"""The command line as a person or a script uses it, against a real server."""

import json
import pathlib
import subprocess
from typing import Any

import pytest

from server.commands import output
from tests.support import served as running

PEOPLE = """key,name,email,phone,country
c1,Ada Lovelace,delivered@magic.test,+447911123456,GB
c2,Alan Turing,seen+2@magic.test,+447911123457,GB
c3,Grace Hopper,clicked+3@magic.test,+447911123458,GB
"""
CONTENTS = {"email": {"subject": "Hello {{ name }}", "html": "<p>Hi {{ name }}</p>", "text": "Hi {{ name }}"}}


@pytest.fixture
def people(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def test_a_campaign_from_a_file_to_a_closed_ledger(
    ours: Any, people: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    taken = ours("import", people, "--audience", "Pioneers")
    assert taken.code == output.OK
    assert "3 of 3 rows" in taken.out
    contents = tmp_path / "contents.json"
    contents.write_text(json.dumps(CONTENTS))
    made = ours(
        "campaign", "create", "--name", "Hello", "--audience", "Pioneers", "--contents", contents, "--json"
    )
    number = made.json["id"]
    assert made.json["status"] == "draft"

    wrong = ours("campaign", "launch", "Hello", "--expect", 4)
    assert wrong.code == output.REFUSED
    launched = ours("campaign", "launch", "Hello", "--expect", 3, "--wait", "--json")
    assert launched.code == output.OK
    assert launched.json["campaign"]["status"] == "done"
    run = launched.json["run"]["id"]

    shown = ours("campaign", "show", number)
    assert "It balances." in shown.out
    assert shown.out.splitlines()[1].split("\t")[:3] == ["channel", "audience", "waiting"]
    assert "Hello" in ours("campaign", "list").out

    dumped = [json.loads(line) for line in ours("ledger", "dump", run, "--json").out.splitlines()]
    assert [row["seq"] for row in dumped] == [1, 2, 3]
    assert all(row["provider_ref"] for row in dumped)
    table = ours("ledger", "dump", run).out.splitlines()
    assert len(table) == 4

    traced = ours("trace", "seen+2@magic.test")
    assert traced.code == output.OK
    assert "accepted" in traced.out
    assert ours("trace", dumped[0]["ref"], "--json").json["total"] == 1
    audited = ours("ledger", "audit")
    assert audited.code == output.OK
    assert "adds up" in audited.out

    again = ours("campaign", "launch", number)
    assert again.code == output.REFUSED
    assert ours("campaign", "pause", number).code == output.REFUSED


def test_an_audit_that_finds_a_difference_is_bad_news(
    ours: Any, served: running.Served, people: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    contents = tmp_path / "contents.toml"
    contents.write_text('[sms]\nbody = "Hi"\n')
    ours("import", people, "--audience", "Audited")
    ours("campaign", "create", "--name", "Audited", "--audience", "Audited", "--contents", contents)
    run = ours("campaign", "launch", "Audited", "--wait", "--json").json["run"]["id"]
    served.sql(
        "INSERT INTO tally (workspace, run, channel, account, state, reason, n) VALUES (1, ?, 4, 0, 10, 'x', 1)",
        run,
    )
    try:
        found = ours("ledger", "audit", "--run", run)
        assert found.code == output.BAD_NEWS
        assert "difference" in found.err
        (row,) = ours("ledger", "audit", "--json").json["differences"]
        assert (row["run"], row["reason"], row["tallied"], row["counted"]) == (run, "x", 1, 0)
    finally:
        served.sql("DELETE FROM tally WHERE run = ? AND reason = 'x'", run)
    assert ours("ledger", "audit").code == output.OK


def test_an_import_with_faults_is_done_in_part_and_leaves_an_error_sheet(
    ours: Any, people: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    people.write_text(PEOPLE + "c4,Nobody,not-an-address,12,GB\n", encoding="utf-8")
    sheet = tmp_path / "wrong.csv"
    found = ours("import", people, "--audience", "Partly", "--errors", sheet, "--json")
    assert found.code == output.PARTLY
    assert found.json["import"]["rows_refused"] == 1
    assert found.json["error_sheet"] == str(sheet)
    assert "not-an-address" in sheet.read_text(encoding="utf-8-sig")


def test_columns_can_be_mapped_by_hand(ours: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Wer,Wohin\nEva,eva@example.com\n", encoding="utf-8")
    found = ours("import", path, "--map", "Wer=name", "--map", "Wohin=email", "--json")
    assert found.code == output.OK
    assert found.json["import"]["mapping"] == {"Wer": "name", "Wohin": "email"}


def test_a_secret_never_passes_through_the_arguments(ours: Any, tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef\n")
    base = ("account", "add", "sms/twilio", "--name", "By hand", "--set", "endpoint=twin")
    sender = ("--set", f"account_sid=AC{'1' * 32}", "--set", "sender=+15005550006")
    refused = ours(*base, *sender, "--set", "auth_token=visible")
    assert refused.code == output.REFUSED
    assert "--secret-file auth_token=FILE" in refused.err
    made = ours(*base, *sender, "--secret-file", f"auth_token={token}", "--json")
    assert made.code == output.OK, made.err
    assert made.json["stored_secrets"] == ["auth_token"]
    changed = ours("account", "set", "By hand", "--window", 5, "--disable", "--json")
    assert (changed.json["window"], changed.json["enabled"]) == (5, False)
    assert ours("account", "check", "By hand").code == output.BAD_NEWS
    assert "By hand" in ours("account", "list").out
    assert ours("account", "remove", "By hand").code == output.OK
    assert ours("account", "remove", "By hand").code == output.REFUSED


def test_sandbox_accounts_are_checked_and_types_are_listed(ours: Any) -> None:
    assert ours("account", "check", "1").code == output.OK
    assert "sms/twilio" in ours("account", "types").out


def test_an_address_is_forbidden_listed_and_allowed_again(ours: Any) -> None:
    assert ours("suppress", "add", "no@example.com", "--reason", "asked by phone").code == output.OK
    assert "asked by phone" in ours("suppress", "list", "--find", "no@example.com").out
    assert ours("suppress", "lift", "no@example.com").code == output.OK
    assert ours("suppress", "list", "--find", "no@example.com", "--json").json["total"] == 0


def test_faults_in_contents_are_named_by_their_place(
    ours: Any, people: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    ours("import", people, "--audience", "Faulty")
    contents = tmp_path / "contents.json"
    contents.write_text('{"sms": {"bdy": "x"}}')
    found = ours("campaign", "create", "--name", "x", "--audience", "Faulty", "--contents", contents)
    assert found.code == output.USAGE
    assert "bdy" in found.err
    contents.write_text('{"sms": {"body": "{% if %}"}}')
    found = ours("campaign", "create", "--name", "x", "--audience", "Faulty", "--contents", contents)
    assert found.code == output.REFUSED
    assert "sms" in found.err


def test_a_name_that_is_not_there_is_said_with_where_to_look(ours: Any) -> None:
    for words in (
        ("campaign", "show", "nothing"),
        ("account", "check", "nothing"),
        ("campaign", "show", "999999"),
    ):
        found = ours(*words)
        assert found.code == output.REFUSED
        assert found.err.count("\n") <= 2
    assert ours("trace", "nobody@example.com").code == output.BAD_NEWS


def test_without_a_server_the_command_that_starts_one_is_said(
    heliograph: Any, tmp_path: pathlib.Path
) -> None:
    found = heliograph("campaign", "list", "--data", tmp_path)
    assert found.code == output.UNREACHABLE
    assert f"heliograph serve --data {tmp_path}" in found.err
    (tmp_path / "server.json").write_text(json.dumps({"port": 9, "pid": 2**22 - 1}))
    assert "is gone" in heliograph("campaign", "list", "--data", tmp_path).err


def test_a_server_by_its_address_needs_its_token(
    heliograph: Any, served: running.Served, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("campaign", "list", "--server", served.url)
    assert "--token-file" in heliograph(*at).err
    assert heliograph(*at, "--token-file", served.data / "token").code == output.OK
    monkeypatch.setenv("HELIOGRAPH_TOKEN_FILE", str(served.data / "token"))
    assert heliograph(*at).code == output.OK
    wrong = tmp_path / "token"
    wrong.write_text("x" * 43)
    wrong.chmod(0o600)
    assert heliograph(*at, "--token-file", wrong).code == output.REFUSED
    wrong.chmod(0o644)
    assert "chmod 600" in heliograph(*at, "--token-file", wrong).err


@pytest.mark.parametrize(
    "url, word",
    [
        ("example.com", "not a server's address"),
        ("http://example.com", "https://"),
        ("http://127.0.0.1:9", "heliograph serve"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(
    heliograph: Any, served: running.Served, url: str, word: str
) -> None:
    found = heliograph("campaign", "list", "--server", url, "--token-file", served.data / "token")
    assert found.code == output.UNREACHABLE
    assert word in found.err


def test_wrong_usage_is_told_apart(heliograph: Any, tmp_path: pathlib.Path) -> None:
    assert heliograph("nonsense").code == output.USAGE
    assert heliograph("campaign", "launch").code == output.USAGE
    assert heliograph("import", tmp_path / "none.csv", "--data", tmp_path).code == output.USAGE
    assert heliograph("serve", "--set", "nope=1", "--data", tmp_path / "d").code == output.USAGE


def test_help_names_every_command_and_the_exit_codes(heliograph: Any) -> None:
    found = heliograph("--help")
    for word in (
        "serve",
        "demo",
        "import",
        "campaign",
        "trace",
        "ledger",
        "account",
        "suppress",
        "twins",
        "shots",
    ):
        assert word in found.out
    assert "exit codes" in found.out


def test_settings_are_listed_for_people_and_machines(heliograph: Any) -> None:
    assert "drain_s\t20.0" in heliograph("settings").out
    assert {row["name"] for row in heliograph("settings", "--json").json} >= {"port", "senders"}


def test_what_a_provider_said_cannot_move_the_terminals_cursor(capfd: pytest.CaptureFixture[str]) -> None:
    output.Output().table(("a",), [("x\x1b[2Jy\nz",)])
    assert capfd.readouterr().out == "a\nx [2Jy z\n"


def test_the_twins_run_alone_and_say_where() -> None:
    with running.folder() as data:
        process = subprocess.Popen(
            running.command("twins", "--data", str(data), "--parent-pipe"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=running.environment(),
        )
        try:
            assert process.stdout is not None
            assert process.stdin is not None
            assert "sms/twilio" in json.loads(process.stdout.readline())["twins"]
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            running.end(process)
