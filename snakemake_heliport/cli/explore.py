"""`explore`: landing pages, the dashboard and the graph in a browser."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from snakemake_heliport.cli.common import StoreOption, err, found_layout, opened, store_place
from snakemake_heliport.cli.status import status_here
from snakemake_heliport.identity import run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

if TYPE_CHECKING:
    from snakemake_heliport.explorer.serving.refreshing import Refresher


def explore(
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="The port; a free one if none.")] = None,
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; beyond this machine, a token is asked for.")
    ] = "127.0.0.1",
    token: Annotated[
        bool, typer.Option("--token", help="Ask for a token on this machine, too: others may have an account on it.")
    ] = False,
    visibility: Annotated[
        Visibility, typer.Option("--visibility", help="Show only what may be seen by these.")
    ] = Visibility.PRIVATE,
    store: StoreOption = None,
) -> None:
    """Look at what was recorded in a browser; a run that goes on is shown as it goes. Ctrl-C ends it."""
    from snakemake_heliport.explorer.serving import Place, serve

    layout = found_layout(store)
    with opened(store) as target:
        refresher = _refresher(target, layout, store_place(store, layout), visibility)
        try:
            serve(target, refresher, Place(host, port, token), _announce)
        except KeyboardInterrupt:
            err.print("Stopped.")


def _announce(address: str) -> None:
    # Printed as it is: a line that is broken is no address.
    print(f"Explore at {address}", flush=True)
    err.print("[dim]Ctrl-C stops the server. Nothing can be changed through it.[/]")


def _refresher(store: Store, layout: Layout | None, place: str, audience: Visibility) -> "Refresher":
    from snakemake_heliport.explorer.serving.refreshing import Refresher
    from snakemake_heliport.explorer.serving.sources import context_of

    def stamps() -> dict[str, str]:
        if layout is None:
            return {row.iri: f"{row.state} {row.journal_size}" for row in store.runs()}
        return {run_iri(path.stem): str(path.stat().st_size) for path in layout.journals.glob("*.jsonl")}

    def fold_in() -> None:
        from snakemake_heliport.assembly.fold import fold

        if layout is not None:
            fold(layout, place)

    workdir = None if layout is None else layout.workdir
    tables = None if layout is None else layout.tables
    status = None if layout is None or audience is not Visibility.PRIVATE else partial(status_here, store, layout)
    return Refresher(lambda: context_of(store, audience, workdir, tables, place), stamps, fold_in, status)
