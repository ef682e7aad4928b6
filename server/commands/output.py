"""What a command says: sentences and tables for people, JSON for machines, progress on a terminal only."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

#: Exit codes; the handbook has the same list.
OK, BAD_NEWS, USAGE, PARTLY, UNREACHABLE, REFUSED = range(6)
INTERRUPTED = 130

GAP = 2  #: spaces between columns, where there is room
SHORT = 20  #: characters of a column that is not folded while others can be
FIRM = 0.8  #: share of the terminal that such columns may take together

Step = Callable[[int, int], None]


class Misused(Exception):
    """What was typed cannot be meant; the sentence says how to write it."""


class Output:
    """One command's way to speak. With `as_json` nothing but JSON reaches stdout."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    def say(self, text: str) -> None:
        """Tell a person; beside the JSON it goes to stderr."""
        stream = sys.stderr if self.as_json else sys.stdout
        stream.write(text + "\n")

    def warn(self, text: str) -> None:
        """Tell a person what is not well."""
        sys.stderr.write(text + "\n")

    def data(self, value: Any) -> None:
        """Hand a machine its answer: one line of JSON."""
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")

    def agreed(self, question: str) -> bool:
        """Ask a person at a terminal; False where there is nobody to ask."""
        if self.as_json or not sys.stdin.isatty():
            return False
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def typed(self, question: str) -> str | None:
        """What a person at a terminal answers; None where there is nobody to ask."""
        if self.as_json or not sys.stdin.isatty():
            return None
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        return sys.stdin.readline().strip()

    def line(self, row: Sequence[object]) -> None:
        """Write one row, tab-separated."""
        sys.stdout.write("\t".join(_cell(value) for value in row) + "\n")

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()
    ) -> None:
        """Show rows: drawn on a terminal, tab-separated elsewhere. `numbers` are columns set to the right."""
        if not sys.stdout.isatty():
            for row in (columns, *rows):
                self.line(row)
            return
        self._draw(columns, [[_cell(value) for value in row] for row in rows], frozenset(numbers))

    def _draw(self, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> None:
        """Draw a table as wide as the terminal: long texts are folded, and nothing is left out."""
        from rich import box, console, table, text

        screen = console.Console()
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        roomy = sum(widths) + GAP * (len(widths) - 1) <= screen.width
        drawn = table.Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1 if roomy else 0, 0, 0)
        )
        short = [width <= SHORT for width in widths]
        firm = sum(width for width, one in zip(widths, short, strict=True) if one) <= FIRM * screen.width
        for index, name in enumerate(columns):
            drawn.add_column(
                name,
                justify="right" if index in numbers else "left",
                overflow="fold",
                no_wrap=firm and short[index],
            )
        for row in rows:
            drawn.add_row(*(text.Text(cell) for cell in row))  # Text: what providers said is never markup
        screen.print(drawn)
        screen.print()

    @contextlib.contextmanager
    def progress(self, label: str) -> Iterator[Step]:
        """Show how far a long work is: call what this yields with (done, total)."""
        if not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from rich import console, progress

        with progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TimeElapsedColumn(),
            console=console.Console(stderr=True),
            transient=True,
        ) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)


def many(count: int, noun: str, several: str = "") -> str:
    """A count with its noun: `1 place`, `2 places`."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def _cell(value: object) -> str:
    """A value as one cell of a line: control characters cannot move a terminal's cursor."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)
