"""Small graphs to ask questions about, and answers in words that a test can be read by."""

from collections.abc import Iterable

from store.builders import Things, replace, run_itself

from snakemake_heliport.identity import content_iri, file_iri, job_iri
from snakemake_heliport.lineage import Trace, flowing, trace
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store


def moment(second: int) -> str:
    """Return a time, later for a larger number."""
    return f"2026-11-23T08:{second // 60:02d}:{second % 60:02d}.000Z"


def state(path: str, bytes_: str, written: int) -> str:
    """Return the IRI of a file in a state."""
    return file_iri("workdir", path, digest(bytes_), written)


def digest(bytes_: str) -> str:
    """Return a SHA-256 that stands for these bytes."""
    return (bytes_.encode().hex() * 64)[:64]


def file_in(path: str, bytes_: str = "a", written: int = 0, **attributes: object) -> Things:
    """Return a file with its content."""
    iri, content = state(path, bytes_, written), content_iri(digest(bytes_))
    said = {"path": path, "modified": moment(written), **attributes}
    return [
        DigitalObject(iri, Kind.FILE, path, attributes=said),
        DigitalObject(content, Kind.CONTENT, digest(bytes_)[:12], attributes={"sha256": digest(bytes_), "size": 7}),
        Relation(iri, Predicate.SPECIALIZATION_OF, content),
    ]


def job_of(
    run: str,
    number: int,
    used: Iterable[str] = (),
    made: Iterable[str] = (),
    *,
    rule: str = "step",
    attempt: int = 1,
    **attributes: object,
) -> Things:
    """Return an attempt of a job with what it used and made, by their IRIs."""
    iri = job_iri(run, number, attempt)
    said = {"name": rule, "jobid": number, "attempt": attempt, "status": "finished", "started": moment(number)}
    return [
        DigitalObject(iri, Kind.JOB, rule, attributes={**said, **attributes}),
        Relation(iri, Predicate.WAS_PART_OF, run),
        *(Relation(iri, Predicate.USED, one) for one in used),
        *(Relation(one, Predicate.WAS_GENERATED_BY, iri) for one in made),
    ]


def filled(store: Store, run: str, *things: Things) -> None:
    """Fill the store with a run that states all this."""
    replace(store, run, [*run_itself(run), *(thing for some in things for thing in some)])


def traced(store: Store, iri: str, *, up: bool, steps: int | None = None) -> Trace:
    """Trace a thing."""
    thing = store.get(iri)
    assert thing is not None
    return trace(store, flowing(store, [thing], upward=up), upward=up, steps=steps)


def names(found: Trace) -> set[str]:
    """Return what was found besides the start, by path or label."""
    return {str(thing.attributes.get("path", thing.label)) for thing in found.found()}


def ways(found: Trace) -> set[tuple[str, str]]:
    """Return the links of a trace as pairs of an origin and a thing, by path or label."""

    def name(iri: str) -> str:
        thing = found.things[iri]
        return str(thing.attributes.get("path", thing.label))

    return {(name(link.origin), name(link.thing)) for link in found.links}
