"""What stands around an object in the graph: its neighbours, what has the same bytes, and what it was made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

Neighbours = Iterator[tuple[DigitalObject, Relation]]

# Thousands of empty files share their bytes; nobody reads a list of them.
MAX_PEERS = 200
# A walk over this many objects takes about two seconds.
MAX_WALK = 1000
UPWARD = (
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_PART_OF,
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.HAS_SOURCE,
)
# A workflow run is not walked through: all else that it did has no part in what one of its jobs made.
ON_THE_WAY = (Kind.JOB, Kind.TRAINING_RUN, Kind.DATASET, Kind.MODEL, Kind.FILE, Kind.DIRECTORY)
PLACES = (Kind.FILE, Kind.DIRECTORY)


@dataclass(frozen=True, slots=True)
class Around:
    """An object with all that is stated of it, and towards it."""

    store: Store
    item: DigitalObject
    outgoing: list[Relation]
    incoming: list[Relation]

    @classmethod
    def of(cls, store: Store, item: DigitalObject) -> Self:
        return cls(store, item, *store.relations_of(item.iri))

    def ahead(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> Neighbours:
        """Yield what the object points at by one of these predicates, if it is described and of these kinds."""
        for relation in self.outgoing:
            if relation.predicate in predicates:
                yield from self._met(relation.object, relation, kinds)

    def behind(self, *predicates: Predicate, kinds: tuple[Kind, ...] = ()) -> Neighbours:
        """Yield what points at the object by one of these predicates, if it is described and of these kinds."""
        for relation in self.incoming:
            if relation.predicate in predicates:
                yield from self._met(relation.subject, relation, kinds)

    def _met(self, iri: str, relation: Relation, kinds: tuple[Kind, ...]) -> Neighbours:
        thing = self.store.get(iri)
        if thing is not None and (not kinds or thing.kind in kinds):
            yield thing, relation


def first(neighbours: Neighbours) -> DigitalObject | None:
    """Return the first of some neighbours, None where there is none."""
    return next((thing for thing, _ in neighbours), None)


def content_of(around: Around) -> DigitalObject | None:
    """Return the bytes of a file or dataset, None where they are not known."""
    return first(around.ahead(Predicate.SPECIALIZATION_OF, kinds=(Kind.CONTENT,)))


def digest_start(around: Around) -> str:
    """Return as much of a file's SHA-256 as tells it from others, nothing where it is not known."""
    content = content_of(around)
    return "" if content is None else str(content.attributes.get("sha256", ""))[:12]


def same_bytes(around: Around, *kinds: Kind) -> list[DigitalObject]:
    """Return the other things of these kinds that have the bytes of a file or dataset."""
    content = content_of(around)
    if content is None or content.attributes.get("size") == 0:
        return []
    _, incoming = around.store.relations_of(content.iri)
    others = [relation.subject for relation in incoming if relation.predicate is Predicate.SPECIALIZATION_OF]
    found = (around.store.get(iri) for iri in others[:MAX_PEERS] if iri != around.item.iri)
    return [thing for thing in found if thing is not None and thing.kind in kinds]


def path_of(file: DigitalObject) -> str:
    """Return where a file lies."""
    return str(file.attributes.get("path", file.label))


def is_tracked(file: DigitalObject) -> bool:
    """Return whether a file is one that a tracker keeps, and not one of the workflow."""
    return path_of(file).startswith(("runs:/", "models:/"))


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The files that no recorded job made, and the datasets of unrecorded files; all of them, if the walk is whole."""

    things: list[DigitalObject]
    whole: bool


def made_from(store: Store, item: DigitalObject) -> MadeFrom:
    """Walk from an object to all that it was made from, and return where the record begins."""
    seen: set[str] = {item.iri}
    found: list[DigitalObject] = []
    # Depth first: where there is too much to see it all, some of the beginnings are found nevertheless.
    stack, makers, steps = [item.iri], dict[str, str](), 0
    while stack and steps < MAX_WALK:
        steps += 1
        thing = store.get(stack.pop())
        if thing is None or thing.kind not in ON_THE_WAY:
            continue
        above = [makers[thing.iri]] if thing.iri in makers else [*_above(Around.of(store, thing))]
        if _is_beginning(thing, above):
            found.append(thing)
        new = [iri for iri in dict.fromkeys(above) if iri not in seen]
        seen.update(new)
        stack += reversed(new)
        # Files are the most by far: their makers are asked for all at once.
        makers.update(store.generators(new))
    return MadeFrom(sorted(found, key=lambda thing: (path_of(thing), thing.iri)), whole=not stack)


def _above(around: Around) -> Iterator[str]:
    yield from (relation.object for relation in around.outgoing if relation.predicate in UPWARD)
    if around.item.kind in PLACES:
        # The members of a directory were made by whoever made the directory.
        for folder, _ in around.behind(Predicate.HAD_MEMBER, kinds=(Kind.DIRECTORY,)):
            yield folder.iri


def _is_beginning(item: DigitalObject, above: list[str]) -> bool:
    if item.kind is Kind.DATASET:
        return not above and bool(item.attributes.get("source"))
    return item.kind in PLACES and not above
