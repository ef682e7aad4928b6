"""A row becomes a person, and every wrong cell is named."""

from server.pipeline.audience import csvfile, mapping, rows

COLUMNS = ["id", "first name", "last name", "email", "phone", "country", "time zone", "city"]


def read(*cells: str, country: str = "", columns: list[str] = COLUMNS) -> rows.Read:
    plan = mapping.plan(mapping.suggest(columns), columns)
    return rows.Reader(plan, country).read(csvfile.Record(row=7, cells=list(cells), end=0))


def test_a_row_is_a_person_with_one_address_a_channel() -> None:
    found = read("C-1", "Ann", "Lee", "ann@example.com", "+33612345678", "FR", "Europe/Paris", " Nice ")
    assert found.faults == ()
    assert found.person == rows.Person(
        key="C-1",
        name="Ann Lee",
        country="FR",
        zone="Europe/Paris",
        attributes={"first_name": "Ann", "last_name": "Lee", "city": "Nice"},
        addresses={
            "email": "ann@example.com",
            "sms": "+33612345678",
            "whatsapp": "+33612345678",
            "rcs": "+33612345678",
        },
    )


def test_a_row_with_one_usable_address_is_taken_and_its_faults_are_kept() -> None:
    found = read("C-1", "Ann", "", "ann@", "+33612345678", "Frankreich", "Mars", "")
    assert found.person is not None
    assert [fault.column for fault in found.faults] == ["time zone", "country", "email"]
    assert found.faults[2].value == "ann@"
    assert found.faults[2].row == 7


def test_a_row_without_any_usable_address_is_refused() -> None:
    assert read("C-1", "Ann", "", "", "", "", "", "").person is None
    bad = read("C-1", "Ann", "", "ann@", "", "", "", "")
    assert bad.person is None
    assert [fault.column for fault in bad.faults] == ["email"]


def test_a_row_of_a_doubtful_id_is_refused_lest_it_is_merged_into_somebody_else() -> None:
    assert read("x" * 201, "Ann", "", "ann@example.com", "", "", "", "").person is None


def test_the_rows_country_outranks_the_files() -> None:
    found = read("", "", "", "", "0612345678", "FR", "", "", country="DE")
    assert found.person is not None
    assert found.person.addresses["sms"] == "+33612345678"


def test_a_row_with_too_many_cells_is_refused_and_one_with_too_few_is_taken() -> None:
    full = ["C-1", "Ann", "Lee", "ann@example.com", "", "", "", "Nice"]
    assert read(*full, "", "").faults == ()
    assert read(*full, "shifted").person is None
    short = read(*full[:4])
    assert short.person is not None
    assert len(short.faults) == 1


def test_a_column_of_its_own_keeps_the_phone_column_off_its_channel() -> None:
    found = read("+33612345678", "", columns=["phone", "whatsapp"])
    assert found.person is not None
    assert set(found.person.addresses) == {"sms", "rcs"}
