"""Limits of an account and of the workspace set on a sheet, against a real server."""

import pathlib
from collections.abc import Callable

from console.views.providers import limiting
from console.views.providers import page as providers_page
from console.widgets import rate_fields, text
from server.wire import limits
from tests.console import conftest
from tests.console.views import sandbox


def sheet_of(page: providers_page.Page) -> limiting.LimitsSheet | None:
    """The sheet that is open."""
    return next((one for one in page.findChildren(limiting.LimitsSheet) if one.isVisible()), None)


async def test_an_accounts_limits_are_set_told_and_lifted(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers") as shown:
        page = shown.page()
        assert isinstance(page, providers_page.Page)
        await until(lambda: any(row.channel == "sms" for row in page._rows))
        account = next(row for row in page._rows if row.channel == "sms")
        page._on_picked(account)
        for typed, told in ((40.0, "40 a second"), (0.0, "No limit of ours.")):
            page.panel.limits_asked.emit(account)
            sheet = sheet_of(page)
            assert sheet is not None
            sheet.rates._inputs[1].setValue(typed)
            sheet.go.click()
            await until(lambda: sheet_of(page) is None)
            await until(_says(page, told))


def _says(page: providers_page.Page, told: str) -> Callable[[], bool]:
    return lambda: told in words(page)


def words(page: providers_page.Page) -> str:
    """All that the panel says."""
    return "\n".join(label.text() for label in page.panel.findChildren(text.Label))


def test_periods_that_have_no_field_of_their_own_are_kept() -> None:
    made = rate_fields.RateFields("Limits")
    rates = [limits.Rate(count=1, per_s=6), limits.Rate(count=50, per_s=60)]
    made.put(rates)
    made._inputs[1].setValue(5)
    assert made.value() == [limits.Rate(count=5, per_s=1), *rates]
