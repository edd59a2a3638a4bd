"""`lineage`: what something came from, or what came of it, over all runs."""

from typing import Annotated

import typer
from rich.markup import escape

from snakemake_heliport.cli.asked import asked
from snakemake_heliport.cli.common import JsonOption, StoreOption, opened, out, print_json
from snakemake_heliport.cli.linked import as_link, as_node, called
from snakemake_heliport.cli.pages import listed
from snakemake_heliport.cli.tree import MAX_BRANCHES, branches
from snakemake_heliport.lineage import Trace, flowing, trace
from snakemake_heliport.lineage.naming import Asked
from snakemake_heliport.lineage.tree import counts
from snakemake_heliport.model import DigitalObject, Kind


def lineage(
    thing: Annotated[
        str,
        typer.Argument(help="A path, `PATH@DIGEST` for one version of it, a job, model, run, rule, a name or an IRI."),
    ],
    up: Annotated[bool, typer.Option("--up/--down", help="What it came from, or what came of it.")] = True,
    depth: Annotated[
        int | None,
        typer.Option("--depth", "-n", min=1, help="How many jobs and training runs to pass; all if not given."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print every branch, however many there are.")] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Tell what something came from, or what came of it, step by step, over all runs."""
    with opened(store) as target:
        about = asked(target, thing, store, latest=up)
        found = trace(target, flowing(target, about.things, upward=up), upward=up, steps=depth)
    if json:
        print_json(_document(about, found))
        return
    for note in about.notes:
        out.print(f"[dim]{escape(note)}[/]")
    if not found.found():
        what = "what it came from" if up else "anything that came of it"
        out.print(f"[bold]{escape(about.name)}[/]: no recorded job tells {what}.")
        return
    # At once: printed one by one, they take half as long again.
    out.print("\n".join(branches(found, limit=None if all_ else MAX_BRANCHES)))
    _summary(found, whole=depth is None)


def _summary(found: Trace, *, whole: bool) -> None:
    words = ", ".join(counts(found.found()))
    out.print(f"\n{'It came from' if found.upward else 'What came of it'}{'' if found.upward else ':'} {words}.")
    if not whole:
        return
    title = "The record begins with" if found.upward else "It ends in"
    ends = sorted({_end(thing) for thing in found.ends()})
    listed(title, [escape(end) for end in ends])


def _end(thing: DigitalObject) -> str:
    return f"job {thing.label}, which reads nothing" if thing.kind is Kind.JOB else called(thing)


def _document(about: Asked, found: Trace) -> dict[str, object]:
    return {
        "asked": about.name,
        "direction": "up" if found.upward else "down",
        "notes": list(about.notes),
        "starts": list(found.starts),
        "things": [as_node(thing) for thing in found.things.values()],
        "links": [as_link(link) for link in found.links],
        "ends": [thing.iri for thing in found.ends()],
    }
