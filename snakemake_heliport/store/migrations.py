"""Bring a store to the schema of this version, or refuse one that is newer."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, select

from snakemake_heliport import __version__
from snakemake_heliport.store.engine import MIGRATING, alone
from snakemake_heliport.store.errors import StoreError
from snakemake_heliport.store.schema import meta, metadata

SENDING = (
    """CREATE TABLE identifier (iri {exact} NOT NULL, identifier {exact} NOT NULL, target TEXT NOT NULL,
        PRIMARY KEY (iri, identifier)) {no_rowid}""",
    """CREATE TABLE target (name {exact} NOT NULL, address TEXT, facts TEXT, PRIMARY KEY (name))""",
    """CREATE TABLE sent (target {exact} NOT NULL, kind {exact} NOT NULL, "key" {exact} NOT NULL, server_id TEXT,
        url TEXT, payload TEXT, state TEXT NOT NULL, at {real} NOT NULL,
        PRIMARY KEY (target, kind, "key")) {no_rowid}""",
    """CREATE TABLE outbox (target {exact} NOT NULL, run {exact} NOT NULL, queued {real} NOT NULL,
        tries INTEGER NOT NULL, tried {real}, next {real}, failure TEXT, facts TEXT,
        PRIMARY KEY (target, run))""",
    """CREATE TABLE lease (name {exact} NOT NULL, holder TEXT NOT NULL, until {real} NOT NULL,
        PRIMARY KEY (name))""",
)
COUNTING = (
    "CREATE SEQUENCE object_id",
    "SELECT setval('object_id', (SELECT coalesce(max(id), 0) + 1 FROM object), false)",
)
WORDS = {
    "sqlite": {"exact": "TEXT", "real": "DOUBLE", "no_rowid": "WITHOUT ROWID"},
    "postgresql": {"exact": 'TEXT COLLATE "C"', "real": "DOUBLE PRECISION", "no_rowid": ""},
}


def _add_sending(connection: Connection) -> None:
    """1 to 2: what servers were sent, and what they gave back; ids that several writers can take at once."""
    kind = connection.dialect.name
    for statement in (*SENDING, *(COUNTING if kind == "postgresql" else ())):
        connection.exec_driver_sql(statement.format(**WORDS[kind]))


def _index_objects(connection: Connection) -> None:
    """2 to 3: the objects of a kind or of a name, without looking at every other one."""
    connection.exec_driver_sql("CREATE INDEX object_kind ON object (kind)")
    connection.exec_driver_sql("CREATE INDEX object_label ON object (substr(label, 1, 100))")


# Each takes a store from one version to the next: the first from 1 to 2. Never change one that was released, and do
# not use the tables of `schema`, which are those of the latest version.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_add_sending, _index_objects)


def current_version() -> int:
    """Return the schema version that this code reads and writes."""
    return 1 + len(MIGRATIONS)


def version_of(connection: Connection, place: str) -> int | None:
    """Return the schema version of a store, or None of an empty database.

    Raises:
        StoreError: The store is newer than this code, or the database belongs to something else.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if meta.name not in tables:
        raise StoreError(f"store {place}: a database of another program; name another path with --store")
    return known_version(connection, place)


def known_version(connection: Connection, place: str) -> int:
    """Return the schema version of what is known to be a store.

    Raises:
        StoreError: It is newer than this code: another process may have migrated it since it was opened.
    """
    facts = {row.key: row.value for row in connection.execute(select(meta))}
    version = int(facts.get("schema_version", "0"))
    if version > current_version():
        raise StoreError(
            f"store {place}: needs snakemake-heliport >= {facts.get('written_by', '?')} (this is {__version__}); "
            "upgrade the plugin, or name another store with --store"
        )
    return version


def migrate(engine: Engine, place: str) -> None:
    """Create the tables of an empty database, or run the migrations that a store lacks, in one transaction.

    Looks again at the version, once it is the only writer: another process may have been faster.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        alone(connection, MIGRATING)
        version = version_of(connection, place)
        if version == current_version():
            return
        if version is None:
            metadata.create_all(connection)
        else:
            for step in MIGRATIONS[version - 1 :]:
                step(connection)
        connection.execute(meta.delete())
        facts = {"schema_version": str(current_version()), "written_by": __version__}
        connection.execute(meta.insert(), [{"key": key, "value": value} for key, value in facts.items()])
