"""Graphviz's `dot`, where it is installed: it places the boxes, or draws a whole figure where we have no means to."""

import shutil
import subprocess
from collections.abc import Sequence

from snakemake_heliport.export.figure.layers import Pairs
from snakemake_heliport.export.figure.layout import BETWEEN, GAP, Placed, Point, Size

SECONDS = 20
INCH = 72.0


def installed() -> bool:
    """Tell whether `dot` can be run."""
    return shutil.which("dot") is not None


def drawn(source: str, form: str) -> bytes | None:
    """Return what `dot` makes of a graph, None where it cannot."""
    command = shutil.which("dot")
    if command is None:
        return None
    try:
        done = subprocess.run(
            [command, f"-T{form}"], input=source.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


def placed_by_dot(sizes: Sequence[Size], arrows: Pairs, *, across: bool = False) -> Placed | None:
    """Place boxes of these sizes as `dot` would, None where it cannot; it is given no names and no texts."""
    plain = drawn(_source(sizes, arrows, across=across), "plain")
    return None if plain is None else _read(plain.decode(), len(sizes), arrows)


def _source(sizes: Sequence[Size], arrows: Pairs, *, across: bool) -> str:
    lines = [
        f"digraph {{ rankdir={'LR' if across else 'TB'}; nodesep={GAP / INCH:.3f}; ranksep={BETWEEN / INCH:.3f};",
        'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none];',
        *(f"{i} [width={width / INCH:.4f}, height={height / INCH:.4f}];" for i, (width, height) in enumerate(sizes)),
        *(f"{tail} -> {head};" for tail, head in arrows),
        "}",
    ]
    return "\n".join(lines)


def _read(plain: str, boxes: int, arrows: Pairs) -> Placed:
    """Read the answer: inches, counted from below."""
    size, centres = (0.0, 0.0), [(0.0, 0.0)] * boxes
    routes: dict[tuple[int, int], list[tuple[Point, ...]]] = {}
    for fields in map(str.split, plain.splitlines()):
        if fields[0] == "graph":
            size = (float(fields[2]) * INCH, float(fields[3]) * INCH)
        elif fields[0] == "node":
            centres[int(fields[1])] = _point(fields[2], fields[3], size)
        elif fields[0] == "edge":
            ends = (int(fields[1]), int(fields[2]))
            numbers = fields[4 : 4 + 2 * int(fields[3])]
            route = tuple(_point(x, y, size) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
            routes.setdefault(ends, []).append(route)
    return Placed(size, tuple(centres), tuple(routes[arrow].pop(0) for arrow in arrows))


def _point(x: str, y: str, size: Size) -> Point:
    return float(x) * INCH, size[1] - float(y) * INCH
