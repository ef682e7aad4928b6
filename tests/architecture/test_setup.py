"""Setting up says what it needs where it may not help itself."""

import os
import pathlib
import shutil
import subprocess

import pytest

from tests.architecture import tree


class Setup:
    """setup.sh in an empty tree, on a machine whose package manager and user are told by small scripts."""

    def __init__(self, place: pathlib.Path) -> None:
        self.tree, self.commands = place / "tree", place / "commands"
        (self.tree / "packaging").mkdir(parents=True)
        self.commands.mkdir()
        for name in ("packaging/setup.sh", "pyproject.toml", "requirements.lock"):
            shutil.copy(tree.ROOT / name, self.tree / name)
        self.command("dpkg-query", "")  # nothing is installed
        self.command("apt-cache", 'case "$2" in libasound2|libglib2.0-0) ;; *) echo "$2 | 1.0" ;; esac')

    def command(self, name: str, body: str) -> None:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.commands}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "packaging/setup.sh"],
            cwd=self.tree,
            env={**os.environ, "PATH": path, **environment},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def setup_elsewhere(tmp_path: pathlib.Path) -> Setup:
    return Setup(tmp_path)


def test_setup_names_the_command_to_type_where_it_may_not_install(setup_elsewhere: Setup) -> None:
    setup_elsewhere.command("id", "echo 1000")
    setup_elsewhere.command("apt-get", "echo 'apt-get was called' >&2; exit 100")
    done = setup_elsewhere.run()
    assert done.returncode == 1
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 " in done.stderr
    assert "apt-get was called" not in done.stderr


def test_setup_asks_for_a_package_by_the_name_this_release_gives_it(setup_elsewhere: Setup) -> None:
    setup_elsewhere.command("id", "echo 1000")
    setup_elsewhere.command("apt-get", "exit 100")
    command = setup_elsewhere.run().stderr
    assert " libasound2t64 " in command
    assert " libasound2 " not in command


def test_setup_says_that_the_package_lists_could_not_be_fetched(setup_elsewhere: Setup) -> None:
    setup_elsewhere.command("id", "echo 0")
    setup_elsewhere.command("apt-get", "exit 100")
    done = setup_elsewhere.run()
    assert done.returncode == 1
    assert "apt-get update failed; check the network" in done.stderr


def test_setup_refuses_a_python_that_is_too_old(setup_elsewhere: Setup) -> None:
    setup_elsewhere.command("dpkg-query", "exit 0")
    setup_elsewhere.command("apt-get", "exit 0")
    setup_elsewhere.command("python3.9", "exit 1")
    setup_elsewhere.command("id", "echo 0")
    done = setup_elsewhere.run(PYTHON="python3.9")
    assert done.returncode == 1
    assert "Heliograph needs Python 3.11 or newer, and python3.9 is not one." in done.stderr
    assert not (setup_elsewhere.tree / ".venv").exists()
