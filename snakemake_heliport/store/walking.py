"""Walk from things to all that they came from, or to all that came of them: one recursive query.

Almost every relation that data flows along points from what came later to what was there before. The one exception is
the relation of a training run to its job, which is walked both ways: what the job read flowed into the training run,
and what the training run read flowed into what the job made. A job that is only met as the home of a training run is
not left again through other training runs in it, which have nothing to do with that one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Connection, Integer, and_, case, cast, func, literal, or_, select

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store.batches import chunks
from snakemake_heliport.store.reading import ASSIGNED, DESCRIBED, OBJECT, PREDICATES
from snakemake_heliport.store.rows import attributes_of, object_from, storable
from snakemake_heliport.store.schema import object_, relation

# What data flows through. A whole run, a rule or a person has a hand in everything, and leads nowhere.
FLOW_KINDS = (
    Kind.JOB,
    Kind.TRAINING_RUN,
    Kind.FILE,
    Kind.DIRECTORY,
    Kind.LOG,
    Kind.DATASET,
    Kind.MODEL,
    Kind.MODEL_VERSION,
)
# What came later, to what was there before. Others are told by a derivation what a hidden job did.
FLOW = (
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_DERIVED_FROM,
    Predicate.ALTERNATE_OF,
    Predicate.HAS_SOURCE,
    Predicate.HAD_MEMBER,
    Predicate.SPECIALIZATION_OF,
    Predicate.REVEALED_BY,
)
# A training run, to the job or training run that it ran in.
HOME = (Predicate.WAS_PART_OF, Predicate.WAS_INFLUENCED_BY)
# One more step is counted where a walk comes to what did something.
ENTERING = {
    True: (Predicate.WAS_GENERATED_BY, Predicate.REVEALED_BY),
    False: (Predicate.USED, Predicate.USED_DATASET, Predicate.REVEALED_BY),
}


@dataclass(frozen=True, slots=True)
class Met:
    """A thing that a walk came to.

    Attributes:
        steps: How many jobs and training runs lie on the way, itself among them; 0 where the walk did not count.
        home: It was only met as what a training run ran in.
    """

    id: int
    thing: DigitalObject
    steps: int
    home: bool


def walk(
    connection: Connection, starts: Iterable[str], *, upward: bool, steps: int | None, most: int | None = None
) -> list[Met]:
    """Return all that some things came from (or that came of them), themselves included.

    Args:
        starts: The IRIs of files, jobs, or whatever else data flows through.
        upward: To what they came from.
        steps: How many jobs and training runs to pass; None for all.
        most: How many things to come to, the nearest first; None for all.
    """
    found: dict[int, Met] = {}
    for some in chunks(dict.fromkeys(map(storable, starts))):
        for met in _walked(connection, some, upward=upward, limit=steps, most=most):
            known = found.get(met.id)
            if known is None or (met.home, met.steps) < (known.home, known.steps):
                found[met.id] = met
    return list(found.values())


def comes_to(connection: Connection, starts: Iterable[str], *, upward: bool, most: int) -> bool:
    """Return whether a walk comes to so many things, without reading what they are."""
    count = 0
    for some in chunks(dict.fromkeys(map(storable, starts))):
        met = select(_reached(some, upward=upward, limit=None).c.id).limit(most).subquery()
        count += connection.scalar(select(func.count()).select_from(met)) or 0
    return count >= most


def _walked(
    connection: Connection, starts: Sequence[str], *, upward: bool, limit: int | None, most: int | None
) -> Iterable[Met]:
    # Databases go on step by step, so the first ones are the nearest.
    met = select(_reached(starts, upward=upward, limit=limit)).limit(most).subquery()
    least = (
        select(met.c.id, func.min(met.c.home).label("home"), func.min(met.c.steps).label("steps"))
        .group_by(met.c.id)
        .subquery()
    )
    query = select(least.c.id, least.c.steps, least.c.home, *OBJECT, ASSIGNED).join(object_, object_.c.id == least.c.id)
    for id_, steps, home, *columns in connection.execute(query):
        yield Met(id_, object_from(*columns), steps, bool(home))


def _reached(starts: Sequence[str], *, upward: bool, limit: int | None) -> CTE:
    """Return what is met, and how; a thing may be met in several ways."""
    no, yes = _number(0), _number(1)
    begin = select(object_.c.id, no.label("home"), no.label("steps")).where(object_.c.iri.in_(starts), DESCRIBED)
    reached = begin.cte("reached", recursive=True)
    ahead, other = relation.c.subject == reached.c.id, object_.alias("other")
    behind = relation.c.object == reached.c.id
    is_home = relation.c.predicate.in_(_values(HOME))
    flows = relation.c.predicate.in_(_values(FLOW))
    target = case((ahead, relation.c.object), else_=relation.c.subject)
    nested = and_(behind, is_home, reached.c.home == no)
    to_home = and_(ahead, is_home)
    leads = or_(and_(ahead if upward else behind, flows), to_home, nested)
    counted = reached.c.steps + case((relation.c.predicate.in_(_values(ENTERING[upward])), yes), else_=no)
    step = (
        select(target, case((to_home, yes), else_=no), no if limit is None else counted)
        .select_from(reached.join(relation, leads).join(other, other.c.id == target))
        .where(other.c.kind.in_(_values(FLOW_KINDS)))
    )
    if limit is not None:
        step = step.where(counted <= limit)
    return reached.union(step)


def links(connection: Connection, met: Iterable[Met]) -> list[Relation]:
    """Return the relations that data flows along between things that a walk came to."""
    iris = {one.id: one.thing.iri for one in met}
    leading = relation.c.predicate.in_(_values((*FLOW, *HOME)))
    found: dict[tuple[str, str, str], str] = {}
    for some in chunks(iris):
        query = select(relation.c.subject, relation.c.predicate, relation.c.object, relation.c.attributes)
        for subject, predicate, target, attributes in connection.execute(
            query.where(relation.c.subject.in_(some), leading)
        ):
            if target in iris:
                key = iris[subject], predicate, iris[target]
                # Of a relation that several runs state, the one that says more stands.
                found[key] = max(found.get(key, ""), attributes or "")
    return [Relation(s, PREDICATES[p], o, attributes_of(text or None)) for (s, p, o), text in sorted(found.items())]


def same_at_path(connection: Connection, iris: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of one of these files and another state of its path in which it had the same bytes."""
    other, mine, its = object_.alias("other"), relation.alias("mine"), relation.alias("its")
    content = Predicate.SPECIALIZATION_OF.value
    query = select(object_.c.iri, other.c.iri).select_from(
        object_.join(other, and_(other.c.path == object_.c.path, other.c.id != object_.c.id))
        .join(mine, and_(mine.c.subject == object_.c.id, mine.c.predicate == content))
        .join(its, and_(its.c.subject == other.c.id, its.c.predicate == content, its.c.object == mine.c.object))
    )
    found: list[tuple[str, str]] = []
    for some in chunks(dict.fromkeys(map(storable, iris))):
        found += [(one, twin) for one, twin in connection.execute(query.where(object_.c.iri.in_(some)).distinct())]
    return sorted(found)


def _number(number: int) -> ColumnElement[int]:
    return cast(literal(number, literal_execute=True), Integer)


def _values(names: Iterable[str]) -> list[str]:
    return [str(name) for name in names]
