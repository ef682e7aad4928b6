"""Why the run goes as fast as it does: what binds it in a sentence, each cause's share of the time, and until when."""

from PySide6 import QtWidgets

from console.widgets import bars, cards, figures, glyphs, layout, text, theme
from server.wire import limits

#: What a person can change, what the provider decides, what is ours, what only time changes.
TOKENS = {
    "window": "c1",
    "throttled": "warn",
    "paused": "warn",
    "breaker": "bad",
    "halted": "bad",
    "no_lane": "bad",
    "cpu": "c5",
    "retries": "c6",
    "later": "c6",
    "quota": "c3",
}
LIMIT_TOKENS = ("c2", "c4", "c3", "c5")
SHOWN = 5
PARTS = 10_000  #: shares are drawn as whole numbers of so many


def eta(pace: limits.Pace) -> str:
    """Until when it may take, in words."""
    left = f"{figures.count(pace.left)} left"
    if not pace.left:
        return ""
    if pace.eta_low_s is None:
        return f"{left}."
    if pace.eta_high_s is None:
        return f"{left}, not done before {figures.duration(pace.eta_low_s)} from now."
    low, high = figures.duration(pace.eta_low_s), figures.duration(pace.eta_high_s)
    return f"{left}, done in {low if low == high else f'{low} to {high}'}."


def tokens(causes: list[limits.Cause]) -> list[str]:
    """A colour for each cause; limits take turns."""
    found, turn = [], 0
    for cause in causes:
        token = TOKENS.get(cause.kind)
        if token is None:
            token, turn = LIMIT_TOKENS[turn % len(LIMIT_TOKENS)], turn + 1
        found.append(token)
    return found


class Holding(cards.Card):
    """The card."""

    def __init__(self) -> None:
        super().__init__(heading="Why this pace", gap=8)
        self.sentence = text.Label("", "body", wrap=True)
        self.bar = bars.Stack("What held the run back, by share of the time")
        self._legend = layout.column(gap=4)
        self.eta = text.muted("", wrap=True)
        for item in (self.sentence, self.bar, self._legend, self.eta):
            self.add(item)
        self._shown: limits.Pace | None = None

    def set_pace(self, pace: limits.Pace | None) -> None:
        """Show it; nothing at all while nobody knows."""
        self.setVisible(pace is not None)
        if pace is None or pace == self._shown:
            return
        self._shown = pace
        self.sentence.setText(pace.sentence)
        coloured = list(zip(pace.causes, tokens(pace.causes), strict=True))
        self.bar.set_parts([(cause.words, round(cause.share * PARTS), token) for cause, token in coloured])
        self.bar.setVisible(bool(coloured))
        self._tell(coloured)
        self.eta.setText(" ".join(part for part in (eta(pace), pace.assumes if pace.left else "") if part))
        self.eta.setVisible(bool(self.eta.text()))

    def _tell(self, coloured: list[tuple[limits.Cause, str]]) -> None:
        layout.clear(self._legend)
        for cause, token in coloured[:SHOWN]:
            self._legend.addLayout(_line(cause.words, figures.share(cause.share, 1.0), token))
        over = coloured[SHOWN:]
        if over:
            share = figures.share(sum(cause.share for cause, _ in over), 1.0)
            self._legend.addLayout(_line(f"{len(over)} more", share, "text3"))


def _line(words: str, share: str, token: str) -> QtWidgets.QHBoxLayout:
    number = text.Label(share, "muted")
    number.setFont(text.font(text.SMALL, tabular=True))
    mark = layout.column(glyphs.Glyph("circle", token, 12, name=""), None, margins=(0, 2, 0, 0))
    said = text.Label(words[:1].upper() + words[1:], "body", wrap=True)
    made = layout.row(mark, said, number, gap=theme.SM)
    made.setStretch(1, 1)
    return made
