"""Migrations: they end at the schema the code knows, lose nothing on the way, and leave a copy of what was."""

import sqlite3
from pathlib import Path

import alembic.autogenerate
import alembic.command
import alembic.config
import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.store import database, migrate, schema

REVISIONS = [
    str(script.revision) for script in reversed(list(ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions()))
]


def at_revision(path: Path, revision: str) -> None:
    """A database as an older version left it, with a person in it."""
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(migrate.SCRIPTS))
    engine = sa.create_engine(f"sqlite:///{path}", creator=lambda: database.connect(path))
    with engine.begin() as began:
        configuration.attributes["connection"] = began
        alembic.command.upgrade(configuration, revision)
    engine.dispose()
    connection = database.connect(path)
    try:
        with database.transaction(connection):
            connection.execute("INSERT INTO contact (workspace, id, key) VALUES (1, 7, 'ann')")
            connection.execute("INSERT INTO template (workspace, id, name) VALUES (1, 3, 'Welcome')")
    finally:
        connection.close()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_the_migrations_end_at_the_schema_the_code_knows(tmp_path: Path) -> None:
    migrate.upgrade(tmp_path / "a.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        found = alembic.autogenerate.compare_metadata(MigrationContext.configure(connection), schema.metadata)
    engine.dispose()
    assert found == []


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_database_is_brought_forward_with_its_rows_and_a_copy_is_kept(
    tmp_path: Path, revision: str
) -> None:
    path = tmp_path / "a.db"
    at_revision(path, revision)
    migrate.upgrade(path)
    assert rows(path, "SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]
    assert rows(path, "SELECT id, key FROM contact") == [(7, "ann")]
    assert rows(path, "SELECT id, name FROM template") == [(3, "Welcome")]
    copy = migrate.copy_before(path, revision)
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(revision,)]
    assert rows(copy, "SELECT id, key FROM contact") == [(7, "ann")]
    assert copy.stat().st_mode & 0o077 == 0


def test_a_database_of_today_is_neither_changed_nor_copied(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate.upgrade(path)
    migrate.upgrade(path)
    assert not list(tmp_path.glob("*before-upgrade*"))


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    at_revision(path, REVISIONS[0])
    before = rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name")

    def on_a_full_disk(path: Path) -> sqlite3.Connection:
        connection = database.connect(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        return connection

    monkeypatch.setattr(migrate, "_connect", on_a_full_disk)
    with pytest.raises(sa.exc.OperationalError, match="full"):
        migrate.upgrade(path)
    assert rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name") == before
    assert rows(path, "SELECT version_num FROM alembic_version") == [(REVISIONS[0],)]


def test_a_database_of_a_newer_version_is_refused_untouched_and_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate.upgrade(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(migrate.NewerSchema, match=r"schema 9999.*restore the copy"):
        migrate.upgrade(path)
    assert not list(tmp_path.glob("*before-upgrade*"))
