"""How `show` tells of a run: what it was, its jobs by rule, what went wrong, its results, its configuration."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.markup import escape
from rich.table import Table

from snakemake_heliport.cli.common import out, styled
from snakemake_heliport.cli.pages import facts, headline, items, listed
from snakemake_heliport.cli.training_parts import training_runs
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.wording import duration, seconds_between

TROUBLE = ("failed", "interrupted")
# In the order in which they are told.
AGENTS = (Kind.PERSON, Kind.ENGINE, Kind.HOST)


def run_page(store: Store, run: DigitalObject) -> None:
    """Print a run."""
    around = Near.of(store, run)
    parts = around.users(Predicate.WAS_PART_OF)
    jobs = [job for job in parts if job.kind in (Kind.JOB, Kind.PLANNED_JOB)]
    jobs.sort(key=lambda job: (str(job.attributes.get("started", "~")), job.label))
    _head(around)
    out.print()
    if jobs:
        out.print(_by_rule(jobs))
    _relied_on(around)
    _trouble(jobs)
    trained = [*_trained(store, jobs), *((part, "") for part in parts if part.kind is Kind.TRAINING_RUN)]
    training_runs("Training runs", _with_nested(store, trained))
    listed("Results", sorted(set(_results(store, jobs))))
    listed("Configuration", list(_config(run)))
    for name, title in (("gaps", "Not known, because the run was reconstructed"), ("lost", "Not recorded")):
        listed(title, [escape(str(item)) for item in items(run.attributes.get(name))])


def _head(around: Near) -> None:
    run, said = around.item, around.item.attributes
    headline(run, kind=False)
    took = duration(seconds_between(said.get("started"), said.get("ended")))
    rows = [
        ("state", styled(str(said.get("status"))) + (f", took {took}" if took else "")),
        ("command", escape(str(said.get("command", "")))),
        ("in", escape(str(said.get("workdir", "")))),
        ("by", escape(", ".join(_agents(around)))),
        ("code", escape(_code(around))),
        ("error", escape(str(said.get("error", "")))),
    ]
    facts(rows)


def _agents(around: Near) -> Iterator[str]:
    agents = around.things(Predicate.WAS_ASSOCIATED_WITH, Predicate.AT_LOCATION)
    for agent in sorted(agents, key=lambda agent: AGENTS.index(agent.kind)):
        yield f"on {agent.label}" if agent.kind is Kind.HOST else agent.label


def _code(around: Near) -> str:
    changes = ", with uncommitted changes" if around.item.attributes.get("dirty") else ""
    commits = (thing for thing, relation in around.ahead(Predicate.USED) if relation.attributes.get("role") == "commit")
    return next((f"commit {commit.label}{changes}" for commit in commits), "")


def _by_rule(jobs: list[DigitalObject]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Rule", "Jobs", "Took", "States"):
        table.add_column(column, justify="right" if column in ("Jobs", "Took") else "left")
    rules: dict[str, list[DigitalObject]] = {}
    for job in jobs:
        rules.setdefault(str(job.attributes.get("name", job.label)), []).append(job)
    for rule, attempts in rules.items():
        states = Counter(str(job.attributes.get("status")) for job in attempts)
        words = ", ".join(f"{count} {styled(state)}" for state, count in sorted(states.items()))
        took = sum(seconds_between(job.attributes.get("started"), job.attributes.get("ended")) or 0 for job in attempts)
        number = len({job.attributes.get("jobid") for job in attempts})
        table.add_row(escape(rule), str(number), duration(took), words)
    return table


def _relied_on(around: Near) -> None:
    count = sum(relation.predicate is Predicate.RELIED_ON for relation in around.outgoing)
    if count:
        out.print(f"It relied on {count} job{'s' * (count > 1)} that {'were' if count > 1 else 'was'} up to date.")


def _trouble(jobs: list[DigitalObject]) -> None:
    lines = []
    for job in jobs:
        if job.attributes.get("status") in TROUBLE:
            error = job.attributes.get("error") or job.attributes.get("log_tail") or "no message"
            first = next((line for line in str(error).splitlines() if line.strip()), "no message")
            lines.append(f"{styled(str(job.attributes['status']))} {escape(job.label)}: {escape(first.strip())}")
    listed("What went wrong", lines)


def _trained(store: Store, jobs: list[DigitalObject]) -> list[tuple[DigitalObject, str]]:
    """Return the training runs of jobs, with the labels of the jobs."""
    labels = {job.iri: job.label for job in jobs}
    inside = store.relations_at(labels, Predicate.WAS_PART_OF, outgoing=False)
    parts = store.objects(relation.subject for relation in inside)
    pairs = ((parts[relation.subject], labels[relation.object]) for relation in inside if relation.subject in parts)
    return [(part, label) for part, label in pairs if part.kind is Kind.TRAINING_RUN]


def _with_nested(store: Store, trained: list[tuple[DigitalObject, str]]) -> list[tuple[DigitalObject, int, str]]:
    """Return training runs with how deep they are nested and their jobs, each followed by those that are in it."""
    labels = {run.iri: label for run, label in trained}
    inner = _nested(store, labels)
    trained = sorted(trained, key=lambda pair: _order(pair[0]), reverse=True)
    stack, found = [(run, 0) for run, _ in trained], dict[str, tuple[DigitalObject, int, str]]()
    while stack:
        run, depth = stack.pop()
        if run.iri not in found:
            found[run.iri] = run, depth, labels.get(run.iri, "")
            stack += [(child, depth + 1) for child in sorted(inner.get(run.iri, ()), key=_order, reverse=True)]
    return list(found.values())


def _nested(store: Store, iris: Iterable[str]) -> dict[str, list[DigitalObject]]:
    """Return the training runs that are nested in these, level by level, by what they are nested in."""
    inner: dict[str, list[DigitalObject]] = {}
    level, seen = list(iris), set[str]()
    while level:
        seen.update(level)
        nested = store.relations_at(level, Predicate.NESTED_IN, outgoing=False)
        children = store.objects(relation.subject for relation in nested)
        for relation in nested:
            if relation.subject in children:
                inner.setdefault(relation.object, []).append(children[relation.subject])
        level = [iri for iri in children if iri not in seen]
    return inner


def _order(run: DigitalObject) -> tuple[str, str]:
    return str(run.attributes.get("started")), run.label


def _results(store: Store, jobs: list[DigitalObject]) -> Iterator[str]:
    """Yield what the run was about: what the jobs that make nothing (such as `all`) asked for."""
    iris = [job.iri for job in jobs]
    making = {relation.object for relation in store.relations_at(iris, Predicate.WAS_GENERATED_BY, outgoing=False)}
    asked = store.relations_at((iri for iri in iris if iri not in making), Predicate.USED, outgoing=True)
    for file in store.objects(relation.object for relation in asked).values():
        if file.kind in (Kind.FILE, Kind.DIRECTORY):
            path = str(file.attributes.get("path"))
            yield escape(path if file.label == path else f"{path}  ({file.label})")


def _config(run: DigitalObject) -> Iterator[str]:
    for entry in items(run.attributes.get("config")):
        if isinstance(entry, dict):
            yield escape(f"{entry.get('name')} = {entry.get('value')}  (from {entry.get('origin')})")
