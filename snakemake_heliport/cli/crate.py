"""`export --format ro-crate`: a crate is a folder or a zip file, and says what it lacks."""

from pathlib import Path

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import err
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.crate import VERSIONS, DataMode, missing_of, validate_crate, write_crate
from snakemake_heliport.store import Store

RO_CRATE = "ro-crate"


def export_crate(
    store: Store,
    selection: Selection,
    output: Path | None,
    workdir: Path | None,
    *,
    data: DataMode,
    version: str,
    validate: bool,
) -> None:
    """Write a crate, and on request validate it and say what would make it better; exit code 1 if it is not valid."""
    if output is None:
        raise HeliportError("--format ro-crate: name a folder or a .zip file with --output")
    if version not in VERSIONS:
        raise HeliportError(f"--crate-version {version}: unknown; it may be {', '.join(VERSIONS)}")
    zipped = output.suffix == ".zip"
    write_crate(store, selection, output, data=data, zipped=zipped, version=version, workdir=workdir)
    err.print(f"Wrote {escape(str(output))} ({'zip' if zipped else 'folder'}, RO-Crate {version}).")
    if not validate:
        return
    for lack in missing_of(store, selection, workdir=workdir):
        err.print(f"[yellow]note:[/] {escape(lack)}")
    violations = validate_crate(output)
    for violation in violations:
        err.print(escape(violation))
    err.print("The crate is valid." if not violations else f"{len(violations)} findings.")
    if violations:
        raise typer.Exit(1)
