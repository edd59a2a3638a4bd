"""Read an MLflow tracking store through MLflow's own client, and yield pages of plain facts.

The same store gives the same facts whichever way it is read: over HTTP, or straight from its database or folder.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from snakemake_heliport.garbage import uncollected
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.errors import TrackerError, one_line
from snakemake_heliport.trackers.mlflow_datasets import Datasets
from snakemake_heliport.trackers.mlflow_facts import Facts, commit_of
from snakemake_heliport.trackers.mlflow_files import Folder
from snakemake_heliport.trackers.mlflow_folders import FEW, Artifacts
from snakemake_heliport.trackers.mlflow_history import Row, histories, latest_points
from snakemake_heliport.trackers.mlflow_metrics import Measured, measured
from snakemake_heliport.trackers.mlflow_models import Models, Versions, model_of_version
from snakemake_heliport.trackers.mlflow_pages import Pages, Question, used_models
from snakemake_heliport.trackers.mlflow_store import Opened, opened
from snakemake_heliport.training import Batch, LoggedModel, TrainingRun

THREADS = 4


class TrackingStore:
    """An open tracking store; a context manager.

    Attributes:
        problems: Sentences about what could not be read; the rest was.
    """

    def __init__(
        self,
        store: Opened,
        redactor: Redactor,
        workdir: Path,
        limit: int | None,
        keep: Callable[[bytes], None] | None,
        pool: Executor,
    ) -> None:
        self.problems: list[str] = []
        self._store = store
        self._facts = Facts(redactor)
        self._datasets = Datasets(redactor, workdir, limit)
        self._keep = keep
        self._pool = pool
        self._artifacts = Artifacts(store, limit, self._problem, pool)
        self._models = Models(store.client, self._problem)
        self._versions = Versions(store.client, self._problem)
        self._pages = Pages(store, self._problem, pool)
        self._closing = ExitStack()

    @classmethod
    def open(
        cls,
        uri: str,
        *,
        redactor: Redactor,
        workdir: Path,
        max_hash_size: int | None = None,
        keep: Callable[[bytes], None] | None = None,
        timeout: float = 30.0,
    ) -> "TrackingStore":
        """Open a tracking store for reading; SQLite files and folders are read without changing them.

        Args:
            uri: As MLflow takes it; relative paths begin in `workdir`.
            workdir: Where relative paths of datasets begin too.
            max_hash_size: Files above this many bytes are not hashed (None: no limit).
            keep: Takes the table of a run's metric history; without it there are no tables.
            timeout: Seconds to wait for an answer of a server.

        Raises:
            TrackerMissing: Nothing was recorded there yet.
            TrackerError: MLflow is not there, or the store cannot be read.
        """
        with ExitStack() as closing:
            try:
                store = closing.enter_context(opened(uri, workdir, timeout))
            except TrackerError as error:
                raise type(error)(redactor.text(str(error))) from error
            pool = ThreadPoolExecutor(THREADS, thread_name_prefix="heliport-mlflow")
            closing.callback(pool.shutdown, wait=True, cancel_futures=True)
            found = cls(store, redactor, workdir, max_hash_size, keep, pool)
            found._closing = closing.pop_all()
        return found

    def __enter__(self) -> "TrackingStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove temporary files, and leave MLflow as it was."""
        self._closing.close()

    def batches(
        self,
        started_from: float | None = None,
        started_to: float | None = None,
        ended_from: float | None = None,
        experiments: Sequence[str] = (),
        runs: Sequence[str] = (),
    ) -> Iterator[Batch]:
        """Yield pages of runs, the earliest first, each with the experiments, models and versions of its runs.

        Args:
            started_from: Runs that started at this time or later (seconds since the epoch).
            started_to: Runs that started at this time or earlier.
            ended_from: Runs that ended at this time or later; those that have no end are left out.
            experiments: Names or ids of experiments; all if none.
            runs: Ids of runs, whatever the other conditions; all if none.

        Raises:
            TrackerError: The store stopped answering.
        """
        question = Question(started_from, started_to, ended_from, tuple(experiments), tuple(runs))
        told: set[str] = set()
        pages = self._pages.of(question)
        while True:
            with uncollected():
                page = self._next(pages)
                if page is None:
                    return
                batch = self._batch(page, question.is_everything(), told)
            told.update(experiment.id for experiment in batch.experiments)
            if page:
                yield batch

    def _next(self, pages: Iterator[list[Any]]) -> list[Any] | None:
        try:
            return next(pages, None)
        except TrackerError as error:
            raise TrackerError(self._facts.text(str(error))) from error

    def _batch(self, page: list[Any], everything: bool, told: set[str]) -> Batch:
        ids = [run.info.run_id for run in page]
        own_experiments = {str(run.info.experiment_id) for run in page}
        known = self._pages.experiments
        self._models.load(own_experiments, ids, everything=everything)
        runs, models = self._runs(page)
        versions = self._versions.of_runs(ids, everything=everything)
        return Batch(
            experiments=tuple(
                self._facts.experiment(known[id_]) for id_ in sorted(own_experiments - told) if id_ in known
            ),
            runs=tuple(sorted(runs, key=lambda run: (run.started, run.id))),
            models=tuple(sorted(models, key=lambda model: model.id)),
            versions=tuple(
                self._facts.version(version, model_of_version(version), self._versions.aliases(version))
                for version in versions
            ),
        )

    def _runs(self, page: list[Any]) -> tuple[list[TrainingRun], list[LoggedModel]]:
        """Return runs and the models that they made; one that is not as it should be costs only itself."""
        used, metrics = self._used_models(page), self._measured(page)
        made_by = {run.info.run_id: self._models.of_run(run.info.run_id) for run in page}
        folders = self._artifacts.of_runs(page, self._pages.experiments)
        folders.update(self._artifacts.of_models(chain.from_iterable(made_by.values())))
        runs: list[TrainingRun] = []
        models: list[LoggedModel] = []
        for run in page:
            id_ = run.info.run_id
            try:
                made = [self._facts.model(model, folders[model.model_id]) for model in made_by[id_]]
                made += self._facts.models_in(id_, folders[id_])
                found = metrics.get(id_) or self._measured_of(id_, latest_points(run), ())
                runs.append(self._run(run, found, folders[id_], made, used.get(id_, ())))
            except Exception as error:  # noqa: BLE001 (whatever is wrong with it)
                self._problem(f"run {id_} cannot be read: {type(error).__name__}: {one_line(error)}")
            else:
                models += made
        return runs, models

    def _run(
        self, run: Any, metrics: Measured, folder: Folder, made: list[LoggedModel], used: Sequence[str]
    ) -> TrainingRun:
        info, facts = run.info, self._facts
        tags = facts.tags(run.data.tags)
        internal = tags.internal
        ended = info.end_time / 1000 if info.end_time else None
        started = info.start_time / 1000
        outputs = getattr(getattr(run, "outputs", None), "model_outputs", None) or ()
        if metrics.table is not None and self._keep is not None:
            self._keep(metrics.table)
        return TrainingRun(
            id=info.run_id,
            experiment=str(info.experiment_id),
            name=facts.text(getattr(info, "run_name", None) or internal.get("runName") or ""),
            status=str(info.status),
            started=started,
            ended=ended,
            deleted=info.lifecycle_stage == "deleted",
            user=facts.optional(internal.get("user") or _user(info)),
            parent=facts.optional(internal.get("parentRunId")),
            params=facts.named(run.data.params),
            metrics=metrics.metrics,
            system=metrics.system,
            history=metrics.described(),
            tags=tags.own,
            description=facts.optional(internal.get("note.content")),
            datasets=self._datasets.of(getattr(getattr(run, "inputs", None), "dataset_inputs", ()), ended or started),
            files=facts.files(folder.files),
            models=tuple(sorted({*(model.id for model in made), *(output.model_id for output in outputs)})),
            used_models=tuple(sorted(set(used))),
            source_name=facts.optional(internal.get("source.name")),
            source_type=facts.optional(internal.get("source.type")),
            commit=commit_of(internal),
            branch=facts.optional(internal.get("source.git.branch")),
            repository=facts.optional(internal.get("source.git.repoURL")),
            context=tags.context,
            emissions=facts.emissions(folder),
        )

    def _used_models(self, page: list[Any]) -> Mapping[str, Sequence[str]]:
        # Over a network this is a question for each run; a store without any model needs none.
        if self._store.remote and len(page) > FEW and not self._models.exist(self._pages.experiments):
            return {}
        try:
            return used_models(self._store, page, self._pool)
        except Exception as error:  # noqa: BLE001 (the runs themselves are known all the same)
            self._problem(f"models that runs used cannot be read: {one_line(error)}")
            return {}

    # Metrics.

    def _measured(self, page: list[Any]) -> dict[str, Measured]:
        latest = {run.info.run_id: latest_points(run) for run in page}
        keys = {id_: [row.key for row in rows] for id_, rows in latest.items() if rows}
        found = {}
        try:
            for id_, rows in histories(self._store, keys, self._pool):
                with suppress(TypeError, ValueError):  # then the last points alone are told, or the run is not
                    found[id_] = self._measured_of(id_, latest[id_], rows)
        except Exception as error:  # noqa: BLE001 (what was measured last is known all the same)
            self._problem(f"histories of metrics cannot be read: {one_line(error)}")
        return found

    def _measured_of(self, run: str, latest: Iterable[Row], history: Iterable[Row]) -> Measured:
        return measured(
            latest, history, self._facts.text, partial(self._models.subject, run), tabled=self._keep is not None
        )

    def _problem(self, sentence: str) -> None:
        shown = self._facts.text(sentence)
        if shown not in self.problems:
            self.problems.append(shown)


def _user(info: Any) -> str | None:
    # What `MlflowClient.create_run` writes where nobody is named.
    user: str | None = getattr(info, "user_id", None)
    return None if user == "unknown" else user
