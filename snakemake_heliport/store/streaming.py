"""Stream a selection: every object with its relations, in an order that depends on the statements alone."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, exists, func, or_, select, true

from snakemake_heliport.model import Attributes, DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store.reading import ASSIGNED, OBJECT, PREDICATES
from snakemake_heliport.store.rows import AUDIENCE, Row, attributes_of, object_from
from snakemake_heliport.store.schema import identifier, object_, relation
from snakemake_heliport.store.selection import arrange, ordered, selected

Statement: TypeAlias = tuple[DigitalObject, list[Relation]]

ROWS_AT_ONCE = 1000


def statements(
    connection: Connection,
    runs: Sequence[str] | None,
    things: Sequence[str] | None,
    audience: Visibility,
    kinds: Collection[Kind] | None = None,
) -> Iterator[Statement]:
    """Yield the objects of a selection by kind and IRI, each with its relations by predicate and object IRI.

    Args:
        connection: A transaction that will be rolled back.
        runs: The IRIs of the runs, or None for everything.
        things: The IRIs of things that are wanted with all that they came from, instead of runs.
        audience: The least visibility that is told; what is hidden is not named by relations either. Of bytes, that
            is the visibility of the things in the selection that have them.
        kinds: The kinds of objects that are told, None for all; relations to others are left out.
    """
    wanted = true() if kinds is None else object_.c.kind.in_([str(kind) for kind in kinds])
    seen = _seen(audience, everything=runs is None and things is None) & wanted
    admitted = arrange(connection, runs, things, seen)
    # Asked once, rather than looked up for every object where no server has assigned anything.
    assigned = connection.scalar(select(exists().select_from(identifier)))
    objects = _objects(*OBJECT, ASSIGNED) if assigned else _objects(*OBJECT)
    return _merged(_stream(connection, objects), _stream(connection, _relations(admitted, seen)))


def paths(connection: Connection, audience: Visibility) -> dict[str, bool]:
    """Return all recorded paths, and of each whether an audience may see anything that was there."""
    told = func.max(case((_is_for(object_, audience), 1), else_=0))
    query = select(object_.c.path, told).where(object_.c.path.is_not(None)).group_by(object_.c.path)
    return {path: bool(is_told) for path, is_told in connection.execute(query)}


def _is_for(table: FromClause, audience: Visibility) -> ColumnElement[bool]:
    return table.c.visibility.in_([visibility.value for visibility in AUDIENCE[audience]])


def _seen(audience: Visibility, *, everything: bool) -> ColumnElement[bool]:
    """Return what `object` rows an audience may see; bytes have no visibility of their own."""
    if audience is Visibility.PRIVATE:
        return true()
    owner, having = object_.alias("owner"), relation.alias("having")
    owned = (
        exists()
        .select_from(having.join(owner, owner.c.id == having.c.subject))
        .where(having.c.object == object_.c.id, having.c.predicate == Predicate.SPECIALIZATION_OF.value)
        .where(_is_for(owner, audience))
        .correlate(object_)
    )
    if not everything:
        owned = owned.where(owner.c.id.in_(select(selected.c.id)))
    is_content = object_.c.kind == Kind.CONTENT.value
    return or_(and_(~is_content, _is_for(object_, audience)), and_(is_content, owned))


def _objects(*columns: ColumnElement[Any]) -> Select[Any]:
    joined = ordered.join(object_, object_.c.id == ordered.c.id)
    return select(ordered.c.position, *columns).select_from(joined).order_by(ordered.c.position)


def _relations(admitted: ColumnElement[bool], seen: ColumnElement[bool]) -> Select[Any]:
    joined = ordered.join(relation, relation.c.subject == ordered.c.id).join(object_, object_.c.id == relation.c.object)
    return (
        select(ordered.c.position, relation.c.predicate, object_.c.iri, relation.c.attributes)
        .select_from(joined)
        .where(admitted, seen)
        .order_by(ordered.c.position)
    )


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Row]:
    result = connection.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE).execute(query)
    for rows in result.partitions(ROWS_AT_ONCE):
        yield from rows


def _merged(objects: Iterator[Row], relations: Iterator[Row]) -> Iterator[Statement]:
    groups = groupby(relations, key=itemgetter(0))
    position, group = next(groups, (None, iter(())))
    for place, *columns in objects:
        thing = object_from(*columns)
        stated: list[Relation] = []
        if place == position:
            stated = _distinct(thing.iri, group)
            position, group = next(groups, (None, iter(())))
        yield thing, stated


def _distinct(subject: str, rows: Iterator[Row]) -> list[Relation]:
    # Sorted here, not by the database: sorting a few at a time is cheap, and it can stream. Of a relation that several
    # runs state, the last in order stands: one with attributes before one without.
    stated = sorted((predicate, target, attributes or "") for _, predicate, target, attributes in rows)
    found = {(predicate, target): attributes for predicate, target, attributes in stated}
    return [
        Relation(subject, PREDICATES[predicate], target, _attributes(attributes))
        for (predicate, target), attributes in found.items()
    ]


def _attributes(text: str) -> Attributes:
    return attributes_of(text) if text else {}
