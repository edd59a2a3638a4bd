"""What runs state themselves: a store may hold those of other directories, in which the same paths are other files."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, select

from snakemake_heliport.identity import CONTENT_PREFIX, content_sha256
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.store.batches import chunks
from snakemake_heliport.store.rows import KINDS, storable
from snakemake_heliport.store.schema import mention, object_, relation, run

PLACED = (Kind.FILE, Kind.DIRECTORY, Kind.SOURCE, Kind.CONFIG)
ROWS_AT_ONCE = 1000
TEMPORARY = frozenset(("temp", "pipe", "service"))


class _Said(msgspec.Struct):
    """The attributes of a file, or of its content, that tell its state."""

    modified: str | None = None
    size: int | None = None
    role: str | None = None
    member_count: int | None = None


class _Flags(msgspec.Struct):
    """The attributes of a relation to a file that tell whether the file was to stay."""

    flags: list[str] = []


_flags = msgspec.json.Decoder(_Flags).decode
_said = msgspec.json.Decoder(_Said).decode
NOTHING = _Said()


@dataclass(frozen=True, slots=True)
class State:
    """What was recorded at a path: just what it takes to compare it, because there may be very many.

    Attributes:
        content: The IRI of its content, None where that is not known.
        role: What a file of the workflow's own is: `script`, `config`, `environment` …
        members: How many files a directory holds.
    """

    iri: str
    kind: Kind
    path: str
    content: str | None
    size: int | None
    modified: str | None
    role: str | None
    members: int | None

    @property
    def sha256(self) -> str | None:
        """The digest of its content, None where that is not known."""
        return None if self.content is None else content_sha256(self.content)


def states(connection: Connection, runs: Collection[str]) -> Iterator[State]:
    """Yield every state of a path that these runs state, each once."""
    content = object_.alias("content")
    to_content = (relation.c.subject == object_.c.id) & (relation.c.predicate == Predicate.SPECIALIZATION_OF.value)
    joined = object_.outerjoin(relation, to_content).outerjoin(content, content.c.id == relation.c.object)
    columns = (object_.c.iri, object_.c.kind, object_.c.path, object_.c.attributes)
    query = (
        select(*columns, content.c.iri, content.c.attributes)
        .select_from(joined)
        .where(object_.c.kind.in_(_values(PLACED)), object_.c.path.is_not(None), _stated(connection, runs))
    )
    seen: set[str] = set()
    for row in _streamed(connection, query):
        # Several runs may tell the content of one file.
        if row[0] not in seen:
            seen.add(row[0])
            yield _state(row)


def _state(row: Any) -> State:
    iri, kind, path, attributes, content, said = row
    own = NOTHING if attributes is None else _said(attributes)
    its = NOTHING if said is None else _said(said)
    is_known = content is not None and content.startswith(CONTENT_PREFIX)
    size = own.size if its.size is None else its.size
    known = content if is_known else None
    return State(iri, KINDS[kind], path, known, size, own.modified, own.role, own.member_count)


def of_kind(connection: Connection, runs: Collection[str], kind: Kind, statuses: Collection[str]) -> list[str]:
    """Return the IRIs of the objects of a kind that these runs state, those with one of these statuses or all."""
    wanted = (object_.c.kind == kind.value) & _stated(connection, runs)
    if statuses:
        wanted &= object_.c.status.in_(statuses)
    return list(connection.scalars(select(object_.c.iri).where(wanted).order_by(object_.c.iri)))


def temporary(connection: Connection, runs: Collection[str]) -> set[str]:
    """Return the files that these runs say are meant to be gone, or say that they did away with."""
    file, other, role = object_.alias("file"), object_.alias("other"), relation.c.predicate
    gone, made, used = (
        predicate.value for predicate in (Predicate.WAS_INVALIDATED_BY, Predicate.WAS_GENERATED_BY, Predicate.USED)
    )
    flagged = role.in_((made, used)) & relation.c.attributes.contains('"flags":[', autoescape=True)
    ends = relation.join(file, file.c.id == relation.c.subject).join(other, other.c.id == relation.c.object)
    found = set[str]()
    query = (
        select(file.c.iri, role, other.c.iri, relation.c.attributes)
        .select_from(ends)
        .where(relation.c.run.in_(_ids(connection, runs)), (role == gone) | flagged)
    )
    for subject, predicate, target, attributes in _streamed(connection, query):
        flags = [] if attributes is None else _flags(attributes).flags
        if predicate == gone or not TEMPORARY.isdisjoint(flags):
            found.add(target if predicate == used else subject)
    return found


def runs_that_state(connection: Connection, iris: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return, for each of these objects, the IRIs of the runs that state it, each with when it began."""
    thing = object_.alias("thing")
    found: dict[str, dict[str, str]] = {}
    for some in chunks(dict.fromkeys(map(storable, iris))):
        query = (
            select(thing.c.iri.label("thing"), object_.c.iri, run.c.started)
            .select_from(
                thing.join(mention, mention.c.object == thing.c.id)
                .join(run, run.c.id == mention.c.run)
                .join(object_, object_.c.id == run.c.id)
            )
            .where(thing.c.iri.in_(some))
        )
        for row in connection.execute(query):
            found.setdefault(row.thing, {})[row.iri] = row.started
    return found


def _stated(connection: Connection, runs: Collection[str]) -> ColumnElement[bool]:
    """Return whether a row of `object` is stated by one of these runs."""
    return object_.c.id.in_(select(mention.c.object).where(mention.c.run.in_(_ids(connection, runs))))


def _ids(connection: Connection, iris: Collection[str]) -> list[int]:
    found: list[int] = []
    for some in chunks(map(storable, iris)):
        found += connection.scalars(select(object_.c.id).where(object_.c.iri.in_(some)))
    return found


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    result = connection.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE).execute(query)
    for rows in result.partitions(ROWS_AT_ONCE):
        yield from rows


def _values(kinds: Iterable[Kind]) -> list[str]:
    return [kind.value for kind in kinds]
