"""The atlas reads every table whole, and its errors carry the decision."""

import csv
import email.utils
from pathlib import Path

import pytest

from server.providers import atlas, errors

#: Tables as vendors publish them, those of adapters still to come included, and our own.
VENDORS = (
    "apns_reasons",
    "plivo_errors",
    "rcs_errors",
    "ses_bounces",
    "ses_errors",
    "smpp_status",
    "smtp_basic",
    "smtp_enhanced",
    "twilio_errors",
    "vonage_errors",
    "webpush_errors",
    "whatsapp_errors",
)
TABLES = (*VENDORS, atlas.STATUS, atlas.TRANSPORT)


def rows(name: str) -> list[dict[str, str]]:
    with (atlas.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amended(name: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(atlas.AMENDMENTS) if row["table"] == name}


def example(code: str) -> str:
    """A code, or the last of a range of numbers."""
    first, dash, last = code.partition("-")
    return last if dash and first.isdigit() and last.isdigit() else code


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_is_found_by_its_code_and_says_what_to_do(name: str) -> None:
    known = amended(name)
    assert rows(name)
    for row in rows(name):
        entry = atlas.entry(name, example(row["code"]))
        assert entry is not None, f"{name}: {row['code']}"
        ours = known.get(row["code"], {})
        assert entry.meaning == (ours.get("meaning") or row["meaning"])
        assert entry.remedy == (ours.get("remedy") or row["remedy"])
        assert (entry.disposition or atlas.SUCCESS) == (ours.get("class") or row["class"])
        assert entry.meaning
        assert entry.remedy


@pytest.mark.parametrize("name", TABLES)
def test_every_row_that_is_an_error_becomes_one_of_its_class_with_words(name: str) -> None:
    for row in rows(name):
        entry = atlas.entry(name, example(row["code"]))
        assert entry is not None
        if entry.disposition is None:
            continue
        error = atlas.error(name, example(row["code"]), status=400)
        assert error.disposition is entry.disposition, f"{name}: {row['code']}"
        assert error.text
        assert error.scope is entry.scope
        assert error.retry_after_s == entry.wait_s


def test_every_amendment_speaks_of_a_table_and_only_adds_whole_rows() -> None:
    for row in rows(atlas.AMENDMENTS):
        assert row["table"] in VENDORS
        assert row["class"] or row["scope"] or row["wait_s"] or row["meaning"]
        if row["code"] not in {known["code"] for known in rows(row["table"])}:
            assert all((row["meaning"], row["class"], row["remedy"])), row


def test_every_adapter_is_judged_by_tables_that_are_tested_here() -> None:
    named = {table for row in rows("providers") for table in row["atlas"].split()}
    assert named <= set(VENDORS)


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize(
    "status, kinds",
    [
        (408, {errors.Transient}),
        (425, {errors.Transient}),
        (429, {errors.Throttled}),
        (422, {errors.PermanentContent}),
        (503, {errors.ProviderDown}),
        (502, {errors.Doubt, errors.ProviderDown}),  # the latter where a vendor's own table knows it
        (207, {errors.Doubt}),
        (0, {errors.Transient}),
    ],
)
def test_a_code_nobody_knows_is_judged_by_its_status(
    name: str, status: int, kinds: set[type[errors.SendError]]
) -> None:
    error = atlas.error(name, "no-such-code", text="new", status=status)
    assert type(error) in kinds
    assert (error.code, error.text, error.status) == ("no-such-code", "new", status)


@pytest.mark.parametrize(
    "status, kind",
    [
        (200, errors.Doubt),
        (302, errors.AuthConfig),
        (400, errors.AuthConfig),
        (404, errors.AuthConfig),
        (408, errors.Transient),
        (429, errors.Throttled),
        (502, errors.Doubt),
        (503, errors.ProviderDown),
        (777, errors.Doubt),
    ],
)
def test_an_answer_of_a_stranger_never_burns_a_message(status: int, kind: type[errors.SendError]) -> None:
    error = atlas.stranger("whatsapp_errors", "WhatsApp", status, retry_after_s=4.0)
    assert type(error) is kind
    assert error.code == f"http-{status}"
    assert error.text.startswith("The endpoint does not answer like WhatsApp")


@pytest.mark.parametrize(
    "name, code",
    [
        ("apns_reasons", "429 TooManyRequests"),
        ("whatsapp_errors", "131056"),
        ("webpush_errors", "429"),
        ("twilio_errors", "21408"),
    ],
)
def test_what_concerns_one_recipient_says_so(name: str, code: str) -> None:
    assert atlas.error(name, code).scope is errors.Scope.RECIPIENT


def test_a_wait_of_the_atlas_stands_in_where_the_vendor_names_none() -> None:
    assert atlas.error("whatsapp_errors", "131056").retry_after_s == 6.0
    assert atlas.error("whatsapp_errors", "131056", retry_after_s=0.0).retry_after_s == 0.0


def test_what_goes_wrong_on_the_way_has_a_class_and_words() -> None:
    assert type(atlas.on_the_way("dns")) is errors.ProviderDown
    assert type(atlas.on_the_way("cut", "said so", status=7)) is errors.Doubt
    assert atlas.on_the_way("cut", "said so", status=7).text == "said so"


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
