"""Write one run where many write at once, as in PostgreSQL.

What a run states is copied into temporary tables, which disturbs nobody and takes most of the time. Only then is it
merged into the tables that all share, in one go. Three rules keep merges that happen at once right:

1. A run that is new only adds; such merges go on at the same time, and share a lock that keeps removals away. A run
   that is replaced may leave objects that nobody mentions, so its merge has that lock to itself.
2. Rows that two merges may both want are taken in a fixed order: first new objects by IRI, then changed ones by id.
   So they wait for each other, and never in a circle.
3. Only one merge of the same run at a time.
"""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, text
from sqlalchemy.exc import DBAPIError

from snakemake_heliport.store.engine import MIGRATING, REMOVING, alone, among_others
from snakemake_heliport.store.orphans import remove_orphans
from snakemake_heliport.store.rows import Row, dumped, object_values, storable
from snakemake_heliport.store.schema import Id
from snakemake_heliport.store.writing import OBJECT_COLUMNS, Check, Objects, Relations, RunWriter

TRIES = 5
# What PostgreSQL asks to try again: serialization failure, deadlock.
AGAIN = ("40001", "40P01")

# IRIs are numbered by the writer. It may have forgotten one and number it again, so an IRI may have several numbers.
# Of what was stated twice, the row of the later batch stands.
STAGE = (
    """CREATE TEMPORARY TABLE staged_iri (number integer, iri text COLLATE "C") ON COMMIT DROP""",
    """CREATE TEMPORARY TABLE staged_object (batch integer, number integer, kind text, label text, description text,
        visibility text, attributes text, identifiers text, status text, path text) ON COMMIT DROP""",
    """CREATE TEMPORARY TABLE staged_relation (batch integer, subject integer, predicate text COLLATE "C",
        object integer, attributes text) ON COMMIT DROP""",
)

COLUMNS = ", ".join(OBJECT_COLUMNS)
ASSIGNMENTS = ", ".join(f"{name} = d.{name}" for name in OBJECT_COLUMNS)
CHANGED = f"""({", ".join(f"o.{name}" for name in OBJECT_COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"d.{name}" for name in OBJECT_COLUMNS)})"""

# Every IRI once, with its description if it has one. The planner knows nothing of tables that are a moment old.
DESCRIBE = (
    "ANALYZE staged_iri (number), staged_object (number), staged_relation (subject, object)",
    f"""CREATE TEMPORARY TABLE described ON COMMIT DROP AS
        SELECT DISTINCT ON (i.iri) i.iri, d.number IS NOT NULL AS is_described, {COLUMNS}
        FROM staged_iri i LEFT JOIN staged_object d ON d.number = i.number
        ORDER BY i.iri, d.batch DESC NULLS LAST""",
    "ANALYZE described (iri)",
)
# Gives every IRI its id. Of objects that were there before, only those are written whose description is another one.
IDENTIFY = (
    """CREATE TEMPORARY TABLE known (id bigint, iri text COLLATE "C", is_new boolean) ON COMMIT DROP""",
    f"""WITH new AS (
            INSERT INTO object (id, iri, {COLUMNS})
            SELECT nextval('object_id'), iri, {COLUMNS} FROM described d
            WHERE NOT EXISTS (SELECT FROM object o WHERE o.iri = d.iri) ORDER BY iri
            ON CONFLICT (iri) DO NOTHING RETURNING id, iri)
        INSERT INTO known SELECT id, iri, true FROM new""",
    """INSERT INTO known SELECT o.id, d.iri, false FROM described d JOIN object o ON o.iri = d.iri
        WHERE NOT EXISTS (SELECT FROM known k WHERE k.iri = d.iri)""",
    "ANALYZE known",
    f"""SELECT count(*) FROM (
            SELECT o.id FROM object o JOIN known k ON k.id = o.id JOIN described d ON d.iri = k.iri
            WHERE NOT is_new AND is_described AND {CHANGED} ORDER BY o.id FOR NO KEY UPDATE OF o) locked""",
    f"""UPDATE object o SET {ASSIGNMENTS} FROM known k JOIN described d ON d.iri = k.iri
        WHERE k.id = o.id AND NOT is_new AND is_described AND {CHANGED}""",
    """CREATE TEMPORARY TABLE identified ON COMMIT DROP AS
        SELECT i.number, k.id FROM staged_iri i JOIN known k ON k.iri = i.iri""",
    "ANALYZE identified",
    """CREATE TEMPORARY TABLE stated ON COMMIT DROP AS
        SELECT DISTINCT ON (s.id, r.predicate, o.id) s.id AS subject, r.predicate, o.id AS object, r.attributes
        FROM staged_relation r JOIN identified s ON s.number = r.subject JOIN identified o ON o.number = r.object
        ORDER BY s.id, r.predicate, o.id, r.batch DESC""",
    """CREATE TEMPORARY TABLE mentioned ON COMMIT DROP AS
        SELECT i.id AS object FROM staged_object d JOIN identified i ON i.number = d.number
        UNION SELECT subject FROM stated ORDER BY 1""",
)
RECORD = """INSERT INTO run (id, {names}) SELECT id, {values} FROM object WHERE iri = :iri
    ON CONFLICT (id) DO UPDATE SET {changes}"""
ADD = (
    "INSERT INTO mention (run, object) SELECT :run, object FROM mentioned",
    """INSERT INTO relation (subject, predicate, object, run, attributes)
        SELECT subject, predicate, object, :run, attributes FROM stated""",
)
# A run that is replaced mostly says the same again, so only what differs is written. With the indices, no plan is a
# disaster, however wrong the planner is about the run's share of the tables.
REPLACE = (
    "CREATE INDEX ON stated (subject, predicate, object)",
    "CREATE INDEX ON mentioned (object)",
    "ANALYZE stated (subject, object), mentioned",
    "CREATE TEMPORARY TABLE former (id bigint) ON COMMIT DROP",
    """WITH gone AS (
            DELETE FROM relation r USING mention m
            WHERE m.run = :run AND r.subject = m.object AND r.run = :run AND NOT EXISTS (
                SELECT FROM stated s
                WHERE s.subject = r.subject AND s.predicate = r.predicate AND s.object = r.object)
            RETURNING r.object)
        INSERT INTO former SELECT object FROM gone""",
    """WITH gone AS (
            DELETE FROM mention m
            WHERE m.run = :run AND NOT EXISTS (SELECT FROM mentioned n WHERE n.object = m.object)
            RETURNING m.object)
        INSERT INTO former SELECT object FROM gone""",
    """UPDATE relation r SET attributes = s.attributes FROM stated s
        WHERE r.run = :run AND s.subject = r.subject AND s.predicate = r.predicate AND s.object = r.object
        AND r.attributes IS DISTINCT FROM s.attributes""",
    """INSERT INTO mention (run, object) SELECT :run, object FROM mentioned n
        WHERE NOT EXISTS (SELECT FROM mention m WHERE m.run = :run AND m.object = n.object)""",
    """INSERT INTO relation (subject, predicate, object, run, attributes)
        SELECT subject, predicate, object, :run, attributes FROM stated s
        WHERE NOT EXISTS (SELECT FROM relation r WHERE r.run = :run
            AND s.subject = r.subject AND s.predicate = r.predicate AND s.object = r.object)""",
)
former = Table("former", MetaData(), Column("id", Id))


class StagingWriter(RunWriter):
    """Copies what it is given into temporary tables of its transaction."""

    def __init__(self, connection: Connection, run_iri: str) -> None:
        super().__init__()
        self._connection = connection
        self._batch = 0
        self._numbered = 0
        for statement in STAGE:
            connection.exec_driver_sql(statement)
        self._number([storable(run_iri)])

    def _send(self, objects: Objects, relations: Relations) -> None:
        ends = (end for subject, _, object_iri in relations for end in (subject, object_iri))
        batch, ids = self._batch, self._number([*objects, *ends])
        self._copy("staged_object", ((batch, ids[iri], *object_values(thing)) for iri, thing in objects.items()))
        self._copy(
            "staged_relation",
            ((batch, ids[s], p, ids[o], dumped(stated.attributes)) for (s, p, o), stated in relations.items()),
        )
        self._batch += 1

    def _number(self, iris: Iterable[str]) -> dict[str, int]:
        new = [iri for iri in dict.fromkeys(iris) if iri not in self._ids]
        numbers = range(self._numbered, self._numbered + len(new))
        self._ids.update(zip(new, numbers, strict=True))
        self._numbered += len(new)
        self._copy("staged_iri", zip(numbers, new, strict=True))
        return self._ids

    def _copy(self, table: str, rows: Iterable[Row]) -> None:
        statement = f"COPY {table} FROM STDIN"
        dialect: Any = self._connection.dialect
        driver: Any = self._connection.connection.driver_connection
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except dialect.dbapi.Error as error:
            raise DBAPIError.instance(statement, None, error, dialect.dbapi.Error, dialect=dialect) from error


@contextmanager
def staging(engine: Engine, check: Check, run_iri: str, **facts: str | int) -> Iterator[RunWriter]:
    """Replace everything that a run stated, in one transaction; an exception leaves the store as it was."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        writer = StagingWriter(connection, run_iri)
        yield writer
        writer.flush()
        _execute(connection, DESCRIBE)
        _merge_at_last(connection, check, storable(run_iri), facts)


def _merge_at_last(connection: Connection, check: Check, run_iri: str, facts: dict[str, str | int]) -> None:
    """Merge what was staged; what the database asks to try again is tried again, from there on."""
    for further in reversed(range(TRIES)):
        try:
            with connection.begin_nested():
                _merge(connection, check, run_iri, facts)
            return
        except DBAPIError as error:
            if not further or getattr(error.orig, "sqlstate", None) not in AGAIN:
                raise
        time.sleep(random.uniform(0.05, 0.5))


def _merge(connection: Connection, check: Check, run_iri: str, facts: dict[str, str | int]) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:iri, 0))"), {"iri": run_iri})
    is_known = text("SELECT EXISTS (SELECT FROM run JOIN object USING (id) WHERE iri = :iri)")
    again = bool(connection.scalar(is_known, {"iri": run_iri}))
    among_others(connection, MIGRATING)
    (alone if again else among_others)(connection, REMOVING)
    check(connection)
    _execute(connection, IDENTIFY)
    names = {"names": ", ".join(facts), "values": ", ".join(f":{name}" for name in facts)}
    changes = ", ".join(f"{name} = excluded.{name}" for name in facts)
    connection.execute(text(RECORD.format(**names, changes=changes)), {**facts, "iri": run_iri})
    run_id = connection.scalar(text("SELECT id FROM object WHERE iri = :iri"), {"iri": run_iri})
    _execute(connection, REPLACE if again else ADD, run=run_id)
    if again:
        remove_orphans(connection, former)


def _execute(connection: Connection, statements: Sequence[str], **values: Any) -> None:
    for statement in statements:
        connection.execute(text(statement), values)
