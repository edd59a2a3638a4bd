"""What the parts of sending share: the server, the ledger, what is known to be there, and doing many things at once."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from snakemake_heliport.identity import SEPARATOR
from snakemake_heliport.store.ledger import Entry, Ledger
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.things import Remote, Thing

Item = TypeVar("Item")
Result = TypeVar("Result")
# Kinds of entries in the ledger, and the state of what is known to be at the server.
OBJECT, LINK, GRAPH, ATTACHMENT = "object", "link", "graph", "attachment"
SENT = "sent"
# It may have been created by a request whose answer never came, besides what is known to be there.
DOUBTFUL = "doubtful"
# By then, a server has done what it was asked for, or never will.
SETTLED_SECONDS = 60.0
WORKERS = 8
# Of what goes one by one, so many are noted at once; what is lost with a process is looked up.
SINGLES = 20
# More than this in one request, and a server may take longer than a client waits.
LARGEST_LIST = 500
# How often what a server may or may not have done is looked up and done again.
TRIES = 4


@dataclass(slots=True)
class Sent:
    """What came of sending a run: numbers, where its page is, what the server will not take, and what else to tell."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    relations: int = 0
    url: str | None = None
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Session:
    """Sending one run to one server.

    Attributes:
        entries: What is known to be at the server, by IRI.
        doubtful: The IRIs of what may be there once more than is known, and since when.
        fresh: The IRIs of what was created here just now: nobody but us can have said anything of it.

    Args:
        assign: Takes identifiers that the server gave to objects: pairs of IRI and identifier.
        alive: Called between requests; it raises where sending has to stop.
    """

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        assign: Callable[[Iterable[tuple[str, str]]], None],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.server = server
        self.ledger = ledger
        self.alive = alive
        noted = ledger.entries(OBJECT)
        self.entries = {iri: entry for iri, entry in noted.items() if entry.server_id is not None}
        self.doubtful = {iri: entry.at for iri, entry in noted.items() if entry.state == DOUBTFUL}
        self.fresh: set[str] = set()
        self.sent = Sent()
        self._assign = assign
        self._digests: dict[str, str] = {}

    def id_of(self, iri: str) -> str:
        """Return the id at the server of what is known to be there."""
        return str(self.entries[iri].server_id)

    def digest(self, thing: Thing) -> str:
        """Return the SHA-256 of all that is sent of an object but its relations; an object is the same all along."""
        if thing.iri not in self._digests:
            told = [self.server.payload(thing), dict(thing.attributes)]
            self._digests[thing.iri] = hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()
        return self._digests[thing.iri]

    def note(self, made: Sequence[tuple[Thing, Remote]]) -> None:
        """Note objects that are at the server as they should be, and the identifiers that they got there."""
        if not made:
            return
        rows = [(thing.iri, self.enter(thing.iri, remote, self.digest(thing))) for thing, remote in made]
        self.ledger.record(OBJECT, rows)
        given = [(thing.iri, identifier) for thing, remote in made for identifier in remote.identifiers]
        if given:
            self._assign(given)

    def enter(self, iri: str, remote: Remote, payload: str | None) -> Entry:
        """Remember that an object is at the server; None as payload says that it is not known how."""
        state, at = (DOUBTFUL, self.doubtful[iri]) if iri in self.doubtful else (SENT, time.time())
        self.entries[iri] = Entry(remote.id, remote.url, payload, state, at)
        return self.entries[iri]

    def forget(self, iris: Iterable[str]) -> None:
        """Note that objects are not at the server any more, and no relations of them."""
        gone = set(iris)
        if gone:
            self.ledger.forget(OBJECT, gone)
            links = self.ledger.entries(LINK)
            self.ledger.forget(LINK, [key for key in links if not gone.isdisjoint(key.split(SEPARATOR))])

    def doubt(self, iris: Sequence[str]) -> None:
        """Note that objects may appear at the server after all, because it was asked for them and did not answer."""
        now = time.time()
        self.doubtful.update(dict.fromkeys(iris, now))
        unknown = Entry(None, None, None, DOUBTFUL, now)
        self.ledger.record(OBJECT, [(iri, unknown) for iri in iris if iri not in self.entries])

    def remove(self, remotes: Iterable[Remote]) -> None:
        """Delete objects that are there once more than they should be."""
        for remote in remotes:
            self.server.delete(remote.id)

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Do some work at the same time, and yield what comes of it as it comes; the first error ends it.

        What was under way when it failed is waited for and yielded first: it is done, and must be noted.
        """
        queue = list(items)[::-1]
        failure: BaseException | None = None
        with ThreadPoolExecutor(WORKERS, "heliport-upload") as pool:
            running: set[Future[Result]] = set()
            while running or (queue and failure is None):
                while queue and failure is None and len(running) < WORKERS:
                    self.alive()
                    running.add(pool.submit(work, queue.pop()))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if error is None:
                        yield future.result()
                    failure = failure or error
        if failure is not None:
            raise failure


def lists_of(items: Sequence[Item], bulk: int) -> list[Sequence[Item]]:
    """Return items in lists as they are sent: as long as the server takes them, or a few that go one by one."""
    size = min(bulk, LARGEST_LIST) if bulk else SINGLES
    return [items[start : start + size] for start in range(0, len(items), size)]
