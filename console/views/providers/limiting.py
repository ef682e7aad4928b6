"""Limits of an account or of the whole workspace on a sheet, and an account's in words."""

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from console.services import errors
from console.widgets import buttons, dialogs, notices, rate_fields, text
from server.wire import limits, providers

WIDTH = 560

Layer = limits.Layer


def of_account(rows: Sequence[limits.Limit], account: int) -> list[limits.Limit]:
    """The limits a person laid upon one account."""
    return [row for row in rows if row.layer is Layer.ACCOUNT and row.subject == str(account)]


def used(row: limits.Limit) -> str:
    """One limit in words, with what was used of it."""
    told = rate_fields.said(row.count, row.per_s)
    return f"{told} · {row.used:,} used" if row.per_s > 60 else told


def quota(account: providers.Account) -> str:
    """What the provider itself says that it allows; empty where it does not say."""
    if account.quota is None:
        return ""
    told = []
    if account.quota.per_s is not None:
        told.append(f"{account.quota.per_s:,g} a second")
    if account.quota.per_day is not None:
        told.append(f"{account.quota.per_day:,} a day, {account.quota.sent:,} used")
    return ", ".join(told) or "no bound"


class LimitsSheet(dialogs.Sheet):
    """Edits one subject's limits; `asked` carries a SaveLimits."""

    asked = QtCore.Signal(object)

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        title: str,
        rows: Sequence[limits.Limit],
        *,
        layer: limits.Layer,
        subject: str = "",
    ) -> None:
        super().__init__(
            parent,
            title,
            "Of all limits that concern a message the smallest wins. A change takes effect within a second, also for"
            " what is being sent.",
            width=WIDTH,
        )
        self._layer, self._subject = layer, subject
        self.refusal = notices.Banner()
        self.rates = rate_fields.RateFields(title)
        self.rates.put([limits.Rate(count=row.count, per_s=row.per_s) for row in rows])
        self.add(self.refusal)
        self.add(self.rates)
        self.add(
            text.muted(
                "Seconds and minutes are spread evenly; hours and days may be used up at once. Bulk leaves a share of"
                " an hour's or a day's to tests and transactional messages.",
                wrap=True,
            )
        )
        self.go = buttons.primary("Save", lambda: self.asked.emit(self.value()))
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)

    def value(self) -> limits.SaveLimits:
        """What is asked for."""
        return limits.SaveLimits(layer=self._layer, subject=self._subject, rates=self.rates.value())

    def refuse(self, problem: errors.Problem) -> None:
        """Say what the server has against it."""
        self.refusal.say(problem.sentence, " ".join(problem.faults.values()) or problem.remedy, tone="bad")
