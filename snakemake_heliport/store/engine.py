"""Open a database. What is special to one kind of database is said here, and nowhere else."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_SECONDS = 60


def url_of(target: str | Path) -> URL:
    """Return the database URL of a path, or of a URL as it is."""
    if isinstance(target, str) and "://" in target:
        return make_url(target)
    return URL.create("sqlite", database=str(target))


def database_file(url: URL) -> Path | None:
    """Return the file behind a URL, or None of a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def writing_engine(url: URL) -> Engine:
    """Return an engine whose every transaction may write."""
    file = database_file(url)
    if file is None:
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_to_write)
    event.listen(engine, "begin", _begin)
    return engine


def reading_engine(url: URL) -> Engine:
    """Return an engine that cannot change an SQLite file; a server needs the right to make temporary tables."""
    file = database_file(url)
    if file is None:
        return create_engine(url)
    query = {"uri": "true", "mode": "ro"}
    if not os.access(file.parent, os.W_OK):
        # Without a place for its shared-memory file, SQLite reads a WAL database only when told that nobody writes.
        query["immutable"] = "1"
    uri = URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query)
    engine = create_engine(uri, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
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
