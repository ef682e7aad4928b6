"""What a launch freezes: an RCS message ends with its fallback's wait, in every language it is written in."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from server.channels import contents
from server.engine import shaping
from server.store import database, migrate
from server.wire import policies

WAIT_S = 900
NOW = 1_000.0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate.upgrade(tmp_path / "heliograph.db")
    with contextlib.closing(database.connect(tmp_path / "heliograph.db")) as connection:
        yield connection


def shaped(book: sqlite3.Connection, chosen: contents.Contents, policy: policies.Policy) -> contents.Contents:
    book.execute(
        "INSERT INTO campaign (workspace, id, name, status, contents, policy) VALUES (1, 1, 'C', 'draft', ?, ?)",
        (msgspec.json.encode(chosen).decode(), msgspec.json.encode(policy).decode()),
    )
    shape = shaping.shape(book, workspace=1, campaign=1, now=NOW)
    return msgspec.json.decode(shape.contents, type=contents.Contents)


def rcs(text: str, ttl_s: int) -> contents.Rcs:
    return contents.Rcs(text=text, ttl_s=ttl_s)


CHOSEN = contents.Contents(
    rcs=rcs("Hello", 600),
    sms=contents.Sms(body="Hello"),
    languages={
        "rcs": contents.Translations(
            language="en", others={"de": rcs("Hallo", 86_400), "fr": rcs("Salut", 60)}
        )
    },
)


def test_every_language_ends_with_the_fallbacks_wait(book: sqlite3.Connection) -> None:
    policy = policies.Policy(fallback=policies.Fallback(wait_s=WAIT_S))
    frozen = shaped(book, CHOSEN, policy)
    assert frozen.rcs == rcs("Hello", 600)
    assert frozen.languages["rcs"].others == {"de": rcs("Hallo", WAIT_S), "fr": rcs("Salut", 60)}


def test_without_a_fallback_nothing_is_shortened(book: sqlite3.Connection) -> None:
    assert shaped(book, CHOSEN, policies.Policy()) == CHOSEN
