"""Several windows on one session: each goes its own way, and closing one closes no other."""

import pathlib

from PySide6 import QtWidgets

from console import company, frame, outside, views, window
from console.services import settings
from console.widgets import table
from tests.console import conftest
from tests.console.views import sandbox


def lists(desk: frame.Frame) -> list[table.DataTable]:
    return [one for one in desk.page().findChildren(table.DataTable) if one.isVisible()]


async def test_a_page_is_opened_in_a_window_of_its_own_with_its_filters(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages", state="failed") as desk:
        desk.commands.run("window.page")
        other = desk.company.windows[-1]
        assert other is not desk
        page = other.page()
        assert isinstance(page, views.Placed)
        assert page.where() == {"state": "failed"}
        await until(lambda: lists(other) and lists(other)[0].model.row(0) is not None)
        await until(lambda: lists(desk) and lists(desk)[0].model.row(0) is not None)
        other.navigate("audiences")
        assert desk.current == "messages"
        await until(lambda: not other.services.operations.running())
        other.close()
        assert desk.company.windows == [desk]
        assert desk.isVisible()
        desk.navigate("messages", state="", fresh=True)
        await until(lambda: lists(desk)[0].model.heard)


async def test_two_windows_are_laid_side_by_side(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "campaigns", campaign=sent.campaign.id) as desk:
        await until(desk.page().run.isVisible)  # type: ignore[attr-defined]
        desk.commands.run("window.compare")
        left, right = desk.company.windows
        assert left.geometry().left() < right.geometry().left()
        assert left.geometry().top() == right.geometry().top()
        await until(right.page().run.isVisible)  # type: ignore[attr-defined]
        await until(lambda: not right.services.operations.running())
        right.close()


async def test_windows_and_what_they_showed_are_there_at_the_next_start(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "messages", channel="sms") as desk:
        desk.commands.run("window.new")
        other = desk.company.windows[-1]
        other.navigate("campaigns", tab="live")
        await until(lambda: not other.services.operations.running())
        desk.company.keep()
        other.close()
    kept = settings.Settings(tmp_path / "console.json")
    states: list[dict[str, object]] = kept.get(company.BESIDE, [])
    assert [(state["view"], state["args"]) for state in states] == [("campaigns", {"tab": "live"})]
    again = window.Window(outside.Services(kept=kept))
    try:
        assert again._asked == ("messages", {"channel": "sms"})
        again.company.restore()
        assert [one._asked for one in again.company.windows[1:]] == [("campaigns", {"tab": "live"})]
    finally:
        again.company.close_all()
        for one in again.company.windows:
            one.deleteLater()


async def test_there_is_an_end_to_opening_windows(sent: sandbox.Sandbox, tmp_path: pathlib.Path) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as desk:
        for _more in range(company.MOST + 2):
            desk.commands.run("window.new")
        assert len(desk.company.windows) == company.MOST
        assert "close one first" in desk.toasts._shown[-1].words
        for other in desk.company.windows[1:]:
            other.close()
        assert desk.company.windows == [desk]
        assert QtWidgets.QApplication.instance() is not None
