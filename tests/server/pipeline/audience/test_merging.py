"""Who is who, and which address is whose: the rules of merging, one by one and all at once."""

import hypothesis
from hypothesis import strategies as st

from server.pipeline.audience import merging, rows


def person(key: str = "", **addresses: str) -> rows.Person:
    return rows.Person(key=key, addresses=addresses)


def merge(*people: rows.Person) -> merging.Merger:
    merger = merging.Merger([], now=1.0)
    for row, one in enumerate(people, start=2):
        merger.apply(row, one)
    return merger


def shown(merger: merging.Merger) -> dict[str, dict[str, str]]:
    return {
        contact.key: {channel: identity.address for channel, identity in contact.identities.items()}
        for contact in merger.contacts
    }


def test_rows_of_one_id_are_one_person() -> None:
    merger = merge(person("C-1", email="a@x.org"), person("C-1", sms="+1"))
    assert shown(merger) == {"C-1": {"email": "a@x.org", "sms": "+1"}}


def test_rows_without_an_id_are_one_person_by_any_address() -> None:
    merger = merge(person(email="A@x.org", sms="+1"), person(whatsapp="+1"), person(email="a@X.org"))
    assert shown(merger) == {"email:a@x.org": {"email": "a@X.org", "sms": "+1", "whatsapp": "+1"}}


def test_a_person_that_came_without_an_id_takes_the_one_it_is_given_later() -> None:
    merger = merge(person(email="a@x.org"), person("C-1", email="a@x.org"))
    assert shown(merger) == {"C-1": {"email": "a@x.org"}}


def test_an_address_moves_to_the_later_of_two_ids_and_that_is_said() -> None:
    merger = merge(person("C-1", email="a@x.org", sms="+1"), person("C-2", email="a@x.org"))
    assert shown(merger) == {"C-1": {"sms": "+1"}, "C-2": {"email": "a@x.org"}}
    assert [(moved.row, moved.from_key, moved.to_key) for moved in merger.moved] == [(3, "C-1", "C-2")]


def test_a_newer_address_replaces_the_older_on_its_channel() -> None:
    merger = merge(person("C-1", email="old@x.org"), person("C-1", email="new@x.org"))
    assert shown(merger) == {"C-1": {"email": "new@x.org"}}


def test_a_key_made_of_an_address_follows_when_the_address_goes() -> None:
    merger = merge(person(email="a@x.org", sms="+1"), person("C-2", sms="+2"), person("C-2", email="a@x.org"))
    assert shown(merger) == {"sms:+1": {"sms": "+1"}, "C-2": {"email": "a@x.org", "sms": "+2"}}


def test_an_address_given_up_stays_given_up_even_when_it_moves() -> None:
    dead = merging.Identity(
        address="t", address_key="t", created_at=0.0, removed_at=5.0, removed_because="410"
    )
    merger = merging.Merger([merging.Contact(id=1, key="C-1", identities={"apns": dead})], now=9.0)
    merger.apply(2, person("C-1", apns="t"))
    assert merger.contacts[0].identities["apns"].removed_because == "410"
    merger.apply(3, person("C-2", apns="t"))
    assert merger.contacts[1].identities["apns"].removed_because == "410"
    merger.apply(4, person("C-2", apns="u"))
    assert merger.contacts[1].identities["apns"].removed_at is None


def test_empty_cells_say_nothing() -> None:
    merger = merge(
        rows.Person(
            key="C-1", name="Ann", zone="Europe/Paris", attributes={"city": "Nice"}, addresses={"sms": "+1"}
        ),
        rows.Person(key="C-1", attributes={"plan": "gold"}, addresses={"sms": "+1"}),
    )
    (contact,) = merger.contacts
    assert (contact.name, contact.zone) == ("Ann", "Europe/Paris")
    assert contact.attributes == {"city": "Nice", "plan": "gold"}


PEOPLE = st.lists(
    st.builds(
        lambda key, addresses: rows.Person(key=key, addresses=addresses),
        st.sampled_from(["", "", "C-1", "C-2", "C-3"]),
        st.dictionaries(
            st.sampled_from(["email", "sms", "whatsapp", "rcs"]), st.sampled_from("abcd"), min_size=1
        ),
    ),
    max_size=12,
)


@hypothesis.given(PEOPLE)
def test_no_address_ever_has_two_owners_nor_a_key_two_contacts(people: list[rows.Person]) -> None:
    merger = merging.Merger([], now=1.0)
    for row, one in enumerate(people):
        contact = merger.apply(row, one)
        for channel, address in one.addresses.items():
            assert contact.identities[channel].address == address
        if one.key:
            assert contact.key == one.key
    held = [(channel, i.address_key) for c in merger.contacts for channel, i in c.identities.items()]
    assert len(held) == len(set(held))
    keys = [contact.key for contact in merger.contacts]
    assert len(keys) == len(set(keys))
    for contact in merger.contacts:  # a key made of an address names one its contact still has
        if not contact.has_own_id and not contact.key.startswith("contact:"):
            channel, _, address_key = contact.key.partition(":")
            assert contact.identities[channel].address_key == address_key
