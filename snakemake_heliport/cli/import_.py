"""`import mlflow`: training runs that were made outside a recorded run, or that could not be imported at its end."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import JsonOption, StoreOption, err, found_layout, opened, out, print_json, reader_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.layout import Layout

app = typer.Typer(no_args_is_help=True)


@app.callback()
def import_() -> None:
    """Import training runs of a tracker: `import mlflow`. The same runs give the same graph, however often."""


@app.command("mlflow")
def mlflow(
    tracking_uri: Annotated[
        list[str] | None,
        typer.Option(
            "--tracking-uri",
            "-u",
            metavar="URI",
            help="Where MLflow keeps its runs: a server, `sqlite:///mlflow.db`, or a folder `mlruns`; again for more. "
            "If none: MLFLOW_TRACKING_URI, what recorded runs name, and MLflow's defaults here.",
        ),
    ] = None,
    experiment: Annotated[
        list[str] | None, typer.Option("--experiment", "-e", help="Import this experiment only; again for more.")
    ] = None,
    run: Annotated[
        list[str] | None, typer.Option("--run", "-r", metavar="ID", help="Import this MLflow run only; again for more.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Import MLflow runs. Those that belong to a recorded run are linked to the jobs that made them."""
    from snakemake_heliport.trackers.catching_up import forget_ended, places_for_all
    from snakemake_heliport.trackers.importing import import_all

    layout = found_layout(store) or _created()
    reader = reader_of(layout)
    places = places_for_all(layout, tracking_uri or (), reader.settings)
    if not places:
        raise HeliportError("no MLflow runs found here; name their place with --tracking-uri")
    with err.status("importing MLflow runs") as status:
        reader.progress = lambda count: status.update(f"importing MLflow runs: {count:,} read")
        outcome = import_all(layout, places, reader, experiments=experiment or (), runs=run or ())
    if not outcome.failures and not (tracking_uri or experiment or run):
        forget_ended(layout)
    with opened(store, catching_up=False):
        pass
    problems = [*outcome.failures, *outcome.problems]
    if json:
        found = {"found": outcome.found, "new": outcome.new, "linked": outcome.linked, "problems": problems}
        print_json(found)
    else:
        words = f"{outcome.new:,} new or changed, {outcome.linked:,} made by recorded jobs"
        out.print(f"MLflow runs: {outcome.found:,} ({words}).")
    for problem in problems:
        err.print(f"[yellow]note:[/] {escape(problem)}")
    if outcome.failures and not outcome.found:
        raise typer.Exit(2)


def _created() -> Layout:
    """Return a new `.heliport/` in the current directory, for training runs that no workflow run has made."""
    layout = Layout.of_workdir(Path(os.getcwd()))
    layout.create()
    return layout
