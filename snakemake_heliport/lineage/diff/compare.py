"""Why two runs came to different results: causes first, then what follows from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from snakemake_heliport.lineage.diff.difference import (
    MAX_PACKAGES,
    Aspect,
    Bearing,
    Difference,
    Ran,
    is_loose_package,
)
from snakemake_heliport.lineage.diff.explaining import WEIGHT, explained, of_whole
from snakemake_heliport.lineage.diff.facts import UP_TO_DATE, JobFacts, RunFacts
from snakemake_heliport.lineage.diff.jobs import BLOCKED, LEFT_BEHIND, NOBODY_KNOWS, UNFINISHED, Given, Pair
from snakemake_heliport.lineage.diff.new_jobs import named_by
from snakemake_heliport.lineage.diff.texts import Texts
from snakemake_heliport.lineage.diff.whole import (
    around_differences,
    commit_differences,
    config_differences,
    source_differences,
)
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store

ORDER = {aspect: place for place, aspect in enumerate(Aspect)}
NOTHING_RECORDED = (
    "nothing recorded explains it: the job is random, or depends on something that is not recorded, "
    "such as a program that it starts, a file that is no input, or an environment variable"
)
THE_RUN = "the run"
BEFORE_THE_RECORD = "not known: in one of the runs it was made before anything recorded how"


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
    _rename(first, second)
    texts = Texts(workdir, [*_commits(first), *_commits(second)])
    levels = _levels(first, second)
    pairs = {label: Pair(job, second.jobs[label]) for label, job in first.jobs.items() if label in second.jobs}
    effects = _effects(pairs, first, second, texts, store)
    found = _causes(effects, pairs, levels, first, second, texts)
    return Diff(
        before,
        after,
        tuple(_ordered(found, levels)),
        tuple(_ran(first, second, levels)),
        not any(effects.made.values()),
    )


def _rename(first: RunFacts, second: RunFacts) -> None:
    """Call the jobs of the first run by the names that they have in the second, where the rule got another name."""
    old = {tuple(sorted(job.outputs)): label for label, job in first.jobs.items() if label not in second.jobs}
    for label in second.jobs.keys() - first.jobs.keys():
        outputs = tuple(sorted(second.jobs[label].outputs))
        if outputs and outputs in old:
            first.jobs[label] = replace(first.jobs.pop(old.pop(outputs)), label=label)


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


def _effects(pairs: Mapping[str, Pair], first: RunFacts, second: RunFacts, texts: Texts, store: Store) -> _Effects:
    effects, makers = _Effects(), _makers(first, second)
    for label, pair in pairs.items():
        effects.own[label] = pair.own(texts)
        effects.handed[label] = []
        for given in pair.changed_inputs():
            maker = makers.get(given.path, label)
            if maker == label:
                effects.own[label].append(given.difference)
            elif _is_foreign(given, maker, first, second):
                effects.own[label].append(replace(given.difference, note=f"changed after {maker} made it"))
            elif any(_was_there(given, maker, *sides) for sides in ((first, second), (second, first))):
                anew = _made_anew(given, maker, first, second, store)
                effects.own[label].append(replace(given.difference, note=anew or f"changed after {maker} made it"))
            else:
                paths = dict.fromkeys(path for path in (given.before, given.after) if path is not None)
                effects.handed[label] += [path for path in paths if makers.get(path, label) != label]
        if pair.is_blocked:
            effects.handed[label] += _blocking(pair, first if pair.before.state == BLOCKED else second, makers)
        if not effects.own[label]:
            effects.own[label] = pair.hyperparameters(follow=bool(effects.handed[label]))
        effects.made[label] = [*pair.outputs(), *pair.measured()]
    for difference in _only_in_one(first, second):
        label = difference.what
        revealing = _revealing(label, effects, first, second)
        effects.own[label], effects.made[label] = ([], [difference]) if revealing else ([difference], [])
        effects.handed[label] = revealing
    for difference in _made_by_others(first, second):
        effects.made[difference.jobs[0]].append(difference)
    return effects


def _revealing(label: str, effects: _Effects, first: RunFacts, second: RunFacts) -> list[str]:
    """Return what the checkpoints made differently that decided whether a job was to be."""
    found = []
    for facts in (first, second):
        revealed = facts.jobs[label].revealed_by if label in facts.jobs else ()
        for checkpoint in (job for job in facts.jobs.values() if job.thing.iri in revealed):
            found += [one.what for one in effects.made.get(checkpoint.label, ()) if one.aspect is Aspect.OUTPUT]
    return list(dict.fromkeys(found))


def _blocking(pair: Pair, facts: RunFacts, makers: Mapping[str, str]) -> Iterator[str]:
    """Yield the inputs that a job waited for when its run ended: their jobs did not finish, or were not there."""
    read = {path for side in (pair.before, pair.after) for paths in side.inputs.values() for path in paths}
    for path in sorted(read):
        maker = makers.get(path, pair.label)
        job = facts.jobs.get(maker)
        if maker != pair.label and (job is None or job.state in UNFINISHED):
            yield path


def _is_foreign(given: Given, maker: str, first: RunFacts, second: RunFacts) -> bool:
    """Return whether an input is known not to be what its job left there, and what the job made is the same."""
    sides = [(given.before, first), (given.after, second)]
    made = [None if path is None else facts.made(maker, path) for path, facts in sides]
    if made[0] is not None and made[1] is not None and made[0].differs(made[1]):
        return False
    return any(
        path is not None and output is not None and all(output.differs(used) for used in facts.used(given.reader, path))
        for output, (path, facts) in zip(made, sides, strict=True)
    )


def _was_there(given: Given, maker: str, facts: RunFacts, later: RunFacts) -> bool:
    """Return whether a run took a file as it was: no part of it makes the file, which a job had made before."""
    job = facts.jobs.get(maker)
    if job is None or maker in later.jobs or given.before != given.after or given.path in later.made_paths:
        return False
    made = job.thing.attributes.get("ended") or facts.run.attributes.get("started")
    begun = later.run.attributes.get("started")
    return made is not None and begun is not None and str(made) <= str(begun)


def _made_anew(given: Given, maker: str, first: RunFacts, second: RunFacts, store: Store) -> str | None:
    """Return which job of another run is known to have made what one of two runs took as it was."""
    later = first if maker in second.jobs else second
    read = {used.iri for used in later.used(given.reader, given.path)} - {""}
    made = store.relations_at(read, Predicate.WAS_GENERATED_BY, outgoing=True)
    jobs = sorted({job.label for job in store.objects(one.object for one in made).values()})
    return f"made anew by {jobs[0]} in another run" if jobs else None


def _made_by_others(first: RunFacts, second: RunFacts) -> Iterator[Difference]:
    """Yield the files that another job made in each run, where they differ."""
    old, new = ({path: job for job in facts.jobs.values() for path in job.outputs} for facts in (first, second))
    for path in sorted(old.keys() & new.keys()):
        before, after = old[path].outputs[path], new[path].outputs[path]
        if old[path].label != new[path].label and new[path].label not in first.jobs and before.differs(after):
            yield Difference(
                Aspect.OUTPUT, path, before.told, after.told, Bearing.EFFECT, (new[path].label, old[path].label)
            )


def _causes(
    effects: _Effects,
    pairs: Mapping[str, Pair],
    levels: Mapping[str, int],
    first: RunFacts,
    second: RunFacts,
    texts: Texts,
) -> list[Difference]:
    in_order = sorted(effects.own, key=lambda label: (label not in pairs, levels[label], label))
    own = _merged(one for label in in_order for one in effects.own[label])
    at_work = {label for label, made in effects.made.items() if made}
    makers = _makers(first, second)
    handed = {makers[path] for label in at_work for path in effects.handed[label]}
    own = [replace(one, bearing=_bearing(one, at_work | handed)) for one in own]
    # That a job ran which had been up to date is told where it made a difference.
    own = [one for one in own if one.bearing is not Bearing.IDLE or one.note not in (LEFT_BEHIND, NOBODY_KNOWS)]
    configs = list(config_differences(first, second))
    whole = [*configs, *_sources(first, second, texts, own)]
    own, whole = explained(own, whole, named_by(configs, first, second))
    told = {(one.aspect, one.what) for one in own}
    around = [*commit_differences(first, second, texts), *around_differences(first, second)]
    around = [one for one in around if (one.aspect, one.what) not in told]
    open_ = sorted(label for label in at_work if label in pairs and not _is_caused(label, effects, pairs[label]))
    whole, around = of_whole(whole, around, open_)
    found = [*_ended_early(effects, pairs, first, second), *own, *whole, *around]
    unexplained = [label for label in open_ if not effects.own[label]]
    if unexplained and not any(one.bearing in (Bearing.CAUSE, Bearing.POSSIBLE) and not one.jobs for one in found):
        found += [_unexplained(pairs[label]) for label in unexplained]
    return [*found, *_followed(effects, pairs, levels, makers)]


def _ended_early(
    effects: _Effects, pairs: Mapping[str, Pair], first: RunFacts, second: RunFacts
) -> Iterator[Difference]:
    """Yield that a run ended before it came to jobs that waited for nothing."""
    waiting = tuple(label for label, pair in pairs.items() if pair.is_blocked and not effects.handed[label])
    states = [str(facts.run.attributes.get("status")) for facts in (first, second)]
    if waiting and states[0] != states[1]:
        yield Difference(Aspect.STATE, THE_RUN, states[0], states[1], Bearing.CAUSE, waiting)


def _is_caused(label: str, effects: _Effects, pair: Pair) -> bool:
    """Return whether something that a job was, or was given, is the cause of what it made."""
    certain = any(_is_certain(one) for one in effects.own[label])
    return certain or bool(effects.handed[label]) or pair.is_blocked


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
    told = {one.what for one in own if one.aspect in (Aspect.CODE, Aspect.SOFTWARE)}
    return [one for one in source_differences(first, second, texts) if one.what not in told]


def _bearing(one: Difference, at_work: set[str]) -> Bearing:
    if one.bearing is Bearing.IDLE or not at_work.intersection(one.jobs):
        return Bearing.IDLE
    return Bearing.CAUSE if _is_certain(one) else Bearing.POSSIBLE


def _is_certain(one: Difference) -> bool:
    """Return whether a difference of a job is a cause of what it made differently, as far as anything tells."""
    return one.bearing is Bearing.CAUSE and one.aspect is not Aspect.RESOURCE


def _unexplained(pair: Pair) -> Difference:
    why = BEFORE_THE_RECORD if pair.is_historic else NOTHING_RECORDED
    return Difference(Aspect.UNEXPLAINED, pair.label, None, why, Bearing.CAUSE, (pair.label,))


def _followed(
    effects: _Effects, pairs: Mapping[str, Pair], levels: Mapping[str, int], makers: Mapping[str, str]
) -> list[Difference]:
    """Return what jobs made differently, the first jobs first, each with what explains it."""
    told = {one.what for made in effects.made.values() for one in made}
    causes = {one.what for own in effects.own.values() for one in own}
    found = []
    for label in sorted(effects.made, key=lambda label: (levels[label], label)):
        own = [one.what for one in effects.own[label] if one.bearing is not Bearing.IDLE]
        if label in pairs and pairs[label].is_blocked and not effects.handed[label]:
            own.append(THE_RUN)
        # What was not made at all is told by its job.
        handed = [path if path in told else makers[path] for path in effects.handed[label]]
        # Where inputs have no names, one that has moved up is taken for another.
        handed = [one for one in handed if one in told or one in causes]
        because = tuple(dict.fromkeys([*own, *handed]))
        found += [replace(one, bearing=Bearing.EFFECT, because=because) for one in effects.made[label]]
    return found


def _ordered(differences: Iterable[Difference], levels: Mapping[str, int]) -> list[Difference]:
    """Return causes, possible causes, effects and the rest, each after what explains it."""

    found = list(differences)
    many_packages = sum(map(is_loose_package, found)) > MAX_PACKAGES

    def place(one: Difference) -> tuple[int, bool, bool, int, int, str]:
        level = min((levels.get(label, 0) for label in one.jobs), default=0)
        # Metrics of a job stand beside its files; configuration before the parameters that it explains.
        explained = bool(one.because) and one.bearing is not Bearing.EFFECT
        # What matters is not to be looked for behind many packages.
        is_last = many_packages and is_loose_package(one)
        return WEIGHT[one.bearing], is_last, explained, level, ORDER[one.aspect], one.what

    return sorted(found, key=place)


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
