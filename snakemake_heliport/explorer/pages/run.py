"""A run: what it was, its jobs by rule, what went wrong, its training runs and results, its configuration."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import compared
from snakemake_heliport.explorer.pages.common import TROUBLE, failed, files, jobs, state, states, taken
from snakemake_heliport.explorer.parts import (
    Cell,
    Fact,
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
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import brief, counted, duration, seconds_between

JOBS = (Kind.JOB, Kind.PLANNED_JOB)
# Of a run in which hundreds of jobs failed, the first tell why.
MAX_FAILURES, LONGEST = 3, 300
MAX_RELIED, SHOWN = 200, 10


def run(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a run."""
    parts = near.users(Predicate.WAS_PART_OF)
    found = sorted((part for part in parts if part.kind in JOBS), key=started)
    failures = _failures(near.item, found)
    for job in failures:
        took = taken(job.attributes)
        yield failed(job, context, fact("job", link(job, context.site, f"after {took}" if took else "")))
    wrong = near.item.attributes.get("status") in TROUBLE
    if wrong and not failures:
        yield Section("What failed", pre=plain(near.item.attributes.get("error")), warning=True)
    head = _head(near, context, *([attribute(near.item, "error", "message")] if failures else []))
    told_of = {plain(job.attributes.get("jobid")) for job in failures}
    others = [job for job in found if plain(job.attributes.get("jobid")) not in told_of]
    trouble = _trouble(others, context, also=bool(failures))
    yield from (trouble, head) if wrong else (head, trouble)
    yield files("Results", _results(found, context), context)
    yield _by_rule(found, context)
    yield from _training(parts, found, context)
    yield jobs("All jobs", found, context)
    relied = near.things(Predicate.RELIED_ON)
    said = f"It relied on {counted(len(relied), 'job')} of earlier runs that were up to date."
    rows = [(link(job, context.site),) for job in sorted(relied, key=started)[:MAX_RELIED]]
    yield Section("Relied on", said, table=table(("Job",), rows), count=len(relied), shown=SHOWN)
    yield _configuration(near.item)
    for name, title in (("gaps", "Not known, because the run was reconstructed"), ("lost", "Not recorded")):
        yield Section(title, cells=[Cell(plain(item)) for item in items(near.item.attributes.get(name))])


def _failures(item: DigitalObject, found: Iterable[DigitalObject]) -> list[DigitalObject]:
    """Return the first jobs for which a run failed, each by its last attempt."""
    if item.attributes.get("status") not in TROUBLE:
        return []
    last = {plain(job.attributes.get("jobid")): job for job in found}
    return [job for job in last.values() if job.attributes.get("status") == "failed"][:MAX_FAILURES]


def _head(near: Near, context: Context, *more: Fact) -> Section:
    item, site = near.item, context.site
    commits = [thing for thing, r in near.ahead(Predicate.USED) if r.attributes.get("role") == "commit"]
    dirty = "with uncommitted changes" if item.attributes.get("dirty") else ""
    facts = [
        fact("took", taken(item.attributes)),
        attribute(item, "started"),
        attribute(item, "ended"),
        *more,
        attribute(item, "command", "", Cell(plain(item.attributes.get("command")), code=True)),
        attribute(item, "workdir", "in", Cell(plain(item.attributes.get("workdir")), code=True)),
        fact("by", *links(near.things(Predicate.WAS_ASSOCIATED_WITH), site)),
        fact("on", *links(near.things(Predicate.AT_LOCATION), site)),
        fact("code", *(link(commit, site, dirty) for commit in commits)),
        fact("workflow", *links(_plans(near, context), site)),
    ]
    return Section("The run", facts=told(facts))


def _plans(near: Near, context: Context) -> list[DigitalObject]:
    plans = [str(relation.attributes["plan"]) for relation in near.outgoing if relation.attributes.get("plan")]
    return list(context.source.objects(plans).values())


def _trouble(found: Iterable[DigitalObject], context: Context, *, also: bool) -> Section:
    rows = []
    for job in found:
        if job.attributes.get("status") in TROUBLE:
            error = job.attributes.get("error") or job.attributes.get("log_tail")
            rows.append((link(job, context.site), state(job.attributes), brief(plain(error), LONGEST)))
    title = "What else went wrong" if also else "What went wrong"
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
        number = len({plain(job.attributes.get("jobid")) for job in attempts})
        cell = Cell(name) if rule is None else Cell(name, context.site.url(rule.iri), kind=rule.kind)
        described = "" if rule is None else rule.description or ""
        rows.append((cell, f"{number:,}", _together(attempts), states(attempts), described))
    columns = ("Rule", "Jobs", "Took in all", "States", "What it does")
    return Section("Jobs by rule", table=table(columns, rows, (1, 2)), count=len(rules))


def _together(attempts: Iterable[DigitalObject]) -> str:
    """Return how long jobs took in all, nothing where none has ended."""
    times = [seconds_between(job.attributes.get("started"), job.attributes.get("ended")) for job in attempts]
    known = [seconds for seconds in times if seconds is not None]
    return duration(sum(known)) if known else ""


def _training(parts: Iterable[DigitalObject], found: Iterable[DigitalObject], context: Context) -> Iterator[Section]:
    """Yield the training runs of a run, side by side with those that were made by the same rule."""
    by_iri = {job.iri: job for job in found}
    trained = [part for part in parts if part.kind is Kind.TRAINING_RUN]
    inside = context.source.relations_at(by_iri, Predicate.WAS_PART_OF, outgoing=False)
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
    iris = [job.iri for job in found if job.attributes.get("status") == "finished"]
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
