"""Bringing the relations of a server to what a run says: each is there once, and none that is said no more."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from snakemake_heliport.identity import SEPARATOR
from snakemake_heliport.store.ledger import Entry
from snakemake_heliport.upload.content import Content
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.session import LINK, SENT, Session, lists_of
from snakemake_heliport.upload.things import Link


class RelationSender:
    """Sends relations between objects that are at the server."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def send(self, content: Content) -> None:
        """Bring the relations of a server to what a run says."""
        style = self._session.server.contract.relations.style
        if style == "none":
            return
        wanted = {
            _key(link): link
            for link in content.links
            if link.subject in self._session.entries and link.object in self._session.entries
        }
        known = self._session.ledger.entries(LINK)
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
        missing = self._without_present(new, {link.subject for link in new} - self._session.fresh)
        bulk = self._session.server.contract.relations.bulk
        for made in self._session.each(self._linked, lists_of(missing, bulk)):
            self._note_links(made)
            self._session.sent.relations += len(made)
        self._settle_links(missing, run)
        for key in stale:
            entry = known[key]
            if entry.server_id is not None:
                self._session.server.unlink(entry.server_id)
        self._session.ledger.forget(LINK, stale)

    def _settle_links(self, links: Sequence[Link], run: str) -> None:
        """Look whether somebody else has said the same of what runs share at the same moment: the oldest stands."""
        # Somebody who has created the same objects may have said the same of all of them.
        shared = [link for link in links if not self._session.fresh or not link.subject.startswith(run)]
        doubled = self._session.server.doubled_links({self._session.id_of(link.subject) for link in shared})
        standing = []
        for link in shared:
            first, *others = doubled.get(self._triple(link), [None])
            for id_ in others:
                self._session.server.unlink(str(id_))
            if others:
                standing.append((link, first))
        self._note_links(standing)

    def _without_present(self, links: Sequence[Link], subjects: Iterable[str]) -> list[Link]:
        """Return the relations that are not at the server; those that are, although nobody noted it, are noted."""
        ids = {self._session.id_of(iri) for iri in subjects}
        there = self._session.server.links_at(ids) if ids else {}
        found = [(link, there[triple]) for link in links if (triple := self._triple(link)) in there]
        self._note_links(found)
        present = {_key(link) for link, _ in found}
        return [link for link in links if _key(link) not in present]

    def _linked(self, links: Sequence[Link]) -> list[tuple[Link, str | None]]:
        """Create relations; what the server may or may not have done is looked up, and not done again at once."""
        try:
            ids = self._session.server.link([self._row(link) for link in links])
            return list(zip(links, ids, strict=True))
        except UploadError as error:
            made = list(zip(links, error.done, strict=False))
            rest = links[len(error.done) :]
            if isinstance(error, Rejected):
                return made + self._links_apart(rest, error)
            if not error.unclear:
                raise
            there = self._session.server.links_at({self._session.id_of(link.subject) for link in rest})
            if any(self._triple(link) not in there for link in rest):
                raise
            return made + [(link, there[self._triple(link)]) for link in rest]

    def _links_apart(self, links: Sequence[Link], error: Rejected) -> list[tuple[Link, str | None]]:
        if len(links) > 1:
            middle = len(links) // 2
            return self._linked(links[:middle]) + self._linked(links[middle:])
        (link,) = links
        self._session.sent.refused[_key(link)] = f"relation {link.predicate} of {link.subject}: {error.reason}"
        return []

    def _inside(self, wanted: Iterable[Link], new: Sequence[Link], stale: Sequence[str]) -> None:
        """Send relations that are part of their subjects: all of a subject at once."""
        by_subject: defaultdict[str, list[Link]] = defaultdict(list)
        for link in wanted:
            by_subject[link.subject].append(link)
        gone: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in stale:
            subject, predicate, object_ = key.split(SEPARATOR)
            if subject in self._session.entries and object_ in self._session.entries:
                gone[subject].append((predicate, self._session.id_of(object_)))

        def written(subjects: Sequence[str]) -> list[tuple[Link, str | None]]:
            for subject in subjects:
                rows = [self._row(link) for link in by_subject[subject]]
                self._session.server.set_links(self._session.id_of(subject), rows, gone[subject])
            return [(link, None) for subject in subjects for link in by_subject[subject]]

        for made in self._session.each(written, lists_of(sorted({link.subject for link in new} | set(gone)), 0)):
            self._note_links(made)
        self._session.sent.relations += len(new)
        self._session.ledger.forget(LINK, stale)

    def _row(self, link: Link) -> tuple[Link, str, str]:
        return link, self._session.id_of(link.subject), self._session.id_of(link.object)

    def _triple(self, link: Link) -> tuple[str, str, str]:
        _, subject, object_ = self._row(link)
        return subject, link.predicate, object_

    def _note_links(self, made: Sequence[tuple[Link, str | None]]) -> None:
        now = time.time()
        if made:
            self._session.ledger.record(LINK, [(_key(link), Entry(id_, None, None, SENT, now)) for link, id_ in made])


def _key(link: Link) -> str:
    return SEPARATOR.join((link.subject, link.predicate, link.object))
