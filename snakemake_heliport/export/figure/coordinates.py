"""Where the nodes of each layer lie: as near to their neighbours as the order and the widths allow.

Each layer is solved exactly, as a least-squares fit that keeps the order (pool adjacent violators), in linear time.
"""

import math
from collections.abc import Sequence

from snakemake_heliport.export.figure.layers import Layers

SWEEPS = 32
# Long arrows are to be straight before boxes are to be centred.
STRAIGHT, HALF, LOOSE = 8.0, 2.0, 1.0
ANCHOR = 0.05
STRAIGHTENED = 4


def centres(layers: Layers, widths: Sequence[float], gap: float, thin: float) -> list[float]:
    """Return the centre of each node along its layer.

    Args:
        widths: Of the nodes, those of stand-ins included.
        gap: Free space between boxes.
        thin: Free space beside a stand-in.
    """
    above, below = layers.neighbours()
    x = [0.0] * len(above)
    offsets = [_offsets(row, widths, layers.boxes, gap, thin) for row in layers.order]
    for row, starts in zip(layers.order, offsets, strict=True):
        for node, start in zip(row, starts, strict=True):
            x[node] = start - starts[-1] / 2
    rows = list(zip(layers.order, offsets, strict=True))
    rows_of = _surroundings(layers, offsets)
    for sweep in range(SWEEPS):
        last = sweep >= SWEEPS - 10
        for row, starts in rows if sweep % 2 == 0 else rows[::-1]:
            side = above if sweep % 2 == 0 else below
            wanted = [_wanted(node, x, [*above[node], *below[node]] if last else side[node], layers) for node in row]
            for node, place in zip(row, _fitted(wanted, starts), strict=True):
                x[node] = place
    for _ in range(STRAIGHTENED):
        for chain in layers.chains:
            _straighten(chain[1:-1], x, rows_of)
    least = min((x[node] - widths[node] / 2 for row in layers.order for node in row), default=0.0)
    return [place - least for place in x]


def _surroundings(layers: Layers, offsets: Sequence[list[float]]) -> dict[int, list[tuple[int, float]]]:
    """Return for each stand-in the nodes beside it, and how far from them it must stay: to the right, or the left."""
    beside: dict[int, list[tuple[int, float]]] = {}
    for row, starts in zip(layers.order, offsets, strict=True):
        for position, node in enumerate(row):
            if node >= layers.boxes:
                others = [other for other in (position - 1, position + 1) if 0 <= other < len(row)]
                beside[node] = [(row[other], starts[position] - starts[other]) for other in others]
    return beside


def _straighten(run: Sequence[int], x: list[float], beside: dict[int, list[tuple[int, float]]]) -> None:
    """Put the stand-ins of one arrow into one line, if there is a line that is free."""
    limits = [(x[other] + away, away) for node in run for other, away in beside[node]]
    least = max((limit for limit, away in limits if away > 0), default=-math.inf)
    most = min((limit for limit, away in limits if away < 0), default=math.inf)
    if run and least <= most:
        place = min(max(sum(x[node] for node in run) / len(run), least), most)
        for node in run:
            x[node] = place


def _offsets(row: list[int], widths: Sequence[float], boxes: int, gap: float, thin: float) -> list[float]:
    """Return where the nodes of a layer lie if they are packed."""
    places = [0.0] * len(row)
    for position in range(1, len(row)):
        left, right = row[position - 1], row[position]
        free = gap if left < boxes and right < boxes else thin
        places[position] = places[position - 1] + (widths[left] + widths[right]) / 2 + free
    return places


def _wanted(node: int, x: list[float], others: Sequence[int], layers: Layers) -> tuple[float, float]:
    """Return where a node is drawn to, and how strongly."""
    total, place = ANCHOR, ANCHOR * x[node]
    for other in others:
        dummies = (node >= layers.boxes) + (other >= layers.boxes)
        weight = (LOOSE, HALF, STRAIGHT)[dummies]
        total += weight
        place += weight * x[other]
    return place / total, total


def _fitted(wanted: Sequence[tuple[float, float]], starts: Sequence[float]) -> list[float]:
    """Return the places nearest to those wanted that lie no closer than if packed."""
    blocks: list[tuple[float, float, int]] = []
    for (place, weight), start in zip(wanted, starts, strict=True):
        mean, total, length = place - start, weight, 1
        while blocks and blocks[-1][0] > mean:
            former, more, count = blocks.pop()
            mean = (mean * total + former * more) / (total + more)
            total, length = total + more, length + count
        blocks.append((mean, total, length))
    flat = [mean for mean, _, length in blocks for _ in range(length)]
    return [mean + start for mean, start in zip(flat, starts, strict=True)]
