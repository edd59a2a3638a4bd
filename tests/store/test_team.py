"""A store that many use at once: nothing is lost or doubled, and nobody is told of the database's quarrels."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from store.builders import (
    ENGINE,
    RUN_A,
    RUN_B,
    STARTED,
    WORKFLOW,
    file,
    file_itself,
    replace,
    run_itself,
    whole_run,
    write,
)
from store.databases import execute, rows

from snakemake_heliport.identity import run_iri, workflow_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store, StoreError, staging

SHARED = 200
FORK = multiprocessing.get_context("fork")

# What no store may hold, each with what it would mean.
IMPOSSIBLE = {
    "a relation without its ends": """SELECT * FROM relation r WHERE NOT EXISTS
        (SELECT 1 FROM object o WHERE o.id = r.subject) OR NOT EXISTS (SELECT 1 FROM object o WHERE o.id = r.object)""",
    "a mention of nothing": "SELECT * FROM mention m WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.id = m.object)",
    "an IRI twice": "SELECT iri FROM object GROUP BY iri HAVING count(*) > 1",
    "an object that nobody mentions": """SELECT iri FROM object o WHERE kind IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM mention m WHERE m.object = o.id)""",
    "a stub that nothing names": """SELECT iri FROM object o WHERE kind IS NULL
        AND NOT EXISTS (SELECT 1 FROM relation r WHERE r.object = o.id OR r.subject = o.id)""",
}


def assert_sound(database: str) -> None:
    """Fail where the tables contradict each other."""
    found = {what: rows(database, query) for what, query in IMPOSSIBLE.items()}
    assert not any(found.values()), found


def started(work: Callable[..., None], arguments: list[tuple[Any, ...]]) -> list[Any]:
    """Start a process for each tuple of arguments."""
    # Under `--import-mode=importlib` a fresh interpreter could not import this module.
    processes = [FORK.Process(target=work, args=some) for some in arguments]
    for process in processes:
        process.start()
    return processes


def ended(processes: list[Any]) -> list[int | None]:
    """Wait for the processes, and return their exit codes."""
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def workflow_run(worker: int, number: int) -> tuple[str, list[DigitalObject | Relation]]:
    """Return a run of a worker's workflow: its own files, and objects that all workers describe differently."""
    run = run_iri(f"{worker:08x}-{number:04x}-4bcf-aec1-70ddc2a78eb1")
    iris = [f"urn:x:shared-{number}-{place:03}" for place in range(SHARED)]
    shared = [DigitalObject(iri, Kind.PACKAGE, f"of {worker}") for iri in (iris if worker % 2 else reversed(iris))]
    bonds = [Relation(run, Predicate.USED, iri) for iri in iris]
    own = [part for name in range(5) for part in file_itself(f"{worker}/{number}/{name}", f"{worker:02x}" * 32)]
    return run, [*run_itself(run, workflow_iri(f"{worker:02x}" * 32)), *shared, *bonds, *own]


def record(database: str, worker: int, runs: int, together: Any) -> None:
    """Record runs, each of them twice, as a command does that finds more in a journal; at last leave out the files."""
    with Store.open(database) as store:
        for number in range(runs):
            run, things = workflow_run(worker, number)
            together.wait(60)
            replace(store, run, things)
            replace(store, run, things if number % 2 else things[:-15])


def read(database: str, until: Any) -> None:
    """Read everything again and again; fail where what is read does not fit together."""
    with Store.open(database, readonly=True) as store:
        while not until.is_set():
            told = list(store.statements())
            named = {thing.iri for thing, _ in told}
            runs = [relations for thing, relations in told if thing.kind is Kind.RUN]
            for relations in runs:
                used = {r.object for r in relations if r.predicate is Predicate.USED}
                assert len(used) == SHARED
                assert used <= named
            assert len(runs) <= len(store.runs())


@pytest.mark.slow
def test_many_write_and_read_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight workflows on a server, three on a file, and readers beside them: every run is whole, and stands once."""
    # The order of locks is such that nothing ever has to be tried again.
    monkeypatch.setattr(staging, "TRIES", 1)
    workers, runs = (8, 6) if "://" in database else (3, 3)
    Store.open(database).close()
    over, together = FORK.Event(), FORK.Barrier(workers)
    readers = started(read, [(database, over)] * 2)
    writers = started(record, [(database, worker, runs, together) for worker in range(workers)])
    written = ended(writers)
    over.set()

    assert written == [0] * workers
    assert ended(readers) == [0, 0]
    with Store.open(database) as store:
        assert len(store.runs()) == workers * runs
        for worker in range(workers):
            for number in range(runs):
                run, things = workflow_run(worker, number)
                kept = things if number % 2 else things[:-15]
                selection = list(store.statements([run]))
                assert {thing.iri for thing, _ in selection} == {x.iri for x in kept if isinstance(x, DigitalObject)}
                told = {(r.subject, r.predicate, r.object) for _, relations in selection for r in relations}
                assert told >= {(r.subject, r.predicate, r.object) for r in kept if isinstance(r, Relation)}
    assert_sound(database)


def replace_again_and_again(database: str, run: str, wanted: list[list[DigitalObject | Relation]]) -> None:
    """Replace one run by different things in turn."""
    with Store.open(database) as store:
        for things in wanted * 5:
            replace(store, run, things)


@pytest.mark.slow
def test_one_run_replaced_by_several_is_what_one_of_them_said(database: str) -> None:
    """Two commands that assemble the same journal at once do not mix what they say."""
    short, long = run_itself(RUN_A), whole_run(RUN_A)
    processes = started(replace_again_and_again, [(database, RUN_A, [short, long]), (database, RUN_A, [long, short])])

    assert ended(processes) == [0, 0]
    with Store.open(database) as store:
        told = {thing.iri for thing, _ in store.statements()}
    assert told in [{x.iri for x in things if isinstance(x, DigitalObject)} for things in (short, long)]
    assert_sound(database)


def test_what_one_lets_go_and_another_takes_up_is_there(team_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that stops to mention a file, at the very time that another begins to, does not take it away."""
    with Store.open(team_database) as store:
        replace(store, RUN_A, [*run_itself(RUN_A), *file_itself("shared")])
    found, execute = threading.Event(), staging._execute

    def slowly(connection: Any, statements: Any, **values: Any) -> None:
        execute(connection, statements, **values)
        if statements is staging.IDENTIFY and not found.is_set():
            found.set()
            time.sleep(1)

    def take_up() -> None:
        with Store.open(team_database) as second:
            replace(second, RUN_B, [*run_itself(RUN_B), *file_itself("shared")])

    monkeypatch.setattr(staging, "_execute", slowly)
    other = threading.Thread(target=take_up)
    other.start()
    assert found.wait(30)
    with Store.open(team_database) as store:
        replace(store, RUN_A, run_itself(RUN_A))
        other.join()
        assert store.get(file("shared")) is not None
    assert_sound(team_database)


def write_and_wait(database: str, half_way: Any) -> None:
    """Begin to replace a run, send a part of it to the database, and wait to be killed."""
    with (
        Store.open(database) as store,
        store.replace_run(
            RUN_A, started=STARTED, state="failed", journal="j", journal_size=1, assembly_version=1
        ) as writer,
    ):
        write(writer, [DigitalObject("urn:x:new", Kind.FILE, "new"), *run_itself(RUN_A)])
        writer.flush()
        half_way.set()
        time.sleep(60)


def test_a_writer_that_is_killed_changes_nothing(database: str) -> None:
    """After kill -9 the store is as it was, and the next writer need not wait."""
    with Store.open(database) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        before = list(store.statements())
    half_way = FORK.Event()
    (process,) = started(write_and_wait, [(database, half_way)])
    assert half_way.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    assert ended([process]) == [-signal.SIGKILL]

    with Store.open(database) as store:
        assert list(store.statements()) == before
        begin = time.monotonic()
        replace(store, RUN_B, run_itself(RUN_B))
        assert time.monotonic() - begin < 10
        assert [row.state for row in store.runs()] == ["finished", "finished"]
    assert_sound(database)


def test_a_writer_that_is_not_done_keeps_nobody_waiting(team_database: str) -> None:
    """On a server, small runs come and go, new and again, while a large one is still being assembled."""
    half_way = FORK.Event()
    with Store.open(team_database) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        (process,) = started(write_and_wait, [(team_database, half_way)])
        assert half_way.wait(30)
        begin = time.monotonic()
        for _ in range(2):
            replace(store, RUN_B, whole_run(RUN_B))
        assert time.monotonic() - begin < 10
        os.kill(process.pid, signal.SIGKILL)
        assert ended([process]) == [-signal.SIGKILL]
        assert len(store.runs()) == 2


def test_a_deadlock_is_tried_again(team_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database breaks a circle of waiting at our expense, the merge is done once more, and says the same."""
    tried: list[int] = []
    merge = staging._merge

    def crossed(connection: Any, *rest: Any) -> None:
        tried.append(1)
        if len(tried) == 1:
            # One of the two is broken off after `deadlock_timeout`: the one who has waited less long to find out.
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '100ms'")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
            other.start()
            assert locked.wait(30)
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(2)")
        merge(connection, *rest)

    locked = threading.Event()

    def lock_the_other_way_round() -> None:
        with Store.open(team_database) as second, second._engine.begin() as connection:
            connection.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(2)"))
            locked.set()
            connection.execute(text("SELECT pg_advisory_xact_lock(1)"))

    other = threading.Thread(target=lock_the_other_way_round)
    monkeypatch.setattr(staging, "_merge", crossed)
    with Store.open(team_database) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        other.join()
        assert len(tried) == 2
        assert {thing.iri for thing, _ in store.statements()} == {
            x.iri for x in whole_run(RUN_A) if isinstance(x, DigitalObject)
        }
    assert_sound(team_database)


def test_what_others_describe_alike_is_not_written(team_database: str) -> None:
    """Describing a shared object as it is leaves its row alone, so writers do not wait for each other at it."""
    with Store.open(team_database) as store:
        replace(store, RUN_A, run_itself(RUN_A))
        query = f"SELECT xmin::text FROM object WHERE iri IN ('{ENGINE}', '{WORKFLOW}')"
        before = rows(team_database, query)
        replace(store, RUN_B, run_itself(RUN_B))
        replace(store, RUN_A, run_itself(RUN_A))
        assert rows(team_database, query) == before


def test_a_reader_sees_one_moment(store: Store, database: str) -> None:
    """What is written while a selection is made and read does not change what it tells."""
    replace(store, RUN_A, whole_run(RUN_A))
    expected = list(store.statements())
    changed: list[str] = []

    def change(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "position" in statement and "SELECT ordered" in statement and not changed:
            changed.append(statement)
            with Store.open(database) as second:
                replace(second, RUN_A, [*run_itself(RUN_A), *file_itself("later")])

    event.listen(store._engine, "before_cursor_execute", change)

    assert list(store.statements()) == expected
    assert changed
    assert list(store.statements()) != expected


def test_a_session_that_the_server_ends_is_one_line(team_database: str) -> None:
    """A server that is stopped in the middle is told in one line, and the run can be recorded again."""
    with Store.open(team_database) as store:

        def cut_off(connection: Any, *_: Any) -> None:
            execute(
                team_database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )

        event.listen(store._engine, "savepoint", cut_off, once=True)
        with pytest.raises(StoreError) as caught:
            replace(store, RUN_A, run_itself(RUN_A))
        assert "\n" not in str(caught.value)
        replace(store, RUN_A, run_itself(RUN_A))
        assert [row.iri for row in store.runs()] == [RUN_A]


def test_both_databases_tell_the_same(team_database: str, tmp_path: Path) -> None:
    """Runs that are written, changed and replaced in the same order make the same statements in either database."""
    described = DigitalObject(ENGINE, Kind.ENGINE, "another")
    dangling = Relation(RUN_B, Predicate.RELIED_ON, "urn:x:nobody")
    histories: list[tuple[str, list[DigitalObject | Relation]]] = [
        (RUN_A, whole_run(RUN_A)),
        (RUN_B, [*whole_run(RUN_B), described, dangling]),
        (RUN_A, run_itself(RUN_A)),
        (RUN_B, [*run_itself(RUN_B), dangling]),
    ]
    with Store.open(tmp_path / "store.db") as one, Store.open(team_database) as other:
        for run, things in histories:
            for store in (one, other):
                replace(store, run, things)
            assert list(one.statements()) == list(other.statements())
            assert list(one.statements([RUN_A])) == list(other.statements([RUN_A]))
            assert one.runs() == other.runs()
    assert_sound(str(tmp_path / "store.db"))
    assert_sound(team_database)
