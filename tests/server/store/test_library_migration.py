"""The library's migration: templates of before are found by their words, and the way back is open."""

import contextlib
import sqlite3
from pathlib import Path

import alembic.command
import alembic.config
import pytest
import sqlalchemy as sa
from alembic import autogenerate
from alembic.runtime import migration

from server.store import database, migrate, schema

MAIL = '{"channel": "email", "subject": "Zebra Sale", "html": "<p>Stripes</p>", "text": ""}'


def move(path: Path, revision: str, *, back: bool = False) -> None:
    """Bring a database to a revision, as the server does at its start."""
    engine = sa.create_engine(f"sqlite:///{path}", creator=lambda: database.connect(path))
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(migrate.SCRIPTS))
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        step = alembic.command.downgrade if back else alembic.command.upgrade
        step(configuration, revision)
    engine.dispose()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the version before, with a template in it."""
    path = tmp_path / "heliograph.db"
    move(path, "0004")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO template (workspace, id, name, channel, version) VALUES (1, 1, 'Old', 'email', 2)"
        )
        connection.executemany(
            "INSERT INTO template_version (workspace, template, version, content) VALUES (1, 1, ?, ?)",
            [(1, '{"channel": "email", "subject": "Lion"}'), (2, MAIL)],
        )
        connection.commit()
    return path


def test_templates_of_before_are_found_by_what_their_newest_version_says(old: Path) -> None:
    migrate.upgrade(old)
    with contextlib.closing(sqlite3.connect(old)) as connection:
        ((words, folder, archived),) = connection.execute("SELECT words, folder, archived_at FROM template")
        versions = connection.execute("SELECT translations, blocks, note FROM template_version").fetchall()
    assert "zebra sale" in words
    assert "lion" not in words
    assert (folder, archived) == ("", None)
    assert versions == [("{}", "{}", "")] * 2


def test_the_migrations_lead_to_the_schema(old: Path) -> None:
    migrate.upgrade(old)
    engine = sa.create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        context = migration.MigrationContext.configure(connection)
        assert autogenerate.compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_the_way_back_keeps_what_was_there(old: Path) -> None:
    migrate.upgrade(old)
    move(old, "0004", back=True)
    with contextlib.closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT name, version FROM template").fetchall() == [("Old", 2)]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert not tables & {"block", "block_version", "content_use", "template_label", "content_check"}
