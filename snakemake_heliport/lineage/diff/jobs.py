"""How one job differs between two runs: in its code, parameters and software, and in what it made."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from snakemake_heliport.lineage.diff.difference import (
    COMMAND_OF_RULE,
    NAME_OF_RULE,
    Aspect,
    Bearing,
    Difference,
    is_said,
    of_job,
    unequal,
)
from snakemake_heliport.lineage.diff.inputs import Given, changed_inputs, order, renamed, unseen_inputs
from snakemake_heliport.lineage.diff.job_facts import TOUCHED, UP_TO_DATE, JobFacts, Seen
from snakemake_heliport.lineage.diff.texts import Texts, changed_lines
from snakemake_heliport.model import JsonValue, Kind

BLOCKED, INTERRUPTED = "pending", "interrupted"
UNFINISHED = ("failed", INTERRUPTED, BLOCKED)
LEFT_BEHIND = "what the job had left when it did not finish was taken as it was"
NOBODY_KNOWS = "what was there had been made before, and no run recorded how"
JUST_TOUCHED = "its files were given a new time, and nothing was made"
IMPORTED_IN_ONE = "just one of the runs tells of a module that the script imports"
IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(\w+)", re.MULTILINE)


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
    def is_cut(self) -> bool:
        """Whether a run ended while the job was at work: nobody knows what it would have come to."""
        return self.before.state != self.after.state and INTERRUPTED in (self.before.state, self.after.state)

    @property
    def is_unknown(self) -> bool:
        """Whether one run executed the job, and the other took what was there, made nobody knows how."""
        sides = (self.before, self.after)
        taken = [side.thing.kind is Kind.PLANNED_JOB and side.state == UP_TO_DATE for side in sides]
        executed = [side.thing.kind is Kind.JOB and side.state != TOUCHED for side in sides]
        return (any(taken) or self.is_touched) and any(executed)

    @property
    def is_touched(self) -> bool:
        """Whether a run gave the files of the job a new time, and did nothing else."""
        return TOUCHED in (self.before.state, self.after.state)

    def own(self, texts: Texts) -> list[Difference]:
        """Return what differs in the job itself; not what it was given by other jobs."""
        if self.is_unknown:
            unfinished = {self.before.state, self.after.state}.intersection(UNFINISHED)
            states = self._difference(Aspect.JOB, self.label, self.before.state, self.after.state)
            taken = LEFT_BEHIND if unfinished else NOBODY_KNOWS
            return [replace(states, note=JUST_TOUCHED if self.is_touched else taken)]
        if not self.is_comparable or self.is_historic:
            return []
        found = [*self._code(texts), *self._params(), *order(self.before, self.after), *self._software()]
        return [*found, *self._around(() if found else self._command())]

    def _around(self, commands: Iterable[Difference]) -> Iterator[Difference]:
        """Yield the command and the resources that may be in it, with how many attempts it took, and another name."""
        attempts, resources = list(self._attempts()), list(self._resources())
        for command in commands:
            spoken = [one for one in resources if is_said(one, command)]
            resources = [replace(one, bearing=Bearing.CAUSE) if one in spoken else one for one in resources]
            yield replace(command, because=tuple(one.what for one in spoken))
        because = tuple(one.what for one in attempts)
        certain = any(one.bearing is Bearing.CAUSE for one in resources)
        yield from (replace(one, bearing=Bearing.CAUSE) if certain else one for one in attempts)
        yield from (replace(one, because=because) for one in resources)
        yield from self._name()

    def changed_inputs(self) -> Iterator[Given]:
        """Yield the inputs that differ, or may differ, by content."""
        if self.is_comparable:
            yield from changed_inputs(self.before, self.after, are_all_known=not self.is_historic)

    def unseen_inputs(self) -> Iterator[str]:
        """Yield the inputs whose content nobody saw in either run, as that of a pipe."""
        if self.is_comparable:
            yield from unseen_inputs(self.before, self.after)

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
        return [*found, *self._renamed_output()]

    def _renamed_output(self) -> Iterator[Difference]:
        """Yield the one output that has another path, where its content is another, too."""
        old, new = (_by_itself(side.outputs) for side in (self.before, self.after))
        left, come = old.keys() - new.keys(), new.keys() - old.keys()
        for path, other in zip(left, come, strict=True) if len(left) == len(come) == 1 else ():
            if old[path].differs(new[other]):
                made = self._difference(Aspect.OUTPUT, other, old[path].told, new[other].told)
                yield replace(made, note=f"{path} in the first run")

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

    def imported(self, packages: Iterable[Difference], texts: Texts) -> list[Difference]:
        """Return those of the packages of the run's own environment that a script of the job imports by their names."""
        if not self.is_comparable or self.before.software or self.after.software:
            return []
        files = [(path, digest) for side in (self.before, self.after) for path, digest in side.scripts.items()]
        found = [texts.find(path, digest) or "" for path, digest in dict.fromkeys(files)]
        named = {name for text in found for name in IMPORT.findall(text)}
        own = [one for one in packages if one.what.replace("-", "_").lower() in named]
        return [replace(one, bearing=Bearing.CAUSE, jobs=(self.label,)) for one in own]

    def _name(self) -> Iterator[Difference]:
        """Yield the name of the rule where it is another: a new name makes no other result, as a rule."""
        if self.before.rule != self.after.rule:
            what = f"{NAME_OF_RULE}{self.after.rule}"
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
            one = self._difference(Aspect.RESOURCE, f"{name} of rule {self.after.rule}", before, after)
            yield replace(one, bearing=Bearing.POSSIBLE)

    def _attempts(self) -> Iterator[Difference]:
        """Yield how many attempts the job took, where it came to an end in both runs."""
        old, new = (side.thing.attributes.get("attempt") for side in (self.before, self.after))
        if old != new and old is not None and new is not None and self.before.state == self.after.state:
            one = self._difference(Aspect.STATE, f"attempts of {self.label}", old, new)
            yield replace(one, bearing=Bearing.POSSIBLE)

    def _command(self) -> Iterator[Difference]:
        """Yield the command where it differs and nothing else tells why, as with a value of the configuration in it."""
        before, after = (side.thing.attributes.get("shell_command") for side in (self.before, self.after))
        if before is not None and after is not None and before != after and self._has_same_files():
            lines = changed_lines(f"command of {self.label}", str(before), str(after))
            yield self._difference(Aspect.PARAMETER, f"{COMMAND_OF_RULE}{self.after.rule}", before, after, lines)

    def _has_same_files(self) -> bool:
        """Return whether no other path is a reason for another command; what failed tells what it was to make."""
        sides = [(side, side.thing.attributes.get("missing_outputs")) for side in (self.before, self.after)]
        old, new = (set(missing if isinstance(missing, list) else side.outputs) for side, missing in sides)
        failed = [isinstance(missing, list) for _, missing in sides]
        # In a directory that was made are files that nobody could foresee.
        same = old == new or (failed[0] and old <= new) or (failed[1] and new <= old)
        return same and not renamed(self.before, self.after)

    def _difference(
        self, aspect: Aspect, what: str, before: JsonValue, after: JsonValue, text: str | None = None
    ) -> Difference:
        return of_job(self.label, aspect, what, before, after, text)


def _by_itself(outputs: Mapping[str, Seen]) -> dict[str, Seen]:
    """Return the outputs without the files in a directory that is one."""
    return {
        path: seen for path, seen in outputs.items() if outputs.keys().isdisjoint(map(str, PurePosixPath(path).parents))
    }


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _values(entries: JsonValue) -> dict[str, JsonValue]:
    found = entries if isinstance(entries, list) else []
    return {str(entry.get("name")): entry.get("value") for entry in found if isinstance(entry, dict)}
