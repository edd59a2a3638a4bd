"""Questions about single things and about runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, false, func, or_, select

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store.batches import chunks
from snakemake_heliport.store.rows import SEPARATOR, attributes_of, loaded, object_from, storable
from snakemake_heliport.store.schema import INDEXED_LABEL, identifier, label_start, mention, object_, relation, run

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
PREDICATES = {predicate.value: predicate for predicate in Predicate}
DESCRIBED = object_.c.kind.is_not(None)
# So many digits of an id are shown to people; with fewer, it may be that of very many things.
SHOWN = 8
# Of a relation that several runs state, the one that says more stands.
SUBJECT, TARGET = object_.alias("subject"), object_.alias("target")
RELATION = (
    select(SUBJECT.c.iri, relation.c.predicate, TARGET.c.iri, func.max(relation.c.attributes))
    .select_from(
        relation.join(SUBJECT, SUBJECT.c.id == relation.c.subject).join(TARGET, TARGET.c.id == relation.c.object)
    )
    .group_by(SUBJECT.c.iri, relation.c.predicate, TARGET.c.iri)
    .order_by(relation.c.predicate, SUBJECT.c.iri, TARGET.c.iri)
)
# Asked of many objects, one after the other: made anew for each, it would take longer than its answer.
HERE = select(object_.c.id).where(object_.c.iri == bindparam("iri")).scalar_subquery()
FROM_HERE, TO_HERE = RELATION.where(relation.c.subject == HERE), RELATION.where(relation.c.object == HERE)


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


def of_kind(connection: Connection, kinds: Iterable[Kind], limit: int | None) -> list[DigitalObject]:
    """Return the objects of these kinds, those first that the latest run speaks of, then by kind and IRI."""
    spoken_of = (
        select(func.max(run.c.started))
        .select_from(mention.join(run, run.c.id == mention.c.run))
        .where(mention.c.object == object_.c.id)
        .correlate(object_)
        .scalar_subquery()
    )
    query = (
        select(*OBJECT, ASSIGNED)
        .where(object_.c.kind.in_([kind.value for kind in kinds]))
        .order_by(func.coalesce(spoken_of, "").desc(), object_.c.kind, object_.c.iri)
        .limit(limit)
    )
    return _objects(connection, query)


def find(connection: Connection, text: str, kinds: Iterable[Kind] | None, limit: int) -> list[DigitalObject]:
    """Return the objects that the text may mean: the matches of the most exact rule that has any."""
    return next(filter(None, _matches(connection, text, kinds, limit)), [])


def search(connection: Connection, text: str, kinds: Iterable[Kind] | None, limit: int) -> list[DigitalObject]:
    """Return the objects that the text may mean by any rule, those of the most exact one first."""
    found: dict[str, DigitalObject] = {}
    for matches in _matches(connection, text, kinds, limit):
        for thing in matches:
            found.setdefault(thing.iri, thing)
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def _matches(
    connection: Connection, text: str, kinds: Iterable[Kind] | None, limit: int
) -> Iterator[list[DigitalObject]]:
    """Yield what matches a text by one rule after the other, the most exact one first."""
    text = storable(text)
    wanted = DESCRIBED if kinds is None else object_.c.kind.in_([kind.value for kind in kinds])
    rules: tuple[ColumnElement[bool], ...] = (
        object_.c.iri == text,
        # A rule may be called `c`, and a run's id begin with it.
        or_(and_(label_start == text[:INDEXED_LABEL], object_.c.label == text), object_.c.path == text),
        and_(object_.c.kind == Kind.RUN.value, object_.c.iri.startswith(f"urn:uuid:{text.lower()}", autoescape=True)),
        _is_short(connection, text),
        or_(
            object_.c.label.icontains(text, autoescape=True),
            object_.c.path.icontains(text, autoescape=True),
            object_.c.iri.contains(text, autoescape=True),
        ),
    )
    for rule in rules if text else ():
        query = select(*OBJECT, ASSIGNED).where(wanted, rule).order_by(object_.c.kind, object_.c.iri).limit(limit)
        yield _objects(connection, query)


def _is_short(connection: Connection, text: str) -> ColumnElement[bool]:
    """Return whether an IRI is meant that people see shortened, such as `4dfdecd0#job-2-1`."""
    head, mark, tail = text.partition("#")
    start = f"urn:uuid:{head.lower()}"
    if not mark or not head:
        return false()
    if len(head) < SHOWN:
        starts = object_.c.iri.startswith(start, autoescape=True)
        return and_(starts, object_.c.iri.endswith(f"#{tail}", autoescape=True))
    return object_.c.iri.in_([f"{whole}#{tail}" for whole in _wholes(connection, start)])


def _wholes(connection: Connection, start: str) -> Iterator[str]:
    """Yield the IRIs that start so, without the fragments of their parts, of which a run has very many."""
    least = start
    query = select(func.min(object_.c.iri)).where(object_.c.iri >= bindparam("least"), object_.c.iri < f"{start}~")
    while (found := connection.scalar(query, {"least": least})) is not None:
        whole = found.partition("#")[0]
        yield whole
        # Past all of its parts: this character comes after the `#` before their fragments.
        least = f"{whole}$"


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
    here = {"iri": storable(iri)}
    return _relations(connection, FROM_HERE, here), _relations(connection, TO_HERE, here)


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
    names = [predicate.value for predicate in predicates]
    found: list[Relation] = []
    for some in chunks(dict.fromkeys(map(storable, iris))):
        here = (SUBJECT if outgoing else TARGET).c.iri.in_(some)
        found += _relations(connection, RELATION.where(here, relation.c.predicate.in_(names)))
    return found


def _objects(connection: Connection, query: Select[Any]) -> list[DigitalObject]:
    return [object_from(*row) for row in connection.execute(query)]


def _relations(connection: Connection, query: Select[Any], values: Mapping[str, str] | None = None) -> list[Relation]:
    rows: Sequence[Any] = connection.execute(query, values).all()
    return [Relation(s, PREDICATES[p], o, loaded(attributes) or {}) for s, p, o, attributes in rows]
