"""How one job differs between two runs, in itself: its code, parameters, software, and inputs that no job made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference
from snakemake_heliport.lineage.diff.facts import JobFacts
from snakemake_heliport.lineage.diff.texts import Texts, changed_lines
from snakemake_heliport.model import JsonValue, Kind

BLOCKED = "pending"
UNFINISHED = ("failed", "interrupted", BLOCKED)
CONTENT = "content not known"


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
        planned = Kind.PLANNED_JOB in (self.before.thing.kind, self.after.thing.kind)
        return not planned and self.before.thing.iri != self.after.thing.iri

    @property
    def is_blocked(self) -> bool:
        """Whether a run never came to the job."""
        return self.before.state != self.after.state and BLOCKED in (self.before.state, self.after.state)

    def own(self, texts: Texts) -> list[Difference]:
        """Return what differs in the job itself; not what it was given by other jobs."""
        if not self.is_comparable:
            return []
        found = [*self._code(texts), *self._params(), *self._software(), *self._resources()]
        return found or [*self._command()]

    def changed_inputs(self) -> Iterator[tuple[str, Difference]]:
        """Yield the inputs that differ by content, each with its path in the second run (or in the first)."""
        slots = {**self.before.inputs, **self.after.inputs} if self.is_comparable else {}
        for slot in sorted(slots):
            old, new = self.before.inputs.get(slot, {}), self.after.inputs.get(slot, {})
            for path in sorted(old.keys() & new.keys()):
                if differ(old[path], new[path]):
                    yield path, self._difference(Aspect.INPUT, path, old[path], new[path])
            left, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
            if len(left) == len(come) == 1:
                yield come[0], self._difference(Aspect.INPUT, f"{slot or 'input'} of {self.label}", left[0], come[0])
            else:
                yield from ((path, self._difference(Aspect.INPUT, path, old[path] or CONTENT, None)) for path in left)
                yield from ((path, self._difference(Aspect.INPUT, path, None, new[path] or CONTENT)) for path in come)

    def outputs(self) -> list[Difference]:
        """Return the outputs that differ by content, and whether the job got as far."""
        found = []
        if self.before.state != self.after.state and {self.before.state, self.after.state}.intersection(UNFINISHED):
            found.append(self._difference(Aspect.STATE, self.label, self.before.state, self.after.state))
        old, new = self.before.outputs, self.after.outputs
        for path in sorted(old.keys() & new.keys()):
            if differ(old[path], new[path]):
                found.append(self._difference(Aspect.OUTPUT, path, old[path], new[path]))
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

    def hyperparameters(self) -> list[Difference]:
        """Return the hyperparameters that differ in training runs of one name."""
        found = []
        for name in sorted(self.before.training.keys() & self.after.training.keys()):
            sides = (
                _values(side.training[name].attributes.get("hyperparameters")) for side in (self.before, self.after)
            )
            for parameter, before, after in unequal(*sides):
                what = f"{parameter} of training run {name}"
                found.append(self._difference(Aspect.PARAMETER, what, before, after))
        return found

    def _code(self, texts: Texts) -> Iterator[Difference]:
        if self.before.code != self.after.code:
            lines = changed_lines(f"rule {self.before.rule}", self.before.code, self.after.code)
            yield self._difference(Aspect.CODE, f"rule {self.before.rule}", self.before.code, self.after.code, lines)
        for path, before, after in unequal(self.before.scripts, self.after.scripts):
            lines = changed_lines(path, texts.find(path, _text(before)), texts.find(path, _text(after)))
            yield self._difference(Aspect.CODE, path, before, after, lines)

    def _params(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.params, self.after.params):
            yield self._difference(Aspect.PARAMETER, f"{name} of rule {self.before.rule}", before, after)

    def _software(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.software, self.after.software):
            yield self._difference(Aspect.SOFTWARE, name, before, after)

    def _resources(self) -> Iterator[Difference]:
        for name, before, after in unequal(self.before.resources, self.after.resources):
            yield self._difference(Aspect.RESOURCE, f"{name} of rule {self.before.rule}", before, after)

    def _command(self) -> Iterator[Difference]:
        """Yield the command where it differs and nothing else tells why, as with a value of the configuration in it."""
        before, after = (side.thing.attributes.get("shell_command") for side in (self.before, self.after))
        same_files = self.before.outputs.keys() == self.after.outputs.keys() and not any(self._renamed())
        if before is not None and after is not None and before != after and same_files:
            lines = changed_lines(f"command of {self.label}", str(before), str(after))
            yield self._difference(Aspect.PARAMETER, f"command of rule {self.before.rule}", before, after, lines)

    def _renamed(self) -> Iterator[str]:
        for slot in {**self.before.inputs, **self.after.inputs}:
            yield from self.before.inputs.get(slot, {}).keys() ^ self.after.inputs.get(slot, {}).keys()

    def _difference(
        self, aspect: Aspect, what: str, before: JsonValue, after: JsonValue, text: str | None = None
    ) -> Difference:
        return Difference(aspect, what, before, after, Bearing.CAUSE, (self.label,), text=text)


def differ(before: str | None, after: str | None) -> bool:
    """Return whether two contents are known to differ."""
    return before is not None and after is not None and before != after


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
