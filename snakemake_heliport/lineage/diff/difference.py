"""What may differ between two runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from snakemake_heliport.model import JsonValue

# A note on inputs: the job read other files because its rule was written anew.
NAMES_OTHERS = "the rule names other inputs"
SAME_CONTENT = "another path with the same content"
COMMAND_OF_RULE, NAME_OF_RULE = "command of rule ", "name of rule "
# More packages than that are told together, after all else.
MAX_PACKAGES = 5


class Aspect(StrEnum):
    """What differs, in the order in which causes of equal weight are told."""

    CONFIG = "config"
    CODE = "code"
    PARAMETER = "parameter"
    INPUT = "input"
    JOB = "job"
    SOFTWARE = "software"
    ENVIRONMENT = "environment"
    RESOURCE = "resource"
    UNEXPLAINED = "unexplained"
    STATE = "state"
    OUTPUT = "output"
    METRIC = "metric"


class Bearing(StrEnum):
    """What a difference has to do with the results, in the order in which they are told."""

    CAUSE = "cause"
    POSSIBLE = "possible cause"
    EFFECT = "effect"
    IDLE = "without visible effect"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two runs.

    Attributes:
        what: What differs: a path, a name, a rule.
        before: Its value, digest or version in the first run, None where it was not there.
        after: That in the second run.
        jobs: The jobs that it concerns, by rule and wildcards; none where it concerns the whole run.
        because: What explains it: `what` of differences that stand before it.
        text: The lines that differ, where both texts are known.
        note: What is to be said of it besides.
    """

    aspect: Aspect
    what: str
    before: JsonValue
    after: JsonValue
    bearing: Bearing = Bearing.POSSIBLE
    jobs: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    text: str | None = None
    note: str | None = None


def of_job(
    job: str, aspect: Aspect, what: str, before: JsonValue, after: JsonValue, text: str | None = None
) -> Difference:
    """Return a difference of a job, a cause unless it turns out to be without effect."""
    return Difference(aspect, what, before, after, Bearing.CAUSE, (job,), text=text)


def is_command(one: Difference) -> bool:
    """Return whether this is that the command of a job is another."""
    return one.aspect is Aspect.PARAMETER and one.what.startswith(COMMAND_OF_RULE)


def is_said(value: Difference, command: Difference) -> bool:
    """Return whether a command line changed as a value did: it says the old one less often, and the new one more."""
    old, new = str(command.before), str(command.after)
    before, after = str(value.before), str(value.after)
    return old.count(before) > new.count(before) and new.count(after) > old.count(after)


def is_minor(one: Difference) -> bool:
    """Return whether a difference is worth a thought only where nothing else tells why a job made something else."""
    if one.bearing is not Bearing.POSSIBLE:
        return False
    return (
        one.aspect in (Aspect.RESOURCE, Aspect.STATE) or one.what.startswith(NAME_OF_RULE) or one.note == SAME_CONTENT
    )


def is_loose_package(one: Difference) -> bool:
    """Return whether this is a package of a whole run, and nothing tells that it had a part in the results."""
    is_loose = one.bearing in (Bearing.POSSIBLE, Bearing.IDLE) and not one.jobs
    return one.aspect is Aspect.SOFTWARE and is_loose and one.what not in ("python", "snakemake")


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a job in both runs, and why it ran there; None where it was no part of a run."""

    job: str
    before: str | None
    after: str | None
    reason_before: str | None
    reason_after: str | None


def unequal(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> Iterator[tuple[str, JsonValue, JsonValue]]:
    """Yield each name whose value differs, with both values, None where there is none."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)
