"""The databases that a store can lie in: a file, and a PostgreSQL server that the tests start themselves."""

import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from snakemake_heliport.store import Store

# Nothing here has to survive a power cut.
HASTE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Server:
    """A PostgreSQL server in a temporary directory, which gives out empty databases."""

    def __init__(self, uri: str) -> None:
        given = make_url(uri)
        # As a user would type it: `pgserver` adds an empty password.
        self._uri = URL.create("postgresql", given.username, database=given.database, query=given.query)
        self._engine = create_engine(self._uri.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._uri.render_as_string()

    def execute(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        name = f"store_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        return self._uri.set(database=name).render_as_string()

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _started(pgserver: Any, data: Path) -> Any:
    """Start a server; on a busy machine that may take longer than the ten seconds that `pgserver` waits for it."""
    for further in reversed(range(5)):
        try:
            return pgserver.get_server(data, cleanup_mode="stop")
        except (subprocess.TimeoutExpired, AssertionError):
            if not further:
                raise
        pgserver.PostgresServer._instances.pop(data.resolve(), None)
        time.sleep(2)
    raise AssertionError("unreachable")


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server of one's own, and stop it at the end; each worker of pytest-xdist has one.

    Tests are skipped only where `pgserver`, which is in the extra `test`, is not installed: it has no wheels for Python
    3.13. As root, which PostgreSQL refuses to run as, `pgserver` makes a user of its name and runs it as that.
    """
    pgserver: Any = pytest.importorskip("pgserver", reason="no PostgreSQL: `pgserver` is not installed")
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install psycopg[binary]")
    # Not in pytest's folders: their paths are too long for a socket, and only their owner may enter them.
    with tempfile.TemporaryDirectory(prefix="heliport-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        process = _started(pgserver, data)
        server = Server(process.get_uri())
        try:
            for setting in HASTE:
                server.execute(f"ALTER SYSTEM SET {setting}")
            server.execute("SELECT pg_reload_conf()")
            yield server
        finally:
            server.close()
            process.cleanup()


def connected(target: str) -> Engine:
    """Return an engine that goes past the store."""
    if "://" in target:
        return create_engine(make_url(target).set(drivername="postgresql+psycopg"))
    return create_engine(f"sqlite:///{target}")


def rows(target: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what a query past the store finds."""
    engine = connected(target)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(statement)]
    engine.dispose()
    return found


def execute(target: str, *statements: str) -> None:
    """Change a database past the store, in one transaction."""
    engine = connected(target)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The PostgreSQL server of this test session."""
    with running_server() as server:
        yield server


@pytest.fixture
def team_database(postgresql: Server) -> Iterator[str]:
    """The URL of an empty database on the server."""
    url = postgresql.new_database()
    yield url
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The path or URL of a store that is not there yet, in each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    url: str = request.getfixturevalue("team_database")
    return url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty store, in each kind of database."""
    with Store.open(database) as opened:
        yield opened
