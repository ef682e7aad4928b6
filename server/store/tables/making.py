"""How a table is made: keys begin with the workspace, so that the schema shards; times are epoch seconds, UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()

Time = sa.Double


def table(
    name: str, *columns: sa.Column[object] | sa.Index | sa.UniqueConstraint, clustered: bool = False
) -> sa.Table:
    """Make a table; `clustered` ones are stored in their primary key's order on SQLite."""
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=not clustered)


def key(name: str, kind: type[sa.Integer] | type[sa.Text] = sa.Integer) -> sa.Column[object]:
    """A part of the primary key."""
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def text(name: str, default: str = "") -> sa.Column[object]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def number(name: str, default: str = "0") -> sa.Column[object]:
    """A whole number that is always there."""
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def time(name: str) -> sa.Column[object]:
    """Epoch seconds, UTC; null where it has not happened."""
    return sa.Column(name, Time, nullable=True)
