"""The project as the tests of its shape read it: folders, modules and their syntax."""

import ast
import csv
import functools
import pathlib
import tomllib
from collections.abc import Iterator
from typing import Any

import grimp

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ("console", "server")

#: What tools and runs leave at the top of the tree; .gitignore holds the same names.
MADE = {"build", "dist", "demo", "shots", "report.html", "report.json"}


def sources(*folders: str) -> list[pathlib.Path]:
    """The Python files under `folders`, in a stable order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@functools.cache
def syntax(path: pathlib.Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: pathlib.Path) -> str:
    """The path as a person names it: from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: pathlib.Path) -> str:
    """`server/wire/campaigns.py` is server.wire.campaigns; a package is named by its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def texts() -> Iterator[tuple[pathlib.Path, str]]:
    """Every file of the project that is text, with its text."""
    for top in sorted(ROOT.iterdir()):
        if top.name in MADE or (top.name.startswith(".") and top.name not in {".ci", ".gitignore"}):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            made = "__pycache__" in path.parts or any(part.endswith(".egg-info") for part in path.parts)
            if made or not path.is_file():
                continue
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:  # a font, an image
                continue


@functools.cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@functools.cache
def imports() -> grimp.ImportGraph:
    """Who imports whom, among the modules of the two packages."""
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@functools.cache
def providers() -> frozenset[str]:
    """The modules that the table of providers names."""
    table = ROOT / "resources" / "reference" / "providers.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["module"] for row in csv.DictReader(lines))
