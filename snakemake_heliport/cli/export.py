"""`export`: the stored graph in the forms that others read."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from snakemake_heliport.cli.common import StoreOption, err, found_layout, opened, resolve
from snakemake_heliport.cli.crate import RO_CRATE, export_crate
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.crate import VERSIONS, DataMode
from snakemake_heliport.export.figure import FigureOptions
from snakemake_heliport.export.figure.options import By
from snakemake_heliport.export.formats import DESCRIPTIONS, FIGURES
from snakemake_heliport.export.guard import refuse_secrets
from snakemake_heliport.export.output import written
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.store import Store

ALL_FORMATS = (*FORMATS, RO_CRATE)


def export(
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of: {', '.join(ALL_FORMATS)}.")] = "turtle",
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
        Path | None,
        typer.Option("--output", "-o", help="File to write (of a crate: folder or .zip); the standard output if none."),
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
    data: Annotated[
        DataMode, typer.Option("--data", help="Of a crate: whether data come along; none tells of them only.")
    ] = DataMode.NONE,
    crate_version: Annotated[
        str, typer.Option("--crate-version", metavar="|".join(VERSIONS), help="Of a crate: the version of RO-Crate.")
    ] = VERSIONS[0],
    validate: Annotated[
        bool, typer.Option("--validate", help="Of a crate: check it, and say what it lacks (needs roc-validator).")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Write the recorded runs as linked data, events, a crate, a record for a catalogue, or a figure."""
    if format not in ALL_FORMATS:
        raise HeliportError(f"--format {format}: unknown; it may be {', '.join(ALL_FORMATS)}")
    chosen = FORMATS.get(format)
    if run and of:
        raise HeliportError("--run and --of: choose one; --of tells a thing with all it came from, over all runs")
    layers = layers_of(vocab)
    published = chosen is None or chosen.published
    audience = visibility or (Visibility.PUBLIC if published else Visibility.PRIVATE)
    layout = found_layout(store)
    workdir = None if layout is None else layout.workdir
    with opened(store) as target:
        runs = [resolve(target, name, (Kind.RUN,)).iri for name in run] if run else None
        things = [resolve(target, name).iri for name in of] if of else None
        selection = Selection(runs, audience, layers=layers, things=things)
        if audience is not Visibility.PRIVATE:
            refuse_secrets(View.of(target, selection))
        if chosen is None:
            export_crate(target, selection, output, workdir, data=data, version=crate_version, validate=validate)
            return
        write: Callable[[Store, Selection, BinaryIO], None] = chosen.write
        if by or path_to:
            if format not in FIGURES:
                raise HeliportError(f"--by and --path-to are of figures: --format {', '.join(sorted(FIGURES))}")
            lit = resolve(target, path_to).iri if path_to else None
            write = partial(chosen.writer, options=FigureOptions(by=_grouping(by), path_to=lit))
        if format in DESCRIPTIONS:
            write = partial(chosen.writer, workdir=workdir)
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
