"""One store for all runs, whatever the database. What few commands need of it is loaded where it is needed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import counting, reading, walking
from snakemake_heliport.store.engine import MIGRATING, among_others, database_file, snapshots
from snakemake_heliport.store.errors import StoreError, reported
from snakemake_heliport.store.migrations import known_version, migrate
from snakemake_heliport.store.opening import engines, is_current, shown
from snakemake_heliport.store.writing import RunWriter

if TYPE_CHECKING:
    from snakemake_heliport.store.ledger import Ledger
    from snakemake_heliport.store.stated import State
    from snakemake_heliport.store.streaming import Statement


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
            target: The path of an SQLite file, or a URL such as `postgresql://user@host/database`.
            create: Make a store where there is none; its folder must exist.
            readonly: Never change anything, not even the schema.

        Raises:
            StoreError: There is no store, or it cannot be used; it is left as it was.
        """
        url, reader, writer = engines(target)
        file = database_file(url)
        place = str(file) if file else shown(url)
        empty = file is not None and (not file.exists() or file.stat().st_size == 0)
        if empty and (readonly or not create):
            raise StoreError(f"store {place}: not there; record a run with `snakemake --logger heliport` first")
        with reported(place):
            current = not empty and is_current(reader, place)
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

    @property
    def place(self) -> str:
        """Where the store is: a path, or a URL without its password."""
        return self._place

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
        self._refuse_if_readonly()
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
        from snakemake_heliport.store.inserting import inserting
        from snakemake_heliport.store.staging import staging

        replacing = inserting if self._engine.dialect.name == "sqlite" else staging
        with reported(self._place), replacing(self._engine, self._check, run_iri, **facts) as writer:
            yield writer

    def runs(self, kind: Kind = Kind.RUN) -> list[reading.RunRow]:
        """Return all runs, the latest last; of another kind, what else states things by itself, as an import does."""
        with self._reading() as connection:
            return reading.runs(connection, kind)

    def stamps(self, kind: Kind = Kind.RUN) -> dict[str, counting.Stamp]:
        """Return what changes whenever a run does, by the IRI of the run, the latest last; much cheaper than `runs`."""
        with self._reading() as connection:
            return counting.stamps(connection, kind)

    def revision(self) -> str:
        """Return what changes whenever anything that the store tells of its objects and relations does."""
        with self._reading() as connection:
            return counting.revision(connection)

    def jobs_by_rule(self, run: str) -> list[counting.RuleCount]:
        """Return how many jobs of a run ended how, by rule; of a job that was tried again, the last attempt counts."""
        with self._reading() as connection:
            return counting.jobs_by_rule(connection, run)

    def get(self, iri: str) -> DigitalObject | None:
        """Return the object of this IRI, None where nobody has described it."""
        with self._reading() as connection:
            return reading.get(connection, iri)

    def of_kind(self, *kinds: Kind, limit: int | None = None) -> list[DigitalObject]:
        """Return the objects of these kinds, those first that the latest run speaks of, then by kind and IRI.

        Args:
            limit: How many to return at most; None for all.
        """
        with self._reading() as connection:
            return reading.of_kind(connection, kinds, limit)

    def states(self, runs: Collection[str]) -> Iterator["State"]:
        """Yield every state of a path that these runs state, each once."""
        from snakemake_heliport.store import stated

        with self._reading() as connection:
            yield from stated.states(connection, runs)

    def stated_of_kind(self, runs: Collection[str], kind: Kind, *statuses: str) -> list[DigitalObject]:
        """Return the objects of a kind that these runs state, those with one of these statuses, or all if none."""
        from snakemake_heliport.store import stated

        with self._reading() as connection:
            iris = stated.of_kind(connection, runs, kind, statuses)
            return list(reading.objects(connection, iris).values())

    def temporary(self, runs: Collection[str]) -> set[str]:
        """Return the IRIs of the files that these runs say are meant to be gone, or say that they did away with."""
        from snakemake_heliport.store import stated

        with self._reading() as connection:
            return stated.temporary(connection, runs)

    def runs_that_state(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return, for each of these objects, the IRIs of the runs that state it, each with when it began."""
        from snakemake_heliport.store import stated

        with self._reading() as connection:
            return stated.runs_that_state(connection, iris)

    def find(self, text: str, kinds: Iterable[Kind] | None = None, limit: int = 20) -> list[DigitalObject]:
        """Return what the text may mean: an IRI, the start of a run's id, a label or path, or a part of one."""
        with self._reading() as connection:
            return reading.find(connection, text, kinds, limit)

    def search(self, text: str, kinds: Iterable[Kind] | None = None, limit: int = 20) -> list[DigitalObject]:
        """Return what the text may mean by any of the rules of `find`, the most exact matches first."""
        with self._reading() as connection:
            return reading.search(connection, text, kinds, limit)

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

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return the objects of these IRIs that are described, by IRI."""
        with self._reading() as connection:
            return reading.objects(connection, iris)

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> list[Relation]:
        """Return the relations of these predicates that start (or end) at any of these objects, each once."""
        with self._reading() as connection:
            return reading.relations_at(connection, iris, predicates, outgoing=outgoing)

    def walk(
        self, starts: Iterable[str], *, upward: bool, steps: int | None = None, most: int | None = None
    ) -> tuple[list[walking.Met], list[Relation]]:
        """Return all that some things came from (or that came of them), and the relations that lead there.

        Args:
            starts: The IRIs of files, jobs, or whatever else data flows through; they are part of the answer.
            upward: To what they came from.
            steps: How many jobs and training runs to pass; None for all.
            most: How many things to come to, the nearest first; None for all.
        """
        with self._reading() as connection:
            met = walking.walk(connection, starts, upward=upward, steps=steps, most=most)
            return met, walking.links(connection, met)

    def comes_to(self, starts: Iterable[str], *, upward: bool, most: int) -> bool:
        """Return whether a walk comes to so many things, which is told much sooner than what they are."""
        with self._reading() as connection:
            return walking.comes_to(connection, starts, upward=upward, most=most)

    def same_at_path(self, iris: Iterable[str]) -> list[tuple[str, str]]:
        """Return pairs of one of these files and another state of its path in which it had the same bytes."""
        with self._reading() as connection:
            return walking.same_at_path(connection, iris)

    def statements(
        self,
        runs: Sequence[str] | None = None,
        audience: Visibility = Visibility.PRIVATE,
        things: Sequence[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> "Iterator[Statement]":
        """Yield every object of a selection with its relations, always in the same order.

        Args:
            runs: The IRIs of the runs, with what they relied on; None for everything.
            audience: The least visibility that is told: PUBLIC leaves out all that is not public.
            things: The IRIs of files, models or datasets that are wanted with all that they came from, instead of runs.
            kinds: The kinds of objects that are told, None for all; relations to others are left out.
        """
        from snakemake_heliport.store.streaming import statements

        with self._reading() as connection:
            yield from statements(connection, runs, things, audience, kinds)

    def paths(self, audience: Visibility) -> dict[str, bool]:
        """Return all recorded paths, and of each whether an audience may see anything that was there."""
        from snakemake_heliport.store.streaming import paths

        with self._reading() as connection:
            return paths(connection, audience)

    def ledger(self, name: str) -> "Ledger":
        """Return what the server of this name was sent, and what waits for it."""
        from snakemake_heliport.store.ledger import Ledger

        return Ledger(self._reading, self._writing, name)

    def targets(self) -> list[str]:
        """Return the names of the servers that this store was sent to, or that something waits for."""
        from snakemake_heliport.store.ledger import target_names

        with self._reading() as connection:
            return target_names(connection)

    def assign_identifiers(self, name: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Give objects the persistent identifiers that a server assigned, for good.

        Args:
            name: What the server is called.
            pairs: The IRI of an object and an identifier, each; an object may have several.

        Raises:
            StoreError: The store was opened for reading, or cannot be written.
        """
        from snakemake_heliport.store.ledger import assign_identifiers

        ready = list(pairs)
        with self._writing() as connection:
            assign_identifiers(connection, name, ready)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reported(self._place), snapshots(self._engine).connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._refuse_if_readonly()
        with (
            reported(self._place),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            among_others(connection, MIGRATING)
            self._check(connection)
            yield connection

    def _check(self, connection: Connection) -> int:
        return known_version(connection, self._place)

    def _refuse_if_readonly(self) -> None:
        if self._readonly:
            raise StoreError(f"store {self._place}: opened for reading only; open it without `readonly` to write")
