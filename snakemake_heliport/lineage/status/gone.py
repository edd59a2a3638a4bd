"""Recorded files that are not there, although nothing recorded did away with them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.disk import Disk, Now
from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store.stated import State


@dataclass(frozen=True, slots=True)
class Gone:
    """A recorded file that is not there, although nothing recorded did away with it."""

    path: str
    maker: DigitalObject | None


def gone(record: Record, disk: Disk) -> Iterator[Gone]:
    """Yield what is gone."""
    latest = [place.latest for place in disk.those(Now.GONE)]
    # What was never seen was a stream, or gone before it could be looked at.
    seen = [state for state in latest if state.modified is not None or state.kind in CODE_KINDS]
    meant = _meant_to_be_gone(record, disk, {state.iri for state in seen}) if seen else set()
    missing = [state for state in seen if state.iri not in meant]
    makers = record.makers(state.iri for state in missing)
    for state in missing:
        yield Gone(state.path, makers.get(state.iri))


def _meant_to_be_gone(record: Record, disk: Disk, iris: Collection[str]) -> set[str]:
    """Return those of these states that were temporary, or in a directory that was, or that was made anew without."""
    folders: dict[str, list[State]] = {}
    for folder, members in disk.members.items():
        for member in members:
            if member in iris:
                folders.setdefault(member, []).append(record.states[folder])
    meant = record.store.temporary(record.runs)
    return {
        iri
        for iri in iris
        if iri in meant or any(_is_left_out(record, disk, meant, folder, iri) for folder in folders.get(iri, ()))
    }


def _is_left_out(record: Record, disk: Disk, meant: Collection[str], folder: State, member: str) -> bool:
    latest = record.paths[folder.path][-1]
    is_anew = latest.kind is Kind.DIRECTORY and latest.iri != folder.iri
    paths = {record.states[iri].path for iri in disk.members.get(latest.iri, ()) if iri in record.states}
    return folder.iri in meant or (is_anew and record.states[member].path not in paths)
