"""Which database a store lies in, how it is called, and whether this code can use it as it is."""

from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import ArgumentError

from snakemake_heliport.store.engine import reading_engine, url_of, writing_engine
from snakemake_heliport.store.errors import StoreError
from snakemake_heliport.store.migrations import current_version, version_of

DRIVER_ADVICE = "pip install 'snakemake-logger-plugin-heliport[postgresql]'"


def engines(target: str | Path) -> tuple[URL, Engine, Engine]:
    """Return the URL of a target, and the engines that read and write it."""
    try:
        url = url_of(target)
        return url, reading_engine(url), writing_engine(url)
    except ModuleNotFoundError as error:
        raise StoreError(f"store: no driver for PostgreSQL; {DRIVER_ADVICE}") from error
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password at any place.
        raise StoreError("store: not a URL of a database; give a path or postgresql://user@host/database") from error


def shown(url: URL) -> str:
    """Return a URL as people may see it: without passwords, and without the name of the driver."""
    query = {name: value for name, value in url.query.items() if "password" not in name}
    return url.set(drivername=url.get_backend_name(), query=query).render_as_string(hide_password=True)


def is_current(engine: Engine, place: str) -> bool:
    """Refuse what this code cannot use, without a connection that could change it."""
    try:
        with engine.connect() as connection:
            return version_of(connection, place) == current_version()
    finally:
        engine.dispose()
