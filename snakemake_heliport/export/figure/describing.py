"""The words in the boxes."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from snakemake_heliport.export.figure.figure import FAILED, FINISHED, INTERRUPTED, OPEN, STATES, UP_TO_DATE
from snakemake_heliport.export.figure.text import clean, pattern_of
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Predicate, Relation

NAMES_SHOWN = 3
CONSTRAINT = re.compile(r"\{(\w+),[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
STATE_OF = {
    "finished": FINISHED,
    "touched": FINISHED,
    "failed": FAILED,
    "interrupted": INTERRUPTED,
    "up-to-date": UP_TO_DATE,
    "historic": UP_TO_DATE,
}


def text(value: JsonValue) -> str:
    """Return what an attribute says, in one line."""
    return "" if value is None else clean(str(value))


def several(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def states_of(things: Sequence[DigitalObject]) -> tuple[tuple[str, int], ...]:
    """Return how many ended how; of a job that was tried again, the last attempt counts."""
    last: dict[str, DigitalObject] = {}
    for thing in sorted(things, key=_attempt):
        last[job_of(thing)] = thing
    counts = Counter(STATE_OF.get(text(thing.attributes.get("status")), OPEN) for thing in last.values())
    return tuple((state, counts[state]) for state in STATES if counts[state])


def job_of(thing: DigitalObject) -> str:
    """Return what all attempts of a job have in common; anything else is itself."""
    return thing.iri.rpartition("-")[0] if "attempt" in thing.attributes and "#job-" in thing.iri else thing.iri


def _attempt(thing: DigitalObject) -> int:
    attempt = thing.attributes.get("attempt")
    return attempt if isinstance(attempt, int) else 1


def state_words(states: Sequence[tuple[str, int]]) -> list[str]:
    """Return what is to be said of states: nothing where all is well."""
    if [state for state, _ in states] == [FINISHED]:
        return []
    if sum(count for _, count in states) == 1:
        return [states[0][0]]
    return [", ".join(f"{count:,} {state}" for state, count in states)]


def jobs_words(jobs: Sequence[DigitalObject]) -> list[str]:
    """Return what is said of the jobs of a rule."""
    count = len({job_of(job) for job in jobs})
    again = f", {several(len(jobs) - count, 'attempt')} repeated" if len(jobs) > count else ""
    return [several(count, "job") + again, *state_words(states_of(jobs))]


def job_title(job: DigitalObject) -> str:
    """Return the rule of a job."""
    return text(job.attributes.get("name")) or clean(job.label.partition(" (")[0])


def job_words(job: DigitalObject) -> list[str]:
    """Return what is said of one job: wildcards, the attempt if it is not the first, what became of it."""
    label = clean(job.label)
    wildcards = label.removeprefix(job_title(job)).strip()
    bare = wildcards[1:-1] if wildcards.startswith("(") and wildcards.endswith(")") else wildcards
    attempt = _attempt(job)
    return [*filter(None, [bare, f"attempt {attempt}" if attempt > 1 else ""]), *state_words(states_of([job]))]


def names_of(things: Iterable[DigitalObject]) -> list[str]:
    """Return the names of things that are grouped: a pattern for many, with how many there are."""
    labels = [clean(thing.label) for thing in things]
    names = list(dict.fromkeys(labels))
    if len(names) > NAMES_SHOWN:
        names = [pattern_of(names)]
        names = names if names != ["*"] else [*list(dict.fromkeys(labels))[: NAMES_SHOWN - 1], "…"]
    return names


def files_words(view: View, files: Sequence[DigitalObject]) -> list[str]:
    """Return what is said of files that have the same makers and users: the pattern of each slot, and the number."""
    if len(files) == 1:
        path = text(files[0].attributes.get("path"))
        return [*dict.fromkeys(filter(None, [clean(files[0].label), path]))]
    slots: dict[tuple[str, ...], list[DigitalObject]] = {}
    for file in files:
        slots.setdefault(made_by(view, file.iri) or _used_by(view, file.iri), []).append(file)
    names = list(dict.fromkeys(name for ports, members in slots.items() for name in _patterns(view, ports, members)))
    more = [f"… and {len(names) - NAMES_SHOWN:,} more"] if len(names) > NAMES_SHOWN else []
    return [*names[:NAMES_SHOWN], *more, several(len(files), "file")]


def made_by(view: View, file: str) -> tuple[str, ...]:
    """Return the slots that a file came out of."""
    return _ports(view.out(file, Predicate.WAS_GENERATED_BY))


def _used_by(view: View, file: str) -> tuple[str, ...]:
    return _ports(view.into(file, Predicate.USED))


def _ports(relations: Iterable[Relation]) -> tuple[str, ...]:
    return tuple(sorted({str(relation.attributes.get("port", "")) for relation in relations}))


def _patterns(view: View, ports: Sequence[str], files: Sequence[DigitalObject]) -> list[str]:
    """Return what the files of a slot have in common: what a person called them, and their paths."""
    paths = [text(file.attributes.get("path")) for file in files]
    labels = [clean(file.label) for file in files]
    path = _declared(view, ports) if len(files) > 1 else None
    names = [path or pattern_of(path or label for path, label in zip(paths, labels, strict=True))]
    if not set(labels) & set(paths):
        called = pattern_of(labels)
        names = [called, *names] if called.strip("*") else names
    return names


def _declared(view: View, ports: Sequence[str]) -> str | None:
    """Return the pattern of an output as the workflow tells it, without what restrains its wildcards."""
    for port in ports:
        rule = view.objects.get(port.partition(".out.")[0])
        slots = rule.attributes.get("outputs") if rule is not None and ".out." in port else None
        for slot in slots if isinstance(slots, list) else ():
            if isinstance(slot, dict) and port.endswith(f".out.{slot.get('slot')}") and slot.get("pattern"):
                return clean(CONSTRAINT.sub(r"{\1}", text(slot["pattern"])))
    return None
