"""Our own layout: no box lies on another, arrows pass between them and lead downward, always in the same way."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snakemake_heliport.export.figure import graphviz
from snakemake_heliport.export.figure.layout import Placed, placed

GRAPHS = st.integers(1, 14).flatmap(
    lambda count: st.tuples(
        st.lists(st.tuples(st.integers(20, 200), st.integers(20, 90)), min_size=count, max_size=count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda a: a[0] != a[1]), unique=True
        ),
    )
)


def overlaps(sizes: list[tuple[float, float]], result: Placed) -> list[tuple[int, int]]:
    found = []
    for i, (x, y) in enumerate(result.centres):
        for j, (u, v) in enumerate(result.centres[:i]):
            wide, high = (sizes[i][0] + sizes[j][0]) / 2, (sizes[i][1] + sizes[j][1]) / 2
            if abs(x - u) < wide - 0.01 and abs(y - v) < high - 0.01:
                found.append((i, j))
    return found


@pytest.mark.parametrize("across", [False, True])
@settings(deadline=None, max_examples=150)
@given(graph=GRAPHS)
def test_boxes_do_not_overlap_and_lie_within_the_drawing(graph, across: bool) -> None:
    """Whatever the graph, circles included."""
    sizes, arrows = graph
    result = placed(sizes, arrows, across=across)

    assert not overlaps(sizes, result)
    assert len(result.routes) == len(arrows)
    for (x, y), (wide, high) in zip(result.centres, sizes, strict=True):
        assert wide / 2 - 0.01 <= x <= result.size[0] - wide / 2 + 0.01
        assert high / 2 - 0.01 <= y <= result.size[1] - high / 2 + 0.01


@settings(deadline=None, max_examples=100)
@given(graph=GRAPHS)
def test_arrows_end_at_their_boxes_and_cross_no_other(graph) -> None:
    """Points along each curve lie outside of all boxes; its ends lie on the edges of its own."""
    sizes, arrows = graph
    result = placed(sizes, arrows)

    for (tail, head), route in zip(arrows, result.routes, strict=True):
        for end, box in ((route[0], tail), (route[-1], head)):
            assert abs(abs(end[1] - result.centres[box][1]) - sizes[box][1] / 2) < 0.01
            assert abs(end[0] - result.centres[box][0]) <= sizes[box][0] / 2
        for x, y in _along(route):
            for (u, v), (wide, high) in zip(result.centres, sizes, strict=True):
                assert not (abs(x - u) < wide / 2 - 0.1 and abs(y - v) < high / 2 - 0.1)


def _along(route):
    for start in range(0, len(route) - 1, 3):
        for step in range(9):
            t = step / 8
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            corners = route[start : start + 4]
            yield tuple(sum(w * p[axis] for w, p in zip(weights, corners, strict=True)) for axis in (0, 1))


def test_arrows_lead_downward_without_circles() -> None:
    """Every box lies below what it came from."""
    arrows = [(0, 1), (1, 2), (0, 3), (3, 2), (0, 2)]
    result = placed([(60, 30)] * 4, arrows)

    assert all(result.centres[tail][1] < result.centres[head][1] for tail, head in arrows)


def test_crossings_that_need_not_be_are_not() -> None:
    """Two chains whose boxes come in mixed order lie side by side."""
    result = placed([(60, 30)] * 6, [(0, 3), (1, 2), (2, 5), (3, 4)])

    left = [result.centres[box][0] for box in (0, 3, 4)]
    right = [result.centres[box][0] for box in (1, 2, 5)]
    assert max(left) - min(left) < 1
    assert max(right) - min(right) < 1


def test_a_hundred_and_fifty_boxes_take_less_than_a_second() -> None:
    """The largest figure that is drawn, with twice as many arrows, is placed quickly and always alike."""
    chance = random.Random(7)
    arrows = sorted({(a, b) for a, b in ((chance.randrange(150), chance.randrange(150)) for _ in range(300)) if a < b})
    begin = time.process_time()
    first = placed([(120, 40)] * 150, arrows)

    assert time.process_time() - begin < 3, "far below a second, but for a busy machine"
    assert first == placed([(120, 40)] * 150, arrows)


@pytest.mark.skipif(not graphviz.installed(), reason="needs Graphviz")
def test_dot_places_the_same_boxes() -> None:
    """Graphviz is asked for places only, and what it answers is read back."""
    sizes, arrows = [(60.0, 30.0), (90.0, 50.0), (70.0, 30.0)], [(0, 1), (0, 2), (1, 2)]
    result = graphviz.placed_by_dot(sizes, arrows)

    assert result is not None
    assert not overlaps(sizes, result)
    assert result.centres[0][1] < result.centres[1][1] < result.centres[2][1]
    assert [len(route) % 3 for route in result.routes] == [1, 1, 1]


def test_without_dot_our_own_layout_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program is no error."""
    monkeypatch.setenv("PATH", "")
    assert graphviz.placed_by_dot([(1.0, 1.0)], []) is None
