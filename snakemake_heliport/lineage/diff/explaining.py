"""Which differences of whole runs explain those of single jobs: a value of the configuration, else the Snakefile."""

from collections.abc import Collection
from dataclasses import replace

from snakemake_heliport.lineage.diff.difference import NAMES_OTHERS, Aspect, Bearing, Difference
from snakemake_heliport.model import JsonValue

MAY_HAVE = "which may have had a part in it"
WEIGHT = {bearing: place for place, bearing in enumerate(Bearing)}


def explained(own: list[Difference], whole: list[Difference]) -> tuple[list[Difference], list[Difference]]:
    """Let values of the configuration, else the Snakefile, explain the parameters and inputs of jobs."""
    configs = [one for one in whole if one.aspect is Aspect.CONFIG]
    sources = [one for one in whole if one.aspect is Aspect.CODE]
    reasons: dict[str, list[Difference]] = {}
    result = []
    for one in own:
        because = [config.what for config in configs if _accounts_for(config, one)]
        is_written = one.aspect in (Aspect.PARAMETER, Aspect.CODE, Aspect.JOB, Aspect.RESOURCE)
        if not because and (is_written or one.note == NAMES_OTHERS):
            # A script is a file of its own.
            is_rule = one.aspect is not Aspect.CODE or one.what.startswith("rule ")
            because = [config.what for config in configs] if one.aspect is Aspect.JOB else []
            because = because or ([source.what for source in sources] if is_rule else [])
        for name in because:
            reasons.setdefault(name, []).append(one)
        result.append(replace(one, because=tuple(because)))
    return result, [_with_reach(one, reasons.get(one.what, ())) for one in whole]


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


def _idle(one: Difference, *, same_results: bool) -> Difference:
    """Return what the results are explained without; of software, nothing tells whether it had a part in them."""
    may_be = one.aspect is Aspect.SOFTWARE and not same_results
    return replace(one, bearing=Bearing.IDLE, note=MAY_HAVE if may_be else one.note)


def of_whole(
    whole: list[Difference], around: list[Difference], unexplained: list[str], *, same_results: bool
) -> tuple[list[Difference], list[Difference]]:
    """Say of what concerns whole runs whether it is a cause: where jobs say so, or where nothing else explains them."""
    if not unexplained:
        return whole, [_idle(one, same_results=same_results) for one in around]
    loose = [one if one.jobs else replace(one, bearing=Bearing.POSSIBLE) for one in whole]
    return loose, [replace(one, bearing=Bearing.POSSIBLE) for one in around]
