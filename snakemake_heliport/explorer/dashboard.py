"""The dashboard: runs over time, training runs with their best metrics, models with their data, what is stale."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.bars import bars
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import best_of, best_run, common, compared, last
from snakemake_heliport.explorer.parts import Cell, Fact, Section, fact, link, links, several, started, table
from snakemake_heliport.explorer.questions.diff import runs_before
from snakemake_heliport.explorer.questions.status import Standing, in_short
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Visibility
from snakemake_heliport.store import RunRow
from snakemake_heliport.wording import duration, number

LATEST, SHOWN = 6, 10
MAX_MODELS, MAX_RAW = 50, 4
NOTHING = "Nothing is recorded here yet. Run `snakemake --logger heliport`."
NOTHING_TOLD = "Nothing that is recorded here may be told to others: say `visibility: public` of it in heliport.yaml."


def dashboard(context: Context, standing: Standing | None = None, title: str = "") -> str:
    """Return the dashboard."""
    rows, site = context.source.runs(), context.site
    training = sorted(context.source.of_kind(Kind.TRAINING_RUN), key=started)
    models = sorted(context.source.of_kind(Kind.MODEL), key=_created, reverse=True)
    sections = [
        Section("Runs over time", drawing=bars(rows, site), count=len(rows)),
        runs_table("Latest runs", rows[-LATEST:], context),
        _models(models, standing, context),
        *_compared(training, context),
    ]
    stale = [] if standing is None else [in_short(standing, context)]
    return render(
        "sections.html",
        site,
        title=title or _project(context) or "What was recorded here",
        numbers=_numbers(rows, training, models),
        sections=[section for section in (*stale, *sections) if not section.is_empty],
        empty=NOTHING if context.source.audience is Visibility.PRIVATE else NOTHING_TOLD,
        graph_of=rows[-1].iri if rows else "",
        live=True,
        here="home",
    )


def runs_page(context: Context) -> str:
    """Return the list of all runs."""
    rows = context.source.runs()
    sections = [Section("Durations", drawing=bars(rows, context.site)), runs_table("All runs", rows, context)]
    found = [section for section in sections if not section.is_empty]
    latest = rows[-1].iri if rows else ""
    return render(
        "sections.html",
        context.site,
        title="Runs",
        numbers={},
        live=True,
        sections=found,
        graph_of=latest,
        here="runs",
    )


def runs_table(title: str, rows: Sequence[RunRow], context: Context) -> Section:
    """Return runs as a table, the latest first."""
    site, before = context.site, runs_before(context.source)
    cells = [
        (
            Cell(row.label, site.url(row.iri), kind=Kind.RUN),
            Cell(row.state, state=True),
            words.moment(row.started),
            duration(words.seconds(row.started, row.ended)),
            ", ".join(f"{count:,} {state}" for state, count in sorted(row.jobs.items())),
            f"{row.training_runs:,}" if row.training_runs else "",
            several([_told("graph", site.graph(row.iri)), _told("what changed", _changed(row, before, site))]),
        )
        for row in reversed(rows)
    ]
    columns = ("Run", "State", "Started", "Took", "Jobs", "ML runs", "")
    return Section(title, table=table(columns, cells, (3, 5)), count=len(rows))


def _told(words: str, address: str) -> Cell:
    """Return words that lead somewhere, nothing where there is nothing to lead to."""
    return Cell(words, address) if address else Cell()


def _changed(row: RunRow, before: Mapping[str, str], site: Site) -> str:
    return site.diff(before[row.iri], row.iri) if row.iri in before else ""


def _numbers(
    rows: Sequence[RunRow], training: Sequence[DigitalObject], models: Sequence[DigitalObject]
) -> dict[str, str]:
    counts = {
        "runs": len(rows),
        "jobs": sum(sum(row.jobs.values()) for row in rows),
        "failed or interrupted": sum(row.state in ("failed", "interrupted") for row in rows),
        "training runs": len(training),
        "models": len(models),
    }
    return {name: f"{count:,}" for name, count in counts.items() if count or name == "runs"}


def _project(context: Context) -> str:
    projects = context.source.of_kind(Kind.PROJECT)
    return projects[0].label if len(projects) == 1 else ""


def _compared(training: Sequence[DigitalObject], context: Context) -> Iterable[Section]:
    """Yield training runs, those of each rule side by side: only what did the same can be compared."""
    iris = [run.iri for run in training]
    executed = context.source.relations_at(iris, Predicate.EXECUTES, outgoing=True)
    rules = context.source.objects(relation.object for relation in executed)
    of = {r.subject: rules[r.object].label for r in executed if r.object in rules}
    homes = context.source.relations_at(iris, Predicate.WAS_PART_OF, outgoing=True)
    jobs = context.source.objects(relation.object for relation in homes)
    made = {r.subject: jobs[r.object] for r in homes if r.object in jobs and jobs[r.object].kind is Kind.JOB}
    groups: defaultdict[str, list[DigitalObject]] = defaultdict(list)
    for run in training:
        groups[of.get(run.iri, "")].append(run)
    for rule, runs in sorted(groups.items(), key=lambda group: -len(group[1])):
        title = f"Training runs of {rule}" if rule else "Training runs"
        yield replace(compared(title, runs, context.site, made), facts=_best(runs, context), shown=SHOWN)


def _best(runs: Sequence[DigitalObject], context: Context) -> list[Fact]:
    """Return which of some training runs did best, and what raw data that goes back to."""
    found = best_run(runs)
    if found is None:
        return []
    best, metric = found
    raw = context.source.beginnings(best.iri)
    facts = [fact("best", link(best, context.site, f"by {metric}"))]
    return [*facts, fact("made from", *_raw(raw, context))] if raw else facts


def _raw(raw: Sequence[DigitalObject], context: Context) -> list[Cell]:
    """Return the first of the files where a record begins, and how many more there are."""
    more = f"and {len(raw) - MAX_RAW} more" if len(raw) > MAX_RAW else ""
    return [*links(raw[:MAX_RAW], context.site), *([Cell(more)] if more else [])]


def _models(models: Sequence[DigitalObject], standing: Standing | None, context: Context) -> Section:
    shown, site = models[:MAX_MODELS], context.site
    made = context.source.relations_at([m.iri for m in shown], Predicate.WAS_GENERATED_BY, outgoing=True)
    makers = context.source.objects(relation.object for relation in made)
    by = {r.subject: makers[r.object] for r in made if r.object in makers}
    stale = set() if standing is None else standing.stale_models
    best = {name: best_of(list(by.values()), name) for name in common(list(by.values()))[:1]}
    raw = {model.iri: context.source.beginnings(model.iri) for model in shown}
    origins = {tuple(thing.iri for thing in things) for things in raw.values()}
    # What all of them were made from is told once.
    same = len(shown) > 1 and len(origins) == 1 and any(origins)
    rows = [
        (
            link(model, site, "stale" if model.iri in stale else ""),
            link(by[model.iri], site) if model.iri in by else Cell(),
            *(_measured(by.get(model.iri), name, iri) for name, iri in best.items()),
            words.moment(model.attributes.get("created")),
            "" if same else several(_raw(raw[model.iri], context)),
        )
        for model in shown
    ]
    facts = [fact("all made from", *_raw(raw[shown[0].iri], context))] if same else []
    columns = ("Model", "Trained by", *best, "Created", "Made from this raw data")
    made_of = table(columns, rows, range(2, 2 + len(best)))
    return Section("Models and their data", facts=facts, table=made_of, count=len(models), shown=SHOWN)


def _measured(run: DigitalObject | None, name: str, best: str | None) -> Cell:
    """Return how well a training run did in a metric."""
    return Cell() if run is None else Cell(number(last(run).get(name)), soft="best" if run.iri == best else "")


def _created(model: DigitalObject) -> str:
    return str(model.attributes.get("created") or "")
