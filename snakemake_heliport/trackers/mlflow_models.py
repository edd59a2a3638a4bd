"""Logged models and the versions of registered models, found for many runs at once."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from snakemake_heliport.model import JsonValue
from snakemake_heliport.trackers.errors import one_line
from snakemake_heliport.trackers.mlflow_history import Row
from snakemake_heliport.trackers.mlflow_metrics import Subject

MODEL_FILE, REQUIREMENTS = "MLmodel", "requirements.txt"
PAGE = 100
# In how many pieces ids are put into one filter, whose parser is slow.
IDS_AT_ONCE = 50
# With more runs than this, all versions are read once rather than those of each run.
FEW = 20
UNKNOWN: Subject = (None, None, None)


class Models:
    """The logged models of runs, and which of a run's metrics were measured on which model.

    Args:
        problem: Takes a sentence about what could not be read.
    """

    def __init__(self, client: Any, problem: Callable[[str], None]) -> None:
        self._search = getattr(client, "search_logged_models", None)
        self._problem = problem
        self._any: bool | None = None
        self._complete: set[str] = set()
        self._partial: set[str] = set()
        self._by_run: dict[str, dict[str, Any]] = {}
        self._subjects: dict[str, dict[tuple[str, int, int], set[Subject]]] = {}

    def load(self, experiments: Collection[str], runs: Iterable[str], *, everything: bool) -> None:
        """Find the models of runs.

        Args:
            experiments: The ids of the experiments of these runs.
            everything: Whether all runs of these experiments will be asked for.
        """
        if self._search is None:
            return
        try:
            self._load(set(experiments), runs, everything)
        except Exception as error:  # noqa: BLE001 (a server may not know logged models)
            self._problem(f"logged models cannot be read: {one_line(error)}")
            self._search = None

    def _load(self, experiments: set[str], runs: Iterable[str], everything: bool) -> None:
        new = sorted(experiments - self._complete - (set() if everything else self._partial))
        if new:
            models = self._search_models(new)
            self._take(next(models))
            if everything:
                for page in models:
                    self._take(page)
            # One page tells of most stores that there is no more.
            finished = everything or next(models, None) is None
            (self._complete if finished else self._partial).update(new)
        if not experiments <= self._complete:
            ids = list(runs)
            for start in range(0, len(ids), IDS_AT_ONCE):
                quoted = ", ".join(f"'{run}'" for run in ids[start : start + IDS_AT_ONCE])
                for page in self._search_models(sorted(experiments), f"source_run_id IN ({quoted})"):
                    self._take(page)

    def _search_models(self, experiments: list[str], condition: str | None = None) -> Iterator[list[Any]]:
        token = None
        while True:
            options = {"filter_string": condition} if condition else {}
            page = self._search(experiments, max_results=PAGE, page_token=token, **options)  # type: ignore[misc]
            yield page
            token = page.token
            if not token:
                return

    def _take(self, models: Iterable[Any]) -> None:
        for model in models:
            self._by_run.setdefault(model.source_run_id or "", {})[model.model_id] = model
            for metric in model.metrics or ():
                points = self._subjects.setdefault(metric.run_id or "", {})
                subject = (model.model_id, metric.dataset_name, metric.dataset_digest)
                points.setdefault((metric.key, metric.step, metric.timestamp), set()).add(subject)

    def of_run(self, run: str) -> list[Any]:
        """Return the models that a run made, by their ids."""
        found = self._by_run.get(run, {})
        return [found[id_] for id_ in sorted(found)]

    def exist(self, experiments: Collection[str]) -> bool:
        """Return whether any of all these experiments has logged models."""
        if self._any is None:
            try:
                self._any = bool(self._search and self._search(sorted(experiments), max_results=1))
            except Exception:  # noqa: BLE001 (asked in vain: told when the models themselves are read)
                self._any = False
        return self._any

    def subject(self, run: str, point: Row) -> Subject:
        """Return what a point was measured on; nothing where that may be several things."""
        found = self._subjects.get(run, {}).get((point.key, point.step, point.timestamp), set())
        return next(iter(found)) if len(found) == 1 else UNKNOWN


class Versions:
    """The versions of registered models, by the run that they came from."""

    def __init__(self, client: Any, problem: Callable[[str], None]) -> None:
        self._client = client
        self._problem = problem
        self._all: dict[str, list[Any]] | None = None
        self._aliases: dict[str, Mapping[str, Any]] = {}

    def of_runs(self, runs: Collection[str], *, everything: bool) -> list[Any]:
        """Return the versions that came from some runs, by name and version.

        Args:
            everything: Whether all runs of the store will be asked for.
        """
        try:
            if self._all is None and not everything and len(runs) <= FEW:
                found = [version for run in runs for version in self._search(f"run_id = '{run}'")]
            else:
                known = self._read_all()
                found = [version for run in runs for version in known.get(run, ())]
        except Exception as error:  # noqa: BLE001 (not every store has a registry)
            self._problem(f"registered models cannot be read: {one_line(error)}")
            self._all, found = {}, []
        return sorted(found, key=lambda version: (version.name, _natural(version.version)))

    def aliases(self, version: Any) -> list[str]:
        """Return the aliases of a version, which a search for versions may leave out."""
        name = version.name
        if name not in self._aliases:
            try:
                self._aliases[name] = getattr(self._client.get_registered_model(name), "aliases", None) or {}
            except Exception as error:  # noqa: BLE001 (each registered model for itself)
                self._problem(f"aliases of {name} cannot be read: {one_line(error)}")
                self._aliases[name] = {}
        own = (alias for alias, of in self._aliases[name].items() if str(of) == str(version.version))
        return sorted({*own, *(getattr(version, "aliases", None) or ())})

    def _read_all(self) -> Mapping[str, list[Any]]:
        if self._all is None:
            self._all = {}
            for version in self._search(None):
                self._all.setdefault(version.run_id or "", []).append(version)
        return self._all

    def _search(self, condition: str | None) -> Iterator[Any]:
        token = None
        while True:
            options = {"filter_string": condition} if condition else {}
            page = self._client.search_model_versions(page_token=token, **options)
            yield from page
            token = page.token
            if not token:
                return


def _natural(version: Any) -> tuple[int, str]:
    text = str(version)
    return (int(text), "") if text.isdecimal() else (0, text)


def model_of_version(version: Any) -> str | None:
    """Return the id of the logged model that a version is."""
    if getattr(version, "model_id", None):
        return str(version.model_id)
    source = str(version.source or "")
    run = version.run_id
    for before in (f"runs:/{run}/", f"/{run}/artifacts/"):
        path = source.partition(before)[2].strip("/")
        if run and path:
            return f"{run}/{path}"
    return source.removeprefix("models:/") if source.startswith("models:/m-") else None


# What the files of a model tell.


class ModelFile:
    """The content of an `MLmodel` file; parts that are not as they should be are left out."""

    def __init__(self, content: bytes | None) -> None:
        try:
            loaded = yaml.safe_load(content or b"")
        except (yaml.YAMLError, UnicodeDecodeError, ValueError):
            loaded = None
        self._told: dict[str, Any] = loaded if isinstance(loaded, dict) else {}

    def signature(self) -> JsonValue:
        """Return inputs, outputs and params as MLflow describes them."""
        found = self._told.get("signature")
        if not isinstance(found, dict):
            return None
        return {str(name): parsed(value) for name, value in sorted(found.items()) if value is not None} or None

    def flavors(self) -> dict[str, str]:
        """Return the libraries that can load the model, with their versions; empty where unknown."""
        found = self._told.get("flavors")
        return (
            {str(name): _version(str(name), found[name]) for name in sorted(found)} if isinstance(found, dict) else {}
        )

    def tracker_version(self) -> str | None:
        """Return the version of MLflow that wrote the model."""
        found = self._told.get("mlflow_version")
        return None if found is None else str(found)

    def created(self) -> float | None:
        """Return when the model was made (seconds since the epoch)."""
        try:
            return datetime.fromisoformat(str(self._told["utc_time_created"])).replace(tzinfo=UTC).timestamp()
        except (KeyError, ValueError):
            return None


def _version(flavor: str, options: Any) -> str:
    if not isinstance(options, dict):
        return ""
    own = options.get(f"{flavor}_version")
    others = [options[name] for name in sorted(map(str, options)) if name.endswith("_version") and name in options]
    if own is None and flavor != "python_function" and others:
        own = others[0]
    return "" if own is None else str(own)


def requirements(content: bytes | None) -> tuple[str, ...]:
    """Return the lines of a requirements file that name something."""
    lines = (line.strip() for line in (content or b"").decode("utf-8", "replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def parsed(text: Any) -> JsonValue:
    """Return what a JSON text holds, or the text itself where it is none."""
    if not isinstance(text, str):
        return text  # type: ignore[no-any-return]
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        return text
