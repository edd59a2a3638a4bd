"""Where the record of a thing begins: the files and datasets behind it that no recorded job made."""

from snakemake_heliport.lineage.starts import flowing
from snakemake_heliport.lineage.tracing import Trace, trace
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store

BEGINNINGS = (Kind.FILE, Kind.DIRECTORY, Kind.DATASET)


def beginnings(store: Store, thing: DigitalObject) -> list[DigitalObject]:
    """Return what a thing was made from and no recorded job made, by path; a directory stands for what is in it."""
    found = trace(store, flowing(store, [thing], upward=True), upward=True)
    folders = _untouched_folders(found)
    ends = (folders.get(end.iri, end) for end in found.ends() if end.kind in BEGINNINGS)
    distinct = {end.iri: end for end in ends}
    return sorted(distinct.values(), key=lambda end: (str(end.attributes.get("path", end.label)), end.iri))


def _untouched_folders(found: Trace) -> dict[str, DigitalObject]:
    """Return, for each file in a directory that nothing recorded made, that directory."""
    made = {link.thing for link in found.links if link.predicate is not Predicate.HAD_MEMBER}
    holding = [link for link in found.links if link.predicate is Predicate.HAD_MEMBER and link.thing not in made]
    return {link.origin: found.things[link.thing] for link in holding if link.thing not in found.starts}
