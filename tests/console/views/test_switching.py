"""From one workspace to another and back, through the window, against a real server."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator

import pytest
from PySide6 import QtCore, QtTest, QtWidgets

from console import outside, switching, window, workspaces
from console.services import drafts, live, settings
from console.views.campaigns.draft import model, saving
from console.views.overview import page as overview_page
from console.views.providers import page as providers_page
from console.views.twins import page as twins_page
from console.widgets import buttons, dialogs, popover
from server.wire import campaigns, server
from tests.console import conftest
from tests.console.views import sandbox
from tests.support import served

KEY = QtCore.Qt.Key
TOKEN = "0123456789abcdef0123456789abcdef"  # nobody has it
GATEWAY = "https://127.0.0.1:9"  # nobody listens there


@contextlib.asynccontextmanager
async def arrived(running: served.Served, folder: pathlib.Path) -> AsyncIterator[window.Window]:
    """A window as the program makes one: it knows its workspace and follows its feed."""
    found = outside.Services(
        kept=settings.Settings(folder / "console.json"), left=drafts.Drafts(folder / "drafts")
    )
    shown = window.Window(found)
    shown.show()
    try:
        await found.api.connect(running.url, running.token)
        await found.session.load(found.api)
        found.live.start()
        shown.online()
        yield shown
    finally:
        await found.operations.close()
        await found.live.stop()
        await found.api.close()
        shown.keep_state()
        shown.let_close()
        shown.deleteLater()


def add(running: served.Served, name: str, environment: server.Environment) -> server.Workspace:
    """A workspace of the server."""
    with running.client() as asked:
        return asked.call(
            server.ADD_WORKSPACE, server.AddWorkspace(name=name, environment=environment)
        ).workspace


@pytest.fixture(scope="module")
def production(sent: sandbox.Sandbox) -> server.Workspace:
    """A production workspace beside the sandbox."""
    return add(sent.server, "Northwind", server.Environment.PRODUCTION)


def panel() -> popover.Popover:
    """The panel that is open."""
    found = QtWidgets.QApplication.activePopupWidget()
    assert isinstance(found, popover.Popover)
    return found


def row(name: str) -> workspaces.Row:
    """A workspace of the open panel."""
    return next(one for one in panel().findChildren(workspaces.Row) if one.workspace.name == name)


async def go(shown: window.Window, name: str, until: conftest.Until) -> None:
    """Choose a workspace as a person does, and wait until the window is there."""
    shown.sidebar.place.click()
    row(name).click()
    about = shown.services.session
    await until(lambda: shown.is_online and about.about is not None and about.about.workspace.name == name)


async def test_production_starts_empty_and_the_sandbox_is_as_it_was_afterwards(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        shown.navigate("campaigns")
        there = shown.page()
        gone: list[bool] = []
        there.destroyed.connect(lambda: gone.append(True))
        await until(there.list.rows)  # type: ignore[attr-defined]
        shown.sidebar.nav.set_badge("messages", "7", "warn")
        shown.toast("Deleted", action="Undo")

        await go(shown, "Northwind", until)
        page = shown.page()
        assert isinstance(page, overview_page.Page)
        await until(page.first.isVisible)
        assert shown._frame._environment == "production"
        assert shown.sidebar.place.accessibleName() == "Workspace Northwind, Production"
        assert shown.windowTitle() == "Overview — Northwind (production) — Heliograph"
        assert shown._history == [("overview", {})]
        assert not shown.toasts._shown
        assert not shown.services.told.rows
        assert (
            shown.sidebar.nav._items["messages"].data(QtCore.Qt.ItemDataRole.AccessibleTextRole) == "Messages"
        )
        await until(lambda: gone)
        await until(lambda: shown.services.live.state == live.CONNECTED)
        with sent.server.client() as asked:
            everything = asked.call(campaigns.LIST, campaigns.CampaignQuery()).total
        ours = await shown.desk.api.call(campaigns.LIST, campaigns.CampaignQuery())
        assert (ours.total, everything > 0) == (0, True)

        await go(shown, "Sandbox", until)
        shown.navigate("campaigns")
        rows = shown.page().list  # type: ignore[attr-defined]
        await until(lambda: sent.campaign.name in [one.name for one in rows.rows()])
        assert shown.windowTitle() == "Campaigns — Heliograph"


async def test_an_account_with_a_gateway_of_ones_own_is_saved_in_production(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        await go(shown, "Northwind", until)
        shown.navigate("providers", add="sms/twilio")
        page = shown.page()
        assert isinstance(page, providers_page.Page)
        await until(lambda: page.editor.form is not None and page._heard)
        form = page.editor.form
        assert form is not None
        assert form.field("endpoint").value() == "", "the twin is the sandbox's alone"
        page.editor._own["name"].set_value("Our gateway")
        form.field("account_sid").set_value("AC" + "0" * 32)
        form.field("auth_token").set_value(TOKEN)
        form.field("sender").set_value("+15005550006")
        form.field("endpoint").set_value(GATEWAY)
        page.editor.save_button.click()
        await until(lambda: [one.settings["endpoint"] for one in page._rows] == [GATEWAY])
        await until(lambda: not [one for one in shown.services.operations.running() if one.label])

        await go(shown, "Sandbox", until)
        shown.navigate("providers", add="sms/twilio")
        again = shown.page()
        assert isinstance(again, providers_page.Page)
        await until(lambda: again.editor.form is not None and again._heard)
        assert "Our gateway" not in [one.name for one in again._rows]
        assert again.editor.form is not None
        assert again.editor.form.field("endpoint").value() == "twin"


async def test_a_window_comes_back_to_the_workspace_it_was_closed_in(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        assert shown.services.session.environment == "sandbox"
        await go(shown, "Northwind", until)
    async with arrived(sent.server, tmp_path) as again:
        assert again.services.session.environment == "production"
        assert again.desk.api.workspace == production.id


async def test_the_keyboard_opens_the_panel_walks_it_and_chooses(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        shown.activateWindow()
        await until(shown.isActiveWindow)
        shown.sidebar.place.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        QtTest.QTest.keyClick(shown.sidebar.place, KEY.Key_Return)
        assert row("Sandbox").hasFocus()
        assert row("Sandbox").accessibleName() == "Sandbox, Sandbox, you are here"
        rows = panel().findChildren(workspaces.Row)
        QtTest.QTest.keyClick(rows[0], KEY.Key_Down)
        assert rows[1].hasFocus()
        QtTest.QTest.keyClick(rows[1], KEY.Key_Up)
        assert rows[0].hasFocus()
        QtTest.QTest.keyClick(rows[0], KEY.Key_Escape)
        await until(lambda: QtWidgets.QApplication.activePopupWidget() is None)
        control, shift = QtCore.Qt.KeyboardModifier.ControlModifier, QtCore.Qt.KeyboardModifier.ShiftModifier
        QtTest.QTest.keyClick(shown, KEY.Key_W, control | shift)
        QtTest.QTest.keyClick(row("Northwind"), KEY.Key_Return)
        await until(lambda: shown.is_online and shown.services.session.environment == "production")


async def test_a_workspace_is_added_and_entered(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        shown.sidebar.place.click()
        offers = panel().findChildren(buttons.Button)
        next(one for one in offers if one.accessibleName() == "Add workspace…").click()
        sheet = shown.findChildren(workspaces.AddSheet)[0]
        sheet.go.click()
        assert sheet.name.error() == "A name is needed."
        sheet.name.set_value("Sandbox")
        sheet.go.click()
        await until(lambda: sheet.banner._words.text() == "There is a workspace called Sandbox already.")
        sheet.name.set_value("Rehearsal")
        assert sheet.choices[0].isChecked()
        QtTest.QTest.keyClick(sheet.name.input, KEY.Key_Return)
        await until(lambda: shown.is_online and shown.services.session.environment == "staging")
        assert shown.sidebar.place.accessibleName() == "Workspace Rehearsal, Staging"


async def test_twins_are_said_to_belong_to_the_sandbox(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        await go(shown, "Northwind", until)
        shown.navigate("twins")
        page = shown.page()
        assert isinstance(page, twins_page.Page)
        assert page.elsewhere.isVisible()
        assert not page.inbox.table.isVisible()
        assert not shown.services.operations.busy("twins:list")
        assert twins_page.shots(page) == []
        page.elsewhere.findChildren(buttons.Button)[0].click()
        assert row("Northwind").here
        row("Sandbox").click()
        await until(lambda: shown.is_online and shown.services.session.environment == "sandbox")
        shown.navigate("twins")
        again = shown.page()
        assert isinstance(again, twins_page.Page)
        await until(lambda: again.inbox.table.isVisible() and again.inbox.rows.total > 0)


async def test_a_draft_is_kept_for_the_workspace_it_was_written_in(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        begun = model.Work(name="Half a thought")
        shown.desk.drafts.keep(saving.EDITOR, begun.key, begun.kept())
        await go(shown, "Northwind", until)
        shown.navigate("campaigns", new=True)
        assert shown.page().draft.name.text() != "Half a thought"  # type: ignore[attr-defined]
        await go(shown, "Sandbox", until)
        shown.navigate("campaigns", new=True)
        assert shown.page().draft.name.text() == "Half a thought"  # type: ignore[attr-defined]
        shown.page().draft.saver.forget()  # type: ignore[attr-defined]


async def test_what_a_person_waits_for_is_not_stopped_unasked(
    sent: sandbox.Sandbox,
    production: server.Workspace,
    tmp_path: pathlib.Path,
    until: conftest.Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(switching, "SETTLE_S", 0.05)
    async with arrived(sent.server, tmp_path) as shown:
        shown.services.operations.start("import", asyncio.Event().wait, label="Sending people.csv")
        shown.switch.to(production)
        sheet = shown.findChildren(dialogs.Sheet)[0]
        assert "Sending people.csv" in sheet.accessibleDescription()
        sheet.reject()
        assert shown.services.operations.busy("import")
        shown.switch.to(production)
        sheet = next(one for one in shown.findChildren(dialogs.Sheet) if one.isVisible())
        next(
            one for one in sheet.findChildren(buttons.Button) if one.accessibleName() == "Stop it and go"
        ).click()
        await until(lambda: shown.is_online and shown.services.session.environment == "production")
        assert not shown.services.operations.busy("import")


async def test_a_workspace_that_cannot_be_entered_leaves_all_as_it_was(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        shown.navigate("campaigns")
        page = shown.page()
        shown.switch.to(server.Workspace(id=404, name="Gone", environment=server.Environment.PRODUCTION))
        await until(lambda: shown.is_online and shown.toasts._shown)
        assert "There is no workspace '404'." in shown.toasts._shown[-1].words
        assert shown.page() is page
        assert shown.services.session.environment == "sandbox"
        await until(lambda: shown.services.live.state == live.CONNECTED)


async def test_the_other_windows_go_along_and_a_link_leads_across(
    sent: sandbox.Sandbox, production: server.Workspace, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with arrived(sent.server, tmp_path) as shown:
        shown.commands.run("window.new")
        other = shown.company.windows[-1]
        other.navigate("campaigns")
        before = other.page()
        installation = shown.services.session.place.rpartition("-")[0]
        shown.services.session.workspaces = await shown.services.session.list_workspaces(shown.services.api)
        shown.follow(f"heliograph://messages?state=failed&at={installation}-{production.id}")
        sheet = next(one for one in shown.findChildren(dialogs.Sheet) if one.isVisible())
        assert shown.services.session.environment == "sandbox", "a person is asked first"
        next(
            one for one in sheet.findChildren(buttons.Button) if one.accessibleName() == "Go to Northwind"
        ).click()
        await until(lambda: shown.is_online and shown.current == "messages")
        assert shown.page().filters.state == "failed"  # type: ignore[attr-defined]
        assert other.desk.api.workspace == production.id
        assert other.page() is not before
        assert other._frame._environment == "production"
        await until(lambda: not other.services.operations.running())
        other.close()
