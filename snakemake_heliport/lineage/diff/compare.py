"""Why two runs came to different results: causes first, then what follows from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference, Ran
from snakemake_heliport.lineage.diff.effects import Effects
from snakemake_heliport.lineage.diff.explaining import WEIGHT, Reasons, explained, of_whole
from snakemake_heliport.lineage.diff.gathering import effects_in
from snakemake_heliport.lineage.diff.jobs import JUST_TOUCHED, LEFT_BEHIND, NOBODY_KNOWS, Pair
from snakemake_heliport.lineage.diff.new_jobs import named_by
from snakemake_heliport.lineage.diff.ordering import ordered
from snakemake_heliport.lineage.diff.settings import Settings
from snakemake_heliport.lineage.diff.texts import Texts
from snakemake_heliport.lineage.diff.whole import (
    around_differences,
    commit_differences,
    config_differences,
    source_differences,
    target_differences,
)
from snakemake_heliport.model import DigitalObject
from snakemake_heliport.store import Store

NOTHING_RECORDED = (
    "nothing recorded explains it: the job is random, or depends on something that is not recorded, "
    "such as a program that it starts, a file that is no input, or an environment variable"
)
NOTHING_OF_THE_JOB = (
    "nothing of the job itself explains it: what changed in the configuration or the workflow may have reached it "
    "unseen; else it is random, or depends on something that is not recorded"
)
THE_RUN, ENDED = "the run", "it ended before these jobs did"
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


def diff(store: Store, before: DigitalObject, after: DigitalObject, *, workdir: Path | None = None) -> Diff:
    """Compare two runs.

    Args:
        workdir: Where the workflow lies: its files and commits may hold the texts of scripts that changed.
    """
    both = Both.read(store, before, after)
    texts, levels = Texts(workdir, both.commits()), both.levels()
    reasons = _reasons(both, texts)
    configs = reasons.of_aspect(Aspect.CONFIG)
    effects = effects_in(both, texts, reasons.settings, configs, reasons.unasked())
    found = [*_causes(effects, both, reasons, levels, texts), *_followed(effects, both, levels)]
    results = any(effects.made.values())
    return Diff(before, after, tuple(ordered(found, levels)), tuple(both.ran(levels)), not results)


def _reasons(both: Both, texts: Texts) -> Reasons:
    configs = list(config_differences(*both.sides))
    whole = [*configs, *source_differences(*both.sides, texts), *target_differences(*both.sides)]
    settings = Settings([one.what for one in configs], *both.sides, texts)
    return Reasons(both, texts, settings, whole, named_by(configs, both))


def _causes(
    effects: Effects, both: Both, reasons: Reasons, levels: Mapping[str, int], texts: Texts
) -> list[Difference]:
    """Return what differs and may be a cause, or had no effect."""
    in_order = sorted(effects.own, key=lambda label: (label not in both.pairs, levels[label], label))
    at_work = effects.at_work(both)
    own = [_with_bearing(one, at_work) for label in in_order for one in effects.own[label]]
    # That a job ran which had been up to date is told where it made a difference.
    passing = (LEFT_BEHIND, NOBODY_KNOWS, JUST_TOUCHED)
    own = _merged(one for one in own if one.bearing is not Bearing.IDLE or one.note not in passing)
    own, whole = explained(own, reasons.without(own))
    told = {(one.aspect, one.what) for one in own}
    around = [*commit_differences(*both.sides, texts), *around_differences(*both.sides)]
    around = [one for one in around if (one.aspect, one.what) not in told]
    open_ = sorted(label for label in both.pairs if effects.is_open(label, both.pairs[label]))
    whole, around = of_whole(whole, around, open_, reasons)
    found = [*_ended_early(effects, both), *own, *whole, *around]
    unexplained = [label for label in open_ if all(one.bearing is Bearing.IDLE for one in effects.own[label])]
    if any(one.bearing in (Bearing.CAUSE, Bearing.POSSIBLE) and not one.jobs for one in found):
        return found
    may_be_told = any(one.jobs and not reasons.is_idle(one) for one in whole)
    return [*found, *(_unexplained(both.pairs[label], may_be_told=may_be_told) for label in unexplained)]


def _with_bearing(one: Difference, at_work: set[str]) -> Difference:
    return one if at_work.intersection(one.jobs) else replace(one, bearing=Bearing.IDLE)


def _merged(differences: Iterable[Difference]) -> list[Difference]:
    """Return each difference once, with all the jobs that it concerns, as near to the results as in any of them."""
    found: dict[tuple[object, ...], Difference] = {}
    for one in differences:
        key = (one.aspect, one.what, repr(one.before), repr(one.after))
        known = found.get(key, replace(one, jobs=()))
        bearing = min(known.bearing, one.bearing, key=WEIGHT.__getitem__)
        because = tuple(dict.fromkeys((*known.because, *one.because)))
        found[key] = replace(known, jobs=(*known.jobs, *one.jobs), because=because, bearing=bearing)
    return list(found.values())


def _ended_early(effects: Effects, both: Both) -> Iterator[Difference]:
    """Yield that a run ended before it came to jobs that waited for nothing, or while they were at work."""
    waiting = tuple(label for label, pair in both.pairs.items() if effects.is_left(label, pair))
    if waiting:
        before, after = (str(facts.run.attributes.get("status")) for facts in both.sides)
        yield Difference(Aspect.STATE, THE_RUN, before, after, Bearing.CAUSE, waiting, note=ENDED)


def _unexplained(pair: Pair, *, may_be_told: bool) -> Difference:
    """Return that nothing explains what a job made.

    Args:
        may_be_told: Something of the whole workflow differs, and is known to reach other jobs.
    """
    why = NOTHING_OF_THE_JOB if may_be_told else NOTHING_RECORDED
    why = BEFORE_THE_RECORD if pair.is_historic else why
    return Difference(Aspect.UNEXPLAINED, pair.label, None, why, Bearing.CAUSE, (pair.label,))


def _followed(effects: Effects, both: Both, levels: Mapping[str, int]) -> list[Difference]:
    """Return what jobs made differently, the first jobs first, each with what explains it."""
    told = {one.what for made in effects.made.values() for one in made}
    found = []
    for label in sorted(effects.made, key=lambda label: (levels[label], label)):
        if label in both.pairs and effects.is_left(label, both.pairs[label]):
            because = [THE_RUN]
        else:
            because = [*effects.reasons_of(label), *effects.named(label, told, both.makers)]
        distinct = tuple(dict.fromkeys(because))
        found += [replace(one, bearing=Bearing.EFFECT, because=distinct) for one in effects.made[label]]
    return found
