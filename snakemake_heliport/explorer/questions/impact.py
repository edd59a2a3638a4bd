"""All that depends on something, over all runs, however many steps away, each with the way that leads there."""

from collections.abc import Sequence

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import state_of
from snakemake_heliport.explorer.parts import Cell, Section, called, link, several, table
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.lineage import Hit, Impact, impact
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.wording import counted

MAX_ROWS, SHOWN = 1_000, 12
ASKED = frozenset(
    (Kind.FILE, Kind.DIRECTORY, Kind.DATASET, Kind.MODEL, Kind.JOB, Kind.TRAINING_RUN, Kind.SOURCE, Kind.CONFIG)
)


def impact_page(item: DigitalObject, context: Context, *, every_version: bool = False) -> str:
    """Return the page of what depends on an object.

    Args:
        every_version: All that was recorded at its path is asked about, and not this version alone.
    """
    versions = context.source.versions(item) if item.attributes.get("path") else []
    about = versions if every_version and versions else [item]
    found = impact(context.source.asked, about)
    groups = (
        ("Published", found.published),
        ("Models", found.models),
        ("Figures", found.figures),
        ("Files", found.files),
        ("Training runs", found.training_runs),
        ("Jobs", found.jobs),
    )
    sections = [_section(title, hits, found, context) for title, hits in groups if hits]
    if not sections:
        sections = [Section("Nothing", cells=[Cell("No recorded job used it, and nothing was made of it.")])]
    return render(
        "sections.html",
        context.site,
        title=f"What depends on {called(item)}",
        numbers={title.lower(): f"{len(hits):,}" for title, hits in groups if hits},
        sections=[_about(about, len(versions), context), *sections],
        live=False,
        here="",
    )


def _about(about: Sequence[DigitalObject], known: int, context: Context) -> Section:
    """Tell what is asked about, with a way to ask about all versions of a path where there are more."""
    cells = [link(thing, context.site, words.date_of(thing) if known > 1 else "") for thing in about]
    more = context.site.impact(about[0].iri, every_version=True)
    if known > len(about) and more:
        cells.append(Cell(f"Ask about all {counted(known, 'version')} of this path", more))
    return Section("Asked about", cells=cells)


def _section(title: str, hits: Sequence[Hit], found: Impact, context: Context) -> Section:
    rows = [
        (link(hit.thing, context.site), state_of(hit.thing), words.moment(hit.at), _way(hit, found, context))
        for hit in hits[:MAX_ROWS]
    ]
    lead = f"The newest {MAX_ROWS:,}." if len(hits) > MAX_ROWS else ""
    columns = ("", "State", "When", "By this way")
    return Section(title, lead, table=table(columns, rows), count=len(hits), shown=SHOWN)


def _way(hit: Hit, found: Impact, context: Context) -> Cell:
    """Return what lies between, in its order."""
    between = (found.trace.things[iri] for iri in hit.path[1:-1] if iri in found.trace.things)
    return several([Cell(called(thing), context.site.url(thing.iri)) for thing in between], " → ")
