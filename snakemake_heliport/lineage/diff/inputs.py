"""How the inputs of one job differ between two runs: by content, by path, and in their order."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from snakemake_heliport.lineage.diff.difference import NAMES_OTHERS, Aspect, Bearing, Difference, of_job, unequal
from snakemake_heliport.lineage.diff.job_facts import JobFacts, Seen
from snakemake_heliport.lineage.diff.telling import few
from snakemake_heliport.model import JsonValue

MAY_DIFFER = "written anew, and nobody knows whether with another content"


@dataclass(frozen=True, slots=True)
class Given:
    """An input of a job that differs: its path in each run, None where it was none, and how it differs.

    Attributes:
        is_same: Whether just its path is another, and the content is known to be the same.
    """

    reader: str
    before: str | None
    after: str | None
    difference: Difference
    is_same: bool = False

    @property
    def path(self) -> str:
        """The path in the second run, else in the first."""
        return self.paths[0]

    @property
    def paths(self) -> list[str]:
        """The path in the second run, and that in the first where it is another."""
        return list(dict.fromkeys(path for path in (self.after, self.before) if path is not None))


def changed_inputs(before: JobFacts, after: JobFacts, *, are_all_known: bool) -> Iterator[Given]:
    """Yield the inputs that differ, or may differ, by content.

    Args:
        are_all_known: In both runs; else an input that is missing from one of them may just be unknown.
    """
    sides = _by_slot(before, after)
    for slot in sorted({**sides[0], **sides[1]}):
        old, new = (side.get(slot, {}) for side in sides)
        for path in sorted(old.keys() & new.keys()):
            yield from _compared(before.label, path, old[path], new[path])
        left, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
        if are_all_known and len(left) == len(come) == 1:
            other = _other(before, after, f"{slot or 'files'} of {before.label}", left[0], come[0])
            is_same = old[left[0]].sha256 == new[come[0]].sha256 is not None
            yield Given(before.label, left[0], come[0], other, is_same)
        elif are_all_known:
            for path in left:
                yield Given(before.label, path, None, _other(before, after, path, old[path].told, None))
            for path in come:
                yield Given(before.label, None, path, _other(before, after, path, None, new[path].told))


def unseen_inputs(before: JobFacts, after: JobFacts) -> Iterator[str]:
    """Yield the inputs whose content nobody saw in either run, as that of a pipe."""
    for slot, old in before.inputs.items():
        new = after.inputs.get(slot, {})
        for path in old.keys() & new.keys():
            if old[path].sha256 is None and new[path].sha256 is None:
                yield path


def order(before: JobFacts, after: JobFacts) -> Iterator[Difference]:
    """Yield the inputs without names where they are the same files in another order."""
    old, new = (_in_order(job.inputs) for job in (before, after))
    if old != new and sorted(old) == sorted(new):
        yield _other(before, after, f"order of the files of {before.label}", [*old], [*new])


def renamed(before: JobFacts, after: JobFacts) -> bool:
    """Return whether some input has another path, or another name."""
    old, new = ({(slot, path) for slot, files in side.items() for path in files} for side in _by_slot(before, after))
    return old != new


def _other(before: JobFacts, after: JobFacts, what: str, old: JsonValue, new: JsonValue) -> Difference:
    """Return that a job read other files, with whether its rule says so."""
    note = NAMES_OTHERS if before.patterns != after.patterns else None
    return replace(of_job(before.label, Aspect.INPUT, what, old, new), note=note)


def _compared(label: str, path: str, old: Seen, new: Seen) -> Iterator[Given]:
    one = replace(of_job(label, Aspect.INPUT, path, old.told, new.told), note=_in_directory(old, new))
    if old.differs(new):
        yield Given(label, path, path, one)
    elif old.may_differ(new):
        yield Given(label, path, path, replace(one, bearing=Bearing.POSSIBLE, note=MAY_DIFFER))


def _by_slot(before: JobFacts, after: JobFacts) -> list[dict[str, dict[str, Seen]]]:
    """Return inputs by the name of their slot, together where it has none, or where just one of the runs has it."""
    named = {slot for slot in before.inputs.keys() & after.inputs.keys() if not slot.isdigit()}
    return [_grouped(job.inputs, named) for job in (before, after)]


def _grouped(inputs: Mapping[str, dict[str, Seen]], named: Collection[str]) -> dict[str, dict[str, Seen]]:
    found: dict[str, dict[str, Seen]] = {}
    for slot, files in inputs.items():
        found.setdefault(slot if slot in named else "", {}).update(files)
    return found


def _in_order(inputs: Mapping[str, dict[str, Seen]]) -> list[str]:
    """Return the paths of inputs without names, in their order."""
    return [path for slot in sorted(filter(str.isdigit, inputs), key=int) for path in inputs[slot]]


def _in_directory(old: Seen, new: Seen) -> str | None:
    """Return which files of a directory differ, None where that is not known."""
    names = [path for path, _, _ in unequal(old.members, new.members)]
    return f"different in {few(names)}" if names and old.members and new.members else None
