"""What brought a job that is part of one run only: a value of the configuration that it holds, or data that is new."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import PurePosixPath

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference
from snakemake_heliport.lineage.diff.facts import RunFacts
from snakemake_heliport.lineage.diff.job_facts import JobFacts
from snakemake_heliport.model import JsonValue

NEW_DATA = "written after the other run had begun"


def named_by(configs: Sequence[Difference], both: Both) -> dict[str, list[str]]:
    """Return the values that each job of one run only holds, by its label: none where nothing tells why it is there."""
    old, new = ({config.what: set(_come(config, after=after)) for config in configs} for after in (False, True))
    found: dict[str, list[str]] = {}
    for facts, other, values in ((both.first, both.second, old), (both.second, both.first, new)):
        labels = facts.jobs.keys() - other.jobs.keys()
        others = {(job.rule, *each) for job in other.jobs.values() for each in wildcards(job)}
        paths = {path for job in other.jobs.values() for path in _paths(job)} if labels else set()
        for label in labels:
            found[label] = _holding(facts.jobs[label], others, paths, values)
    return found


def new_data(label: str, both: Both, read: Sequence[Set[str]], *, is_unasked: bool) -> Iterator[Difference]:
    """Yield the data that is why a job is part of one run only, as far as that is known.

    Args:
        read: The paths that jobs read in the first run, and in the second.
        is_unasked: Neither the configuration, the Snakefile nor the targets are known to be why the job is there.
    """
    is_first = label in both.first.jobs
    here, there = both.sides if is_first else both.sides[::-1]
    for path in sorted(here.jobs[label].paths_read() - read[1 if is_first else 0]):
        note = _why_new(path, both, here.used(label, path)[0].iri, here, there, is_unasked=is_unasked)
        if note is not None:
            told = here.used(label, path)[0].told
            before, after = (told, None) if is_first else (None, told)
            yield Difference(Aspect.INPUT, path, before, after, Bearing.CAUSE, (label,), note=note)


def _why_new(path: str, both: Both, iri: str, here: RunFacts, there: RunFacts, *, is_unasked: bool) -> str | None:
    """Return what tells that a file was not there for the other run, None where nothing does."""
    folders = [both.makers[str(folder)] for folder in PurePosixPath(path).parents if str(folder) in both.makers]
    if folders and folders[0] in both.pairs:
        made = [facts.made(folders[0], path) for facts in (here, there)]
        if made == [None, None]:
            return f"had been put into what {folders[0]} made"
        return f"had been taken out of what {folders[0]} made" if is_unasked and None not in made else None
    if not is_unasked or path in both.makers or iri not in here.objects:
        return None
    written, begun = here.objects[iri].attributes.get("modified"), there.run.attributes.get("started")
    return NEW_DATA if written is not None and begun is not None and str(written) > str(begun) else None


def _holding(
    job: JobFacts, others: set[tuple[str, str, str]], paths: set[str], values: Mapping[str, set[str]]
) -> list[str]:
    """Return the names of the values that are in what makes a job another than those of the other run."""
    own = list(wildcards(job))
    # That other jobs of the rule have the same wildcard explains nothing.
    new = [value for name, value in own if (job.rule, name, value) not in others]
    texts = new or [value for _, value in own]
    found = _named(texts, values) or _named(sorted(_paths(job) - paths), values)
    if found or new:
        return found
    params = {text for value in job.params.values() for text in _leaves(value)}
    return [name for name, some in values.items() if some & params]


def _named(texts: Sequence[str], values: Mapping[str, set[str]]) -> list[str]:
    return [name for name, some in values.items() if any(is_part(value, text) for value in some for text in texts)]


def is_part(value: str, text: str) -> bool:
    """Return whether a text has a value in it as a word or number of its own: 0.2 is in `lr0.2.csv`, not in `0.25`."""
    if value == text:
        return True
    if value not in text:
        return False
    around = (r"(?<![\d.])", r"(?!\d|\.\d)") if value[:1].isdigit() else (r"(?<![^\W_])", r"(?![^\W_])")
    return re.search(re.escape(value).join(around), text) is not None


def _come(config: Difference, *, after: bool) -> Iterable[str]:
    """Return the texts that are in a value of one run, and not in that of the other."""
    here, there = (config.after, config.before) if after else (config.before, config.after)
    # A value that is not in the other run at all is new by its name, too.
    names = config.what.split(".") if there is None else ()
    return {*_leaves(here), *names} - set(_leaves(there)) if here is not None else ()


def _leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def wildcards(job: JobFacts) -> Iterator[tuple[str, str]]:
    """Yield the wildcards of a job with their values."""
    entries = job.thing.attributes.get("wildcards")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield str(entry.get("name")), str(entry.get("value"))


def _paths(job: JobFacts) -> set[str]:
    return {*job.outputs, *(path for paths in job.inputs.values() for path in paths)}
