"""Accounts added, checked, changed and removed through the page, against a real server and its twins."""

import pathlib

from PySide6 import QtCore, QtTest, QtWidgets

from console.views.providers import page as providers_page
from console.widgets import buttons, dialogs, fields, text
from server.wire import providers
from tests.console import conftest
from tests.console.views import sandbox

TOKEN = "0123456789abcdef0123456789abcdef"  # nobody has it


def page_of(shown: object) -> providers_page.Page:
    """The page on screen."""
    page = shown.page()  # type: ignore[attr-defined]
    assert isinstance(page, providers_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say."""
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


def fill(page: providers_page.Page, name: str) -> None:
    """Fill the form for a Twilio account that nobody has."""
    form = page.editor.form
    assert form is not None
    page.editor._own["name"].set_value(name)
    form.field("account_sid").set_value("AC" + "0" * 32)
    form.field("auth_token").set_value(TOKEN)
    form.field("sender").set_value("+15005550006")
    form.field("endpoint").set_value("twin")


def account(page: providers_page.Page, name: str) -> providers.Account | None:
    """An account of the list by its name."""
    return next((row for row in page._rows if row.name == name), None)


async def test_a_wrong_key_is_saved_checked_and_told_with_what_to_do(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", add="sms/twilio") as shown:
        page = page_of(shown)
        await until(lambda: page.editor.form is not None and page._heard)
        fill(page, "Wrong key")
        page.editor.save_button.click()
        await until(lambda: page.panel.check is not None)
        assert page.panel.check is not None
        assert not page.panel.check.good
        bad = next(row for row in page.panel.check.rows if not row.good)
        assert bad.message in words(page.panel)
        assert bad.remedy in words(page.panel)
        assert TOKEN not in words(page.panel)
        await until(lambda: (found := account(page, "Wrong key")) and found.health == "failing")
        made = account(page, "Wrong key")
        assert made is not None
        page.change(made)
        token = page.editor.form.field("auth_token")  # type: ignore[union-attr]
        assert token.value() is fields.KEPT
        page._remove(made)
        await until(lambda: page.list.total > 0 and account(page, "Wrong key") is None)


async def test_what_is_missing_is_marked_at_its_field_and_nothing_is_sent(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", add="sms/twilio") as shown:
        page = page_of(shown)
        await until(lambda: page.editor.form is not None)
        page.editor._own["name"].set_value("")
        page.editor.save_button.click()
        assert page.editor.form is not None
        assert page.editor.form.field("account_sid").error() == "Account SID is needed."
        assert page.editor._own["name"].error()
        assert not shown.services.operations.busy("providers:save")


async def test_what_the_server_refuses_lands_at_its_field(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers", add="sms/twilio") as shown:
        page = page_of(shown)
        await until(lambda: page.editor.form is not None)
        fill(page, "Wrong SID")
        assert page.editor.form is not None
        page.editor.form.field("account_sid").set_value("no such thing")
        page.editor.save_button.click()
        await until(lambda: page.editor.form.field("account_sid").error())  # type: ignore[union-attr]
        assert page.editor.isVisible()


async def test_an_account_is_gone_to_checked_good_and_switched_off_and_on(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers") as shown:
        page = page_of(shown)
        await until(lambda: page._heard)
        smtp = next(row for row in page._rows if row.provider == "email/smtp")
        page.opened(subject=str(smtp.id))
        await until(lambda: page.panel.account is not None and page.panel.account.id == smtp.id)
        page.panel.check_button.click()
        await until(lambda: page.panel.check is not None)
        assert page.panel.check.good  # type: ignore[union-attr]
        page._switch(page.panel.account)  # type: ignore[arg-type]
        await until(lambda: not page.panel.account.enabled)  # type: ignore[union-attr]
        assert "Switch on" in [button.accessibleName() for button in page.panel.findChildren(buttons.Button)]
        page._switch(page.panel.account)  # type: ignore[arg-type]
        await until(lambda: page.panel.account.enabled)  # type: ignore[union-attr]


async def test_removing_asks_first_and_the_harmless_answer_is_under_enter(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers") as shown:
        page = page_of(shown)
        await until(lambda: page._heard)
        page._ask_to_remove(page._rows[0])
        sheet = page.findChildren(dialogs.Sheet)[0]
        assert page._rows[0].name in sheet.windowTitle()
        QtTest.QTest.keyClick(sheet.focusWidget(), QtCore.Qt.Key.Key_Return)
        await until(lambda: not sheet.isVisible())
        assert not shown.services.operations.busy(f"providers:remove:{page._rows[0].id}")


async def test_a_provider_is_chosen_by_the_keyboard(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "providers") as shown:
        page = page_of(shown)
        await until(lambda: bool(page._kinds))
        page.add()
        offers = [one for one in page.editor.findChildren(QtWidgets.QFrame) if hasattr(one, "activated")]
        assert len(offers) == len(page._kinds)
        QtTest.QTest.keyClick(offers[0], QtCore.Qt.Key.Key_Return)
        assert page.editor.form is not None
