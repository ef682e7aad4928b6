"""The template library by the command line."""

import json
import pathlib
from typing import Any

import pytest

from server.commands import output

ROWS = "key,name,phone,locale,city\nca,Ada,+13032001201,en,London\ncb,Bea,+13032001202,de,\n"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("cli") / "people.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def body(tmp_path: pathlib.Path) -> Any:
    def write(text: str, **more: object) -> pathlib.Path:
        path = tmp_path / "content.json"
        content: dict[str, object] = {"channel": "sms", "body": text}
        path.write_text(json.dumps({"content": content, **more} if more else content), encoding="utf-8")
        return path

    return write


def test_a_template_is_saved_shown_versioned_and_restored(ours: Any, body: Any) -> None:
    made = ours(
        "template", "save", "--name", "By hand", "--content", body("Hi {{ name }}"), "--folder", "Cli/One"
    )
    assert made.code == output.OK, made.err
    assert "(By hand) is at version 1" in made.out
    spoken = {"language": "en", "others": {"de": {"channel": "sms", "body": "Hallo {{ name }}"}}}
    again = ours(
        "template",
        "save",
        "By hand",
        "--content",
        body("Hello {{ name }}", translations=spoken),
        "--note",
        "two tongues",
        "--tag",
        "Spring",
    )
    assert "is at version 2" in again.out
    shown = ours("template", "show", "By hand").out
    assert "[en]" in shown
    assert "[de]" in shown
    assert "Hallo {{ name }}" in shown
    versions = ours("template", "versions", "By hand").out
    assert "two tongues" in versions
    assert "is at version 3" in ours("template", "restore", "By hand", 1).out
    assert "Hi {{ name }}" in ours("template", "show", "By hand").out
    assert "Hello" in ours("template", "show", "By hand", "--version", 2).out
    assert ours("template", "note", "By hand", 1, "the first").out == "Version 1: the first\n"
    listed = ours("template", "list", "--folder", "Cli", "--tag", "spring", "--json").json
    assert [row["name"] for row in listed["rows"]] == ["By hand"]
    assert "Cli/One" in ours("template", "folders").out


def test_a_template_is_moved_tagged_archived_copied_and_removed(ours: Any, body: Any) -> None:
    ours("template", "save", "--name", "Rolling", "--content", body("x"))
    assert ours("template", "move", "Rolling", "--folder", "Stones").out == "Done.\n"
    assert ours("template", "move", "Rolling", "--folder", "Stones").out == "It was so already.\n"
    assert ours("template", "move", "Rolling").code == output.USAGE
    ours("template", "tag", "Rolling", "moss", "Grey")
    (row,) = ours("template", "list", "--folder", "Stones", "--json").json["rows"]
    assert row["tags"] == ["grey", "moss"]
    ours("template", "archive", "Rolling")
    assert ours("template", "list", "--folder", "Stones", "--json").json["total"] == 0
    ours("template", "unarchive", "Rolling")
    assert "Copy of Rolling" in ours("template", "duplicate", "Rolling").out
    assert "is removed" in ours("template", "delete", "Copy of Rolling").out
    assert ours("template", "show", "Copy of Rolling").code == output.REFUSED


def test_a_draft_takes_a_template_and_is_named_as_its_user(
    ours: Any, body: Any, sheet: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    ours("import", sheet, "--audience", "Cli people")
    ours("template", "save", "--name", "Taken", "--content", body("Hi {{ name }}"))
    contents = tmp_path / "c.json"
    contents.write_text('{"sms": {"body": "x"}}')
    words = ("--audience", "Cli people", "--contents", contents)
    ours("campaign", "create", "--name", "Takes it", *words)
    taken = ours("template", "take", "Taken", "--campaign", "Takes it")
    assert "has Taken, version 1, for SMS" in taken.out
    assert "Takes it" in ours("template", "uses", "Taken").out
    held = ours("template", "delete", "Taken")
    assert (held.code, "in use in 1 place" in held.err) == (output.REFUSED, True)
    breaking = ours("template", "save", "Taken", "--content", body("{{ city }}"))
    assert breaking.code == output.REFUSED
    assert "1 of 2 people in Cli people have no city" in breaking.err
    assert "version 2" in ours("template", "save", "Taken", "--content", body("{{ city }}"), "--confirm").out


def test_a_check_names_for_whom_it_fails_and_ends_with_bad_news(
    ours: Any, body: Any, sheet: pathlib.Path
) -> None:
    ours("import", sheet, "--audience", "Cli checked")
    ours("template", "save", "--name", "Fails", "--content", body("{{ city }}"))
    found = ours("template", "check", "Fails", "--audience", "Cli checked")
    assert found.code == output.BAD_NEWS
    assert "It fails for 1 of 2 people of Cli checked." in found.out
    assert "Bea" in found.out
    ours("template", "save", "Fails", "--content", body("{{ city | default: 'home' }}"))
    good = ours("template", "check", "Fails", "--audience", "Cli checked")
    assert (good.code, "renders for all 2 people" in good.out) == (output.OK, True)


def test_two_versions_are_compared_line_by_line(ours: Any, body: Any, sheet: pathlib.Path) -> None:
    ours("import", sheet, "--audience", "Cli compared")
    ours("template", "save", "--name", "Differs", "--content", body("Hi {{ name }}\nBye"))
    ours("template", "save", "Differs", "--content", body("Hello {{ name }}\nBye"))
    said = ours("template", "diff", "Differs", 1, "--audience", "Cli compared", "--position", 1).out
    assert "Version 1 and version 2 for Bea: not the same." in said
    assert "  - Hi Bea\n  + Hello Bea\n    Bye\n" in said
    written = ours("template", "diff", "Differs", 1, 2, "--written").out
    assert "  - Hi {{ name }}" in written


def test_blocks_are_saved_listed_and_held_by_their_users(
    ours: Any, body: Any, tmp_path: pathlib.Path
) -> None:
    text = tmp_path / "foot.txt"
    text.write_text("Yours, {{ firm | default: 'Acme' }}")
    assert "at version 1" in ours("template", "block", "save", "cli-foot", "--text", text).out
    ours("template", "save", "--name", "With foot", "--content", body("Hi {% render 'cli-foot' %}"))
    assert "With foot" in ours("template", "block", "uses", "cli-foot").out
    assert ours("template", "block", "delete", "cli-foot").code == output.REFUSED
    text.write_text("Changed")
    saved = ours("template", "block", "save", "cli-foot", "--text", text)
    assert "at version 2, used in 1 place." in saved.out
    assert "at version 3" in ours("template", "block", "restore", "cli-foot", 1).out
    assert "Yours" in ours("template", "block", "show", "cli-foot").out
    assert ours("template", "block", "versions", "cli-foot", "--json").json["total"] == 3
    assert "cli-foot" in ours("template", "block", "list", "--find", "foot").out


def test_what_was_exported_is_imported_elsewhere(ours: Any, body: Any, tmp_path: pathlib.Path) -> None:
    ours("template", "save", "--name", "Shipped", "--content", body("x"), "--folder", "Port")
    document = tmp_path / "out.json"
    assert (
        "1 template and 0 blocks written"
        in ours("template", "export", "--folder", "Port", "--output", document).out
    )
    dry = ours("template", "import", document, "--folder", "Away", "--dry").out
    assert dry == "Nothing was changed. It would be:\n1 made: Shipped.\n"
    assert ours("template", "import", document, "--folder", "Away").out == "1 made: Shipped.\n"
    assert json.loads(ours("template", "export", "--folder", "Away/Port").out)
    document.write_text("[]")
    assert ours("template", "import", document).code == output.USAGE


@pytest.mark.parametrize(
    "text, says",
    [
        ("{", "is not JSON"),
        ('{"channel": "sms"}', "body"),
        ('{"content": {"channel": "smoke", "body": "x"}}', "content.channel"),
    ],
)
def test_a_file_that_is_no_content_says_where(
    ours: Any, tmp_path: pathlib.Path, text: str, says: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    found = ours("template", "save", "--name", "Bad", "--content", path)
    assert found.code in (output.USAGE, output.REFUSED)
    assert says in found.err
