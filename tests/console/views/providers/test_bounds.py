"""Limits, routes and pools by hand: added, changed, removed with an undo, refused with a sentence."""

import pathlib
from typing import TypeVar

import pytest

from console import window as windows
from console.views.providers import page as providers_page
from console.views.providers.bounds import model, page, sheets
from console.widgets import buttons, notices
from server.wire import limits
from tests.console import conftest
from tests.console.views import sandbox

SheetT = TypeVar("SheetT", sheets.LimitSheet, sheets.RouteSheet, sheets.PoolSheet)


def bounds_of(shown: windows.Window) -> page.Bounds:
    """The page on screen."""
    found = shown.page()
    assert isinstance(found, providers_page.Page)
    return found.bounds


def opened(bounds: page.Bounds, kind: type[SheetT], row: object = None) -> SheetT:
    """A sheet for a row, or for a new one."""
    sheet = bounds.open_sheet(row)
    assert isinstance(sheet, kind)
    return sheet


async def test_a_limit_is_added_and_lifted_and_that_is_taken_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", part="limits") as shown:
        bounds = bounds_of(shown)
        await until(lambda: bounds.seen is not None)
        sheet = opened(bounds, sheets.LimitSheet)
        sheet.layer.set_value(limits.Layer.DOMAIN)
        sheet._fit()
        assert (sheet.subject.isVisible(), sheet.account.isVisible()) == (True, False)
        sheet.subject.set_value("no domain")
        sheet.rates._inputs[1].setValue(20)
        sheet.go.click()
        await until(lambda: "is not a mail domain" in sheet.refusal.accessibleDescription())
        sheet.subject.set_value("example.com")
        sheet.go.click()
        await until(lambda: bounds.tables["limits"].model.total == 1)
        row = bounds.tables["limits"].model.row(0)
        assert isinstance(row, model.Subject)
        assert (row.title, model.said(row.rates)) == ("example.com", "20 a second")
        bounds.tables["limits"].pick(0)
        bounds.remove.click()
        await until(lambda: bounds.tables["limits"].model.total == 0)
        toast = next(one for one in shown.findChildren(notices.Toast) if "are lifted" in one.words)
        next(
            one
            for one in toast.findChildren(buttons.Button)
            if one.text() == "Undo: lift the limits of example.com"
        ).click()
        await until(lambda: bounds.tables["limits"].model.total == 1)
        with sent.server.client() as asked:
            asked.call(limits.SAVE, limits.SaveLimits(layer=limits.Layer.DOMAIN, subject="example.com"))


async def test_a_route_is_added_changed_and_removed(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", part="routes") as shown:
        bounds = bounds_of(shown)
        await until(lambda: bounds.seen is not None)
        sheet = opened(bounds, sheets.RouteSheet)
        sheet.prefix.set_value("+49")
        sheet.go.click()
        assert "names no account" in sheet.refusal.accessibleName()
        assert bounds.seen is not None
        account = next(row.id for row in bounds.seen.accounts if row.channel == "sms")
        sheet.accounts[0].set_value(account)
        sheet.go.click()
        await until(lambda: bounds.tables["routes"].model.total == 1)
        row = bounds.tables["routes"].model.row(0)
        assert row == limits.Route(channel="sms", prefix="+49", accounts=[account])
        changed = opened(bounds, sheets.RouteSheet, row)
        assert changed.value() == limits.SaveRoute(channel="sms", prefix="+49", accounts=[account])
        changed.reject()
        bounds.tables["routes"].pick(0)
        bounds.remove.click()
        await until(lambda: bounds.tables["routes"].model.total == 0)


async def test_a_pool_is_set_and_a_wrong_sender_is_named(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", part="pools") as shown:
        bounds = bounds_of(shown)
        await until(lambda: bounds.tables["pools"].model.total > 0)
        at = next(at for at, pool in enumerate(bounds._rows["pools"]) if pool.account.channel == "sms")
        sheet = opened(bounds, sheets.PoolSheet, bounds._rows["pools"][at])
        sheet.lines.set_value("nobody knows whom = 100")
        sheet.go.click()
        await until(lambda: "neither a number" in sheet.refusal.accessibleDescription())
        sheet.lines.set_value("+15005550006 = 300\n+15005550007")
        sheet.go.click()
        await until(lambda: len(bounds._rows["pools"][at].rows) == 2)
        assert model.pool_words(bounds._rows["pools"][at].rows) == "+15005550006 (300), +15005550007 (100)"
        again = opened(bounds, sheets.PoolSheet, bounds._rows["pools"][at])
        again.lines.set_value("")
        again.go.click()
        await until(lambda: bounds._rows["pools"][at].rows == [])


def test_all_periods_of_one_subject_are_one_row_and_what_binds_it_is_told() -> None:
    rows = [
        limits.Limit(layer=limits.Layer.ACCOUNT, subject="3", count=100, per_s=86_400, used=95, title="Acme"),
        limits.Limit(layer=limits.Layer.ACCOUNT, subject="3", count=50, per_s=1, title="Acme"),
        limits.Limit(
            layer=limits.Layer.DOMAIN,
            channel="email",
            subject="*",
            count=5,
            per_s=1,
            title="each mail domain",
        ),
    ]
    bound = {("account", "3"): ["Spring"], ("domain", "gmail.com"): ["Autumn"]}
    account, domain = model.subjects(rows, bound)
    assert model.said(account.rates) == "50 a second · 100 a day"
    assert (account.used, account.used_words, account.runs) == (0.95, "95 of 100 a day", ("Spring",))
    assert domain.runs == ("Autumn",)


def test_only_what_binds_most_now_is_called_binding() -> None:
    cause = limits.Cause(kind="account", subject="3", words="w", share=0.7, seconds=1.0)
    other = limits.Cause(kind="window", subject="", words="w", share=0.3, seconds=1.0)
    pace = limits.Pace(
        run=1,
        sentence="s",
        rate_per_s=1.0,
        left=5,
        eta_low_s=None,
        eta_high_s=None,
        ends_from=None,
        ends_to=None,
        assumes="",
        causes=[cause, other],
        by_channel=[],
    )
    assert model.binding([("Spring", pace)]) == {("account", "3"): ["Spring"]}


def test_a_line_without_a_number_behind_its_sign_is_named() -> None:
    with pytest.raises(ValueError, match="Line 2: 'much' is no weight"):
        model.pool_of("+1 = 5\n+2 = much")
