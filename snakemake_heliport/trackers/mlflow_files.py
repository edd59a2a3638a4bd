"""The files of runs and models: from folders of this machine directly, from elsewhere one after the other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from snakemake_heliport.observe.hashing import ContentUnknown, hash_path, look
from snakemake_heliport.trackers.errors import one_line
from snakemake_heliport.trackers.mlflow_library import part
from snakemake_heliport.trackers.mlflow_store import Opened
from snakemake_heliport.training import TrackedFile

PROXIED = "mlflow-artifacts"
# Files that are read, not only hashed, and up to how many bytes.
TELLING = ("MLmodel", "requirements.txt", "emissions*.csv")
MAX_TELLING = 4 * 1024 * 1024
# Files above this are not downloaded only to be hashed.
MAX_DOWNLOAD = 256 * 1024 * 1024
# What MLflow calls a file that is still being written.
UNFINISHED = ".artifact.uploading."
# With more runs than this, one look at their experiment's folder is cheaper than one at each of theirs.
FEW = 20
SERVED_ELSEWHERE = "artifacts are kept by a tracking server; import over HTTP to read them"


@dataclass(slots=True)
class Folder:
    """What lies in a folder of artifacts: its files, by path, and the content of those that tell something."""

    files: list[TrackedFile] = field(default_factory=list)
    telling: dict[str, bytes] = field(default_factory=dict)


class FilesUnknown(Exception):
    """A folder of artifacts cannot be read; the message says why."""


class Artifacts:
    """Reads folders of artifacts by their URI.

    Args:
        limit: Files above this many bytes are not hashed (None: no limit).
    """

    def __init__(self, store: Opened, limit: int | None) -> None:
        self._store = store
        self._limit = limit
        self._occupied: dict[str, set[str] | None] = {}

    def read(self, uri: str, owner: str) -> Folder:
        """Return what lies in the folder of artifacts of a run or model.

        Args:
            owner: Its id, which is part of every such URI.

        Raises:
            FilesUnknown: The folder cannot be read.
        """
        if not uri:
            return Folder()
        if owner not in uri.split("/"):
            # A tracking server must not make us look through other folders of this machine.
            raise FilesUnknown("artifacts do not lie in a folder of its own")
        path = self._local(uri)
        if path is not None:
            return _read_local(path, self._limit)
        try:
            return _read_remote(self._repository(uri), self._limit)
        except Exception as error:
            raise FilesUnknown(f"artifacts cannot be listed: {one_line(error, 200)}") from error

    def occupied(self, root: str) -> set[str] | None:
        """Return the ids of the runs that have artifacts, from one look at the folder of their experiment.

        None where that cannot be told; the folder of each must be looked at then.
        """
        if root not in self._occupied:
            self._occupied[root] = self._listed(root)
        return self._occupied[root]

    def is_remote(self, uri: str) -> bool:
        """Return whether reading a folder of artifacts goes over the network."""
        try:
            return bool(uri) and self._local(uri) is None
        except FilesUnknown:
            return False

    def _listed(self, root: str) -> set[str] | None:
        try:
            return {PurePosixPath(entry.path).name for entry in self._repository(root).list_artifacts()}
        except Exception:  # noqa: BLE001 (servers may forbid it)
            return None

    def _local(self, uri: str) -> Path | None:
        parts = urlsplit(uri)
        if parts.scheme == PROXIED and not self._store.remote:
            if self._store.served is None:
                raise FilesUnknown(SERVED_ELSEWHERE)
            return _inside(self._store.served, parts.path)
        if parts.scheme == "file":
            return Path(unquote(parts.path))
        if parts.scheme:
            return None
        places = [base / uri for base in self._store.bases]
        return next((place for place in places if place.is_dir()), places[0])

    def _repository(self, uri: str) -> Any:
        if urlsplit(uri).scheme == PROXIED:
            repository = part("mlflow.store.artifact.mlflow_artifacts_repo", "MlflowArtifactsRepository")
            uri = repository.resolve_uri(uri, self._store.uri)
        return part("mlflow.store.artifact.artifact_repository_registry", "get_artifact_repository")(uri)


def _inside(folder: Path, path: str) -> Path:
    names = PurePosixPath(unquote(path)).parts[1:]
    if ".." in names:
        raise FilesUnknown("artifacts do not lie in a folder of its own")
    return folder.joinpath(*names)


def _tells(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in TELLING)


# Folders of this machine.


def _read_local(root: Path, limit: int | None) -> Folder:
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


def _read_remote(repository: Any, limit: int | None) -> Folder:
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
