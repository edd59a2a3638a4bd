"""Compares the jobs of two runs, each with itself, and tells which of them are part of one run only."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference, is_command, is_minor, is_said
from snakemake_heliport.lineage.diff.effects import Effects
from snakemake_heliport.lineage.diff.handing import hand_on_unseen, take_all
from snakemake_heliport.lineage.diff.new_jobs import new_data
from snakemake_heliport.lineage.diff.settings import Settings
from snakemake_heliport.lineage.diff.texts import Texts
from snakemake_heliport.lineage.diff.whole import software_differences


def effects_in(
    both: Both, texts: Texts, settings: Settings, configs: Sequence[Difference], unasked: Collection[str]
) -> Effects:
    """Compare the jobs of two runs.

    Args:
        configs: The values of the configuration that differ.
        unasked: The jobs of one run only that nobody is known to have asked for.
    """
    effects = Effects()
    for label, pair in both.pairs.items():
        effects.own[label], effects.handed[label] = pair.own(texts), []
        if pair.is_comparable and not pair.is_historic:
            read = settings.of_code(pair.before, pair.after)
            effects.own[label] = _with_read(effects.own[label], [one for one in configs if one.what in read], label)
        take_all(pair, effects, both)
        effects.made[label] = [*pair.outputs(), *pair.measured()]
    _jobs_in_one(effects, both, unasked)
    for difference in _made_by_others(both):
        effects.made[difference.jobs[0]].append(difference)
    hand_on_unseen(effects, both)
    _settle(effects, both, texts)
    return effects


def _settle(effects: Effects, both: Both, texts: Texts) -> None:
    """Look for packages where nothing else tells why, and take what is minor for idle where something does."""
    packages = list(software_differences(*both.sides))
    for label, pair in both.pairs.items():
        if effects.is_open(label, pair):
            effects.own[label] += pair.imported(packages, texts)
        if effects.is_caused(label):
            effects.own[label] = [_idle(one) if is_minor(one) else one for one in effects.own[label]]


def _with_read(own: Sequence[Difference], configs: Sequence[Difference], label: str) -> list[Difference]:
    """Return what differs in a job with the values of the configuration that its code reads, or a command says."""
    told = []
    for one in own:
        said = [config.what for config in configs if is_command(one) and is_said(config, one)]
        told.append(replace(one, because=(*one.because, *said)))
    return [*told, *(replace(config, bearing=Bearing.CAUSE, jobs=(label,)) for config in configs)]


def _idle(one: Difference) -> Difference:
    return replace(one, bearing=Bearing.IDLE)


def _jobs_in_one(effects: Effects, both: Both, unasked: Collection[str]) -> None:
    """Add the jobs of one run only: they follow from what a checkpoint made, or are causes with what brought them."""
    read = [facts.paths_read() for facts in both.sides]
    for label in both.in_one():
        before, after = (None if job is None else job.state for job in both.jobs(label))
        one = Difference(Aspect.JOB, label, before, after, Bearing.CAUSE, (label,))
        revealing = _revealing(label, effects, both)
        if revealing:
            effects.own[label], effects.made[label] = [], [one]
        else:
            data = list(new_data(label, both, read, is_unasked=label in unasked))
            effects.own[label] = [*data, replace(one, because=tuple(found.what for found in data))]
            effects.made[label] = []
        effects.handed[label] = revealing


def _revealing(label: str, effects: Effects, both: Both) -> list[str]:
    """Return what the checkpoints made differently that decided whether a job was to be."""
    found: dict[str, None] = {}
    for facts in both.sides:
        revealed = facts.jobs[label].revealed_by if label in facts.jobs else ()
        for checkpoint in (job for job in facts.jobs.values() if job.thing.iri in revealed):
            made = effects.made.get(checkpoint.label, ())
            found |= dict.fromkeys(one.what for one in made if one.aspect is Aspect.OUTPUT)
    return list(found)


def _made_by_others(both: Both) -> Iterator[Difference]:
    """Yield the files that another job made in each run, where they differ."""
    old, new = ({path: job for job in facts.jobs.values() for path in job.outputs} for facts in both.sides)
    for path in sorted(old.keys() & new.keys()):
        before, after = old[path].outputs[path], new[path].outputs[path]
        if old[path].label != new[path].label and new[path].label not in both.first.jobs and before.differs(after):
            jobs = (new[path].label, old[path].label)
            yield Difference(Aspect.OUTPUT, path, before.told, after.told, Bearing.EFFECT, jobs)
