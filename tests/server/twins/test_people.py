"""Made-up people: the same for the same seed, with addresses that are valid and that the twins know."""

import itertools
import zoneinfo

import email_validator
import msgspec
import phonenumbers
import pytest

from server.twins import people, population
from server.twins.push import webpush

CREDENTIALS = {"push/webpush": webpush.WebPushTwin.invent()}
ADDRESSES = {"push/webpush": "https://127.0.0.1:4430"}


def made(count: int, seed: int = 1) -> list[people.Person]:
    return list(people.people(seed, count, ADDRESSES, CREDENTIALS))


def test_a_seed_makes_the_same_people_and_a_larger_count_only_adds_to_them() -> None:
    assert made(50) == made(200)[:50]
    assert made(50) != made(50, seed=2)


def test_what_decides_a_fate_is_the_same_on_every_installation() -> None:
    elsewhere = {"push/webpush": webpush.WebPushTwin.invent()}
    others = people.people(1, 50, {"push/webpush": "https://127.0.0.1:1"}, elsewhere)
    for person, other in zip(made(50), others, strict=True):
        assert (person.email, person.phone, person.apns) == (other.email, other.phone, other.apns)
        assert person.webpush.partition("device-")[2][:4] == other.webpush.partition("device-")[2][:4]


def test_people_come_one_by_one() -> None:
    endless = people.people(1, people.MOST, ADDRESSES, CREDENTIALS)
    assert len(list(itertools.islice(endless, 3))) == 3
    with pytest.raises(ValueError, match="At most"):
        next(people.people(1, people.MOST + 1, ADDRESSES, CREDENTIALS))


def test_addresses_are_valid_different_and_never_magic() -> None:
    crowd = made(4000)
    for person in crowd:
        if person.phone:
            number = phonenumbers.parse(person.phone)
            assert phonenumbers.is_valid_number(number), person.phone
            assert phonenumbers.region_code_for_number(number) == person.country or person.country == "GB"
            assert not population.is_magic_phone(person.phone)
        if person.email:
            email_validator.validate_email(person.email, check_deliverability=False, test_environment=True)
            assert population.spoken("email", person.email) is None
        if person.apns:
            assert len(bytes.fromhex(person.apns)) == 32
            assert population.spoken("apns", person.apns) is None
    for name in ("key", "email", "phone", "apns", "webpush"):
        held = [value for person in crowd if (value := getattr(person, name))]
        assert len(set(held)) == len(held), name


def test_numbers_do_not_repeat_up_to_the_most_people_there_can_be() -> None:
    strides = {people._STRIDE * index % 10**6 for index in range(people.MOST)}
    assert len(strides) == people.MOST


def test_everybody_can_be_reached_somehow_and_nobody_everywhere_alike() -> None:
    crowd = made(4000)
    assert all(person.email or person.phone for person in crowd)
    assert all(person.whatsapp in ("", person.phone) and person.rcs in ("", person.phone) for person in crowd)
    pushed = sum(bool(person.apns or person.webpush) for person in crowd) / len(crowd)
    assert 0.67 < pushed < 0.73
    for name in ("email", "phone", "apns", "webpush", "whatsapp", "rcs"):
        share = sum(bool(getattr(person, name)) for person in crowd) / len(crowd)
        assert 0.3 < share < 0.99, name


def test_a_person_lives_where_the_zone_and_the_locale_say() -> None:
    crowd = made(1000)
    assert {person.zone for person in crowd} <= zoneinfo.available_timezones()
    assert len({person.country for person in crowd}) == len(people._table())
    for person in crowd:
        assert person.locale[-2:] == person.country
        assert person.first_name
        assert "/" not in person.first_name + person.last_name
        assert len(person.code) == 8


def test_a_subscription_is_one_the_push_twin_opens() -> None:
    person = next(person for person in made(50) if person.webpush)
    told = msgspec.json.decode(person.webpush)
    name = told["endpoint"].rpartition("/")[2]
    assert told == webpush.subscription(CREDENTIALS["push/webpush"], ADDRESSES["push/webpush"], name)
