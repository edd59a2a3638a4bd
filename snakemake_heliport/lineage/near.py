"""What stands around an object in the graph: its neighbours, and what has the same bytes, read when it is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation

Neighbour = tuple[DigitalObject, Relation]

# How the paths of files begin that a tracker keeps.
TRACKED = ("runs:/", "models:/")
# So much of a digest tells it from others.
DIGITS = 12
# Thousands of empty files share their bytes; nobody reads a list of them.
MAX_PEERS = 200


class Graph(Protocol):
    """What neighbours are read from: a store, or what an audience may see of one."""

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return the objects of these IRIs that are described, by IRI."""

    def relations_of(self, iri: str) -> tuple[list[Relation], list[Relation]]:
        """Return the relations that start at an object, and those that end at it."""


@dataclass(frozen=True, slots=True)
class Near:
    """An object with all that is stated of it, and towards it."""

    source: Graph
    item: DigitalObject
    outgoing: list[Relation]
    incoming: list[Relation]

    @classmethod
    def of(cls, source: Graph, item: DigitalObject) -> Self:
        """Read what is stated of an object, and towards it."""
        return cls(source, item, *source.relations_of(item.iri))

    def to(self, item: DigitalObject) -> "Near":
        """Read what is stated of another object, from the same source."""
        return Near.of(self.source, item)

    def ahead(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> list[Neighbour]:
        """Return what the object points at by one of these predicates, if it is described and of these kinds."""
        chosen = [relation for relation in self.outgoing if relation.predicate in predicates]
        return self._met(chosen, [relation.object for relation in chosen], kinds)

    def behind(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> list[Neighbour]:
        """Return what points at the object by one of these predicates, if it is described and of these kinds."""
        chosen = [relation for relation in self.incoming if relation.predicate in predicates]
        return self._met(chosen, [relation.subject for relation in chosen], kinds)

    def things(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> list[DigitalObject]:
        """Return what the object points at, without the relations."""
        return [thing for thing, _ in self.ahead(*predicates, kinds=kinds)]

    def users(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> list[DigitalObject]:
        """Return what points at the object, without the relations."""
        return [thing for thing, _ in self.behind(*predicates, kinds=kinds)]

    def _met(self, relations: Sequence[Relation], iris: Sequence[str], kinds: tuple[Kind, ...]) -> list[Neighbour]:
        found = self.source.objects(iris) if iris else {}
        met = [(found[iri], relation) for iri, relation in zip(iris, relations, strict=True) if iri in found]
        return [pair for pair in met if not kinds or pair[0].kind in kinds]


def first(things: Iterable[DigitalObject]) -> DigitalObject | None:
    """Return the first of some things, None where there is none."""
    return next(iter(things), None)


def content_of(near: Near) -> DigitalObject | None:
    """Return the bytes of a file or dataset, None where they are not known."""
    return first(near.things(Predicate.SPECIALIZATION_OF, kinds=(Kind.CONTENT,)))


def digest_start(near: Near) -> str:
    """Return as much of a file's SHA-256 as tells it from others, nothing where it is not known."""
    content = content_of(near)
    return "" if content is None else str(content.attributes.get("sha256", ""))[:DIGITS]


def same_bytes(near: Near, *kinds: Kind) -> list[DigitalObject]:
    """Return the other things of these kinds that have the bytes of a file or dataset."""
    content = content_of(near)
    if content is None or content.attributes.get("size") == 0:
        return []
    _, incoming = near.source.relations_of(content.iri)
    others = [relation.subject for relation in incoming if relation.predicate is Predicate.SPECIALIZATION_OF]
    found = near.source.objects(iri for iri in others[:MAX_PEERS] if iri != near.item.iri)
    return [found[iri] for iri in others if iri in found and found[iri].kind in kinds]


def path_of(file: DigitalObject) -> str:
    """Return where a file lies."""
    return str(file.attributes.get("path", file.label))


def is_tracked(file: DigitalObject) -> bool:
    """Return whether a file is one that a tracker keeps, and not one of the workflow."""
    return path_of(file).startswith(TRACKED)
