"""One project at one server: objects, relations, attributes, graphs and files, in the words of its contract."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected, Unauthorized
from snakemake_heliport.upload.http.addresses import ID, item
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.changing import Changing
from snakemake_heliport.upload.server.finding import Finding
from snakemake_heliport.upload.server.making import Making, can_find
from snakemake_heliport.upload.server.predicates import PredicateObjects
from snakemake_heliport.upload.server.reading import Record, Records, pages
from snakemake_heliport.upload.server.relations import RelationsAt, Row, Triple
from snakemake_heliport.upload.server.rows import create_all
from snakemake_heliport.upload.server.values import ValuesAt
from snakemake_heliport.upload.server.wire import Wire
from snakemake_heliport.upload.things import Remote, Thing


class Server:
    """A server as its contract says it is; several threads may use it at once.

    Every method raises an `UploadError` if the server does not do what it is asked for.

    Args:
        project: The id of the project that objects are put into.
    """

    def __init__(self, client: Client, contract: Contract, project: str | None = None) -> None:
        self.client = client
        self.contract = contract
        self.project = project
        self._records = Records(contract)
        self._wire = Wire(contract, project, client.base_url)
        self._changing = Changing(client, contract)
        self._finding = Finding(client, contract, self._records, self._changing)
        self._making = Making(client, contract, self._wire, self._records, self._changing, self.find)
        predicates = PredicateObjects(self._wire.predicates, self._records, self._changing, self.find, self.create)
        self._relations = RelationsAt(client, contract, self._wire, self._records, self._changing, predicates)
        self._values = ValuesAt(client, contract, self._wire, self._records)

    @property
    def can_find(self) -> bool:
        """Whether the server keeps our IRIs, by which objects are found again."""
        return can_find(self.contract)

    @property
    def graphs_have_members(self) -> bool:
        """Whether a graph holds its members itself; otherwise relations have to say them."""
        return self.contract.graphs.path is not None

    def payload(self, thing: Thing) -> dict[str, Any]:
        """Return an object as it is sent, without its relations."""
        return self._making.payload(thing)

    def create(self, things: Sequence[Thing]) -> list[Remote]:
        """Create objects, data sources by their own path, and return what the server made of them, in order.

        Raises:
            UploadError: One was not created, or it is unclear whether; `done` has the objects before it. Where lists
                are sent, what is unclear of one is unclear of all that were sent with it.
        """
        with self._to_project():
            return self._making.create(things)

    def source(self, thing: Thing) -> Remote:
        """Create a data source."""
        return self.create([thing])[0]

    def update(self, id_: str, thing: Thing) -> Remote:
        """Write the fields of an object that are not as they should be; what others said of it stays."""
        with self._to_project():
            record = self._changing.change(id_, lambda now: self._wire.changes(thing, now))
        return self._making.remote(record, thing, id_)

    def find(self, iris: Iterable[str], *, exact: bool = False) -> dict[str, list[Remote]]:
        """Return the objects that have each of these IRIs as an identifier: the oldest first, none that is deleted.

        Args:
            exact: Be right also while others create and delete objects, at the cost of more requests.
        """
        with self._to_project():
            found = self._finding.find(list(dict.fromkeys(iris)), self.project, exact=exact)
        return {iri: [self._records.remote(record, [iri]) for record in records] for iri, records in found.items()}

    def delete(self, id_: str) -> None:
        """Delete an object; one that is gone is deleted.

        Raises:
            Rejected: The contract knows no way to.
        """
        if self.contract.objects.delete is None:
            raise Rejected(f"object {id_}", "the contract knows no way to delete objects")
        with self._to_project():
            self._changing.remove(self.contract.item, id_)

    def link(self, rows: Sequence[Row]) -> list[str | None]:
        """Create relations in a resource of their own; return their ids, None of those that have none.

        Args:
            rows: Relations with the ids of subject and object.

        Raises:
            UploadError: One was not created, or it is unclear whether; `done` has the ids of those before it.
        """
        with self._to_project():
            return self._relations.link(rows)

    def links_at(self, subject_ids: Iterable[str]) -> dict[Triple, str | None]:
        """Return the relations of some objects, whatever the style: (subject id, predicate IRI, object id) → id."""
        with self._to_project():
            return self._relations.at(subject_ids)

    def doubled_links(self, subject_ids: Iterable[str]) -> dict[Triple, list[str]]:
        """Return the ids of relations of some objects that are there more than once, the oldest first."""
        with self._to_project():
            return self._relations.doubled(subject_ids)

    def unlink(self, id_: str) -> None:
        """Delete a relation that is a row of its own; one that is gone is deleted."""
        with self._to_project():
            self._relations.unlink(id_)

    def set_links(self, subject_id: str, rows: Sequence[Row], gone: Iterable[tuple[str, str]] = ()) -> None:
        """Write the relations of an object into it, beside those that others wrote there.

        Args:
            gone: (predicate IRI, object id) of those that are to be there no more.
        """
        with self._to_project():
            self._relations.write(subject_id, rows, gone)

    def set_attributes(self, id_: str, thing: Thing, gone: Iterable[str] = ()) -> None:
        """Say the attributes of an object, where they are rows of their own; doing so again changes nothing.

        Args:
            gone: IRIs of properties that are to be said no more.
        """
        self.set_all_attributes([(id_, thing)], gone)

    def set_all_attributes(
        self, pairs: Sequence[tuple[str, Thing]], gone: Iterable[str] = (), *, fresh: bool = False
    ) -> None:
        """Say the attributes of several objects, in as few requests as the server allows.

        Args:
            fresh: Nothing has been said of these objects yet, so that nothing need be read.
        """
        with self._to_project():
            self._values.write(pairs, gone, fresh=fresh)

    def graph(self, thing: Thing, member_ids: Sequence[str], existing_id: str | None = None) -> Remote:
        """Create a graph of objects, or write anew which are in it.

        Where the contract has no path for graphs, it is an object like others, and has no members.
        """
        graphs = self.contract.graphs
        if graphs.path is None:
            return self.create([thing])[0] if existing_id is None else self.update(existing_id, thing)
        sent = {**self._wire.thing(thing), graphs.members: [self._wire.reference(id_) for id_ in member_ids]}
        with self._to_project():
            if existing_id is None:
                (record,) = create_all(self.client, self.contract, graphs.path, [sent], 0)
                return self._making.as_object(record, thing)
            id_ = existing_id
            if graphs.id is not None:
                # The table of graphs may count for itself.
                id_ = str(self._changing.read(existing_id).get(graphs.id, existing_id))
            record = self._changing.write(id_, sent, graphs.item or f"{graphs.path}{ID}/")
        return self._making.remote(record, thing, existing_id)

    def attach(self, id_: str, name: str, content: BinaryIO, media_type: str) -> None:
        """Put a file at an object.

        Raises:
            Rejected: The contract knows no way to, or the server takes no such file.
        """
        attachments = self.contract.attachments
        if attachments.path is None:
            raise Rejected(f"the file {name}", "the contract knows no path to attach files at")
        path = item(attachments.path, id_, self.client.base_url)
        with self._to_project():
            files = {attachments.file: (name, content, media_type)}
            if attachments.name is not None:
                files[attachments.name] = (None, name, "text/plain")  # type: ignore[assignment]
            self.client.request("POST", path, files=files, repeatable=False)

    @property
    def takes_files(self) -> bool:
        """Whether files can be put at objects."""
        return self.contract.attachments.path is not None

    def attached(self, id_: str) -> list[Record]:
        """Return what the server tells of the files at an object; nothing where it does not list them."""
        attachments = self.contract.attachments
        if attachments.path is None:
            return []
        try:
            with self._to_project():
                return list(pages(self.client, self.contract, item(attachments.path, id_, self.client.base_url)))
        except Rejected:
            return []

    def landing_page(self, remote: Remote) -> str:
        """Return where people look at an object."""
        if remote.url is not None:
            return remote.url
        path = self.contract.landing.path
        if path is None and remote.id.startswith(("http://", "https://")):
            return remote.id
        found = self._changing.address(remote.id) if path is None else item(path, remote.id, self.client.base_url)
        return found if "://" in found else self.client.url(found)

    @contextmanager
    def _to_project(self) -> Iterator[None]:
        """Let errors of permission name the project."""
        try:
            yield
        except Unauthorized as error:
            error.project = self.project
            raise
