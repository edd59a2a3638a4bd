"""`export`: the stored graph in the forms that others read."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from snakemake_heliport.cli.common import StoreOption, err, found_layout, opened, resolve
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.figure import FigureOptions
from snakemake_heliport.export.figure.options import By
from snakemake_heliport.export.formats import DESCRIPTIONS, FIGURES
from snakemake_heliport.export.guard import refuse_secrets
from snakemake_heliport.export.output import written
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.store import Store


def export(
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of: {', '.join(FORMATS)}.")] = "turtle",
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run", "-r", help="A run (`latest`, `-1`, or the start of its id); again for more. All if none."
        ),
    ] = None,
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="THING", help="A file, model or dataset with all it came from, instead of runs."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; the standard output if none.")
    ] = None,
    visibility: Annotated[
        Visibility | None,
        typer.Option(
            "--visibility",
            help="Tell only what may be seen by these; what is hidden leaves no gap. If none: `public` for "
            "what is to be published, such as DataCite, else `private`.",
        ),
    ] = None,
    vocab: VocabOption = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="rule|job", help="Of a figure: one box for each rule, or each job.")
    ] = None,
    path_to: Annotated[
        str | None, typer.Option("--path-to", metavar="THING", help="Of a figure: highlight what leads to a thing.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Write the recorded runs as linked data, as events, as a record for a catalogue, or as a figure."""
    chosen = FORMATS.get(format)
    if chosen is None:
        raise HeliportError(f"--format {format}: unknown; it may be {', '.join(FORMATS)}")
    if run and of:
        raise HeliportError("--run and --of: choose one; --of tells a thing with all it came from, over all runs")
    layers = layers_of(vocab)
    audience = visibility or (Visibility.PUBLIC if chosen.published else Visibility.PRIVATE)
    with opened(store) as target:
        runs = [resolve(target, name, (Kind.RUN,)).iri for name in run] if run else None
        things = [resolve(target, name).iri for name in of] if of else None
        selection = Selection(runs, audience, layers=layers, things=things)
        if audience is not Visibility.PRIVATE:
            refuse_secrets(View.of(target, selection))
        write: Callable[[Store, Selection, BinaryIO], None] = chosen.write
        if by or path_to:
            if format not in FIGURES:
                raise HeliportError(f"--by and --path-to are of figures: --format {', '.join(sorted(FIGURES))}")
            lit = resolve(target, path_to).iri if path_to else None
            write = partial(chosen.writer, options=FigureOptions(by=_grouping(by), path_to=lit))
        if format in DESCRIPTIONS:
            layout = found_layout(store)
            write = partial(chosen.writer, workdir=layout and layout.workdir)
        if output is None:
            write(target, selection, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with written(output) as stream:
            write(target, selection, stream)
    err.print(f"Wrote {output} ({output.stat().st_size:,} bytes, {format}).")


def _grouping(by: str | None) -> By:
    match by:
        case "job":
            return "job"
        case "rule" | None:
            return "rule"
    raise HeliportError(f"--by {by}: it may be rule or job")
