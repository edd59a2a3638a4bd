"""What jobs had made, and something that is not recorded changed, before runs took it as it was."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.disk import Disk, Now, Place
from snakemake_heliport.lineage.status.record import Record, seconds
from snakemake_heliport.model import DigitalObject
from snakemake_heliport.store.stated import State


@dataclass(frozen=True, slots=True)
class Edited:
    """A file that is not what its job made, and that was read as it is.

    Attributes:
        maker: The job that made what had been there before.
        readers: The jobs that read what is there.
    """

    path: str
    maker: DigitalObject
    readers: tuple[DigitalObject, ...]


def edited(record: Record, disk: Disk) -> Iterator[Edited]:
    """Yield the files that are as they were recorded last, but not as any job made them."""
    places = [place for place in disk.those(Now.SAME) if _is_mixed(place)]
    states = [state.iri for place in places for state in place.states]
    makers, readers = record.makers(states), record.readers(states)
    for place in places:
        here = [state for state in place.states if state.sha256 == place.sha256]
        earlier = [makers[state.iri] for state in place.states if state.iri in makers]
        reading = {job.iri: job for state in here for job in readers.get(state.iri, ())}
        others = (job for state in place.states for job in readers.get(state.iri, ()))
        is_made = any(state.iri in makers for state in here)
        if earlier and reading and not is_made and not _was_written_by(others, here):
            yield Edited(place.path, earlier[-1], tuple(reading.values()))


def _is_mixed(place: Place) -> bool:
    return place.latest.kind not in CODE_KINDS and len({state.sha256 for state in place.states}) > 1


def _was_written_by(jobs: Iterable[DigitalObject], states: Iterable[State]) -> bool:
    """Return whether one of these states was written while one of these jobs ran: some change their own inputs."""
    written = [at for state in states if (at := seconds(state.modified)) is not None]
    for job in jobs:
        begun, ended = (seconds(job.attributes.get(name)) for name in ("started", "ended"))
        if begun is not None and ended is not None and any(begun <= at <= ended for at in written):
            return True
    return False
