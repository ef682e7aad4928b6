"""Bring a data folder's database to this version's schema, keeping a copy of what it was."""

import logging
import sqlite3
from pathlib import Path

import alembic.command
import alembic.config
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.store import database

SCRIPTS = Path(__file__).parent / "migrations"

log = logging.getLogger(__name__)


class NewerSchema(Exception):
    """The database was written by a newer Heliograph."""


def _configuration() -> alembic.config.Config:
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(SCRIPTS))
    return configuration


def upgrade(path: Path) -> None:
    """Run the missing migrations in one transaction, after a copy of the database was laid beside it.

    Raises NewerSchema where this version is too old for the data.
    """
    configuration = _configuration()
    scripts = ScriptDirectory.from_config(configuration)
    engine = sa.create_engine(f"sqlite:///{path}", creator=lambda: _connect(path))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
        _refuse_newer(revision, scripts)
        if revision is not None and revision != scripts.get_current_head():
            _keep(path, copy_before(path, revision))
        with engine.begin() as connection:
            configuration.attributes["connection"] = connection
            alembic.command.upgrade(configuration, "head")
    finally:
        engine.dispose()


def _connect(path: Path) -> sqlite3.Connection:
    return database.connect(path)


def copy_before(path: Path, revision: str) -> Path:
    """Where the copy lies that is made before a database leaves a revision."""
    return path.with_name(f"{path.stem}-before-upgrade-from-{revision}{path.suffix}")


def _keep(path: Path, copy: Path) -> None:
    """Copy a database, whole or not at all; a copy of the same revision made before a failed upgrade is replaced."""
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    source, target = database.connect(path), sqlite3.connect(unfinished)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    unfinished.chmod(0o600)
    unfinished.replace(copy)
    log.info("kept %s before the upgrade", copy.name, extra={"action": "upgraded"})


def _refuse_newer(revision: str | None, scripts: ScriptDirectory) -> None:
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerSchema(
            f"The data were written by a newer Heliograph (schema {revision}). "
            "Start that version, or restore the copy it made before its upgrade."
        )
