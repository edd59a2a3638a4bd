"""The order within each layer: barycentres of the neighbours, swept down and up, as long as crossings get fewer."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

from snakemake_heliport.export.figure.layers import Layers

SWEEPS = 12
# Swapping neighbours costs more than a sweep and helps small graphs only.
SWAPPED_UP_TO = 600


def uncross(layers: Layers) -> None:
    """Bring the nodes of each layer into an order with few crossings."""
    above, below = layers.neighbours()
    best, least = [list(row) for row in layers.order], _crossings(layers.order, below)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        rows = layers.order if downward else layers.order[::-1]
        for former, row in pairwise(rows):
            _sort(row, former, above if downward else below)
        if len(above) <= SWAPPED_UP_TO:
            _swap(layers.order, above, below)
        found = _crossings(layers.order, below)
        if found < least:
            best, least = [list(row) for row in layers.order], found
        if not least:
            break
    layers.order[:] = best


def _sort(row: list[int], former: list[int], neighbours: list[list[int]]) -> None:
    """Sort a layer by where the neighbours of its nodes lie; those without any keep their places."""
    place = {node: position for position, node in enumerate(former)}
    keys: dict[int, float] = {}
    for position, node in enumerate(row):
        others = [place[other] for other in neighbours[node]]
        # Of the relative place, because the two layers are not of one length.
        alone = position * len(former) / len(row)
        keys[node] = sum(others) / len(others) if others else alone
    row.sort(key=keys.__getitem__)


def _swap(order: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Exchange neighbours in a layer wherever their own arrows then cross less."""
    place = {node: position for row in order for position, node in enumerate(row)}
    for row in order:
        for position in range(len(row) - 1):
            left, right = row[position], row[position + 1]
            gain = 0
            for side in (above, below):
                lefts = sorted(place[other] for other in side[left])
                rights = sorted(place[other] for other in side[right])
                gain += _inversions(lefts, rights) - _inversions(rights, lefts)
            if gain > 0:
                row[position], row[position + 1] = right, left
                place[left], place[right] = position + 1, position


def _inversions(lefts: list[int], rights: list[int]) -> int:
    """Return how often an arrow of the left node crosses one of the right node."""
    return sum(len(lefts) - bisect_left(lefts, right + 1) for right in rights)


def _crossings(order: list[list[int]], below: list[list[int]]) -> int:
    return sum(_between(upper, lower, below) for upper, lower in pairwise(order))


def _between(upper: Iterable[int], lower: list[int], below: list[list[int]]) -> int:
    """Count the crossings between two layers by a tree of partial sums (Barth, Jünger and Mutzel)."""
    place = {node: position for position, node in enumerate(lower)}
    size = len(lower)
    tree = [0] * (size + 1)
    crossings = seen = 0
    for node in upper:
        heads = sorted(place[other] for other in below[node])
        for head in heads:
            index, left = head + 1, 0
            while index:
                left += tree[index]
                index &= index - 1
            crossings += seen - left
        for head in heads:
            index = head + 1
            while index <= size:
                tree[index] += 1
                index += index & -index
        seen += len(heads)
    return crossings
