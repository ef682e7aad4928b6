"""Every screen looks as it was last looked at: pixel by pixel, in both themes."""

import pathlib

import numpy as np
import pytest
from PySide6 import QtGui

from console import shots, views
from server.wire import all_endpoints, endpoint
from tests.console.golden import far, passes, pictures, record, take, world

KEPT = sorted(path.stem for path in pictures.FOLDER.glob("*.png"))


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """All pictures, taken now by a process of their own."""
    folder = tmp_path_factory.mktemp("taken")
    take.take(folder)
    return folder


@pytest.mark.parametrize("name", KEPT)
def test_a_screen_is_what_it_was(name: str, taken: pathlib.Path, tmp_path: pathlib.Path) -> None:
    fresh = taken / f"{name}.png"
    assert fresh.exists(), f"no screen gives this picture any more; renew them: {pictures.RENEW}"
    found = pictures.compare(pictures.read(pictures.FOLDER / f"{name}.png"), now := pictures.taken(fresh))
    if found is not None:
        pictures.write(tmp_path / "actual.png", now)
        pictures.write(tmp_path / "difference.png", found.picture)
        pytest.fail(
            f"{name}: {found}. Look at actual.png and difference.png in {tmp_path}; "
            f"if the new one is right, renew the kept ones: {pictures.RENEW}",
            pytrace=False,
        )


def test_every_screen_is_kept_in_both_themes(taken: pathlib.Path) -> None:
    names = set(pictures.worth_keeping(taken))
    assert names == set(KEPT), f"renew the kept pictures: {pictures.RENEW}"
    names = {name for name in names if not name.endswith(take.PASSES)}
    stems = {name.rpartition("_")[0] for name in names}
    assert {f"{stem}_light" for stem in pictures.LEFT_OUT} <= {path.stem for path in taken.glob("*.png")}
    assert names == {f"{stem}_{theme}" for stem in stems for theme in shots.THEMES}
    assert {spec.key for spec in views.specs()} <= stems


def test_the_main_screens_are_kept_in_longer_words_and_from_right_to_left() -> None:
    screens = [
        f"{key}_{state}".rstrip("_") for key, states in passes.SCREENS.items() for state in ("", *states)
    ]
    kept = {name for name in KEPT if name.endswith(take.PASSES)}
    assert kept == {f"{screen}_{name}" for screen in screens for name in passes.NAMES}


def test_kept_pictures_show_the_window_or_its_page_and_stay_small() -> None:
    whole = {spec.key for spec in views.specs()}
    page = (pictures.RIGHT - pictures.LEFT, pictures.BOTTOM - pictures.TOP)
    for name in KEPT:
        size = QtGui.QImage(str(pictures.FOLDER / f"{name}.png")).size().toTuple()
        own = shots.SIZE if name.rpartition("_")[0] in whole else page
        assert size == (passes.SIZE if name.endswith(take.PASSES) else own), name
    assert sum(path.stat().st_size for path in pictures.FOLDER.iterdir()) < 16_000_000


def test_the_recorded_server_balances_and_has_an_answer_to_every_question() -> None:
    assert all(run.equation.balances for run in world.RUNS.values())
    reads = {what for what in all_endpoints.ALL if what.method == "GET" and what.reply is not endpoint.Raw}
    unasked = {
        "/v1/blocks/{block}",
        "/v1/campaigns/{campaign}/schedule",  # asked of a scheduled campaign, and the recording has none
        "/v1/exceptions/acts",
        "/v1/exceptions/acts/{act}",
        "/v1/ledger/audit",
        "/v1/overdue",
    }  # for the command line
    assert {what.path for what in reads - set(far.ANSWERS)} == unasked


def test_the_recording_says_nothing_of_the_machine_it_was_made_on() -> None:
    words = record.FILE.read_text(encoding="utf-8")
    assert all(place not in words for place in ("/tmp", "/root", "localhost"))
    assert set(record.LOCAL[0][0].findall(words)) == {"127.0.0.1:8443"}


def test_one_different_pixel_is_found(tmp_path: pathlib.Path) -> None:
    kept = np.full((20, 30, 3), 200, np.uint8)
    fresh = kept.copy()
    fresh[7, 11] = (200, 200, 201)
    assert pictures.compare(kept, kept.copy()) is None
    found = pictures.compare(kept, fresh)
    assert found is not None
    assert str(found) == "1 pixels differ, within x 11 to 12 and y 7 to 8"
    pictures.write(tmp_path / "one.png", fresh)
    assert (pictures.read(tmp_path / "one.png") == fresh).all()
