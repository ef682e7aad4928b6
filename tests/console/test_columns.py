"""Columns that a person chose, pinned, ordered and sorted; rows on the clipboard in every form."""

import json
import pathlib

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console import gallery, samples
from console.services import settings
from console.widgets import columns, copying, paged, saved, table
from server.wire import endpoint, messages, providers


@pytest.fixture
def kept(tmp_path: pathlib.Path) -> settings.Settings:
    return settings.Settings(tmp_path / "console.json")


def made(qtbot: QtBot, kept: settings.Settings, width: int = 900) -> tuple[table.DataTable, columns.Columns]:
    one = gallery.sample_table()
    chosen = one.remember(kept, "samples")
    qtbot.addWidget(one)
    one.resize(width, 400)
    one.show()
    qtbot.waitUntil(lambda: one.model.row(0) is not None)
    return one, chosen


def shown(one: table.DataTable) -> list[str]:
    return [one.model.columns[at].name for at in one.view.shown_columns()]


def test_columns_that_were_chosen_are_there_after_a_restart(qtbot: QtBot, kept: settings.Settings) -> None:
    one, chosen = made(qtbot, kept)
    chosen.show("Channels", shown=False)
    chosen.pin("Failed", pinned=True)
    one.sort_by("-audience")
    again, _ = made(qtbot, settings_again(kept))
    assert shown(again) == ["Failed", "Campaign", "Status", "Audience", "Progress"]
    assert again.model.sorting == "-audience"
    assert again.where() == {"sort": "-audience", "columns": "Failed,Campaign,Status,Audience,Progress"}


def settings_again(kept: settings.Settings) -> settings.Settings:
    kept.save()
    return settings.Settings(kept._path)


def test_the_list_can_be_laid_out_again_as_it_was_made(qtbot: QtBot, kept: settings.Settings) -> None:
    one, chosen = made(qtbot, kept)
    before = shown(one)
    chosen.show_only(["Failed", "Campaign", "No such column"])
    assert shown(one) == ["Failed", "Campaign"]
    chosen.reset()
    assert shown(one) == before


def test_the_last_column_cannot_be_hidden_from_the_menu(qtbot: QtBot, kept: settings.Settings) -> None:
    _, chosen = made(qtbot, kept)
    chosen.show_only(["Failed"])
    enabled = {
        action.text(): action.isEnabled() for action in chosen.menu().actions() if action.isCheckable()
    }
    assert enabled["Failed"] is False
    assert enabled["Campaign"] is True


def test_a_column_a_panel_has_pushed_away_comes_back_only_if_it_was_chosen(
    qtbot: QtBot, kept: settings.Settings
) -> None:
    one, chosen = made(qtbot, kept)
    chosen.show("Failed", shown=False)
    one.show_columns(["Failed", "Audience"], False)
    one.show_columns(["Failed", "Audience"], True)
    assert "Audience" in shown(one)
    assert "Failed" not in shown(one)


def test_a_layout_that_was_damaged_is_the_lists_own(qtbot: QtBot, kept: settings.Settings) -> None:
    kept.put("table.samples", {"order": 7, "widths": {"Status": "wide"}})
    one, _ = made(qtbot, kept)
    assert shown(one) == [column.name for column in samples.COLUMNS]


def test_pinned_columns_stay_while_the_others_scroll(qtbot: QtBot, kept: settings.Settings) -> None:
    one, chosen = made(qtbot, kept, width=420)
    chosen.pin("Campaign", pinned=True)
    bar = one.view.horizontalScrollBar()
    assert bar.maximum() > 0
    over = one.view.pinned
    assert over is not None
    assert over.isHidden(), "nothing has scrolled away yet"
    bar.setValue(bar.maximum())
    assert over.isVisible()
    assert over.width() == one.view.columnWidth(0)
    one.pick(2)
    assert over.selectionModel().isRowSelected(2, QtCore.QModelIndex())
    bar.setValue(0)
    assert over.isHidden()


def test_where_a_list_was_scrolled_to_is_where_it_is_again(qtbot: QtBot, kept: settings.Settings) -> None:
    one, _ = made(qtbot, kept)
    one.resize(900, 160)
    one.view.verticalScrollBar().setValue(70)
    one.keep()
    again = gallery.sample_table()
    again.remember(settings_again(kept), "samples")
    qtbot.addWidget(again)
    again.resize(900, 160)
    again.show()
    qtbot.waitUntil(lambda: again.view.verticalScrollBar().value() == 70)


def test_picked_rows_are_copied_as_csv_and_json(qtbot: QtBot, kept: settings.Settings) -> None:
    one, chosen = made(qtbot, kept)
    chosen.show_only(["Failed", "Campaign"])
    one.pick(0)
    actions = {action.text(): action for action in one.copy_menu().actions()}
    assert "Copy as cURL" not in actions, "nobody has said how these rows are asked for"
    actions["Copy as CSV"].trigger()
    copied = QtGui.QGuiApplication.clipboard().text().splitlines()
    assert copied == ["Failed,Campaign", '"1,204","Spring drop · early access, Members EU"']


@pytest.mark.parametrize(
    "cell, written",
    [
        ("=1+2", "'=1+2"),
        ("@cmd", "'@cmd"),
        ("-12", "-12"),
        ("+44 7700", "+44 7700"),
        ("-x", "'-x"),
        ("plain", "plain"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell: str, written: str) -> None:
    model = paged.PagedModel([paged.Column(title="Name", text=str)], lambda _window: None)
    assert copying.as_csv(model, [cell], [0]).splitlines()[1] == written


def test_secrets_leave_neither_as_json_nor_as_a_request() -> None:
    told = {"auth_token": "s3cret", "inner": [{"api_key": "s3cret", "name": "x"}], "password": ""}
    assert "s3cret" not in json.dumps(copying.redacted(told))
    assert copying.redacted(told)["password"] == ""
    call = endpoint.Call(method="POST", path="/v1/accounts", body=json.dumps(told).encode())
    said = copying.as_curl([call], "http://127.0.0.1:1", 2)
    assert "s3cret" not in said
    assert '"Authorization: Bearer $HELIOGRAPH_TOKEN"' in said


def test_a_request_asks_for_the_row_again_and_survives_a_shell() -> None:
    call = messages.STORY.request(ref="it's; rm -rf /")
    said = copying.as_curl([call], "http://127.0.0.1:81", 2)
    assert said == (
        "curl -sS -H \"Authorization: Bearer $HELIOGRAPH_TOKEN\" -H 'heliograph-workspace: 2' "
        "http://127.0.0.1:81/v1/messages/it%27s%3B%20rm%20-rf%20%2F"
    )


def test_rows_of_the_wire_are_copied_as_the_server_sent_them() -> None:
    field = providers.Field(name="auth_token", label="Auth token", kind=providers.FieldKind.SECRET)
    assert json.loads(copying.as_json([field]))["label"] == "Auth token"


def test_a_view_is_saved_found_again_and_forgotten(qtbot: QtBot, kept: settings.Settings) -> None:
    now = {"state": "failed"}
    views = saved.SavedViews(kept, "messages", lambda: now)
    qtbot.addWidget(views)
    views.show()
    sheet = views.ask_name()
    name = next(one for one in sheet.findChildren(QtWidgets.QLineEdit) if one.isVisible())
    QtTest.QTest.keyClicks(name, "Failed & gone")
    QtTest.QTest.keyClick(name, QtCore.Qt.Key.Key_Return)
    again = saved.SavedViews(settings_again(kept), "messages", lambda: now)
    qtbot.addWidget(again)
    assert again.rows() == [("Failed & gone", {"state": "failed"})]
    chip = again.findChildren(saved._Chip)[0]
    assert chip.property("filled") is True
    now = {"state": "done"}
    again.refresh()
    assert chip.property("filled") is False
    with qtbot.waitSignal(again.chosen) as went:
        chip.click()
    assert went.args == [{"state": "failed"}]
    again.forget("Failed & gone")
    assert again.rows() == []
