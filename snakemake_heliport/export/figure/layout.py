"""Our own layered layout (Sugiyama): ranks, few crossings, coordinates, and curves that pass between the boxes.

Pure Python, the same result every time, in about linear time of boxes and of ranks that arrows pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from snakemake_heliport.export.figure.coordinates import centres
from snakemake_heliport.export.figure.crossings import uncross
from snakemake_heliport.export.figure.layers import Layers, Pairs, layered

Point: TypeAlias = tuple[float, float]
Size: TypeAlias = tuple[float, float]

GAP, THIN, BETWEEN = 26.0, 14.0, 38.0
STAND_IN = 4.0
# Arrows leave and enter a box side by side, so that each can be followed.
PORTS, PORT_MOST = 0.6, 15.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Centres of boxes, and the arrows as cubic Bézier curves: a start, then three points for each piece."""

    size: Size
    centres: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]

    def across(self) -> "Placed":
        """Return the same with the axes exchanged."""
        centres = tuple((y, x) for x, y in self.centres)
        return Placed(self.size[::-1], centres, tuple(tuple((y, x) for x, y in route) for route in self.routes))


def placed(sizes: Sequence[Size], arrows: Pairs, *, across: bool = False) -> Placed:
    """Place boxes of these sizes.

    Args:
        across: From left to right instead of from top to bottom.
    """
    if across:
        return placed([(height, width) for width, height in sizes], arrows).across()
    layers = layered(len(sizes), arrows)
    uncross(layers)
    count = sum(map(len, layers.order))
    widths = [size[0] for size in sizes] + [STAND_IN] * (count - len(sizes))
    x = centres(layers, widths, GAP, THIN)
    bands = _bands(layers, sizes)
    y = [0.0] * count
    for row, (top, bottom) in zip(layers.order, bands, strict=True):
        for node in row:
            y[node] = (top + bottom) / 2
    width = max((x[node] + widths[node] / 2 for node in range(count)), default=0.0)
    routes = _routes(layers, sizes, x, bands)
    return Placed((width, bands[-1][1] if bands else 0.0), tuple(zip(x, y, strict=True))[: len(sizes)], routes)


def _bands(layers: Layers, sizes: Sequence[Size]) -> list[tuple[float, float]]:
    """Return the top and bottom of each layer."""
    bands: list[tuple[float, float]] = []
    top = 0.0
    for row in layers.order:
        height = max((sizes[node][1] for node in row if node < layers.boxes), default=0.0)
        bands.append((top, top + height))
        top += height + BETWEEN
    return bands


def _routes(
    layers: Layers, sizes: Sequence[Size], x: list[float], bands: list[tuple[float, float]]
) -> tuple[tuple[Point, ...], ...]:
    rank = {node: number for number, row in enumerate(layers.order) for node in row}
    leaving = _ports(layers, sizes, x, first=True)
    entering = _ports(layers, sizes, x, first=False)
    routes: list[tuple[Point, ...]] = []
    for number, chain in enumerate(layers.chains):
        spots = [leaving[number], *(x[node] for node in chain[1:-1]), entering[number]]
        stops: list[tuple[Point, Point]] = []
        for position, (node, spot) in enumerate(zip(chain, spots, strict=True)):
            top, bottom = bands[rank[node]]
            half = sizes[node][1] / 2 if node < layers.boxes else 0.0
            if position == 0:
                top = (top + bottom) / 2 + half
            elif position == len(chain) - 1:
                bottom = (top + bottom) / 2 - half
            stops.append(((spot, top), (spot, bottom)))
        route = _curve(stops)
        routes.append(route[::-1] if layers.turned[number] else route)
    return tuple(routes)


def _ports(layers: Layers, sizes: Sequence[Size], x: list[float], *, first: bool) -> list[float]:
    """Return where each arrow leaves or enters its box, in the order in which they spread."""
    end, next_ = (0, 1) if first else (-1, -2)
    arrows: dict[int, list[int]] = {}
    for number, chain in enumerate(layers.chains):
        arrows.setdefault(chain[end], []).append(number)
    spots = [0.0] * len(layers.chains)
    for box, numbers in arrows.items():
        step = min(PORT_MOST, PORTS * sizes[box][0] / len(numbers))
        by_place: Callable[[int], tuple[float, int]] = lambda number: (x[layers.chains[number][next_]], number)  # noqa: E731
        for position, number in enumerate(sorted(numbers, key=by_place)):
            spots[number] = x[box] + (position - (len(numbers) - 1) / 2) * step
    return spots


def _curve(stops: Sequence[tuple[Point, Point]]) -> tuple[Point, ...]:
    """Return a curve through vertical pieces: straight within layers, bent between them."""
    points = [stops[0][0]]
    for position, (start, end) in enumerate(stops):
        if position:
            (x0, y0), (x1, y1) = points[-1], start
            middle = (y0 + y1) / 2
            points += [(x0, middle), (x1, middle), (x1, y1)]
        if end[1] - start[1] > 0.01:
            (x0, y0), y1 = start, end[1]
            points += [(x0, y0 + (y1 - y0) / 3), (x0, y0 + 2 * (y1 - y0) / 3), (x0, y1)]
    return tuple(points)
