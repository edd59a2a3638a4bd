"""Whether what is on disk, and what was made of it, is still what the record says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.disk import Disk, Now, Place
from snakemake_heliport.lineage.status.leftovers import Leftover, leftovers
from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.lineage.status.staleness import Cause, Staleness, training_data
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.observe.hashing import HashCache
from snakemake_heliport.store import Store


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that is not what was recorded last.

    Attributes:
        then: The digest that was recorded last, None where it was not known.
        now: The digest of what is there.
        earlier: Whether it is what was recorded at some time before.
        maker: The job that made what was recorded; None of what no recorded job made.
    """

    path: str
    then: str | None
    now: str | None
    earlier: bool
    maker: DigitalObject | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A recorded file that is not there, although nothing recorded did away with it."""

    path: str
    maker: DigitalObject | None


@dataclass(frozen=True, slots=True)
class Stale:
    """A file as it was recorded, whose origins are no longer what they were."""

    path: str
    file: DigitalObject
    maker: DigitalObject
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class StaleModel:
    """A model that was trained on data (or by code) that has changed since.

    Attributes:
        replaced: Whether a later run of the same job trained a model of this name again.
    """

    model: DigitalObject
    training_run: DigitalObject
    causes: tuple[Cause, ...]
    replaced: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a working directory against its record.

    Attributes:
        checked: How many recorded paths are as they were recorded.
        unknown: Paths with the reason why it is not known whether they changed.
    """

    checked: int
    changed: tuple[Changed, ...]
    gone: tuple[Gone, ...]
    stale: tuple[Stale, ...]
    models: tuple[StaleModel, ...]
    leftovers: tuple[Leftover, ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def is_current(self) -> bool:
        """Whether everything is what the record says, and was made from what is there; what is gone is not stale."""
        models = [model for model in self.models if not model.replaced]
        return not (self.changed or self.stale or models or self.leftovers)


def status(
    store: Store, workdir: Path, runs: Sequence[str], *, cache: HashCache | None = None, limit: int | None = None
) -> Status:
    """Compare what is on disk with what the runs of a working directory recorded.

    Args:
        runs: The IRIs of the runs, and of the import of training runs that belong to none.
        cache: Digests of large files that were read before.
        limit: Larger files are not read, bytes; None for no limit.
    """
    record = Record.read(store, runs)
    places = Disk(record, workdir, cache, limit).places()
    staleness = Staleness(record, places)
    by_state: dict[Now, list[Place]] = {now: [place for place in places.values() if place.now is now] for now in Now}
    return Status(
        checked=len(by_state[Now.SAME]),
        changed=tuple(_changed(record, place) for place in by_state[Now.CHANGED]),
        gone=tuple(_gone(record, by_state[Now.GONE])),
        stale=tuple(_stale(record, staleness, places.values())),
        models=tuple(_models(record, staleness)),
        leftovers=tuple(leftovers(record)),
        unknown=tuple((place.path, place.reason or "unknown") for place in by_state[Now.UNKNOWN]),
    )


def _changed(record: Record, place: Place) -> Changed:
    then = record.sha256(place.latest.iri)
    return Changed(place.path, then, place.sha256, place.current is not None, _maker(record, place.latest))


def _maker(record: Record, file: DigitalObject) -> DigitalObject | None:
    maker = record.maker(file.iri)
    return None if maker is None else record.objects[maker]


def _gone(record: Record, places: Iterable[Place]) -> Iterable[Gone]:
    for place in places:
        # What was never seen was a stream, or gone before it could be looked at.
        known = "modified" in place.latest.attributes or place.latest.kind in CODE_KINDS
        if known and place.latest.iri not in record.temporary:
            yield Gone(place.path, _maker(record, place.latest))


def _stale(record: Record, staleness: Staleness, places: Iterable[Place]) -> Iterable[Stale]:
    for place in places:
        if place.current is None or place.now not in (Now.SAME, Now.UNKNOWN):
            continue
        maker = _maker(record, place.current)
        causes = staleness.of_file(place.current)
        if maker is not None and causes:
            yield Stale(place.path, place.current, maker, _in_order(causes))


def _in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda cause: (cause.what, cause.path, cause.then or "")))


def _models(record: Record, staleness: Staleness) -> Iterable[StaleModel]:
    latest: dict[object, str] = {}
    found: list[tuple[object, StaleModel]] = []
    for model in record.objects.values():
        maker = None if model.kind is not Kind.MODEL else _maker(record, model)
        if maker is None:
            continue
        started = str(maker.attributes.get("started", ""))
        key = _key(record, model, maker)
        latest[key] = max(latest.get(key, ""), started)
        data = training_data(record, model)
        causes = frozenset[Cause]().union(*(staleness.of_input(run, file) for run, file in data))
        causes = causes if data else staleness.of_activity(maker.iri)
        if causes:
            found.append((key, StaleModel(model, maker, _in_order(causes), replaced=False)))
    for key, stale in found:
        replaced = str(stale.training_run.attributes.get("started", "")) < latest[key]
        yield StaleModel(stale.model, stale.training_run, stale.causes, replaced)


def _key(record: Record, model: DigitalObject, maker: DigitalObject) -> object:
    """Return what a model that is trained again has in common with the one before: its name, and its job or run."""
    home = record.home(maker.iri)
    job = None if home is None else record.objects[home]
    return model.label, maker.attributes.get("name"), None if job is None else job.label
