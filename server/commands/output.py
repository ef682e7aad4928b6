"""What a command says: sentences and tables for people, JSON for machines, progress on a terminal only."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

#: Exit codes; the handbook has the same list.
OK, BAD_NEWS, USAGE, PARTLY, UNREACHABLE, REFUSED = range(6)
INTERRUPTED = 130

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
        from rich import box, console, table, text

        drawn = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for index, name in enumerate(columns):
            drawn.add_column(name, justify="right" if index in numbers else "left")
        for row in rows:
            drawn.add_row(
                *(text.Text(_cell(value)) for value in row)
            )  # Text: what providers said is never markup
        console.Console().print(drawn)

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


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def _cell(value: object) -> str:
    """A value as one cell of a line: control characters cannot move a terminal's cursor."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)
