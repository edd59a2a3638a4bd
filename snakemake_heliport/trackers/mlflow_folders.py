"""Where the files of runs and models are: in folders of this machine, or behind one of MLflow's repositories."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from snakemake_heliport.trackers.errors import one_line
from snakemake_heliport.trackers.mlflow_files import Folder, read_local, read_remote
from snakemake_heliport.trackers.mlflow_library import part
from snakemake_heliport.trackers.mlflow_store import Opened

PROXIED = "mlflow-artifacts"
# With more runs than this, one look at their experiment's folder is cheaper than one at each of theirs.
FEW = 20
# After so many folders one after the other that cannot be read, the others are not tried.
MAX_FAILURES = 8
STOPPED = "further artifacts were not read, after several that could not be"
SERVED_ELSEWHERE = "artifacts are kept by a tracking server; import over HTTP to read them"
NOT_ITS_OWN = "artifacts do not lie in a folder of its own"


class FilesUnknown(Exception):
    """A folder of artifacts cannot be read; the message says why."""


class Artifacts:
    """Reads folders of artifacts, wherever they are.

    Args:
        limit: Files above this many bytes are not hashed (None: no limit).
        problem: Takes a sentence about what could not be read.
    """

    def __init__(self, store: Opened, limit: int | None, problem: Callable[[str], None], pool: Executor) -> None:
        self._store = store
        self._limit = limit
        self._problem = problem
        self._pool = pool
        self._listings: dict[str, set[str] | None] = {}
        self._failures = 0

    def of_runs(self, runs: Iterable[Any], experiments: Mapping[str, Any]) -> dict[str, Folder]:
        """Return the files of runs, by their ids.

        Args:
            experiments: MLflow's experiments, by id.
        """
        by_experiment: dict[str, list[Any]] = {}
        for run in runs:
            by_experiment.setdefault(str(run.info.experiment_id), []).append(run)
        found: dict[str, Folder] = {}
        for id_, own in sorted(by_experiment.items()):
            occupied = self._occupied(experiments.get(id_), own)
            asked = [
                (run.info.artifact_uri, run.info.run_id)
                for run in own
                if occupied is None or run.info.run_id in occupied
            ]
            found.update({run.info.run_id: Folder() for run in own}, **self._read_all(asked))
        return found

    def of_models(self, models: Iterable[Any]) -> dict[str, Folder]:
        """Return the files of logged models, by their ids."""
        return self._read_all([(model.artifact_location, model.model_id) for model in models])

    def _occupied(self, experiment: Any, runs: Sequence[Any]) -> set[str] | None:
        """Return the ids of the runs that have artifacts, from one look at the folder of their experiment.

        None where that cannot be told; the folder of each must be looked at then.
        """
        root = (getattr(experiment, "artifact_location", None) or "").rstrip("/")
        if len(runs) <= FEW or not self._is_remote(root):
            return None
        if not all((run.info.artifact_uri or "").startswith(f"{root}/{run.info.run_id}/") for run in runs):
            return None
        if root not in self._listings:
            self._listings[root] = self._listed(root)
        return self._listings[root]

    def _read_all(self, asked: Sequence[tuple[str, str]]) -> dict[str, Folder]:
        """Return what lies in folders, by owner; several at once where each is a matter of waiting."""
        waiting = bool(asked) and self._is_remote(asked[0][0])
        read = self._pool.map(self._read, asked) if waiting else map(self._read, asked)
        return {owner: folder for (_, owner), folder in zip(asked, read, strict=True)}

    def _read(self, asked: tuple[str, str]) -> Folder:
        uri, owner = asked
        try:
            return self._folder(uri, owner)
        except FilesUnknown as unknown:
            # What holds for all of them is said once.
            self._problem(str(unknown) if str(unknown) in (SERVED_ELSEWHERE, STOPPED) else f"{owner}: {unknown}")
            return Folder()

    def _folder(self, uri: str, owner: str) -> Folder:
        if not uri:
            return Folder()
        names = unquote(uri).split("/")
        if owner not in names or os.pardir in names:
            # A tracking server must not make us look through other folders of this machine.
            raise FilesUnknown(NOT_ITS_OWN)
        try:
            path = self._local(uri)
            if path is not None:
                return read_local(path, self._limit)
        except OSError as error:
            raise FilesUnknown(f"artifacts are unreadable: {error.strerror}") from error
        return self._read_remote(uri)

    def _read_remote(self, uri: str) -> Folder:
        if self._failures >= MAX_FAILURES:
            raise FilesUnknown(STOPPED)
        try:
            found = read_remote(self._repository(uri), self._limit)
        except Exception as error:
            self._failures += 1
            raise FilesUnknown(f"artifacts cannot be listed: {one_line(error, 200)}") from error
        self._failures = 0
        return found

    def _is_remote(self, uri: str) -> bool:
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
            return self._store.served.joinpath(*PurePosixPath(unquote(parts.path)).parts[1:])
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
