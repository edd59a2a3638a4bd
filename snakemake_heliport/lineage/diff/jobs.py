"""How one job differs between two runs, in itself: its code, parameters, software, and inputs that no job made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from snakemake_heliport.lineage.diff.difference import NAMES_OTHERS, Aspect, Bearing, Difference
from snakemake_heliport.lineage.diff.facts import UP_TO_DATE, JobFacts, Seen
from snakemake_heliport.lineage.diff.texts import Texts, changed_lines
from snakemake_heliport.model import JsonValue, Kind

BLOCKED = "pending"
TOUCHED = "touched"
UNFINISHED = ("failed", "interrupted", BLOCKED)
LEFT_BEHIND = "what the job had left when it did not finish was taken as it was"
NOBODY_KNOWS = "what was there had been made before, and no run recorded how"
IMPORTED_IN_ONE = "just one of the runs tells of a module that the script imports"
MAY_DIFFER = "written anew, and nobody knows whether with another content"


@dataclass(frozen=True, slots=True)
class Given:
    """An input of a job that differs: its path in each run, None where it was none, and how it differs."""

    reader: str
    before: str | None
    after: str | None
    difference: Difference

    @property
    def path(self) -> str:
        """The path in the second run, else in the first."""
        return self.after or self.before or ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A job as both runs tell it."""

    before: JobFacts
    after: JobFacts

    @property
    def label(self) -> str:
        return self.before.label

    @property
    def is_comparable(self) -> bool:
        """Whether both runs tell what the job was given, and it is not one and the same job."""
        sides = (self.before, self.after)
        told = all(side.thing.kind is not Kind.PLANNED_JOB and side.state != TOUCHED for side in sides)
        return told and self.before.thing.iri != self.after.thing.iri

    @property
    def is_historic(self) -> bool:
        """Whether one of the two ran before anything recorded it: just its files are known."""
        return any(bool(side.thing.attributes.get("historic")) for side in (self.before, self.after))

    @property
    def is_blocked(self) -> bool:
        """Whether a run never came to the job."""
        return self.before.state != self.after.state and BLOCKED in (self.before.state, self.after.state)

    @property
    def is_unknown(self) -> bool:
        """Whether one run executed the job, and the other took what was there, made nobody knows how."""
        taken = [side.thing.kind is Kind.PLANNED_JOB and side.state == UP_TO_DATE for side in (self.before, self.after)]
        executed = [side.thing.kind is Kind.JOB for side in (self.before, self.after)]
        return any(taken) and any(executed)

    def own(self, texts: Texts) -> list[Difference]:
        """Return what differs in the job itself; not what it was given by other jobs."""
        if self.is_unknown:
            unfinished = {self.before.state, self.after.state}.intersection(UNFINISHED)
            states = self._difference(Aspect.JOB, self.label, self.before.state, self.after.state)
            return [replace(states, note=LEFT_BEHIND if unfinished else NOBODY_KNOWS)]
        if not self.is_comparable or self.is_historic:
            return []
        found = [*self._code(texts), *self._params(), *self._software()]
        found = [*(found or self._command()), *self._resources()]
        # Where something else differs, a new name is no reason.
        return [*found, *(replace(one, bearing=Bearing.IDLE) if found else one for one in self._name())]

    def changed_inputs(self) -> Iterator[Given]:
        """Yield the inputs that differ, or may differ, by content."""
        slots = {**self.before.inputs, **self.after.inputs} if self.is_comparable else {}
        for slot in sorted(slots):
            old, new = self.before.inputs.get(slot, {}), self.after.inputs.get(slot, {})
            for path in sorted(old.keys() & new.keys()):
                yield from self._compared(path, old[path], new[path])
            if self.is_historic:
                # What it read and is no longer there was not seen.
                continue
            left, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
            if len(left) == len(come) == 1:
                what = f"{'files' if not slot or slot.isdigit() else slot} of {self.label}"
                yield Given(self.label, left[0], come[0], self._other(what, left[0], come[0]))
            else:
                for path in left:
                    yield Given(self.label, path, None, self._other(path, old[path].told, None))
                for path in come:
                    yield Given(self.label, None, path, self._other(path, None, new[path].told))

    def _other(self, what: str, before: str | None, after: str | None) -> Difference:
        """Return that a job read other files, with whether its rule says so."""
        note = NAMES_OTHERS if self.before.patterns != self.after.patterns else None
        return replace(self._difference(Aspect.INPUT, what, before, after), note=note)

    def _compared(self, path: str, old: Seen, new: Seen) -> Iterator[Given]:
        difference = self._difference(Aspect.INPUT, path, old.told, new.told)
        if old.differs(new):
            yield Given(self.label, path, path, difference)
        elif old.may_differ(new):
            yield Given(self.label, path, path, replace(difference, bearing=Bearing.POSSIBLE, note=MAY_DIFFER))

    def outputs(self) -> list[Difference]:
        """Return the outputs that differ by content, and whether the job got as far."""
        found: list[Difference] = []
        states = {self.before.state, self.after.state}
        if len(states) > 1 and states.intersection(UNFINISHED) and not self.is_unknown:
            found.append(self._difference(Aspect.STATE, self.label, self.before.state, self.after.state))
        old, new = self.before.outputs, self.after.outputs
        for path in sorted(old.keys() & new.keys()):
            if old[path].differs(new[path]):
                found.append(self._difference(Aspect.OUTPUT, path, old[path].told, new[path].told))
        return found

    def measured(self) -> list[Difference]:
        """Return the last values of the metrics that differ in training runs of one name."""
        found = []
        for name in sorted(self.before.training.keys() & self.after.training.keys()):
            old, new = (
                _values(side.training[name].attributes.get("evaluations")) for side in (self.before, self.after)
            )
            for metric, before, after in unequal(old, new):
                found.append(self._difference(Aspect.METRIC, f"{metric} of training run {name}", before, after))
        return found

    def hyperparameters(self, *, follow: bool) -> list[Difference]:
        """Return the hyperparameters that differ in training runs of one name.

        Args:
            follow: They may follow from what the job was given by others.
        """
        found = []
        for name in sorted(self.before.training.keys() & self.after.training.keys()):
            sides = (
                _values(side.training[name].attributes.get("hyperparameters")) for side in (self.before, self.after)
            )
            for parameter, before, after in unequal(*sides):
                what = f"{parameter} of training run {name}"
                found.append(self._difference(Aspect.PARAMETER, what, before, after))
        return [replace(one, bearing=Bearing.POSSIBLE) for one in found] if follow else found

    def _name(self) -> Iterator[Difference]:
        """Yield the name of the rule where it is another: a new name makes no other result, as a rule."""
        if self.before.rule != self.after.rule:
            what = f"name of rule {self.after.rule}"
            yield replace(
                self._difference(Aspect.CODE, what, self.before.rule, self.after.rule), bearing=Bearing.POSSIBLE
            )

    def _code(self, texts: Texts) -> Iterator[Difference]:
        if self.before.code != self.after.code:
            name = f"rule {self.after.rule}"
            lines = changed_lines(name, self.before.code, self.after.code)
            yield self._difference(Aspect.CODE, name, self.before.code, self.after.code, lines)
        for path, before, after in unequal(self.before.scripts, self.after.scripts):
            yield self._changed(path, before, after, texts)
        # A record may be older than the look for modules.
        is_told = bool(self.before.modules) == bool(self.after.modules)
        for path, before, after in unequal(self.before.modules, self.after.modules):
            one = self._changed(path, before, after, texts)
            yield one if is_told else replace(one, bearing=Bearing.POSSIBLE, note=IMPORTED_IN_ONE)

    def _changed(self, path: str, before: JsonValue, after: JsonValue, texts: Texts) -> Difference:
        lines = changed_lines(path, texts.find(path, _text(before)), texts.find(path, _text(after)))
        return self._difference(Aspect.CODE, path, before, after, lines)

    def _params(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.params, self.after.params):
            yield self._difference(Aspect.PARAMETER, f"{name} of rule {self.after.rule}", before, after)

    def _software(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.software, self.after.software):
            yield self._difference(Aspect.SOFTWARE, name, before, after)

    def _resources(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.resources, self.after.resources):
            yield self._difference(Aspect.RESOURCE, f"{name} of rule {self.after.rule}", before, after)

    def _command(self) -> Iterator[Difference]:
        """Yield the command where it differs and nothing else tells why, as with a value of the configuration in it."""
        before, after = (side.thing.attributes.get("shell_command") for side in (self.before, self.after))
        if before is not None and after is not None and before != after and self._has_same_files():
            lines = changed_lines(f"command of {self.label}", str(before), str(after))
            yield self._difference(Aspect.PARAMETER, f"command of rule {self.after.rule}", before, after, lines)

    def _has_same_files(self) -> bool:
        """Return whether no other path is a reason for another command; what failed tells what it was to make."""
        sides = [(side, side.thing.attributes.get("missing_outputs")) for side in (self.before, self.after)]
        old, new = (set(missing if isinstance(missing, list) else side.outputs) for side, missing in sides)
        failed = [isinstance(missing, list) for _, missing in sides]
        # In a directory that was made are files that nobody could foresee.
        same = old == new or (failed[0] and old <= new) or (failed[1] and new <= old)
        return same and not any(self._renamed())

    def _renamed(self) -> Iterator[str]:
        for slot in {**self.before.inputs, **self.after.inputs}:
            yield from self.before.inputs.get(slot, {}).keys() ^ self.after.inputs.get(slot, {}).keys()

    def _difference(
        self, aspect: Aspect, what: str, before: JsonValue, after: JsonValue, text: str | None = None
    ) -> Difference:
        return Difference(aspect, what, before, after, Bearing.CAUSE, (self.label,), text=text)


def unequal(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> Iterator[tuple[str, JsonValue, JsonValue]]:
    """Yield each name whose value differs, with both values, None where there is none."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _values(entries: JsonValue) -> dict[str, JsonValue]:
    found = entries if isinstance(entries, list) else []
    return {str(entry.get("name")): entry.get("value") for entry in found if isinstance(entry, dict)}
