"""Send many rows at once, past the per-row cost of SQLAlchemy's execution layer."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Table, bindparam

from snakemake_heliport.store.rows import Row

# SQLite's limit on the variables of one statement was 999 for a long time.
CHUNK = 900


class Batch:
    """A statement compiled once, executed for many rows of plain tuples.

    Args:
        connection: The transaction to write in.
        statement: An insert or delete with one bound parameter per name.
        names: The parameters in the order of the tuples.
    """

    def __init__(self, connection: Connection, statement: Insert | Delete, names: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=connection.dialect, column_keys=list(names))
        self._connection = connection
        self._sql = str(compiled)
        self._names = tuple(names)
        self._positions = None
        if compiled.positional:
            self._positions = tuple(self._names.index(name) for name in compiled.positiontup)

    def __call__(self, rows: Sequence[Row]) -> None:
        """Execute the statement for every row."""
        if rows:
            self._connection.exec_driver_sql(self._sql, self._arranged(rows))

    def _arranged(self, rows: Sequence[Row]) -> Any:
        if self._positions is None:
            return [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._positions == tuple(range(len(self._names))):
            return list(rows)
        return [tuple(row[i] for i in self._positions) for row in rows]


def insert_batch(connection: Connection, table: Table, names: Sequence[str]) -> Batch:
    """Return a plain insert of these columns."""
    return Batch(connection, table.insert(), names)


def delete_batch(connection: Connection, table: Table, names: Sequence[str]) -> Batch:
    """Return a delete of the rows in which these columns have the given values."""
    return Batch(connection, table.delete().where(*(table.c[name] == bindparam(name) for name in names)), names)


def insert_or(connection: Connection, table: Table, names: Sequence[str]) -> Any:
    """Return an insert of these columns to which `on_conflict_do_update` or `on_conflict_do_nothing` can be added."""
    # Only the dialect that is spoken is loaded: the other one would take longer than most answers.
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table).values({name: bindparam(name) for name in names})


def upsert_batch(connection: Connection, table: Table, names: Sequence[str]) -> Batch:
    """Return an insert that replaces the other columns of a row with the same primary key."""
    statement = insert_or(connection, table, names)
    key = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in names if name not in key}
    if rest:
        statement = statement.on_conflict_do_update(index_elements=key, set_=rest)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    return Batch(connection, statement, names)


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterable[list[Any]]:
    """Yield the values in lists of at most `size`."""
    pending: list[Any] = []
    for value in values:
        pending.append(value)
        if len(pending) == size:
            yield pending
            pending = []
    if pending:
        yield pending
