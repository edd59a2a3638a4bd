"""`export --format html`: a folder of pages, or one file for a single run."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from snakemake_heliport.cli.common import err
from snakemake_heliport.cli.status import status_here
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

if TYPE_CHECKING:
    from snakemake_heliport.explorer.questions.status import Standing

HTML = "html"
SUFFIX = ".html"


def export_pages(store: Store, selection: Selection, output: Path | None, layout: Layout | None) -> None:
    """Write pages that open from disk."""
    if output is None:
        raise HeliportError("--format html: name a folder with --output, or a file that ends in .html for a single run")
    from snakemake_heliport.explorer.folder import write_folder
    from snakemake_heliport.explorer.onefile import write_onefile

    if selection.audience is Visibility.PRIVATE:
        err.print("[yellow]note:[/] private objects are told, too; --visibility public makes pages for everybody.")
    workdir, tables = (None, None) if layout is None else (layout.workdir, layout.tables)
    if output.suffix == SUFFIX:
        count = write_onefile(store, _single(store, selection), output, workdir=workdir, tables=tables)
        err.print(f"Wrote {escape(str(output))} ({count:,} objects in one file).")
    else:
        standing = _standing(store, selection, layout)
        count = write_folder(store, selection, output, workdir=workdir, tables=tables, standing=standing)
        err.print(f"Wrote {escape(str(output))} ({count:,} pages); open {escape(str(output / 'index.html'))}.")


def _standing(store: Store, selection: Selection, layout: Layout | None) -> "Standing | None":
    """Return how the files stand against their record, where all of it is told to the one whose files they are."""
    if layout is None or selection.audience is not Visibility.PRIVATE or selection.runs is not None:
        return None
    from snakemake_heliport.explorer.questions.status import Standing

    return Standing(status_here(store, layout))


def _single(store: Store, selection: Selection) -> Selection:
    """Return a selection of the latest run, where none is named."""
    if selection.runs is not None or selection.things is not None:
        return selection
    rows = store.runs()
    return Selection([rows[-1].iri] if rows else [], selection.audience, selection.base, selection.layers)
