"""A graph as it is looked at: a figure with its places, and the things in its boxes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from snakemake_heliport.explorer.graph.comparing import box_lines
from snakemake_heliport.explorer.graph.items import Count, Items, Mark, items_of
from snakemake_heliport.explorer.graph.starting import starting_points
from snakemake_heliport.export.figure.collapse import ACTIVE, Collapsed, without_data
from snakemake_heliport.export.figure.drawing import place
from snakemake_heliport.export.figure.figure import Figure
from snakemake_heliport.export.figure.fitting import Fitted, fitted
from snakemake_heliport.export.figure.flow import Flow, Shape
from snakemake_heliport.export.figure.layout import Placed
from snakemake_heliport.export.figure.options import By
from snakemake_heliport.model import Kind

Name: TypeAlias = Literal["rule", "job", "both"]
# With more boxes a graph by rule shows files as numbers at the arrows, and one by job is not made.
MOST_BY_RULE, MOST_BY_JOB = 400, 240


@dataclass(frozen=True, slots=True)
class Graph:
    """One of the graphs of a page.

    Attributes:
        name: What boxes stand for: a rule, a job, or a rule of both of two runs.
        run_labels: What the runs are called that jobs belong to, the run of the page first.
        counts: For each box, how many things in it have which state, run and mark.
        starts: Things from which to begin to look, by their places, with what makes them worth it.
        rules: The IRI of the rule that each box stands for, where nothing but rules is known.
    """

    name: Name
    figure: Figure
    boxes: tuple[Fitted, ...]
    places: Placed
    items: Items
    run_labels: tuple[str, ...]
    counts: tuple[tuple[Count, ...], ...]
    starts: tuple[tuple[int, str], ...] = ()
    rules: tuple[str, ...] = ()

    def marks(self, box: int) -> set[int]:
        """Return the marks of the things in a box."""
        return {mark for _, _, mark, _ in self.counts[box]}


def graph_of(flow: Flow, by: By, run: str, marks: Mapping[str, Mark] | None = None) -> Graph | None:
    """Return the graph of a flow, None where one by job would be too large to be read.

    Args:
        run: The IRI of the run that the page tells of.
        marks: How things differ between two runs, by IRI.
    """
    if by == "job" and sum(shape in ACTIVE for shape in flow.shapes.values()) > MOST_BY_JOB:
        return None
    collapsed = Collapsed(flow, None, by)
    groups = collapsed.groups
    if by == "job" and len(groups) > MOST_BY_JOB:
        return None
    figure = collapsed.figure()
    if len(groups) > MOST_BY_RULE:
        groups = [group for group, box in zip(groups, figure.boxes, strict=True) if box.shape is not Shape.DATA]
        figure = without_data(figure)
    homes = sorted(flow.view.of_kind(Kind.RUN), key=lambda home: (home.iri != run, home.iri))
    items = items_of(flow, groups, [home.iri for home in homes], marks or {})
    if marks:
        boxes = (replace(box, lines=(*box.lines, *box_lines(items, n))) for n, box in enumerate(figure.boxes))
        figure = replace(figure, boxes=tuple(boxes))
    labels = tuple(home.label for home in homes)
    graph = graph_from("both" if marks else by, figure, items, labels)
    return replace(graph, starts=tuple(starting_points(flow, items)))


def graph_from(
    name: Name,
    figure: Figure,
    items: Items,
    labels: tuple[str, ...],
    *,
    rules: tuple[str, ...] = (),
) -> Graph:
    """Return a figure with its places and the things in its boxes.

    Args:
        labels: What the runs are called that things belong to.
        rules: The IRI of the rule that each box stands for, where nothing but rules is known.
    """
    boxes = tuple(map(fitted, figure.boxes))
    arrows = [(arrow.tail, arrow.head) for arrow in figure.arrows]
    # Our own layout gives the same picture on every machine, and figures the same with `--engine own`.
    places = place([box.size for box in boxes], arrows, "own")
    counts = tuple(map(items.counts, range(len(boxes))))
    return Graph(name, figure, boxes, places, items, labels, counts, rules=rules)
