"""Bring a store to the schema of this version, or refuse one that is newer."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, select

from snakemake_heliport import __version__
from snakemake_heliport.store.errors import StoreError
from snakemake_heliport.store.schema import meta, metadata

# Each takes a store from one version to the next: the first from 1 to 2. Never change one that was released.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()


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
