"""All that depends on an object, over all runs, however many steps away, each with the way that leads there."""

from collections.abc import Sequence

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import state_of
from snakemake_heliport.explorer.parts import Cell, Section, called, link, table
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.lineage import Hit, Impact, impact
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store

MAX_ROWS, SHOWN = 1_000, 12
ASKED = (Kind.FILE, Kind.DIRECTORY, Kind.DATASET, Kind.MODEL, Kind.JOB, Kind.TRAINING_RUN, Kind.SOURCE, Kind.CONFIG)


def impact_page(store: Store, item: DigitalObject, context: Context) -> str:
    """Return the page of what depends on an object."""
    found = impact(store, [item])
    groups = (
        ("Models", found.models),
        ("Figures", found.figures),
        ("Files", found.files),
        ("Training runs", found.training_runs),
        ("Jobs", found.jobs),
        ("Published", found.published),
    )
    sections = [_section(title, hits, found, context) for title, hits in groups if hits]
    if not sections:
        sections = [Section("Nothing", cells=[Cell("No recorded job used it, and nothing was made of it.")])]
    about = [Section("Asked about", cells=[link(item, context.site)]), *sections]
    return render(
        "dashboard.html",
        context.site,
        title=f"What depends on {called(item)}",
        numbers={title.lower(): f"{len(hits):,}" for title, hits in groups if hits},
        sections=about,
        live=False,
        graph_of="",
        here="",
    )


def _section(title: str, hits: Sequence[Hit], found: Impact, context: Context) -> Section:
    rows = [
        (link(hit.thing, context.site), state_of(hit.thing), words.moment(hit.at), _way(hit, found))
        for hit in hits[:MAX_ROWS]
    ]
    lead = f"The newest {MAX_ROWS:,}." if len(hits) > MAX_ROWS else ""
    columns = ("", "State", "When", "By this way")
    return Section(title, lead, table=table(columns, rows), count=len(hits), shown=SHOWN)


def _way(hit: Hit, found: Impact) -> str:
    """Return what lies between, as a line of text."""
    between = (found.trace.things[iri] for iri in hit.path[1:-1] if iri in found.trace.things)
    return " → ".join(map(called, between))
