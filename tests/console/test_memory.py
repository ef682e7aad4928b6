"""What is remembered belongs to one server: another never opens what was shown on the first."""

import pathlib

import pytest
from pytestqt.qtbot import QtBot

from console import app, company, outside, window
from console.services import backend, links, settings
from tests.console import conftest

pytestmark = pytest.mark.usefixtures("sample_views")

HERE, ELSEWHERE = "abc234-1", "xyz789-1"  #: the far side's workspace, and that of a server it is not


def made(qtbot: QtBot, home: str = "/data/here") -> window.Window:
    shown = window.Window(outside.Services(home=home))
    qtbot.addWidget(shown, before_close_func=lambda one: one.let_close())
    shown.show()
    return shown


def leave(place: str, home: str = "/data/here") -> None:
    """As a console has left it that showed a campaign, and beside it another in a second window."""
    services = outside.Services(home=home)
    services.memory.put("window.view", "second")
    link = links.Link(view="second", args={"campaign": "7"}, place=place)
    services.memory.put("window.link", links.write(link))
    state = {"view": "second", "args": {"campaign": 9}, "place": place, "geometry": ""}
    services.memory.put(company.BESIDE, [state])
    services.settings.save()


async def visits(shown: window.Window, data: pathlib.Path, until: conftest.Until) -> list[object]:
    """What each window's page was opened with, once there is a server."""
    program = app.App(app.Wish(data=data), shown)
    program._backend = backend.Backend(data, command=conftest.FAR)
    program._reach()
    try:
        await until(lambda: shown.is_online and not shown.services.operations.running())
        return [one.page().visits for one in shown.company.windows]  # type: ignore[attr-defined]
    finally:
        await program.end()
        await shown.services.operations.close()
        await shown.services.api.close()
        shown.company.close_all()


def test_another_data_folder_begins_with_the_first_view(qtbot: QtBot) -> None:
    leave(HERE)
    assert made(qtbot)._asked == ("second", {"campaign": 7})
    assert made(qtbot, "/data/there")._asked == ("first", {})


def test_each_server_keeps_its_own(tmp_path: pathlib.Path) -> None:
    kept = settings.Settings(tmp_path / "console.json")
    one, other = outside.Services(kept=kept, home="/one"), outside.Services(kept=kept, home="/other")
    one.memory.put("window.view", "campaigns")
    other.memory.put("window.view", "messages")
    assert one.memory.get("window.view", "") == "campaigns"
    assert one.beside().memory.get("window.view", "") == "campaigns"


def test_a_home_is_an_address_or_a_folder_however_it_is_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert app.home(app.Wish(data=pathlib.Path("here"))) == app.home(app.Wish(data=tmp_path / "here"))
    assert app.home(app.Wish(data=pathlib.Path("there"))) != app.home(app.Wish(data=pathlib.Path("here")))
    assert app.home(app.Wish(server="https://desk.example/")) == "https://desk.example"
    monkeypatch.setenv("HELIOGRAPH_DATA", str(tmp_path / "here"))
    assert app.home(app.Wish()) == str(tmp_path / "here")


async def test_the_campaign_shown_last_is_opened_again_on_its_own_server(
    qtbot: QtBot, data: pathlib.Path, until: conftest.Until
) -> None:
    leave(HERE)
    assert await visits(made(qtbot), data, until) == [[{"campaign": 7}], [{"campaign": 9}]]


async def test_a_folder_whose_server_is_a_new_one_opens_the_view_without_the_old_ones_campaign(
    qtbot: QtBot, data: pathlib.Path, until: conftest.Until
) -> None:
    leave(ELSEWHERE)
    assert await visits(made(qtbot), data, until) == [[{}], [{}]]


async def test_what_a_person_asks_for_meanwhile_is_shown_whatever_is_remembered(
    qtbot: QtBot, data: pathlib.Path, until: conftest.Until
) -> None:
    leave(ELSEWHERE)
    shown = made(qtbot)
    shown.navigate("second", campaign=3)
    assert (await visits(shown, data, until))[0] == [{"campaign": 3}]
