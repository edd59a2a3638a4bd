"""One store for all runs, whatever the database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from snakemake_heliport.model import DigitalObject, Kind, Relation, Visibility
from snakemake_heliport.store import reading
from snakemake_heliport.store.engine import database_file, reading_engine, url_of, writing_engine
from snakemake_heliport.store.errors import StoreError, reported
from snakemake_heliport.store.migrations import current_version, migrate, version_of
from snakemake_heliport.store.streaming import Statement, statements
from snakemake_heliport.store.writing import RunWriter, replacing


class Store:
    """The objects and relations of all runs. Open it with `Store.open`; it is a context manager."""

    def __init__(self, engine: Engine, place: str, *, readonly: bool = False) -> None:
        self._engine = engine
        self._place = place
        self._readonly = readonly

    @classmethod
    def open(cls, target: str | Path, *, create: bool = True, readonly: bool = False) -> Self:
        """Open the store at a path or database URL, and bring its schema to this version.

        Args:
            target: The path of an SQLite file, or any SQLAlchemy URL.
            create: Make a store where there is none; its folder must exist.
            readonly: Never change anything, not even the schema.

        Raises:
            StoreError: There is no store, or it cannot be used; it is left as it was.
        """
        try:
            url = url_of(target)
            reader, writer = reading_engine(url), writing_engine(url)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreError(f"store {target}: {error}; give a path or postgresql+psycopg://…") from error
        file = database_file(url)
        place = str(file) if file else url.render_as_string(hide_password=True)
        empty = file is not None and (not file.exists() or file.stat().st_size == 0)
        if empty and (readonly or not create):
            raise StoreError(f"store {place}: not there; record a run with `snakemake --logger heliport` first")
        with reported(place):
            current = not empty and _is_current(reader, place)
            if readonly and not current:
                raise StoreError(f"store {place}: of an older version; run `snakemake-heliport runs` once to renew it")
            if not current:
                migrate(writer, place)
        return cls(reader if readonly else writer, place, readonly=readonly)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the store can be used again, which opens new ones."""
        self._engine.dispose()

    def replace_run(
        self, run_iri: str, *, started: str, state: str, journal: str, journal_size: int, assembly_version: int
    ) -> AbstractContextManager[RunWriter]:
        """Replace everything that a run stated by what the writer is given, all or nothing.

        Objects that no run mentions any more are removed.

        Raises:
            StoreError: The store was opened for reading, or cannot be written.
        """
        if self._readonly:
            raise StoreError(
                f"store {self._place}: opened for reading only; open it without `readonly` to record a run"
            )
        return self._replacing(
            run_iri,
            started=started,
            state=str(state),
            journal=journal,
            journal_size=journal_size,
            assembly_version=assembly_version,
        )

    @contextmanager
    def _replacing(self, run_iri: str, **facts: str | int) -> Iterator[RunWriter]:
        with reported(self._place), replacing(self._engine, run_iri, **facts) as writer:
            yield writer

    def runs(self, kind: Kind = Kind.RUN) -> list[reading.RunRow]:
        """Return all runs, the latest last; of another kind, what else states things by itself, as an import does."""
        with self._reading() as connection:
            return reading.runs(connection, kind)

    def get(self, iri: str) -> DigitalObject | None:
        """Return the object of this IRI, None where nobody has described it."""
        with self._reading() as connection:
            return reading.get(connection, iri)

    def find(self, text: str, kinds: Iterable[Kind] | None = None, limit: int = 20) -> list[DigitalObject]:
        """Return what the text may mean: an IRI, the start of a run's id, a label or path, or a part of one."""
        with self._reading() as connection:
            return reading.find(connection, text, kinds, limit)

    def generators(self, file_iris: Iterable[str]) -> dict[str, str]:
        """Return, for each of these files that a job of any run is known to have written, the IRI of that job."""
        with self._reading() as connection:
            return reading.generators(connection, file_iris)

    def file_versions(self, path: str) -> list[DigitalObject]:
        """Return what was recorded at a path, the latest last."""
        with self._reading() as connection:
            return reading.file_versions(connection, path)

    def relations_of(self, iri: str) -> tuple[list[Relation], list[Relation]]:
        """Return the relations that start at an object, and those that end at it."""
        with self._reading() as connection:
            return reading.relations_of(connection, iri)

    def statements(
        self,
        runs: Sequence[str] | None = None,
        audience: Visibility = Visibility.PRIVATE,
        things: Sequence[str] | None = None,
    ) -> Iterator[Statement]:
        """Yield every object of a selection with its relations, always in the same order.

        Args:
            runs: The IRIs of the runs, with what they relied on; None for everything.
            audience: The least visibility that is told: PUBLIC leaves out all that is not public.
            things: The IRIs of files, models or datasets that are wanted with all that they came from, instead of runs.
        """
        with self._reading() as connection:
            yield from statements(connection, runs, things, audience)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reported(self._place), self._engine.connect() as connection:
            yield connection


def _is_current(engine: Engine, place: str) -> bool:
    """Refuse what this code cannot use, without a connection that could change it."""
    try:
        with engine.connect() as connection:
            return version_of(connection, place) == current_version()
    finally:
        engine.dispose()
