"""The path through things: all that they came from, and all that came of them, by their places."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snakemake_heliport.explorer.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Lit:
    """What lies on a path.

    Attributes:
        up: The places of what was asked about and of all that it came from, in order.
        down: Those of what was asked about and of all that came of it.
        arrows: The arrows of the figure that a link of the path runs along.
    """

    up: tuple[int, ...]
    down: tuple[int, ...]
    arrows: tuple[int, ...]


class Ways:
    """Where links lead, in arrays: to be asked again and again."""

    def __init__(self, graph: Graph) -> None:
        count = len(graph.items.iris)
        self._behind = _Neighbours(count, graph.items.heads, graph.items.tails)
        self._ahead = _Neighbours(count, graph.items.tails, graph.items.heads)
        self._box_of = array("l", (box for box in range(len(graph.boxes)) for _ in graph.items.of_box(box)))
        self._arrows: dict[tuple[int, int], list[int]] = {}
        for place, arrow in enumerate(graph.figure.arrows):
            self._arrows.setdefault((arrow.tail, arrow.head), []).append(place)

    def lit(self, starts: Iterable[int]) -> Lit:
        """Return the path through some things."""
        begin = tuple(starts)
        up, down = self._behind.reached(begin), self._ahead.reached(begin)
        arrows: set[int] = set()
        for found in (up, down):
            for place in found:
                for other in self._ahead.of(place):
                    if other in found:
                        arrows.update(self._arrows.get((self._box_of[place], self._box_of[other]), ()))
        return Lit(tuple(sorted(up)), tuple(sorted(down)), tuple(sorted(arrows)))


class _Neighbours:
    """The neighbours of each thing on one side, one after another."""

    def __init__(self, count: int, ends: tuple[int, ...], others: tuple[int, ...]) -> None:
        self._starts = array("l", bytes((count + 1) * array("l").itemsize))
        for end in ends:
            self._starts[end + 1] += 1
        for place in range(count):
            self._starts[place + 1] += self._starts[place]
        free = self._starts[:]
        self._others = array("l", bytes(len(ends) * array("l").itemsize))
        for end, other in zip(ends, others, strict=True):
            self._others[free[end]] = other
            free[end] += 1

    def of(self, place: int) -> "array[int]":
        return self._others[self._starts[place] : self._starts[place + 1]]

    def reached(self, begin: Iterable[int]) -> set[int]:
        found, open_ = set(begin), list(begin)
        while open_:
            for other in self.of(open_.pop()):
                if other not in found:
                    found.add(other)
                    open_.append(other)
        return found


def ranges(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield sorted numbers as unbroken rows: the first number of each, and how many there are."""
    first = count = -1
    for place in places:
        if place == first + count:
            count += 1
            continue
        if count > 0:
            yield first, count
        first, count = place, 1
    if count > 0:
        yield first, count
