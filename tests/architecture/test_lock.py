"""The lock pins all there is by hash and names no place to fetch it from."""

import functools
import re

from packaging import requirements, utils, version

from tests.architecture import tree

PIN = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z0-9,-]+\])?==(?P<version>[^ ;]+)( ; .+?)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@functools.cache
def lock() -> str:
    return (tree.ROOT / "requirements.lock").read_text(encoding="utf-8")


def pins() -> dict[str, version.Version]:
    matches = [PIN.fullmatch(line) for line in lock().splitlines()]
    return {match["name"]: version.Version(match["version"]) for match in matches if match}


def asked() -> list[requirements.Requirement]:
    project = tree.project()
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    groups.append(project["dependency-groups"]["dev"])
    return [requirements.Requirement(text) for group in groups for text in group]


def test_every_line_is_a_pin_or_a_hash() -> None:
    assert [line for line in lock().splitlines() if not (PIN.fullmatch(line) or HASH.fullmatch(line))] == []


def test_every_pin_has_a_hash() -> None:
    lines = lock().splitlines()
    bare = [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.fullmatch(line) and "--hash" not in after
    ]
    assert bare == []


def test_the_lock_answers_everything_the_project_asks_for() -> None:
    pinned = pins()
    unmet = [
        str(one) for one in asked() if not one.specifier.contains(pinned[utils.canonicalize_name(one.name)])
    ]
    assert unmet == []


def test_the_server_alone_asks_for_no_qt() -> None:
    server = {requirements.Requirement(text).name for text in tree.project()["project"]["dependencies"]}
    console = {
        requirements.Requirement(text).name
        for text in tree.project()["project"]["optional-dependencies"]["console"]
    }
    assert server & console == set()
    assert not any("qt" in name or "pyside" in name for name in server)
