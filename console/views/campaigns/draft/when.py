"""When it starts: now, at a time, or again and again; read back by the server as the next times in words."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.campaigns.draft import plans
from console.widgets import buttons, fields, glyphs, inputs, layout, notices, tabs, text, theme
from server.wire import schedules

READ_BACK = "campaigns:plan"
PAUSE_MS = 300
SHOWN = 5
FIELD_W = 230
INPUT_H = 34  #: named, because a field that can wrap words below itself gives its input away first


def own_zone() -> str:
    """The zone this computer's clock shows."""
    found = bytes(QtCore.QTimeZone.systemTimeZoneId().data()).decode()
    return found if found in plans.places() else "UTC"


class When(QtWidgets.QWidget):
    """`changed` after every read-back: `chosen()` is what was chosen, `hindrance` why it cannot be meant."""

    changed = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._own = own_zone()
        self._audience: int | None = None
        self._zones: list[str] = []
        self._delay_chosen = False
        self.hindrance = ""
        self.words = ""
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self._read_back)
        self._build()
        self.show_kind(plans.NOW)
        QtCore.QTimer.singleShot(0, self, self._offer_zones)  # hundreds, which have a turn of their own

    # what is on screen

    def _build(self) -> None:
        self.kind = tabs.Tabs(plans.KINDS, name="When it starts")
        self.kind.chosen.connect(self._on_kind)
        self.delay = inputs.Choice(plans.delays(0))
        self.delay.setAccessibleName("How soon it starts")
        self.delay.activated.connect(lambda _at: self._on_delay())
        self.at = inputs.WallTime()
        self.at.setAccessibleName("Date and time")
        self.at.setDateTime(_tomorrow())
        self.zone = inputs.Choice([(self._own, plans.spoken(self._own))])
        self.zone.setAccessibleName("Time zone")
        self.zone.setMaxVisibleItems(14)
        self._often()
        self._read = text.Label("", "label", wrap=True)
        self._times = layout.column(gap=2)
        self._abroad = text.muted("", wrap=True)
        self._wrong = notices.Banner()
        self._once = layout.boxed(layout.row(self.at, None, gap=theme.SM))
        self._zone_row = layout.boxed(
            layout.row(text.Label("by the clock of", "muted"), self.zone, None, gap=theme.SM)
        )
        self._answer = layout.boxed(
            layout.column(self._wrong, self._read, layout.boxed(self._times), self._abroad, gap=6)
        )
        self.setLayout(
            layout.column(
                layout.row(self.kind, None),
                self.delay,
                self._once,
                self._rule,
                self._zone_row,
                self._answer,
                gap=theme.SM,
            )
        )
        for changed in (
            self.at.dateTimeChanged,
            self.zone.activated,
            self.every.input.activated,
            self.time.timeChanged,
            self.interval.input.valueChanged,
            self.days.changed,
            self.cron.changed,
            self.end.changed,
            self.while_running.input.activated,
        ):
            changed.connect(lambda *_: self._on_edited())

    def _often(self) -> None:
        """The fields of a rule."""
        self.every = fields.ChoiceField("How often", plans.EVERY)
        self.time = inputs.WallHour()
        self.time.setAccessibleName("Time of day")
        self.time.setTime(QtCore.QTime(9, 0))
        self._time = fields.Field("At", self.time, required=True)
        self.interval = fields.NumberField("Every", low=1, high=400, unit="days")
        self.interval.set_value(1)
        self.weekdays = [_toggle(day) for day in plans.WEEKDAYS]
        for at, day in enumerate(self.weekdays):
            day.setChecked(at == 0)
            day.toggled.connect(lambda _on: self._on_edited())
        self._weekdays = layout.boxed(
            layout.column(text.Label("On", "label"), layout.row(*self.weekdays, None, gap=4), gap=4)
        )
        self.days = fields.TextField("On these days", placeholder="1, 15, last", required=True)
        self.days.set_value("1")
        self.cron = fields.TextField("Cron rule", placeholder="0 9 * * 1-5", required=True)
        self.cron.input.setToolTip("minute hour day month weekday")
        self.cron.set_value("0 9 * * 1-5")
        self.end = fields.TextField("Not after", placeholder="2027-03-31")
        self.while_running = fields.ChoiceField("If the run before still goes", plans.WHILE_RUNNING)
        for one in (
            self.every,
            self._time,
            self.interval,
            self.days,
            self.cron,
            self.end,
            self.while_running,
        ):
            one.setFixedWidth(FIELD_W)
            one.control.setFixedHeight(INPUT_H)
        self._rule = layout.boxed(
            layout.column(
                layout.row(self.every, self._time, self.cron, None, gap=theme.MD),
                layout.row(self.interval, self._weekdays, self.days, None, gap=theme.MD),
                layout.row(self.end, self.while_running, None, gap=theme.MD),
                gap=theme.SM,
            )
        )

    # coming and going

    def start(self, audience: int | None) -> None:
        """Meet the clocks of this audience from now on."""
        self._audience = audience
        self._delay_chosen = False
        self._ask()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._later.stop()
        self._desk.operations.cancel(READ_BACK)

    def chosen(self) -> plans.Chosen:
        """What the fields hold."""
        return plans.Chosen(
            kind=self.kind.current(),
            zone=str(self.zone.currentData()),
            delay_s=int(self.delay.currentData()),
            at=self.at.dateTime().toString("yyyy-MM-ddTHH:mm"),
            every=schedules.Every(self.every.value()),
            time=self.time.time().toString("HH:mm"),
            weekdays=tuple(at for at, day in enumerate(self.weekdays) if day.isChecked()),
            days=self.days.value(),
            interval=int(self.interval.value()),
            cron=self.cron.value(),
            end=self.end.value(),
            while_running=schedules.WhileRunning(self.while_running.value()),
        )

    def set_delay(self, delay_s: int) -> None:
        """Offer the workspace's own delay, and choose it unless a person chose another."""
        chosen = self.delay.currentData() if self._delay_chosen else delay_s
        self.delay.set_choices(plans.delays(delay_s))
        self.delay.setCurrentIndex(max(self.delay.findData(chosen), 0))

    def _on_delay(self) -> None:
        self._delay_chosen = True
        self.changed.emit()

    def plan(self) -> schedules.Plan | None:
        """What to ask of the server; None where it starts now."""
        return plans.plan(self.chosen())

    def show_kind(self, kind: str) -> None:
        """Show the fields of one way to start."""
        self.kind.set_current(kind)
        self.delay.setVisible(kind == plans.NOW)
        self._once.setVisible(kind == plans.AT)
        self._rule.setVisible(kind == plans.OFTEN)
        self._zone_row.setVisible(kind != plans.NOW)
        self._answer.setVisible(kind != plans.NOW)
        every = schedules.Every(self.every.value())
        is_cron = every is schedules.Every.CRON
        self._time.setVisible(not is_cron)
        self.interval.setVisible(not is_cron)
        self.interval.input.setSuffix(f" {plans.unit(every, int(self.interval.value()))}")
        self._weekdays.setVisible(every is schedules.Every.WEEKLY)
        self.days.setVisible(every is schedules.Every.MONTHLY)
        self.cron.setVisible(is_cron)

    def _offer_zones(self) -> None:
        self.zone.set_choices(plans.zones(self._own, self._zones))

    # reading back

    def _on_kind(self, kind: str) -> None:
        self.show_kind(kind)
        self._ask()

    def _on_edited(self) -> None:
        self.show_kind(self.kind.current())
        self._ask()

    def _ask(self) -> None:
        """Ask soon what it means; until then it cannot be launched."""
        if self.plan() is None:
            self._later.stop()
            self._desk.operations.cancel(READ_BACK)
            self.hindrance = self.words = ""
        else:
            self.hindrance = "Reading it back…"
            self._later.start()
        self.changed.emit()

    def _read_back(self) -> None:
        plan = self.plan()
        if plan is None:
            return
        ask = schedules.PreviewAsk(plan=plan, audience=self._audience, count=SHOWN)
        self._desk.operations.start(
            READ_BACK,
            lambda: self._desk.api.call(schedules.PREVIEW, ask),
            done=self.show_read,
            failed=self.show_wrong,
            latest=True,
        )

    def show_read(self, found: schedules.Preview) -> None:
        """Show a plan in words, with its next times; also how a picture of a known state is made."""
        chosen = str(self.zone.currentData())
        self._wrong.say("")
        self._read.setText(found.words)
        layout.clear(self._times)
        for moment in found.moments:
            words = [moment.words, plans.here(moment.at, chosen, self._own), moment.note]
            line = text.muted(" — ".join(word for word in words if word), wrap=True)
            self._times.addLayout(
                layout.row(glyphs.Glyph("calendar-clock", "text3", 14), line, gap=8, grow=1)
            )
        told = plans.abroad(found, chosen)
        first = "The first of them" if len(found.moments) > 1 else "That"
        self._abroad.setText(f"{first} is {'; '.join(told)}." if told else "")
        layout.reveal(self._abroad, bool(told))
        known = [zone.zone for zone in found.zones if zone.zone]
        if known != self._zones:
            self._zones = known
            self._offer_zones()
        self.hindrance, self.words = "", found.words
        self.changed.emit()

    def show_wrong(self, problem: errors.Problem) -> None:
        """Say what cannot be meant."""
        said = " ".join(problem.faults.values()) or problem.sentence
        self._wrong.say(said, "" if problem.faults else problem.remedy)
        self._read.setText("")
        layout.clear(self._times)
        layout.reveal(self._abroad, False)
        self.hindrance, self.words = "The schedule cannot be meant like this.", ""
        self.changed.emit()


def _toggle(day: str) -> buttons.Button:
    button = buttons.ghost(day)
    button.setCheckable(True)
    button.setFixedHeight(INPUT_H)
    return button


def _tomorrow() -> QtCore.QDateTime:
    """Tomorrow at nine: a time nobody has to correct much."""
    day = QtCore.QDate.currentDate().addDays(1)
    return QtCore.QDateTime(day, QtCore.QTime(9, 0))
