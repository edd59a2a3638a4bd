"""What takes the statements of one run, whatever the database: it hands them on in batches."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TypeAlias

from sqlalchemy import Connection

from snakemake_heliport.model import DigitalObject, Relation
from snakemake_heliport.store.rows import storable

BATCH = 4000
# Numbers of recent IRIs; beyond this they are looked up or given out again, so memory stays bounded.
REMEMBERED = 50_000

OBJECT_COLUMNS = ("kind", "label", "description", "visibility", "attributes", "identifiers", "status", "path")

Objects: TypeAlias = Mapping[str, DigitalObject]
Relations: TypeAlias = Mapping[tuple[str, str, str], Relation]
# Raises `StoreError` where the tables are no longer those that this code knows.
Check: TypeAlias = Callable[[Connection], object]


class RunWriter(ABC):
    """Takes the objects and relations of one run, in any order.

    A relation may name an IRI that is described later, by another run, or never.
    """

    def __init__(self) -> None:
        self._objects: dict[str, DigitalObject] = {}
        self._relations: dict[tuple[str, str, str], Relation] = {}
        self._ids: dict[str, int] = {}

    def add(self, thing: DigitalObject) -> None:
        """Describe an object; the last description of an IRI stands."""
        self._objects[storable(thing.iri)] = thing
        if len(self._objects) >= BATCH:
            self.flush()

    def relate(self, statement: Relation) -> None:
        """State a relation; the last one of the same subject, predicate and object stands."""
        key = (storable(statement.subject), statement.predicate.value, storable(statement.object))
        self._relations[key] = statement
        if len(self._relations) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Send what is pending to the database."""
        if len(self._ids) > REMEMBERED:
            self._ids.clear()
        self._send(self._objects, self._relations)
        self._objects.clear()
        self._relations.clear()

    @abstractmethod
    def _send(self, objects: Objects, relations: Relations) -> None: ...
