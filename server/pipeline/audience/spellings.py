"""What a phone number may mean when somebody pastes it as they heard it, wherever it was dialled from."""

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

#: Digits of the shortest number worth guessing a country for, and of the longest there is (E.164).
SHORTEST, LONGEST = 6, 15

_SCHEME = re.compile(r"^(?:tel|sms|whatsapp):(?://)?", re.IGNORECASE)
_TRUNK = re.compile(r"\(0\)")  # +44 (0) 7911: dialled at home only
_NOISE = re.compile(r"[\s().\-/'\"<>\u2010-\u2015\u00a0]")
_ABROAD = ("00", "011", "0011", "810")  #: what is dialled before a country code in most of the world


def numbers(text: str) -> frozenset[str]:
    """Every number in E.164 that a spelling may stand for; none for what is no phone number.

    A national number is one in every country: whoever looks it up finds whoever has it.
    """
    bare = _SCHEME.sub("", text.strip()).replace("\uff0b", "+")
    digits = _NOISE.sub("", _TRUNK.sub("", bare))
    if not re.fullmatch(r"\+?[0-9]+", digits):
        return frozenset()
    if digits.startswith("+"):
        return frozenset((digits,))
    found = {"+" + digits, *("+" + digits.removeprefix(code) for code in _ABROAD if digits.startswith(code))}
    if SHORTEST <= len(digits) <= LONGEST:
        national = {
            digits,
            digits.removeprefix("0"),
            digits.removeprefix("8"),
        }  # Italy keeps its 0, Russia dials 8
        found |= {f"+{code}{rest}" for code in COUNTRY_CODE_TO_REGION_CODE for rest in national}
    return frozenset(number for number in found if len(number) <= LONGEST + 1)
