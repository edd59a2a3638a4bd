"""What MLflow's objects become: facts without secrets, without addresses, and in one order."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.mlflow_files import Folder
from snakemake_heliport.trackers.mlflow_models import MODEL_FILE, REQUIREMENTS, ModelFile, requirements
from snakemake_heliport.training import Experiment, JobContext, LoggedModel, ModelVersion, TrackedFile

INTERNAL, OURS = "mlflow.", "heliport."
COMMIT = re.compile(r"[0-9a-f]{40}")
EMISSIONS = re.compile(r"(?:.*/)?emissions[^/]*\.csv")
EMISSIONS_COLUMNS = frozenset(("run_id", "duration", "emissions", "energy_consumed"))
# Where somebody lives is no fact of a training run.
PLACE_COLUMNS = frozenset(("longitude", "latitude"))

_T = TypeVar("_T")


class Tags(NamedTuple):
    """The tags of a run: the user's own, MLflow's without their prefix, and what ours say of the job."""

    own: dict[str, str]
    internal: dict[str, str]
    context: JobContext


class Facts:
    """Turns MLflow's objects into facts."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def text(self, text: Any) -> str:
        """Return a text without secrets."""
        return self._redactor.text(str(text))

    def optional(self, text: Any) -> str | None:
        """Return a text without secrets, or None where there is none."""
        return self._redactor.text(str(text)) if text else None

    def named(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return named values without secrets, sorted by name."""
        named, text = self._redactor.named, self._redactor.text
        return {text(name): named(name, str(values[name])) for name in sorted(values)}

    def files(self, files: Iterable[TrackedFile]) -> tuple[TrackedFile, ...]:
        """Return files with paths and reasons that hold no secret."""
        return tuple(
            TrackedFile(self.text(file.path), file.size, file.sha256, self.optional(file.reason)) for file in files
        )

    def tags(self, tags: Mapping[str, str]) -> Tags:
        """Return tags by whom they are from."""
        own, internal, ours = {}, {}, {}
        for name, value in tags.items():
            if name.startswith(INTERNAL):
                internal[name.removeprefix(INTERNAL)] = value
            elif name.startswith(OURS):
                ours[name.removeprefix(OURS)] = value
            else:
                own[name] = value
        return Tags(self.named(own), internal, self._context(ours) if ours else JobContext())

    def _context(self, ours: Mapping[str, str]) -> JobContext:
        jobs = _json(ours.get("jobs"), lambda found: tuple(map(_a_text, _a_list(found))))
        commands = _json(ours.get("commands"), lambda found: tuple(map(_a_command, _a_list(found))))
        return JobContext(
            run=self.optional(ours.get("run")),
            rule=self.optional(ours.get("rule")),
            jobs=jobs or (),
            commands=commands or (),
        )

    def experiment(self, experiment: Any) -> Experiment:
        """Return an experiment."""
        created = getattr(experiment, "creation_time", None)
        return Experiment(
            id=str(experiment.experiment_id),
            name=self.text(experiment.name),
            created=seconds(created),
            tags=self.tags(experiment.tags or {}).own,
            deleted=experiment.lifecycle_stage == "deleted",
        )

    # Models.

    def model(self, model: Any, folder: Folder) -> LoggedModel:
        """Return a logged model with its files."""
        told = ModelFile(folder.telling.get(MODEL_FILE))
        tags = self.tags(model.tags or {})
        return LoggedModel(
            id=model.model_id,
            name=self.text(model.name),
            run=model.source_run_id,
            status=str(getattr(model.status, "value", model.status)),
            created=seconds(model.creation_timestamp),
            model_type=self.optional(model.model_type),
            params=self.named(model.params or {}),
            tags=tags.own,
            context=tags.context,
            files=self.files(folder.files),
            **self._told(told, folder.telling.get(REQUIREMENTS)),
        )

    def models_in(self, run: str, folder: Folder) -> list[LoggedModel]:
        """Return the models that MLflow 2 kept among the artifacts of a run."""
        paths = sorted(path for path in folder.telling if path.rpartition("/")[2] == MODEL_FILE)
        return [self._model_in(run, path.rpartition("/")[0], folder) for path in paths if "/" in path]

    def _model_in(self, run: str, path: str, folder: Folder) -> LoggedModel:
        told, inside = ModelFile(folder.telling[f"{path}/{MODEL_FILE}"]), f"{path}/"
        files = (
            TrackedFile(file.path.removeprefix(inside), file.size, file.sha256, file.reason)
            for file in folder.files
            if file.path.startswith(inside)
        )
        return LoggedModel(
            id=f"{run}/{self.text(path)}",
            name=self.text(path),
            run=run,
            created=told.created(),
            files=self.files(files),
            **self._told(told, folder.telling.get(f"{path}/{REQUIREMENTS}")),
        )

    def _told(self, told: ModelFile, needs: bytes | None) -> dict[str, Any]:
        return {
            "signature": self._redactor.named("", told.signature()),
            "flavors": {self.text(name): self.text(version) for name, version in told.flavors().items()},
            "requirements": tuple(map(self.text, requirements(needs))),
            "tracker_version": told.tracker_version(),
        }

    def version(self, version: Any, model: str | None, aliases: Iterable[str]) -> ModelVersion:
        """Return a version of a registered model, which is the logged model of that id."""
        stage = getattr(version, "current_stage", None)
        return ModelVersion(
            name=self.text(version.name),
            version=str(version.version),
            run=version.run_id or None,
            model=self.optional(model),
            created=seconds(version.creation_timestamp),
            aliases=tuple(map(self.text, aliases)),
            tags=self.tags(version.tags or {}).own,
            description=self.optional(version.description),
            stage=None if stage in (None, "", "None") else self.text(stage),
        )

    # Energy.

    def emissions(self, folder: Folder) -> tuple[dict[str, str], ...]:
        """Return what CodeCarbon measured, a row for each of its tables' rows."""
        rows: list[dict[str, str]] = []
        for path in sorted(filter(EMISSIONS.fullmatch, folder.telling)):
            table = csv.DictReader(io.StringIO(folder.telling[path].decode("utf-8", "replace"), newline=""))
            if table.fieldnames is not None and EMISSIONS_COLUMNS.issubset(table.fieldnames):
                rows.extend(self.named(_row(row)) for row in table)
        return tuple(rows)


def _row(row: Mapping[Any, Any]) -> dict[str, str]:
    # Cells beyond the header go by the name None, and come as a list.
    return {name: value for name, value in row.items() if isinstance(value, str) and name not in PLACE_COLUMNS}


def seconds(milliseconds: float | None) -> float | None:
    """Return a time of MLflow's in seconds since the epoch; 0 stands for none."""
    return milliseconds / 1000 if milliseconds else None


def commit_of(internal: Mapping[str, str]) -> str | None:
    """Return the Git commit among MLflow's own tags."""
    found = internal.get("source.git.commit", "")
    return found if COMMIT.fullmatch(found) else None


# Our own tags are written by jobs, who may write anything.


def _json(text: str | None, read: Callable[[Any], _T]) -> _T | None:
    try:
        return None if text is None else read(json.loads(text))
    except (ValueError, TypeError):
        return None


def _a_list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError
    return found


def _a_text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found


def _a_command(found: Any) -> tuple[int, str]:
    length, digest = _a_list(found)
    if not isinstance(length, int):
        raise TypeError
    return length, _a_text(digest)
