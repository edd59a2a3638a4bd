"""How differences read: titles for what they mean, and values that fit on a line."""

from collections.abc import Iterable, Iterator, Sequence

from snakemake_heliport.lineage.diff.difference import (
    MAX_PACKAGES,
    Aspect,
    Bearing,
    Difference,
    Ran,
    is_loose_package,
)
from snakemake_heliport.model import JsonValue
from snakemake_heliport.wording import brief, counted, number

TITLES = {
    Bearing.CAUSE: "Why the results differ",
    Bearing.POSSIBLE: "What may be why",
    Bearing.EFFECT: "What follows",
    Bearing.IDLE: "Also different, without visible effect",
}
# What a job may end as without having run.
AT_REST = (None, "up-to-date", "pending")
DIGITS, DIGEST_LENGTHS = 12, (40, 64)
HEX = frozenset("0123456789abcdef")
MAX_NAMED = 3


def values(one: Difference) -> tuple[str, str]:
    """Return what something was and what it is, in words; of what has no two values, what is to be said of it."""
    if one.aspect is Aspect.UNEXPLAINED:
        return "", str(one.after)
    if one.text:
        return "", "changed"
    after = value_in_words(one.after, one.aspect)
    return "" if one.before == one.after else value_in_words(one.before, one.aspect), after


def value_in_words(value: JsonValue, aspect: Aspect) -> str:
    """Return a value on one line: a digest by its first digits, a long text by its start."""
    if value is None:
        return "not in this run" if aspect is Aspect.JOB else "none"
    if isinstance(value, list) and value:
        return brief(", ".join(map(str, value)))
    text = number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    return text[:DIGITS] if is_digest(text) else brief(text)


def is_digest(value: JsonValue) -> bool:
    """Return whether a value is the SHA-256 of a content, or the SHA-1 of a commit."""
    return isinstance(value, str) and len(value) in DIGEST_LENGTHS and HEX.issuperset(value)


def concerns(one: Difference) -> tuple[str, ...]:
    """Return the jobs that a difference is told with: one that is of a job itself names it already."""
    return () if one.aspect in (Aspect.JOB, Aspect.STATE) else one.jobs


def folded(differences: Sequence[Difference]) -> list[Difference]:
    """Return differences of one bearing with the packages of the runs as one, where they are many and no cause."""
    packages = [one for one in differences if is_loose_package(one)]
    if len(packages) <= MAX_PACKAGES:
        return list(differences)
    changes = [" → ".join(values(one)) for one in packages]
    named = few([f"{one.what} {change}" for one, change in zip(packages, changes, strict=True)])
    what, note = counted(len(packages), "package"), "`snakemake-heliport diff --json` has all"
    whole = Difference(Aspect.SOFTWARE, what, named, named, packages[0].bearing, note=note)
    return [*(one for one in differences if not is_loose_package(one)), whole]


def few(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def executed(ran: Iterable[Ran]) -> Iterator[list[Ran]]:
    """Yield the jobs that ran in the second run, those of one rule that ended alike together."""
    groups: dict[tuple[str, str], list[Ran]] = {}
    for one in ran:
        if one.after not in AT_REST:
            groups.setdefault((one.job.partition(" (")[0], str(one.after)), []).append(one)
    yield from groups.values()
