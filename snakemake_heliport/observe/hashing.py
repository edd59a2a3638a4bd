"""SHA-256 of files and directories, each byte read once."""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from snakemake_heliport.identity import manifest_digest
from snakemake_heliport.records import DIRECTORY_SIZE, FileSeen, Member, Signature

SNAKEMAKE_TIMESTAMP = ".snakemake_timestamp"
CACHE_FROM_SIZE = 1024 * 1024
MAX_MEMBERS = 10_000


class ContentUnknown(Exception):
    """The content of a path cannot be named; the message is the reason, in a few words."""


def look(path: str) -> Signature | None:
    """Return the state of a regular file or directory, or None where there is neither.

    A pipe, socket or device has no content of its own, and opening one could take data from a running job.
    """
    try:
        entry = os.lstat(path)
        found = os.stat(path) if stat.S_ISLNK(entry.st_mode) else entry
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(found.st_mode):
        # A link that was made anew is a new file, although what it leads to is not.
        return Signature(found.st_size, max(entry.st_mtime_ns, found.st_mtime_ns))
    if stat.S_ISDIR(found.st_mode):
        return Signature(DIRECTORY_SIZE, _directory_mtime(path, found))
    return None


def _directory_mtime(path: str, found: os.stat_result) -> int:
    try:
        # Snakemake marks a directory output by this file; the folder's own time changes with each member.
        return os.lstat(os.path.join(path, SNAKEMAKE_TIMESTAMP)).st_mtime_ns
    except OSError:
        return found.st_mtime_ns


def hash_open_file(fd: int, seen: Signature, limit: int | None) -> str:
    """Return the SHA-256 of an open file whose state was `seen`; closes it.

    Raises:
        ContentUnknown: The file is above the limit, changed meanwhile, or cannot be read.
    """
    with open(fd, "rb", closefd=True, buffering=0) as file:
        if limit is not None and seen.size > limit:
            raise ContentUnknown("size")
        try:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = os.fstat(file.fileno())
        except OSError as error:
            raise ContentUnknown(f"unreadable: {error.strerror}") from error
    if not _is_as_seen(after, seen):
        raise ContentUnknown("changed while it was read")
    return digest


def _is_as_seen(found: os.stat_result, seen: Signature) -> bool:
    return found.st_size == seen.size and found.st_mtime_ns <= seen.mtime_ns


def open_for_hash(path: str) -> int:
    """Open a file for reading, never waiting on a pipe.

    Raises:
        ContentUnknown: It cannot be opened.
    """
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise ContentUnknown("gone before it could be read") from error
    except (OSError, ValueError) as error:
        raise ContentUnknown(f"unreadable: {getattr(error, 'strerror', None) or error}") from error


def hash_directory(path: str, limit: int | None, cache: "HashCache | None" = None) -> tuple[str, list[Member]]:
    """Return the manifest digest of a directory and its files, sorted by path.

    Raises:
        ContentUnknown: A file in it cannot be named.
    """
    members = []
    for name, full in _walk(path):
        seen = look(full)
        if seen is None:
            continue
        members.append(Member(name, hash_path(full, seen, limit, cache), seen.size, seen.mtime_ns))
    members.sort(key=lambda member: member.path)
    return manifest_digest((member.path, member.sha256) for member in members), members


def _walk(root: str) -> Iterator[tuple[str, str]]:
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in sorted(names):
            if name != SNAKEMAKE_TIMESTAMP:
                full = os.path.join(folder, name)
                yield os.path.relpath(full, root).replace(os.sep, "/"), full


def hash_path(path: str, seen: Signature, limit: int | None, cache: "HashCache | None" = None) -> str:
    """Return the SHA-256 of a regular file whose state was `seen`, from the cache where it is worth one.

    Raises:
        ContentUnknown: The file is above the limit, changed meanwhile, is gone, or cannot be read.
    """
    fd = open_for_hash(path)
    if cache is None or seen.size < CACHE_FROM_SIZE:
        return hash_open_file(fd, seen, limit)
    found = os.fstat(fd)
    known = cache.get(found)
    if known is not None and _is_as_seen(found, seen):
        os.close(fd)
        return known
    digest = hash_open_file(fd, seen, limit)
    cache.put(found, digest)
    return digest


def file_seen(path: str, name: str, seen: Signature, limit: int | None, cache: "HashCache | None" = None) -> FileSeen:
    """Return what is at a path whose state was `seen`: its digest, and its members if it is a directory, or a reason.

    Args:
        name: What the record calls the file.
    """
    if seen.size != DIRECTORY_SIZE:
        try:
            return FileSeen(path=name, seen=seen, sha256=hash_path(path, seen, limit, cache))
        except ContentUnknown as unknown:
            return FileSeen(path=name, seen=seen, reason=str(unknown))
    try:
        digest, members = hash_directory(path, limit, cache)
    except ContentUnknown as unknown:
        return FileSeen(path=name, seen=seen, reason=f"a member is {unknown}")
    kept = tuple(members[:MAX_MEMBERS])
    return FileSeen(path=name, seen=seen, sha256=digest, members=kept, member_count=len(members))


class HashCache:
    """Digests of large files by (device, inode, size, mtime), kept beside the store; losing it costs time only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, found: os.stat_result) -> str | None:
        """Return the digest of a file in this state, if known."""
        try:
            with closing(self._connect()) as connection:
                row = connection.execute(
                    "SELECT sha256 FROM digest WHERE device=? AND inode=? AND size=? AND mtime_ns=?", _key(found)
                ).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else str(row[0])

    def put(self, found: os.stat_result, digest: str) -> None:
        """Remember the digest of a file in this state."""
        try:
            with closing(self._connect()) as connection, connection:
                connection.execute("INSERT OR REPLACE INTO digest VALUES (?,?,?,?,?)", (*_key(found), digest))
        except sqlite3.Error:
            return

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS digest (device INT, inode INT, size INT, mtime_ns INT, sha256 TEXT,"
            " PRIMARY KEY (device, inode))"
        )
        return connection


def _key(found: os.stat_result) -> tuple[int, int, int, int]:
    # SQLite integers are signed 64-bit; some file systems use the full unsigned range.
    return found.st_dev % 2**63, found.st_ino % 2**63, found.st_size, found.st_mtime_ns
