"""What no longer matches its record, for the dashboard: looked for beside the pages, because that reads files."""

from collections.abc import Iterable
from dataclasses import dataclass

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Section, link, table
from snakemake_heliport.lineage.status import Cause, Status
from snakemake_heliport.wording import counted

DIGITS, MAX_CAUSES, SHOWN = 12, 3, 6


@dataclass(frozen=True, slots=True)
class Standing:
    """How a working directory stands against its record; None while it is not known yet."""

    status: Status | None

    def sections(self, context: Context) -> list[Section]:
        """Return what is stale, or that nothing is."""
        found = self.status
        if found is None:
            return [Section("What is stale", cells=[Cell("The files are being compared with their record …")])]
        if found.is_current:
            said = f"Nothing: {counted(found.checked, 'recorded path')} of this directory are as they were recorded."
            return [Section("What is stale", cells=[Cell(said)])]
        return [_changed(found, context), _stale(found, context), _models(found, context), _leftovers(found, context)]


def _changed(found: Status, context: Context) -> Section:
    rows = [
        (
            Cell(one.path),
            Cell(_digits(one.then), code=True),
            Cell(_digits(one.now), code=True),
            Cell() if one.maker is None else link(one.maker, context.site),
        )
        for one in found.changed
    ]
    columns = ("Path", "Recorded", "Now", "Made by")
    return Section(
        "Changed since it was recorded", table=table(columns, rows), count=len(rows), warning=True, shown=SHOWN
    )


def _stale(found: Status, context: Context) -> Section:
    rows = [(link(one.file, context.site), link(one.maker, context.site), _causes(one.causes)) for one in found.stale]
    columns = ("File", "Made by", "Because")
    return Section(
        "Stale", "Made from what has changed since.", table=table(columns, rows), count=len(rows), warning=True
    )


def _models(found: Status, context: Context) -> Section:
    rows = [
        (
            link(one.model, context.site),
            link(one.training_run, context.site),
            _causes(one.causes),
            "trained again since" if one.replaced else "",
        )
        for one in found.models
    ]
    columns = ("Model", "Trained by", "Because", "")
    title = "Models trained on what has changed since"
    return Section(title, table=table(columns, rows), count=len(rows), warning=True, shown=SHOWN)


def _leftovers(found: Status, context: Context) -> Section:
    rows = [
        (Cell(one.path), link(one.job, context.site), ", ".join(sorted({job.label for job in one.jobs})))
        for one in found.leftovers
    ]
    columns = ("File", "Of the unfinished job", "Read by")
    title = "Left by a job that did not finish, and relied on"
    return Section(title, table=table(columns, rows), count=len(rows), warning=True, shown=SHOWN)


def _causes(causes: Iterable[Cause]) -> str:
    said = [f"{one.what} {one.path} was {_digits(one.then)}, is {_digits(one.now)}" for one in causes]
    more = f"; and {len(said) - MAX_CAUSES} more" if len(said) > MAX_CAUSES else ""
    return "; ".join(said[:MAX_CAUSES]) + more


def _digits(digest: str | None) -> str:
    return digest[:DIGITS] if digest else "unknown"
