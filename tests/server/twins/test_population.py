"""The population: equal seeds give equal people, magic addresses say their word, and shares are those promised."""

from collections import Counter

import phonenumbers
import pytest

from server.channels import contents
from server.twins import population
from server.twins.base import Word

CHANNELS = list(contents.CHANNELS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_fate_is_decided_by_seed_channel_and_address_alone(channel: str) -> None:
    first, again, other = (population.Population(seed) for seed in (7, 7, 8))
    addresses = [f"address-{number}" for number in range(300)]
    fates = [first.fate(channel, address) for address in addresses]
    assert fates == [again.fate(channel, address) for address in reversed(addresses)][::-1]
    assert fates != [other.fate(channel, address) for address in addresses]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_word_has_magic_recipients_and_they_say_it(channel: str) -> None:
    people = population.Population(3)
    listed = population.magic(channel)
    assert [word for word, _, _ in listed] == list(Word)
    assert all(does for _, _, does in listed)
    addresses = set()
    for word, address, _ in listed:
        for label in ("", "1", "7"):
            magic = population.recipient(channel, word, label)
            assert people.fate(channel, magic).word is word
            addresses.add(magic)
        assert address == population.recipient(channel, word)
    assert len(addresses) == 3 * len(Word)


def test_magic_phone_numbers_are_valid_and_may_come_without_their_plus() -> None:
    for word in Word:
        for label in "0123456789":
            number = population.recipient("sms", word, label)
            assert phonenumbers.is_valid_number(phonenumbers.parse(number))
            assert population.is_magic_phone(number)
            assert population.spoken("whatsapp", number.removeprefix("+")) is word
    assert population.spoken("sms", "+12125550100") is None
    assert population.spoken("sms", "+13035550199") is None  # kept, but no word has it yet


def test_a_phone_has_one_fate_whether_it_is_written_with_a_plus_or_not() -> None:
    people = population.Population(3)
    for number in range(50):
        assert people.fate("whatsapp", f"+4474000000{number}") == people.fate(
            "whatsapp", f"4474000000{number}"
        )


@pytest.mark.parametrize(
    "channel, address, word",
    [
        ("email", "Dead@MAGIC.test", Word.DEAD),
        ("email", "seen+a+b@magic.test", Word.SEEN),
        ("email", "nonsense@magic.test", None),
        ("email", "dead@magic.test.evil", None),
        ("apns", b"magicdead".hex().upper().ljust(64, "0"), Word.DEAD),
        ("apns", b"magicdead-12".hex().ljust(64, "0"), Word.DEAD),
        ("apns", b"magic".hex() + "zz", None),
        ("apns", b"magic\xff".hex().ljust(64, "0"), None),
        ("apns", "0" * 64, None),
        ("webpush", "https://127.0.0.1:1/push/magic-clicked-9", Word.CLICKED),
        ("webpush", "device-1", None),
    ],
)
def test_a_magic_address_is_read_in_all_its_forms(channel: str, address: str, word: Word | None) -> None:
    assert population.spoken(channel, address) is word


@pytest.mark.parametrize("channel, label", [("sms", "ab"), ("sms", "x"), ("apns", "x" * 30)])
def test_a_label_a_channel_cannot_carry_is_refused(channel: str, label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        population.recipient(channel, Word.DELIVERED, label)


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_shares_are_those_promised(channel: str) -> None:
    people = population.Population(11)
    drawn = 20_000
    counts = Counter(people.fate(channel, f"{number}").word for number in range(drawn))
    good = sum(counts[word] for word in (Word.DELIVERED, Word.SEEN, Word.CLICKED, Word.REPLIED)) / drawn
    assert 0.87 < good < 0.89
    assert 0.025 < counts[Word.DEAD] / drawn < 0.035
    assert 0.015 < counts[Word.BOUNCED] / drawn < 0.025
    assert counts[Word.CUT] == 0


def test_delays_grow_and_follow_the_pace() -> None:
    people = population.Population(5)
    for number in range(2000):
        delays = people.fate("email", f"{number}").delays_s
        assert list(delays) == sorted(delays)
        assert delays[0] >= 0.2
        assert delays[3] <= 4.0
    usual = people.fate("email", "x").delays_s
    people.pace = 0.5
    assert people.fate("email", "x").delays_s == pytest.approx([delay / 2 for delay in usual])
    people.pace = 0.0
    assert people.fate("email", "x").delays_s == (0, 0, 0, 0)
