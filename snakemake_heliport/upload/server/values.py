"""Attributes at a server, where they are rows of their own."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.http.addresses import ID, item
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.reading import Record, Records
from snakemake_heliport.upload.server.rows import create_all, selected
from snakemake_heliport.upload.server.wire import Wire
from snakemake_heliport.upload.things import Thing


class Had(NamedTuple):
    """A row that is there: its id and what it says."""

    id: str | None
    record: Record


class ValuesAt:
    """The attributes at one server."""

    def __init__(self, client: Client, contract: Contract, wire: Wire, records: Records) -> None:
        self._client = client
        self._contract = contract
        self._wire = wire
        self._records = records

    def write(self, pairs: Sequence[tuple[str, Thing]], gone: Iterable[str] = (), *, fresh: bool = False) -> None:
        """Make the rows of some objects say what the things say; doing so again changes nothing.

        What others said with other properties stays.

        Args:
            pairs: Ids of objects, and what they are.
            gone: IRIs of properties that are to be said no more of any of them.
            fresh: Nothing has been said of these objects yet, so that nothing need be read.
        """
        attributes = self._contract.attributes
        if attributes.style != "separate" or attributes.path is None:
            return
        had = {} if fresh else self._had([id_ for id_, _ in pairs])
        new: list[dict[str, Any]] = []
        for id_, thing in pairs:
            for row in self._wire.statements(thing):
                there = had.pop((id_, str(row[attributes.property])), None)
                if there is None:
                    new.append({attributes.subject: self._wire.reference(id_), **row})
                elif there.id is not None and any(there.record.get(key) != value for key, value in row.items()):
                    self._client.request("PATCH", self._address(there.id), json=row)
        words = {str(self._wire.properties.word(iri)) for iri in gone}
        for (_, word), row_had in had.items():
            if word in words and row_had.id is not None:
                self._client.request("DELETE", self._address(row_had.id))
        create_all(self._client, self._contract, attributes.path, new, attributes.bulk)

    def _had(self, ids: Sequence[str]) -> dict[tuple[str, str], Had]:
        attributes = self._contract.attributes
        wanted = set(ids)
        found: dict[tuple[str, str], Had] = {}
        if attributes.path is None or not ids:
            return found
        for record in selected(
            self._client,
            self._contract,
            attributes.path,
            attributes.filter,
            ids,
            several=attributes.several,
            separator=attributes.separator,
        ):
            subject = self._records.referred(record.get(attributes.subject))
            word = record.get(attributes.property)
            if subject in wanted and word is not None:
                found.setdefault((str(subject), str(word)), Had(self._records.id_of(record, attributes.ids), record))
        return found

    def _address(self, id_: str) -> str:
        attributes = self._contract.attributes
        return item(attributes.item or f"{attributes.path}{ID}/", id_, self._client.base_url)
