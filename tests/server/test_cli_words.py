"""What the command line says when a person, a file or a disk is wrong: a sentence, its remedy, a code that means it."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from server import __main__ as program
from server import cli, settings
from server.commands import campaigns, output, serving
from server.wire import problems
from tests.support import served as running

ROWS = "key,email,phone\nw1,delivered+w1@magic.test,+447911123459\n"


@pytest.fixture
def contents(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "contents.json"
    path.write_text('{"sms": {"body": "Hi {{ nickname }}"}}')
    return path


@pytest.fixture
def rows(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


# -- asking wrongly --------------------------------------------------------------------------------------------------


def test_options_may_stand_before_the_command(heliograph: Any, served: running.Served) -> None:
    assert heliograph("--data", served.data, "ledger", "audit").code == output.OK
    assert heliograph(f"--data={served.data}", "campaign", "list", "--json").json["rows"] is not None


@pytest.mark.parametrize(
    "words, says",
    [
        (("import", "ROWS", "--map", "email"), "--map COLUMN=TARGET"),
        (("trace", " "), "Give an address"),
        (("account", "add", "sms/twilio", "--name", "x", "--set", "sender"), "--set NAME=VALUE"),
        (("account", "add", "sms/twilio", "--name", "x", "--secret-file", "auth_token"), "NAME=FILE"),
        (("account", "add", "sms/twilio", "--name", "x", "--secret-file", "auth_token=/nowhere"), "/nowhere"),
    ],
)
def test_half_an_argument_is_wrong_usage_and_says_how_to_write_it(
    ours: Any, rows: pathlib.Path, words: tuple[str, ...], says: str
) -> None:
    found = ours(*(rows if word == "ROWS" else word for word in words))
    assert found.code == output.USAGE
    assert says in found.err
    assert found.err.count("\n") == 1


def test_a_file_that_may_not_be_read_is_named_with_the_remedy(ours: Any, tmp_path: pathlib.Path) -> None:
    found = ours("import", pathlib.Path("/proc/self/mem"))
    assert found.code == output.USAGE
    assert "/proc/self/mem cannot be read" in found.err
    for words in (("import", tmp_path), ("import", tmp_path / "none.csv")):
        assert "not a file" in ours(*words).err


def test_a_name_that_two_campaigns_have_is_not_guessed(
    ours: Any, rows: pathlib.Path, contents: pathlib.Path
) -> None:
    ours("import", rows, "--audience", "Twice")
    make = ("campaign", "create", "--name", "Twins", "--audience", "Twice", "--contents", contents, "--json")
    first, second = (ours(*make).json["id"] for _ in range(2))
    found = ours("campaign", "launch", "Twins")
    assert found.code == output.REFUSED
    assert f"{first} or {second}" in found.err


@pytest.mark.parametrize(
    "text, says",
    [
        ('{"sms": {"body": 5}}', "at sms.body"),
        ('{"sms": ', "is not JSON"),
        (None, "No such file"),
    ],
)
def test_a_file_that_holds_no_contents_is_named_by_the_place(
    ours: Any, contents: pathlib.Path, text: str | None, says: str
) -> None:
    contents.unlink() if text is None else contents.write_text(text)
    found = ours("campaign", "create", "--name", "x", "--audience", "1", "--contents", contents)
    assert found.code == output.USAGE
    assert says in found.err
    assert "Errno" not in found.err


def test_a_run_that_is_not_there_is_refused_before_anything_is_written(ours: Any) -> None:
    for more in ((), ("--json",)):
        found = ours("ledger", "dump", 999_999, *more)
        assert (found.code, found.out) == (output.REFUSED, "")
        assert "no run 999999" in found.err


# -- what is answered ------------------------------------------------------------------------------------------------


def test_a_problem_is_said_once_and_in_whole_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = problems.Fault(place="sms.body", message="The message is empty", remedy="Write a text")
    title = "The campaign cannot be saved."
    said = cli._said(problems.refuse(problems.Code.INVALID, title, "Mend what is named.", [fault]))
    assert said == (
        output.REFUSED,
        f"{title}\n  sms.body: The message is empty. Write a text.\nMend what is named.",
    )
    again = problems.Fault(place="country", message="This is no country.", remedy="Write two letters.")
    refused = problems.refuse(problems.Code.INVALID, again.message, again.remedy, [again])
    assert cli._said(refused)[1] == "country: This is no country. Write two letters."


def test_why_messages_were_skipped_and_which_run_it_was_is_shown(
    ours: Any, rows: pathlib.Path, contents: pathlib.Path
) -> None:
    ours("import", rows, "--audience", "Nameless")
    ours("campaign", "create", "--name", "Nickname", "--audience", "Nameless", "--contents", contents)
    launched = ours("campaign", "launch", "Nickname", "--wait")
    assert "skipped\tmissing_value\tsms\t1" in launched.out
    run = ours("campaign", "show", "Nickname", "--json").json["run"]["id"]
    assert launched.out.splitlines()[0].endswith(f"run {run}")


@pytest.mark.parametrize(
    "spelling",
    [
        "07911 123460",
        "+44 (0) 7911 123460",
        "0044 7911-123460",
        "tel:+447911123460",
        "7911123460",
        "441-17911 123460",
    ],
)
def test_a_phone_is_found_however_it_is_spelt(
    ours: Any, rows: pathlib.Path, contents: pathlib.Path, spelling: str
) -> None:
    rows.write_text(ROWS.replace("w1", "w2").replace("123459", "123460"))
    ours("import", rows, "--audience", spelling)
    name = f"To {spelling}"
    ours("campaign", "create", "--name", name, "--audience", spelling, "--contents", contents)
    ours("campaign", "launch", name, "--wait")
    found = ours("trace", spelling, "--json")
    if spelling.startswith("441-1"):  # a digit too many is somebody else's number
        assert found.code == output.BAD_NEWS
    else:
        assert {row["address"] for row in found.json["messages"]} == {"+447911123460"}


def test_a_file_without_rows_is_bad_news(ours: Any, rows: pathlib.Path) -> None:
    rows.write_text("email\n")
    found = ours("import", rows, "--audience", "Empty")
    assert found.code == output.BAD_NEWS
    assert "has no rows" in found.err


def test_an_error_sheet_that_cannot_be_written_does_not_hide_what_was_imported(
    ours: Any, rows: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    rows.write_text(ROWS + "w3,broken,12\n")
    found = ours("import", rows, "--audience", "Sheetless", "--errors", tmp_path / "no" / "sheet.csv")
    assert found.code == output.PARTLY
    assert "1 of 2 rows taken" in found.out
    assert "cannot be written" in found.err


def test_an_answer_that_cannot_be_written_is_bad_news(served: running.Served) -> None:
    with pathlib.Path("/dev/full").open("w") as full:
        command = running.command("ledger", "audit", "--json", "--data", str(served.data))
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode != output.OK


# -- where there is nothing to work with -----------------------------------------------------------------------------


def test_a_console_without_a_screen_says_what_works_without_one(
    heliograph: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    found = heliograph()
    assert found.code == output.BAD_NEWS
    assert "no screen" in found.err
    assert "heliograph serve" in found.err


def test_a_data_folder_that_is_a_file_is_said_plainly(heliograph: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.touch()
    found = heliograph("serve", "--data", path)
    assert "is not a folder" in found.err
    assert "--data" in found.err


def test_the_way_to_the_console_names_a_folder_that_is_not_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("HELIOGRAPH_DATA", str(tmp_path))
    assert serving._option(str(settings.place().absolute())) == ""
    assert serving._option("/srv/my data") == " --data '/srv/my data'"


def test_the_twins_on_a_terminal_are_a_table_for_people() -> None:
    with running.folder() as data:
        ours_, theirs = pty.openpty()
        process = subprocess.Popen(
            running.command("twins", "--data", str(data)),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env=running.environment(),
        )
        os.close(theirs)
        try:
            said = b""
            while b"Ctrl+C" not in said:
                said += os.read(ours_, 4096)
            assert b"sms/twilio " in said
            assert b"{" not in said
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            os.close(ours_)
            assert process.stderr is not None
            process.stderr.close()
            running.end(process)


def test_the_twins_say_which_folder_they_cannot_use(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.touch()
    command = [sys.executable, "-m", "server.twins", "--data", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == output.BAD_NEWS
    assert "Errno" not in done.stderr
    assert "--data" in done.stderr


def test_a_narrow_terminal_folds_what_is_long_and_leaves_nothing_out(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    reference = "000001a1f8783570-73d2ca4f-17fe-403e-b0bc-8f7c2537090d-000000"
    output.Output().table(("id", "reference", "n"), [(12, reference, 3), (7, "short", 4000)], numbers=(0, 2))
    lines = capfd.readouterr().out.splitlines()
    told = "".join(line[3:].strip() for line in lines)
    assert "…" not in told
    assert reference in re.sub(r"\s+3?", "", told)
    assert len(lines[2]) == len(lines[3]) == 50


def test_ctrl_c_while_the_program_is_still_being_imported_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "_run", interrupted)
    assert program.main() == output.INTERRUPTED
    assert capfd.readouterr() == ("", "")


def test_a_watcher_who_leaves_is_told_that_the_campaign_goes_on(
    ours: Any, rows: pathlib.Path, contents: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours("import", rows, "--audience", "Watched")
    ours("campaign", "create", "--name", "Watched", "--audience", "Watched", "--contents", contents)

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaigns, "_wait", interrupted)
    found = ours("campaign", "launch", "Watched", "--wait")
    assert found.code == output.INTERRUPTED
    assert "goes on without you" in found.err
    assert "heliograph campaign pause" in found.err


def test_the_answer_in_json_is_one_value_on_one_line(ours: Any) -> None:
    for words in (("campaign", "list"), ("account", "list"), ("account", "types"), ("ledger", "audit")):
        (line,) = ours(*words, "--json").out.splitlines()
        assert json.loads(line)


def test_the_readme_names_every_command() -> None:
    readme = (pathlib.Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^    heliograph ([a-z][a-z-]*)", readme, re.MULTILINE))
    (commands,) = (action.choices for action in cli.parser()._actions if action.dest == "command")
    assert commands is not None
    assert set(commands) - listed == set()


def test_a_status_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(["campaign", "list", "--status", "nonsense"])
    assert ended.value.code == 2
    assert "'paused'" in capsys.readouterr().err
