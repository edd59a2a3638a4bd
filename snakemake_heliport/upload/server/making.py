"""Creating objects: in lists or one by one, data sources by a path of their own, with their identifiers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from snakemake_heliport.model import Kind
from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import UploadError
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.changing import Changing
from snakemake_heliport.upload.server.reading import Records
from snakemake_heliport.upload.server.rows import create_all
from snakemake_heliport.upload.server.wire import Wire
from snakemake_heliport.upload.things import Remote, Thing


class Making:
    """Creates objects at one server.

    Args:
        find: Returns the objects with some IRIs.
    """

    def __init__(
        self,
        client: Client,
        contract: Contract,
        wire: Wire,
        records: Records,
        changing: Changing,
        find: Callable[[Iterable[str]], Mapping[str, Sequence[Remote]]],
    ) -> None:
        self._client = client
        self._contract = contract
        self._wire = wire
        self._records = records
        self._changing = changing
        self._find = find

    def payload(self, thing: Thing) -> dict[str, Any]:
        """Return an object as it is sent, without its relations."""
        return self._wire.source(thing) if self._is_source(thing) else self._wire.thing(thing)

    def create(self, things: Sequence[Thing]) -> list[Remote]:
        """Create objects, and return what the server made of them, in order; an error tells what came before it."""
        done: list[Remote] = []
        for sources, run in _runs(things, self._is_source):
            try:
                done += self._create_sources(run) if sources else self._create(run)
            except UploadError as error:
                error.done = (*done, *error.done)
                raise
        return done

    def _is_source(self, thing: Thing) -> bool:
        return thing.kind == Kind.DATA_SOURCE and self._contract.sources.path is not None

    def _create(self, things: Sequence[Thing]) -> list[Remote]:
        objects = self._contract.objects
        if objects.create == "PUT":
            return [self.remote(self._put(thing), thing, thing.iri) for thing in things]
        return self._create_at(objects.path, things, objects.bulk)

    def _create_sources(self, things: Sequence[Thing]) -> list[Remote]:
        path = self._contract.sources.path or self._contract.objects.path
        rows = [self.payload(thing) for thing in things]
        with _told(things, self.as_object):
            made = create_all(self._client, self._contract, path, rows, 0)
        remotes = [self.as_object(record, thing) for record, thing in zip(made, things, strict=True)]
        self._identify(remotes, things)
        return remotes

    def as_object(self, record: Any, thing: Thing) -> Remote:
        """Return what was made at a path for one kind of objects, by the id that it has among all objects."""
        remote = self.remote(record, thing)
        counted = isinstance(record, Mapping) and self._contract.ids[0] not in record
        found = self._find([thing.iri])[thing.iri] if counted and can_find(self._contract) else []
        return remote._replace(id=found[0].id) if found else remote

    def _create_at(self, path: str, things: Sequence[Thing], limit: int) -> list[Remote]:
        rows = [self.payload(thing) for thing in things]
        with _told(things, self.remote):
            made = create_all(self._client, self._contract, path, rows, limit)
        remotes = [self.remote(record, thing) for record, thing in zip(made, things, strict=True)]
        self._identify(remotes, things)
        return remotes

    def _put(self, thing: Thing) -> Any:
        return self._client.request("PUT", self._changing.address(thing.iri), json=self.payload(thing)).body

    def _identify(self, remotes: Sequence[Remote], things: Sequence[Thing]) -> None:
        """Give objects their identifiers, where these are rows of their own."""
        style = self._contract.identifiers
        if style.style != "separate" or style.path is None:
            return
        rows = [
            {style.object: self._wire.reference(remote.id), **row}
            for remote, thing in zip(remotes, things, strict=True)
            for row in self._wire.identifiers(thing)
        ]
        create_all(self._client, self._contract, style.path, rows, style.bulk)

    def remote(self, record: Any, thing: Thing, id_: str | None = None) -> Remote:
        """Return what an answer tells of an object, whose id may be known before."""
        if id_ is not None and self._records.id_of(record) is None:
            return Remote(id_)
        remote = self._records.remote(record, (thing.iri, *thing.identifiers))
        return remote if id_ is None else remote._replace(id=id_)


def can_find(contract: Contract) -> bool:
    """Return whether a server keeps our IRIs, by which objects are found again."""
    return contract.identifiers.style != "none" or contract.fields.iri is not None


@contextmanager
def _told(things: Sequence[Thing], remote: Callable[[Any, Thing], Remote]) -> Iterator[None]:
    """Let errors tell what the records, that had come before them, say."""
    try:
        yield
    except UploadError as error:
        error.done = tuple(remote(record, thing) for record, thing in zip(error.done, things, strict=False))
        raise


def _runs(things: Sequence[Thing], is_source: Callable[[Thing], bool]) -> Iterator[tuple[bool, list[Thing]]]:
    """Yield things that go the same way together, in order."""
    run: list[Thing] = []
    kind = False
    for thing in things:
        if run and is_source(thing) is not kind:
            yield kind, run
            run = []
        kind = is_source(thing)
        run.append(thing)
    if run:
        yield kind, run
