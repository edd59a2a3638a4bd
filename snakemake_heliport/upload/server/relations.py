"""Relations at a server: rows of their own, lists inside their subjects, or one key for each predicate."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.changing import Changing
from snakemake_heliport.upload.server.names import Names, predicate_iris
from snakemake_heliport.upload.server.predicates import PredicateObjects
from snakemake_heliport.upload.server.reading import Record, Records
from snakemake_heliport.upload.server.rows import create_all, selected
from snakemake_heliport.upload.server.wire import Wire
from snakemake_heliport.upload.things import Link

# A relation with the ids of its subject and object at the server.
Row = tuple[Link, str, str]
# Subject, IRI of the predicate, object.
Triple = tuple[str, str, str]


class RelationsAt:
    """The relations at one server."""

    def __init__(
        self,
        client: Client,
        contract: Contract,
        wire: Wire,
        records: Records,
        changing: Changing,
        predicates: PredicateObjects,
    ) -> None:
        self._client = client
        self._contract = contract
        self._wire = wire
        self._records = records
        self._changing = changing
        self._predicates = predicates if contract.relations.names == "object" else None

    @property
    def _names(self) -> Names:
        return self._wire.predicates

    def link(self, rows: Sequence[Row]) -> list[str | None]:
        """Create rows in the resource for relations; return their ids, None of those that have none.

        Raises:
            UploadError: A row was not created, or it is unclear whether; `done` has the ids of those before it.
        """
        relations = self._contract.relations
        if relations.style != "separate" or relations.path is None:
            raise Rejected("relations", "the contract has no path to create them at")
        self._ensure(rows)
        sent = [self._wire.relation(link, subject, object_) for link, subject, object_ in rows]
        try:
            made = create_all(self._client, self._contract, relations.path, sent, relations.bulk)
        except UploadError as error:
            error.done = tuple(map(self._id, error.done))
            raise
        return [self._id(row) for row in made]

    def unlink(self, id_: str) -> None:
        """Delete a row; one that is gone is deleted."""
        relations = self._contract.relations
        self._changing.remove(relations.item or f"{relations.path}{{id}}/", id_)

    def at(self, subject_ids: Iterable[str]) -> dict[Triple, str | None]:
        """Return the relations of some subjects, with the ids of their rows where they are rows."""
        wanted = dict.fromkeys(subject_ids)
        match self._contract.relations.style:
            case "separate":
                return self._rows_of(wanted)
            case "nested":
                return {triple: None for id_ in wanted for triple in self._nested_in(id_, self._changing.read(id_))}
            case "property":
                return {triple: None for id_ in wanted for triple in self._keys_of(id_, self._changing.read(id_))}
            case _:
                return {}

    def write(self, subject_id: str, rows: Sequence[Row], gone: Iterable[tuple[str, str]] = ()) -> None:
        """Write relations into their subject, beside those that others wrote there.

        Args:
            gone: IRI of the predicate, and object, of relations that are to be there no more.
        """
        style = self._contract.relations.style
        if style not in ("nested", "property"):
            raise Rejected("relations", f"the style {style!r} keeps none inside their subjects")
        self._ensure(rows)
        change = self._nested if style == "nested" else self._keys
        self._changing.change(subject_id, lambda record: change(record, rows, set(gone)))

    def _ensure(self, rows: Sequence[Row]) -> None:
        """Have the objects of all predicates, where predicates are objects."""
        if self._predicates is not None:
            self._predicates.ensure(link.predicate for link, _, _ in rows)

    # Rows of their own.

    def _id(self, row: Any) -> str | None:
        return self._records.id_of(row, self._contract.relations.ids)

    def doubled(self, subject_ids: Iterable[str]) -> dict[Triple, list[str]]:
        """Return the ids of the rows that say what another row says, too: the oldest first, which is to stand."""
        found: dict[Triple, list[str]] = {}
        for triple, id_ in self._rows(subject_ids):
            if id_ is not None:
                found.setdefault(triple, []).append(id_)
        return {triple: ids for triple, ids in found.items() if len(ids) > 1}

    def _rows_of(self, wanted: Iterable[str]) -> dict[Triple, str | None]:
        found: dict[Triple, str | None] = {}
        for triple, id_ in self._rows(wanted):
            # The oldest row stands for all that say the same.
            found.setdefault(triple, id_)
        return found

    def _rows(self, subject_ids: Iterable[str]) -> Iterator[tuple[Triple, str | None]]:
        relations, wanted = self._contract.relations, set(subject_ids)
        if relations.path is None or not wanted:
            return
        for record in selected(
            self._client,
            self._contract,
            relations.path,
            relations.filter,
            sorted(wanted),
            several=relations.several,
            separator=relations.separator,
        ):
            subject = self._records.referred(record.get(relations.subject))
            pair = self._pair(record)
            # A parameter that the server does not know selects nothing.
            if subject in wanted and pair is not None:
                yield (str(subject), *pair), self._id(record)

    def _pair(self, record: Record) -> tuple[str, str] | None:
        """Return the IRI of the predicate, and the id of the object, that a row or a nested relation names."""
        relations = self._contract.relations
        told = record.get(relations.predicate_iri) if relations.predicate_iri is not None else None
        word = record.get(relations.predicate) if told is None else told
        if isinstance(word, Mapping):
            word = word.get("@id", word.get("iri", self._records.id_of(word)))
        object_ = self._records.referred(record.get(relations.object))
        if word is None or object_ is None:
            return None
        if told is not None or self._predicates is None:
            return self._names.iri(word), object_
        return self._predicates.iri(str(word)), object_

    # Lists inside their subjects.

    def _list(self, record: Record) -> list[Any]:
        value = record.get(self._contract.relations.field or "relations")
        return value if isinstance(value, list) else [] if value is None else [value]

    def _nested_in(self, id_: str, record: Record) -> Iterator[Triple]:
        pairs = (self._pair(item) for item in self._list(record) if isinstance(item, Mapping))
        return ((id_, *pair) for pair in pairs if pair is not None)

    def _nested(self, record: Record, rows: Sequence[Row], gone: set[tuple[str, str]]) -> dict[str, Any]:
        had = self._list(record)
        pairs = [self._pair(item) if isinstance(item, Mapping) else None for item in had]
        kept = [item for item, pair in zip(had, pairs, strict=True) if pair is None or pair not in gone]
        known = {pair for pair in pairs if pair is not None} - gone
        new: dict[tuple[str, str], Any] = {}
        for link, _, object_ in rows:
            if (link.predicate, object_) not in known:
                new.setdefault((link.predicate, object_), self._wire.nested(link, object_))
        if not new and len(kept) == len(had):
            return {}
        return {self._contract.relations.field or "relations": [*kept, *new.values()]}

    # A key for each predicate.

    def _keys_of(self, id_: str, record: Record) -> Iterator[Triple]:
        for key, value in record.items():
            iri = self._names.iri(key)
            # Other fields have names, too: what is no predicate of ours has to look like one.
            if iri not in predicate_iris() and ":" not in key:
                continue
            for item in value if isinstance(value, list) else [value]:
                object_ = self._records.referred(item)
                if object_ is not None:
                    yield id_, iri, object_

    def _keys(self, record: Record, rows: Sequence[Row], gone: set[tuple[str, str]]) -> dict[str, Any]:
        wanted: dict[str, dict[str, None]] = {}
        for link, _, object_ in rows:
            wanted.setdefault(link.predicate, {})[object_] = None
        for predicate, _ in gone:
            wanted.setdefault(predicate, {})
        changes = {}
        for predicate, objects in wanted.items():
            key = str(self._names.word(predicate))
            value = record.get(key)
            had = value if isinstance(value, list) else [] if value is None else [value]
            kept = [item for item in had if (predicate, self._records.referred(item)) not in gone]
            known = {self._records.referred(item) for item in kept}
            new = [self._wire.reference(object_) for object_ in objects if object_ not in known]
            if new or len(kept) != len(had):
                changes[key] = [*kept, *new]
        return changes
