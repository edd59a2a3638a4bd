"""`probe`: learn how a server is spoken to, and write it down."""

from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.markup import escape

from snakemake_heliport.cli.common import (
    ANNOTATION_FILE,
    JsonOption,
    annotations_of,
    err,
    found_layout,
    out,
    print_json,
)
from snakemake_heliport.export.output import written
from snakemake_heliport.records import SendTo
from snakemake_heliport.servers import HELIPORT
from snakemake_heliport.upload.contract import load_contract
from snakemake_heliport.upload.probing import Findings
from snakemake_heliport.upload.probing import probe as probed
from snakemake_heliport.upload.targets import Target, client_of


def probe(
    url: Annotated[str, typer.Argument(help="The address of the server.")],
    name: Annotated[str, typer.Option("--name", help="What it is called in heliport.yaml.")] = HELIPORT,
    write: Annotated[
        bool, typer.Option("--write", help="Write what was found to a file that heliport.yaml can name.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Look at a server and tell how it is spoken to; nothing is changed there. Exit code 1 if something is missing."""
    shipped = load_contract()
    with client_of(Target(SendTo(name, HELIPORT, url)), shipped) as client:
        findings = probed(client, shipped)
    if json:
        print_json({"found": findings.found, "missing": findings.missing, "contract": findings.override})
    else:
        _tell(findings)
    if write:
        _write(findings, name)
    if findings.missing:
        raise typer.Exit(1)


def _tell(findings: Findings) -> None:
    for sentence in findings.found:
        out.print(f"[green]found[/]    {escape(sentence)}")
    for sentence in findings.missing:
        out.print(f"[yellow]missing[/]  {escape(sentence)}")


def _write(findings: Findings, name: str) -> None:
    """Write the contract beside `heliport.yaml`, and name it there if that says nothing of servers yet."""
    layout = found_layout(None)
    folder = Path.cwd() if layout is None else layout.workdir
    path = folder / f"{name}.contract.yaml"
    with written(path) as stream:
        stream.write(findings.yaml().encode())
    section = yaml.safe_dump({"servers": {name: {"url": findings.url, "contract": path.name}}}, sort_keys=False)
    notes = folder / ANNOTATION_FILE
    known = annotations_of(layout).get("servers") if layout is not None and notes.exists() else None
    if known or (notes.exists() and layout is None):
        err.print(f"Wrote {escape(str(path))}. Name it in {ANNOTATION_FILE}:\n{escape(section)}", end="")
        return
    before = notes.read_text("utf-8") if notes.exists() else ""
    with written(notes) as stream:
        stream.write(f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{section}".encode())
    err.print(f"Wrote {escape(str(path))}, and named it in {escape(str(notes))}.")
