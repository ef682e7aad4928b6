"""Messages a second by channel, live: drawn with at most one low and one high point per two pixels."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, figures, layout, text, theme

if TYPE_CHECKING:
    import numpy

TOKENS = ("c1", "c2", "c3", "c4", "c5", "c6")
TALL = 190


class Throughput(QtWidgets.QWidget):
    """A legend and a chart. pyqtgraph is imported when the first data comes, so that no window waits for it."""

    def __init__(
        self, name: str = "Throughput, messages per second", *, nothing: str = "Nothing has been sent yet."
    ) -> None:
        super().__init__()
        self._name = name
        self._series: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
        self._plot: Any = None
        self._curves: dict[str, Any] = {}
        self._legend = layout.row(gap=14)
        self._holder = layout.column()
        self._empty = text.muted(nothing)
        self._empty.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self._holder.addWidget(self._empty)
        self.setLayout(layout.column(self._legend, self._holder, gap=4, grow=1))
        self.setMinimumHeight(TALL)
        accessible.describe(self, accessible.Role.Chart, name, "no data yet")
        theme.active().changed.connect(self._dress)

    def set_series(self, series: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> None:
        """Draw name to (seconds since the epoch, values), each oldest first."""
        self._series = dict(series)
        last = {name: values[-1] for name, (_, values) in series.items() if len(values)}
        said = ", ".join(f"{name} {figures.rate(value)}" for name, value in last.items())
        accessible.describe(self, accessible.Role.Chart, self._name, said or "no data yet")
        if not last:
            return
        if self._plot is None:
            self._build()
        if set(series) != set(self._curves):
            self._make_curves()
        self._draw()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._plot is not None:
            self._draw()

    def _build(self) -> None:
        import pyqtgraph  # a quarter of a second and numpy: not before there is something to draw

        times = pyqtgraph.DateAxisItem()
        times.tickStrings = clock_ticks  # its own shows a short run's seconds as 50.000, 51.000
        self._plot = pyqtgraph.PlotWidget(axisItems={"bottom": times})
        self._plot.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._plot.setAntialiasing(True)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        for part in (self._plot, self._plot.viewport()):  # the words beside it tell all that it shows
            part.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._plot.getAxis("left").setWidth(44)
        self._plot.showGrid(y=True, alpha=0.8)
        self._holder.removeWidget(self._empty)
        self._empty.hide()
        self._holder.addWidget(self._plot)

    def _make_curves(self) -> None:
        for curve in self._curves.values():
            self._plot.removeItem(curve)
        self._curves = {name: self._plot.plot(antialias=True) for name in self._series}
        self._dress()

    def _dress(self) -> None:
        if self._plot is None:
            return
        import pyqtgraph  # already loaded by _build

        self._plot.setBackground(theme.color("surface"))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pyqtgraph.mkPen(theme.color("grid")))
            axis.setTextPen(theme.color("text3"))
            axis.setStyle(tickFont=text.font(text.CAPTION, tabular=True), tickLength=0)
        # A wider pen is stroked as polygons and costs ten times as much for each point: see `decimated`.
        for curve, token in zip(self._curves.values(), self._cycle(), strict=False):
            curve.setPen(pyqtgraph.mkPen(theme.color(token), width=1.5))
        self._redraw_legend()

    def _cycle(self) -> list[str]:
        return [TOKENS[index % len(TOKENS)] for index in range(len(self._curves))]

    def _redraw_legend(self) -> None:
        layout.clear(self._legend)
        for name, token in zip(self._curves, self._cycle(), strict=True):
            self._legend.addWidget(_Key(name, token))
        self._legend.addStretch(1)

    def _draw(self) -> None:
        import numpy  # pyqtgraph has loaded it

        bins = max(int(self._plot.width()) // 2, 50)
        top, first, last = 0.0, float("inf"), float("-inf")
        for name, (at, values) in self._series.items():
            if not len(values):
                continue
            x, y = decimated(numpy.asarray(at, dtype=float), numpy.asarray(values, dtype=float), bins)
            self._curves[name].setData(x, y)
            top, first, last = max(top, float(y.max())), min(first, float(x[0])), max(last, float(x[-1]))
        self._plot.setYRange(0, max(top * 1.08, 1.0), padding=0)
        if last > first:
            self._plot.setXRange(first, last, padding=0)


def clock_ticks(values: Sequence[float], _scale: float, spacing: float) -> list[str]:
    """Seconds since the epoch as local times, as fine as their spacing asks for; none between two seconds."""
    form = "%d %b" if spacing >= 86_400 else "%H:%M" if spacing >= 60 else "%H:%M:%S"
    return [
        "" if value % 1 else datetime.fromtimestamp(value, UTC).astimezone().strftime(form)
        for value in values
    ]


def decimated(
    x: "numpy.ndarray[Any, Any]", y: "numpy.ndarray[Any, Any]", bins: int
) -> tuple["numpy.ndarray[Any, Any]", "numpy.ndarray[Any, Any]"]:
    """At most two points a bin, its lowest and its highest, in the order they came: no peak is lost."""
    import numpy  # as above

    if len(y) <= 2 * bins:
        return x, y
    width = len(y) // bins
    cut = width * bins
    folded = y[len(y) - cut :].reshape(bins, width)
    starts = numpy.arange(bins) * width + (len(y) - cut)
    picked = numpy.sort(numpy.stack([folded.argmin(1) + starts, folded.argmax(1) + starts], axis=1), axis=1)
    where = picked.ravel()
    return x[where], y[where]


class _Key(QtWidgets.QWidget):
    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._token = token
        self.setLayout(layout.row(text.muted(name), margins=(15, 0, 0, 0)))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._token))
        painter.drawEllipse(QtCore.QPointF(5, self.height() / 2), 4, 4)
        painter.end()
