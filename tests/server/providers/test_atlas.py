"""The atlas reads every table whole, and its errors carry the decision."""

import csv
import email.utils
from pathlib import Path

import pytest

from server.providers import atlas, errors

TABLES = sorted(path.stem for path in atlas.FOLDER.glob("*_*.csv"))


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_is_found_by_its_code_and_says_what_to_do(name: str) -> None:
    with (atlas.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        first, dash, last = row["code"].partition("-")
        code = first if dash and first.isdigit() and last.isdigit() else row["code"]
        entry = atlas.entry(name, code)
        assert entry is not None, f"{name}: {row['code']}"
        assert entry.meaning == row["meaning"]
        assert entry.remedy == row["remedy"]
        assert (entry.disposition or atlas.SUCCESS) == row["class"]


def test_a_range_of_codes_holds_both_its_ends_and_nothing_beyond() -> None:
    ends = [atlas.entry("whatsapp_errors", code) for code in ("199", "200", "250", "299", "300")]
    assert [entry is not None for entry in ends] == [False, True, True, True, False]
    assert atlas.entry("whatsapp_errors", "²²²") is None
    assert atlas.entry("whatsapp_errors", "") is None


@pytest.mark.parametrize(
    "code, kind",
    [
        ("190", errors.AuthConfig),
        ("131026", errors.PermanentRecipient),
        ("131056", errors.Throttled),
        ("132000", errors.PermanentContent),
        ("2", errors.ProviderDown),
        ("1", errors.Transient),
    ],
)
def test_an_error_is_of_the_class_its_code_stands_for(code: str, kind: type[errors.SendError]) -> None:
    error = atlas.error("whatsapp_errors", code, text="as they put it", status=400, retry_after_s=7.0)
    assert type(error) is kind
    assert (error.code, error.text, error.status, error.retry_after_s) == (code, "as they put it", 400, 7.0)


def test_an_unknown_code_gets_the_fallback_and_keeps_the_vendors_words() -> None:
    error = atlas.error("whatsapp_errors", "987", text="new", fallback=errors.Disposition.PROVIDER_DOWN)
    assert type(error) is errors.ProviderDown
    assert error.text == "new"
    assert type(atlas.error("whatsapp_errors", "987")) is errors.Transient


def test_the_atlas_own_meaning_stands_in_where_the_vendor_said_nothing() -> None:
    error = atlas.error("whatsapp_errors", "131026", remove_address=True, dead_since=5.0)
    assert "not a WhatsApp user" in error.text
    assert error.remove_address
    assert error.dead_since == 5.0


def test_a_code_that_is_no_error_never_becomes_a_success() -> None:
    entry = atlas.entry("smtp_enhanced", "2.0.0")
    assert entry is not None
    assert entry.disposition is None
    assert type(atlas.error("smtp_enhanced", "2.0.0")) is errors.Transient


def test_a_table_with_an_unknown_class_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.csv").write_text("code,meaning,class,remedy\n7,a,sometimes,b\n", encoding="utf-8")
    monkeypatch.setattr(atlas, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"odd.csv: the row of code '7'"):
        atlas.table("odd")


NOW = 1_795_000_000.0


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("0.25", 0.25),
        ("86400", 86400.0),
        (email.utils.formatdate(NOW + 90, usegmt=True), 90.0),
        (email.utils.formatdate(NOW + 90), 90.0),
        (email.utils.formatdate(NOW - 90, usegmt=True), 0.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1e9", None),
        ("nan", None),
        ("Thu, 99 Foo 2026 99:99:99 GMT", None),
        ("9" * 400, None),
        ("Fri, 20 Nov 99999999999 08:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_garbage_says_nothing(
    header: str | None, seconds: float | None
) -> None:
    assert atlas.retry_after(header, NOW) == seconds
