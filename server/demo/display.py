"""What the demo shows while it works: a live table on a terminal, a sentence now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

from rich import box, console, live, progress_bar, table, text

from server.channels import contents
from server.demo import words
from server.wire import audiences, campaigns, ledger

#: Seconds between two sentences where nothing can be drawn.
SENTENCE_S = 5.0
#: Columns of a terminal that has room for all terms; on others the bar tells what is left.
WIDE = 110
#: Colours of the terminal's own palette, so that they suit its ground.
_TERMS = (
    ("audience", "audience", ""),
    ("accepted", "accepted", "green"),
    ("failed", "failed", "red"),
    ("skipped", "skipped", "bright_black"),
    ("doubt", "in doubt", "yellow"),
    ("sending", "sending", "blue"),
    ("waiting", "waiting", "bright_black"),
)


class Display:
    """Says what happens on stderr, so that stdout is left to the result. Use it as a context."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = console.Console(stderr=True, highlight=False, quiet=quiet)
        self._drawn: live.Live | None = None
        self._said_at = 0.0
        self._before: tuple[float, dict[str, int]] = (0.0, {})
        self._rates: dict[str, float] = {}

    def __enter__(self) -> "Display":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def say(self, sentence: str) -> None:
        """Tell one sentence that stays."""
        self._clear()
        self._console.print(text.Text(sentence), soft_wrap=True)

    @contextlib.contextmanager
    def making(self, doing: str, total: int) -> Iterator["Step"]:
        """Show how far something is that is made here; yields what is called with the number done."""
        step = Step(self, doing, total)
        try:
            yield step
        finally:
            self._clear()

    def importing(self, found: audiences.Import) -> None:
        """Show how far an import is."""
        line = table.Table.grid(padding=(0, 2))
        line.add_row(
            "Importing", _bar(found.bytes_read, found.bytes_total, 40), f"{words.count(found.rows_read)} rows"
        )
        self.draw(line, f"Importing: {words.count(found.rows_read)} rows")

    def sending(self, run: campaigns.Run, to_come: int = 0) -> None:
        """Show a run's equation by channel, how fast it goes, and how many receipts are still to come."""
        self._measure(run)
        drawn = table.Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
        drawn.add_column("", no_wrap=True)
        drawn.add_column("")
        terms = _TERMS if self._console.width >= WIDE else _TERMS[1:5]
        for name in (*(word for _, word, _ in terms), "rate"):
            drawn.add_column(name, justify="right", min_width=8, no_wrap=True)
        for channel, equation in run.by_channel.items():
            drawn.add_row(
                contents.TITLES[channel], *_cells(equation, terms), words.rate(self._rates.get(channel, 0.0))
            )
        drawn.add_section()
        drawn.add_row(
            text.Text("All", style="bold"),
            *_cells(run.equation, terms),
            words.rate(sum(self._rates.values())),
        )
        done = run.equation.audience - run.equation.waiting - run.equation.sending
        sentence = (
            f"Sending: {words.count(done)} of {words.count(run.equation.audience)} messages decided, "
            f"{words.count(run.equation.accepted)} accepted, {words.rate(sum(self._rates.values()))}"
        )
        if to_come:
            sentence = f"Waiting for the receipts: {words.count(to_come)} on their way"
            drawn.caption = sentence
        self.draw(drawn, sentence)

    def draw(self, drawn: console.RenderableType, sentence: str) -> None:
        """Draw on a terminal in place; elsewhere say the sentence now and then."""
        if not self._console.is_terminal:
            if time.monotonic() - self._said_at >= SENTENCE_S:
                self._said_at = time.monotonic()
                self._console.print(text.Text(sentence), soft_wrap=True)
            return
        if self._drawn is None:
            self._drawn = live.Live(console=self._console, refresh_per_second=8, transient=True)
            self._drawn.start()
        self._drawn.update(drawn)

    def _clear(self) -> None:
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None

    def _measure(self, run: campaigns.Run) -> None:
        """Rates over the last seconds, by what the tallies say."""
        now = time.monotonic()
        counts = {
            channel: equation.audience - equation.waiting - equation.sending - equation.skipped
            for channel, equation in run.by_channel.items()
        }
        at, before = self._before
        if before and now - at < 1.0:
            return
        if before:
            fresh = {channel: (counts[channel] - before.get(channel, 0)) / (now - at) for channel in counts}
            self._rates = {
                channel: 0.5 * self._rates.get(channel, rate) + 0.5 * rate for channel, rate in fresh.items()
            }
        self._before = (now, counts)


class Step:
    """How far something is."""

    def __init__(self, display: Display, doing: str, total: int) -> None:
        self._display = display
        self._doing = doing
        self._total = total

    def __call__(self, done: int) -> None:
        line = table.Table.grid(padding=(0, 2))
        line.add_row(self._doing, _bar(done, self._total, 40), words.count(done))
        self._display.draw(line, f"{self._doing}: {words.count(done)} of {words.count(self._total)}")


def _bar(done: int, total: int, width: int) -> progress_bar.ProgressBar:
    return progress_bar.ProgressBar(total=max(total, 1), completed=done, width=width)


def _cells(equation: ledger.Equation, terms: Sequence[tuple[str, str, str]]) -> list[console.RenderableType]:
    decided = equation.audience - equation.waiting - equation.sending
    cells: list[console.RenderableType] = [_bar(decided, equation.audience, 12)]
    for field, _, colour in terms:
        number = getattr(equation, field)
        cells.append(text.Text(words.count(number), style=colour if number else "bright_black"))
    return cells


def stdout(sentence: str) -> None:
    """One line of the result."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def stderr(sentence: str) -> None:
    """One line that is no result."""
    sys.stderr.write(sentence + "\n")
