"""Imports, contacts and suppressions over the API, as the console and the command line use them."""

import csv
import io
import time
from typing import Any

import httpx
import pytest

from server.api import audiences

FILE = """id,Name,E-Mail,Handy,Ort
A-1,Ann Lee,ann.api@example.com,0151 23456701,Köln
A-2,Bob,"=HYPERLINK(""http://evil.test"")",,Bonn
A-3,Cem,,+49 151 23456702,
A-4,Dee,@SUM(A1),-1,
"""


def imported(http: httpx.Client, text: str, **ask: str) -> dict[str, Any]:
    """Import a file and wait for its end."""
    answer = http.post("/v1/imports", params={"file": "leute.csv", **ask}, content=text.encode())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    deadline = time.monotonic() + 30
    while found["status"] not in {"done", "failed", "cancelled"}:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
        found = http.get(f"/v1/imports/{found['id']}").json()
    return found


def test_a_file_is_inspected_imported_and_listed(http: httpx.Client) -> None:
    seen = http.post("/v1/imports/inspect", params={"file": "leute.csv"}, content=FILE.encode()).json()
    assert seen["mapping"] == {
        "id": "key",
        "Name": "name",
        "E-Mail": "email",
        "Handy": "phone",
        "Ort": "attribute:ort",
    }
    done = imported(http, FILE, country="DE", audience="Leute")
    assert (done["status"], done["rows_read"], done["rows_taken"], done["rows_refused"]) == ("done", 4, 2, 2)
    audience = http.get(f"/v1/audiences/{done['audience']}").json()
    assert (audience["name"], audience["people"], audience["ready"]) == ("Leute", 2, True)
    people = http.get("/v1/contacts", params={"audience": done["audience"], "sort": "name"}).json()
    assert [row["name"] for row in people["rows"]] == ["Ann Lee", "Cem"]
    one = http.get(f"/v1/contacts/{people['rows'][0]['id']}").json()
    assert one["attributes"] == {"ort": "Köln"}
    assert http.get("/v1/imports").json()["rows"][0]["id"] == done["id"]
    assert http.get("/v1/audiences").json()["rows"][0]["id"] == done["audience"]


def test_the_error_sheet_can_be_paged_and_holds_no_formula(http: httpx.Client) -> None:
    done = imported(http, FILE, country="DE")
    page = http.get(f"/v1/imports/{done['id']}/faults", params={"limit": 2}).json()
    assert page["total"] == done["faults"] == 3
    answer = http.get(f"/v1/imports/{done['id']}/faults.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "leute-errors.csv" in answer.headers["content-disposition"]
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header == ["row", "column", "value", "message", "remedy", "row taken"]
    assert [row[2] for row in rows] == ['\'=HYPERLINK("http://evil.test")', "'@SUM(A1)", "'-1"]
    assert [(row[0], row[5]) for row in rows] == [("3", "no"), ("5", "no"), ("5", "no")]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_quoted(text: str) -> None:
    assert audiences.guarded(text) == f"'{text}"


def test_an_import_without_an_address_is_refused_with_the_place(http: httpx.Client) -> None:
    answer = http.post("/v1/imports", params={"file": "x.csv"}, content=b"city\nNice\n")
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["fields"]] == ["mapping"]


def test_an_audience_can_be_deleted_and_its_people_stay(http: httpx.Client) -> None:
    done = imported(http, "id,email\nD-1,stays@example.com\n")
    assert http.delete(f"/v1/audiences/{done['audience']}").status_code == 200
    assert http.get(f"/v1/audiences/{done['audience']}").status_code == 404
    assert http.get("/v1/contacts", params={"find": "stays@example.com"}).json()["total"] == 1


@pytest.mark.parametrize(
    "path", ["audiences/9999", "contacts/99999", "imports/9999", "imports/9999/faults.csv"]
)
def test_what_is_not_there_is_not_found(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_cancelling_an_import_that_is_done_is_a_conflict(http: httpx.Client) -> None:
    done = imported(http, "id,email\nE-1,done@example.com\n")
    assert http.post(f"/v1/imports/{done['id']}/cancel").status_code == 409


@pytest.mark.parametrize(
    "channel, given, kept",
    [
        ("all", "Stop@Example.COM", "Stop@example.com"),
        ("sms", "+49 151 23456789", "+4915123456789"),
        ("all", "+49 151 2345678-0", "+4915123456780"),
        ("apns", "AB" * 32, "ab" * 32),
    ],
)
def test_an_address_is_suppressed_as_contacts_keep_it_and_lifted_again(
    http: httpx.Client, channel: str, given: str, kept: str
) -> None:
    ask = {"channel": channel, "address": given, "reason": "asked on the phone"}
    for _ in range(2):
        assert http.post("/v1/suppressions", json=ask).status_code == 200
    rows = http.get("/v1/suppressions", params={"find": kept}).json()["rows"]
    assert [(row["channel"], row["address"], row["reason"]) for row in rows] == [
        (channel, kept, "asked on the phone")
    ]
    assert http.post("/v1/suppressions/lift", json=ask).status_code == 200
    assert http.post("/v1/suppressions/lift", json=ask).status_code == 404


def test_a_suppression_says_a_providers_code_in_words_and_a_persons_reason_as_it_is(
    http: httpx.Client,
) -> None:
    given = {"+4915123456701": "failed 30005", "+4915123456702": "asked 30005 times"}
    for address, reason in given.items():
        ask = {"channel": "sms", "address": address, "reason": reason}
        assert http.post("/v1/suppressions", json=ask).status_code == 200
    rows = http.get("/v1/suppressions", params={"find": "+491512345670", "sort": "reason"}).json()["rows"]
    assert [(row["reason"], row["meaning"]) for row in rows] == [
        ("asked 30005 times", ""),
        ("failed 30005", "Number unknown or no longer in service"),
    ]


@pytest.mark.parametrize(
    "ask, place",
    [
        ({"address": "nobody"}, "address"),
        ({"address": "0151 23456789", "channel": "sms"}, "address"),
        ({"address": "a@b.co", "channel": "pigeon"}, "channel"),
        ({"address": "a@b.co", "reason": "a\0b"}, "reason"),
    ],
)
def test_what_cannot_be_suppressed_is_refused_at_its_place(
    http: httpx.Client, ask: dict[str, str], place: str
) -> None:
    answer = http.post("/v1/suppressions", json=ask)
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["fields"]] == [place]
