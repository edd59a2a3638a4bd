"""Predicates that are objects of the server, as rows of a vocabulary: found by their IRI, or made."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.server.changing import Changing
from snakemake_heliport.upload.server.names import Names, expanded, local, predicate_iris
from snakemake_heliport.upload.server.reading import Records
from snakemake_heliport.upload.server.wire import number_or_text
from snakemake_heliport.upload.things import Remote, Thing

# What a predicate is, in the field for the kind of an object.
KIND = "Property"


class PredicateObjects:
    """Learns which object stands for which predicate.

    Args:
        find: Returns the objects with some IRIs.
        create: Creates objects.
    """

    def __init__(
        self,
        names: Names,
        records: Records,
        changing: Changing,
        find: Callable[[Iterable[str]], Mapping[str, Sequence[Remote]]],
        create: Callable[[Sequence[Thing]], Sequence[Remote]],
    ) -> None:
        self._names = names
        self._records = records
        self._changing = changing
        self._find = find
        self._create = create
        self._lock = threading.Lock()

    def ensure(self, iris: Iterable[str]) -> None:
        """Learn the objects of some predicates; of threads that need the same, one makes it."""
        with self._lock:
            unknown = [iri for iri in dict.fromkeys(iris) if not self._names.knows(iri)]
            found = self._find(unknown) if unknown else {}
            for iri in unknown:
                remotes = found.get(iri) or self._create([Thing(iri, KIND, local(iri))])
                self._names.learn(iri, number_or_text(remotes[0].id))

    def iri(self, id_: str) -> str:
        """Return the predicate that an object stands for, its id where that cannot be told."""
        told = self._names.iri(id_)
        if told != id_:
            return told
        try:
            identifiers = self._records.identifiers(self._changing.read(id_))
        except Rejected as error:
            if not error.gone:
                raise
            return id_
        iris = [expanded(text) for text in identifiers]
        known = next((iri for iri in iris if iri in predicate_iris()), next(iter(iris), id_))
        self._names.learn(known, number_or_text(id_))
        return known
