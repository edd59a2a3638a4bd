"""Opening stores: new, old, newer, broken, busy."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection
from store.builders import RUN_A, replace, run_itself, whole_run

from snakemake_heliport.identity import run_iri
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store, StoreError, migrations

SHARED = "urn:x:shared"


def test_a_store_that_is_not_there_is_not_made_by_a_question(tmp_path: Path) -> None:
    """Without `create`, and when only reading, a missing store is an error that says what to do."""
    path = tmp_path / "store.db"

    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(StoreError, match="not there; record a run with"):
            Store.open(path, **options)
    assert not path.exists()


def test_a_newer_store_is_refused_untouched(tmp_path: Path) -> None:
    """A store of a later schema names the plugin version it needs, and not a byte of it changes."""
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        replace(store, RUN_A, run_itself(RUN_A))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        connection.execute("UPDATE meta SET value = '7.1.0' WHERE key = 'written_by'")
    connection.close()
    before = path.read_bytes()

    for readonly in (False, True):
        with pytest.raises(StoreError, match=r"needs snakemake-heliport >= 7\.1\.0"):
            Store.open(path, readonly=readonly)

    assert path.read_bytes() == before


def test_an_older_store_is_migrated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing migrations run in order, in one transaction, and what was stored is still there."""
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        before = list(store.statements())
    steps: list[int] = []

    def second(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE run ADD COLUMN note TEXT")
        steps.append(2)

    monkeypatch.setattr(migrations, "MIGRATIONS", (second, lambda _: steps.append(3)))

    with pytest.raises(StoreError, match="of an older version"):
        Store.open(path, readonly=True)
    for _ in range(2):
        with Store.open(path) as store:
            assert list(store.statements()) == before
    assert steps == [2, 3]


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration is none."""
    path = tmp_path / "store.db"
    Store.open(path).close()

    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE run ADD COLUMN note TEXT")
        connection.exec_driver_sql("ALTER TABLE nowhere ADD COLUMN note TEXT")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", (broken,))
        with pytest.raises(StoreError, match="nowhere"):
            Store.open(path)

    with Store.open(path) as store:
        assert store.runs() == []
    connection = sqlite3.connect(path)
    assert "note" not in [column[1] for column in connection.execute("PRAGMA table_info(run)")]
    connection.close()


@pytest.mark.parametrize("damage", ["not a database at all, but long enough to be looked at", "truncated"])
def test_a_corrupt_file_is_reported_with_advice(tmp_path: Path, damage: str) -> None:
    """What SQLite cannot read is one line that says how to get the store back."""
    path = tmp_path / "store.db"
    if damage == "truncated":
        with Store.open(path) as store:
            replace(store, RUN_A, whole_run(RUN_A))
        path.write_bytes(path.read_bytes()[:-4096] + b"\xff" * 100)
        content = bytearray(path.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        path.write_bytes(bytes(content))
    else:
        path.write_text(damage * 20)

    with pytest.raises(StoreError) as caught, Store.open(path) as store:
        list(store.statements())

    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert "move it away; `snakemake-heliport runs` rebuilds it from .heliport/journal" in message


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A database without our tables is refused rather than filled."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE something (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="a database of another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_database_url_without_its_driver_says_so() -> None:
    """A URL that SQLAlchemy cannot serve is one line, not a traceback."""
    with pytest.raises(StoreError, match="give a path or postgresql"):
        Store.open("nosuchdatabase://host/name")


def test_a_store_is_found_by_url_and_read_only(tmp_path: Path) -> None:
    """An SQLite URL and a path with odd characters name the same store; a reader cannot change it."""
    path = tmp_path / "a b%20?#é.db"
    with Store.open(path) as store:
        replace(store, RUN_A, run_itself(RUN_A))

    with Store.open(path, readonly=True) as reader:
        assert [row.iri for row in reader.runs()] == [RUN_A]
        with pytest.raises(StoreError, match="opened for reading only"):
            replace(reader, RUN_A, [])

    plain = tmp_path / "plain.db"
    with Store.open(f"sqlite:///{plain}") as store:
        replace(store, RUN_A, run_itself(RUN_A))
    assert plain.exists()


def _record(path: Path, worker: int, runs: int) -> None:
    for number in range(runs):
        run = run_iri(f"{worker:08x}-{number:04x}-4bcf-aec1-70ddc2a78eb1")
        with Store.open(path) as store:
            shared = DigitalObject(SHARED, Kind.ENGINE, f"worker {worker}")
            replace(store, run, [*whole_run(run), shared])


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Several processes create the same store and fill it at the same time; every run is whole."""
    path, workers, runs = tmp_path / "store.db", 3, 5
    # Under `--import-mode=importlib` a fresh interpreter could not import this module.
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_record, args=(path, worker, runs)) for worker in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * workers
    with Store.open(path) as store:
        rows = store.runs()
        assert len(rows) == workers * runs
        assert all(row.jobs == {"finished": 2} for row in rows)
        shared = store.get(SHARED)
    assert shared is not None
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM object WHERE iri = ?", (SHARED,)).fetchone() == (1,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
