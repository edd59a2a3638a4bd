"""What the runs of a working directory recorded of files, jobs and models: just what telling their state needs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

FILES = (Kind.FILE, Kind.DIRECTORY)
ACTIVITIES = (Kind.JOB, Kind.TRAINING_RUN)
# Predicates whose relations are kept as they are, by their subject.
KEPT = (
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.WAS_GENERATED_BY,
    Predicate.HAD_MEMBER,
    Predicate.HAS_SOURCE,
    Predicate.WAS_PART_OF,
    Predicate.TRAINED_ON,
    Predicate.SPECIALIZATION_OF,
)
TEMPORARY = frozenset(("temp", "pipe", "service"))


@dataclass(slots=True)
class Record:
    """Objects by IRI, and their relations by predicate and subject.

    Attributes:
        temporary: Files that are meant to be gone, by their IRIs.
        seen: When a job or run last had to do with a file, by its IRI.
    """

    objects: dict[str, DigitalObject] = field(default_factory=dict)
    out: dict[Predicate, defaultdict[str, list[Relation]]] = field(
        default_factory=lambda: {predicate: defaultdict(list) for predicate in KEPT}
    )
    temporary: set[str] = field(default_factory=set)
    seen: dict[str, str] = field(default_factory=dict)
    parts: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, store: Store, runs: Sequence[str]) -> "Record":
        """Read what these runs state."""
        record, plans = cls(), dict[str, list[str]]()
        parts_of: defaultdict[str, list[str]] = defaultdict(list)
        for thing, relations in store.statements(runs):
            record.objects[thing.iri] = thing
            for relation in relations:
                record._take(thing, relation)
                if relation.predicate is Predicate.HAS_PART:
                    parts_of[thing.iri].append(relation.object)
                plan = relation.attributes.get("plan")
                if isinstance(plan, str):
                    plans.setdefault(thing.iri, []).append(plan)
        for run, workflows in plans.items():
            for workflow in workflows:
                record._see(parts_of[workflow], record.objects[run])
        record._finish()
        return record

    def _take(self, thing: DigitalObject, relation: Relation) -> None:
        if relation.predicate in KEPT:
            self.out[relation.predicate][thing.iri].append(relation)
        flags = relation.attributes.get("flags")
        gone = relation.predicate is Predicate.WAS_INVALIDATED_BY
        if gone or (isinstance(flags, list) and not TEMPORARY.isdisjoint(map(str, flags))):
            is_file = relation.predicate in (Predicate.WAS_GENERATED_BY, Predicate.WAS_INVALIDATED_BY)
            self.temporary.add(thing.iri if is_file else relation.object)
        if relation.predicate is Predicate.WAS_PART_OF and thing.kind is Kind.TRAINING_RUN:
            self.parts[relation.object].append(thing.iri)

    def _finish(self) -> None:
        for iri, thing in self.objects.items():
            self._see((relation.object for relation in self.out[Predicate.USED].get(iri, ())), thing)
        for iri, made in self.out[Predicate.WAS_GENERATED_BY].items():
            for relation in made:
                if relation.object in self.objects:
                    self._see((iri,), self.objects[relation.object])
        for folder, members in self.out[Predicate.HAD_MEMBER].items():
            for relation in members:
                self.seen[relation.object] = max(self.seen.get(relation.object, ""), self.seen.get(folder, ""))
                if folder in self.temporary:
                    self.temporary.add(relation.object)

    def _see(self, files: Iterable[str], by: DigitalObject) -> None:
        at = str(by.attributes.get("started") or "")
        for file in files:
            self.seen[file] = max(self.seen.get(file, ""), at)

    def sha256(self, iri: str) -> str | None:
        """Return the SHA-256 of a file, None where its content is not known."""
        for relation in self.out[Predicate.SPECIALIZATION_OF].get(iri, ()):
            content = self.objects.get(relation.object)
            if content is not None and content.kind is Kind.CONTENT:
                return str(content.attributes["sha256"])
        return None

    def size(self, iri: str) -> int | None:
        """Return the size of a file in bytes, None where it is not known, as of a directory."""
        said = self.objects[iri].attributes.get("size")
        for relation in self.out[Predicate.SPECIALIZATION_OF].get(iri, ()):
            content = self.objects.get(relation.object)
            said = said if content is None else content.attributes.get("size", said)
        return said if isinstance(said, int) else None

    def maker(self, iri: str) -> str | None:
        """Return the IRI of what made a file or model, the latest where several did; None where nothing is known to."""
        made = [relation.object for relation in self.out[Predicate.WAS_GENERATED_BY].get(iri, ())]
        known = [maker for maker in made if maker in self.objects]
        return max(
            known, key=lambda maker: (str(self.objects[maker].attributes.get("started", "")), maker), default=None
        )

    def used(self, activity: str) -> list[Relation]:
        """Return the relations of an activity to the files that it used."""
        found = self.out[Predicate.USED].get(activity, ())
        return [relation for relation in found if self._is(relation.object, *FILES, Kind.LOG, *CODE_KINDS)]

    def _is(self, iri: str, *kinds: Kind) -> bool:
        thing = self.objects.get(iri)
        return thing is not None and thing.kind in kinds

    def home(self, training: str) -> str | None:
        """Return the job that a training run ran in, None where none is known."""
        seen = set[str]()
        while training not in seen:
            seen.add(training)
            wholes = [relation.object for relation in self.out[Predicate.WAS_PART_OF].get(training, ())]
            training = next((whole for whole in wholes if self._is(whole, *ACTIVITIES)), "")
            if self._is(training, Kind.JOB):
                return training
        return None

    def versions(self) -> dict[str, list[DigitalObject]]:
        """Return the states of each path, the latest last; what trackers keep lies elsewhere."""
        found: defaultdict[str, list[DigitalObject]] = defaultdict(list)
        for thing in self.objects.values():
            path = thing.attributes.get("path")
            if thing.kind in (*FILES, *CODE_KINDS) and isinstance(path, str):
                found[path].append(thing)
        for states in found.values():
            states.sort(key=lambda state: (self.seen.get(state.iri, ""), str(state.attributes.get("modified", ""))))
        return dict(found)


def seconds(at: object) -> float | None:
    """Return a recorded time as seconds since the epoch, None where there is none."""
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
