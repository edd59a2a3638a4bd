"""From a figure to a scene: boxes are fitted, placed and drawn, with a title above and a legend below."""

from snakemake_heliport.export.figure.figure import Figure
from snakemake_heliport.export.figure.fitting import Fitted, fitted
from snakemake_heliport.export.figure.graphviz import installed, placed_by_dot
from snakemake_heliport.export.figure.layers import Pairs
from snakemake_heliport.export.figure.layout import Placed, Point, Size, placed
from snakemake_heliport.export.figure.legend import legend
from snakemake_heliport.export.figure.looks import CAPTION_SIZE, GREY, INK, MARGIN, PAGE, TITLE_SIZE
from snakemake_heliport.export.figure.options import Engine, FigureOptions
from snakemake_heliport.export.figure.scene import Part, Scene, Words
from snakemake_heliport.export.figure.shapes import arrow_part, box_part
from snakemake_heliport.export.figure.text import wrapped

HEADER, TITLE_LINE = 30.0, 19.0
NARROWEST = 420.0
# A figure that reads from left to right must be this much larger on the page to be preferred.
BETTER = 1.15


def scene_of(figure: Figure, options: FigureOptions) -> Scene:
    """Return the drawing of a figure."""
    boxes = [fitted(box) for box in figure.boxes]
    places = place([box.size for box in boxes], [(arrow.tail, arrow.head) for arrow in figure.arrows], options.engine)
    inner = max(NARROWEST, places.size[0])
    header, top = _header(figure, inner)
    shift = (MARGIN + (inner - places.size[0]) / 2, top)
    parts = [header, *_parts(figure, boxes, places, shift)]
    bottom = top + places.size[1] + MARGIN
    if options.legend and figure.boxes:
        explained, height = legend(figure, MARGIN, bottom, inner)
        parts.append(explained)
        bottom += height
    width, height = inner + 2 * MARGIN, bottom + MARGIN / 2
    return Scene(width, height, min(1.0, PAGE[0] / width), figure.title, figure.summary, tuple(parts))


def place(sizes: list[Size], arrows: Pairs, engine: Engine) -> Placed:
    """Place boxes from top to bottom, or from left to right where they are then larger on a page."""
    own, turned = placed(sizes, arrows), None
    if _fit(own.size) < 1.0:
        turned = placed(sizes, arrows, across=True)
    across = turned is not None and _fit(turned.size) > BETTER * _fit(own.size)
    best = turned if across and turned is not None else own
    if engine == "own" or (engine == "auto" and not installed()):
        return best
    return placed_by_dot(sizes, arrows, across=across) or best


def _fit(size: Size) -> float:
    """Return by how much a drawing must be made smaller to fit a page."""
    return min(1.0, *(have / max(1.0, need) for have, need in zip(PAGE, size, strict=True)))


def _header(figure: Figure, wide: float) -> tuple[Part, float]:
    """Return the title with its caption, and where the drawing begins."""
    rows = wrapped(figure.title, TITLE_SIZE, wide, 2, bold=True)
    words = [
        Words(MARGIN, MARGIN + 13 + TITLE_LINE * number, row, TITLE_SIZE, INK, bold=True)
        for number, row in enumerate(rows)
    ]
    y = MARGIN + 13 + TITLE_LINE * len(rows) - 3
    words += [
        Words(MARGIN, y + 13 * number, row, CAPTION_SIZE, GREY)
        for number, row in enumerate(wrapped(figure.caption, CAPTION_SIZE, wide, 2))
    ]
    return Part("title", ("title",), figure.title, tuple(words)), y + HEADER


def _parts(figure: Figure, boxes: list[Fitted], places: Placed, shift: Point) -> list[Part]:
    """Return boxes and arrows; what is on the path is drawn above what is not."""
    dx, dy = shift
    dim = figure.highlighted
    drawn: list[tuple[bool, Part]] = []
    for number, (arrow, route) in enumerate(zip(figure.arrows, places.routes, strict=True), 1):
        ends = (figure.boxes[arrow.tail].name, figure.boxes[arrow.head].name)
        moved = tuple((x + dx, y + dy) for x, y in route)
        drawn.append((arrow.lit, arrow_part(number, arrow, ends, moved, dim=dim and not arrow.lit)))
    for box, (x, y) in zip(boxes, places.centres, strict=True):
        drawn.append((True, box_part(box, (x + dx, y + dy), dim=dim and not box.box.lit)))
    return [part for _, part in sorted(drawn, key=lambda pair: pair[0])]
