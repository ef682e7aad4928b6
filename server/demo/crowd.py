"""Write the demo's audience as the CSV file a shop would export: people, magic recipients, a few rows gone wrong."""

import csv
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from server.twins import base, people, population
from server.twins.push import webpush

COLUMNS = (
    *("key", "first_name", "last_name", "email", "phone", "whatsapp", "rcs", "apns", "webpush"),
    *("country", "zone", "locale", "city", "plan", "points", "code"),
)
#: Of this many people one has no code, so that a template that needs it has somebody to skip.
UNCODED = 67
#: Rows that no import can take; each is wrong in its own way.
BROKEN: tuple[dict[str, str], ...] = (
    {"key": "broken-1", "first_name": "Nobody", "last_name": "Reachable", "country": "DE"},
    {"key": "broken-2", "first_name": "Wrong", "last_name": "Address", "email": "wrong.address.example"},
    {"key": "broken-3", "first_name": "Short", "last_name": "Number", "phone": "12", "country": "GB"},
)
STEP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the file holds."""

    people: int  #: magic ones included, broken rows not
    magic: int
    broken: int
    without_code: int
    size: int  #: bytes


def write(path: Path, data: Path, *, seed: int, count: int, step: Callable[[int], None]) -> Made:
    """Write `count` people and the broken rows. `data` is the folder of the running twins, who know the devices."""
    world = json.loads((data / "twins" / "world.json").read_bytes())
    addresses = json.loads((data / "twins" / "addresses.json").read_bytes())
    magic = list(itertools.islice(_magic(world["credentials"], addresses), count))
    without_code = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, COLUMNS, restval="")
        sheet.writeheader()
        for number, row in enumerate(_ordinary(seed, count - len(magic), world["credentials"], addresses), 1):
            if uncoded(seed, row["key"]):
                row["code"] = ""
                without_code += 1
            sheet.writerow(row)
            if number % STEP == 0:
                step(number)
        sheet.writerows(magic)
        sheet.writerows(BROKEN)
    return Made(
        people=count,
        magic=len(magic),
        broken=len(BROKEN),
        without_code=without_code,
        size=path.stat().st_size,
    )


def uncoded(seed: int, key: str) -> bool:
    """Whether a person is one of the few without a code; equal for equal seed and key."""
    drawn = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) % UNCODED == 0


def _ordinary(
    seed: int, count: int, credentials: dict[str, dict[str, str]], addresses: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Rows of people as their shop knows them."""
    for person in people.people(seed, count, addresses, credentials):
        yield {name: str(getattr(person, name)) for name in COLUMNS}


def _magic(credentials: dict[str, dict[str, str]], addresses: dict[str, str]) -> Iterator[dict[str, str]]:
    """One person for every word, whose fate is the same on all channels."""
    key = "push/webpush"
    for word in base.Word:
        browser = population.recipient("webpush", word)
        subscription = webpush.subscription(credentials[key], addresses[key], browser)
        phone = population.recipient("sms", word)
        yield {
            "key": f"magic-{word}",
            "first_name": "Magic",
            "last_name": word.capitalize(),
            "email": population.recipient("email", word),
            "phone": phone,
            "whatsapp": phone,
            "rcs": phone,
            "apns": population.recipient("apns", word),
            "webpush": json.dumps(subscription),
            "country": "US",
            "zone": "America/New_York",
            "locale": "en-US",
            "points": "100",
            "plan": "club",
            "city": "Albany",
            "code": f"NW-{word.upper()}",
        }
