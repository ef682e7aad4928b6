"""Mappings, addresses and imports in words, without a window."""

from datetime import UTC, datetime

import pytest

from console.views.audiences import model
from server.wire import audiences


@pytest.mark.parametrize(
    "target,parts",
    [("email", ("email", "")), ("attribute:city", ("attribute:", "city")), ("", ("", ""))],
)
def test_a_target_is_a_choice_and_an_attribute_s_name(target: str, parts: tuple[str, str]) -> None:
    assert model.split(target) == parts


def test_every_target_of_the_wire_can_be_chosen_in_words() -> None:
    offered = dict(model.targets())
    assert set(audiences.TARGETS) < set(offered)
    assert all(offered.values())


def test_a_target_taken_twice_names_the_column_that_has_it() -> None:
    mapping = {"Mail": "email", "E-mail": "email", "Left": "", "Also left": ""}
    assert model.doubled(mapping) == {"E-mail": "Mail is mapped to this already."}


def test_countries_are_named_and_the_first_choice_is_none() -> None:
    offered = dict(model.countries())
    assert offered["ES"] == "Spain (ES)"
    assert model.countries()[0][0] == ""
    assert len(offered) > 200


@pytest.mark.parametrize(
    "address,shown",
    [
        ('{"endpoint": "https://push.example/1"}', "https://push.example/1"),
        ('{"endpoint": 4}', '{"endpoint": 4}'),
        ("[" * 4000, "[" * 4000),
    ],
)
def test_a_subscription_is_read_by_its_endpoint(address: str, shown: str) -> None:
    assert model.address(audiences.Identity(channel="webpush", address=address)) == shown


def imported(**changes: object) -> audiences.Import:
    """An import that went well."""
    values: dict[str, object] = {
        "id": 1,
        "file": "people.csv",
        "audience": 1,
        "audience_name": "People",
        "status": audiences.ImportStatus.DONE,
        "mapping": {},
        "rows_read": 12,
        "rows_taken": 11,
        "rows_refused": 1,
        "faults": 2,
        "bytes_read": 1200,
        "bytes_total": 2400,
        "message": "",
        "created_at": datetime(2026, 11, 20, tzinfo=UTC),
        "finished_at": None,
    }
    return audiences.Import(**(values | changes))  # type: ignore[arg-type]


def test_an_import_is_told_by_where_it_is() -> None:
    status = audiences.ImportStatus
    assert model.told(imported()) == "11 people taken, 1 row refused"
    assert model.told(imported(status=status.READING)) == "12 rows, 1.2 kB of 2.4 kB"
    assert model.told(imported(status=status.CANCELLED)) == "Cancelled: nothing of it was kept"
    assert model.told(imported(status=status.FAILED)) == "Failed: nothing of it was kept"
