"""The page: limits, routes and pools in three lists, and above them what holds running campaigns back now."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from PySide6 import QtCore, QtWidgets

from console import views
from console.services import api, errors
from console.views.providers.bounds import model, sheets
from console.widgets import buttons, dialogs, empty, layout, notices, paged, table, tabs, text, theme
from server.wire import campaigns, limits, providers, server

LOOK = "providers:bounds"
SAVE = "providers:bounds:save"
FRESHEN_MS = 3000
MOST_RUNS = 8  #: running campaigns that are asked what binds them
MOST_CAMPAIGNS = 200


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One look at all of it."""

    bounds: list[limits.Limit]
    routes: list[limits.Route]
    pools: list[model.Pool]
    accounts: list[providers.Account]
    campaigns: list[campaigns.Campaign]
    paces: list[tuple[str, limits.Pace]]  #: of running campaigns, by name


async def look(asked: api.Api) -> Seen:
    """Ask for everything at once. Raises errors.Problem."""
    found, routes, accounts, overview, rows = await asyncio.gather(
        asked.call(limits.LIST),
        asked.call(limits.ROUTES),
        asked.call(providers.LIST),
        asked.call(server.OVERVIEW),
        asked.call(campaigns.LIST, campaigns.CampaignQuery(limit=MOST_CAMPAIGNS)),
    )
    live = [row for row in overview.live if row.run is not None][:MOST_RUNS]
    paces = await asyncio.gather(*(asked.call(limits.PACE, run=row.run or 0) for row in live))
    pools = await asyncio.gather(*(asked.call(limits.ORIGINS, account=row.id) for row in accounts.rows))
    return Seen(
        bounds=found.rows,
        routes=routes.rows,
        pools=[
            model.Pool(account=account, rows=pool.rows)
            for account, pool in zip(accounts.rows, pools, strict=True)
            if pool.pooled
        ],
        accounts=accounts.rows,
        campaigns=rows.rows,
        paces=[(row.name, pace) for row, pace in zip(live, paces, strict=True)],
    )


class Bounds(QtWidgets.QWidget):
    """`left` when a person goes back to the accounts."""

    left = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self.seen: Seen | None = None
        self._names: dict[int, str] = {}
        self._rows: dict[str, list[Any]] = {"limits": [], "routes": [], "pools": []}
        self.setAccessibleName("Limits and routes")
        self.tabs = tabs.Tabs(
            [("limits", "Limits"), ("routes", "Routes"), ("pools", "Sender pools")], name="Parts"
        )
        self.tabs.chosen.connect(self.show_part)
        self._binds = notices.Banner()
        self._stack = QtWidgets.QStackedWidget()
        self.tables = {
            "limits": self._list("limits", model.LIMITS, "Limits", _NO_LIMITS),
            "routes": self._list("routes", model.routes(self._names), "Routes", _NO_ROUTES),
            "pools": self._list("pools", model.POOLS, "Sender pools", _NO_POOLS),
        }
        self._build()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRESHEN_MS)
        self._timer.timeout.connect(self.look)
        self.show_part("limits")

    def _build(self) -> None:
        self.add = buttons.primary("Add", self._on_add, icon="plus")
        self.change = buttons.plain("Change", self._on_change, icon="pencil")
        self.remove = buttons.plain("Remove", lambda: self._remove(self._current()), icon="trash-2")
        back = buttons.icon("arrow-left", "All accounts", self.left.emit)
        top = layout.row(
            back, text.title("Limits and routes"), None, self.change, self.remove, self.add, gap=theme.SM
        )
        self.setLayout(
            layout.page(top, self._binds, layout.row(self.tabs, None), self._stack, gap=theme.MD, grow=3)
        )

    def _list(
        self, part: str, columns: tuple[paged.Column, ...], name: str, none: tuple[str, str, str]
    ) -> table.DataTable:
        def fetch(window: paged.Window) -> None:
            rows = self._rows[part]
            rows_model.receive(window, rows[window.offset : window.offset + window.limit], len(rows))

        rows_model = paged.PagedModel(columns, fetch, self)
        icon, title, words = none
        made = table.DataTable(rows_model, name=name, nothing=empty.EmptyState(icon, title, words))
        made.remember(self._desk.settings, f"providers.{part}")
        made.picked.connect(lambda _row: self._fit())
        made.activated.connect(self.open_sheet)
        self._stack.addWidget(table.carded(made))
        return made

    # coming and going

    def start(self, part: str = "") -> None:
        """Show it and follow what binds."""
        if part in self.tables:
            self.show_part(part)
        self.look()
        self._timer.start()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._timer.stop()

    def show_part(self, part: str) -> None:
        """Limits, routes or pools."""
        self.tabs.set_current(part)
        self._stack.setCurrentIndex(list(self.tables).index(part))
        self.add.set_label({"limits": "Add a limit", "routes": "Add a route"}.get(part, "Add"))
        self.add.setVisible(part != "pools")
        self.remove.setVisible(part != "pools")
        self._fit()

    @property
    def part(self) -> str:
        """What is shown."""
        return str(self.tabs.current())

    def look(self) -> None:
        """Ask anew."""
        if not self._desk.api.connected:
            return
        self._desk.operations.start(
            LOOK, lambda: look(self._desk.api), done=self.show_seen, failed=self._refuse
        )

    def show_seen(self, seen: Seen) -> None:
        """Show one look; rows that are the same keep the keyboard."""
        self.seen = seen
        self._names.update({row.id: row.name for row in seen.accounts})
        fresh: dict[str, list[Any]] = {
            "limits": model.subjects(seen.bounds, model.binding(seen.paces)),
            "routes": seen.routes,
            "pools": seen.pools,
        }
        for part, rows in fresh.items():
            known = self.tables[part].model
            if rows != self._rows[part] or not known.heard:
                self._rows[part] = rows
                known.reload()
            self.tabs.set_count(part, len(rows))
        words = [f"{name}: {pace.sentence}" for name, pace in seen.paces if pace.left]
        self._binds.say(" ".join(words[:3]), tone="info")
        self._fit()

    def _refuse(self, problem: errors.Problem) -> None:
        self._binds.say(problem.sentence, problem.remedy, tone="warn")

    def _current(self) -> Any:
        return self.tables[self.part].current()

    def _fit(self) -> None:
        for button in (self.change, self.remove):
            button.setEnabled(self._current() is not None)

    # what a person does

    def _on_add(self) -> None:
        self.open_sheet(None)

    def _on_change(self) -> None:
        self.open_sheet(self._current())

    def open_sheet(self, row: Any) -> dialogs.Sheet | None:
        """The form of the part that is shown: for a row, or for a new one."""
        seen = self.seen
        if seen is None or (row is None and self.part == "pools"):
            return None
        sheet: sheets.LimitSheet | sheets.RouteSheet | sheets.PoolSheet
        if self.part == "limits":
            offered = [(str(one.id), one.name) for one in seen.campaigns]
            sheet = sheets.LimitSheet(self, seen.accounts, offered, row)
        elif self.part == "routes":
            sheet = sheets.RouteSheet(self, seen.accounts, row)
        else:
            sheet = sheets.PoolSheet(self, row)
        self._desk.operations.bind(SAVE, sheet.go, "Saving…")
        sheet.asked.connect(lambda ask: self._save(ask, sheet, row))
        sheet.open()
        return sheet

    def _save(self, ask: Any, sheet: Any, row: Any) -> None:
        def saved(_found: object) -> None:
            sheet.accept()
            self.look()
            self._desk.toast("It holds from now on.", tone="ok")

        self._desk.operations.start(SAVE, lambda: self._carry_out(ask, row), done=saved, failed=sheet.refuse)

    async def _carry_out(self, ask: Any, row: Any) -> object:
        """Raises errors.Problem."""
        if isinstance(ask, limits.SaveLimits):
            return await self._desk.api.call(limits.SAVE, ask)
        if isinstance(ask, limits.SaveRoute):
            return await self._desk.api.call(limits.SAVE_ROUTE, ask)
        return await self._desk.api.call(limits.SAVE_ORIGINS, ask, account=row.account.id)

    def _remove(self, row: Any) -> None:
        """Lift a limit or take a route away; undone by setting it as it was."""
        if isinstance(row, model.Subject):
            now: Any = _limits(row, [])
            before: Any = _limits(row, list(row.rates))
            words, undo = f"The limits of {row.title} are lifted", f"Undo: lift the limits of {row.title}"
        elif isinstance(row, limits.Route):
            now = limits.SaveRoute(channel=row.channel, prefix=row.prefix)
            before = limits.SaveRoute(channel=row.channel, prefix=row.prefix, accounts=row.accounts)
            words = f"The route for numbers {model.numbers(row.prefix)} is removed"
            undo = f"Undo: remove the route for {row.prefix or 'other numbers'}"
        else:
            return
        self._start(now, lambda: self._desk.toast(words, action=undo, clicked=lambda: self._start(before)))

    def _start(self, ask: Any, then: Callable[[], object] | None = None) -> None:
        def done(_found: object) -> None:
            self.look()
            if then is not None:
                then()

        self._desk.operations.start(SAVE, lambda: self._carry_out(ask, None), done=done)


def _limits(row: model.Subject, rates: list[limits.Rate]) -> limits.SaveLimits:
    return limits.SaveLimits(layer=row.layer, channel=row.channel, subject=row.subject, rates=rates)


_NO_LIMITS = (
    "gauge",
    "No limit is set",
    (
        "Messages leave as fast as the providers take them. Limit an account, a sender, a country, a mail domain, one"
        " recipient, a campaign or the whole workspace; the smallest wins."
    ),
)
_NO_ROUTES = (
    "route",
    "No route is set",
    "Accounts of one channel share it by their weights. A route sends a country's numbers by the accounts you name.",
)
_NO_POOLS = (
    "split",
    "No account takes a pool",
    "Twilio, mail servers, Amazon SES and WhatsApp can be told whom of several senders a message comes from.",
)
