"""What depends on a file, over all runs: jobs, training runs, models, figures, results, and what was published."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from snakemake_heliport.lineage.starts import flowing
from snakemake_heliport.lineage.tracing import PLACES, Trace, trace
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store

FIGURE_TYPES = ("image/", "application/pdf", "application/postscript")
# When something came about, by the first of these attributes that it has.
MOMENTS = ("started", "created", "modified")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that depends on what was asked about.

    Attributes:
        at: When it came about (ISO 8601), where that is known.
        path: The IRIs on a shortest way from what was asked about, both included.
    """

    thing: DigitalObject
    at: str | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What depends on something; in each group the newest come first.

    Attributes:
        figures: Files that are pictures, or that their authors call figures.
        files: The other files and directories.
        published: What of all this, and of the runs that made it, has a persistent identifier.
        runs: The workflow runs of the jobs.
        trace: All of it with the links between.
    """

    jobs: tuple[Hit, ...]
    training_runs: tuple[Hit, ...]
    models: tuple[Hit, ...]
    figures: tuple[Hit, ...]
    files: tuple[Hit, ...]
    published: tuple[Hit, ...]
    runs: tuple[DigitalObject, ...]
    trace: Trace

    @property
    def is_empty(self) -> bool:
        """Whether nothing recorded depends on it."""
        return not self.trace.found()


def impact(store: Store, things: Collection[DigitalObject]) -> Impact:
    """Return all that depends on these things, which are usually the versions of one file."""
    found = trace(store, flowing(store, things, upward=False), upward=False)
    hits = _newest_first(_hit(found, thing) for thing in found.found())
    runs = _runs(store, [hit for hit in hits if hit.thing.kind is Kind.JOB])
    published = [hit for hit in hits if hit.thing.identifiers] + [hit for hit in runs if hit.thing.identifiers]
    return Impact(
        jobs=_of(hits, Kind.JOB),
        training_runs=_of(hits, Kind.TRAINING_RUN),
        models=_of(hits, Kind.MODEL, Kind.MODEL_VERSION),
        figures=tuple(hit for hit in _of(hits, *PLACES) if is_figure(hit.thing)),
        files=tuple(hit for hit in _of(hits, *PLACES) if not is_figure(hit.thing)),
        published=tuple(_newest_first(published)),
        runs=tuple(hit.thing for hit in runs),
        trace=found,
    )


def is_figure(thing: DigitalObject) -> bool:
    """Return whether a file is a picture, by what its authors say, else by its type."""
    kind = thing.attributes.get("annotated_kind")
    if kind is not None:
        return kind == "figure"
    return str(thing.attributes.get("media_type", "")).startswith(FIGURE_TYPES)


def moment(thing: DigitalObject) -> str | None:
    """Return when something came about, None where that is not known."""
    return next((str(thing.attributes[name]) for name in MOMENTS if thing.attributes.get(name)), None)


def _hit(found: Trace, thing: DigitalObject) -> Hit:
    return Hit(thing, moment(thing), found.path(thing.iri))


def _newest_first(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits by time, the newest first; what has no time comes last."""
    by_name = sorted(hits, key=lambda hit: hit.thing.iri)
    return sorted(by_name, key=lambda hit: hit.at or "", reverse=True)


def _of(hits: Iterable[Hit], *kinds: Kind) -> tuple[Hit, ...]:
    return tuple(hit for hit in hits if hit.thing.kind in kinds)


def _runs(store: Store, jobs: list[Hit]) -> list[Hit]:
    """Return the runs that jobs were part of, each with the way to the first of its jobs."""
    ways = {hit.thing.iri: hit.path for hit in jobs}
    parts = store.relations_at(ways, Predicate.WAS_PART_OF, outgoing=True)
    first = {relation.object: (*ways[relation.subject], relation.object) for relation in reversed(parts)}
    runs = [Hit(run, moment(run), first[iri]) for iri, run in store.objects(first).items() if run.kind is Kind.RUN]
    return _newest_first(runs)
