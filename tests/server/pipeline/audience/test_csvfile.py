"""CSV files as people really make them, and as nobody should."""

import codecs
import csv
import io
import random

import hypothesis
import pytest
from hypothesis import strategies as st

from server.pipeline.audience import csvfile


def read(data: bytes) -> list[csvfile.Record]:
    form = csvfile.inspect(data[: csvfile.HEAD], whole=len(data) <= csvfile.HEAD)
    return list(csvfile.records(io.BytesIO(data), form, offset=form.start, row=2))


def cells(data: bytes) -> list[list[str]]:
    return [record.cells for record in read(data)]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_file_is_read_whatever_it_is_cut_with(mark: bytes, delimiter: str, ending: str) -> None:
    lines = [["name", "city"], ["Zoé", "Paris"], ["李雷", "北京"]]
    data = mark + ending.join(delimiter.join(line) for line in lines).encode()
    assert cells(data) == lines[1:]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf_16_is_read_though_its_letters_hold_the_bytes_of_line_ends(encoding: str, mark: str) -> None:
    # Between these letters, one byte off, stand the bytes of a line feed in either order.
    rows = "".join(f"person {n},\u0a01\u0100\u0a01\r\n" for n in range(700))
    data = (mark + "name,city\r\n" + rows).encode(encoding)
    found = read(data)
    assert [record.cells for record in found] == [[f"person {n}", "\u0a01\u0100\u0a01"] for n in range(700)]
    assert found[-1].end == len(data)


def test_windows_1252_is_recognised_by_what_utf_8_cannot_be() -> None:
    assert cells("name;city\nMüller;Köln\n".encode("cp1252")) == [["Müller", "Köln"]]


def test_a_row_in_another_encoding_late_in_the_file_is_named_and_the_next_is_read() -> None:
    data = b"name,city\n" + b"Ann,Rome\n" * 20_000 + "Zoé,Nîmes\n".encode("cp1252") + b"Bob,Bonn\n"
    found = read(data)
    assert [record.row for record in found if record.fault] == [20_002]
    assert found[-1].cells == ["Bob", "Bonn"]


def test_the_line_that_declares_the_delimiter_is_obeyed_and_left_out() -> None:
    form = csvfile.inspect(b"sep=|\na|b,c\n1|2,3\n", whole=True)
    assert (form.delimiter, form.columns) == ("|", ("a", "b,c"))
    assert cells(b"sep=|\na|b,c\n1|2,3\n") == [["1", "2,3"]]


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    found = read(b'name,note\nAnn,"two\nlines"\n\n\nBob,x\n')
    assert [(record.row, record.cells[0]) for record in found] == [(2, "Ann"), (5, "Bob")]


def test_columns_of_one_name_are_told_apart_and_nameless_ones_counted() -> None:
    form = csvfile.inspect(b"email,email,,email\n", whole=True)
    assert form.columns == ("email", "email (2)", "column 3", "email (3)")
    assert len(form.faults) == 3


def test_a_quote_that_is_never_closed_costs_one_row_and_not_the_file() -> None:
    rows = b"".join(b"%d,x\n" % n for n in range(60_000))
    found = read(b'id,note\n1,"open\n' + rows)
    assert [record.row for record in found if record.fault] == [2]
    assert len(found) == 60_001


def test_a_quote_left_open_near_the_end_does_not_swallow_the_last_rows() -> None:
    found = read(b'id,note\n1,x\n2,"open\n3,y\n4,z\n')
    assert [(record.row, bool(record.fault)) for record in found] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
    ]


def test_a_row_is_called_too_long_only_where_it_is() -> None:
    rest = b"".join(b"%d,x\n" % n for n in range(60_000))
    short, long = (
        next(record.fault for record in read(b'id,note\n1,"open\n' + tail) if record.fault)
        for tail in (b"2,x\n", rest)
    )
    assert short == "A quote is opened and never closed."
    assert long.startswith("The row is longer than 128 KB")


def test_a_line_of_megabytes_is_one_faulty_row() -> None:
    found = read(b"id,note\n" + b"x" * 3_000_001 + b"\n2,y\n")
    assert [(record.row, bool(record.fault)) for record in found] == [(2, True), (3, False)]
    assert len(found[0].cells[0]) <= 200


def test_line_breaks_outside_quotes_are_named() -> None:
    found = read(b"id,note\n1,a\rb\n2,c\n")
    assert [(record.row, bool(record.fault)) for record in found] == [(2, True), (3, False)]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n\n \n", b"PK\x03\x04rest", b"\x1f\x8b", b"%PDF-1.7", b"x" * 100_000),
        *(bytes(range(256)) * 4 + b"\0" * 500, bytes(range(256)) * 400, b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
        "a,b\n1,2".encode("utf-32"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(csvfile.NotTabular) as refused:
        csvfile.inspect(data[: csvfile.HEAD], whole=len(data) <= csvfile.HEAD)
    assert str(refused.value).endswith(".")
    assert refused.value.remedy.endswith(".")


def test_a_table_too_wide_is_refused() -> None:
    with pytest.raises(csvfile.NotTabular):
        csvfile.inspect(b",".join(b"c%d" % n for n in range(501)) + b"\n", whole=True)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@hypothesis.given(
    table=st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
    data=st.data(),
)
def test_what_is_written_is_read_and_reading_can_go_on_after_any_row(
    table: list[list[str]], delimiter: str, ending: str, encoding: str, data: st.DataObject
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second", "third", "fourth"])
    rows = [row for row in table if any(cell.strip() for cell in row)]
    writer.writerows(rows)
    raw = written.getvalue().encode(encoding)
    form = csvfile.inspect(raw, whole=True)
    found = list(csvfile.records(io.BytesIO(raw), form, offset=form.start, row=2))
    assert [record.cells for record in found] == rows
    assert not any(record.fault for record in found)
    if found:
        at = data.draw(st.integers(0, len(found) - 1))
        rest = csvfile.records(io.BytesIO(raw), form, offset=found[at].end, row=found[at].row + 1)
        assert list(rest) == found[at + 1 :]


@hypothesis.given(st.binary(max_size=400) | st.text("a,;\"'\n\r\t\0é|", max_size=200).map(str.encode))
def test_whatever_the_bytes_every_row_lies_behind_the_one_before(data: bytes) -> None:
    try:
        found = read(data)
    except csvfile.NotTabular:
        return
    ends = [record.end for record in found]
    assert ends == sorted(set(ends))
    assert all(end <= len(data) for end in ends)
    assert [record.row for record in found] == sorted({record.row for record in found})


def test_reading_is_constant_in_memory_and_the_same_in_every_size_of_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(7)
    lines = [f'{n},"{"x" * chance.randrange(90)}\n{"y" * chance.randrange(9)}",é\r\n' for n in range(400)]
    data = ("a,b,c\r\n" + "".join(lines)).encode()
    whole = read(data)
    for block in (1, 7, 64):
        monkeypatch.setattr(csvfile, "_BLOCK", block)
        assert read(data) == whole
