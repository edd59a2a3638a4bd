"""Finding objects again by the identifiers that we gave them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.changing import Changing
from snakemake_heliport.upload.server.reading import Record, Records, pages
from snakemake_heliport.upload.server.rows import MANY, chunks

# So many objects are looked at one by one rather than all lists being read.
FEW = 100


class Finding:
    """The objects of one server by their identifiers."""

    def __init__(self, client: Client, contract: Contract, records: Records, changing: Changing) -> None:
        self._client = client
        self._contract = contract
        self._records = records
        self._changing = changing
        self._several = False

    def find(self, iris: Sequence[str], project: str | None, *, exact: bool = False) -> dict[str, list[Record]]:
        """Return the objects that have each of these identifiers, the oldest first; deleted ones are left out.

        Args:
            exact: Ask for these, although reading all that there is would take fewer requests: where others create and
                delete at the same moment, pages shift, and what lies between two of them is missed.
        """
        found: dict[str, dict[str, Record]] = {iri: {} for iri in iris}
        if self._contract.identifiers.style == "separate":
            self._by_rows(found)
        elif self._contract.objects.create == "PUT" or self._few_by_id(iris):
            self._by_id(found)
        elif not ((not exact and self._all_are_few(found, project)) or self._asked(found)):
            self._take(self._all(project), found)
        return {iri: sorted(records.values(), key=self._records.age) for iri, records in found.items()}

    def _few_by_id(self, iris: Sequence[str]) -> bool:
        """Return whether to look at the places of some objects rather than at all that there are."""
        chosen = self._contract.fields.iri is not None and self._contract.lookup.parameter is None
        return chosen and len(iris) <= FEW

    def _all(self, project: str | None) -> Iterator[Record]:
        name = self._contract.lookup.project
        scope = {} if name is None or project is None else {name: project}
        return pages(self._client, self._contract, self._contract.objects.path, scope)

    def _all_are_few(self, found: dict[str, dict[str, Record]], project: str | None) -> bool:
        """Read all objects if that takes fewer requests than to ask for some; return whether it did."""
        lookup = self._contract.lookup
        if lookup.parameter is None:
            return False
        requests = sum(1 for _ in chunks(lookup.parameter, list(found), several=lookup.several))
        if requests < MANY:
            return False
        most = requests * self._contract.paging.size // 2
        records = self._all(project)
        self._take(islice(records, most), found)
        return next(records, None) is None

    def _asked(self, found: dict[str, dict[str, Record]]) -> bool:
        """Ask by the parameter that selects by identifier; return whether the server heeds it."""
        lookup = self._contract.lookup
        if lookup.parameter is None:
            return False
        several = lookup.several or self._takes_several(lookup.parameter, list(found)[:2])
        for chunk in chunks(lookup.parameter, list(found), several=several):
            query = chunk if lookup.separator is None else lookup.separator.join(chunk)
            records = list(self._until_strange({lookup.parameter: query}, set(chunk)))
            if records and records[-1] is None:
                return False
            self._take([record for record in records if record is not None], found)
        return True

    def _takes_several(self, parameter: str, iris: Sequence[str]) -> bool:
        """Return whether the server is seen to answer for two identifiers at once, which it is once both are there."""
        if not self._several and len(iris) == 2 and self._contract.lookup.separator is None:
            records = pages(self._client, self._contract, self._contract.objects.path, {parameter: list(iris)})
            first = list(islice(records, FEW))
            told = {text for record in first for text in self._records.identifiers(record)}
            # A server that ignores the parameter tells of others, too.
            self._several = set(iris) <= told and all(set(iris) & set(self._records.identifiers(r)) for r in first)
        return self._several

    def _until_strange(self, params: Mapping[str, Any], asked: set[str]) -> Iterable[Record | None]:
        """Yield the records that a query selects; after one that was not asked for, None, which ends them.

        Servers ignore parameters that they do not know, and answer with all that they have.
        """
        for record in pages(self._client, self._contract, self._contract.objects.path, params):
            yield record
            told = self._records.identifiers(record)
            if told and not asked & set(told):
                yield None
                return

    def _take(self, records: Iterable[Record], found: dict[str, dict[str, Record]]) -> None:
        for record in records:
            id_ = self._records.id_of(record)
            if id_ is None or self._records.is_deleted(record):
                continue
            for text in self._records.identifiers(record):
                if text in found:
                    found[text][id_] = record

    def _by_id(self, found: dict[str, dict[str, Record]]) -> None:
        """Look at the place that an object has if it is there, where we choose ids."""
        for iri, records in found.items():
            record = self._there(iri)
            if record is not None and not self._records.is_deleted(record):
                records[iri] = record

    def _by_rows(self, found: dict[str, dict[str, Record]]) -> None:
        """Read the resource of identifiers, and the objects that it names."""
        style, lookup = self._contract.identifiers, self._contract.lookup
        if style.path is None:
            return
        queries: list[dict[str, Any]] = [{}]
        if lookup.parameter is not None:
            several = lookup.separator
            lists = chunks(lookup.parameter, list(found), several=lookup.several)
            queries = [{lookup.parameter: chunk if several is None else several.join(chunk)} for chunk in lists]
        for query in queries:
            for row in pages(self._client, self._contract, style.path, query):
                iri, id_ = self._records.identifier(row), self._records.referred(row.get(style.object))
                if iri in found and id_ is not None and id_ not in found[iri]:
                    record = self._there(id_)
                    if record is not None and not self._records.is_deleted(record):
                        found[iri][id_] = record

    def _there(self, id_: str) -> Record | None:
        try:
            return self._changing.read(id_)
        except Rejected as error:
            if error.gone:
                return None
            raise
