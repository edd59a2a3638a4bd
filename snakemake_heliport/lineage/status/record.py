"""What the runs of a working directory recorded: the states of all paths, and what came of some of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.store.stated import State

FILES = (Kind.FILE, Kind.DIRECTORY)
# The parts that code plays for a job; that of a whole run says nothing of one job.
CODE_ROLES = ("script", "module", "environment")
# Read against their direction, these lead from a thing to what came of it.
CAME_OF = (
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.HAS_SOURCE,
    Predicate.TRAINED_ON,
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_PART_OF,
)


class Record:
    """The states of paths, by path (the latest last) and by IRI, and what came of those that `spread` was asked about.

    Args:
        runs: The IRIs of the runs of the directory.
    """

    def __init__(self, store: Store, runs: Collection[str]) -> None:
        self.store = store
        self.runs = frozenset(runs)
        self.states: dict[str, State] = {}
        self.paths: defaultdict[str, list[State]] = defaultdict(list)
        # Everything that came of the states that have changed, with those states.
        self.reached: set[str] = set()
        self.parts: defaultdict[str, list[str]] = defaultdict(list)
        self._used: defaultdict[str, list[str]] = defaultdict(list)
        self._makers: defaultdict[str, list[str]] = defaultdict(list)
        self._homes: dict[str, str] = {}
        self._objects: dict[str, DigitalObject | None] = {}
        self._wholes = frozenset((*store.stamps(), *store.stamps(Kind.IMPORT)))
        for state in store.states(runs):
            self.states[state.iri] = state
            self.paths[state.path].append(state)
        self._put_in_order()

    def _put_in_order(self) -> None:
        """Order the states of each path by when a run last met them, and those of one run by their times."""
        several = [state.iri for some in self.paths.values() if len(some) > 1 for state in some]
        met = self.store.runs_that_state(several)
        last = {iri: max(started for run, started in by.items() if run in self.runs) for iri, by in met.items()}
        for some in self.paths.values():
            some.sort(key=lambda state: (last.get(state.iri, ""), state.modified or ""))

    def spread(self, changed: Iterable[str]) -> None:
        """Read all that came of these states, with what it takes to tell how."""
        waiting = set(changed)
        while waiting:
            self.reached |= waiting
            waiting = self._near(waiting) - self.reached
        for relation in self.store.relations_at(self.reached, Predicate.WAS_GENERATED_BY, outgoing=True):
            self._makers[relation.subject].append(relation.object)
        doing = self.reached - self.states.keys()
        for relation in self.store.relations_at(doing, Predicate.USED, outgoing=True):
            if self._is_of_job(relation):
                self._used[relation.subject].append(relation.object)

    def _near(self, things: Collection[str]) -> set[str]:
        found = set[str]()
        for relation in self.store.relations_at(things, *CAME_OF, outgoing=False):
            if not self._is_of_job(relation):
                continue
            found.add(relation.subject)
            if relation.predicate is Predicate.WAS_PART_OF:
                self.parts[relation.object].append(relation.subject)
        doing = [iri for iri in things if iri not in self.states]
        for relation in self.store.relations_at(doing, Predicate.WAS_PART_OF, outgoing=True):
            if relation.object not in self._wholes:
                self._homes[relation.subject] = relation.object
                found.add(relation.object)
        # What is there now may be a later state with the same bytes.
        for iri in things:
            state = self.states.get(iri)
            if state is not None and state.content is not None:
                found.update(one.iri for one in self.paths[state.path] if one.content == state.content)
        return found

    def _is_of_job(self, relation: Relation) -> bool:
        """Return whether a relation tells of one job: code also belongs to rules and runs, which tell of none."""
        state = self.states.get(relation.object)
        if state is None or state.kind not in CODE_KINDS:
            return True
        return relation.predicate is Predicate.USED and relation.attributes.get("role") in CODE_ROLES

    def object(self, iri: str) -> DigitalObject:
        """Return an object that is described."""
        found = self.objects([iri])
        return found[iri]

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return the objects of these IRIs that are described, each asked for once."""
        wanted = list(dict.fromkeys(iris))
        missing = [iri for iri in wanted if iri not in self._objects]
        if missing:
            self._objects.update(dict.fromkeys(missing))
            self._objects.update(self.store.objects(missing))
        return {iri: thing for iri in wanted if (thing := self._objects[iri]) is not None}

    def maker(self, iri: str) -> str | None:
        """Return the IRI of what made a file or model, the latest where several did; None where nothing is known to."""
        makers = self._makers.get(iri, ())
        return makers[0] if len(makers) == 1 else self._latest(makers)

    def makers(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return what made each of these files or models, where something is known to."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for relation in self.store.relations_at(iris, Predicate.WAS_GENERATED_BY, outgoing=True):
            found[relation.subject].append(relation.object)
        known = self.objects(maker for makers in found.values() for maker in makers)
        latest = {iri: makers[0] if len(makers) == 1 else self._latest(makers) for iri, makers in found.items()}
        return {iri: known[maker] for iri, maker in latest.items() if maker in known}

    def readers(self, iris: Iterable[str]) -> dict[str, list[DigitalObject]]:
        """Return the jobs and training runs that used each of these files."""
        relations = self.store.relations_at(iris, Predicate.USED, outgoing=False)
        jobs = self.objects(relation.subject for relation in relations)
        found: defaultdict[str, list[DigitalObject]] = defaultdict(list)
        for relation in relations:
            if relation.subject in jobs:
                found[relation.object].append(jobs[relation.subject])
        return found

    def _latest(self, makers: Iterable[str]) -> str | None:
        known = self.objects(makers)
        return max(known, key=lambda iri: (str(known[iri].attributes.get("started", "")), iri), default=None)

    def used(self, activity: str) -> list[str]:
        """Return the files that an activity used, of those that were reached."""
        return [iri for iri in self._used.get(activity, ()) if iri in self.states or iri in self._makers]

    def home(self, training: str) -> str | None:
        """Return the job that a training run ran in, None where none is known."""
        whole = self._homes.get(training)
        while whole is not None and whole in self._homes:
            whole = self._homes[whole]
        return whole

    def is_stated(self, iris: Iterable[str]) -> set[str]:
        """Return those of these objects that the runs of the directory state."""
        return {iri for iri, by in self.store.runs_that_state(iris).items() if not self.runs.isdisjoint(by)}


def seconds(at: object) -> float | None:
    """Return a recorded time as seconds since the epoch, None where there is none."""
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
