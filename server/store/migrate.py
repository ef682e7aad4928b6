"""Bring a data folder's database to this version's schema."""

import sqlite3
from pathlib import Path

import alembic.command
import alembic.config
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.store import database

SCRIPTS = Path(__file__).parent / "migrations"


class NewerSchema(Exception):
    """The database was written by a newer Heliograph."""


def _configuration() -> alembic.config.Config:
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(SCRIPTS))
    return configuration


def upgrade(path: Path) -> None:
    """Run the missing migrations in one transaction.

    Raises NewerSchema where this version is too old for the data.
    """
    engine = sa.create_engine(f"sqlite:///{path}", creator=lambda: _connect(path))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    configuration = _configuration()
    try:
        with engine.begin() as connection:
            _refuse_newer(connection, ScriptDirectory.from_config(configuration))
            configuration.attributes["connection"] = connection
            alembic.command.upgrade(configuration, "head")
    finally:
        engine.dispose()


def _connect(path: Path) -> sqlite3.Connection:
    return database.connect(path)


def _refuse_newer(connection: sa.Connection, scripts: ScriptDirectory) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerSchema(
            f"The data were written by a newer Heliograph (schema {current}). "
            "Start that version, or restore the copy made before its upgrade."
        )
