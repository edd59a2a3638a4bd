"""Open a database. What is special to connections of one kind of database is said here, and nowhere else."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    cast,
    create_engine,
    event,
    func,
    literal,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

BUSY_SECONDS = 60
# What is not said in the URL or in libpq's own variables: a server that is away or has vanished is noticed.
SERVER_DEFAULTS = {
    "connect_timeout": 10,
    "application_name": "snakemake-heliport",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
LIBPQ_VARIABLES = {"connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME"}
SERVERS = ("postgresql", "postgres")
SERVER_DRIVER = "postgresql+psycopg"

# Advisory locks of PostgreSQL. Whoever writes shares the first; whoever adds what runs state shares the second, too.
# A migration has the first to itself, and whoever may remove objects has the second.
MIGRATING, REMOVING = 0x48454C49504F5201, 0x48454C49504F5202


def url_of(target: str | Path) -> URL:
    """Return the database URL of a path, or of a URL, with our driver for PostgreSQL.

    Raises:
        ArgumentError: It looks like a URL, and is none of a database that a store can lie in.
    """
    if isinstance(target, str) and "://" in target:
        url = make_url(target)
        kind = url.drivername.partition("+")[0]
        if kind not in ("sqlite", *SERVERS):
            raise ArgumentError(f"{kind} is no database for stores")
        return url.set(drivername=SERVER_DRIVER) if kind in SERVERS else url
    return URL.create("sqlite", database=str(target))


def database_file(url: URL) -> Path | None:
    """Return the file behind a URL, or None of a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def writing_engine(url: URL) -> Engine:
    """Return an engine whose every transaction may write.

    Raises:
        ModuleNotFoundError: The driver is missing.
    """
    file = database_file(url)
    if file is None:
        return _server_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_to_write)
    event.listen(engine, "begin", _begin)
    return engine


def reading_engine(url: URL) -> Engine:
    """Return an engine that cannot change an SQLite file; a server needs the right to make temporary tables."""
    file = database_file(url)
    if file is None:
        return _server_engine(url)
    query = {"uri": "true", "mode": "ro"}
    if not os.access(file.parent, os.W_OK):
        # Without a place for its shared-memory file, SQLite reads a WAL database only when told that nobody writes.
        query["immutable"] = "1"
    uri = URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query)
    engine = create_engine(uri, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    return engine


def snapshots(engine: Engine) -> Engine:
    """Return an engine for questions: all statements of one transaction see the same state, as SQLite always does."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def alone(connection: Connection, lock: int) -> None:
    """Wait until no other process has this lock, and keep them waiting to the end of this transaction."""
    _lock(connection, "pg_advisory_xact_lock", lock)


def among_others(connection: Connection, lock: int) -> None:
    """Keep those who want this lock for themselves waiting to the end of this transaction."""
    _lock(connection, "pg_advisory_xact_lock_shared", lock)


def _lock(connection: Connection, function: str, lock: int) -> None:
    # SQLite has one writer at a time by itself.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT {function}(:lock)"), {"lock": lock})


def present(connection: Connection) -> ColumnElement[float]:
    """Return the seconds since 1970 by the clock that all who share the store have in common."""
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()), Double)
    return literal(time.time())


def _server_engine(url: URL) -> Engine:
    missing = {
        name: value
        for name, value in SERVER_DEFAULTS.items()
        if name not in url.query and LIBPQ_VARIABLES.get(name, "") not in os.environ
    }
    # A connection that waited in the pool may have been cut off meanwhile.
    engine = create_engine(url, connect_args=missing, isolation_level="READ COMMITTED", pool_pre_ping=True)
    event.listen(engine, "begin", _begin_on_server)
    return engine


def _leave_transactions_to_us(connection: DBAPIConnection, _record: object) -> None:
    # The sqlite3 module would begin transactions late and end them early.
    connection.isolation_level = None


def _prepare_to_write(connection: DBAPIConnection, record: object) -> None:
    _leave_transactions_to_us(connection, record)
    cursor: Any = connection.cursor()
    # Some network file systems cannot; another process may be switching at this moment. Both are fine.
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer half-way would fail instead of waiting.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
