"""Read tracking stores as the settings say, and keep what they tell together until it is known where it belongs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from snakemake_heliport.identity import pseudonym
from snakemake_heliport.layout import Layout
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.settings import People, Settings
from snakemake_heliport.tables import Tables
from snakemake_heliport.trackers.mlflow import TrackingStore
from snakemake_heliport.training import Batch, Experiment, LoggedModel, ModelVersion, TrainingRun


@dataclass(slots=True)
class Told:
    """What trackers told, by what it belongs to; `problems` are sentences about what they do not give away."""

    experiments: dict[str, Experiment] = field(default_factory=dict)
    runs: dict[str, TrainingRun] = field(default_factory=dict)
    models: dict[str, list[LoggedModel]] = field(default_factory=dict)
    versions: dict[str, list[ModelVersion]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, batch: Batch) -> None:
        """Add a page."""
        self.experiments.update((experiment.id, experiment) for experiment in batch.experiments)
        self.runs.update((run.id, run) for run in batch.runs)
        for model in batch.models:
            self.models.setdefault(model.run, []).append(model)
        for version in batch.versions:
            self.versions.setdefault(version.run or "", []).append(version)


@dataclass(frozen=True, slots=True)
class Window:
    """Which training runs to read: those that started between two times, or that ended after one (seconds)."""

    started_from: float | None = None
    started_to: float | None = None
    ended_from: float | None = None


@dataclass(slots=True)
class Reader:
    """Reads trackers as the settings say.

    Attributes:
        layout: Where the tables of metric histories are kept.
        realm: What tells equal logins of two workflows apart.
        progress: Called with how many runs have been read.
    """

    layout: Layout
    settings: Settings
    redactor: Redactor
    realm: str
    progress: Callable[[int], None] = lambda _: None
    _pseudonyms: dict[str, str | None] = field(default_factory=dict)

    def read(
        self,
        place: str,
        told: Told,
        windows: Sequence[Window] = (Window(),),
        *,
        experiments: Sequence[str] = (),
        runs: Sequence[str] = (),
    ) -> None:
        """Add what a tracking store holds to what trackers told.

        Raises:
            TrackerError: The store cannot be read.
        """
        tables = Tables(self.layout.tables)
        with TrackingStore.open(
            place,
            redactor=self.redactor,
            workdir=self.layout.workdir,
            max_hash_size=self.settings.max_hash_size,
            keep=tables.keep,
        ) as store:
            for window in windows:
                for batch in store.batches(
                    started_from=window.started_from,
                    started_to=window.started_to,
                    ended_from=window.ended_from,
                    experiments=experiments,
                    runs=runs,
                ):
                    tables.flush()
                    told.take(replace(batch, runs=tuple(map(self._named, batch.runs))))
                    self.progress(len(told.runs))
            told.problems.extend(store.problems)

    def _named(self, run: TrainingRun) -> TrainingRun:
        """Return a run with its user written as the settings say."""
        if run.user is None or self.settings.people is People.NAMED:
            return run
        return replace(run, user=self._pseudonym(run.user))

    def _pseudonym(self, user: str) -> str | None:
        if user not in self._pseudonyms:
            hidden = None if self.settings.people is People.NONE else pseudonym("user", self.realm, user)
            self._pseudonyms[user] = hidden
        return self._pseudonyms[user]
