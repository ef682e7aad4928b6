"""Columns find their meaning by the words of many languages, or are told it."""

import pytest

from server.pipeline.audience import mapping
from server.wire import audiences, problems


@pytest.mark.parametrize(
    "header, target",
    [
        ("E-Mail", "email"),
        ("Courriel", "email"),
        ("correo electrónico", "email"),
        ("Handynummer", "phone"),
        ("Téléphone portable", "phone"),
        ("Номер телефона", "phone"),
        ("電話番号", "phone"),
        ("PRÉNOM", "first_name"),
        ("Nachname", "last_name"),
        ("Kunden-Nr.", "key"),
        ("fuso orario", "zone"),
        ("Država", "attribute:drzava"),
        ("Favourite colour", "attribute:favourite_colour"),
        ("2nd address", "attribute:c_2nd_address"),
        ("号", "attribute:column"),
    ],
)
def test_a_header_says_what_its_column_holds(header: str, target: str) -> None:
    assert mapping.suggest([header]) == {header: target}


def test_the_second_column_of_a_meaning_becomes_an_attribute() -> None:
    found = mapping.suggest(["email", "E-Mail", "name", "Key"])
    assert found == {"email": "email", "E-Mail": "attribute:e_mail", "name": "name", "Key": "key"}


def test_a_suggested_attribute_never_shadows_what_templates_know() -> None:
    columns = ["email", "mail", "phone", "Phone", "mobile"]
    found = mapping.suggest(columns)
    mapping.plan(found, columns)
    assert found["Phone"] == "attribute:phone_2"


def test_every_word_means_one_thing_and_every_target_exists() -> None:
    from server.pipeline.audience import words

    assert set(words.WORDS) == set(audiences.TARGETS)
    folded = [mapping.fold(word) for found in words.WORDS.values() for word in found]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize(
    "told, place",
    [
        ({"Mail": "email"}, "mapping.Mail"),
        ({"a": "mail"}, "mapping.a"),
        ({"a": "email", "b": "email"}, "mapping.b"),
        ({"a": "email", "b": "attribute:first_name"}, "mapping.b"),
        ({"a": "email", "b": "attribute:Déjà"}, "mapping.b"),
        ({"a": "email", "b": "attribute:"}, "mapping.b"),
        ({"a": "key"}, "mapping"),
        ({}, "mapping"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_at_its_place(told: dict[str, str], place: str) -> None:
    with pytest.raises(problems.Refused) as refused:
        mapping.plan(told, ["a", "b"])
    assert [fault.place for fault in refused.value.problem.fields] == [place]


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', "[" * 100_000, '"x"', "\ud800"])
def test_a_mapping_that_is_no_object_of_texts_is_refused(text: str) -> None:
    with pytest.raises(problems.Refused):
        mapping.read(text, ["a"])


def test_columns_a_mapping_leaves_out_are_left_out() -> None:
    assert mapping.read('{"a": "email"}', ["a", "b"]) == {"a": "email", "b": ""}
