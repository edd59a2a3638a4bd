"""An object with all that is stated of it and towards it; what is around it is read when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from snakemake_heliport.explorer.source import Source
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation

Neighbour = tuple[DigitalObject, Relation]


@dataclass(frozen=True, slots=True)
class Near:
    """An object and its relations."""

    source: Source
    item: DigitalObject
    outgoing: list[Relation]
    incoming: list[Relation]

    @classmethod
    def of(cls, source: Source, item: DigitalObject) -> Self:
        """Read what is stated of an object, and towards it."""
        return cls(source, item, *source.relations_of(item.iri))

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
        pairs = zip(iris, relations, strict=True)
        met = [(found[iri], relation) for iri, relation in pairs if iri in found]
        return [pair for pair in met if not kinds or pair[0].kind in kinds]


def started(thing: DigitalObject) -> tuple[str, str]:
    """Return what things are put in order by: when they began, and their names."""
    return str(thing.attributes.get("started", "~")), thing.label
