"""How `show` tells of a run: what it was, its jobs by rule, what went wrong, its results, its configuration."""

from collections import Counter
from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from snakemake_heliport.cli.around import Around
from snakemake_heliport.cli.common import out, seconds_between, styled
from snakemake_heliport.cli.pages import facts, headline, items, listed
from snakemake_heliport.cli.training_page import children
from snakemake_heliport.cli.training_parts import training_runs
from snakemake_heliport.model import Attributes, DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.wording import duration

TROUBLE = ("failed", "interrupted")
# In the order in which they are told.
AGENTS = (Kind.PERSON, Kind.ENGINE, Kind.HOST)


def run_page(store: Store, run: DigitalObject, outgoing: list[Relation], incoming: list[Relation]) -> None:
    """Print a run."""
    parts = _parts(store, incoming)
    jobs = [job for job in parts if job.kind in (Kind.JOB, Kind.PLANNED_JOB)]
    jobs.sort(key=lambda job: (str(job.attributes.get("started", "~")), job.label))
    _head(store, run, outgoing)
    out.print()
    if jobs:
        out.print(_by_rule(jobs))
    _relied_on(outgoing)
    _trouble(jobs)
    results, trained = _around(store, jobs)
    trained += [(part, "") for part in parts if part.kind is Kind.TRAINING_RUN]
    training_runs("Training runs", _with_nested(store, trained))
    listed("Results", sorted(set(results)))
    listed("Configuration", list(_config(run)))
    for name, title in (("gaps", "Not known, because the run was reconstructed"), ("lost", "Not recorded")):
        listed(title, [escape(str(item)) for item in items(run.attributes.get(name))])


def _head(store: Store, run: DigitalObject, outgoing: list[Relation]) -> None:
    said = run.attributes
    headline(run, kind=False)
    took = duration(seconds_between(said.get("started"), said.get("ended")))
    rows = [
        ("state", styled(str(said.get("status"))) + (f", took {took}" if took else "")),
        ("command", escape(str(said.get("command", "")))),
        ("in", escape(str(said.get("workdir", "")))),
        ("by", escape(", ".join(_agents(store, outgoing)))),
        ("code", escape(_code(store, said, outgoing))),
        ("error", escape(str(said.get("error", "")))),
    ]
    facts(rows)


def _agents(store: Store, outgoing: list[Relation]) -> Iterator[str]:
    involved = (Predicate.WAS_ASSOCIATED_WITH, Predicate.AT_LOCATION)
    found = [store.get(relation.object) for relation in outgoing if relation.predicate in involved]
    agents = [agent for agent in found if agent is not None]
    for agent in sorted(agents, key=lambda agent: AGENTS.index(agent.kind)):
        yield f"on {agent.label}" if agent.kind is Kind.HOST else agent.label


def _code(store: Store, said: Attributes, outgoing: list[Relation]) -> str:
    for relation in outgoing:
        if relation.attributes.get("role") == "commit":
            commit = store.get(relation.object)
            changes = ", with uncommitted changes" if said.get("dirty") else ""
            return f"commit {commit.label if commit else relation.object}{changes}"
    return ""


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


def _relied_on(outgoing: list[Relation]) -> None:
    count = sum(relation.predicate is Predicate.RELIED_ON for relation in outgoing)
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


def _around(store: Store, jobs: list[DigitalObject]) -> tuple[list[str], list[tuple[DigitalObject, str]]]:
    """Return the results that the run was about, and the training runs with their jobs.

    The results are what the jobs that make nothing (such as `all`) asked for.
    """
    results: list[str] = []
    trained: list[tuple[DigitalObject, str]] = []
    for job in jobs:
        outgoing, incoming = store.relations_of(job.iri)
        trained += [(part, job.label) for part in _parts(store, incoming) if part.kind is Kind.TRAINING_RUN]
        if not any(relation.predicate is Predicate.WAS_GENERATED_BY for relation in incoming):
            results += _asked_for(store, outgoing)
    return results, trained


def _parts(store: Store, incoming: list[Relation]) -> list[DigitalObject]:
    found = (store.get(relation.subject) for relation in incoming if relation.predicate is Predicate.WAS_PART_OF)
    return [part for part in found if part is not None]


def _with_nested(store: Store, trained: list[tuple[DigitalObject, str]]) -> list[tuple[DigitalObject, int, str]]:
    """Return training runs with how deep they are nested and their jobs, each followed by those that are in it."""
    labels = {run.iri: label for run, label in trained}
    trained = sorted(trained, key=lambda pair: (str(pair[0].attributes.get("started")), pair[0].label), reverse=True)
    stack, found = [(run, 0) for run, _ in trained], dict[str, tuple[DigitalObject, int, str]]()
    while stack:
        run, depth = stack.pop()
        if run.iri not in found:
            found[run.iri] = run, depth, labels.get(run.iri, "")
            stack += [(child, depth + 1) for child in reversed(children(Around.of(store, run)))]
    return list(found.values())


def _asked_for(store: Store, outgoing: list[Relation]) -> Iterator[str]:
    for relation in outgoing:
        file = store.get(relation.object) if relation.predicate is Predicate.USED else None
        if file is not None and file.kind in (Kind.FILE, Kind.DIRECTORY):
            path = str(file.attributes.get("path"))
            yield escape(path if file.label == path else f"{path}  ({file.label})")


def _config(run: DigitalObject) -> Iterator[str]:
    for entry in items(run.attributes.get("config")):
        if isinstance(entry, dict):
            yield escape(f"{entry.get('name')} = {entry.get('value')}  (from {entry.get('origin')})")
