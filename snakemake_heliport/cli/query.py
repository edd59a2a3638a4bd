"""`query`: ask the stored graph in SPARQL."""

import csv
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from snakemake_heliport.cli.common import StoreOption, err, opened, out, print_json
from snakemake_heliport.cli.vocab import VocabOption, layers_of
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.query import Solutions, Triples, ask


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    TURTLE = "turtle"


def query(
    sparql: Annotated[
        str | None, typer.Argument(help="SELECT, ASK, CONSTRUCT or DESCRIBE; `-` reads it from the standard input.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", metavar="PATH", help="The file that holds it.")] = None,
    form: Annotated[
        Form | None,
        typer.Option("--format", help="How to write the answer; if none, a table, or Turtle where it is a graph."),
    ] = None,
    vocab: VocabOption = None,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="As `--format json`.")] = False,
) -> None:
    """Ask the stored graph in SPARQL. All runs are asked together; GRAPH asks one by one.

    Exit code 1: ASK is answered with no.
    """
    text = _text(sparql, file)
    with opened(store) as target, err.status("asking the graph, which is made ready first where it is large and new"):
        found = ask(target, text, Selection(layers=layers_of(vocab)))
    chosen = Form.JSON if json else form
    if isinstance(found, bool):
        print_json({"head": {}, "boolean": found}) if chosen is Form.JSON else out.print("yes" if found else "no")
        raise typer.Exit(0 if found else 1)
    if isinstance(found, Triples):
        _print_graph(found, chosen)
    else:
        _print_rows(found, chosen)


def _text(sparql: str | None, file: Path | None) -> str:
    if (sparql is None) == (file is None):
        raise HeliportError("give a query, or a file that holds one with -f")
    if file is not None:
        return file.read_text(encoding="utf-8")
    return sys.stdin.read() if sparql == "-" else str(sparql)


def _print_graph(found: Triples, form: Form | None) -> None:
    if form not in (None, Form.TURTLE):
        raise HeliportError("the answer is a graph, which is written as turtle; SELECT gives a table")
    sys.stdout.write(found.text())


def _print_rows(found: Solutions, form: Form | None) -> None:
    if form is Form.TURTLE:
        raise HeliportError("the answer is a table; CONSTRUCT or DESCRIBE gives a graph, which turtle can write")
    if form is Form.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.variables)
        writer.writerows(found.values())
        return
    if form is Form.JSON:
        print_json(found.document())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in found.variables:
        table.add_column(escape(name), overflow="fold")
    for row in found.values():
        table.add_row(*map(escape, row))
    out.print(table)
    if not found.rows:
        out.print("[dim]nothing answers to this[/]")
