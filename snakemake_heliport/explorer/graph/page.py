"""The graph page of a run: what can be seen without a script is in it, and what the script needs to open and light."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from snakemake_heliport.explorer.graph.comparing import MARKS
from snakemake_heliport.explorer.graph.drawing import drawing, legend_drawing
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.shelf import Drawn, begin, drawn, is_there
from snakemake_heliport.explorer.graph.sketch import prepare, sketch
from snakemake_heliport.explorer.graph.telling import (
    LABELS,
    is_whole,
    kind_words,
    listed_first,
    page_data,
    reading_order,
)
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.figure.describing import several
from snakemake_heliport.export.figure.figure import STATES, Box
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.looks import LINE_SIZE, LOOKS, MARGIN
from snakemake_heliport.export.figure.svg import number
from snakemake_heliport.model import Visibility
from snakemake_heliport.records import State
from snakemake_heliport.store import AUDIENCE, Store

AT = " at "
# So many runs are offered to be compared with, the latest first.
OTHERS = 50
# So many things of a box are in the list below the picture.
IN_LIST = 20
# The script begins with no less, so that nothing jumps; without one, a picture that is too wide is made smaller.
SCALE = 11 / LINE_SIZE


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as the template is given it."""

    name: str
    label: str
    summary: str
    frame: str
    size: tuple[str, str]
    svg: Markup
    legend: Markup


@dataclass(frozen=True, slots=True)
class Entry:
    """A box in the list that says the same as the picture.

    Attributes:
        page: The page of what it stands for, empty where it stands for several things.
        things: The first things in it with their pages, where there are several.
        more: How many others there are.
        origins: The boxes that it came from: their numbers and titles.
        results: Those that came of it.
    """

    place: int
    box: Box
    kind: str
    page: str
    things: tuple[tuple[str, str], ...]
    more: int
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
        title=labels.get(run, graphs[0].figure.title),
        run=run,
        nothing=_nothing(store, run, made, audience),
        caption=f"beside {labels.get(other or '', '')}" if asked else _caption(store, run, graphs[0]),
        beside=labels.get(other or "", ""),
        reasons="" if other is None else site.diff(other, run),
        run_page=site.url(run),
        drawings=[_drawing(graph, opens=site.served or is_whole(graph, site)) for graph in graphs],
        entries=_entries(graphs[0], site),
        starts=_starts(graphs[0]),
        small=bool(made.version) and not site.served and not all(is_whole(graph, site) for graph in made.graphs),
        kinds=[(shape.value, _kind(shape)) for shape in Shape],
        states=STATES,
        marks=MARKS,
        compared=other is not None,
        runs=graphs[0].run_labels if graphs[0].name != "both" else made.graphs[0].run_labels,
        others=_others(labels, run, other, site),
        data=data,
    )


def _sketched(store: Store, run: str, other: str | None, audience: Visibility) -> Drawn | None:
    """Return a sketch of a large run that is not drawn yet, and begin to draw it."""
    thing = store.get(run)
    if thing is None or thing.visibility not in AUDIENCE[audience] or is_there(store, run, other, audience):
        return None
    first = sketch(store, thing, audience)
    if first is None:
        return None
    begin(store, run, other, audience, partial(prepare, store, run, audience))
    return Drawn((first,), version="")


def _caption(store: Store, run: str, graph: Graph) -> str:
    """Return how a run ended, and whether others are in the picture."""
    thing, others = store.get(run), len(graph.run_labels) - 1
    if thing is None or others < 1:
        return graph.figure.caption
    return f"{thing.attributes.get('status', 'recorded')}, with what it relied on from {several(others, 'other run')}"


def _nothing(store: Store, run: str, made: Drawn, audience: Visibility) -> str:
    """Return why there is nothing to be seen, empty where there is something, or it is not known yet."""
    if not made.version or any(graph.boxes for graph in made.graphs):
        return ""
    thing = store.get(run)
    attributes = {} if thing is None else thing.attributes
    if audience is not Visibility.PRIVATE:
        return "There is nothing of this run that may be shown."
    if attributes.get("error"):
        return f"The run ended before any job: {attributes['error']}"
    match attributes.get("status"):
        case State.FINISHED.value:
            return "The run had no job to do."
        case State.FAILED.value | State.INTERRUPTED.value:
            return "The run ended before any job."
    return "No job has begun yet."


def _kind(shape: Shape) -> str:
    return "jobs" if shape is Shape.JOB else LOOKS[shape].words


def _starts(graph: Graph) -> list[tuple[str, str, str]]:
    """Return where to begin: an address in the graph, a name, and what makes it worth it."""
    names = graph.items.names
    return [(f"#{graph.name}.{place}", names[place], why) for place, why in graph.starts]


def _drawing(graph: Graph, *, opens: bool) -> Drawing:
    wide, high = graph.places.size
    frame = (-MARGIN, -MARGIN, wide + 2 * MARGIN, high + 2 * MARGIN)
    # Every text in both was escaped when it was written.
    return Drawing(
        graph.name,
        LABELS[graph.name],
        graph.figure.summary,
        " ".join(map(number, frame)),
        (number(frame[2] * SCALE), number(frame[3] * SCALE)),
        Markup(drawing(graph, opens=opens)),
        Markup(legend_drawing(graph)),
    )


def _entries(graph: Graph, site: Site) -> list[Entry]:
    """Return the boxes as they are read: from what is above to what is below, or from left to right."""
    boxes = graph.figure.boxes
    sides: dict[str, dict[int, list[tuple[int, str]]]] = {"from": {}, "to": {}}
    for arrow in graph.figure.arrows:
        sides["from"].setdefault(arrow.head, []).append((arrow.tail, boxes[arrow.tail].title))
        sides["to"].setdefault(arrow.tail, []).append((arrow.head, boxes[arrow.head].title))
    return [
        Entry(
            place,
            boxes[place],
            kind_words(boxes[place], graph),
            *_pages(graph, place, site),
            tuple(sides["from"].get(place, ())),
            tuple(sides["to"].get(place, ())),
        )
        for place in reading_order(graph)
    ]


def _pages(graph: Graph, box: int, site: Site) -> tuple[str, tuple[tuple[str, str], ...], int]:
    """Return the page of a box, or those of the first things in it, and how many others there are."""
    items, things = graph.items, graph.items.of_box(box)
    if graph.rules:
        return site.url(graph.rules[box]), (), 0
    if len(things) == 1:
        return site.url(items.iris[things[0]]), (), 0
    first = listed_first(items, box)[:IN_LIST]
    return "", tuple((items.names[place], site.url(items.iris[place])) for place in first), len(things) - len(first)


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
    if not site.served:
        return []
    runs = [iri for iri in reversed(list(labels)) if iri != run][:OTHERS]
    none = [("no other run", site.graph(run), False)] if other is not None else []
    return [*none, *((labels[iri], site.compared(run, iri), iri == other) for iri in runs)]
