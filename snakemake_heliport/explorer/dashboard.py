"""The dashboard: runs over time, training runs with their best metrics, models with their data, what is stale."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.bars import bars
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import best_run, compared, rules_of
from snakemake_heliport.explorer.models import beginning_cells, models_section
from snakemake_heliport.explorer.parts import Cell, Fact, Section, fact, link, several, started, table
from snakemake_heliport.explorer.questions.diff import runs_before
from snakemake_heliport.explorer.questions.status import Standing, in_short
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Visibility
from snakemake_heliport.store import RunRow
from snakemake_heliport.wording import duration, seconds_between

LATEST, SHOWN = 6, 10
NOTHING = "Nothing is recorded here yet. Run `snakemake --logger heliport`."
NOTHING_TOLD = "Nothing that is recorded here may be told to others: say `visibility: public` of it in heliport.yaml."


def dashboard(context: Context, standing: Standing | None = None, title: str = "") -> str:
    """Return the dashboard."""
    rows, site = context.source.runs(), context.site
    training = sorted(context.source.of_kind(Kind.TRAINING_RUN), key=started)
    models = sorted(context.source.of_kind(Kind.MODEL), key=_created, reverse=True)
    stale_models = {} if standing is None else standing.stale_models
    drawn = replace(runs_table("Latest runs", rows[-LATEST:], context), drawing=bars(rows, site), count=len(rows))
    sections = [
        drawn,
        models_section(models, stale_models, context),
        *_compared(training, context, with_best=not models),
    ]
    stale = None if standing is None else in_short(standing, context)
    if stale is not None:
        # That nothing is stale can be said at the end.
        sections.insert(0 if stale.warning else len(sections), stale)
    return render(
        "sections.html",
        site,
        title=title or _project(context) or "What was recorded here",
        numbers=_numbers(rows, training, models),
        sections=[section for section in sections if not section.is_empty],
        empty=NOTHING if context.source.audience is Visibility.PRIVATE else NOTHING_TOLD,
        graph_of=rows[-1].iri if rows else "",
        live=True,
        here="home",
    )


def runs_page(context: Context) -> str:
    """Return the list of all runs."""
    rows = context.source.runs()
    found = replace(runs_table("All runs", rows, context), drawing=bars(rows, context.site))
    latest = rows[-1].iri if rows else ""
    return render(
        "sections.html",
        context.site,
        title="Runs",
        numbers={},
        live=True,
        sections=[] if found.is_empty else [found],
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
            "" if words.minute(row.started) in row.label else words.moment(row.started),
            duration(seconds_between(row.started, row.ended)),
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
        "failed or interrupted runs": sum(row.state in ("failed", "interrupted") for row in rows),
        "training runs": len(training),
        "models": len(models),
    }
    return {name: f"{count:,}" for name, count in counts.items() if count or name == "runs"}


def _project(context: Context) -> str:
    projects = context.source.of_kind(Kind.PROJECT)
    return projects[0].label if len(projects) == 1 else ""


def _compared(training: Sequence[DigitalObject], context: Context, *, with_best: bool) -> Iterable[Section]:
    """Yield training runs, those of each rule side by side: only what did the same can be compared.

    Args:
        with_best: Tell of each rule which did best; where there are models, those tell.
    """
    iris = [run.iri for run in training]
    of = rules_of(context.source, training)
    homes = context.source.relations_at(iris, Predicate.WAS_PART_OF, outgoing=True)
    jobs = context.source.objects(relation.object for relation in homes)
    made = {r.subject: jobs[r.object] for r in homes if r.object in jobs and jobs[r.object].kind is Kind.JOB}
    groups: defaultdict[str, list[DigitalObject]] = defaultdict(list)
    for run in training:
        groups[of.get(run.iri, "")].append(run)
    for rule, runs in sorted(groups.items(), key=lambda group: -len(group[1])):
        title = f"Training runs of {rule}" if rule else "Training runs"
        facts = _best(runs, context) if with_best else []
        yield replace(compared(title, runs, context.site, made), facts=facts, shown=SHOWN)


def _best(runs: Sequence[DigitalObject], context: Context) -> list[Fact]:
    """Return which of some training runs did best, and what raw data that goes back to."""
    found = best_run(runs)
    if found is None:
        return []
    best, metric = found
    raw = context.source.beginnings(best.iri)
    facts = [fact("best", link(best, context.site, f"by {metric}"))]
    return [*facts, fact("made from", *beginning_cells(raw, context))] if raw else facts


def _created(model: DigitalObject) -> str:
    return str(model.attributes.get("created") or "")
