"""Why two runs came to different results: causes first, then what follows from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference, Ran
from snakemake_heliport.lineage.diff.explaining import WEIGHT, explained, of_whole
from snakemake_heliport.lineage.diff.facts import UP_TO_DATE, JobFacts, RunFacts
from snakemake_heliport.lineage.diff.jobs import Pair
from snakemake_heliport.lineage.diff.texts import Texts
from snakemake_heliport.lineage.diff.whole import (
    config_differences,
    place_differences,
    software_differences,
    source_differences,
)
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store

ORDER = {aspect: place for place, aspect in enumerate(Aspect)}
NOTHING_RECORDED = "nothing recorded explains it: the job is random, or depends on something that is not recorded"


@dataclass(frozen=True, slots=True)
class Diff:
    """How two runs differ.

    Attributes:
        differences: Causes before what follows from them; what had no effect comes last.
        ran: What became of each job and why it ran, where it ran in one of them.
        same_results: Whether every file that both made, and every metric, is the same.
    """

    before: DigitalObject
    after: DigitalObject
    differences: tuple[Difference, ...]
    ran: tuple[Ran, ...]
    same_results: bool

    def of(self, bearing: Bearing) -> list[Difference]:
        """Return the differences of this bearing, in their order."""
        return [one for one in self.differences if one.bearing is bearing]


@dataclass(slots=True)
class _Effects:
    """What differs in each job, in itself and in what it made, by its label."""

    own: dict[str, list[Difference]] = field(default_factory=dict)
    made: dict[str, list[Difference]] = field(default_factory=dict)
    handed: dict[str, list[str]] = field(default_factory=dict)


def diff(store: Store, before: DigitalObject, after: DigitalObject, *, workdir: Path | None = None) -> Diff:
    """Compare two runs.

    Args:
        workdir: Where the workflow lies: its files and commits may hold the texts of scripts that changed.
    """
    first, second = RunFacts.read(store, before), RunFacts.read(store, after)
    texts = Texts(workdir, [*_commits(first), *_commits(second)])
    levels = _levels(first, second)
    pairs = {label: Pair(job, second.jobs[label]) for label, job in first.jobs.items() if label in second.jobs}
    effects = _effects(pairs, _makers(first, second), texts)
    found = _causes(effects, pairs, levels, first, second, texts)
    return Diff(
        before,
        after,
        tuple(_ordered(found, levels)),
        tuple(_ran(first, second, levels)),
        not any(effects.made.values()),
    )


def _commits(facts: RunFacts) -> list[str]:
    return [str(thing.attributes.get("version")) for thing in facts.objects.values() if thing.kind is Kind.COMMIT]


def _levels(first: RunFacts, second: RunFacts) -> dict[str, int]:
    """Return how many jobs stand before each job, by its label."""
    makers = _makers(first, second)
    read: dict[str, set[str]] = {}
    for facts in (first, second):
        for job in facts.jobs.values():
            read.setdefault(job.label, set()).update(path for paths in job.inputs.values() for path in paths)
    before = {label: {makers[path] for path in paths if path in makers} - {label} for label, paths in read.items()}
    levels: dict[str, int] = {}
    while waiting := before.keys() - levels.keys():
        ready = [label for label in waiting if before[label] <= levels.keys()]
        # A path that two jobs update in turn can look like a circle.
        found = {label: 1 + max((levels.get(one, 0) for one in before[label]), default=-1) for label in ready}
        levels.update(found or dict.fromkeys(waiting, len(levels)))
    return levels


def _effects(pairs: Mapping[str, Pair], makers: Mapping[str, str], texts: Texts) -> _Effects:
    effects = _Effects()
    for label, pair in pairs.items():
        effects.own[label] = pair.own(texts)
        effects.handed[label] = []
        for path, difference in pair.changed_inputs():
            if makers.get(path, label) == label:
                effects.own[label].append(difference)
            else:
                effects.handed[label].append(path)
        if pair.is_blocked:
            read = (path for side in (pair.before, pair.after) for paths in side.inputs.values() for path in paths)
            effects.handed[label] += [path for path in read if makers.get(path, label) != label]
        if not effects.own[label] and not effects.handed[label]:
            effects.own[label] = pair.hyperparameters()
        effects.made[label] = [*pair.outputs(), *pair.measured()]
    return effects


def _causes(
    effects: _Effects,
    pairs: Mapping[str, Pair],
    levels: Mapping[str, int],
    first: RunFacts,
    second: RunFacts,
    texts: Texts,
) -> list[Difference]:
    own = _merged(
        one for label in sorted(pairs, key=lambda label: (levels[label], label)) for one in effects.own[label]
    )
    own += _only_in_one(first, second)
    at_work = {label for label, made in effects.made.items() if made}
    makers = _makers(first, second)
    handed = {makers[path] for label in at_work for path in effects.handed[label]}
    own = [replace(one, bearing=_bearing(one, at_work | handed)) for one in own]
    whole = [*config_differences(first, second), *_sources(first, second, texts, own)]
    own, whole = explained(own, whole)
    around = [*software_differences(first, second), *place_differences(first, second)]
    told = {(one.aspect, one.what) for one in own}
    around = [one for one in around if (one.aspect, one.what) not in told]
    unexplained = sorted(
        label
        for label in at_work
        if not effects.own[label] and not effects.handed[label] and not pairs[label].is_blocked
    )
    whole, around = of_whole(whole, around, unexplained)
    found = [*own, *whole, *around]
    if unexplained and not any(one.bearing in (Bearing.CAUSE, Bearing.POSSIBLE) and not one.jobs for one in found):
        found += [_unexplained(label) for label in unexplained]
    return [*found, *_followed(effects, levels, makers)]


def _makers(first: RunFacts, second: RunFacts) -> dict[str, str]:
    """Return the job that made each path, by its label."""
    return {path: job.label for facts in (first, second) for job in facts.jobs.values() for path in job.outputs}


def _merged(differences: Iterable[Difference]) -> list[Difference]:
    """Return each difference once, with all the jobs that it concerns."""
    found: dict[tuple[object, ...], Difference] = {}
    for one in differences:
        key = (one.aspect, one.what, repr(one.before), repr(one.after))
        known = found.get(key)
        found[key] = one if known is None else replace(known, jobs=(*known.jobs, *one.jobs))
    return list(found.values())


def _only_in_one(first: RunFacts, second: RunFacts) -> list[Difference]:
    found = []
    for label in sorted(first.jobs.keys() ^ second.jobs.keys()):
        sides = [None if job is None else job.state for job in (first.jobs.get(label), second.jobs.get(label))]
        found.append(Difference(Aspect.JOB, label, sides[0], sides[1], Bearing.CAUSE, (label,)))
    return found


def _sources(first: RunFacts, second: RunFacts, texts: Texts, own: Iterable[Difference]) -> list[Difference]:
    """Return the files of the workflow that differ, but for those that a job ran itself, which are told already."""
    told = {one.what for one in own if one.aspect is Aspect.CODE}
    return [one for one in source_differences(first, second, texts) if one.what not in told]


def _bearing(one: Difference, at_work: set[str]) -> Bearing:
    if not at_work.intersection(one.jobs):
        return Bearing.IDLE
    return Bearing.POSSIBLE if one.aspect is Aspect.RESOURCE else Bearing.CAUSE


def _unexplained(label: str) -> Difference:
    return Difference(Aspect.UNEXPLAINED, label, None, NOTHING_RECORDED, Bearing.CAUSE, (label,))


def _followed(effects: _Effects, levels: Mapping[str, int], makers: Mapping[str, str]) -> list[Difference]:
    """Return what jobs made differently, the first jobs first, each with what explains it."""
    told = {one.what for made in effects.made.values() for one in made}
    found = []
    for label in sorted(effects.made, key=lambda label: (levels[label], label)):
        own = [one.what for one in effects.own[label]]
        # What was not made at all is told by its job.
        handed = [path if path in told else makers[path] for path in effects.handed[label]]
        because = tuple(dict.fromkeys([*own, *handed]))
        found += [replace(one, bearing=Bearing.EFFECT, because=because) for one in effects.made[label]]
    return found


def _ordered(differences: Iterable[Difference], levels: Mapping[str, int]) -> list[Difference]:
    """Return causes, possible causes, effects and the rest, each after what explains it."""

    def place(one: Difference) -> tuple[int, bool, int, int, str]:
        level = min((levels.get(label, 0) for label in one.jobs), default=0)
        # Metrics of a job stand beside its files; configuration before the parameters that it explains.
        explained = bool(one.because) and one.bearing is not Bearing.EFFECT
        return WEIGHT[one.bearing], explained, level, ORDER[one.aspect], one.what

    return sorted(differences, key=place)


def _ran(first: RunFacts, second: RunFacts, levels: Mapping[str, int]) -> list[Ran]:
    found = []
    for label in sorted(levels, key=lambda label: (levels[label], label)):
        old, new = first.jobs.get(label), second.jobs.get(label)
        if any(job is not None and job.state != UP_TO_DATE for job in (old, new)):
            found.append(Ran(label, _state(old), _state(new), _reason(old), _reason(new)))
    return found


def _state(job: JobFacts | None) -> str | None:
    return None if job is None else job.state


def _reason(job: JobFacts | None) -> str | None:
    return None if job is None else job.reason
