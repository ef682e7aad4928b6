"""The tree carries nothing of the machine it was made on, and ships whole."""

import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.architecture import tree

#: Folders of a person or a machine, and the registries packages come from; spelled so as not to match here.
HOME_LIKE = re.compile(r"(?<![\w.~/-])/(?:root|work|home/\w+|Users/\w+)/|\b[A-Z]:\\\\?Users\\")
REGISTRIES = re.compile(r"\b(?:pypi\.or[g]|pythonhosted\.or[g]|registry\.npmj[s]|crates\.i[o]\b)")


@pytest.mark.parametrize("pattern", [HOME_LIKE, REGISTRIES], ids=["machine paths", "registries"])
def test_no_file_names_the_place_it_was_made_in(pattern: re.Pattern[str]) -> None:
    found = [
        f"{tree.place(path)}:{number}: {line.strip()[:120]}"
        for path, text in tree.texts()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("folder", ["root", "work", "home/ada", "Users/ada"])
def test_a_machine_path_is_found(folder: str) -> None:
    assert HOME_LIKE.search(f"data = '/{folder}/heliograph'")
    assert not HOME_LIKE.search(f"https://example.com/{folder}/heliograph")


def copy_of_the_tree(to: pathlib.Path) -> None:
    """What a build needs, apart from what tools left in the tree."""
    for folder in (*tree.PACKAGES, "resources"):
        shutil.copytree(tree.ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(tree.ROOT / name, to)


def test_the_wheel_carries_every_file_of_the_packages(tmp_path: pathlib.Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    copy_of_the_tree(source)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next(out.glob("heliograph-*.whl"))) as wheel:
        carried = {name for name in wheel.namelist() if ".dist-info/" not in name}
    folders = [source / folder for folder in (*tree.PACKAGES, "resources")]
    files = {
        path.relative_to(source).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert carried == files
