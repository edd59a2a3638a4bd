"""What the page's script is told, as plain data: places of boxes, routes of arrows, and the things in the boxes."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from snakemake_heliport.explorer.graph.comparing import MARKS, SIGNS
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.export.figure.figure import STATES
from snakemake_heliport.export.figure.fitting import Fitted
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.looks import LOOKS
from snakemake_heliport.export.figure.text import clean

Told: TypeAlias = dict[str, Any]
# So many things are in a page from disk with the links between them; a server is asked for more than a few.
MOST_FROM_DISK, MOST_SERVED = 30_000, 3_000
# Of larger graphs on disk, only boxes with so few things can be opened.
SMALL_BOX = 400
TOO_MANY = "too many for a page from disk: `snakemake-heliport explore` opens it"
NOT_YET = "still being read …"
LABELS = {"rule": "By rule", "job": "By job", "both": "Two runs"}


def page_data(graphs: Sequence[Graph], site: Site, parts: str, version: str) -> Told:
    """Return all that a page holds.

    Args:
        parts: The address that more can be asked of, empty for a page from disk.
        version: What tells these graphs from later ones of the same run; empty for a sketch.
    """
    return {
        "parts": parts if version else "",
        "waiting": "" if version else parts,
        "version": version,
        "closed": TOO_MANY if version else NOT_YET,
        "states": STATES,
        "marks": MARKS,
        "signs": SIGNS,
        "kinds": {shape.value: LOOKS[shape].words if shape is not Shape.JOB else "jobs" for shape in Shape},
        "graphs": [_graph(graph, site, sketched=not version) for graph in graphs],
    }


def _graph(graph: Graph, site: Site, *, sketched: bool) -> Told:
    items = graph.items
    whole = not sketched and len(items.iris) <= (MOST_SERVED if site.served else MOST_FROM_DISK)
    inside = [
        box
        for box in range(len(graph.boxes))
        if whole or (not site.served and not sketched and len(items.of_box(box)) <= SMALL_BOX)
    ]
    return {
        "name": graph.name,
        "label": LABELS[graph.name],
        "size": [_short(value) for value in graph.places.size],
        "runs": graph.run_labels,
        "boxes": [_box(graph, place, box) for place, box in enumerate(graph.boxes)],
        "arrows": [
            {
                "tail": arrow.tail,
                "head": arrow.head,
                "tie": arrow.tie.value,
                "route": [_short(value) for point in route for value in point],
            }
            for arrow, route in zip(graph.figure.arrows, graph.places.routes, strict=True)
        ],
        "starts": items.starts,
        "parts": {str(box): part(graph, box, site) for box in inside},
        "links": [items.tails, items.heads] if whole else None,
    }


def _box(graph: Graph, place: int, box: Fitted) -> Told:
    return {
        "title": clean(box.box.title),
        "lines": [clean(line) for line in box.box.lines],
        "kind": box.box.shape.value,
        "at": [_short(value) for value in (*graph.places.centres[place], *box.size)],
        "counts": graph.counts[place],
    }


def part(graph: Graph, box: int, site: Site) -> Told:
    """Return the things in a box."""
    items, places = graph.items, graph.items.of_box(box)
    here = slice(places.start, places.stop)
    told: Told = {
        "names": items.names[here],
        "details": _column(items.details[here]),
        "states": _column(items.states[here]),
        "runs": _column(items.runs[here]),
        "urls": _addresses([site.url(iri) for iri in items.iris[here]]),
    }
    if items.marks:
        marks = items.marks[here]
        told["marks"] = _column([mark.place for mark in marks])
        told["whys"] = _column([mark.why for mark in marks])
        told["others"] = _addresses([site.url(mark.other) if mark.other else "" for mark in marks])
    return told


def _column(values: Sequence[Any]) -> Any:
    """Return a column, or the one value that all of it has."""
    return values[0] if values and len(set(values)) == 1 else values


def _addresses(urls: Sequence[str]) -> Told:
    """Return addresses as what they all begin with, and the rest of each; those that are none are empty."""
    some = next((url for url in urls if url), "")
    start = some[: max(map(some.rfind, "/=")) + 1]
    start = start if all(url.startswith(start) for url in urls if url) else ""
    return {"start": start, "rest": _column([url and url[len(start) :] for url in urls])}


def _short(value: float) -> float:
    return round(value, 1)
