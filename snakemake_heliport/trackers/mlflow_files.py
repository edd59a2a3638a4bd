"""The files of runs and models: from folders of this machine directly, from elsewhere one after the other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from snakemake_heliport.observe.hashing import ContentUnknown, hash_path, look
from snakemake_heliport.trackers.errors import one_line
from snakemake_heliport.training import TrackedFile

# Files that are read, not only hashed, and up to how many bytes.
TELLING = ("MLmodel", "requirements.txt", "emissions*.csv")
MAX_TELLING = 4 * 1024 * 1024
# Files above this are not downloaded only to be hashed.
MAX_DOWNLOAD = 256 * 1024 * 1024
# What MLflow calls a file that is still being written.
UNFINISHED = ".artifact.uploading."


@dataclass(slots=True)
class Folder:
    """What lies in a folder of artifacts: its files, by path, and the content of those that tell something."""

    files: list[TrackedFile] = field(default_factory=list)
    telling: dict[str, bytes] = field(default_factory=dict)


def _tells(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in TELLING)


# Folders of this machine.


def read_local(root: Path, limit: int | None) -> Folder:
    """Return what lies in a folder of this machine; nothing where there is none.

    Raises:
        OSError: It cannot be looked at.
    """
    found = Folder()
    if not root.is_dir():
        return found
    for full, problem in _walk(root):
        path = os.path.relpath(full, root).replace(os.sep, "/")
        found.files.append(TrackedFile(path, reason=problem) if problem else _local_file(full, path, limit))
        if problem is None and _tells(path):
            _keep(found, path, full)
    found.files.sort(key=lambda file: file.path)
    return found


def _walk(root: Path) -> Iterator[tuple[str, str | None]]:
    closed: list[OSError] = []
    for folder, _, names in os.walk(root, onerror=closed.append):
        for name in names:
            if not name.startswith(UNFINISHED):
                yield os.path.join(folder, name), None
    for error in closed:
        yield str(error.filename), f"unreadable: {error.strerror}"


def _local_file(full: str, path: str, limit: int | None) -> TrackedFile:
    seen = look(full)
    if seen is None:
        return TrackedFile(path, reason="no regular file" if os.path.lexists(full) else "gone before it could be read")
    try:
        return TrackedFile(path, seen.size, hash_path(full, seen, limit))
    except ContentUnknown as unknown:
        return TrackedFile(path, seen.size, reason=str(unknown))


def _keep(found: Folder, path: str, full: str) -> None:
    try:
        if os.path.isfile(full) and os.path.getsize(full) <= MAX_TELLING:
            found.telling[path] = Path(full).read_bytes()
    except OSError:
        return


# Everything else.


def read_remote(repository: Any, limit: int | None) -> Folder:
    """Return what lies in one of MLflow's artifact repositories, which raises what it likes."""
    found = Folder()
    limit = MAX_DOWNLOAD if limit is None else min(limit, MAX_DOWNLOAD)
    with TemporaryDirectory(prefix="heliport-artifact-") as folder:
        for entry in _listing(repository):
            if entry.file_size is not None and entry.file_size > limit:
                found.files.append(TrackedFile(entry.path, entry.file_size, reason="size"))
            else:
                _download(repository, entry, os.path.join(folder, "file"), found)
    found.files.sort(key=lambda file: file.path)
    return found


def _listing(repository: Any, path: str | None = None) -> Iterator[Any]:
    for entry in repository.list_artifacts(path):
        if entry.is_dir:
            yield from _listing(repository, entry.path)
        else:
            yield entry


def _download(repository: Any, entry: Any, target: str, found: Folder) -> None:
    try:
        repository._download_file(entry.path, target)
    except Exception as error:  # noqa: BLE001 (each kind of repository has errors of its own)
        reason = f"cannot be downloaded: {one_line(error, 120)}"
        found.files.append(TrackedFile(entry.path, entry.file_size, reason=reason))
        return
    file = _local_file(target, entry.path, None)
    if entry.file_size is not None and file.size != entry.file_size:
        file = TrackedFile(entry.path, entry.file_size, reason="changed while it was read")
    found.files.append(file)
    if _tells(entry.path):
        _keep(found, entry.path, target)
    os.unlink(target)
