"""Pages of runs as MLflow's client returns them, the earliest run first."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, NamedTuple

from snakemake_heliport.trackers.errors import TrackerError, one_line
from snakemake_heliport.trackers.mlflow_library import part
from snakemake_heliport.trackers.mlflow_store import Opened

PAGE = 1000
# In how many pieces ids of experiments, and of runs that are asked for one by one, are put.
EXPERIMENTS_AT_ONCE, RUNS_AT_ONCE = 500, 100
# The folder of a run, among those of logged models, tags and traces.
RUN_FOLDER = "[0-9a-f]" * 32
EARLIEST_FIRST = ["attributes.start_time ASC"]
# After so many runs that cannot be read, it is not the runs.
MAX_UNREADABLE = 50


class Question(NamedTuple):
    """Which runs are asked for; `TrackingStore.batches` says what each part means."""

    started_from: float | None = None
    started_to: float | None = None
    ended_from: float | None = None
    experiments: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    def is_everything(self) -> bool:
        """Return whether all runs of the experiments are asked for."""
        return not self.runs and self.started_from is self.started_to is self.ended_from is None

    def bounds(self) -> list[tuple[str, str, int]]:
        """Return the conditions on times: attribute, operator, milliseconds."""
        conditions = (
            ("start_time", ">=", self.started_from, math.floor),
            ("start_time", "<=", self.started_to, math.ceil),
            ("end_time", ">=", self.ended_from, math.floor),
        )
        # Seconds as floating-point numbers are off by less than a thousandth of a millisecond.
        return [(name, sign, rounded(round(at * 1000, 3))) for name, sign, at, rounded in conditions if at is not None]


class Pages:
    """Asks for runs page by page.

    Args:
        problem: Takes a sentence about what could not be read.

    Attributes:
        experiments: All experiments of the store, by id.
    """

    def __init__(self, store: Opened, problem: Callable[[str], None], pool: Executor) -> None:
        self.experiments: dict[str, Any] = {}
        self._store = store
        self._problem = problem
        self._pool = pool
        self._all = part("mlflow.entities", "ViewType").ALL

    def of(self, question: Question) -> Iterator[list[Any]]:
        """Yield pages of the runs that are asked for.

        Raises:
            TrackerError: The store does not answer.
        """
        self.experiments = {str(found.experiment_id): found for found in self._all_experiments()}
        if question.runs:
            ids = list(dict.fromkeys(question.runs))
            for start in range(0, len(ids), RUNS_AT_ONCE):
                yield self._one_by_one(ids[start : start + RUNS_AT_ONCE])
            return
        chosen = self._chosen(question.experiments)
        for start in range(0, len(chosen), EXPERIMENTS_AT_ONCE):
            yield from self._pages(chosen[start : start + EXPERIMENTS_AT_ONCE], question)

    def _all_experiments(self) -> Iterator[Any]:
        token = None
        while True:
            try:
                page = self._store.client.search_experiments(view_type=self._all, max_results=PAGE, page_token=token)
            except Exception as error:
                raise self._silent(error) from error
            yield from page
            token = page.token
            if not token:
                return

    def _chosen(self, wanted: Collection[str]) -> list[str]:
        found = sorted(
            id_ for id_, experiment in self.experiments.items() if not wanted or {id_, experiment.name} & set(wanted)
        )
        known = {name for id_ in found for name in (id_, self.experiments[id_].name)}
        for name in wanted:
            if name not in known:
                self._problem(f"there is no experiment {name!r}")
        return found

    def _pages(self, experiments: list[str], question: Question) -> Iterator[list[Any]]:
        """Yield pages; over a network the next one is on its way while the last one is worked on."""

        def ask(size: int, token: str | None) -> Any:
            return self._store.client.search_runs(
                experiments,
                filter_string=" and ".join(f"attributes.{name} {sign} {at}" for name, sign, at in question.bounds()),
                run_view_type=self._all,
                max_results=size,
                order_by=EARLIEST_FIRST,
                page_token=token,
            )

        offset = 0
        pending: Callable[[], Any] | None = self._asked(ask, None)
        while pending is not None:
            try:
                page = pending()
                token = page.token
            except Exception as error:  # noqa: BLE001 (of a page, most runs may be readable all the same)
                if self._is_folder():
                    yield from self._from_folder(experiments, question)
                    return
                page, token = self._salvaged(ask, experiments, question, offset, error)
            offset += PAGE
            pending = self._asked(ask, token) if token else None
            yield list(page)

    def _asked(self, ask: Callable[[int, str | None], Any], token: str | None) -> Callable[[], Any]:
        if not self._store.remote:
            return lambda: ask(PAGE, token)
        answer: Future[Any] = self._pool.submit(ask, PAGE, token)
        return answer.result

    # What to do about a page that cannot be read.

    def _is_folder(self) -> bool:
        return not self._store.remote and not hasattr(self._store.backend, "ManagedSessionMaker")

    def _from_folder(self, experiments: Iterable[str], question: Question) -> Iterator[list[Any]]:
        """Yield pages of the runs in a folder, each read for itself: MLflow reads all of them or none."""
        roots = [Path(self._store.uri) / below / id_ for below in ("", ".trash") for id_ in experiments]
        ids = sorted(meta.parent.name for root in roots for meta in root.glob(f"{RUN_FOLDER}/meta.yaml"))
        runs = [run for run in self._one_by_one(ids) if _is_asked_for(run, question)]
        runs.sort(key=lambda run: (run.info.start_time, run.info.run_id))
        for start in range(0, len(runs), PAGE):
            yield runs[start : start + PAGE]

    def _salvaged(
        self,
        ask: Callable[[int, str | None], Any],
        experiments: list[str],
        question: Question,
        offset: int,
        error: Exception,
    ) -> tuple[list[Any], str | None]:
        token_of = part("mlflow.utils.search_utils", "SearchUtils", "create_page_token")
        if token_of is None or not self._answers():
            raise self._silent(error) from error
        if hasattr(self._store.backend, "ManagedSessionMaker"):
            ids = _run_ids(self._store.backend, experiments, question, offset)
            page, more = self._one_by_one(ids), len(ids) == PAGE
        else:
            page = self._halved(ask, token_of, offset, PAGE, [0])
            more = bool(page)
        return page, token_of(offset + PAGE) if more else None

    def _answers(self) -> bool:
        try:
            self._store.client.search_experiments(max_results=1)
        except Exception:  # noqa: BLE001 (that is the answer)
            return False
        return True

    def _one_by_one(self, ids: Sequence[str]) -> list[Any]:
        found = []
        asked = self._pool.map(self._one, ids) if self._store.remote else map(self._one, ids)
        for id_, answer in zip(ids, asked, strict=True):
            if isinstance(answer, Exception):
                self._problem(f"run {id_} cannot be read: {one_line(answer)}")
            else:
                found.append(answer)
        return found

    def _one(self, id_: str) -> Any:
        try:
            return self._store.client.get_run(id_)
        except Exception as error:  # noqa: BLE001 (each run for itself)
            return error

    def _halved(
        self, ask: Callable[[int, str | None], Any], token_of: Callable[[int], str], at: int, size: int, lost: list[int]
    ) -> list[Any]:
        """Ask for smaller and smaller pages around what cannot be read; the run before it may be lost with it."""
        try:
            return list(ask(size, token_of(at) if at else None))
        except Exception as error:
            if size == 1:
                lost[0] += 1
                if lost[0] > MAX_UNREADABLE:
                    raise self._silent(error) from error
                self._problem(f"run number {at + 1} cannot be read: {one_line(error)}")
                return []
        half = size // 2
        first = self._halved(ask, token_of, at, half, lost)
        return first + self._halved(ask, token_of, at + half, size - half, lost)

    def _silent(self, error: Exception) -> TrackerError:
        cause = one_line(error, 2000).replace(self._store.uri, self._store.place)[:200]
        return TrackerError(f"{self._store.place}: stopped answering ({cause}); try again later")


def _is_asked_for(run: Any, question: Question) -> bool:
    for name, sign, at in question.bounds():
        found = getattr(run.info, name)
        if not found or (found < at if sign == ">=" else found > at):
            return False
    return True


def _run_ids(store: Any, experiments: list[str], question: Question, offset: int) -> list[str]:
    """Return the ids of the runs of one page, from the database itself."""
    import sqlalchemy

    table = part("mlflow.store.tracking.dbmodels.models", "SqlRun")
    ids = sqlalchemy.select(table.run_uuid).where(table.experiment_id.in_([int(id_) for id_ in experiments]))
    for name, sign, at in question.bounds():
        column = getattr(table, name)
        ids = ids.where(column >= at if sign == ">=" else column <= at)
    with store.ManagedSessionMaker() as session:
        page = ids.order_by(table.start_time, table.run_uuid).offset(offset).limit(PAGE)
        return list(session.execute(page).scalars())


def used_models(store: Opened, page: Sequence[Any], pool: Executor) -> Mapping[str, Sequence[str]]:
    """Return the ids of the logged models that runs say they used; a search of runs leaves them out."""
    if hasattr(store.backend, "ManagedSessionMaker"):
        return _used_in_database(store.backend, [run.info.run_id for run in page])
    if store.remote:
        page = [run for run in pool.map(_again(store.client), page) if run is not None]
    return {run.info.run_id: _used(run) for run in page}


def _again(client: Any) -> Callable[[Any], Any]:
    def ask(run: Any) -> Any:
        try:
            return client.get_run(run.info.run_id)
        except Exception:  # noqa: BLE001 (what the search said of it stays)
            return None

    return ask


def _used(run: Any) -> list[str]:
    return [used.model_id for used in getattr(getattr(run, "inputs", None), "model_inputs", None) or ()]


def _used_in_database(store: Any, runs: Sequence[str]) -> dict[str, list[str]]:
    import sqlalchemy

    table = part("mlflow.store.tracking.dbmodels.models", "SqlInput")
    if table is None:
        return {}
    pairs = sqlalchemy.select(table.source_id, table.destination_id).where(
        table.source_type == "RUN_INPUT", table.destination_type == "MODEL_INPUT", table.source_id.in_(runs)
    )
    found: dict[str, list[str]] = {}
    with store.ManagedSessionMaker() as session:
        for run, model in session.execute(pairs):
            found.setdefault(run, []).append(model)
    return found
