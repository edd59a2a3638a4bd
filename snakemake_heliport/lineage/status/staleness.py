"""What was made from something that is no longer what it was."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.disk import Disk, Now, Place
from snakemake_heliport.lineage.status.record import Record, seconds
from snakemake_heliport.store.stated import State

NO_COMPARISON = (Now.GONE, Now.UNKNOWN, Now.ELSEWHERE)


class What(StrEnum):
    """What has changed."""

    DATA = "data"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Cause:
    """A path that is no longer what something was made from.

    Attributes:
        then: The digest of what was used, None where it was not known.
        now: The digest of what is there.
        role: What a file of the workflow's own is for a job: `script`, `environment`; None of data.
    """

    what: What
    path: str
    then: str | None
    now: str | None
    role: str | None = None


class Staleness:
    """Finds out what made things stale; each job is looked at once."""

    def __init__(self, record: Record, disk: Disk) -> None:
        self._record = record
        self._disk = disk
        self._known: dict[str, frozenset[Cause]] = {}
        self._inputs: dict[str, tuple[frozenset[Cause], tuple[str, ...]]] = {}
        record.spread(_changed_states(disk))

    def of_file(self, iri: str) -> frozenset[Cause]:
        """Return what has changed since a state of a file was made; nothing of one that no recorded job made."""
        maker = self._record.maker(iri)
        return frozenset() if maker is None else self.of_activity(maker)

    def of_activity(self, activity: str) -> frozenset[Cause]:
        """Return what has changed since a job or training run, or any job that made its inputs."""
        stack, open_ = [activity], set[str]()
        while stack:
            top = stack[-1]
            own, before = self._inputs_of(top)
            missing = [one for one in before if one not in self._known and one not in open_]
            # Chains can be longer than Python may nest calls.
            if top not in open_ and missing:
                open_.add(top)
                stack += missing
                continue
            stack.pop()
            self._known[top] = own.union(*(self._known.get(one, frozenset()) for one in before))
        return self._known[activity]

    def of_input(self, activity: str, file: str) -> frozenset[Cause]:
        """Return what has changed of one file that an activity used, and of what that was made from."""
        own, maker = self._compared(activity, file)
        return own if maker is None else own | self.of_activity(maker)

    def _inputs_of(self, activity: str) -> tuple[frozenset[Cause], tuple[str, ...]]:
        """Return what has changed of the inputs of an activity itself, and what made the others."""
        if activity not in self._inputs:
            causes, makers = frozenset[Cause](), dict[str, None]()
            for file in dict.fromkeys(self._used(activity)):
                own, maker = self._compared(activity, file)
                causes |= own
                if maker is not None and maker != activity:
                    makers[maker] = None
            self._inputs[activity] = causes, tuple(makers)
        return self._inputs[activity]

    def _used(self, activity: str) -> Iterator[str]:
        """Yield what an activity used, with what its training runs used, and the job that it is a training run of."""
        home = self._record.home(activity)
        for one in (activity, *self._record.parts.get(activity, ()), *([] if home is None else [home])):
            yield from self._record.used(one)

    def _compared(self, activity: str, file: str) -> tuple[frozenset[Cause], str | None]:
        """Return what has changed of a file that was used, else what made it or the state that stands for it."""
        maker, used = self._record.maker(file), self._record.states.get(file)
        if used is None:
            return frozenset(), maker
        place, then = self._disk.of(used), used.sha256
        changed = place.sha256 is not None and then not in (None, place.sha256)
        if used.kind in CODE_KINDS:
            cause = Cause(What.CODE, used.path, then, place.sha256, used.role)
            return frozenset([cause] if changed else ()), None
        current = place.current
        if place.now in NO_COMPARISON or (current is not None and current.iri == file):
            return frozenset(), maker
        if self._is_superseded(used, place) or (changed and self._changed_it(activity, place)):
            return frozenset(), maker
        if changed:
            return frozenset([Cause(What.DATA, used.path, then, place.sha256)]), None
        # What is there has the bytes that were used; it may have been made again, from other things.
        return frozenset(), maker if current is None else self._record.maker(current.iri) or maker

    def _is_superseded(self, used: State, place: Place) -> bool:
        """Return whether what is there was made from the state that was used, by jobs that update it in place."""
        state, seen = place.current, set[str]()
        while state is not None and state.iri not in seen:
            seen.add(state.iri)
            maker = self._record.maker(state.iri)
            before = [] if maker is None else self._record.used(maker)
            states = (self._record.states[iri] for iri in before if iri in self._record.states)
            state = next((one for one in states if one.path == place.path), None)
            if state is not None and state.iri == used.iri:
                return True
        return False

    def _changed_it(self, activity: str, place: Place) -> bool:
        """Return whether what is there was written while a job ran that used the file: some change their own inputs."""
        state = place.current
        if state is None or self._record.maker(state.iri) is not None:
            return False
        job = self._record.object(activity).attributes
        written, begun, ended = (seconds(at) for at in (state.modified, job.get("started"), job.get("ended")))
        return written is not None and begun is not None and ended is not None and begun <= written <= ended


def _changed_states(disk: Disk) -> Iterator[str]:
    """Yield the states that had other bytes than what is at their path now."""
    for place in disk.places.values():
        if place.now not in NO_COMPARISON and place.sha256 is not None:
            for state in place.states:
                if state.sha256 not in (None, place.sha256):
                    yield state.iri


def in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return causes in the order in which they are told."""
    return tuple(sorted(causes, key=lambda cause: (cause.what, cause.path, cause.then or "")))
