"""Boxes and arrows of a graph as SVG.

Each box is drawn around its own middle: the page's script moves it aside where another one is opened. The heads of
arrows are markers, so that they follow where an arrow is led.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from snakemake_heliport.explorer.graph.comparing import CHANGED, HERE, SIGNS, THERE
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.inks import element
from snakemake_heliport.explorer.graph.telling import reading_order
from snakemake_heliport.export.figure.legend import legend
from snakemake_heliport.export.figure.looks import DASHES, GREY, INK, PAPER
from snakemake_heliport.export.figure.scene import Item, Style, Words, curve, polygon
from snakemake_heliport.export.figure.shapes import arrow_part, box_part
from snakemake_heliport.export.figure.svg import number
from snakemake_heliport.export.figure.text import clean

LEGEND_WIDE = 235.0
BADGE, HANDLE = 9.0, 14.0
# Heads grow with their lines. The tip lies a little below the side of a box, so that no line shows beside it.
HEAD = 'markerWidth="6" markerHeight="6" refX="5.2" refY="3" orient="auto"'


def drawing(graph: Graph, *, opens: bool) -> str:
    """Return arrows and boxes of a graph as SVG, without the element around them.

    Args:
        opens: Whether boxes of several things can be opened.
    """
    lines = [f'<defs><marker id="{graph.name}-head" {HEAD}><path class="tip" d="M0,0.2L6,3L0,5.8Z"/></marker></defs>']
    lines += _arrows(graph)
    # Tab goes from box to box as they are read.
    lines += [_box(graph, place, opens=opens and graph.boxes[place].box.count > 1) for place in reading_order(graph)]
    return "\n".join(lines)


def legend_drawing(graph: Graph) -> str:
    """Return a legend of what occurs in a graph, as a whole SVG element."""
    part, high = legend(graph.figure, 1.0, 0.0, LEGEND_WIDE)
    items = "".join(map(element, part.items[1:]))
    box = f'viewBox="0 6 {number(LEGEND_WIDE + 2)} {number(high)}" width="{number(LEGEND_WIDE + 2)}"'
    return f'<svg class="drawn" {box} height="{number(high)}" aria-hidden="true" focusable="false">{items}</svg>'


def _arrows(graph: Graph) -> Iterator[str]:
    names = [box.name for box in graph.figure.boxes]
    for place, (arrow, route) in enumerate(zip(graph.figure.arrows, graph.places.routes, strict=True)):
        part = arrow_part(place, arrow, (names[arrow.tail], names[arrow.head]), route, dim=False)
        line = element(
            curve(route, Style(None, GREY, 1.1, DASHES[arrow.tie])), f' marker-end="url(#{graph.name}-head)"'
        )
        # The line and the head are ours; what follows is the label.
        label = "".join(map(element, part.items[2:]))
        yield (
            f'<g class="arrow {arrow.tie.value}" data-arrow="{place}" aria-hidden="true">'
            f"{line}{f'<g class=label>{label}</g>' if label else ''}</g>"
        )


def _box(graph: Graph, place: int, *, opens: bool) -> str:
    box, centre = graph.boxes[place], graph.places.centres[place]
    part = box_part(box, (0.0, 0.0), dim=False)
    wide, high = box.size
    marks = graph.marks(place) & {CHANGED, HERE, THERE}
    badge = [*_mark_badge(-wide / 2, -high / 2, max(marks) if len(marks) == 1 else CHANGED)] if marks else []
    items, left = "".join(map(element, (*part.items, *badge))), -wide / 2 + (BADGE + 3 if badge else 0)
    title = clean(part.title)
    # What is drawn is broken and shortened to fit; the title says it in full, and is the name for screen readers.
    return (
        f'<g class="{" ".join(part.classes)}" data-box="{place}" '
        f'transform="translate({number(centre[0])},{number(centre[1])})">'
        f'<a class="head" href="#box-{place}"><title>{escape(title)}</title>'
        f'<g aria-hidden="true">{_halo(wide, high)}{items}'
        f'<text class="tag" x="{number(left)}" y="{number(-high / 2 - 8)}"></text></g></a>'
        f"{_handle(wide / 2, high / 2, clean(box.box.title)) if opens else ''}</g>"
    )


def _halo(wide: float, high: float) -> str:
    """Return what surrounds a box that is on a path; a stylesheet shows it."""
    corner = f'x="{number(-wide / 2 - 4)}" y="{number(-high / 2 - 4)}"'
    return f'<rect class="halo" {corner} width="{number(wide + 8)}" height="{number(high + 8)}" rx="6"/>'


def _handle(right: float, bottom: float, title: str) -> str:
    """Return what opens a box, at its lower right corner; a stylesheet shows the upright stroke where it is closed."""
    x, y, half = right - 2, bottom - 2, HANDLE / 2
    corner = f'x="{number(x - half)}" y="{number(y - half)}" width="{number(HANDLE)}" height="{number(HANDLE)}"'
    name = quoteattr(f"Open {title}")
    return (
        f'<g class="handle" data-tool="" role="button" tabindex="0" aria-expanded="false" aria-label={name}>'
        f'<rect {corner} rx="4"/><path d="M{number(x - 4)},{number(y)}h8"/>'
        f'<path class="closed" d="M{number(x)},{number(y - 4)}v8"/></g>'
    )


def _mark_badge(x: float, y: float, mark: int) -> Iterator[Item]:
    """Yield the sign of a difference between two runs, in a diamond, which stands for nothing else."""
    tips = ((x, y - BADGE), (x + BADGE, y), (x, y + BADGE), (x - BADGE, y))
    yield polygon(tips, Style(PAPER, INK, 1.4))
    yield Words(x, y + 3.6, SIGNS[mark], 11.0, INK, bold=True, centred=True)
