"""A consistent copy of an SQLite database that others may be writing, without a trace beside the original."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from snakemake_heliport.trackers.errors import TrackerError, TrackerMissing

MAGIC = b"SQLite format 3\0"
# The header's read version of a database in WAL mode.
WAL_VERSION = 2
SIDECARS = ("-wal", "-journal")


def snapshot(database: Path, copy: Path, wait: float) -> None:
    """Copy a database as of one moment.

    Args:
        wait: Seconds to wait for a writer.

    Raises:
        TrackerMissing: There is no such file, or it is empty.
        TrackerError: It is not SQLite, cannot be read, or is being written all the time.
    """
    header = _header(database)
    sidecars = [path for path in _beside(database) if path.exists()]
    try:
        # SQLite would make files beside a WAL database that nobody has open, and cannot mend an abandoned one.
        if sidecars or header[18] >= WAL_VERSION:
            _copy_files(database, copy, wait)
        else:
            _back_up(database, copy, wait)
    except sqlite3.Error as error:
        raise TrackerError(f"{database}: {error}: {_advice(error)}") from error
    except OSError as error:
        raise TrackerError(f"{database}: cannot be copied ({error.strerror}); free some space or set TMPDIR") from error


def _header(database: Path) -> bytes:
    try:
        with database.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise TrackerMissing(f"{database}: not there; name the tracking store that your jobs log to") from None
    except OSError as error:
        raise TrackerError(f"{database}: {error.strerror}; check the path and its permissions") from error
    if not header:
        raise TrackerMissing(f"{database}: empty; nothing was logged there yet")
    if len(header) < len(MAGIC) + 84 or not header.startswith(MAGIC):
        raise TrackerError(f"{database}: not an SQLite database; name the tracking store that your jobs log to")
    return header


def _beside(database: Path) -> list[Path]:
    return [database.with_name(database.name + ending) for ending in SIDECARS]


def _back_up(database: Path, copy: Path, wait: float) -> None:
    address = f"file:{quote(str(database.resolve()))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=wait)) as source, closing(sqlite3.connect(copy)) as target:
        # The lock is taken here, where it is waited for no longer than `wait`; the backup itself would wait for ever.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target)


def _copy_files(database: Path, copy: Path, wait: float) -> None:
    """Copy a database and its journal when neither changes meanwhile; SQLite mends the copy when it opens it."""
    until = time.monotonic() + wait
    while True:
        before = _states(database)
        for path, _ in before:
            shutil.copyfile(path, copy.with_name(copy.name + path.name.removeprefix(database.name)))
        if before == _states(database):
            break
        for leftover in _beside(copy):
            leftover.unlink(missing_ok=True)
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(0.05)
    with closing(sqlite3.connect(copy)) as mended:
        mended.execute("PRAGMA journal_mode=DELETE").fetchone()


def _states(database: Path) -> list[tuple[Path, tuple[int, int]]]:
    found = []
    for path in (database, *_beside(database)):
        try:
            state = os.stat(path)
        except FileNotFoundError:
            continue
        found.append((path, (state.st_size, state.st_mtime_ns)))
    return found


def _advice(error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return "it is being written; try again when the training is done"
    return "check the file, or restore it from a backup"
