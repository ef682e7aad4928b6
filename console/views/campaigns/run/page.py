"""A run on screen: the equation with every number clickable, its channels, its pace, and why what failed failed."""

import asyncio
from collections.abc import Callable

import msgspec
from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.campaigns import actions
from console.views.campaigns.run import by_channel, holding, model, spread, why
from console.widgets import (
    bars,
    buttons,
    cards,
    commands,
    empty,
    equation,
    figures,
    inputs,
    layout,
    notices,
    pills,
    skeleton,
    text,
    theme,
    throughput,
)
from server.channels import contents
from server.wire import campaigns, limits, policies, providers, server

LOOK = "campaigns:run"
REFRESH_MS = 2_000  #: the series is asked for at most so often, and only after a change
CHART_H = 190

S = campaigns.Status


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a run."""

    run: campaigns.Run
    series: campaigns.Series
    accounts: dict[int, str]  #: id to name
    waves: policies.Waves = policies.Waves(planned=[], waiting=[])
    pace: limits.Pace | None = None


async def look(asked: api.Api, run: int) -> Seen:
    """Ask for all that the page shows, at once. Raises errors.Problem."""
    found, series, accounts, waves, pace = await asyncio.gather(
        asked.call(campaigns.RUN, run=run),
        asked.call(campaigns.SERIES, campaigns.SeriesQuery(), run=run),
        asked.call(providers.LIST),
        asked.call(policies.WAVES, run=run),
        asked.call(limits.PACE, run=run),
    )
    names = {row.id: row.name for row in accounts.rows}
    return Seen(run=found, series=series, accounts=names, waves=waves, pace=pace)


class RunPage(QtWidgets.QWidget):
    """Shows one launched campaign; `back` when a person wants the list."""

    def __init__(self, desk: views.Desk, back: Callable[[], None]) -> None:
        super().__init__()
        self._desk, self._back = desk, back
        self._campaign: campaigns.Campaign | None = None
        self._seen: Seen | None = None
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REFRESH_MS)
        self._later.timeout.connect(self.look)
        self._build()

    # what is on screen

    def _build(self) -> None:
        self._banner = notices.Banner()
        self._banner.acted.connect(lambda: self._banner.say(""))
        self._broken = empty.EmptyState(
            "server-off", "This run could not be read", "", "Try again", self.look
        )
        self._loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=84, gap=18), None))
        self._stack = QtWidgets.QStackedWidget()
        self.body = layout.scroll(self._numbers())
        for page in (self._loading, self.body, self._broken):
            self._stack.addWidget(page)
        head = layout.column(self._head(), self._banner, gap=10, margins=(theme.LG, 12, theme.LG, 0))
        self.setLayout(layout.column(head, self._stack, gap=0, grow=1))

    def _head(self) -> QtWidgets.QLayout:
        self.name = text.Elided(size=text.TITLE, weight=text.SEMIBOLD)
        self.name.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Fixed)
        self.pill = pills.Pill()
        self._about = text.muted("")
        self.pause = buttons.plain("Pause", self.toggle, icon="pause", tip="Pause or resume (Ctrl+Shift+P)")
        self.cancel = buttons.danger("Cancel", self.ask_cancel, icon="ban", tip="Send no more, for good")
        self.copy = buttons.plain(
            "Use again", self._on_copy, icon="copy", tip="A new draft with these contents"
        )
        self.plan = buttons.plain(
            "Schedule", self._on_plan, icon="calendar-clock", tip="When it starts again"
        )
        beside = buttons.icon("columns-3", "Compare with another campaign", self._on_compare)
        back = buttons.icon("arrow-left", "All campaigns", self._back)
        return layout.row(
            back,
            self.name,
            self.pill,
            self._about,
            None,
            beside,
            self.plan,
            self.copy,
            self.pause,
            self.cancel,
            gap=theme.SM,
        )

    def _numbers(self) -> QtWidgets.QLayout:
        self.rate = cards.Kpi("Accepted a second", token="c1")
        self.left = cards.Kpi("Time left", token="c2")
        self.delivered = cards.Kpi("Delivered", token="c2", clickable=True)
        self.failed = cards.Kpi("Failed", token="c4", clickable=True)
        self.delivered.activated.connect(lambda: self._messages(state="delivered", group=True))
        self.failed.activated.connect(lambda: self._messages(state="failed", group=True))
        kpis = layout.row(gap=theme.MD)
        for kpi in (self.rate, self.left, self.delivered, self.failed):
            kpis.addWidget(kpi, 1)
        self.equation = equation.EquationView("Accounting of the run")
        self.equation.asked.connect(self._on_asked)
        self._doubts = text.muted("", wrap=True)
        self._whole = cards.Card(self.equation, 2, self._doubts, heading="Everybody accounted for")
        self.channels = by_channel.ByChannel()
        self.channels.asked.connect(self._on_channel_asked)
        self.chart = throughput.Throughput("Throughput by channel")
        self.chart.setFixedHeight(CHART_H)
        self.spread = spread.Spread()
        by_channel_card = cards.Card(self.channels, heading="By channel")
        by_channel_card.add_action(by_channel.Legend())
        self.holding = holding.Holding()
        return layout.page(
            kpis,
            self._whole,
            by_channel_card,
            self.holding,
            self.spread,
            cards.Card(self.chart, heading="Throughput", aside="messages accepted a second"),
            self._spread(),
            None,
        )

    def _spread(self) -> QtWidgets.QLayout:
        """Latency and funnel of one channel or of all, and the reasons beside them."""
        self.latency, self.funnel = bars.Histogram("Time to the provider's answer"), bars.Funnel()
        self.latency.setFixedHeight(150)
        self.choice = inputs.Choice([(model.ALL, "All channels")])
        self.choice.setAccessibleName("Channel of funnel and latency")
        self.choice.activated.connect(lambda _at: self._show_spread())
        self._funnel = cards.Card(self.funnel, heading="Funnel")
        self._funnel.add_action(self.choice)
        self._spread_of = cards.Card(
            self.latency, heading="Latency", aside="time to the provider's answer, ms"
        )
        self.why = why.Why()
        self.why.asked.connect(self._on_reason_asked)
        left = layout.column(self._funnel, self._spread_of, None, gap=theme.MD)
        right = layout.column(cards.Card(self.why, heading="Why", flush=True), None)
        made = layout.row(gap=theme.MD)
        made.addLayout(left, 1)
        made.addLayout(right, 1)
        return made

    # coming and going

    def start(self, campaign: campaigns.Campaign) -> None:
        """Show a launched campaign and follow it."""
        if self._campaign is None or campaign.run != self._campaign.run:
            self._seen = None
            self.channels.clear()
            self._stack.setCurrentWidget(self._loading)
        self._banner.say("")
        self.show_campaign(campaign)
        self._desk.commands.register(
            commands.Command(
                key="campaigns.turn",
                title="Pause or resume",
                keys="Ctrl+Shift+P",
                group="Campaigns",
                run=self.toggle,
            )
        )
        self.look()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._later.stop()
        self._desk.operations.cancel(LOOK)
        self._desk.commands.forget("campaigns.turn")

    @property
    def campaign(self) -> campaigns.Campaign | None:
        """What is shown."""
        return self._campaign

    @property
    def seen(self) -> Seen | None:
        """The numbers that are shown."""
        return self._seen

    def look(self) -> None:
        """Ask for the numbers; what is shown stays meanwhile."""
        if self._campaign is None or self._campaign.run is None:
            return
        run = self._campaign.run
        self._desk.operations.start(
            LOOK,
            lambda: look(self._desk.api, run),
            done=self.show_seen,
            failed=self._on_look_failed,
            latest=True,
        )

    def _on_look_failed(self, problem: errors.Problem) -> None:
        if self._seen is None:
            self._broken.set_text(str(problem))
            self._stack.setCurrentWidget(self._broken)

    def take(self, changes: list[server.Change]) -> None:
        """Show what moved at once; ask for the series soon."""
        if self._campaign is None:
            return
        for change in changes:
            if change.kind is server.ChangeKind.RUN and change.subject == self._campaign.run:
                self._fold(change)
                if not self._later.isActive():
                    self._later.start()

    def _fold(self, change: server.Change) -> None:
        assert self._campaign is not None
        status = S(change.status) if change.status else self._campaign.status
        known = change.equation or self._campaign.equation
        self.show_campaign(msgspec.structs.replace(self._campaign, status=status, equation=known))
        if self._seen is None:
            return
        run = msgspec.structs.replace(
            self._seen.run,
            status=status,
            equation=change.equation or self._seen.run.equation,
            by_channel=change.by_channel or self._seen.run.by_channel,
            rate_per_s=change.rate_per_s,
        )
        self._seen = msgspec.structs.replace(self._seen, run=run)
        self._show_run(run)

    # showing

    def show_campaign(self, campaign: campaigns.Campaign) -> None:
        """Show its name, status and the acts that status allows."""
        self._campaign = campaign
        self.name.set_text(campaign.name)
        self.pill.set_look(pills.look(pills.CAMPAIGN, campaign.status.value))
        paused = campaign.status is S.PAUSED
        self.pause.set_label("Resume" if paused else "Pause", icon="play" if paused else "pause")
        self.pause.setVisible(campaign.status in (S.RUNNING, S.PAUSED))
        self.cancel.setVisible(campaign.status in (S.RUNNING, S.PAUSED))
        self.plan.setVisible(campaign.schedule is not None)

    def show_seen(self, seen: Seen) -> None:
        """Show one look; also how a picture of a known state is made."""
        self._seen = seen
        self._show_run(seen.run)
        drawn = model.lines(seen.series)
        self.chart.set_series(drawn)
        self.rate.set_history(model.together(drawn))
        self.choice.set_choices(
            [
                (model.ALL, "All channels"),
                *((name, contents.TITLES[name]) for name in model.channels(seen.run)),
            ]
        )
        self._show_spread()
        self.channels.set_accounts(model.accounts(seen.run.tallies, seen.accounts))
        self.why.set_reasons(model.why(seen.run.tallies))
        self.spread.set_waves(seen.waves)
        self.holding.set_pace(seen.pace)
        self._show_delivered(seen.run)
        self._stack.setCurrentWidget(self.body)

    def _show_run(self, run: campaigns.Run) -> None:
        self.equation.set_equation(run.equation)
        self.channels.set_equations(run.by_channel)
        self._doubts.setText(model.doubts(run))
        people = f"{figures.count(run.people)} {'person' if run.people == 1 else 'people'}"
        self._whole.set_aside(f"{people} · run {run.id}")
        self._about.setText(f"started {figures.stamp(run.started_at)}")
        over = run.status in model.OVER
        if over:
            self._show_over(run)
        else:
            self.rate.set_value(figures.rate(run.rate_per_s), "over the last 10 s")
            self.left.set_name("Time left")
            self.left.set_value(*model.left(run, self._seen.pace if self._seen is not None else None))
        tried = run.equation.accepted + run.equation.failed
        of = f"{figures.share(run.equation.failed, tried)} of those tried" if tried else "nothing tried yet"
        self.failed.set_value(figures.count(run.equation.failed), of, "bad" if run.equation.failed else None)

    def _show_over(self, run: campaigns.Run) -> None:
        """Duration and the pace over all, where there is nothing left to wait for."""
        seconds = ((run.finished_at or figures.now()) - run.started_at).total_seconds()
        mean = run.equation.accepted / seconds if seconds > 0 else 0.0
        self.rate.set_value(figures.rate(mean), "accepted, over the whole run")
        self.left.set_name("Took")
        end = "cancelled" if run.status is S.CANCELLED else "finished"
        self.left.set_value(model.took(run), f"{end} {figures.stamp(run.finished_at)}")

    def _show_delivered(self, run: campaigns.Run) -> None:
        arrived = model.delivered(run.tallies)
        share = figures.share(arrived, run.equation.accepted)
        self.delivered.set_value(share, f"{figures.count(arrived)} known to have arrived")

    def _show_spread(self) -> None:
        if self._seen is None:
            return
        channel = self.choice.currentData()
        self.latency.set_counts(campaigns.LATENCY_BOUNDS_MS, model.latency(self._seen.series, channel))
        self.funnel.set_steps(model.funnel(self._seen.series, channel))
        title = "all channels" if channel == model.ALL else contents.TITLES[channel]
        self._spread_of.set_aside(f"{title}, ms to the provider's answer")

    # acts

    def toggle(self) -> None:
        """Pause what runs, resume what is paused."""
        if self._campaign is not None and self._campaign.status in (S.RUNNING, S.PAUSED):
            self._turn("resume" if self._campaign.status is S.PAUSED else "pause")

    def ask_cancel(self) -> None:
        """Ask, saying to how many what would happen; then cancel."""
        if self._campaign is not None:
            actions.ask_cancel(self, self._campaign, lambda: self._turn("cancel"))

    def _turn(self, act: str) -> None:
        assert self._campaign is not None
        for button in (self.pause, self.cancel):
            button.set_busy(True)
        actions.turn(self._desk, self._campaign.id, act, self._on_turned, self._on_refused)

    def _on_turned(self, campaign: campaigns.Campaign) -> None:
        self._idle()
        self._banner.say("")
        if self._campaign is not None and campaign.id == self._campaign.id:
            self.show_campaign(campaign)
            self.look()

    def _on_refused(self, problem: errors.Problem) -> None:
        self._idle()
        self._banner.say(problem.sentence, problem.remedy, action="Dismiss")
        self.look()

    def _idle(self) -> None:
        for button in (self.pause, self.cancel):
            button.set_busy(False)

    def _on_plan(self) -> None:
        if self._campaign is not None:
            self._desk.navigate("campaigns", campaign=self._campaign.id, tab="plan")

    def _on_compare(self) -> None:
        if self._campaign is not None:
            self._desk.navigate("campaigns", compare=f"{self._campaign.id},0")

    def _on_copy(self) -> None:
        if self._campaign is not None:
            actions.copy(self._desk, self._campaign)

    # from numbers to messages

    def _on_asked(self, key: str) -> None:
        self._messages(state="" if key == "audience" else key, group=True)

    def _on_channel_asked(self, channel: str, key: str) -> None:
        self._messages(channel=channel, state="" if key == "audience" else key, group=True)

    def _on_reason_asked(self, reason: model.Reason) -> None:
        channel = reason.channels[0] if len(reason.channels) == 1 else ""
        self._messages(channel=channel, state=reason.state.value, reason=reason.code)

    def _messages(self, **filters: str | bool) -> None:
        if self._campaign is not None and self._campaign.run is not None:
            self._desk.navigate("messages", run=self._campaign.run, **filters)
