"""Bringing a server to what a run says: what is missing is created, what changed is written, nothing is doubled.

The ledger tells what is there already. What it does not know of is looked up before it is created and looked up again
afterwards, so that neither a lost ledger, nor an answer that never came, nor somebody who sends at the same moment
leaves an object or a relation twice.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from snakemake_heliport.store.ledger import Entry, Ledger
from snakemake_heliport.upload.content import Content
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.things import Link, Remote, Thing

Item = TypeVar("Item")
Result = TypeVar("Result")
OBJECT, LINK, GRAPH = "object", "link", "graph"
SENT = "sent"
SEPARATOR = "\x1f"
WORKERS = 8
# Of what goes one by one, so many are noted at once; what is lost with a process is looked up.
SINGLES = 20
# More than this in one request, and a server may take longer than a client waits.
LARGEST_LIST = 500
# How often what a server may or may not have done is looked up and done again.
TRIES = 4


@dataclass(slots=True)
class Sent:
    """What came of sending a run: numbers, where its page is, and what the server will not take."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    relations: int = 0
    url: str | None = None
    refused: dict[str, str] = field(default_factory=dict)


class Sender:
    """Sends what runs say to one server.

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
        self._server = server
        self._ledger = ledger
        self._assign = assign
        self._alive = alive
        self._entries = ledger.entries(OBJECT)
        # Nobody but us can have said anything of these.
        self._fresh: set[str] = set()
        self._sent = Sent()

    def send(self, content: Content) -> Sent:
        """Bring the server to what a run says.

        Raises:
            UploadError: The server does not do it now; what is done is noted, and is not done again.
            StoreError: The ledger cannot be read or written.
        """
        self._sent = Sent()
        self._objects(content.things)
        self._relations(content)
        self._graph(content)
        return self._sent

    def _objects(self, things: Sequence[Thing]) -> None:
        unknown = [thing for thing in things if thing.iri not in self._entries]
        self._adopt(unknown)
        missing = [thing for thing in unknown if thing.iri not in self._entries]
        changed = [thing for thing in things if self._is_changed(thing)]
        self._sent.unchanged = len(things) - len(missing) - len(changed)
        limit = self._server.contract.objects.bulk
        lists = _lists(missing, min(limit, LARGEST_LIST) if limit else SINGLES)
        for made in self._each(self._created, lists):
            self._note(made)
            self._sent.created += len(made)
        self._settle([thing for thing in missing if thing.iri in self._entries])
        for made in self._each(self._updated, _lists(changed, SINGLES)):
            self._note(made)
            self._sent.changed += len(made)

    def _is_changed(self, thing: Thing) -> bool:
        entry = self._entries.get(thing.iri)
        return entry is not None and entry.payload != self._digest(thing)

    def _digest(self, thing: Thing) -> str:
        told = [self._server.payload(thing), dict(thing.attributes)]
        return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()

    def _adopt(self, things: Sequence[Thing]) -> None:
        """Note what is at the server although the ledger does not know of it: it will be written, not created."""
        if not things or not self._server.can_find:
            return
        found = self._server.find([thing.iri for thing in things])
        self._ledger.record(
            OBJECT, [(iri, self._enter(iri, remotes[0], None)) for iri, remotes in found.items() if remotes]
        )
        for remotes in found.values():
            self._remove(remotes[1:])

    def _created(self, things: Sequence[Thing]) -> list[tuple[Thing, Remote]]:
        """Create objects with their attributes; what is refused is noted."""
        made, fresh = self._made(things)
        self._describe(made, fresh=fresh)
        return made

    def _made(self, things: Sequence[Thing]) -> tuple[list[tuple[Thing, Remote]], bool]:
        """Create objects, whatever it takes to know that each is there once; return whether all are new."""
        made: list[tuple[Thing, Remote]] = []
        rest, fresh = list(things), True
        for _ in range(TRIES):
            try:
                return made + list(zip(rest, self._server.create(rest), strict=True)), fresh
            except UploadError as error:
                made += zip(rest, error.done, strict=False)
                rest = rest[len(error.done) :]
                if isinstance(error, Rejected):
                    more, fresh_too = self._apart(rest, error)
                    return made + more, fresh and fresh_too
                if not error.unclear or not self._server.can_find:
                    raise
                found = self._server.find([thing.iri for thing in rest])
                made += [(thing, found[thing.iri][0]) for thing in rest if found[thing.iri]]
                rest, fresh = [thing for thing in rest if not found[thing.iri]], False
                last = error
        raise last

    def _apart(self, things: Sequence[Thing], error: Rejected) -> tuple[list[tuple[Thing, Remote]], bool]:
        """Find out which of some objects are refused: those that the server has already are taken as they are there."""
        if len(things) > 1:
            middle = len(things) // 2
            (first, one), (second, two) = self._made(things[:middle]), self._made(things[middle:])
            return first + second, one and two
        (thing,) = things
        found = self._server.find([thing.iri])[thing.iri] if self._server.can_find else []
        if found:
            return [(thing, found[0])], False
        self._refuse(thing, error)
        return [], True

    def _describe(self, made: Sequence[tuple[Thing, Remote]], *, fresh: bool = False) -> None:
        """Say the attributes of objects; said again after an answer that never came, they are read first."""
        pairs = [(remote.id, thing) for thing, remote in made]
        for _ in range(TRIES):
            try:
                self._server.set_all_attributes(pairs, fresh=fresh)
                return
            except UploadError as error:
                if not error.unclear:
                    raise
                fresh, last = False, error
        raise last

    def _refuse(self, thing: Thing, error: Rejected) -> None:
        self._sent.refused[thing.iri] = f"{thing.kind.lower()} {thing.label}: {error.reason}"

    def _updated(self, things: Sequence[Thing]) -> list[tuple[Thing, Remote]]:
        written = []
        for thing in things:
            self._alive()
            entry = self._entries[thing.iri]
            try:
                remote = self._server.update(str(entry.server_id), thing)
            except Rejected as error:
                if error.status not in (404, 410):
                    self._refuse(thing, error)
                    continue
                # Somebody has deleted it there.
                written += self._made([thing])[0]
                continue
            written.append((thing, remote._replace(url=remote.url or entry.url)))
        self._describe(written)
        return written

    def _settle(self, things: Sequence[Thing]) -> None:
        """Look whether somebody else has created the same objects at the same moment: the oldest stands."""
        self._fresh |= {thing.iri for thing in things}
        if not things or not self._server.can_find:
            return
        found = self._server.find([thing.iri for thing in things])
        again = []
        for thing in things:
            remotes = found[thing.iri]
            if len(remotes) > 1:
                self._fresh.clear()
                again.append((thing, remotes[0]))
                self._remove(remotes[1:])
        self._note(again)

    def _remove(self, remotes: Iterable[Remote]) -> None:
        for remote in remotes:
            self._server.delete(remote.id)

    def _note(self, made: Sequence[tuple[Thing, Remote]]) -> None:
        if not made:
            return
        rows = [(thing.iri, self._enter(thing.iri, remote, self._digest(thing))) for thing, remote in made]
        self._ledger.record(OBJECT, rows)
        given = [(thing.iri, identifier) for thing, remote in made for identifier in remote.identifiers]
        if given:
            self._assign(given)

    def _enter(self, iri: str, remote: Remote, payload: str | None) -> Entry:
        self._entries[iri] = Entry(remote.id, remote.url, payload, SENT, time.time())
        return self._entries[iri]

    def _relations(self, content: Content) -> None:
        style = self._server.contract.relations.style
        if style == "none":
            return
        wanted = {
            _key(link): link for link in content.links if link.subject in self._entries and link.object in self._entries
        }
        known = self._ledger.entries(LINK)
        own = content.run + "#"
        stale = [
            key
            for key in known
            if key not in wanted and (key.startswith(own) or key.startswith(content.run + SEPARATOR))
        ]
        new = [link for key, link in wanted.items() if key not in known]
        if style == "separate":
            self._rows(content.run, new, stale, known)
        else:
            self._inside(wanted.values(), new, stale)

    def _rows(self, run: str, new: Sequence[Link], stale: Sequence[str], known: dict[str, Entry]) -> None:
        """Send relations that are rows of their own."""
        missing = self._without_present(new, {link.subject for link in new} - self._fresh)
        limit = self._server.contract.relations.bulk
        for made in self._each(self._linked, _lists(missing, min(limit, LARGEST_LIST) if limit else SINGLES)):
            self._note_links(made)
            self._sent.relations += len(made)
        self._settle_links(missing, run)
        for key in stale:
            entry = known[key]
            if entry.server_id is not None:
                self._server.unlink(entry.server_id)
        self._ledger.forget(LINK, stale)

    def _settle_links(self, links: Sequence[Link], run: str) -> None:
        """Look whether somebody else has said the same of what runs share at the same moment: the oldest stands."""
        # Somebody who has created the same objects may have said the same of all of them.
        shared = [link for link in links if not self._fresh or not link.subject.startswith(run)]
        doubled = self._server.doubled_links({str(self._entries[link.subject].server_id) for link in shared})
        standing = []
        for link in shared:
            first, *others = doubled.get(self._triple(link), [None])
            for id_ in others:
                self._server.unlink(str(id_))
            if others:
                standing.append((link, first))
        self._note_links(standing)

    def _without_present(self, links: Sequence[Link], subjects: Iterable[str]) -> list[Link]:
        """Return the relations that are not at the server; those that are, although nobody noted it, are noted."""
        ids = {str(self._entries[iri].server_id) for iri in subjects}
        there = self._server.links_at(ids) if ids else {}
        found = [(link, there[triple]) for link in links if (triple := self._triple(link)) in there]
        self._note_links(found)
        present = {_key(link) for link, _ in found}
        return [link for link in links if _key(link) not in present]

    def _linked(self, links: Sequence[Link]) -> list[tuple[Link, str | None]]:
        """Create relations, whatever it takes to know that each is there once."""
        made: list[tuple[Link, str | None]] = []
        rest = list(links)
        for _ in range(TRIES):
            try:
                ids = self._server.link([self._row(link) for link in rest])
                return made + list(zip(rest, ids, strict=True))
            except UploadError as error:
                made += zip(rest, error.done, strict=False)
                rest = rest[len(error.done) :]
                if isinstance(error, Rejected):
                    return made + self._links_apart(rest, error)
                if not error.unclear:
                    raise
                there = self._server.links_at({str(self._entries[link.subject].server_id) for link in rest})
                made += [(link, there[self._triple(link)]) for link in rest if self._triple(link) in there]
                rest = [link for link in rest if self._triple(link) not in there]
                last = error
        raise last

    def _links_apart(self, links: Sequence[Link], error: Rejected) -> list[tuple[Link, str | None]]:
        if len(links) > 1:
            middle = len(links) // 2
            return self._linked(links[:middle]) + self._linked(links[middle:])
        (link,) = links
        self._sent.refused[_key(link)] = f"relation {link.predicate} of {link.subject}: {error.reason}"
        return []

    def _inside(self, wanted: Iterable[Link], new: Sequence[Link], stale: Sequence[str]) -> None:
        """Send relations that are part of their subjects: all of a subject at once."""
        by_subject: defaultdict[str, list[Link]] = defaultdict(list)
        for link in wanted:
            by_subject[link.subject].append(link)
        gone: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in stale:
            subject, predicate, object_ = key.split(SEPARATOR)
            if subject in self._entries and object_ in self._entries:
                gone[subject].append((predicate, str(self._entries[object_].server_id)))

        def written(subjects: Sequence[str]) -> list[tuple[Link, str | None]]:
            for subject in subjects:
                rows = [self._row(link) for link in by_subject[subject]]
                self._server.set_links(str(self._entries[subject].server_id), rows, gone[subject])
            return [(link, None) for subject in subjects for link in by_subject[subject]]

        for made in self._each(written, _lists(sorted({link.subject for link in new} | set(gone)), SINGLES)):
            self._note_links(made)
        self._sent.relations += len(new)
        self._ledger.forget(LINK, stale)

    def _row(self, link: Link) -> tuple[Link, str, str]:
        return link, str(self._entries[link.subject].server_id), str(self._entries[link.object].server_id)

    def _triple(self, link: Link) -> tuple[str, str, str]:
        _, subject, object_ = self._row(link)
        return subject, link.predicate, object_

    def _note_links(self, made: Sequence[tuple[Link, str | None]]) -> None:
        now = time.time()
        if made:
            self._ledger.record(LINK, [(_key(link), Entry(id_, None, None, SENT, now)) for link, id_ in made])

    def _graph(self, content: Content) -> None:
        """Make the graph of the run, which people look at: its members are what was sent."""
        run = next(thing for thing in content.things if thing.iri == content.run)
        if run.iri not in self._entries:
            return
        entry = self._entries[run.iri]
        self._sent.url = self._server.landing_page(Remote(str(entry.server_id), entry.url))
        if not self._server.graphs_have_members:
            return
        members = sorted(
            str(self._entries[thing.iri].server_id) for thing in content.things if thing.iri in self._entries
        )
        graph = Thing(f"{run.iri}#graph", "ObjectGraph", f"Graph of {run.label}", visibility=run.visibility)
        digest = hashlib.sha256(msgspec.json.encode([self._digest(graph), members])).hexdigest()
        known = self._ledger.entries(GRAPH).get(graph.iri)
        if known is not None and known.payload == digest:
            return
        existing = known.server_id if known is not None else None
        if existing is None and self._server.can_find:
            found = self._server.find([graph.iri])[graph.iri]
            self._remove(found[1:])
            existing = found[0].id if found else None
        remote = self._server.graph(graph, members, existing)
        self._ledger.record(GRAPH, [(graph.iri, Entry(remote.id, remote.url, digest, SENT, time.time()))])

    def _each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Do some work at the same time, and yield what comes of it as it comes; the first error ends it.

        What was under way when it failed is waited for and yielded first: it is done, and must be noted.
        """
        queue = list(items)[::-1]
        failure: BaseException | None = None
        with ThreadPoolExecutor(WORKERS, "heliport-upload") as pool:
            running: set[Future[Result]] = set()
            while running or (queue and failure is None):
                while queue and failure is None and len(running) < WORKERS:
                    self._alive()
                    running.add(pool.submit(work, queue.pop()))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if error is None:
                        yield future.result()
                    failure = failure or error
        if failure is not None:
            raise failure


def _lists(items: Sequence[Any], size: int) -> list[Any]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _key(link: Link) -> str:
    return SEPARATOR.join((link.subject, link.predicate, link.object))
