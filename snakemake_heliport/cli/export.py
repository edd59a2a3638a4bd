"""`export`: the stored graph in the forms that others read."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, get_args

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import StoreOption, err, found_layout, opened, resolve, short
from snakemake_heliport.cli.crate import RO_CRATE, export_crate
from snakemake_heliport.cli.pages_export import HTML, export_pages
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.belonging import ADVICE
from snakemake_heliport.export.crate import VERSIONS, DataMode
from snakemake_heliport.export.figure import FigureOptions
from snakemake_heliport.export.figure.options import By, Engine
from snakemake_heliport.export.formats import DESCRIPTIONS, FIGURES, Format
from snakemake_heliport.export.output import written
from snakemake_heliport.model import Kind, Predicate, Visibility
from snakemake_heliport.store import Store

ALL_FORMATS = (*FORMATS, RO_CRATE, HTML)


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
    project: Annotated[
        str | None, typer.Option("--project", metavar="NAME", help="All runs of a project, instead of naming them.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write, or a folder for it (of a crate: folder or .zip; of html: folder or .html); the "
            "standard output if none.",
        ),
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
    engine: Annotated[
        str, typer.Option("--engine", metavar="auto|own|dot", help="Of a figure: what places the boxes.")
    ] = "auto",
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
    if sum(map(bool, (run, of, project))) > 1:
        raise HeliportError("--run, --of and --project: choose one; --of tells a thing with all it came from")
    layers = layers_of(vocab)
    published = format == RO_CRATE or (chosen is not None and chosen.published)
    audience = visibility or (Visibility.PUBLIC if published else Visibility.PRIVATE)
    layout = found_layout(store)
    workdir = None if layout is None else layout.workdir
    with opened(store) as target:
        runs = [resolve(target, name, (Kind.RUN,)).iri for name in run] if run else None
        if project:
            runs = _runs_of(target, resolve(target, project, (Kind.PROJECT,)).iri)
        things = [resolve(target, name).iri for name in of] if of else None
        selection = Selection(runs, audience, layers=layers, things=things)
        if audience is not Visibility.PRIVATE:
            _tell_of_hidden(target, selection, published=published)
        place = None if output is None else _place(output, runs, chosen)
        if format == HTML:
            export_pages(target, selection, place, layout)
            return
        if chosen is None:
            export_crate(target, selection, place, workdir, data=data, version=crate_version, validate=validate)
            return
        write: Callable[[Store, Selection, BinaryIO], None] = chosen.write
        if format in FIGURES:
            lit = resolve(target, path_to).iri if path_to else None
            options = FigureOptions(
                by=_one_of("--by", by or "rule", By), path_to=lit, engine=_one_of("--engine", engine, Engine)
            )
            write = partial(chosen.writer, options=options)
        elif by or path_to:
            raise HeliportError(f"--by and --path-to are of figures: --format {', '.join(sorted(FIGURES))}")
        if format in DESCRIPTIONS:
            write = partial(chosen.writer, workdir=workdir)
        if place is None:
            write(target, selection, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with written(place) as stream:
            write(target, selection, stream)
    err.print(f"Wrote {escape(str(place))} ({place.stat().st_size:,} bytes, {format}).")


def _runs_of(store: Store, project: str) -> list[str]:
    """Return the runs of a project, the latest last."""
    _, incoming = store.relations_of(project)
    members = {relation.subject for relation in incoming if relation.predicate is Predicate.IN_PROJECT}
    return [row.iri for row in store.runs() if row.iri in members]


def _place(output: str, runs: Sequence[str] | None, chosen: Format | None) -> Path:
    """Return the path to write; in a folder, a file is called by its only run."""
    path = Path(output)
    if chosen is not None and (output.endswith("/") or path.is_dir()):
        name = f"run-{short(runs[0])}" if runs and len(runs) == 1 else "heliport"
        path /= f"{name}{chosen.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _tell_of_hidden(store: Store, selection: Selection, *, published: bool) -> None:
    """Say where an audience sees nothing, or nothing of the run.

    Raises:
        HeliportError: What is to be published would be empty.
    """
    runs, audience, things = selection.runs, selection.audience, selection.things
    if next(store.statements(runs, audience, things, (Kind.RUN,)), None) is not None:
        return
    empty = next(store.statements(runs, audience, things), None) is None
    if empty and published:
        raise HeliportError(f"nothing of this is {audience}; {ADVICE}")
    err.print(f"[yellow]note:[/] {'nothing' if empty else 'no run'} of this is {audience}; {ADVICE}")


def _one_of(option: str, value: str, choices: Any) -> Any:
    """Return a value of an option that has choices, which a `Literal` names."""
    if value not in get_args(choices):
        raise HeliportError(f"{option} {value}: it may be {', '.join(get_args(choices))}")
    return value
