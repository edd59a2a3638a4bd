"""What was made from something that is no longer what it was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.disk import Now, Place
from snakemake_heliport.lineage.status.record import Record, seconds
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# The parts that code plays for a job; that of a whole run says nothing of one job.
CODE_ROLES = ("script", "environment")


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
    """

    what: What
    path: str
    then: str | None
    now: str | None


class Staleness:
    """Finds out what made things stale; each job is looked at once."""

    def __init__(self, record: Record, places: Mapping[str, Place]) -> None:
        self._record = record
        self._places = places
        self._known: dict[str, frozenset[Cause]] = {}
        self._inputs: dict[str, tuple[frozenset[Cause], tuple[str, ...]]] = {}

    def of_file(self, state: DigitalObject) -> frozenset[Cause]:
        """Return what has changed since a state of a file was made; nothing of one that no recorded job made."""
        maker = self._record.maker(state.iri)
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
        own, maker = self._compared(activity, self._record.objects[file])
        return own if maker is None else own | self.of_activity(maker)

    def _inputs_of(self, activity: str) -> tuple[frozenset[Cause], tuple[str, ...]]:
        """Return what has changed of the inputs of an activity itself, and what made the others."""
        if activity not in self._inputs:
            causes, makers = frozenset[Cause](), dict[str, None]()
            for file in dict.fromkeys(self._used(activity)):
                own, maker = self._compared(activity, self._record.objects[file])
                causes |= own
                if maker is not None and maker != activity:
                    makers[maker] = None
            self._inputs[activity] = causes, tuple(makers)
        return self._inputs[activity]

    def _used(self, activity: str) -> Iterator[str]:
        """Yield what an activity used, with what its training runs used, and the job that it is a training run of."""
        home = self._record.home(activity) if self._record.objects[activity].kind is Kind.TRAINING_RUN else None
        for one in (activity, *self._record.parts.get(activity, ()), *([] if home is None else [home])):
            for relation in self._record.used(one):
                is_code = self._record.objects[relation.object].kind in CODE_KINDS
                if not is_code or relation.attributes.get("role") in CODE_ROLES:
                    yield relation.object

    def _compared(self, activity: str, used: DigitalObject) -> tuple[frozenset[Cause], str | None]:
        """Return what has changed of a file that was used, else what made it or the state that stands for it."""
        path = str(used.attributes.get("path"))
        place, then = self._places.get(path), self._record.sha256(used.iri)
        if used.kind in CODE_KINDS:
            changed = place is not None and place.sha256 is not None and then is not None and place.sha256 != then
            return frozenset([Cause(What.CODE, path, then, place.sha256)] if changed and place else ()), None
        maker = self._record.maker(used.iri)
        if place is None or place.now in (Now.GONE, Now.UNKNOWN, Now.ELSEWHERE):
            return frozenset(), maker
        if self._is_superseded(used, place) or self._changed_it(activity, place):
            return frozenset(), maker
        if place.sha256 is not None and then is not None and place.sha256 != then:
            return frozenset([Cause(What.DATA, path, then, place.sha256)]), None
        # What is there has the bytes that were used; it may have been made again, from other things.
        return frozenset(), maker if place.current is None else self._record.maker(place.current.iri) or maker

    def _is_superseded(self, used: DigitalObject, place: Place) -> bool:
        """Return whether what is there was made from the state that was used, by jobs that update it in place."""
        state, seen = place.current, set[str]()
        while state is not None and state.iri not in seen:
            seen.add(state.iri)
            maker = self._record.maker(state.iri)
            before = [] if maker is None else self._record.used(maker)
            paths = {relation.object: self._record.objects[relation.object] for relation in before}
            state = next((one for one in paths.values() if one.attributes.get("path") == place.path), None)
            if state is not None and state.iri == used.iri:
                return True
        return False

    def _changed_it(self, activity: str, place: Place) -> bool:
        """Return whether what is there was written while a job ran that used the file: some change their own inputs."""
        job, state = self._record.objects[activity].attributes, place.current
        if state is None or self._record.maker(state.iri) is not None:
            return False
        written, begun, ended = (
            seconds(at) for at in (state.attributes.get("modified"), job.get("started"), job.get("ended"))
        )
        return written is not None and begun is not None and ended is not None and begun <= written <= ended


def training_data(record: Record, model: DigitalObject) -> list[tuple[str, str]]:
    """Return the training run of a model with each file that it was trained on, as far as that was said."""
    maker = record.maker(model.iri)
    if maker is None:
        return []
    datasets = {relation.object for relation in record.out[Predicate.TRAINED_ON].get(model.iri, ())}
    if not datasets:
        datasets = {relation.object for relation in record.out[Predicate.USED_DATASET].get(maker, ())}
    return [
        (maker, relation.object)
        for dataset in sorted(datasets)
        for relation in record.out[Predicate.HAS_SOURCE].get(dataset, ())
        if relation.object in record.objects
    ]
