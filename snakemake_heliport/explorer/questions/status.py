"""What no longer matches its record, whole and in short; looked for beside the pages, because that reads files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Section, link, several, table
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.lineage.status import Status
from snakemake_heliport.lineage.status.telling import causes_in_words, caveat, digits, named
from snakemake_heliport.wording import DIGITS_MEAN, counted

MAX_NAMED = 3
TITLE, AS_WRITTEN = "What is stale", "As it was when these pages were written."


@dataclass(frozen=True, slots=True)
class Standing:
    """How a working directory stands against its record.

    Attributes:
        status: None while it is not known yet, and where it cannot be known.
        at: When the files were compared; that alone makes no other standing.
        problem: Why it cannot be known.
    """

    status: Status | None
    at: datetime | None = field(default=None, compare=False)
    problem: str = ""

    @property
    def stale_models(self) -> dict[str, str]:
        """What is to be said of the models that were trained on what has changed since, by their IRIs."""
        found = () if self.status is None else self.status.models
        return {one.model.iri: "trained again since" if one.replaced else "stale" for one in found}


def status_page(standing: Standing, context: Context) -> str:
    """Return the page of what no longer matches its record."""
    found = standing.status
    lead = "" if context.site.served else AS_WRITTEN
    sections = [Section("In short", lead, cells=[Cell(_in_one_line(standing))])]
    if found is not None:
        sections += [_changed(found, context), _gone(found, context), _stale(found, context)]
        sections += [_models(found, context), _leftovers(found, context), _edited(found, context), _unknown(found)]
    return render(
        "sections.html",
        context.site,
        title="Files and their record",
        numbers={} if found is None else {name: f"{count:,}" for name, count in _numbers(found)},
        sections=[section for section in sections if not section.is_empty],
        live=True,
        here="status",
    )


def in_short(standing: Standing, context: Context) -> Section:
    """Return what is stale as one section, with the way to the whole."""
    found = standing.status
    cells = [Cell(text) for text in _sentences(found)] if found is not None else []
    is_bad = found is not None and not found.is_current
    if is_bad and standing.at is not None:
        cells.append(Cell(f"This is {_as_of(standing)}."))
    if is_bad and context.site.status():
        cells.append(Cell("See each of them", context.site.status()))
    lead = "" if context.site.served else AS_WRITTEN
    return Section(
        TITLE, lead, cells=cells if is_bad else [Cell(_in_one_line(standing))], warning=is_bad or bool(standing.problem)
    )


def _in_one_line(standing: Standing) -> str:
    found, moment = standing.status, f", {_as_of(standing)}" if standing.at is not None else ""
    if standing.problem:
        return f"{standing.problem.rstrip('.')}{moment}."
    if found is None:
        return "The files are being compared with their record …"
    if found.is_current:
        return (
            f"Nothing: {counted(found.checked, 'recorded path')} of this directory are as they were recorded{moment}."
        )
    unchanged = f"{counted(found.checked, 'recorded path')} are unchanged"
    return f"Not everything here is what was recorded; {unchanged}{moment}."


def _as_of(standing: Standing) -> str:
    return "" if standing.at is None else f"as of {standing.at:%H:%M:%S} UTC"


def _numbers(found: Status) -> Iterator[tuple[str, int]]:
    yield "unchanged", found.checked
    for name, some in (
        ("changed", found.changed),
        ("gone", found.gone),
        ("stale files", found.stale),
        ("stale models", [one for one in found.models if not one.replaced]),
    ):
        if some:
            yield name, len(some)


def _sentences(found: Status) -> Iterator[str]:
    if found.changed:
        yield f"{counted(len(found.changed), 'file')} changed since recorded: {_few(one.path for one in found.changed)}"
    if found.stale:
        yield f"{counted(len(found.stale), 'file')} made from what has changed: {_few(one.path for one in found.stale)}"
    current = [one for one in found.models if not one.replaced]
    if current:
        trained = counted(len(current), "model")
        yield f"{trained} trained on what has changed: {_few(one.model.label for one in current)}"
    if found.leftovers:
        left = counted(len(found.leftovers), "file")
        yield f"{left} of jobs that did not finish, and relied on: {_few(one.path for one in found.leftovers)}"


def _few(names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    return ", ".join(known[:MAX_NAMED]) + (" …" if len(known) > MAX_NAMED else "")


def _changed(found: Status, context: Context) -> Section:
    rows = [
        (
            Cell(
                named(one.path, one.role),
                context.site.url(one.iri),
                "as an earlier run knew it" if one.earlier else "",
            ),
            Cell(digits(one.then), code=True),
            Cell(digits(one.now), code=True),
            Cell() if one.maker is None else link(one.maker, context.site),
        )
        for one in found.changed
    ]
    columns = ("Path", "Recorded", "Now", "Made by")
    title, lead = "Changed since it was recorded", caveat(found) or DIGITS_MEAN
    return Section(title, lead, table=table(columns, rows), count=len(rows), warning=True)


def _gone(found: Status, context: Context) -> Section:
    rows = [(Cell(one.path), Cell() if one.maker is None else link(one.maker, context.site)) for one in found.gone]
    return Section("Gone, although no run removed it", table=table(("Path", "Made by"), rows), count=len(rows))


def _stale(found: Status, context: Context) -> Section:
    rows = [
        (link(one.file, context.site), link(one.maker, context.site), causes_in_words(one.causes))
        for one in found.stale
    ]
    columns = ("File", "Made by", "Because")
    lead = "Made from what has changed since."
    return Section("Stale", lead, table=table(columns, rows), count=len(rows), warning=True)


def _models(found: Status, context: Context) -> Section:
    rows = [
        (
            link(one.model, context.site),
            link(one.training_run, context.site),
            causes_in_words(one.causes),
            "trained again since" if one.replaced else "",
        )
        for one in found.models
    ]
    columns = ("Model", "Trained by", "Because", "")
    title = "Models trained on what has changed since"
    return Section(title, table=table(columns, rows), count=len(rows), warning=True)


def _leftovers(found: Status, context: Context) -> Section:
    rows = [
        (
            Cell(one.path),
            link(one.job, context.site),
            several([link(job, context.site) for job in one.jobs]),
            several([link(run, context.site) for run in one.runs]),
        )
        for one in found.leftovers
    ]
    columns = ("File", "Of the unfinished job", "Read by", "In")
    title = "Left by a job that did not finish, and relied on"
    return Section(title, table=table(columns, rows), count=len(rows), warning=True)


def _edited(found: Status, context: Context) -> Section:
    rows = [
        (Cell(one.path), link(one.maker, context.site), several([link(job, context.site) for job in one.readers]))
        for one in found.edited
    ]
    title = "Changed by nothing recorded after a job had made it, and read as it is"
    return Section(title, table=table(("File", "Was made by", "Read by"), rows), count=len(rows))


def _unknown(found: Status) -> Section:
    return Section("Not known", table=table(("Path", "Why"), found.unknown), count=len(found.unknown))
