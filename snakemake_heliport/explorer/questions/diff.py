"""Why two runs came to different results: the causes with the lines that differ, what follows, and why each job ran."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Section, called, link, several, table
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.lineage.diff import Aspect, Bearing, Diff, Difference, Ran
from snakemake_heliport.lineage.diff import diff as find_diff
from snakemake_heliport.lineage.diff.telling import MAX_NAMED, TITLES, concerns, executed, folded, values
from snakemake_heliport.model import DigitalObject, JsonValue, Predicate, Visibility
from snakemake_heliport.wording import brief, counted

# Causes are told one by one, with their lines; what follows from them is a table.
TOLD_ONE_BY_ONE = (Bearing.CAUSE, Bearing.POSSIBLE)
AS_FAR_AS_TOLD = "That is so of what may be seen here: a cause may be hidden."
MAX_ONE_BY_ONE, MAX_ROWS, SHOWN = 100, 1_000, 12


def diff_page(before: DigitalObject, after: DigitalObject, context: Context) -> str:
    """Return the page of how two runs differ."""
    found = find_diff(context.source.asked, before, after, workdir=_workdir(context))
    names = _Names(context.source, context.site, (before, after))
    causes = [(TITLES[one], folded(found.of(one))) for one in TOLD_ONE_BY_ONE if found.of(one)]
    return render(
        "diff.html",
        context.site,
        before=before,
        after=after,
        link=link,
        verdict=_verdict(found, context.source.audience),
        causes=[(title, some[:MAX_ONE_BY_ONE], len(some)) for title, some in causes],
        values=values,
        names=names,
        concerns=concerns,
        sections=[*_followed(found, names), _executed(found.ran, names)],
        compared=context.site.compared(after.iri, before.iri),
        runs=[(row.iri, row.label) for row in reversed(context.source.runs())],
        graph_of=after.iri,
        here="",
    )


def _workdir(context: Context) -> Path | None:
    """Return where the texts of scripts may be looked for, which are not told to others."""
    disk = context.disk
    return None if disk is None or context.source.audience is not Visibility.PRIVATE else disk.workdir


def _verdict(found: Diff, audience: Visibility) -> str:
    results = "The results are the same." if found.same_results else "The results differ."
    results = results if found.differences else f"{results} Nothing recorded differs."
    return results if audience is Visibility.PRIVATE else f"{results} {AS_FAR_AS_TOLD}"


class _Names:
    """Finds the pages of what a comparison names: jobs by their labels, files by their paths."""

    def __init__(self, source: Source, site: Site, runs: Sequence[DigitalObject]) -> None:
        self._site = site
        self._known: dict[str, str] = {}
        for run in runs:
            relied = source.relations_at([run.iri], Predicate.RELIED_ON, outgoing=True)
            parts = source.relations_at([run.iri], Predicate.WAS_PART_OF, outgoing=False)
            jobs = source.objects([*(one.object for one in relied), *(one.subject for one in parts)])
            used = source.relations_at(jobs, Predicate.USED, outgoing=True)
            made = source.relations_at(jobs, Predicate.WAS_GENERATED_BY, outgoing=False)
            files = source.objects([*(one.object for one in used), *(one.subject for one in made)])
            # What the later run tells of stands, and its jobs before the files of that name.
            self._known |= {called(thing): thing.iri for some in (files, jobs) for thing in some.values()}

    def cell(self, name: str, soft: str = "") -> Cell:
        """Return a name, with a link to its page where it has one."""
        iri = self._known.get(name, "")
        return Cell(name, self._site.url(iri) if iri else "", soft)

    def cells(self, names: Sequence[str]) -> Cell:
        """Return the first of some names, and how many more there are."""
        more = [Cell(f"{len(names) - MAX_NAMED} more")] if len(names) > MAX_NAMED else []
        return several([*map(self.cell, names[:MAX_NAMED]), *more], ", ")


def runs_before(source: Source) -> dict[str, str]:
    """Return, for each run, the one of the same workflow before it, by their IRIs; the first of each has none.

    It is the same by its code, wherever that is, or by its name, Snakefile and directory, where its code has changed.
    """
    iris = source.run_iris()
    plans = {
        relation.subject: str(relation.attributes["plan"])
        for relation in source.relations_at(iris, Predicate.WAS_ASSOCIATED_WITH, outgoing=True)
        if relation.attributes.get("plan")
    }
    things = source.objects([*iris, *plans.values()])
    latest: dict[tuple[JsonValue, ...], int] = {}
    before: dict[str, str] = {}
    for place, iri in enumerate(iris):
        run, plan = things.get(iri), things.get(plans.get(iri, ""))
        if run is None or plan is None:
            continue
        workflow = run.attributes.get("workdir"), plan.attributes.get("name"), plan.attributes.get("snakefile")
        same = [latest[one] for one in ((plan.iri,), workflow) if one in latest]
        if same:
            before[iri] = iris[max(same)]
        latest |= {(plan.iri,): place, workflow: place}
    return before


def _followed(found: Diff, names: _Names) -> Iterable[Section]:
    """Yield what differs without being a cause, files and metrics apart."""
    for bearing, title in TITLES.items():
        if bearing in TOLD_ONE_BY_ONE:
            continue
        told = folded(found.of(bearing))
        metrics = [one for one in told if one.aspect is Aspect.METRIC]
        yield _table(title, [one for one in told if one.aspect is not Aspect.METRIC], names)
        yield _table(f"{title}: metrics", metrics, names)


def _table(title: str, told: Sequence[Difference], names: _Names) -> Section:
    rows = []
    for one in told[:MAX_ROWS]:
        was, now = values(one)
        what = names.cell(one.what, ", ".join(filter(None, (str(one.aspect), one.note))))
        rows.append(
            (what, Cell(was, code=True), Cell(now, code=True), names.cells(concerns(one)), names.cells(one.because))
        )
    lead = f"The first {MAX_ROWS:,}." if len(told) > MAX_ROWS else ""
    columns = ("What", "Before", "After", "In", "Because of")
    return Section(title, lead, table=table(columns, rows), count=len(told), shown=SHOWN)


def _executed(ran: Iterable[Ran], names: _Names) -> Section:
    rows = []
    for some in executed(ran):
        more = f"and {counted(len(some) - 1, 'other job')} of this rule" if len(some) > 1 else ""
        reason = brief(some[0].reason_after or "no reason was given")
        rows.append((names.cell(some[0].job, more), Cell(str(some[0].after), state=True), reason))
    return Section("Why jobs ran in the second run", table=table(("Job", "State", "Why"), rows), count=len(rows))
