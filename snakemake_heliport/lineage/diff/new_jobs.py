"""Which changed values of the configuration a job holds that is part of one run only."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from snakemake_heliport.lineage.diff.difference import Difference
from snakemake_heliport.lineage.diff.facts import JobFacts, RunFacts
from snakemake_heliport.model import JsonValue


def named_by(configs: Sequence[Difference], first: RunFacts, second: RunFacts) -> dict[str, list[str]]:
    """Return the values that each job of one run only holds, by its label: none where nothing tells why it is there."""
    old, new = ({config.what: set(_come(config, after=after)) for config in configs} for after in (False, True))
    found: dict[str, list[str]] = {}
    for facts, other, values in ((first, second, old), (second, first, new)):
        labels = facts.jobs.keys() - other.jobs.keys()
        wildcards = {(job.rule, *each) for job in other.jobs.values() for each in _wildcards(job)}
        paths = {path for job in other.jobs.values() for path in _paths(job)} if labels else set()
        for label in labels:
            found[label] = _holding(facts.jobs[label], wildcards, paths, values)
    return found


def _holding(
    job: JobFacts, wildcards: set[tuple[str, str, str]], paths: set[str], values: Mapping[str, set[str]]
) -> list[str]:
    """Return the names of the values that are in what makes a job another than those of the other run."""
    own = list(_wildcards(job))
    # That other jobs of the rule have the same wildcard explains nothing.
    new = [value for name, value in own if (job.rule, name, value) not in wildcards]
    texts = new or [value for _, value in own]
    found = _named(texts, values) or _named(sorted(_paths(job) - paths), values)
    if found or new:
        return found
    params = {text for value in job.params.values() for text in _leaves(value)}
    return [name for name, some in values.items() if some & params]


def _named(texts: Sequence[str], values: Mapping[str, set[str]]) -> list[str]:
    return [name for name, some in values.items() if any(_is_part(value, text) for value in some for text in texts)]


def _is_part(value: str, text: str) -> bool:
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


def _wildcards(job: JobFacts) -> Iterator[tuple[str, str]]:
    entries = job.thing.attributes.get("wildcards")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield str(entry.get("name")), str(entry.get("value"))


def _paths(job: JobFacts) -> set[str]:
    return {*job.outputs, *(path for paths in job.inputs.values() for path in paths)}
