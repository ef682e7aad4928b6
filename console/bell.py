"""The bell: what needs somebody now, what was said earlier, and how many of it nobody has looked at."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtWidgets

from console import frame
from console.services import links
from console.services import told as history
from console.widgets import buttons, figures, icons, layout, popover, text, theme
from server.wire import server

WIDE, TALLEST = 440, 460
MOST_SHOWN = 60
SNOOZE = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is wrong now."""

    words: str
    remedy: str
    tone: theme.Tone
    link: str  #: where it is mended; empty where no view helps


class Bell(QtCore.QObject):
    """Keeps alarms and history of one window's workspace, and the count on the bell."""

    def __init__(self, window: frame.Frame, follow: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._follow = window, follow
        self._told = window.services.told
        self.alarms: list[Alarm] = []
        self._told.changed.connect(self.count)
        window.top.bell.clicked.connect(lambda _on=False: self.open())

    def forget(self) -> None:
        """Another workspace: none of these alarms is its."""
        self.alarms = []
        self.count()

    def take(self, alarms: Sequence[server.Alarm]) -> None:
        """What is wrong now; what was and is no more goes into the history."""
        now = [
            Alarm(
                words=alarm.title,
                remedy=alarm.remedy,
                tone="bad" if alarm.level == "bad" else "warn",
                link=links.write(links.Link(view=alarm.view, args={"subject": str(alarm.subject)}))
                if alarm.view in self._window.specs
                else "",
            )
            for alarm in alarms
        ]
        still = {alarm.words for alarm in now}
        for alarm in self.alarms:
            if alarm.words not in still:
                self._told.add(f"Over: {alarm.words}", tone="ok", link=alarm.link)
        self.alarms = now
        self.count()

    def count(self) -> None:
        """Show how many need somebody; what is put off does not count."""
        loud = [alarm for alarm in self.alarms if not self._told.is_put_off(alarm.words)]
        number = len(loud) + self._told.unread
        self._window.top.badge.set("" if not number else str(number) if number < 100 else "99+")

    def open(self) -> None:
        """Open the panel under the bell. Whoever opens it has read what it says once it closes."""
        panel = popover.Popover(self._window.top.bell, "Notifications", width=WIDE)
        self._fill(panel)
        panel.show_at_anchor()
        panel.destroyed.connect(self._told.mark_read)

    def _fill(self, panel: popover.Popover) -> None:
        rows: list[QtWidgets.QWidget] = []
        if self.alarms:
            rows.append(text.caption("Now"))
            rows += [self._alarm(panel, alarm) for alarm in self.alarms]
        if self._told.rows:
            rows.append(text.caption("Earlier"))
            rows += [self._row(panel, row) for row in self._told.rows[:MOST_SHOWN]]
        if not rows:
            panel.add(text.muted("Nothing needs you. What the console tells you is kept here.", wrap=True))
            return
        column = layout.boxed(layout.column(*rows, None, gap=10, margins=(0, 0, 10, 0)))
        scrolled = layout.scroll(column)
        column.setFixedWidth(WIDE - 2 * theme.LG - 2)
        scrolled.setFixedHeight(min(column.sizeHint().height() + 4, TALLEST))
        panel.add(scrolled)
        read = buttons.ghost("Mark all read", self._told.mark_read, icon="check-check")
        clear = buttons.ghost("Clear", self._told.clear, icon="eraser")
        for button in (read, clear):
            button.clicked.connect(panel.close)
        panel.add(layout.row(read, None, clear))

    def _alarm(self, panel: popover.Popover, alarm: Alarm) -> QtWidgets.QWidget:
        off = self._told.is_put_off(alarm.words)
        acts: list[QtWidgets.QWidget] = []
        if alarm.link:
            acts.append(self._act(panel, "Show", lambda: self._follow(alarm.link)))
        if off:
            acts.append(text.muted("put off for an hour"))
        else:
            acts.append(self._act(panel, "Put off for an hour", lambda: self._put_off(alarm)))
        return _line(alarm.words, alarm.remedy, alarm.tone, acts, strong=not off)

    def _row(self, panel: popover.Popover, row: history.Told) -> QtWidgets.QWidget:
        acts: list[QtWidgets.QWidget] = [text.muted(figures.ago(row.at))]
        if row.link:
            acts.append(self._act(panel, "Show", lambda: self._follow(row.link)))
        tone: theme.Tone = row.tone if row.tone in ("ok", "warn", "bad", "info") else "mute"  # type: ignore[assignment]
        return _line(row.words, "", tone, acts, strong=not row.read)

    def _act(self, panel: popover.Popover, label: str, act: Callable[[], None]) -> buttons.Button:
        made = buttons.link(label)
        made.clicked.connect(panel.close)
        made.clicked.connect(lambda _on=False: act())
        return made

    def _put_off(self, alarm: Alarm) -> None:
        self._told.put_off(alarm.words, datetime.datetime.now(datetime.UTC) + SNOOZE)
        QtCore.QTimer.singleShot(int(SNOOZE.total_seconds() * 1000) + 1000, self._window, self.count)


def _line(
    words: str, remedy: str, tone: theme.Tone, acts: Sequence[QtWidgets.QWidget], *, strong: bool
) -> QtWidgets.QWidget:
    mark = QtWidgets.QLabel()
    mark.setPixmap(
        icons.pixmap(
            "circle-check" if tone == "ok" else "circle-alert" if tone != "mute" else "info", tone, 16
        )
    )
    said = layout.column(text.Label(words, "label" if strong else "body", wrap=True), gap=2)
    if remedy:
        said.addWidget(text.muted(remedy, wrap=True))
    said.addLayout(layout.row(*acts, None, gap=theme.SM))
    return layout.boxed(layout.row(layout.column(mark, None), said, gap=10, grow=1))
