"""`runs`: the table of recorded runs."""

from rich.table import Table

from snakemake_heliport.cli.common import (
    JsonOption,
    StoreOption,
    opened,
    out,
    print_json,
    short,
    styled,
    when,
)
from snakemake_heliport.store import RunRow
from snakemake_heliport.wording import duration, seconds_between


def runs(store: StoreOption = None, json: JsonOption = False) -> None:
    """List the recorded runs, the latest last."""
    with opened(store) as target:
        rows = target.runs()
    if json:
        print_json([_document(row) for row in rows])
        return
    if not rows:
        out.print("No run is recorded yet: run `snakemake --logger heliport`.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = ["Run", "Started", "Took", "State", "Jobs"]
    trained = any(row.training_runs for row in rows)
    for column in [*columns, "ML runs"] if trained else columns:
        table.add_column(column, no_wrap=column != "Jobs", justify="right" if column == "ML runs" else "left")
    for row in rows:
        took = duration(seconds_between(row.started, row.ended))
        cells = [short(row.iri), when(row.started), took, styled(row.state), jobs_in_words(row.jobs)]
        table.add_row(*cells, *([f"{row.training_runs:,}"] if trained else []))
    out.print(table)


def jobs_in_words(jobs: dict[str, int]) -> str:
    """Return the job attempts of a run by state."""
    return ", ".join(f"{count} {styled(state)}" for state, count in sorted(jobs.items())) or "none"


def _document(row: RunRow) -> dict[str, object]:
    return {
        "iri": row.iri,
        "label": row.label,
        "state": row.state,
        "started": row.started,
        "ended": row.ended,
        "jobs": row.jobs,
        "training_runs": row.training_runs,
    }
