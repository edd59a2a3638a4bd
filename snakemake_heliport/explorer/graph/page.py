"""The graph page of a run: what can be seen without a script is in it, and what the script needs to open and light."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from snakemake_heliport.explorer.graph.comparing import MARKS
from snakemake_heliport.explorer.graph.drawing import drawing, legend_drawing
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.shelf import Drawn, begin, drawn, is_there
from snakemake_heliport.explorer.graph.sketch import sketch
from snakemake_heliport.explorer.graph.telling import LABELS, page_data
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.figure.figure import STATES, Box
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.looks import LOOKS, MARGIN
from snakemake_heliport.export.figure.svg import number
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import AUDIENCE, Store

AT = " at "


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as the template is given it."""

    name: str
    label: str
    summary: str
    frame: str
    svg: Markup
    legend: Markup


@dataclass(frozen=True, slots=True)
class Entry:
    """A box in the list that says the same as the picture, with its neighbours: their numbers and titles."""

    place: int
    box: Box
    origins: tuple[tuple[int, str], ...]
    results: tuple[tuple[int, str], ...]


def graph_page(
    store: Store,
    run: str,
    site: Site,
    *,
    other: str | None = None,
    audience: Visibility = Visibility.PRIVATE,
) -> str:
    """Return the graph page of a run.

    Args:
        run: The IRI of the run.
        other: The IRI of a run to compare it with. A page from disk cannot be asked for another one, so it is compared
            with the one before, unless it is told otherwise.

    Raises:
        NotFound: There is no such run for this audience.
        SecretFound: Something that is to be told looks like a secret.
    """
    labels, asked = _labels(store, audience), other is not None
    if other is None and not site.served:
        other = _before(labels, run)
    made = _sketched(store, run, other, audience) if site.served else None
    made = made or drawn(store, run, other, audience)
    # What was asked for comes first.
    graphs = sorted(made.graphs, key=lambda graph: graph.name != "both") if asked else made.graphs
    data = page_data(graphs, site, site.parts(run, other or ""), made.version)
    return render(
        "graph.html",
        site,
        here="graph",
        graph_of=run,
        title=graphs[0].figure.title,
        caption=graphs[0].figure.caption
        if not asked
        else f"{labels.get(run, run)} beside {labels.get(other or '', '')}",
        beside=labels.get(other or "", ""),
        run_page=site.url(run),
        drawings=[_drawing(graph) for graph in graphs],
        entries=_entries(graphs[0]),
        kinds=[(shape.value, _kind(shape)) for shape in Shape],
        states=STATES,
        marks=MARKS,
        compared=other is not None,
        others=_others(labels, run, other, site),
        data=data,
    )


def _sketched(store: Store, run: str, other: str | None, audience: Visibility) -> Drawn | None:
    """Return a sketch of a large run that is not drawn yet, and begin to draw it.

    Only the owner of the store gets one: what others may see is known when all is read.
    """
    thing = store.get(run) if audience is Visibility.PRIVATE else None
    if thing is None or is_there(store, run, other, audience):
        return None
    first = sketch(store, thing)
    if first is None:
        return None
    begin(store, run, other, audience)
    return Drawn((first,), version="")


def _kind(shape: Shape) -> str:
    return "jobs" if shape is Shape.JOB else LOOKS[shape].words


def _caption(graph: Graph, labels: Mapping[str, str], other: str | None) -> str:
    """Return which run is told of, and what beside it."""
    if other is not None:
        return f"{labels.get(graph.runs[0], '')} beside {labels.get(other, '')}"
    if len(graph.runs) == 1:
        return graph.figure.caption
    return f"{graph.run_labels[0]}, with what it relied on"


def _drawing(graph: Graph) -> Drawing:
    wide, high = graph.places.size
    frame = (-MARGIN, -MARGIN, wide + 2 * MARGIN, high + 2 * MARGIN)
    # Every text in both was escaped when it was written.
    return Drawing(
        graph.name,
        LABELS[graph.name],
        graph.figure.summary,
        " ".join(map(number, frame)),
        Markup(drawing(graph)),
        Markup(legend_drawing(graph)),
    )


def _entries(graph: Graph) -> list[Entry]:
    """Return the boxes as they are read: from what is above to what is below, or from left to right."""
    boxes, wide, high = graph.figure.boxes, *graph.places.size
    sides: dict[str, dict[int, list[tuple[int, str]]]] = {"from": {}, "to": {}}
    for arrow in graph.figure.arrows:
        sides["from"].setdefault(arrow.head, []).append((arrow.tail, boxes[arrow.tail].title))
        sides["to"].setdefault(arrow.tail, []).append((arrow.head, boxes[arrow.head].title))
    across = 0 if wide > high else 1
    places = sorted(range(len(boxes)), key=lambda place: (graph.places.centres[place][across], place))
    return [
        Entry(place, boxes[place], tuple(sides["from"].get(place, ())), tuple(sides["to"].get(place, ())))
        for place in places
    ]


def _labels(store: Store, audience: Visibility) -> dict[str, str]:
    """Return what the runs are called that an audience may see, the latest last."""
    order = list(store.stamps())
    runs = store.objects(order)
    return {iri: runs[iri].label for iri in order if iri in runs and runs[iri].visibility in AUDIENCE[audience]}


def _before(labels: Mapping[str, str], run: str) -> str | None:
    """Return the run before a run of the same workflow: what both are called before the time."""
    name = labels.get(run, "").rpartition(AT)[0]
    earlier = list(labels)[: list(labels).index(run)] if run in labels else []
    return next((iri for iri in reversed(earlier) if labels[iri].rpartition(AT)[0] == name), None)


def _others(labels: Mapping[str, str], run: str, other: str | None, site: Site) -> list[tuple[str, str, bool]]:
    """Return the runs that a run can be compared with: what they are called, where, and whether it is this one."""
    if not site.served or len(labels) < 2:
        return []
    runs = [iri for iri in reversed(list(labels)) if iri != run]
    return [
        ("no other run", site.graph(run), other is None),
        *((labels[iri], site.compared(run, iri), iri == other) for iri in runs),
    ]
