"""Which differences of whole runs explain those of single jobs: a value of the configuration, else the Snakefile."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from snakemake_heliport.lineage.diff.difference import NAMES_OTHERS, Aspect, Bearing, Difference
from snakemake_heliport.model import JsonValue

WEIGHT = {bearing: place for place, bearing in enumerate(Bearing)}


def explained(
    own: list[Difference], whole: list[Difference], named: Mapping[str, Sequence[str]]
) -> tuple[list[Difference], list[Difference]]:
    """Let values of the configuration, else the Snakefile, explain the parameters and inputs of jobs.

    Args:
        named: The values that a job holds which is part of one run only, by its label.
    """
    configs = [one for one in whole if one.aspect is Aspect.CONFIG]
    sources = [one for one in whole if one.aspect is Aspect.CODE]
    reasons: dict[str, list[Difference]] = {}
    result = []
    for one in own:
        because = [config.what for config in configs if _accounts_for(config, one)]
        if one.aspect is Aspect.JOB:
            because = [*named.get(one.what, ())]
        is_written = one.aspect in (Aspect.PARAMETER, Aspect.CODE, Aspect.RESOURCE)
        # Of a job that is part of one run only, nothing tells whether the configuration or the Snakefile brought it.
        is_written = is_written or (one.what in named and not configs)
        if not because and (is_written or one.note == NAMES_OTHERS):
            # A script is a file of its own.
            is_rule = one.aspect is not Aspect.CODE or one.what.startswith("rule ")
            because = [source.what for source in sources] if is_rule else []
        for name in because:
            reasons.setdefault(name, []).append(one)
        result.append(replace(one, because=tuple(because)))
    reached = [_with_reach(one, reasons.get(one.what, ())) for one in whole]
    open_ = [one.what for one in result if one.what in named and not one.because and one.bearing is not Bearing.IDLE]
    return result, [_may_explain(one, open_) for one in reached] if configs else reached


def _may_explain(one: Difference, jobs: Sequence[str]) -> Difference:
    """Return what concerns a whole run as a possible cause of jobs, unless it is known to be one of something else."""
    if not jobs or one.bearing is not Bearing.IDLE:
        return one
    return replace(one, bearing=Bearing.POSSIBLE, jobs=tuple(dict.fromkeys([*one.jobs, *jobs])))


def _with_reach(one: Difference, reached: Collection[Difference]) -> Difference:
    """Return what concerns a whole run with the jobs that it reached, as far from the results as what it explains."""
    jobs = dict.fromkeys(job for other in reached for job in other.jobs)
    nearest = min((other.bearing for other in reached), key=WEIGHT.__getitem__, default=Bearing.IDLE)
    return replace(one, jobs=tuple(jobs), bearing=nearest)


def _accounts_for(config: Difference, one: Difference) -> bool:
    """Return whether a value of the configuration changed as a parameter, an input or a command did."""
    before, after = str(config.before), str(config.after)
    if one.aspect is Aspect.PARAMETER and one.what.startswith("command of"):
        return after in str(one.after) and before in str(one.before)
    if one.aspect is Aspect.INPUT:
        return before in str(one.before) and after in str(one.after) and config.before is not None
    if one.aspect not in (Aspect.PARAMETER, Aspect.RESOURCE):
        return False
    return (str(one.before), str(one.after)) == (before, after) or _holds(one, config)


def _holds(one: Difference, config: Difference) -> bool:
    """Return whether a parameter is a section of the configuration, or a text with the value in it."""
    pairs = ((one.before, config.before), (one.after, config.after))
    return all(value is not None and _is_in(value, whole) for whole, value in pairs)


def _is_in(value: JsonValue, whole: JsonValue) -> bool:
    if isinstance(whole, dict):
        return any(_is_in(value, part) for part in whole.values())
    if isinstance(whole, list):
        return whole == value or any(_is_in(value, part) for part in whole)
    return whole == value or (isinstance(whole, str) and isinstance(value, str) and value in whole)


def of_whole(
    whole: list[Difference], around: list[Difference], unexplained: list[str]
) -> tuple[list[Difference], list[Difference]]:
    """Say of what concerns whole runs whether it is a cause: where jobs say so, or where nothing else explains them."""
    if not unexplained:
        return whole, [replace(one, bearing=Bearing.IDLE) for one in around]
    loose = [one if one.jobs else replace(one, bearing=Bearing.POSSIBLE) for one in whole]
    return loose, [replace(one, bearing=Bearing.POSSIBLE) for one in around]
