"""Tables that are kept by their digest: the full histories of the metrics of training runs, as CSV."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

BUSY_SECONDS = 60.0
# A process that is killed may lose so many tables that its journal does not name yet.
AT_ONCE = 1_000


class Tables:
    """Tables in one SQLite file: a run has one, and ten thousand small files would be slow to write and to copy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[tuple[str, bytes]] = []

    def keep(self, table: bytes) -> None:
        """Keep a table; it is on disk once `flush` has returned."""
        self._waiting.append((sha256(table).hexdigest(), table))
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting.

        Raises:
            OSError: The file cannot be written.
        """
        if not self._waiting:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as connection:
            connection.execute('CREATE TABLE IF NOT EXISTS "table" (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL)')
            connection.executemany('INSERT OR IGNORE INTO "table" VALUES (?, ?)', self._waiting)
        self._waiting.clear()

    def get(self, digest: str) -> bytes | None:
        """Return the table of a digest (SHA-256 in hexadecimal), None where it is not kept here.

        Raises:
            OSError: The file cannot be read.
        """
        if not self._path.exists():
            return None
        with self._opened() as connection:
            row = connection.execute('SELECT content FROM "table" WHERE sha256 = ?', (digest,)).fetchone()
        return None if row is None else bytes(row[0])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as connection, connection:
                yield connection
        except sqlite3.Error as error:
            raise OSError(0, f"{error}; move the file away and import again", str(self._path)) from error
