"""How two runs differ as a whole: configuration, code outside of rules, software, and where they ran."""

from collections.abc import Iterator
from itertools import takewhile

from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference, unequal
from snakemake_heliport.lineage.diff.facts import RunFacts
from snakemake_heliport.lineage.diff.texts import Texts, changed_lines
from snakemake_heliport.model import JsonValue, Kind, Predicate

TARGETS, BY_DEFAULT = "targets of the run", "what the workflow makes by default"
LEAVING_OUT = ("--until", "-U", "--omit-from", "-O", "--allowed-rules", "--batch")
PLACE = ("platform", "executor")


def config_differences(before: RunFacts, after: RunFacts) -> Iterator[Difference]:
    """Yield the values of the configuration that differ."""
    for name, old, new in unequal(_config(before), _config(after)):
        yield Difference(Aspect.CONFIG, name, old, new)


def source_differences(before: RunFacts, after: RunFacts, texts: Texts) -> Iterator[Difference]:
    """Yield the files that the workflow is written in and that differ."""
    for path, old, new in unequal(before.sources(), after.sources()):
        found = [texts.find(path, digest if isinstance(digest, str) else None) for digest in (old, new)]
        yield Difference(Aspect.CODE, path, old, new, text=changed_lines(path, *found))


def target_differences(before: RunFacts, after: RunFacts) -> Iterator[Difference]:
    """Yield what the runs were asked for where that differs."""
    old, new = _asked(before), _asked(after)
    if old != new:
        yield Difference(Aspect.ENVIRONMENT, TARGETS, old or BY_DEFAULT, new or BY_DEFAULT)


def commit_differences(before: RunFacts, after: RunFacts, texts: Texts) -> Iterator[Difference]:
    """Yield the commit where it is another, with the files that differ; what is not committed has no such name."""
    old, new = _commit(before), _commit(after)
    uncommitted = bool(before.run.attributes.get("dirty") or after.run.attributes.get("dirty"))
    if old is None or new is None or (old == new and not uncommitted):
        return
    names = texts.changed_between(old, new)
    note = "with changes that are in no commit" if uncommitted else None
    yield Difference(Aspect.CODE, "commit", old, new, text="\n".join(names) or None, note=note)


def around_differences(before: RunFacts, after: RunFacts) -> Iterator[Difference]:
    """Yield what differs in the software and in the place of the runs."""
    yield from software_differences(before, after)
    yield from place_differences(before, after)


def software_differences(before: RunFacts, after: RunFacts) -> Iterator[Difference]:
    """Yield the versions of Python, Snakemake and the packages of the run's own environment that differ."""
    for name, old, new in unequal(_software(before), _software(after)):
        yield Difference(Aspect.SOFTWARE, name, old, new)


def place_differences(before: RunFacts, after: RunFacts) -> Iterator[Difference]:
    """Yield what differs in where and how the runs were executed."""
    for name, old, new in unequal(_place(before), _place(after)):
        yield Difference(Aspect.ENVIRONMENT, name, old, new, Bearing.POSSIBLE)


def _asked(facts: RunFacts) -> list[JsonValue]:
    """Return the targets of a run, and the options by which it left jobs out."""
    targets = facts.run.attributes.get("targets")
    words = str(facts.run.attributes.get("command") or "").split()
    limits: list[JsonValue] = []
    for place, word in enumerate(words):
        if word.partition("=")[0] in LEAVING_OUT:
            values = takewhile(lambda other: not other.startswith("-"), words[place + 1 :])
            limits.append(" ".join([word, *values]))
    return [*(targets if isinstance(targets, list) else ()), *limits]


def _commit(facts: RunFacts) -> str | None:
    commits = (thing for thing, _ in facts.ahead(facts.run.iri, Predicate.USED) if thing.kind is Kind.COMMIT)
    return next((str(commit.attributes.get("version")) for commit in commits), None)


def _config(facts: RunFacts) -> dict[str, JsonValue]:
    entries = facts.run.attributes.get("config")
    found = entries if isinstance(entries, list) else []
    return {str(entry.get("name")): entry.get("value") for entry in found if isinstance(entry, dict)}


def _software(facts: RunFacts) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    if facts.run.attributes.get("python_version"):
        found["python"] = facts.run.attributes["python_version"]
    for engine, _ in facts.ahead(facts.run.iri, Predicate.WAS_ASSOCIATED_WITH):
        if engine.kind is Kind.ENGINE:
            found["snakemake"] = engine.attributes.get("software_version")
    for environment, _ in facts.ahead(facts.run.iri, Predicate.USED):
        if environment.kind is Kind.ENVIRONMENT:
            found.update(facts.packages(environment.iri))
    return found


def _place(facts: RunFacts) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {name: facts.run.attributes.get(name) for name in PLACE}
    for host, _ in facts.ahead(facts.run.iri, Predicate.AT_LOCATION):
        found["host"] = host.label
    return found
