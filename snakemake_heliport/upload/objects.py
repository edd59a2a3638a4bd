"""Bringing the objects of a server to what a run says: each is there once, as it should be."""

import time
from collections.abc import Iterable, Sequence

from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.session import OBJECT, SETTLED_SECONDS, TRIES, Session, lists_of
from snakemake_heliport.upload.things import Remote, Thing


class ObjectSender:
    """Sends objects.

    What the ledger does not know of is looked up before it is created and looked up again afterwards, so that neither a
    lost ledger, nor an answer that never came, nor somebody who sends at the same moment leaves an object twice.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def send(self, things: Sequence[Thing]) -> None:
        """Bring the server's objects to what these are."""
        self._settle_doubtful()
        self._adopt(self._missing(things))
        changed = [thing for thing in things if self._is_changed(thing)]
        self._session.sent.unchanged = len(things) - len(self._missing(things)) - len(changed)
        gone = self._update(changed)
        # What somebody has deleted there may be there under another id.
        self._adopt(gone)
        self._update([thing for thing in gone if self._is_changed(thing)])
        self._create(self._missing(things))

    def _missing(self, things: Iterable[Thing]) -> list[Thing]:
        return [thing for thing in things if thing.iri not in self._session.entries]

    def _is_changed(self, thing: Thing) -> bool:
        entry = self._session.entries.get(thing.iri)
        return entry is not None and entry.payload != self._session.digest(thing)

    def _adopt(self, things: Sequence[Thing]) -> None:
        """Note what is at the server although the ledger does not know of it: it will be written, not created."""
        if not things or not self._session.server.can_find:
            return
        found = self._session.server.find([thing.iri for thing in things])
        self._session.ledger.record(
            OBJECT, [(iri, self._session.enter(iri, remotes[0], None)) for iri, remotes in found.items() if remotes]
        )
        for remotes in found.values():
            self._session.remove(remotes[1:])

    def _create(self, things: Sequence[Thing]) -> None:
        bulk = self._session.server.contract.objects.bulk
        for made in self._session.each(self._created, lists_of(things, bulk)):
            self._session.note(made)
            self._session.sent.created += len(made)
        self._settle([thing for thing in things if thing.iri in self._session.entries])

    def _created(self, things: Sequence[Thing]) -> list[tuple[Thing, Remote]]:
        """Create objects with their attributes; what is refused is noted."""
        made, fresh = self._made(things)
        self._describe(made, fresh=fresh)
        return made

    def _made(self, things: Sequence[Thing]) -> tuple[list[tuple[Thing, Remote]], bool]:
        """Create objects; return whether all are new.

        What the server may or may not have done is looked up. What is not there is not created again at once, as the
        first request may still be under way: it waits for the next try.
        """
        try:
            return list(zip(things, self._session.server.create(things), strict=True)), True
        except UploadError as error:
            made = list(zip(things, error.done, strict=False))
            rest = things[len(error.done) :]
            if isinstance(error, Rejected):
                more, fresh = self._apart(rest, error)
                return made + more, fresh
            if not error.unclear or not self._session.server.can_find:
                raise
            found = self._session.server.find([thing.iri for thing in rest], exact=True)
            missing = [thing.iri for thing in rest if not found[thing.iri]]
            self._session.doubt(missing)
            if missing:
                raise
            return made + [(thing, found[thing.iri][0]) for thing in rest], False

    def _apart(self, things: Sequence[Thing], error: Rejected) -> tuple[list[tuple[Thing, Remote]], bool]:
        """Find out which of some objects are refused: those that the server has already are taken as they are there."""
        if len(things) > 1:
            middle = len(things) // 2
            (first, one), (second, two) = self._made(things[:middle]), self._made(things[middle:])
            return first + second, one and two
        (thing,) = things
        found = self._session.server.find([thing.iri])[thing.iri] if self._session.server.can_find else []
        if found:
            return [(thing, found[0])], False
        self._refuse(thing, error)
        return [], True

    def _describe(self, made: Sequence[tuple[Thing, Remote]], *, fresh: bool = False) -> None:
        """Say the attributes of objects; said again after an answer that never came, they are read first."""
        pairs = [(remote.id, thing) for thing, remote in made]
        for _ in range(TRIES):
            try:
                self._session.server.set_all_attributes(pairs, fresh=fresh)
                return
            except UploadError as error:
                if not error.unclear:
                    raise
                fresh, last = False, error
        raise last

    def _refuse(self, thing: Thing, error: Rejected) -> None:
        self._session.sent.refused[thing.iri] = f"{thing.kind.lower()} {thing.label}: {error.reason}"

    def _update(self, things: Sequence[Thing]) -> list[Thing]:
        """Write objects, and return those that are not at the server any more."""
        for made in self._session.each(self._updated, lists_of(things, 0)):
            self._session.note(made)
            self._session.sent.changed += len(made)
        gone = self._missing(things)
        self._session.forget(thing.iri for thing in gone)
        return gone

    def _updated(self, things: Sequence[Thing]) -> list[tuple[Thing, Remote]]:
        """Write objects, and let go of those that are not at the server any more."""
        written = []
        for thing in things:
            self._session.alive()
            entry = self._session.entries[thing.iri]
            try:
                remote = self._session.server.update(str(entry.server_id), thing)
            except Rejected as error:
                if error.gone:
                    del self._session.entries[thing.iri]
                else:
                    self._refuse(thing, error)
                continue
            written.append((thing, remote._replace(url=remote.url or entry.url)))
        self._describe(written)
        return written

    def _settle_doubtful(self) -> None:
        """Look once more for what a request without an answer may have created, now that it has had its time."""
        before = time.time() - SETTLED_SECONDS
        session = self._session
        ready = [iri for iri, since in session.doubtful.items() if since < before and iri in session.entries]
        found = session.server.find(ready, exact=True) if ready and session.server.can_find else {}
        for iri in ready:
            del session.doubtful[iri]
            remotes = found.get(iri) or [Remote(session.id_of(iri), session.entries[iri].url)]
            session.remove(remotes[1:])
            # Of another one than was known it is not known how it is.
            known = session.entries[iri].payload if remotes[0].id == session.id_of(iri) else None
            session.enter(iri, remotes[0], known)
        session.ledger.record(OBJECT, [(iri, session.entries[iri]) for iri in ready])

    def _settle(self, things: Sequence[Thing]) -> None:
        """Look whether somebody else has created the same objects at the same moment: the oldest stands."""
        self._session.fresh |= {thing.iri for thing in things}
        if not things or not self._session.server.can_find:
            return
        found = self._session.server.find([thing.iri for thing in things], exact=True)
        again = []
        for thing in things:
            oldest, *others = found[thing.iri] or [Remote(self._session.id_of(thing.iri))]
            if others or oldest.id != self._session.id_of(thing.iri):
                self._session.fresh.clear()
                again.append((thing, oldest))
                self._session.remove(others)
        self._session.note(again)
