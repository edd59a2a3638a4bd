"""Which objects and relations belong to a selection of runs.

A selection holds what its runs state and, from other runs, what makes it complete: the jobs that the runs relied on
with their inputs, outputs and steps, and what describes each object so met. It lives in temporary tables of one
transaction. A selection of things holds all that they came from instead.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from snakemake_heliport.model import Predicate
from snakemake_heliport.store.rows import storable
from snakemake_heliport.store.schema import Id, mention, object_, relation

# Why an object is in a selection; from MET on, the number of steps that led to it.
STATED, RELIED_ON, MET = range(3)

# What is told of an object that was only met: enough to say what it is.
DESCRIBING = (
    Predicate.SPECIALIZATION_OF,
    Predicate.IS_STEP_OF_PLAN,
    Predicate.WAS_ASSOCIATED_WITH,
    Predicate.HAS_AFFILIATION,
)
# What is told of a job that was relied on.
EXPLAINING = (
    *DESCRIBING,
    Predicate.USED,
    Predicate.CORRESPONDS_TO_STEP,
    Predicate.WAS_PART_OF,
    Predicate.AT_LOCATION,
)

# What leads from a thing to what it came from, and from each of those to what says what it is.
ORIGINS = (
    *DESCRIBING,
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_DERIVED_FROM,
    Predicate.WAS_INFLUENCED_BY,
    Predicate.WAS_ATTRIBUTED_TO,
    Predicate.ACTED_ON_BEHALF_OF,
    Predicate.ALTERNATE_OF,
    Predicate.HAD_MEMBER,
    Predicate.AT_LOCATION,
    Predicate.WAS_PART_OF,
    Predicate.NESTED_IN,
    Predicate.IN_GROUP,
    Predicate.CORRESPONDS_TO_STEP,
    Predicate.EXECUTES,
    Predicate.HAS_PART,
    Predicate.HAS_SOURCE,
    Predicate.IN_EXPERIMENT,
    Predicate.IN_PROJECT,
    Predicate.TRAINED_ON,
    Predicate.VALIDATED_ON,
    Predicate.TESTED_ON,
    Predicate.EVALUATED_ON,
)

_metadata = MetaData()
_temporary = ["TEMPORARY"]
selected = Table(
    "selected", _metadata, Column("id", Id, primary_key=True), Column("reason", Integer), prefixes=_temporary
)
ordered = Table(
    "ordered",
    _metadata,
    Column("position", Integer, primary_key=True),
    Column("id", Id),
    Column("reason", Integer),
    prefixes=_temporary,
)


def arrange(
    connection: Connection, runs: Sequence[str] | None, things: Sequence[str] | None, seen: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Fill `ordered` with the described objects of the selection by kind and IRI.

    Args:
        connection: A transaction that will be rolled back.
        runs: The IRIs of the runs, or None for everything.
        things: The IRIs of things that are wanted with all that they came from, instead of runs.
        seen: What `object` rows are not to be left out.

    Returns:
        The condition that a relation with its subject in `ordered` meets when it belongs to the selection.
    """
    _metadata.create_all(connection, checkfirst=False)
    described = object_.c.kind.is_not(None)
    place = func.row_number().over(order_by=(object_.c.kind, object_.c.iri))
    if things is not None:
        _close_origins(connection, _ids(connection, things), described)
        rows = _chosen(place, seen)
        admitted: ColumnElement[bool] = relation.c.predicate.in_([p.value for p in ORIGINS]) & relation.c.object.in_(
            select(ordered.c.id)
        )
    elif runs is None:
        rows = select(place, object_.c.id, _constant(STATED)).where(described, seen)
        admitted = true()
    else:
        run_ids = _ids(connection, runs)
        _close(connection, run_ids, described)
        rows = _chosen(place, seen)
        admitted = _admitted(run_ids, ordered)
    connection.execute(ordered.insert().from_select(["position", "id", "reason"], rows))
    return admitted


def _ids(connection: Connection, iris: Sequence[str]) -> list[int]:
    return list(connection.scalars(select(object_.c.id).where(object_.c.iri.in_(map(storable, iris)))))


def _chosen(place: ColumnElement[int], seen: ColumnElement[bool]) -> Select[Any]:
    return select(place, selected.c.id, selected.c.reason).join(object_, object_.c.id == selected.c.id).where(seen)


def _constant(number: int) -> ColumnElement[int]:
    return literal(number, literal_execute=True)


def _take(connection: Connection, ids: Any, reason: int, described: ColumnElement[bool]) -> None:
    new = object_.c.id.in_(ids) & object_.c.id.not_in(select(selected.c.id)) & described
    rows = select(object_.c.id, _constant(reason)).where(new)
    connection.execute(selected.insert().from_select(["id", "reason"], rows))


def _close_origins(connection: Connection, ids: list[int], described: ColumnElement[bool]) -> None:
    """Take things, and step by step what they came from."""
    _take(connection, ids, MET, described)
    step = MET
    while connection.scalar(select(exists().where(selected.c.reason == step))):
        joined = relation.join(selected, selected.c.id == relation.c.subject)
        leads = (selected.c.reason == step) & relation.c.predicate.in_([p.value for p in ORIGINS])
        _take(connection, select(relation.c.object).select_from(joined).where(leads), step + 1, described)
        step += 1


def _close(connection: Connection, run_ids: list[int], described: ColumnElement[bool]) -> None:
    def take(ids: Select[tuple[int]], reason: int) -> None:
        _take(connection, ids, reason, described)

    stated = relation.c.run.in_(run_ids)
    relied_on = stated & (relation.c.predicate == Predicate.RELIED_ON.value)
    take(select(relation.c.object).where(relied_on), RELIED_ON)
    take(select(mention.c.object).where(mention.c.run.in_(run_ids)), STATED)
    take(select(relation.c.subject).where(_written_by_relied()), MET)
    take(_ends(run_ids, selected.c.reason <= MET), MET)
    step = MET
    # Asked rather than taken from the count of inserted rows, which not every driver tells.
    while connection.scalar(select(exists().where(selected.c.reason == step))):
        take(_ends(run_ids, selected.c.reason == step), step + 1)
        step += 1


def _ends(run_ids: list[int], subjects: ColumnElement[bool]) -> Select[tuple[int]]:
    joined = relation.join(selected, selected.c.id == relation.c.subject)
    return select(relation.c.object).select_from(joined).where(subjects, _admitted(run_ids, selected))


def _written_by_relied() -> ColumnElement[bool]:
    relied = select(selected.c.id).where(selected.c.reason == RELIED_ON)
    return and_(relation.c.predicate == Predicate.WAS_GENERATED_BY.value, relation.c.object.in_(relied))


def _admitted(run_ids: list[int], subject: Table) -> ColumnElement[bool]:
    return or_(
        relation.c.run.in_(run_ids),
        and_(subject.c.reason == RELIED_ON, relation.c.predicate.in_([p.value for p in EXPLAINING])),
        and_(subject.c.reason >= MET, relation.c.predicate.in_([p.value for p in DESCRIBING])),
        _written_by_relied(),
    )
