"""What the page's script is told, as plain data: places of boxes, routes of arrows, and the things in the boxes."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.items import NONE, Items
from snakemake_heliport.explorer.graph.opening import opened, words_of
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.figure.figure import STATES, Box
from snakemake_heliport.export.figure.fitting import Fitted
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.looks import LOOKS
from snakemake_heliport.export.figure.text import clean

Told: TypeAlias = dict[str, Any]
# So many things are in a page from disk with the links between them; a server is asked for more than a few.
MOST_FROM_DISK, MOST_SERVED = 30_000, 3_000
# So many things of a box are listed by name beside the graph; the others are found by it.
LISTED = 100
LABELS = {"rule": "By rule", "job": "By job", "both": "Two runs"}
GOOD = frozenset((NONE, STATES.index("finished"), STATES.index("up-to-date")))


def is_whole(graph: Graph, site: Site) -> bool:
    """Return whether all things of a graph are in its page."""
    return len(graph.items.names) <= (MOST_SERVED if site.served else MOST_FROM_DISK)


def page_data(graphs: Sequence[Graph], site: Site, parts: str, version: str) -> Told:
    """Return all that a page holds.

    Args:
        parts: The address that more can be asked of, empty for a page from disk.
        version: What tells these graphs from later ones of the same run; empty for a sketch.
    """
    return {"parts": parts, "version": version, "graphs": [_graph(graph, site, version) for graph in graphs]}


def _graph(graph: Graph, site: Site, version: str) -> Told:
    told: Told = {
        "name": graph.name,
        "size": list(map(_short, graph.places.size)),
        "order": reading_order(graph),
        "boxes": [_box(graph, place, box) for place, box in enumerate(graph.boxes)],
        "arrows": [
            {"tail": arrow.tail, "head": arrow.head, "route": [list(map(_short, point)) for point in route]}
            for arrow, route in zip(graph.figure.arrows, graph.places.routes, strict=True)
        ],
    }
    if version and is_whole(graph, site):
        return told | _whole(graph, site, told["boxes"])
    return told if site.served else told | _boxes_as_things(graph, told["boxes"])


def _whole(graph: Graph, site: Site, boxes: list[Told]) -> Told:
    for place, box in enumerate(boxes):
        if box["count"] > 1:
            box["part"] = part(graph, place)
    return {"things": _things(graph.items, site), "links": [graph.items.tails, graph.items.heads]}


def _boxes_as_things(graph: Graph, boxes: list[Told]) -> Told:
    """Return boxes as if each were one thing: where there is no room for the things, and nobody to ask for them."""
    for place, box in enumerate(boxes):
        box |= {"first": place, "count": 1}
    names, words = ([box[name] for box in boxes] for name in ("title", "words"))
    ends = [[arrow.tail for arrow in graph.figure.arrows], [arrow.head for arrow in graph.figure.arrows]]
    return {"things": {"names": names, "words": words, "pages": [""] * len(boxes)}, "links": ends}


def reading_order(graph: Graph) -> list[int]:
    """Return boxes from what is above to what is below, or from left to right: as arrows leave their boxes."""
    across = any(route[0][1] == route[1][1] for route in graph.places.routes)
    centres = [centre if across else centre[::-1] for centre in graph.places.centres]
    return sorted(range(len(graph.boxes)), key=lambda place: centres[place])


def _box(graph: Graph, place: int, box: Fitted) -> Told:
    shape, things = box.box.shape, graph.items.of_box(place)
    return {
        "place": place,
        "first": things.start,
        "count": len(things),
        "title": clean(box.box.title),
        "words": " · ".join(map(clean, (kind_words(box.box, graph), *box.box.lines))),
        "kind": shape.value,
        "raw": shape is Shape.DATA and all(arrow.head != place for arrow in graph.figure.arrows),
        "at": list(map(_short, (*graph.places.centres[place], *box.size))),
        "counts": graph.counts[place],
    }


def kind_words(box: Box, graph: Graph) -> str:
    """Return what a box stands for."""
    if box.shape is Shape.JOB:
        return "job" if graph.name == "job" else "rule"
    words = LOOKS[box.shape].words
    return words.removesuffix("s") if box.count == 1 else words


def _things(items: Items, site: Site) -> Told:
    told = {
        "names": items.names,
        "words": [words_of(items, place) for place in range(len(items.names))],
        "pages": [site.url(iri) for iri in items.iris],
    }
    return told | ({"others": [_other(items, place, site) for place in range(len(items.names))]} if items.marks else {})


def thing(graph: Graph, place: int, site: Site) -> Told:
    """Return what is said of one thing."""
    items = graph.items
    told = {"name": items.names[place], "words": words_of(items, place), "page": site.url(items.iris[place])}
    return told | {"other": _other(items, place, site)}


def _other(items: Items, place: int, site: Site) -> str:
    """Return the page of the counterpart of a thing in the other run, empty where it is the same or has none."""
    other = items.marks[place].other if items.marks else ""
    return site.url(other) if other and other != items.iris[place] else ""


def part(graph: Graph, box: int) -> Told:
    """Return what an open box looks like, and the first things in it by name."""
    return frame(graph, box) | {"listed": listed(graph, box)}


def frame(graph: Graph, box: int) -> Told:
    """Return what an open box looks like."""
    drawn = opened(graph, box)
    return {"frame": drawn.svg, "size": list(map(_short, drawn.size)), "columns": drawn.columns}


def listed(graph: Graph, box: int) -> list[tuple[int, str, str]]:
    """Return the first things in a box by place, name, and what is said of them."""
    items = graph.items
    return [(place, items.names[place], words_of(items, place)) for place in listed_first(items, box)]


def listed_first(items: Items, box: int) -> list[int]:
    """Return the things of a box that are listed by name: those that need attention, then the first ones."""
    return sorted(items.of_box(box), key=lambda place: (_is_plain(items, place), place))[:LISTED]


def _is_plain(items: Items, place: int) -> bool:
    return items.states[place] in GOOD and items.mark(place) <= 0


def _short(value: float) -> float:
    return round(value, 1)
