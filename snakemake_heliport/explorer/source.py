"""What pages are made from: the store itself, or a view of it in memory that holds what an audience may see."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Protocol

from snakemake_heliport.explorer.copied import copied
from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.beginnings import beginnings, in_order
from snakemake_heliport.lineage.starts import states_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import FLOW_KINDS, RunRow, Store

# What leads from a thing to what it came from, in a view.
UPWARD = (
    Predicate.WAS_GENERATED_BY,
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.HAS_SOURCE,
    Predicate.WAS_DERIVED_FROM,
    Predicate.WAS_INFLUENCED_BY,
)
# A run, a rule or a package has a hand in everything, and leads nowhere.
ON_THE_WAY = frozenset(
    (Kind.JOB, Kind.TRAINING_RUN, Kind.FILE, Kind.DIRECTORY, Kind.DATASET, Kind.MODEL, Kind.MODEL_VERSION)
)
# A training run came from what its job came from, a version is the model.
WITHIN = {Kind.TRAINING_RUN: (Predicate.WAS_PART_OF,), Kind.MODEL_VERSION: (Predicate.SPECIALIZATION_OF,)}
BEGINNINGS = frozenset((Kind.FILE, Kind.DIRECTORY, Kind.DATASET, Kind.DATA_SOURCE))
# More objects of a kind are not looked for.
MAX_OF_KIND = 5_000


class Source(Protocol):
    """Answers what pages ask, and never tells what the audience must not see."""

    audience: Visibility

    @property
    def asked(self) -> Store:
        """What questions are asked of: a store of all that this source tells."""

    def get(self, iri: str) -> DigitalObject | None:
        """Return an object, None where there is none to be told."""

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return objects by IRI."""

    def relations_of(self, iri: str) -> tuple[list[Relation], list[Relation]]:
        """Return the relations that start at an object, and those that end at it."""

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> list[Relation]:
        """Return the relations of these predicates that start (or end) at any of these objects."""

    def of_kind(self, *kinds: Kind) -> list[DigitalObject]:
        """Return the objects of these kinds."""

    def runs(self) -> list[RunRow]:
        """Return the rows of the runs, the latest last."""

    def run_iris(self) -> list[str]:
        """Return the IRIs of the runs, the latest last; much cheaper than `runs`."""

    def versions(self, file: DigitalObject) -> list[DigitalObject]:
        """Return what was recorded at the path of a file, the latest last."""

    def search(self, text: str, limit: int) -> list[DigitalObject]:
        """Return the objects that a text may mean."""

    def beginnings(self, iri: str) -> list[DigitalObject]:
        """Return where the record of a thing begins: what no recorded job made from others."""

    def pages_elsewhere(self, iri: str) -> list[str]:
        """Return the addresses of the landing pages that servers gave an object."""


@dataclass(slots=True)
class FromStore:
    """All that a store holds, for the one whose store it is."""

    store: Store
    audience: Visibility = Visibility.PRIVATE

    @property
    def asked(self) -> Store:
        return self.store

    def get(self, iri: str) -> DigitalObject | None:
        return self.store.get(iri)

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        return self.store.objects(iris)

    def relations_of(self, iri: str) -> tuple[list[Relation], list[Relation]]:
        return self.store.relations_of(iri)

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> list[Relation]:
        return self.store.relations_at(iris, *predicates, outgoing=outgoing)

    def of_kind(self, *kinds: Kind) -> list[DigitalObject]:
        return self.store.of_kind(*kinds, limit=MAX_OF_KIND)

    def runs(self) -> list[RunRow]:
        return self.store.runs()

    def run_iris(self) -> list[str]:
        return list(self.store.stamps())

    def versions(self, file: DigitalObject) -> list[DigitalObject]:
        return states_of(self.store, file)

    def search(self, text: str, limit: int) -> list[DigitalObject]:
        return self.store.search(text, limit=limit)

    def beginnings(self, iri: str) -> list[DigitalObject]:
        thing = self.store.get(iri)
        # Code and configuration stand for all jobs that they had a hand in, and were made from nothing that those read.
        return beginnings(self.store, thing) if thing is not None and thing.kind in FLOW_KINDS else []

    def pages_elsewhere(self, iri: str) -> list[str]:
        entries = (self.store.ledger(name).entries("object", [iri]) for name in self.store.targets())
        return [entry.url for some in entries for entry in some.values() if entry.url]


@dataclass
class FromView:
    """What an audience may see of a store, or of some of its runs."""

    store: Store
    view: View
    audience: Visibility
    _raw: dict[str, frozenset[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def asked(self) -> Store:
        # Two who ask at once share one copy.
        with self._lock:
            return self._copy

    @cached_property
    def _copy(self) -> Store:
        return copied(self.view, self.store)

    def get(self, iri: str) -> DigitalObject | None:
        return self.view.objects.get(iri)

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        return {iri: self.view.objects[iri] for iri in iris if iri in self.view.objects}

    def relations_of(self, iri: str) -> tuple[list[Relation], list[Relation]]:
        return self.view.out(iri), self.view.into(iri)

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> list[Relation]:
        ends = self.view.out if outgoing else self.view.into
        return [relation for iri in dict.fromkeys(iris) for relation in ends(iri, *predicates)]

    def of_kind(self, *kinds: Kind) -> list[DigitalObject]:
        return list(self.view.of_kind(*kinds))

    def runs(self) -> list[RunRow]:
        return [row for row in self.store.runs() if row.iri in self.view.objects]

    def run_iris(self) -> list[str]:
        return [iri for iri in self.store.stamps() if iri in self.view.objects]

    def versions(self, file: DigitalObject) -> list[DigitalObject]:
        if self._at_path[file.attributes.get("path")] < 2:
            return [file]
        # Whether equal paths are one file is known of all that is recorded, and not only of what is told.
        return [self.view.objects[one.iri] for one in states_of(self.store, file) if one.iri in self.view.objects]

    @cached_property
    def _at_path(self) -> Counter[JsonValue]:
        return Counter(
            thing.attributes.get("path") for thing in self.view.of_kind(*FLOW_KINDS, Kind.SOURCE, Kind.CONFIG)
        )

    def search(self, text: str, limit: int) -> list[DigitalObject]:
        wanted = text.casefold()
        found = (thing for thing in self.view.objects.values() if wanted in _searched(thing))
        return sorted(found, key=lambda thing: (thing.kind, thing.label, thing.iri))[:limit]

    def beginnings(self, iri: str) -> list[DigitalObject]:
        self._find_beginnings(iri)
        found = in_order(self.view.objects[raw] for raw in self._raw[iri] if raw != iri)
        return sorted(found, key=lambda thing: bool(self._above(thing.iri)))

    def _find_beginnings(self, iri: str) -> None:
        """Find where the record of a thing begins, and of all that it came from; chains can be long."""
        stack, open_ = [iri], set[str]()
        while stack:
            top = stack[-1]
            above = self._above(top)
            missing = [one for one in above if one not in self._raw and one not in open_]
            if top not in open_ and missing:
                open_.add(top)
                stack += missing
                continue
            stack.pop()
            sets = [self._raw[one] for one in above if one in self._raw]
            is_raw = self.view.objects[top].kind in BEGINNINGS and all(map(self._is_source, above))
            # What many came from is kept once.
            found = sets[0] if len(sets) == 1 else frozenset[str]().union(*sets)
            self._raw[top] = frozenset((top,)) if is_raw else found

    def _is_source(self, iri: str) -> bool:
        """Return whether something is a job that read nothing."""
        return self.view.objects[iri].kind is Kind.JOB and not self._above(iri)

    def _above(self, iri: str) -> list[str]:
        kind = self.view.objects[iri].kind
        more = WITHIN.get(kind, ())
        return [origin.iri for origin in self.view.ahead(iri, *UPWARD, *more) if origin.kind in ON_THE_WAY]

    def pages_elsewhere(self, iri: str) -> list[str]:
        return self._addresses.get(iri, [])

    @cached_property
    def _addresses(self) -> dict[str, list[str]]:
        return all_addresses(self.store)


def all_addresses(store: Store) -> dict[str, list[str]]:
    """Return the addresses of all objects that were sent to a server, by IRI."""
    found: dict[str, list[str]] = {}
    for name in store.targets():
        for iri, entry in store.ledger(name).entries("object").items():
            if entry.url:
                found.setdefault(iri, []).append(entry.url)
    return found


def _searched(thing: DigitalObject) -> str:
    return "\n".join((thing.label, str(thing.attributes.get("path") or ""), thing.iri)).casefold()
