"""Questions about single things and about runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store.batches import chunks
from snakemake_heliport.store.rows import SEPARATOR, attributes_of, loaded, object_from, storable
from snakemake_heliport.store.schema import identifier, object_, relation, run

OBJECT = (
    object_.c.iri,
    object_.c.kind,
    object_.c.label,
    object_.c.description,
    object_.c.visibility,
    object_.c.attributes,
    object_.c.identifiers,
)
# Identifiers that servers assigned, in one text.
ASSIGNED = (
    select(func.aggregate_strings(identifier.c.identifier, SEPARATOR))
    .where(identifier.c.iri == object_.c.iri)
    .correlate(object_)
    .scalar_subquery()
)
DESCRIBED = object_.c.kind.is_not(None)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the table of runs.

    Attributes:
        jobs: How many jobs there are, by the state of their last attempt.
        training_runs: How many training runs belong to it, nested ones too.
    """

    iri: str
    label: str
    state: str
    started: str
    ended: str | None
    journal: str
    journal_size: int
    assembly_version: int
    jobs: dict[str, int] = field(default_factory=dict)
    training_runs: int = 0


def runs(connection: Connection, kind: Kind = Kind.RUN) -> list[RunRow]:
    """Return all runs, the latest last; of another kind, what else states things by itself, as an import does."""
    job, part, retry = object_.alias("job"), relation.alias("part"), relation.alias("retry")
    retried = exists().where(
        retry.c.object == job.c.id,
        retry.c.predicate == Predicate.WAS_INFORMED_BY.value,
        retry.c.attributes.contains('"role":"retry"', autoescape=True),
    )
    counts = (
        select(part.c.object.label("run"), job.c.status, func.count().label("number"))
        .select_from(part.join(job, job.c.id == part.c.subject))
        .where(part.c.predicate == Predicate.WAS_PART_OF.value, part.c.run == part.c.object)
        .where(job.c.kind.in_((Kind.JOB.value, Kind.PLANNED_JOB.value)), job.c.status.is_not(None), ~retried)
        .group_by(part.c.object, job.c.status)
        .subquery()
    )
    query = (
        select(run, object_.c.iri, object_.c.label, object_.c.attributes, counts.c.status, counts.c.number)
        .select_from(run.join(object_, object_.c.id == run.c.id).outerjoin(counts, counts.c.run == run.c.id))
        .where(object_.c.kind == kind.value)
        .order_by(run.c.started, object_.c.iri, counts.c.status)
    )
    training_runs = _training_runs(connection)
    rows: dict[str, RunRow] = {}
    for row in connection.execute(query):
        found = rows.get(row.iri) or rows.setdefault(row.iri, _run_row(row, training_runs.get(row.id, 0)))
        if row.status is not None:
            found.jobs[row.status] = row.number
    return list(rows.values())


def _training_runs(connection: Connection) -> dict[int, int]:
    """Return how many training runs belong to each run: those that it says are part of it, its jobs or one another."""
    query = (
        select(relation.c.run, func.count(relation.c.subject.distinct()).label("number"))
        .select_from(relation.join(object_, object_.c.id == relation.c.subject))
        .where(object_.c.kind == Kind.TRAINING_RUN.value, relation.c.predicate == Predicate.WAS_PART_OF.value)
        .group_by(relation.c.run)
    )
    return {row.run: row.number for row in connection.execute(query)}


def _run_row(row: Any, training_runs: int) -> RunRow:
    ended = attributes_of(row.attributes).get("ended")
    return RunRow(
        iri=row.iri,
        label=row.label or row.iri,
        state=row.state,
        started=row.started,
        ended=ended if isinstance(ended, str) else None,
        journal=row.journal,
        journal_size=row.journal_size,
        assembly_version=row.assembly_version,
        training_runs=training_runs,
    )


def get(connection: Connection, iri: str) -> DigitalObject | None:
    """Return the object of this IRI, None where nobody has described it."""
    found = _objects(connection, select(*OBJECT, ASSIGNED).where(object_.c.iri == storable(iri), DESCRIBED))
    return found[0] if found else None


def find(connection: Connection, text: str, kinds: Iterable[Kind] | None, limit: int) -> list[DigitalObject]:
    """Return the objects that the text may mean: the matches of the most exact rule that has any."""
    text = storable(text)
    wanted = DESCRIBED if kinds is None else object_.c.kind.in_([kind.value for kind in kinds])
    rules: tuple[ColumnElement[bool], ...] = (
        object_.c.iri == text,
        # A rule may be called `c`, and a run's id begin with it.
        or_(object_.c.label == text, object_.c.path == text),
        and_(object_.c.kind == Kind.RUN.value, object_.c.iri.startswith(f"urn:uuid:{text.lower()}", autoescape=True)),
        _is_short(text),
        or_(
            object_.c.label.icontains(text, autoescape=True),
            object_.c.path.icontains(text, autoescape=True),
            object_.c.iri.contains(text, autoescape=True),
        ),
    )
    if not text:
        return []
    for rule in rules:
        query = select(*OBJECT, ASSIGNED).where(wanted, rule).order_by(object_.c.kind, object_.c.iri).limit(limit)
        if found := _objects(connection, query):
            return found
    return []


def _is_short(text: str) -> ColumnElement[bool]:
    """Return whether an IRI is meant that people see shortened, such as `4dfdecd0#job-2-1`."""
    head, mark, tail = text.partition("#")
    if not mark or not head:
        return false()
    start = object_.c.iri.startswith(f"urn:uuid:{head.lower()}", autoescape=True)
    return and_(start, object_.c.iri.endswith(f"#{tail}", autoescape=True))


def file_versions(connection: Connection, path: str) -> list[DigitalObject]:
    """Return what was recorded at a path, the latest last."""
    found = _objects(connection, select(*OBJECT, ASSIGNED).where(object_.c.path == storable(path), DESCRIBED))
    return sorted(found, key=lambda thing: (_moment(thing), thing.iri))


def _moment(thing: DigitalObject) -> str:
    return str(thing.attributes.get("modified") or "")


def generators(connection: Connection, iris: Iterable[str]) -> dict[str, str]:
    """Return, for each of these files that a job of any run is known to have written, that job."""
    job = object_.alias("job")
    found: dict[str, str] = {}
    joined = relation.join(object_, object_.c.id == relation.c.subject).join(job, job.c.id == relation.c.object)
    for some in chunks(dict.fromkeys(map(storable, iris))):
        query = (
            select(object_.c.iri, job.c.iri.label("maker"))
            .select_from(joined)
            .where(relation.c.predicate == Predicate.WAS_GENERATED_BY.value, object_.c.iri.in_(some))
            .order_by(job.c.iri.desc())
        )
        found.update((row.iri, row.maker) for row in connection.execute(query))
    return found


def relations_of(connection: Connection, iri: str) -> tuple[list[Relation], list[Relation]]:
    """Return what is stated of an object, and what is stated towards it, by any run."""
    subject, target = object_.alias("subject"), object_.alias("target")
    query = (
        select(subject.c.iri, relation.c.predicate, target.c.iri, func.min(relation.c.attributes))
        .select_from(
            relation.join(subject, subject.c.id == relation.c.subject).join(target, target.c.id == relation.c.object)
        )
        .group_by(subject.c.iri, relation.c.predicate, target.c.iri)
        .order_by(relation.c.predicate, subject.c.iri, target.c.iri)
    )
    here = select(object_.c.id).where(object_.c.iri == storable(iri)).scalar_subquery()
    outgoing = _relations(connection, query.where(relation.c.subject == here))
    return outgoing, _relations(connection, query.where(relation.c.object == here))


def objects(connection: Connection, iris: Iterable[str]) -> dict[str, DigitalObject]:
    """Return the objects of these IRIs that are described, by IRI."""
    found: dict[str, DigitalObject] = {}
    for some in chunks(dict.fromkeys(map(storable, iris))):
        query = select(*OBJECT, ASSIGNED).where(object_.c.iri.in_(some), DESCRIBED)
        found.update((thing.iri, thing) for thing in _objects(connection, query))
    return found


def relations_at(
    connection: Connection, iris: Iterable[str], predicates: Iterable[Predicate], *, outgoing: bool
) -> list[Relation]:
    """Return the relations of these predicates that start (or end) at any of these objects, each once."""
    subject, target = object_.alias("subject"), object_.alias("target")
    names = [predicate.value for predicate in predicates]
    found: list[Relation] = []
    for some in chunks(dict.fromkeys(map(storable, iris))):
        query = (
            select(subject.c.iri, relation.c.predicate, target.c.iri, func.max(relation.c.attributes))
            .select_from(
                relation.join(subject, subject.c.id == relation.c.subject).join(
                    target, target.c.id == relation.c.object
                )
            )
            .where((subject if outgoing else target).c.iri.in_(some), relation.c.predicate.in_(names))
            .group_by(subject.c.iri, relation.c.predicate, target.c.iri)
            .order_by(relation.c.predicate, subject.c.iri, target.c.iri)
        )
        found += _relations(connection, query)
    return found


def _objects(connection: Connection, query: Select[Any]) -> list[DigitalObject]:
    return [object_from(*row) for row in connection.execute(query)]


def _relations(connection: Connection, query: Select[Any]) -> list[Relation]:
    rows: Sequence[Any] = connection.execute(query).all()
    return [Relation(s, Predicate(p), o, loaded(attributes) or {}) for s, p, o, attributes in rows]
