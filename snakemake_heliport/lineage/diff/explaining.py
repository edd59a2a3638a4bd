"""Which differences of whole runs explain those of single jobs: a value of the configuration, else the Snakefile."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import NAMES_OTHERS, Aspect, Bearing, Difference, is_command, is_said
from snakemake_heliport.lineage.diff.new_jobs import is_part, wildcards
from snakemake_heliport.lineage.diff.settings import OF_RULE, Settings
from snakemake_heliport.lineage.diff.texts import Texts
from snakemake_heliport.lineage.diff.whole import TARGETS
from snakemake_heliport.model import JsonValue

WEIGHT = {bearing: place for place, bearing in enumerate(Bearing)}
NOTHING_TELLS = "nothing recorded tells why: the Snakefile may read a list of samples, or look for files"


@dataclass(frozen=True, slots=True)
class Reasons:
    """What may explain a difference of a job.

    Attributes:
        whole: What differs in the configuration, the files of the workflow, and what was asked for.
        named: The values that a job holds which is part of one run only, by its label.
    """

    both: Both
    texts: Texts
    settings: Settings
    whole: Sequence[Difference]
    named: Mapping[str, Sequence[str]]

    def of_aspect(self, aspect: Aspect) -> list[Difference]:
        """Return what differs in whole runs in this aspect."""
        return [one for one in self.whole if one.aspect is aspect]

    def unasked(self) -> set[str]:
        """Return the jobs of one run only that neither a value, the Snakefile nor the targets are why of."""
        if self.of_aspect(Aspect.ENVIRONMENT):
            return set()
        return {label for label in self.both.in_one() if not self.named[label] and not self._is_written(label)}

    def without(self, own: Sequence[Difference]) -> "Reasons":
        """Return the same without the files of the workflow that a job ran itself, which are told already."""
        told = {one.what for one in own if one.aspect in (Aspect.CODE, Aspect.SOFTWARE)}
        whole = [one for one in self.whole if one.aspect is not Aspect.CODE or one.what not in told]
        return replace(self, whole=whole)

    def of(self, one: Difference) -> list[str]:
        """Return what is known to explain a difference."""
        if one.because:
            return list(one.because)
        if one.aspect is Aspect.JOB:
            return self._of_job(one)
        if one.aspect is Aspect.CODE:
            # A script is a file of its own.
            return self._sources(one) if one.what.startswith("rule ") else []
        if not _is_set(one):
            return []
        return self._set_by(one) or self._written(one) or self._only(one)

    def possible(self, one: Difference) -> list[str]:
        """Return what may explain a difference that nothing is known to."""
        may_be = one.what in self.named if one.aspect is Aspect.JOB else _is_set(one)
        return [*self._open_configs(), *self._names(Aspect.CODE)] if may_be else []

    def is_idle(self, one: Difference) -> bool:
        """Return whether something that concerns whole runs is known to have had no part in the results."""
        if one.aspect is Aspect.CONFIG:
            return not self.settings.is_read(one.what)
        return one.what == TARGETS

    def _of_job(self, one: Difference) -> list[str]:
        if one.what not in self.named:
            return []
        asked = self._names(Aspect.ENVIRONMENT)
        found = list(self.named[one.what]) or asked
        if found or self._open_configs():
            # Nothing tells whether one of several values or the Snakefile brought it.
            return found or self._only(one)
        return self._names(Aspect.CODE) if self._is_written(one.what) else []

    def _is_written(self, label: str) -> bool:
        """Return whether a file of the workflow that changed may be why a job is part of one run only.

        Not where the other run has jobs of its rule, and no text of the file has a wildcard of the job in it.
        """
        here, there = self.both.sides if label in self.both.first.jobs else self.both.sides[::-1]
        job = here.jobs[label]
        values = [value for _, value in wildcards(job)]
        if not values or all(other.rule != job.rule for other in there.jobs.values()):
            return bool(self.of_aspect(Aspect.CODE))
        for source in self.of_aspect(Aspect.CODE):
            found = [self.texts.find(source.what, str(digest)) for digest in (source.before, source.after)]
            known = [text for text in found if text is not None]
            if not known or any(is_part(value, text) for value in values for text in known):
                return True
        return False

    def _set_by(self, one: Difference) -> list[str]:
        """Return the values that set a parameter, a resource or inputs: the rule says so, or they changed alike."""
        job = self.both.second.jobs.get(one.jobs[0]) or self.both.first.jobs[one.jobs[0]]
        configs = self.of_aspect(Aspect.CONFIG)
        is_of_rule = one.aspect is Aspect.INPUT or OF_RULE in one.what
        said = self.settings.of_difference(one, job.rule) if is_of_rule else []
        return said or [
            config.what for config in configs if self.settings.is_read(config.what) and _accounts_for(config, one)
        ]

    def _written(self, one: Difference) -> list[str]:
        if one.aspect is Aspect.INPUT and one.note != NAMES_OTHERS:
            return []
        return self._sources(one)

    def _only(self, one: Difference) -> list[str]:
        """Return the one thing that may explain a difference, none where there are several."""
        found = self.possible(one)
        return found if len(found) == 1 else []

    def _sources(self, one: Difference) -> list[str]:
        """Return the files of the workflow that changed: the one that the rule is written in, or all."""
        names = self._names(Aspect.CODE)
        written = {path for job in self.both.jobs(one.jobs[0]) if job is not None for path in job.written_in}
        return [name for name in names if name in written] or names

    def _names(self, aspect: Aspect) -> list[str]:
        return [one.what for one in self.of_aspect(aspect)]

    def _open_configs(self) -> list[str]:
        return [name for name in self._names(Aspect.CONFIG) if self.settings.is_read(name)]


def explained(own: Iterable[Difference], reasons: Reasons) -> tuple[list[Difference], list[Difference]]:
    """Let what differs in whole runs explain what differs in jobs; return both."""
    reached: dict[str, list[Difference]] = {}
    loose: dict[str, list[Difference]] = {}
    result = []
    for one in own:
        if one.aspect is Aspect.CONFIG:
            reached.setdefault(one.what, []).append(one)
            continue
        because = reasons.of(one)
        for name in because:
            reached.setdefault(name, []).append(one)
        possible = [] if because or one.bearing is Bearing.IDLE else reasons.possible(one)
        for name in possible:
            loose.setdefault(name, []).append(one)
        is_odd = one.aspect is Aspect.JOB and one.what in reasons.named and not because and not possible
        result.append(replace(one, because=tuple(because), note=NOTHING_TELLS if is_odd else one.note))
    whole = [_with_reach(one, reached.get(one.what, ())) for one in reasons.whole]
    return result, [_may_explain(one, loose.get(one.what, ())) for one in whole]


def _may_explain(one: Difference, others: Collection[Difference]) -> Difference:
    """Return what concerns a whole run as a possible cause of jobs, unless it is known to be one of something else."""
    if not others or one.bearing is not Bearing.IDLE:
        return one
    jobs = (*one.jobs, *(job for other in others for job in other.jobs))
    return replace(one, bearing=Bearing.POSSIBLE, jobs=tuple(dict.fromkeys(jobs)))


def _with_reach(one: Difference, reached: Collection[Difference]) -> Difference:
    """Return what concerns a whole run with the jobs that it reached, as far from the results as what it explains."""
    jobs = dict.fromkeys(job for other in reached for job in other.jobs)
    nearest = min((other.bearing for other in reached), key=WEIGHT.__getitem__, default=Bearing.IDLE)
    return replace(one, jobs=tuple(jobs), bearing=nearest)


def _is_set(one: Difference) -> bool:
    """Return whether a difference is one of what a rule says: a parameter, a resource, or which files are inputs."""
    if one.aspect is Aspect.INPUT:
        return one.note in (None, NAMES_OTHERS) and _names_other_files(one)
    return one.aspect in (Aspect.PARAMETER, Aspect.RESOURCE)


def _names_other_files(one: Difference) -> bool:
    return one.before is None or one.after is None or one.what.endswith(f" of {one.jobs[0]}")


def _accounts_for(config: Difference, one: Difference) -> bool:
    """Return whether a value of the configuration changed as a parameter, an input or a command did."""
    before, after = str(config.before), str(config.after)
    if is_command(one):
        return is_said(config, one)
    if one.aspect is Aspect.INPUT:
        paths = isinstance(one.before, str) and isinstance(one.after, str)
        return paths and is_part(before, str(one.before)) and is_part(after, str(one.after))
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
    whole: list[Difference], around: list[Difference], unexplained: list[str], reasons: Reasons
) -> tuple[list[Difference], list[Difference]]:
    """Say of what concerns whole runs whether it is a cause: where jobs say so, or where nothing else explains them."""
    if not unexplained:
        return whole, [replace(one, bearing=Bearing.IDLE) for one in around]
    loose = [one if one.jobs or reasons.is_idle(one) else replace(one, bearing=Bearing.POSSIBLE) for one in whole]
    return loose, [replace(one, bearing=Bearing.POSSIBLE) for one in around]
