"""Training runs: what a tracker tells, as digital objects that meet the workflow's own jobs, files and commit."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from snakemake_heliport.assembly.attempts import Attempt, KnownFile
from snakemake_heliport.assembly.clues import same_value
from snakemake_heliport.assembly.describing import present
from snakemake_heliport.assembly.facts import Training
from snakemake_heliport.assembly.files import write_content, write_tracked_file
from snakemake_heliport.assembly.impact import Impact, impact_of_run, usage_of_impact, usage_of_system
from snakemake_heliport.assembly.linking import Link, Links
from snakemake_heliport.assembly.models import ModelWriter, columns, dataset_iri, named_values
from snakemake_heliport.assembly.sink import Sink
from snakemake_heliport.assembly.times import iso
from snakemake_heliport.assembly.workflow import commit_object
from snakemake_heliport.identity import commit_iri, content_iri, model_iri, part, training_run_iri
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import State
from snakemake_heliport.training import DatasetInput, Experiment, Metric, Point, TrackedFile, TrainingRun

TRACKER = "MLflow"
STATES = {
    "FINISHED": State.FINISHED,
    "FAILED": State.FAILED,
    "KILLED": State.INTERRUPTED,
    "RUNNING": State.RUNNING,
    "SCHEDULED": State.PENDING,
}


@dataclass(frozen=True, slots=True)
class Home:
    """The workflow run that training runs belong to.

    Attributes:
        links: Which job made which training run, by the id of the latter.
        rule_iri: Returns the IRI of a rule by its name.
        files: The files of the workflow run by path, each in all states in which jobs met it.
        ended: Seconds since the epoch; None while it goes on.
        commit: The commit of the workflow, which is described with it.
    """

    iri: str
    links: Mapping[str, Links]
    rule_iri: Callable[[str], str]
    files: Mapping[str, Sequence[KnownFile]]
    ended: float | None
    commit: str | None


@dataclass(slots=True)
class TrainingWriter:
    """Writes experiments, training runs with their datasets, models and files.

    Attributes:
        person: Writes the person behind a login, and returns its IRI.
        home: The workflow run; None for training runs that belong to none.
    """

    training: Training
    sink: Sink
    person: Callable[[str], str]
    home: Home | None = None

    def write(self) -> None:
        """Write everything that the tracker told."""
        for iri, experiment in self.training.experiments.items():
            self._experiment(iri, experiment)
        for run in self.training.runs.values():
            self._run(run)
        ModelWriter(self.training, self.sink).write()

    def _relate(
        self, subject: str, predicate: Predicate, to: str, attributes: dict[str, JsonValue] | None = None
    ) -> None:
        self.sink.relate(Relation(subject, predicate, to, attributes or {}))

    def _experiment(self, iri: str, experiment: Experiment) -> None:
        attributes: dict[str, JsonValue] = {
            "name": experiment.name,
            "experiment_id": experiment.id,
            "tracker": TRACKER,
            "created": None if experiment.created is None else iso(experiment.created),
            "tags": named_values(experiment.tags),
            "deleted": experiment.deleted or None,
        }
        self.sink.add(DigitalObject(iri, Kind.EXPERIMENT, experiment.name, attributes=present(attributes)))

    def _run(self, run: TrainingRun) -> None:
        iri = training_run_iri(run.id)
        links = self._links(run.id)
        attempt = None if links.origin is None else links.origin.attempt
        attributes = present(self._attributes(run, iri, attempt, linked=bool(links.origin or links.others)))
        self.sink.add(DigitalObject(iri, Kind.TRAINING_RUN, run.name, run.description, attributes))
        self._place(iri, run, links)
        self._relate(iri, Predicate.IN_EXPERIMENT, self.training.experiment_of[run.id])
        for dataset in run.datasets:
            self._dataset(iri, dataset, attempt)
        for model in run.used_models:
            self._relate(iri, Predicate.USED, model_iri(model), {"role": "model"})
        for file in run.files:
            made = write_tracked_file(self.sink, f"runs:/{run.id}", file)
            self._relate(made, Predicate.WAS_GENERATED_BY, iri)
        if run.user is not None:
            self._relate(iri, Predicate.WAS_ASSOCIATED_WITH, self.person(run.user))
        self._history(iri, run)
        self._commit(iri, run)

    def _attributes(self, run: TrainingRun, iri: str, attempt: Attempt | None, *, linked: bool) -> dict[str, JsonValue]:
        state, ended, inferred = self._end(run, attempt)
        impact = impact_of_run(run)
        return {
            "run_id": run.id,
            "name": run.name,
            "tracker": TRACKER,
            "tracker_status": run.status,
            "status": str(state),
            "started": iso(run.started),
            "ended": None if ended is None else iso(max(ended, run.started)),
            "inferred_end": inferred or None,
            "unlinked": None if linked else True,
            "deleted": run.deleted or None,
            "hyperparameters": _hyperparameters(run, attempt),
            "evaluations": [*(_evaluation(metric, iri) for metric in run.metrics)],
            "usage": [*usage_of_system(run.system), *usage_of_impact(impact)],
            "impact": [*impact],
            "tags": named_values(run.tags),
            "source_name": run.source_name,
            "source_type": run.source_type,
            "branch": run.branch,
        }

    def _end(self, run: TrainingRun, attempt: Attempt | None) -> tuple[State, float | None, bool]:
        """Return the state and end of a run; one that nobody closed ended with its job, or with the workflow run."""
        state = STATES.get(run.status, State.RUNNING)
        if state is not State.RUNNING or run.ended is not None or self.home is None or self.home.ended is None:
            return state, run.ended, False
        if attempt is not None and math.isfinite(attempt.ended):
            return attempt.state, attempt.ended, True
        return State.INTERRUPTED, self.home.ended, True

    def _place(self, iri: str, run: TrainingRun, links: Links) -> None:
        """State what a training run is part of, and which jobs had a hand in it."""
        whole = self._whole(links)
        parent = self.training.runs.get(run.parent or "")
        if parent is not None:
            self._relate(iri, Predicate.NESTED_IN, training_run_iri(parent.id))
            # It is part of its parent where both are of one job, and the parent was open at that time.
            if whole == self._whole(self._links(parent.id)) and _ran_at(parent, run.started):
                whole = training_run_iri(parent.id)
        if whole is not None:
            self._relate(iri, Predicate.WAS_PART_OF, whole)
        for link in (links.origin, *links.others):
            if link is not None:
                self._influenced(iri, link)
        if self.home is not None and links.origin is not None:
            attempt = links.origin.certain_attempt
            if attempt is not None:
                self._relate(iri, Predicate.EXECUTES, self.home.rule_iri(attempt.rule))

    def _links(self, run: str) -> Links:
        return Links(None) if self.home is None else self.home.links.get(run, Links(None))

    def _whole(self, links: Links) -> str | None:
        """Return the IRI of the job or workflow run that a training run is part of."""
        if self.home is None or not links.belongs:
            return None
        attempt = None if links.origin is None else links.origin.certain_attempt
        return self.home.iri if attempt is None else attempt.iri

    def _influenced(self, iri: str, link: Link) -> None:
        if self.home is None:
            return
        to = self.home.iri if link.attempt is None else link.attempt.iri
        attributes: dict[str, JsonValue] = {
            "method": str(link.method),
            "confidence": link.confidence,
            "evidence": list(dict.fromkeys(item.sentence for item in link.evidence)),
        }
        self._relate(iri, Predicate.WAS_INFLUENCED_BY, to, attributes)

    # What it read and wrote.

    def _dataset(self, run: str, dataset: DatasetInput, attempt: Attempt | None) -> None:
        iri = dataset_iri(run, dataset.name, dataset.digest)
        file = self._file_of(dataset, attempt)
        sha256 = dataset.sha256 or (None if file is None else file.sha256)
        attributes: dict[str, JsonValue] = {
            "name": dataset.name,
            "dataset_digest": dataset.digest,
            "source_type": dataset.source_type,
            "source": dataset.path or dataset.source,
            "columns": columns(dataset.schema),
            "profile": dataset.profile,
        }
        self.sink.add(DigitalObject(iri, Kind.DATASET, dataset.name, attributes=present(attributes)))
        roles: dict[str, JsonValue] = {"role": list(dataset.contexts)} if dataset.contexts else {}
        self._relate(run, Predicate.USED_DATASET, iri, roles)
        if sha256 is not None and file is not None and file.sha256 == sha256:
            # The content is described with the file.
            self._relate(iri, Predicate.SPECIALIZATION_OF, content_iri(sha256))
        elif sha256 is not None:
            write_content(self.sink, iri, sha256, None)
        if file is not None:
            self._relate(iri, Predicate.HAS_SOURCE, file.iri)
            self._relate(run, Predicate.USED, file.iri, roles)

    def _file_of(self, dataset: DatasetInput, attempt: Attempt | None) -> KnownFile | None:
        """Return the workflow's file that a dataset came from: as its job read it, else the one of the same bytes."""
        if self.home is None or dataset.path is None:
            return None
        read = None if attempt is None else attempt.inputs.get(dataset.path)
        states = [read] if read is not None else self.home.files.get(dataset.path, ())
        same = [file for file in states if dataset.sha256 is not None and file.sha256 == dataset.sha256]
        if same or dataset.sha256 is not None:
            return same[0] if same else None
        return states[0] if len(states) == 1 else None

    def _history(self, iri: str, run: TrainingRun) -> None:
        table = run.history
        if table is None:
            return
        file = TrackedFile("metrics.csv", table.size, table.sha256)
        attributes: dict[str, JsonValue] = {"role": "metric-history", "rows": table.rows}
        made = write_tracked_file(self.sink, f"runs:/{run.id}", file, attributes)
        self._relate(made, Predicate.WAS_GENERATED_BY, iri, {"role": "metric-history"})

    def _commit(self, iri: str, run: TrainingRun) -> None:
        if run.commit is None:
            return
        commit = commit_iri(run.commit)
        self._relate(iri, Predicate.USED, commit, {"role": "commit"})
        if self.home is None or self.home.commit != run.commit:
            self.sink.add(commit_object(run.commit, run.repository))


def _ran_at(run: TrainingRun, at: float) -> bool:
    return run.started <= at and (run.ended is None or at <= run.ended)


def _hyperparameters(run: TrainingRun, attempt: Attempt | None) -> list[JsonValue]:
    found: list[JsonValue] = []
    for name, value in run.params.items():
        entry: dict[str, JsonValue] = {"name": name, "value": value}
        if attempt is not None and name in attempt.params and same_value(value, attempt.values[name]):
            entry["same_as"] = part(attempt.iri, "param", name)
        found.append(entry)
    return found


def _evaluation(metric: Metric, run: str) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {"name": metric.name, **_point(metric.last), "count": metric.count}
    if metric.count > 1:
        found.update(least=[_point(metric.least)], greatest=[_point(metric.greatest)], mean=metric.mean)
    if metric.model is not None:
        found["model"] = model_iri(metric.model)
    if metric.dataset is not None:
        found["dataset"] = dataset_iri(run, *metric.dataset)
    return found


def _point(point: Point) -> dict[str, JsonValue]:
    return {"value": point.value, "step": point.step, "at": iso(point.at)}


def impact_of_jobs(runs: Mapping[str, TrainingRun], links: Mapping[str, Links]) -> dict[str, list[Impact]]:
    """Return what training runs cost, by the IRI of the job that made them; a nested one is in that of its parent."""
    found: dict[str, list[Impact]] = {}
    for id_, run in runs.items():
        attempt = _job_of(links, id_)
        if attempt is not None and attempt is not _job_of(links, run.parent):
            found.setdefault(attempt.iri, []).extend(impact_of_run(run))
    return found


def _job_of(links: Mapping[str, Links], run: str | None) -> Attempt | None:
    found = links.get(run or "")
    return None if found is None or found.origin is None else found.origin.certain_attempt
