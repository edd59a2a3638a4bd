"""Ranks: every box below what it came from, and a stand-in for each rank that a long arrow passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Pairs: TypeAlias = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Layers:
    """A graph whose arrows lead from each layer to the next one only.

    Attributes:
        order: The nodes of each layer; the first `boxes` nodes are boxes, the others stand-ins.
        chains: The nodes that each arrow passes, from above to below.
        turned: Which arrows lead upwards, because they close a circle.
    """

    boxes: int
    order: list[list[int]]
    chains: list[list[int]]
    turned: list[bool]

    def neighbours(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return the nodes above and those below each node."""
        count = sum(map(len, self.order))
        above: list[list[int]] = [[] for _ in range(count)]
        below: list[list[int]] = [[] for _ in range(count)]
        for chain in self.chains:
            for upper, lower in pairwise(chain):
                below[upper].append(lower)
                above[lower].append(upper)
        return above, below


def layered(count: int, arrows: Pairs) -> Layers:
    """Return the layers of a graph of so many boxes."""
    turned = _turned(count, arrows)
    downward = [(b, a) if back else (a, b) for (a, b), back in zip(arrows, turned, strict=True)]
    ranks = _ranks(count, downward)
    order: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for node, rank in enumerate(ranks):
        order[rank].append(node)
    chains: list[list[int]] = []
    total = count
    for upper, lower in downward:
        passed = range(ranks[upper] + 1, ranks[lower])
        chain = [upper, *range(total, total + len(passed)), lower]
        for rank, node in zip(passed, chain[1:], strict=False):
            order[rank].append(node)
        total += len(passed)
        chains.append(chain)
    return Layers(count, order, chains, turned)


def _turned(count: int, arrows: Pairs) -> list[bool]:
    """Return which arrows close a circle, by a search in depth that begins where nothing comes in."""
    ahead: list[list[int]] = [[] for _ in range(count)]
    fed = set()
    for number, (tail, head) in enumerate(arrows):
        ahead[tail].append(number)
        fed.add(head)
    turned = [False] * len(arrows)
    state = [0] * count
    for start in sorted(range(count), key=lambda node: (node in fed, node)):
        stack = [(start, iter(ahead[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            node, rest = stack[-1]
            number = next(rest, -1)
            if number < 0:
                state[node] = 2
                stack.pop()
                continue
            head = arrows[number][1]
            if state[head] == 1:
                turned[number] = True
            elif not state[head]:
                state[head] = 1
                stack.append((head, iter(ahead[head])))
    return turned


def _ranks(count: int, arrows: Pairs) -> list[int]:
    """Return ranks by the longest path, with each box then moved to where its arrows are shorter."""
    ahead: list[list[int]] = [[] for _ in range(count)]
    behind: list[list[int]] = [[] for _ in range(count)]
    for tail, head in arrows:
        ahead[tail].append(head)
        behind[head].append(tail)
    missing = [len(others) for others in behind]
    sorted_ = [node for node in range(count) if not missing[node]]
    ranks = [0] * count
    for node in sorted_:
        for other in ahead[node]:
            ranks[other] = max(ranks[other], ranks[node] + 1)
            missing[other] -= 1
            if not missing[other]:
                sorted_.append(other)
    for node in reversed(sorted_):
        if len(ahead[node]) > len(behind[node]):
            ranks[node] = min(ranks[other] for other in ahead[node]) - 1
    return ranks
