"""`export`: the stored graph in the forms that others read."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from snakemake_heliport.cli.common import StoreOption, err, opened, resolve
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.output import written
from snakemake_heliport.model import Kind, Visibility


def export(
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of: {', '.join(FORMATS)}.")] = "turtle",
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run", "-r", help="A run (`latest`, `-1`, or the start of its id); again for more. All if none."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; the standard output if none.")
    ] = None,
    visibility: Annotated[
        Visibility, typer.Option("--visibility", help="Tell only what may be seen by these.")
    ] = Visibility.PRIVATE,
    vocab: VocabOption = None,
    store: StoreOption = None,
) -> None:
    """Write the recorded runs as linked data."""
    chosen = FORMATS.get(format)
    if chosen is None:
        raise HeliportError(f"--format {format}: unknown; it may be {', '.join(FORMATS)}")
    layers = layers_of(vocab)
    with opened(store) as target:
        runs = [resolve(target, name, (Kind.RUN,)).iri for name in run] if run else None
        selection = Selection(runs, visibility, layers=layers)
        if output is None:
            chosen.write(target, selection, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with written(output) as stream:
            chosen.write(target, selection, stream)
    err.print(f"Wrote {output} ({output.stat().st_size:,} bytes, {format}).")
