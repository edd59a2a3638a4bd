"""The journal: one append-only file a run, one JSON line a record, on disk before the next event is handled.

A line that was written survives `kill -9` of the process. `sync` (called about once a second from another thread)
bounds what a power cut can take. A full disk keeps lines in memory and tries again; a deleted folder is restored from
the file that is still open.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import msgspec

from snakemake_heliport.records import JOURNAL_VERSION, AnyRecord, RunStarted

MAX_BACKLOG = 16 * 1024 * 1024

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyRecord)


class JournalError(Exception):
    """A journal cannot be read; the message says which and what to do."""


class JournalWriter:
    """Append records to one journal, from any thread."""

    def __init__(self, path: Path) -> None:
        """Open or create the journal at `path` and hold it as ours while the run lives.

        Raises:
            OSError: The file cannot be written.
        """
        self.path = path
        self.dropped = 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._lock = Lock()
        # A line that a killed process left half-written must not swallow ours.
        self._backlog = bytearray(b"" if _ends_whole(self._fd) else b"\n")
        self._dirty = False
        _try_lock(self._fd)

    def append(self, record: AnyRecord) -> None:
        """Write one record; when the disk refuses, keep it and try again with the next one."""
        line = _encode(record) + b"\n"
        with self._lock:
            if len(self._backlog) + len(line) > MAX_BACKLOG:
                self.dropped += 1
                return
            self._backlog += line
            self._drain()

    def sync(self) -> None:
        """Push what was written through to the disk, if anything was."""
        if self._dirty:
            self._dirty = False
            try:
                os.fsync(self._fd)
            except OSError:
                self._dirty = True

    def close(self) -> int:
        """Write what is left, put the file back where it was deleted, and let go of it.

        Returns:
            How many records could not be written.
        """
        with self._lock:
            self._drain()
            self._restore()
            unwritten = self._backlog.count(b"\n")
            os.close(self._fd)
            self._fd = -1  # a late record must not reach another file that is given the same number
        return self.dropped + unwritten

    def _drain(self) -> None:
        while self._backlog:
            try:
                written = os.write(self._fd, self._backlog)
            except OSError:
                return
            del self._backlog[:written]
            self._dirty = True

    def _restore(self) -> None:
        ours = os.fstat(self._fd)
        try:
            found = os.stat(self.path)
            if (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino):
                return
        except OSError:
            pass
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(os.pread(self._fd, ours.st_size, 0))
        except OSError:
            self.dropped += 1


def _ends_whole(fd: int) -> bool:
    size = os.fstat(fd).st_size
    return size == 0 or os.pread(fd, 1, size - 1) == b"\n"


def _encode(record: AnyRecord) -> bytes:
    try:
        return _encoder.encode(record)
    except UnicodeEncodeError:
        # File names may hold bytes that are not UTF-8; JSON cannot, so they are shown escaped.
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(record)))


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
        case _:
            return value


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_live(path: Path) -> bool:
    """Return whether a process still writes this journal."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(fd)
    finally:
        os.close(fd)


class Replay:
    """Read a journal record by record; lines that are damaged are skipped and counted in `damaged`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[int] = []

    def __iter__(self) -> Iterator[AnyRecord]:
        """Yield the records in the order they were written.

        Raises:
            JournalError: The journal was written by a newer version.
            OSError: The file cannot be read.
        """
        self.damaged.clear()
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    record = _decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    self.damaged.append(number)
                    continue
                if isinstance(record, RunStarted) and record.version > JOURNAL_VERSION:
                    raise JournalError(
                        f"{self.path}: written by snakemake-heliport {record.plugin_version or 'of a newer version'}; "
                        "upgrade snakemake-heliport to read it"
                    )
                yield record


def first_record(path: Path) -> RunStarted | None:
    """Return what a journal says of its run at the start, or None where nothing readable is left."""
    for record in Replay(path):
        if isinstance(record, RunStarted):
            return record
    return None
