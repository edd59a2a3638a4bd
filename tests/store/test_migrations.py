"""Stores that earlier versions made become stores of this one."""

import multiprocessing
from typing import Any

import pytest
from sqlalchemy import inspect
from store.builders import RUN_A, RUN_B, replace, run_itself, whole_run
from store.databases import connected, execute, rows

from snakemake_heliport.model import DigitalObject, Kind, Relation
from snakemake_heliport.store import Store, StoreError

WORDS = {
    "sqlite": {"exact": "TEXT", "id": "INTEGER", "no_rowid": "WITHOUT ROWID"},
    "postgresql": {"exact": 'TEXT COLLATE "C"', "id": "BIGINT", "no_rowid": ""},
}

# The tables as version 1 of the schema had them.
VERSION_1 = """
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE object (id {id} NOT NULL, iri {exact} NOT NULL, kind {exact}, label TEXT, description TEXT,
    visibility TEXT, attributes TEXT, identifiers TEXT, status TEXT, path TEXT, PRIMARY KEY (id), UNIQUE (iri));
CREATE INDEX object_path ON object (path) WHERE path IS NOT NULL;
CREATE TABLE run (id {id} NOT NULL, started TEXT NOT NULL, state TEXT NOT NULL, journal TEXT NOT NULL,
    journal_size BIGINT NOT NULL, assembly_version INTEGER NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY (id) REFERENCES object (id));
CREATE TABLE mention (run {id} NOT NULL, object {id} NOT NULL, PRIMARY KEY (run, object)) {no_rowid};
CREATE INDEX mention_object ON mention (object);
CREATE TABLE relation (subject {id} NOT NULL, predicate {exact} NOT NULL, object {id} NOT NULL, run {id} NOT NULL,
    attributes TEXT, PRIMARY KEY (subject, predicate, object, run)) {no_rowid};
CREATE INDEX relation_object ON relation (object, predicate);
INSERT INTO meta VALUES ('schema_version', '1'), ('written_by', '0.1.0');
INSERT INTO object (id, iri, kind, label, visibility, attributes, identifiers) VALUES
    (1, '{run}', 'Run', 'a run', 'private', '{{"status":"finished"}}', NULL),
    (7, 'urn:x:1', 'File', 'ü', 'public', NULL, '["doi:10.1/x"]');
INSERT INTO run VALUES (1, '2026-11-23T07:57:40.277Z', 'finished', 'run.jsonl', 10, 1);
INSERT INTO mention VALUES (1, 1), (1, 7);
INSERT INTO relation VALUES (1, 'used', 7, 1, '{{"slot":"raw"}}');
"""


@pytest.fixture
def old_store(database: str) -> str:
    """A store of version 1 with one run."""
    kind = "postgresql" if "://" in database else "sqlite"
    script = VERSION_1.format(**WORDS[kind], run=RUN_A)
    execute(database, *(statement for statement in script.split(";\n") if statement.strip()))
    return database


def schema(database: str) -> dict[str, Any]:
    """Return the tables of a database, with their columns, keys and indices, and its sequences."""
    engine = connected(database)
    inspector = inspect(engine)
    found: dict[str, Any] = {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted((str(index["name"]), index["column_names"]) for index in inspector.get_indexes(table)),
        )
        for table in inspector.get_table_names()
    }
    if engine.dialect.name == "postgresql":
        found["sequences"] = inspector.get_sequence_names()
    else:
        # An index on an expression is not reflected.
        found["indices"] = sorted(rows(database, "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"))
    engine.dispose()
    return found


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_version_1_becomes_what_a_new_store_is(old_store: str, request: pytest.FixtureRequest, tmp_path: Any) -> None:
    """Nothing that was stored changes, and the tables are the same as those of a new store."""
    with pytest.raises(StoreError, match="of an older version"):
        Store.open(old_store, readonly=True)

    with Store.open(old_store) as store:
        told = {thing.iri: (thing, relations) for thing, relations in store.statements()}
        run, file = told[RUN_A], told["urn:x:1"]
        assert run[0] == DigitalObject(RUN_A, Kind.RUN, "a run", attributes={"status": "finished"})
        assert [(r.predicate, r.object, r.attributes) for r in run[1]] == [("used", "urn:x:1", {"slot": "raw"})]
        assert (file[0].label, file[0].identifiers) == ("ü", ("doi:10.1/x",))
        assert [(row.iri, row.journal_size) for row in store.runs()] == [(RUN_A, 10)]
        store.assign_identifiers("heliport", [("urn:x:1", "hdl:20/1")])
        replace(store, RUN_B, whole_run(RUN_B))
        assert len(list(store.statements([RUN_B]))) == len(
            {thing.iri for thing in whole_run(RUN_B) if not isinstance(thing, Relation)}
        )

    fresh = str(tmp_path / "fresh.db")
    if "://" in old_store:
        server = request.getfixturevalue("postgresql")
        fresh = server.new_database()
    Store.open(fresh).close()
    assert schema(old_store) == schema(fresh)


def open_and_write(database: str, run: str) -> None:
    """Open a store, whatever version it is of, and record a run."""
    with Store.open(database) as store:
        replace(store, run, [*run_itself(run)])


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["old", "empty"])
def test_processes_that_migrate_at_once_do_it_once(database: str, begin: str, request: pytest.FixtureRequest) -> None:
    """Whoever comes second finds it done; every process can write, and what was there stays."""
    if begin == "old":
        request.getfixturevalue("old_store")
    runs = [f"urn:uuid:{number:08x}-e3c4-4bcf-aec1-70ddc2a78eb1" for number in range(4)]
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=open_and_write, args=(database, run)) for run in runs]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * len(runs)
    assert rows(database, "SELECT value FROM meta WHERE key = 'schema_version'") == [("3",)]
    with Store.open(database) as store:
        assert {row.iri for row in store.runs()} == {*runs, *([RUN_A] if begin == "old" else [])}
