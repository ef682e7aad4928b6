"""A data folder to send from: a real ledger file with one account, one audience and one frozen run."""

import dataclasses
import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from server import settings
from server.providers import registry
from server.security import vault
from server.store import database, meta, migrate
from server.store.ledger import codes, freezing
from server.twins import authority, host
from server.twins import base as twins
from tests.bench import written

WORKSPACE, ACCOUNT, AUDIENCE, CAMPAIGN = 2, 1, 1, 1
CHUNK = 20_000
NAMES = ("Ana", "Ben", "Chloé", "Dmitri", "Eze", "Fatima", "Grace", "Hugo", "Ines", "Jonas")
CITIES = ("Lyon", "Porto", "Graz", "Gdańsk", "Turku", "Ghent")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a measurement sends from."""

    data: Path
    run: int
    bytes_before: int  #: of the database file, people and all, before anything of the run lay in it
    freeze_s: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as an operator would type it in."""

    provider: str
    settings: dict[str, str | int | bool]
    secrets: dict[str, str]


def account(provider: str, endpoint: str, tls: twins.Tls, **more: str | int | bool) -> Account:
    """The account that belongs to a sink, with keys such as the provider's twin invents."""
    twin = next(twin for twin in host.TWINS if twin.key == provider)
    values, secrets = twin.account(twin.invent())
    given = {**values, "endpoint": endpoint, "ca": tls.authority.read_text(), **more}
    return Account(provider=provider, settings=given, secrets=secrets)


def tls(folder: Path) -> twins.Tls:
    """A certificate for this machine by an authority made for the occasion."""
    return authority.ensure(folder)


def lay(data: Path, *, account: Account, people: int, endpoint: str) -> Ground:
    """Make the folder: people with what the channel needs, and a run of them all, frozen."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / "heliograph.db"
    keys = vault.unlock(data, keyring=False)
    migrate.upgrade(path)
    connection = database.connect(path)
    channel = registry.PROVIDERS[account.provider].channel
    try:
        meta.establish(connection)
        meta.put_now(connection, "receipts_base", "https://desk.example.com")
        connection.execute("PRAGMA synchronous = OFF")  # these rows are not what is measured
        with database.transaction(connection):
            _add_account(connection, account, channel, keys)
        _add_people(connection, channel, people, endpoint)
        before = _bytes(connection)
        connection.execute("PRAGMA synchronous = FULL")
        run, freeze_s = freeze(connection, channel)
    finally:
        connection.close()
    return Ground(data=data, run=run, bytes_before=before, freeze_s=freeze_s)


def freeze(connection: sqlite3.Connection, channel: str) -> tuple[int, float]:
    """Launch the campaign as the desk and the clock do; returns the run and how long that took, in seconds."""
    contents = msgspec.json.encode(written.contents_of(channel)).decode()
    began = time.perf_counter()
    with database.transaction(connection):
        run = freezing.freeze(
            connection,
            workspace=WORKSPACE,
            campaign=CAMPAIGN,
            audience=AUDIENCE,
            channels=[channel],
            contents=contents,
            expected=None,
        )
        connection.execute(
            "UPDATE campaign SET run = ?, status = 'running' WHERE workspace = ?", (run, WORKSPACE)
        )
    while not freezing.next_portion(connection, workspace=WORKSPACE, run=run, now=time.time()):
        pass
    return run, time.perf_counter() - began


def configuration(data: Path) -> settings.Settings:
    """The settings a sender is given."""
    return settings.read({"data": str(data), "keyring": False}, {})


def grown(ground: Ground) -> int:
    """Bytes of disk that the run has taken so far, its log written back."""
    connection = database.connect(ground.data / "heliograph.db")
    try:
        return _bytes(connection) - ground.bytes_before
    finally:
        connection.close()


def counts(ground: Ground) -> dict[str, int]:
    """Messages by state: counted one by one, and the tallies agree."""
    connection = database.connect(ground.data / "heliograph.db")
    try:
        counted = dict(connection.execute("SELECT state, count(*) FROM message GROUP BY state").fetchall())
        tallied = dict(
            connection.execute("SELECT state, sum(n) FROM tally WHERE n <> 0 GROUP BY state").fetchall()
        )
    finally:
        connection.close()
    if counted != tallied:
        raise RuntimeError(f"the ledger is not balanced: {counted} counted, {tallied} tallied")
    return {codes.STATE_NAMES[state].value: count for state, count in counted.items()}


def _bytes(connection: sqlite3.Connection) -> int:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,), (size,), (free,) = (
        connection.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_count", "page_size", "freelist_count")
    )
    return int((pages - free) * size)


def _add_account(connection: sqlite3.Connection, account: Account, channel: str, keys: vault.Vault) -> None:
    connection.execute(
        "INSERT INTO workspace (id, name, environment) VALUES (?, 'Bench', 'production')", (WORKSPACE,)
    )
    connection.execute(
        "INSERT INTO account (workspace, id, name, provider, channel, settings, updated_at)"
        " VALUES (?, ?, 'sink', ?, ?, ?, 1)",
        (WORKSPACE, ACCOUNT, account.provider, channel, msgspec.json.encode(account.settings).decode()),
    )
    connection.executemany(
        "INSERT INTO secret (workspace, account, name, sealed) VALUES (?, ?, ?, ?)",
        [
            (WORKSPACE, ACCOUNT, name, keys.seal(value, workspace=WORKSPACE, account=ACCOUNT, name=name))
            for name, value in account.secrets.items()
        ],
    )
    connection.execute(
        "INSERT INTO campaign (workspace, id, name, status) VALUES (?, ?, 'Bench', 'draft')",
        (WORKSPACE, CAMPAIGN),
    )
    connection.execute(
        "INSERT INTO audience (workspace, id, name) VALUES (?, ?, 'Everybody')", (WORKSPACE, AUDIENCE)
    )


def _add_people(connection: sqlite3.Connection, channel: str, people: int, endpoint: str) -> None:
    for numbers in _chunks(range(1, people + 1)):
        with database.transaction(connection):
            connection.executemany(
                "INSERT INTO contact (workspace, id, key, name, country, zone, locale, attributes)"
                " VALUES (?, ?, ?, ?, 'FR', 'Europe/Paris', 'fr', ?)",
                [(WORKSPACE, number, f"k{number}", _name(number), _attributes(number)) for number in numbers],
            )
            connection.executemany(
                "INSERT INTO identity (workspace, contact, channel, address, address_key, created_at)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                [
                    (WORKSPACE, number, channel, *written.address(channel, number, endpoint))
                    for number in numbers
                ],
            )
            connection.executemany(
                "INSERT INTO member (workspace, audience, contact) VALUES (?, ?, ?)",
                [(WORKSPACE, AUDIENCE, number) for number in numbers],
            )


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := list(itertools.islice(left, CHUNK)):
        yield some


def _name(number: int) -> str:
    return f"{NAMES[number % len(NAMES)]} {number}"


def _attributes(number: int) -> str:
    values = {
        "first_name": NAMES[number % len(NAMES)],
        "city": CITIES[number % len(CITIES)],
        "points": number % 1000,
        "code": f"C{number:07d}",
    }
    return msgspec.json.encode(values).decode()
