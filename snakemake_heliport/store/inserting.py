"""Write one run where there is one writer at a time, as in SQLite: row by row into the tables, in one transaction."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, Engine, MetaData, Table, exists, func, select, union

from snakemake_heliport.store.batches import chunks, insert_batch, upsert_batch
from snakemake_heliport.store.orphans import remove_orphans
from snakemake_heliport.store.rows import dumped, object_values, storable
from snakemake_heliport.store.schema import Id, mention, object_, relation, run
from snakemake_heliport.store.writing import OBJECT_COLUMNS, Check, Objects, Relations, RunWriter

RELATION_COLUMNS = ("subject", "predicate", "object", "run", "attributes")


class InsertingWriter(RunWriter):
    """Gives out ids itself, which only the one writer may do."""

    def __init__(self, connection: Connection, run_iri: str) -> None:
        super().__init__()
        self._connection = connection
        self._next_id = 1 + (connection.execute(select(func.max(object_.c.id))).scalar() or 0)
        self._insert_stubs = insert_batch(connection, object_, ("id", "iri"))
        self._upsert_objects = upsert_batch(connection, object_, ("id", "iri", *OBJECT_COLUMNS))
        self._upsert_mentions = upsert_batch(connection, mention, ("run", "object"))
        self._upsert_relations = upsert_batch(connection, relation, RELATION_COLUMNS)
        self.run_id = self._identify([storable(run_iri)], set())[storable(run_iri)]

    def _send(self, objects: Objects, relations: Relations) -> None:
        ends = (end for subject, _, object_iri in relations for end in (subject, object_iri))
        ids = self._identify([*objects, *ends], objects.keys())
        self._upsert_objects([(ids[iri], iri, *object_values(thing)) for iri, thing in objects.items()])
        mentioned = {ids[iri] for iri in objects} | {ids[subject] for subject, _, _ in relations}
        self._upsert_mentions([(self.run_id, id_) for id_ in sorted(mentioned)])
        self._upsert_relations(
            [(ids[s], p, ids[o], self.run_id, dumped(stated.attributes)) for (s, p, o), stated in relations.items()]
        )

    def _identify(self, iris: list[str], described: Iterable[str]) -> dict[str, int]:
        # Returns the ids of these IRIs; one that is new gets an id, and a stub unless it is about to be described.
        ids = self._ids
        unknown = list(dict.fromkeys(iri for iri in iris if iri not in ids))
        for some in chunks(unknown):
            known = select(object_.c.iri, object_.c.id).where(object_.c.iri.in_(some))
            ids.update((row.iri, row.id) for row in self._connection.execute(known))
        new = [iri for iri in unknown if iri not in ids]
        ids.update(zip(new, range(self._next_id, self._next_id + len(new)), strict=True))
        self._next_id += len(new)
        stubs = set(new).difference(described)
        self._insert_stubs([(ids[iri], iri) for iri in new if iri in stubs])
        return ids


@contextmanager
def inserting(engine: Engine, check: Check, run_iri: str, **facts: str | int) -> Iterator[RunWriter]:
    """Replace everything that a run stated, in one transaction; an exception leaves the store as it was."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        check(connection)
        writer = InsertingWriter(connection, run_iri)
        former = _forget(connection, writer.run_id)
        upsert_batch(connection, run, ("id", *facts))([(writer.run_id, *facts.values())])
        yield writer
        writer.flush()
        if former is not None:
            remove_orphans(connection, former)
            former.drop(connection)


def _forget(connection: Connection, run_id: int) -> Table | None:
    """Delete what the run stated, and return a table of the ids that it named, None if it stated nothing yet."""
    if not connection.execute(select(exists().where(run.c.id == run_id))).scalar():
        return None
    former = Table("former", MetaData(), Column("id", Id, primary_key=True), prefixes=["TEMPORARY"])
    former.drop(connection, checkfirst=True)
    former.create(connection)
    own = select(mention.c.object).where(mention.c.run == run_id)
    stated = (relation.c.run == run_id) & relation.c.subject.in_(own)
    connection.execute(former.insert().from_select(["id"], union(own, select(relation.c.object).where(stated))))
    connection.execute(relation.delete().where(stated))
    connection.execute(mention.delete().where(mention.c.run == run_id))
    return former
