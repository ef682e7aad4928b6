"""Painted bars: a meter, a stacked whole, a funnel and a histogram, each with its numbers told to a screen reader."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, figures, paint, text, theme


class Meter(QtWidgets.QWidget):
    """How much of a whole is done."""

    def __init__(self, share: float = 0.0, token: str = "accent", *, name: str = "Progress") -> None:
        super().__init__()
        self._share, self._token, self._name = share, token, name
        self.setFixedHeight(6)
        self.set_share(share)

    def set_share(self, share: float, token: str = "") -> None:
        """Fill it to `share`, 0 to 1, in another colour where one is given."""
        self._share, self._token = share, token or self._token
        accessible.describe(self, accessible.Role.ProgressBar, self._name, f"{share:.0%}")
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        paint.bar(painter, QtCore.QRectF(self.rect()), self._share, theme.color(self._token))
        painter.end()


class Stack(QtWidgets.QWidget):
    """Parts of a whole side by side; a part above nothing is never thinner than three pixels."""

    def __init__(self, name: str, height: int = 10) -> None:
        super().__init__()
        self._name = name
        self._parts: tuple[tuple[str, int, str], ...] = ()
        self.setFixedHeight(height)
        self.set_parts(())

    def set_parts(self, parts: Sequence[tuple[str, int, str]]) -> None:
        """Show (word, number, colour token) triples."""
        self._parts = tuple(parts)
        said = ", ".join(f"{word} {figures.count(number)}" for word, number, _ in parts if number)
        accessible.describe(self, accessible.Role.Chart, self._name, said)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(self.rect())
        round_path = QtGui.QPainterPath()
        round_path.addRoundedRect(whole, whole.height() / 2, whole.height() / 2)
        painter.setClipPath(round_path)
        painter.fillRect(whole, theme.color("track"))
        x = 0.0
        for width, token in self._widths(whole.width()):
            painter.fillRect(QtCore.QRectF(x, 0, width, whole.height()), theme.color(token))
            x += width
            painter.fillRect(QtCore.QRectF(x - 1, 0, 1, whole.height()), theme.color("surface"))
        painter.end()

    def _widths(self, room: float) -> list[tuple[float, str]]:
        shown = [(number, token) for _, number, token in self._parts if number > 0]
        total = sum(number for number, _ in shown)
        if not total:
            return []
        raw = [max(3.0, room * number / total) for number, _ in shown]
        scale = room / sum(raw)
        return [(width * scale, token) for width, (_, token) in zip(raw, shown, strict=True)]


def came_from(steps: Sequence[tuple[str, int]], index: int) -> int:
    """How many stood at the step that this one comes from: the step before, or the last that was not smaller.

    People reply without having clicked.
    """
    return next((known for _, known in reversed(steps[:index]) if known >= steps[index][1]), 0)


class Funnel(QtWidgets.QWidget):
    """Steps that each lose some: name, bar, number, and the share of the step it comes from."""

    _ROW = 28

    def __init__(self, name: str = "Funnel") -> None:
        super().__init__()
        self._name = name
        self._steps: tuple[tuple[str, int], ...] = ()
        self.set_steps(())

    def set_steps(self, steps: Sequence[tuple[str, int]]) -> None:
        """Show (name, number) pairs, the widest first."""
        self._steps = tuple(steps)
        self.setMinimumHeight(self._ROW * max(len(steps), 1))
        said = ", ".join(f"{name} {figures.count(number)}" for name, number in steps)
        accessible.describe(self, accessible.Role.Chart, self._name, said or "no data yet")
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        paint.face(painter, self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        top = max((number for _, number in self._steps), default=0) or 1
        high = min(self.height() / max(len(self._steps), 1), 40.0)
        number_w, share_w = 76.0, 62.0
        metrics = QtGui.QFontMetricsF(text.font(text.SMALL))
        name_w = max(78.0, *(metrics.horizontalAdvance(name) + 8 for name, _ in self._steps), 0.0)
        room = max(self.width() - name_w - number_w - share_w, 20.0)
        for index, (name, number) in enumerate(self._steps):
            y = index * high
            paint.line(
                painter,
                QtCore.QRectF(0, y, name_w - 6, high),
                name,
                text.font(text.SMALL),
                theme.color("text2"),
            )
            body = QtCore.QRectF(name_w, y + high / 2 - 6, room, 12)
            paint.bar(painter, body, number / top, theme.color("accent", max(1 - index * 0.12, 0.35)), 3)
            bold = text.font(text.SMALL, text.SEMIBOLD, tabular=True)
            told = QtCore.QRectF(name_w + room, y, number_w, high)
            paint.line(painter, told, figures.count(number), bold, theme.color("text"), paint.RIGHT)
            if index:
                small = text.font(text.CAPTION, tabular=True)
                of_before = QtCore.QRectF(self.width() - share_w, y, share_w, high)
                paint.line(
                    painter,
                    of_before,
                    figures.share(number, came_from(self._steps, index)),
                    small,
                    theme.color("text3"),
                    paint.RIGHT,
                )
        painter.end()


class Histogram(QtWidgets.QWidget):
    """How values spread over buckets, with the median and the 95th percentile marked."""

    def __init__(self, name: str, unit: str = "ms") -> None:
        super().__init__()
        self._name, self._unit = name, unit
        self._bounds: tuple[float, ...] = ()
        self._counts: tuple[int, ...] = ()
        self.setMinimumHeight(120)
        self.set_counts((), ())

    def set_counts(self, bounds: Sequence[float], counts: Sequence[int]) -> None:
        """Upper bounds of the buckets and their counts; one count more than bounds, the last open-ended."""
        self._bounds, self._counts = tuple(bounds), tuple(counts)
        said = (
            f"median {self.quantile(0.5)}, 95th percentile {self.quantile(0.95)}"
            if sum(counts)
            else "no data yet"
        )
        accessible.describe(self, accessible.Role.Chart, self._name, said)
        self.update()

    def quantile(self, share: float) -> str:
        """The upper bound of the bucket that holds this quantile, in words."""
        index = self._bucket(share)
        if index is None:
            return figures.NOTHING
        if index >= len(self._bounds):
            return f"> {self._bounds[-1]:,g} {self._unit}"
        return f"≤ {self._bounds[index]:,g} {self._unit}"

    def _bucket(self, share: float) -> int | None:
        wanted, seen = share * sum(self._counts), 0
        if not wanted:
            return None
        for index, number in enumerate(self._counts):
            seen += number
            if seen >= wanted:
                return index
        return len(self._counts) - 1

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        small = text.font(text.CAPTION, tabular=True)
        floor = self.height() - 18.0
        top = max(self._counts, default=0)
        if not top:
            paint.line(
                painter, QtCore.QRectF(self.rect()), "No data yet", small, theme.color("text3"), paint.CENTER
            )
            painter.end()
            return
        step = self.width() / len(self._counts)
        marks = {self._bucket(0.5): "p50", self._bucket(0.95): "p95"}
        for index, number in enumerate(self._counts):
            x = index * step
            high = max((floor - 16) * number / top, 2.0 if number else 1.0)
            token = "accent" if number else "track"
            body = QtCore.QRectF(x + 2, floor - high, step - 4, high)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(token, 1.0 if index in marks or not number else 0.6))
            painter.drawRoundedRect(body, 2, 2)
            if index in marks:
                above = QtCore.QRectF(x - 10, floor - high - 15, step + 20, 14)
                bold = text.font(text.CAPTION, text.SEMIBOLD)
                paint.line(painter, above, marks[index], bold, theme.color("text2"), paint.CENTER)
            told = figures.short(self._bounds[index]) if index < len(self._bounds) else "more"
            below = QtCore.QRectF(x - 4, floor + 3, step + 8, 14)
            paint.line(painter, below, told, small, theme.color("text3"), paint.CENTER)
        painter.end()
