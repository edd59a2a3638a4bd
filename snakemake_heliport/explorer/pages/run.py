"""A run: what it was, its jobs by rule, what went wrong, its training runs and results, its configuration."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import compared
from snakemake_heliport.explorer.pages.common import TROUBLE, files, jobs, state, states
from snakemake_heliport.explorer.parts import (
    Cell,
    Section,
    entries,
    fact,
    items,
    link,
    links,
    plain,
    started,
    table,
    told,
)
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import brief, counted, duration

JOBS = (Kind.JOB, Kind.PLANNED_JOB)
LONGEST = 300


def run(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a run."""
    parts = near.users(Predicate.WAS_PART_OF)
    found = sorted((part for part in parts if part.kind in JOBS), key=started)
    yield _head(near, context)
    yield _trouble(found, context)
    yield _by_rule(found, context)
    yield from _training(near, parts, found, context)
    yield files("Results", _results(found, context), context)
    relied = near.things(Predicate.RELIED_ON)
    said = f"It relied on {counted(len(relied), 'job')} of earlier runs that were up to date."
    rows = [(link(job, context.site),) for job in sorted(relied, key=started)[:200]]
    yield Section("Relied on", said, table=table(("Job",), rows), count=len(relied))
    yield jobs("All jobs", found, context)
    yield _configuration(near.item)
    for name, title in (("gaps", "Not known, because the run was reconstructed"), ("lost", "Not recorded")):
        yield Section(title, cells=[Cell(plain(item)) for item in items(near.item.attributes.get(name))])


def _head(near: Near, context: Context) -> Section:
    said, site = near.item.attributes, context.site
    commits = [thing for thing, r in near.ahead(Predicate.USED) if r.attributes.get("role") == "commit"]
    dirty = "with uncommitted changes" if said.get("dirty") else ""
    facts = [
        fact("state", state(said)),
        fact("started", words.moment(said.get("started"))),
        fact("ended", words.moment(said.get("ended"))),
        fact("error", plain(said.get("error"))),
        fact("command", Cell(plain(said.get("command")), code=True)),
        fact("in", Cell(plain(said.get("workdir")), code=True)),
        fact("by", *links(near.things(Predicate.WAS_ASSOCIATED_WITH), site)),
        fact("on", *links(near.things(Predicate.AT_LOCATION), site)),
        fact("code", *(link(commit, site, dirty) for commit in commits)),
        fact("workflow", *links(_plans(near, context), site)),
    ]
    return Section("The run", facts=told(facts))


def _plans(near: Near, context: Context) -> list[DigitalObject]:
    plans = [str(relation.attributes["plan"]) for relation in near.outgoing if relation.attributes.get("plan")]
    return list(context.source.objects(plans).values())


def _trouble(found: Iterable[DigitalObject], context: Context) -> Section:
    rows = []
    for job in found:
        if job.attributes.get("status") in TROUBLE:
            error = job.attributes.get("error") or job.attributes.get("log_tail") or "no message"
            rows.append((link(job, context.site), state(job.attributes), brief(plain(error), LONGEST)))
    title = "What went wrong"
    return Section(title, table=table(("Job", "State", "Message"), rows), count=len(rows), warning=True)


def _by_rule(found: Iterable[DigitalObject], context: Context) -> Section:
    rules: defaultdict[str, list[DigitalObject]] = defaultdict(list)
    for job in found:
        rules[str(job.attributes.get("name", job.label))].append(job)
    first = {attempts[0].iri: name for name, attempts in rules.items()}
    steps = {}
    for relation in context.source.relations_at(first, Predicate.CORRESPONDS_TO_STEP, outgoing=True):
        steps[first[relation.subject]] = relation.object
    known = context.source.objects(steps.values())
    rows = []
    for name, attempts in rules.items():
        rule = known.get(steps.get(name, ""))
        took = sum(words.seconds(j.attributes.get("started"), j.attributes.get("ended")) or 0 for j in attempts)
        number = len({plain(job.attributes.get("jobid")) for job in attempts})
        cell = Cell(name) if rule is None else Cell(name, context.site.url(rule.iri), kind=rule.kind)
        described = "" if rule is None else rule.description or ""
        rows.append((cell, f"{number:,}", duration(took), states(attempts), described))
    columns = ("Rule", "Jobs", "Took", "States", "What it does")
    return Section("Jobs by rule", table=table(columns, rows, (1, 2)), count=len(rules))


def _training(
    near: Near, parts: Iterable[DigitalObject], found: Iterable[DigitalObject], context: Context
) -> Iterator[Section]:
    """Yield the training runs of a run, side by side with those that were made by the same rule."""
    by_iri = {job.iri: job for job in found}
    trained = [part for part in parts if part.kind is Kind.TRAINING_RUN]
    inside = context.source.relations_at([*by_iri, near.item.iri], Predicate.WAS_PART_OF, outgoing=False)
    homes = {relation.subject: by_iri[relation.object] for relation in inside if relation.object in by_iri}
    things = context.source.objects(homes)
    every = {run.iri: run for run in (*trained, *things.values()) if run.kind is Kind.TRAINING_RUN}
    groups: defaultdict[str, list[DigitalObject]] = defaultdict(list)
    for run_ in sorted(every.values(), key=started):
        home = homes.get(run_.iri)
        groups[str(home.attributes.get("name")) if home is not None else ""].append(run_)
    for rule, runs in groups.items():
        yield compared(f"Training runs of {rule}" if rule else "Training runs", runs, context.site, homes)


def _results(found: Iterable[DigitalObject], context: Context) -> list[DigitalObject]:
    """Return what the run was about: what the jobs that make nothing (such as `all`) asked for."""
    iris = [job.iri for job in found]
    made = context.source.relations_at(iris, Predicate.WAS_GENERATED_BY, outgoing=False)
    makers = {relation.object for relation in made}
    asking = [iri for iri in iris if iri not in makers]
    used = context.source.relations_at(asking, Predicate.USED, outgoing=True)
    things = context.source.objects(relation.object for relation in used)
    return [thing for thing in things.values() if thing.kind in (Kind.FILE, Kind.DIRECTORY)]


def _configuration(item: DigitalObject) -> Section:
    rows = [
        (plain(entry.get("name")), Cell(plain(entry.get("value")), code=True), plain(entry.get("origin")))
        for entry in entries(item.attributes.get("config"))
    ]
    return Section("Configuration", table=table(("Name", "Value", "From"), rows), count=len(rows))
