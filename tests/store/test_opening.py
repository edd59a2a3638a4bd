"""Opening stores: new, old, newer, broken, busy."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect
from store.builders import RUN_A, replace, run_itself, whole_run
from store.databases import connected, execute, rows

from snakemake_heliport.store import Store, StoreError, migrations


def test_a_store_that_is_not_there_is_not_made_by_a_question(tmp_path: Path) -> None:
    """Without `create`, and when only reading, a missing store is an error that says what to do."""
    path = tmp_path / "store.db"

    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(StoreError, match="not there; record a run with"):
            Store.open(path, **options)
    assert not path.exists()


def test_a_newer_store_is_refused_untouched(database: str) -> None:
    """A store of a later schema names the plugin version it needs, and nothing in it changes."""
    with Store.open(database) as store:
        replace(store, RUN_A, run_itself(RUN_A))
    execute(
        database,
        "UPDATE meta SET value = '99' WHERE key = 'schema_version'",
        "UPDATE meta SET value = '7.1.0' WHERE key = 'written_by'",
    )
    before = content(database)

    for readonly in (False, True):
        with pytest.raises(StoreError, match=r"needs snakemake-heliport >= 7\.1\.0"):
            Store.open(database, readonly=readonly)

    assert content(database) == before


def content(database: str) -> object:
    """Return what must not change: the bytes of a file, or the rows on a server."""
    if "://" not in database:
        return Path(database).read_bytes()
    tables = ("meta", "object", "run", "mention", "relation")
    return [sorted(map(repr, rows(database, f"SELECT * FROM {table}"))) for table in tables]


def test_an_older_store_is_migrated_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing migrations run in order, in one transaction, and what was stored is still there."""
    with Store.open(database) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        before = list(store.statements())
    steps: list[int] = []

    def second(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE run ADD COLUMN note TEXT")
        steps.append(2)

    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, second, lambda _: steps.append(3)))

    with pytest.raises(StoreError, match="of an older version"):
        Store.open(database, readonly=True)
    for _ in range(2):
        with Store.open(database) as store:
            assert list(store.statements()) == before
    assert steps == [2, 3]


def test_a_migration_that_fails_leaves_the_store_as_it_was(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration is none."""
    Store.open(database).close()

    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE run ADD COLUMN note TEXT")
        connection.exec_driver_sql("ALTER TABLE nowhere ADD COLUMN note TEXT")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, broken))
        with pytest.raises(StoreError, match="nowhere"):
            Store.open(database)

    with Store.open(database) as store:
        assert store.runs() == []
    engine = connected(database)
    assert "note" not in [column["name"] for column in inspect(engine).get_columns("run")]
    engine.dispose()


def test_a_store_that_was_renewed_meanwhile_is_not_written(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of an older version, whose store a newer one has migrated since, writes nothing into it."""
    with Store.open(database) as store:
        execute(database, "UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        with pytest.raises(StoreError, match="needs snakemake-heliport >="):
            replace(store, RUN_A, run_itself(RUN_A))
        with pytest.raises(StoreError, match="needs snakemake-heliport >="):
            store.ledger("heliport").set_address("https://heliport.example")
    assert rows(database, "SELECT * FROM object") == []
    assert rows(database, "SELECT * FROM target") == []


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


def test_another_programs_database_is_left_alone(database: str) -> None:
    """A database without our tables is refused rather than filled."""
    execute(database, "CREATE TABLE something (x INTEGER)")

    with pytest.raises(StoreError, match="a database of another program"):
        Store.open(database)
    engine = connected(database)
    assert inspect(engine).get_table_names() == ["something"]
    engine.dispose()


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
