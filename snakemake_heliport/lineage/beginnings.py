"""Where the record of a thing begins: the files and datasets behind it that no recorded job made from others."""

from collections.abc import Iterable

from snakemake_heliport.lineage.starts import flowing
from snakemake_heliport.lineage.tracing import Trace, trace
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store

BEGINNINGS = (Kind.FILE, Kind.DIRECTORY, Kind.DATASET)


def beginnings(store: Store, thing: DigitalObject) -> list[DigitalObject]:
    """Return what a thing was made from and no recorded job made from others; a directory stands for what is in it.

    First comes what no job made, then what jobs made that read nothing, both by path.
    """
    found = trace(store, flowing(store, [thing], upward=True), upward=True)
    ends, folders = found.ends(), _untouched_folders(found)
    untouched = (folders.get(end.iri, end) for end in ends)
    return [
        one
        for some in (untouched, _made_from_nothing(found, ends))
        for one in in_order(some)
        if one.kind in BEGINNINGS and one.iri != thing.iri
    ]


def in_order(things: Iterable[DigitalObject]) -> list[DigitalObject]:
    """Return things by their paths, each once."""
    distinct = {thing.iri: thing for thing in things}
    return sorted(distinct.values(), key=lambda thing: (str(thing.attributes.get("path") or thing.label), thing.iri))


def _untouched_folders(found: Trace) -> dict[str, DigitalObject]:
    """Return, for each file in a directory that nothing recorded made, that directory."""
    made = {link.thing for link in found.links if link.predicate is not Predicate.HAD_MEMBER}
    holding = [link for link in found.links if link.predicate is Predicate.HAD_MEMBER and link.thing not in made]
    return {link.origin: found.things[link.thing] for link in holding if link.thing not in found.starts}


def _made_from_nothing(found: Trace, ends: Iterable[DigitalObject]) -> list[DigitalObject]:
    """Return what jobs made that read nothing."""
    jobs = {end.iri for end in ends if end.kind is Kind.JOB}
    made = {link.thing for link in found.links if link.origin in jobs}
    within = {link.origin for link in found.links if link.predicate is Predicate.HAD_MEMBER and link.thing in made}
    return [found.things[iri] for iri in made - within]
