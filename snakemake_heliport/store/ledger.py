"""What a server was sent, what it answered and what waits for it: in the store, shared by all who use it.

Every method is one short transaction of its own, so what is noted after an answer is safe before the next request.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select, union

from snakemake_heliport.model import JsonValue
from snakemake_heliport.store.batches import delete_batch, insert_or, upsert_batch
from snakemake_heliport.store.engine import present
from snakemake_heliport.store.rows import dumped, loaded, storable
from snakemake_heliport.store.schema import identifier, lease, outbox, sent, target

Transaction = Callable[[], AbstractContextManager[Connection]]


class Entry(NamedTuple):
    """What is known at a server of one object, relation, attribute or graph.

    Attributes:
        payload: The SHA-256 of what was sent.
        state: A word of the sender's own.
        at: Seconds since 1970.
    """

    server_id: str | None
    url: str | None
    payload: str | None
    state: str
    at: float


class Waiting(NamedTuple):
    """A run that waits to be sent.

    Attributes:
        tried: When the last try ended, None before the first.
        next: When the next one may begin, None for at once.
        failure: Why the last one failed.
    """

    run: str
    queued: float
    tries: int
    tried: float | None
    next: float | None
    failure: str | None
    facts: dict[str, JsonValue]


class Ledger:
    """One server's part of the store. `Store.ledger` makes it.

    Args:
        reading: Begins a transaction that reads.
        writing: Begins a transaction that writes; it raises `StoreError` where the store must not be changed.
        name: What the server is called.
    """

    def __init__(self, reading: Transaction, writing: Transaction, name: str) -> None:
        self._reading = reading
        self._writing = writing
        self._name = storable(name)

    def entries(self, kind: str, keys: Sequence[str] | None = None) -> dict[str, Entry]:
        """Return what was recorded of a kind, by key.

        Args:
            keys: The few keys that are asked for; None for all.
        """
        columns = [sent.c[name] for name in ("key", *Entry._fields)]
        query = select(*columns).where(sent.c.target == self._name, sent.c.kind == kind).order_by(sent.c.key)
        if keys is not None:
            query = query.where(sent.c.key.in_(list(map(storable, keys))))
        with self._reading() as connection:
            return {key: Entry(*rest) for key, *rest in connection.execute(query)}

    def record(self, kind: str, rows: Iterable[tuple[str, Entry]]) -> None:
        """Note what was sent and what came back; of a key that is there already, this replaces what was known."""
        # In order of the keys, which keeps two who write the same ones from waiting for each other.
        ready = sorted({storable(key): entry for key, entry in rows}.items())
        with self._writing() as connection:
            upsert_batch(connection, sent, ("target", "kind", "key", *Entry._fields))(
                [(self._name, kind, key, *entry) for key, entry in ready]
            )

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        """Remove what is recorded of these keys."""
        with self._writing() as connection:
            delete_batch(connection, sent, ("target", "kind", "key"))(
                [(self._name, kind, key) for key in sorted(set(map(storable, keys)))]
            )

    def forget_all(self) -> None:
        """Remove all that is recorded as sent; what waits, the address and the facts stay."""
        with self._writing() as connection:
            connection.execute(sent.delete().where(sent.c.target == self._name))

    def assigned(self) -> dict[str, set[str]]:
        """Return the persistent identifiers that the server gave to objects, by their IRIs."""
        found: dict[str, set[str]] = {}
        with self._reading() as connection:
            query = select(identifier.c.iri, identifier.c.identifier).where(identifier.c.target == self._name)
            for iri, given in connection.execute(query):
                found.setdefault(iri, set()).add(given)
        return found

    @property
    def address(self) -> str | None:
        """Where the server was last, None if it has never been said."""
        found: str | None = self._fact("address")
        return found

    def set_address(self, address: str) -> None:
        """Note where the server is."""
        self._set("address", storable(address))

    @property
    def facts(self) -> dict[str, JsonValue]:
        """What was learned of the server."""
        return loaded(self._fact("facts")) or {}

    def set_facts(self, facts: Mapping[str, JsonValue]) -> None:
        """Note what was learned of the server, in place of what was known."""
        self._set("facts", dumped(dict(facts)))

    def enqueue(self, run_iri: str, facts: Mapping[str, JsonValue] | None = None) -> None:
        """Let a run wait to be sent; one that waits already keeps its place and its tries, and gets the new facts."""
        names = ("target", "run", "queued", "tries", "facts")
        values = (self._name, storable(run_iri), time.time(), 0, dumped(dict(facts or {})))
        with self._writing() as connection:
            statement = insert_or(connection, outbox, names)
            statement = statement.on_conflict_do_update(
                index_elements=["target", "run"], set_={"facts": statement.excluded.facts}
            )
            connection.execute(statement, dict(zip(names, values, strict=True)))

    def waiting(self) -> list[Waiting]:
        """Return the runs that wait, the oldest first, also those whose next try is not due yet."""
        columns = [outbox.c[name] for name in Waiting._fields]
        query = select(*columns).where(outbox.c.target == self._name).order_by(outbox.c.queued, outbox.c.run)
        with self._reading() as connection:
            return [Waiting(*row)._replace(facts=loaded(row.facts) or {}) for row in connection.execute(query)]

    def failed(self, run_iri: str, failure: str, next_at: float | None = None) -> None:
        """Note that a try to send a run failed, why, and when the next one may begin."""
        told: dict[str, Any] = {"tried": time.time(), "next": next_at, "failure": storable(failure)}
        change = outbox.update().where(*self._waits(run_iri)).values(tries=outbox.c.tries + 1, **told)
        with self._writing() as connection:
            connection.execute(change)

    def done(self, run_iri: str) -> None:
        """Note that a run was sent: it waits no longer."""
        with self._writing() as connection:
            connection.execute(outbox.delete().where(*self._waits(run_iri)))

    def acquire(self, holder: str, seconds: float) -> bool:
        """Take the right to send to this server, if nobody holds it or its time is over; return whether it is ours.

        Who holds it already holds it for `seconds` from now. Time is that of the database's machine.
        """
        with self._writing() as connection:
            now = present(connection)
            statement = insert_or(connection, lease, ()).values(name=self._name, holder=holder, until=now + seconds)
            free = (lease.c.until <= now) | (lease.c.holder == holder)
            statement = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": statement.excluded.holder, "until": statement.excluded.until},
                where=free,
            )
            connection.execute(statement)
            # Asked rather than counted: not every driver tells how many rows an insert changed.
            return bool(connection.scalar(select(exists().where(*self._held(holder)))))

    @property
    def holder(self) -> str | None:
        """Who has the right to send to this server, or had it last and did not give it back."""
        with self._reading() as connection:
            found: str | None = connection.scalar(select(lease.c.holder).where(lease.c.name == self._name))
        return found

    def renew(self, holder: str, seconds: float) -> bool:
        """Hold the right for `seconds` from now; return False where somebody else has taken it over."""
        with self._writing() as connection:
            until = present(connection) + seconds
            change = lease.update().where(*self._held(holder)).values(until=until)
            return bool(connection.execute(change).rowcount)

    def release(self, holder: str) -> None:
        """Give the right back, if this holder has it."""
        with self._writing() as connection:
            connection.execute(lease.delete().where(*self._held(holder)))

    def _waits(self, run_iri: str) -> tuple[Any, ...]:
        return outbox.c.target == self._name, outbox.c.run == storable(run_iri)

    def _held(self, holder: str) -> tuple[Any, ...]:
        return lease.c.name == self._name, lease.c.holder == holder

    def _fact(self, column: str) -> Any:
        with self._reading() as connection:
            return connection.scalar(select(target.c[column]).where(target.c.name == self._name))

    def _set(self, column: str, value: str | None) -> None:
        with self._writing() as connection:
            upsert_batch(connection, target, ("name", column))([(self._name, value)])


def target_names(connection: Connection) -> list[str]:
    """Return the names of the servers of which anything is known, or for which anything waits."""
    known = union(select(target.c.name), select(sent.c.target), select(outbox.c.target))
    return sorted(connection.scalars(known))


def assign_identifiers(connection: Connection, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Note the persistent identifiers that a server assigned to objects, by their IRIs."""
    ready = sorted({(storable(iri), storable(assigned)) for iri, assigned in pairs})
    upsert_batch(connection, identifier, ("iri", "identifier", "target"))([(*pair, storable(name)) for pair in ready])
