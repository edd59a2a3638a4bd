"""Whether what is on disk, and what was made of it, is still what the record says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from snakemake_heliport.garbage import uncollected
from snakemake_heliport.lineage.status.disk import Disk, Now, Place
from snakemake_heliport.lineage.status.edited import Edited, edited
from snakemake_heliport.lineage.status.gone import Gone, gone
from snakemake_heliport.lineage.status.leftovers import Leftover, leftovers
from snakemake_heliport.lineage.status.models import StaleModel, stale_models
from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.lineage.status.staleness import Cause, Staleness, in_order
from snakemake_heliport.model import DigitalObject
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
        role: What a file of the workflow's own is: `snakefile`, `script`, `config` …; None of data.
        iri: The IRI of what was recorded last.
    """

    path: str
    then: str | None
    now: str | None
    earlier: bool
    maker: DigitalObject | None
    role: str | None = None
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """A file as it was recorded, whose origins are no longer what they were."""

    path: str
    file: DigitalObject
    maker: DigitalObject
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a working directory against its record.

    Attributes:
        checked: How many recorded paths are as they were recorded.
        unknown: Paths with the reason why it is not known whether they changed.
        edited: Files that are not what their jobs made; what read them since is as they are.
    """

    checked: int
    changed: tuple[Changed, ...]
    gone: tuple[Gone, ...]
    stale: tuple[Stale, ...]
    models: tuple[StaleModel, ...]
    leftovers: tuple[Leftover, ...]
    unknown: tuple[tuple[str, str], ...]
    edited: tuple[Edited, ...] = ()

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
    with uncollected():
        return _compared(Record(store, runs), workdir, cache, limit)


def _compared(record: Record, workdir: Path, cache: HashCache | None, limit: int | None) -> Status:
    disk = Disk(record, workdir, cache, limit)
    staleness = Staleness(record, disk)
    return Status(
        checked=disk.count[Now.SAME],
        changed=tuple(_changed(record, disk.those(Now.CHANGED))),
        gone=tuple(gone(record, disk)),
        stale=tuple(_stale(record, disk, staleness)),
        models=tuple(stale_models(record, staleness)),
        leftovers=tuple(leftovers(record)),
        unknown=tuple((place.path, place.reason or "unknown") for place in disk.those(Now.UNKNOWN)),
        edited=tuple(edited(record, disk)),
    )


def _changed(record: Record, places: Sequence[Place]) -> Iterator[Changed]:
    makers = record.makers(place.latest.iri for place in places)
    for place in places:
        latest, was_there = place.latest, place.current is not None
        maker = makers.get(latest.iri)
        yield Changed(place.path, latest.sha256, place.sha256, was_there, maker, latest.role, latest.iri)


def _stale(record: Record, disk: Disk, staleness: Staleness) -> Iterator[Stale]:
    found: dict[str, frozenset[Cause]] = {}
    for state in (record.states[iri] for iri in record.reached if iri in record.states):
        place = disk.of(state)
        is_there = place.current is not None and place.current.iri == state.iri and place.now in (Now.SAME, Now.UNKNOWN)
        if is_there and (causes := staleness.of_file(state.iri)):
            found[state.iri] = causes
    makers = {iri: maker for iri in found if (maker := record.maker(iri)) is not None}
    known = record.objects((*makers, *makers.values()))
    for iri, maker in sorted(makers.items(), key=lambda pair: record.states[pair[0]].path):
        if maker in known:
            yield Stale(record.states[iri].path, known[iri], known[maker], in_order(found[iri]))
