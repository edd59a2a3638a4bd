"""What may differ between two runs."""

from dataclasses import dataclass
from enum import StrEnum

from snakemake_heliport.model import JsonValue

# A note on inputs: the job read other files because its rule was written anew.
NAMES_OTHERS = "the rule names other inputs"
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
