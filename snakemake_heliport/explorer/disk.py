"""Recorded files that still stand: the very bytes that were recorded, inside the working directory, nothing else."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO, cast

from snakemake_heliport.layout import FOLDER
from snakemake_heliport.model import DigitalObject

# What is hashed while somebody waits for a page; larger files only when they are asked for.
FOR_A_PAGE = 64 * 1024 * 1024
State = tuple[int, int, int, int]


@dataclass(slots=True)
class Disk:
    """The files below a working directory.

    Paths come from the record, which is data: each is resolved, and what does not lie inside is not there.
    """

    workdir: Path
    _known: dict[State, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def place(self, thing: DigitalObject) -> Path | None:
        """Return where a recorded file lies inside the working directory, None where there is no regular file."""
        path = thing.attributes.get("path")
        if not isinstance(path, str) or not path or "\x00" in path or "://" in path:
            return None
        parts = PurePosixPath(path).parts
        if path.startswith(("/", "~")) or ".." in parts or FOLDER in parts:
            return None
        try:
            root = self.workdir.resolve(strict=True)
            # A link inside may lead out: what counts is where it ends.
            place = (root / path).resolve(strict=True)
            regular = stat.S_ISREG(place.stat().st_mode)
        except (OSError, ValueError, RuntimeError):
            return None
        return place if regular and place.is_relative_to(root) and FOLDER not in place.relative_to(root).parts else None

    @contextmanager
    def opened(self, thing: DigitalObject, sha256: str, limit: int | None = None) -> Iterator[BinaryIO | None]:
        """Give the open file if its bytes are those that were recorded, None otherwise.

        Args:
            sha256: The recorded digest.
            limit: Larger files are not looked at, bytes.
        """
        place = self.place(thing)
        try:
            # The path was resolved; whoever puts a link or a pipe in its place meanwhile is not followed.
            fd = -1 if place is None else os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            fd = -1
        if fd < 0:
            yield None
            return
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            fits = stat.S_ISREG(found.st_mode) and (limit is None or found.st_size <= limit)
            yield file if fits and self._digest(file, found) == sha256 else None

    def stands(self, thing: DigitalObject, sha256: str, limit: int | None = FOR_A_PAGE) -> bool:
        """Return whether the bytes of a file are still those that were recorded."""
        with self.opened(thing, sha256, limit) as file:
            return file is not None

    def _digest(self, file: BinaryIO, found: os.stat_result) -> str:
        state = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
        with self._lock:
            known = self._known.get(state)
        if known is None:
            known = hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()
            file.seek(0)
            with self._lock:
                self._known[state] = known
        return known
