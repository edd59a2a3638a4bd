"""What an open box looks like: a row for each thing where that can be read, else a tile for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt
from xml.sax.saxutils import escape

from snakemake_heliport.explorer.graph.comparing import SIGNS, mark_words
from snakemake_heliport.explorer.graph.graph import Graph
from snakemake_heliport.explorer.graph.inks import element
from snakemake_heliport.explorer.graph.items import NONE, ROWS_UP_TO, Items
from snakemake_heliport.export.figure.figure import STATES
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.layout import Size
from snakemake_heliport.export.figure.looks import GREY, INK, LINE_SIZE, LOOKS
from snakemake_heliport.export.figure.scene import Item, Style, Words, rectangle
from snakemake_heliport.export.figure.shapes import state_sample
from snakemake_heliport.export.figure.svg import number
from snakemake_heliport.export.figure.text import clean, width

ROW_HIGH, COLUMNS_UP_TO = 16.0, 6
# The script leaves holes for the tiles of a path in the same places.
TILE, GLYPH = 12.0, 9.0
PAD, GAP = 8.0, 6.0
LONGEST = 56
# A box with rows, and one with tiles, are about so much wider than high.
ROWS_ASPECT, TILES_ASPECT = 1.6, 1.5


@dataclass(frozen=True, slots=True)
class Opened:
    """An open box, drawn around the middle of what it is when it is closed.

    Attributes:
        svg: What is drawn behind its head and below.
        columns: How many things stand side by side.
    """

    svg: str
    size: Size
    columns: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What things have in common that are drawn alike, in the words of the attributes that the script sifts by."""

    state: int
    run: int
    mark: int

    @classmethod
    def of(cls, items: Items, place: int) -> "_Look":
        return cls(items.states[place], items.runs[place], items.mark(place))

    def __str__(self) -> str:
        return f'data-state="{self.state}" data-run="{self.run}" data-mark="{self.mark}"'


def opened(graph: Graph, place: int) -> Opened:
    """Return a box as it is when it is open."""
    things, (wide, high) = graph.items.of_box(place), graph.boxes[place].size
    if len(things) <= ROWS_UP_TO:
        title = graph.figure.boxes[place].title
        texts = [_row_text(graph.items, thing, title) for thing in things]
        cell, columns = _row_cell(texts)
        inside = "".join(_rows(graph, place, texts, columns, cell))
    else:
        cell, columns = (TILE, TILE), ceil(sqrt(len(things) * TILES_ASPECT))
        inside = "".join(_tiles(graph, place, columns))
    size = (
        max(wide, columns * cell[0]) + 2 * PAD,
        high + GAP + ceil(len(things) / columns) * cell[1] + 2 * PAD,
    )
    left, top = -wide / 2, -high / 2
    back = _rect("frame-back", left - PAD, top - PAD, size, ' rx="6"')
    shift = f"translate({number(left)},{number(top + high + GAP)})"
    return Opened(f'<g class="frame">{back}<g transform="{shift}">{inside}</g></g>', size, columns)


def _row_cell(texts: Sequence[str]) -> tuple[Size, int]:
    """Return the size of a row, and how many stand side by side."""
    widest = max(width(text, LINE_SIZE) for text in texts) + 26
    columns = round(sqrt(len(texts) * ROW_HIGH * ROWS_ASPECT / widest))
    return (widest, ROW_HIGH), min(max(columns, 1), COLUMNS_UP_TO)


def _rows(graph: Graph, box: int, texts: Sequence[str], columns: int, cell: Size) -> Iterator[str]:
    shape = graph.boxes[box].box.shape
    for number_, (place, text) in enumerate(zip(graph.items.of_box(box), texts, strict=True)):
        x, y = (number_ % columns) * cell[0], (number_ // columns) * cell[1]
        look = _Look.of(graph.items, place)
        words = Words(x + 16, y + 11.5, text, LINE_SIZE, INK)
        inside = "".join(map(element, (*_glyph(shape, look, x + 2, y + 3.5), words)))
        title = escape(clean(in_full(graph.items, place)))
        hit = _rect("hit", x, y + 0.5, (cell[0] - 2, cell[1] - 1), ' rx="2"')
        link = f'<a class="thing" href="#{graph.name}.{place}" data-item="{place}" {look}>'
        yield f'{link}<title>{title}</title><g aria-hidden="true">{hit}{inside}</g></a>'


def _row_text(items: Items, place: int, title: str) -> str:
    """Return the name of a thing, and as much of what is said of it as there is room for."""
    name = clean(items.names[place])
    if len(name) > LONGEST:
        return f"{name[: LONGEST // 2 - 1]}…{name[-LONGEST // 2 :]}"
    said = (items.marks[place].why if items.marks else "", items.details[place])
    text = "  ·  ".join((name, *(clean(one) for one in said if one and one != title)))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def in_full(items: Items, place: int) -> str:
    """Return what a thing is called, with all that is said of it."""
    return " · ".join(filter(None, (items.names[place], words_of(items, place))))


def words_of(items: Items, place: int) -> str:
    """Return what is said of a thing beside its name: its state, what tells it from others, how it differs."""
    state = STATES[items.states[place]] if items.states[place] != NONE else ""
    parts = [state, items.details[place]]
    if items.marks:
        parts.append(mark_words(items.marks[place]))
    return " · ".join(filter(None, parts))


def _tiles(graph: Graph, box: int, columns: int) -> Iterator[str]:
    """Yield tiles; those alike are one outline, filled with a pattern: a box may hold a hundred thousand."""
    things, shape = graph.items.of_box(box), graph.boxes[box].box.shape
    side = number(TILE)
    yield f'<g class="tiles">{_rect("hit", 0, 0, (columns * TILE, ceil(len(things) / columns) * TILE))}'
    for kind, (look, outline) in enumerate(_alike(graph.items, things, columns).items()):
        name = f"{graph.name}-{box}-{kind}"
        glyph = "".join(map(element, _glyph(shape, look, 1.5, 1.5)))
        yield f'<pattern id="{name}" width="{side}" height="{side}" patternUnits="userSpaceOnUse">{glyph}</pattern>'
        yield f'<path class="thing" {look} fill="url(#{name})" d="{"".join(outline)}"/>'
    # The script covers with the one what stands back, and marks with the other what is chosen.
    yield f'<path class="veil"/>{_rect("spot", 0, 0, (TILE, TILE))}</g>'


def _alike(items: Items, things: range, columns: int) -> dict[_Look, list[str]]:
    """Return the outlines of tiles that look alike: those side by side are one rectangle."""
    found: dict[_Look, list[str]] = {}
    for row, first in enumerate(range(0, len(things), columns)):
        looks = (_Look.of(items, place) for place in things[first : first + columns])
        column = 0
        for look, alike in groupby(looks):
            count = sum(1 for _ in alike)
            place, side = f"{number(column * TILE)},{number(row * TILE)}", number(count * TILE)
            found.setdefault(look, []).append(f"M{place}h{side}v{number(TILE)}h-{side}z")
            column += count
    return found


def _glyph(shape: Shape, look: _Look, x: float, y: float) -> Iterator[Item]:
    """Yield the sign of a thing: how it differs, else its state as in the legend, else what it is."""
    if look.mark != NONE:
        yield Words(x + GLYPH / 2, y + GLYPH - 1, SIGNS[look.mark], 11.0, INK, bold=True, centred=True)
    elif look.state != NONE:
        yield from state_sample(STATES[look.state], x, y, GLYPH, GLYPH)
        yield rectangle(x, y, GLYPH, GLYPH, Style(None, GREY, 0.8))
    else:
        colours = LOOKS[shape]
        yield rectangle(x, y, GLYPH, GLYPH, Style(colours.fill, colours.line), 2.0)


def _rect(name: str, x: float, y: float, size: Size, more: str = "") -> str:
    place = f'x="{number(x)}" y="{number(y)}" width="{number(size[0])}" height="{number(size[1])}"'
    return f'<rect class="{name}" {place}{more}/>'
