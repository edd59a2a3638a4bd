"""Boxes and arrows as SVG that follows the stylesheet: colours are names, so that light and dark share one drawing.

Each box is drawn around its own middle: the page's script moves it aside where another one is opened.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from snakemake_heliport.explorer.graph.comparing import CHANGED, HERE, SIGNS, THERE
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.export.figure.figure import FAILED, FINISHED, INTERRUPTED, UP_TO_DATE
from snakemake_heliport.export.figure.fitting import Fitted
from snakemake_heliport.export.figure.legend import legend
from snakemake_heliport.export.figure.looks import FAINT, GREY, INK, LOOKS, PAPER, STATE_COLOURS
from snakemake_heliport.export.figure.scene import Item, Outline, Part, Style, Words, polygon
from snakemake_heliport.export.figure.shapes import arrow_part, box_part
from snakemake_heliport.export.figure.svg import number, outline_data
from snakemake_heliport.export.figure.text import clean

COLOURS = {
    **{look.fill: shape.value for shape, look in LOOKS.items()},
    **{look.line: f"{shape.value}-line" for shape, look in LOOKS.items()},
    **{STATE_COLOURS[state]: state for state in (FINISHED, UP_TO_DATE, INTERRUPTED, FAILED)},
    INK: "ink",
    GREY: "grey",
    FAINT: "faint",
    PAPER: "paper",
}
LEGEND_WIDE = 320.0
BADGE = 9.0


def drawing(graph: Graph) -> str:
    """Return arrows and boxes of a graph as SVG, without the element around them."""
    lines = [*_arrows(graph)]
    for place, (box, centre) in enumerate(zip(graph.boxes, graph.places.centres, strict=True)):
        lines += _box(graph, place, box, centre)
    return "\n".join(lines)


def legend_drawing(graph: Graph) -> str:
    """Return a legend of what occurs in a graph, as a whole SVG element."""
    part, high = legend(graph.figure, 1.0, 0.0, LEGEND_WIDE)
    items = "".join(map(_item, part.items[1:]))
    box = f'viewBox="0 6 {number(LEGEND_WIDE + 2)} {number(high)}" width="{number(LEGEND_WIDE + 2)}"'
    return f'<svg class="drawn" {box} height="{number(high)}" aria-hidden="true" focusable="false">{items}</svg>'


def _arrows(graph: Graph) -> Iterator[str]:
    names = [box.name for box in graph.figure.boxes]
    for place, (arrow, route) in enumerate(zip(graph.figure.arrows, graph.places.routes, strict=True)):
        part = arrow_part(place, arrow, (names[arrow.tail], names[arrow.head]), route, dim=False)
        yield _group(part, f'class="arrow {arrow.tie.value}" data-arrow="{place}" aria-hidden="true"')


def _box(graph: Graph, place: int, box: Fitted, centre: tuple[float, float]) -> Iterator[str]:
    part = box_part(box, (0.0, 0.0), dim=False)
    wide, high = box.size
    marks = graph.marks(place) & {CHANGED, HERE, THERE}
    badge = _mark_badge(-wide / 2 + 3, -high / 2 + 3, max(marks) if len(marks) == 1 else CHANGED) if marks else ()
    head = (
        f'class="{" ".join(part.classes)}" data-box="{place}" role="button" tabindex="-1" aria-expanded="false" '
        f'transform="translate({number(centre[0])},{number(centre[1])})"'
    )
    yield _group(Part(part.name, part.classes, part.title, (*part.items, *badge)), head)


def _mark_badge(x: float, y: float, mark: int) -> Iterator[Item]:
    """Yield the sign of a difference between two runs, in a diamond, which stands for nothing else."""
    tips = ((x, y - BADGE), (x + BADGE, y), (x, y + BADGE), (x - BADGE, y))
    yield polygon(tips, Style(PAPER, INK, 1.4))
    yield Words(x, y + 3.6, SIGNS[mark], 11.0, INK, bold=True, centred=True)


def _group(part: Part, attributes: str) -> str:
    items = "".join(map(_item, part.items))
    # What is drawn is broken and shortened to fit; the title says it in full, and is the name for screen readers.
    return f'<g {attributes}><title>{escape(clean(part.title))}</title><g aria-hidden="true">{items}</g></g>'


def _item(item: Item) -> str:
    if isinstance(item, Words):
        # Sizes are classes, too: the stylesheet would win against an attribute.
        size = f"s{number(item.size).replace('.', '-')}"
        classes = " ".join(filter(None, (f"f-{_colour(item.colour)}", size, "b" * item.bold, "m" * item.centred)))
        place = f'x="{number(item.x)}" y="{number(item.y)}"'
        return f'<text class="{classes}" {place}>{escape(clean(item.text))}</text>'
    return _outline(item)


def _outline(outline: Outline) -> str:
    style = outline.style
    classes = [f"f-{_colour(style.fill) if style.fill else 'none'}"]
    classes += [f"l-{_colour(style.line)}"] if style.line else []
    dashes = f' stroke-dasharray="{" ".join(map(number, style.dashes))}"' if style.dashes else ""
    line = f' stroke-width="{number(style.width)}"{dashes}' if style.line else ""
    return f'<path class="{" ".join(classes)}" d="{outline_data(outline)}"{line}/>'


def _colour(colour: str) -> str:
    return COLOURS[colour]
