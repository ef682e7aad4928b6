"""The demo's file: so many people as were asked for, and the rows that are wrong on purpose."""

import csv
import json
import pathlib

import pytest

from server.demo import crowd
from server.twins import base, population
from server.twins.push import apns, webpush


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A data folder as running twins leave it."""
    return installed(tmp_path_factory.mktemp("data"))


def installed(folder: pathlib.Path) -> pathlib.Path:
    (folder / "twins").mkdir()
    credentials = {"push/apns": apns.ApnsTwin.invent(), "push/webpush": webpush.WebPushTwin.invent()}
    (folder / "twins" / "world.json").write_text(json.dumps({"credentials": credentials}))
    addresses = {"push/webpush": "https://127.0.0.1:8443"}
    (folder / "twins" / "addresses.json").write_text(json.dumps(addresses))
    return folder


def rows(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_holds_the_people_asked_for_and_the_broken_rows(
    tmp_path: pathlib.Path, data: pathlib.Path
) -> None:
    steps: list[int] = []
    made = crowd.write(tmp_path / "people.csv", data, seed=1, count=1_200, step=steps.append)
    found = rows(tmp_path / "people.csv")
    assert len(found) == 1_200 + len(crowd.BROKEN) == made.people + made.broken
    assert len({row["key"] for row in found}) == len(found)
    assert made.size == (tmp_path / "people.csv").stat().st_size
    assert made.without_code == sum(not row["code"] for row in found[: made.people]) > 0
    assert steps == [500, 1_000]


def test_every_word_has_a_magic_person_on_every_channel(tmp_path: pathlib.Path, data: pathlib.Path) -> None:
    crowd.write(tmp_path / "people.csv", data, seed=1, count=40, step=lambda _: None)
    magic = {row["key"]: row for row in rows(tmp_path / "people.csv") if row["key"].startswith("magic-")}
    for word in base.Word:
        row = magic[f"magic-{word}"]
        browser = json.loads(row["webpush"])["endpoint"].rpartition("/")[2]
        assert population.spoken("email", row["email"]) is word
        assert population.spoken("apns", row["apns"]) is word
        assert population.spoken("webpush", browser) is word
        for channel, column in (("sms", "phone"), ("whatsapp", "whatsapp"), ("rcs", "rcs")):
            assert population.spoken(channel, row[column]) is word


@pytest.mark.parametrize("count", [1, 5, 18, 19])
def test_a_small_audience_is_as_small_as_asked(
    tmp_path: pathlib.Path, data: pathlib.Path, count: int
) -> None:
    made = crowd.write(tmp_path / "people.csv", data, seed=1, count=count, step=lambda _: None)
    assert made.people == count
    assert len(rows(tmp_path / "people.csv")) == count + made.broken


def test_the_same_seed_makes_the_same_file(tmp_path: pathlib.Path, data: pathlib.Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        crowd.write(tmp_path / name, data, seed=seed, count=60, step=lambda _: None)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_the_same_seed_meets_the_same_fates_on_another_installation(
    tmp_path: pathlib.Path, data: pathlib.Path
) -> None:
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    crowd.write(here, data, seed=3, count=60, step=lambda _: None)
    crowd.write(there, installed(tmp_path), seed=3, count=60, step=lambda _: None)
    assert here.read_bytes() != there.read_bytes()  # browsers' keys are made anew everywhere
    for one, other in zip(rows(here), rows(there), strict=True):
        browsers = [json.loads(row.pop("webpush") or "{}").get("endpoint") for row in (one, other)]
        assert browsers[0] == browsers[1]
        assert one == other
