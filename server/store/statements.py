"""Read SQL kept as SQL: files of blocks, each with a name and a sentence."""

from pathlib import Path


def load(path: Path) -> dict[str, str]:
    """Name to statement. A block starts with `-- name`, then comment lines, then the statement."""
    found: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n-- "):
        name, _, rest = block.removeprefix("-- ").partition("\n")
        lines = [line for line in rest.splitlines() if not line.startswith("--")]
        found[name.strip()] = "\n".join(lines).strip()
    return found
