"""Curves of metrics and bars of runs, drawn here: a page needs no script to show them."""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from snakemake_heliport.wording import number

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 300, 130, 62, 10, 8, 20
# A screen has no room for more points than this.
MAX_POINTS = 400
Point = tuple[float, float]


def histories(table: bytes) -> dict[str, list[Point]]:
    """Return the points of each metric in a table of histories; those that are no numbers are left out."""
    found: defaultdict[str, list[Point]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(table.decode("utf-8", "replace"))):
        try:
            step, value = float(row["step"] or 0), float(row["value"] or "nan")
        except (KeyError, ValueError):
            continue
        if math.isfinite(value):
            found[row["key"]].append((step, value))
    return {name: sorted(points) for name, points in found.items()}


def curve(name: str, points: Sequence[Point]) -> Markup:
    """Draw a metric over its steps."""
    shown = _thinned(points)
    (x0, x1), (y0, y1) = _range([x for x, _ in points]), _range([y for _, y in points])
    places = [
        (
            LEFT + (x - x0) / (x1 - x0) * (WIDE - LEFT - RIGHT),
            HIGH - BOTTOM - (y - y0) / (y1 - y0) * (HIGH - TOP - BOTTOM),
        )
        for x, y in shown
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    middle, low = TOP + 4, HIGH - BOTTOM
    return Markup(
        '<svg class="curve" viewBox="0 0 {wide} {high}" role="img" aria-label="{label}">'
        '<path class="grid" d="M{left} {top}V{low}H{right}" fill="none"/>'
        '<text x="{text}" y="{upper}" text-anchor="end">{most}</text>'
        '<text x="{text}" y="{low}" text-anchor="end">{least}</text>'
        '<text x="{left}" y="{below}">{first}</text>'
        '<text x="{right}" y="{below}" text-anchor="end">step {last}</text>'
        '<polyline class="line" points="{line}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    ).format(
        wide=WIDE,
        high=HIGH,
        label=f"{name}: {len(points)} points, from {number(points[0][1])} to {number(points[-1][1])}",
        left=LEFT,
        top=TOP,
        low=low,
        right=WIDE - RIGHT,
        text=LEFT - 5,
        upper=middle + 4,
        below=HIGH - 5,
        most=number(y1),
        least=number(y0),
        first=number(x0),
        last=number(x1),
        line=Markup(line),
        x=places[-1][0],
        y=places[-1][1],
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    least, most = min(values), max(values)
    return (least, most) if most > least else (least - (abs(least) or 1) / 2, most + (abs(most) or 1) / 2)


def _thinned(points: Sequence[Point]) -> list[Point]:
    """Return as many points as can be seen: of each stretch the least and the greatest, so that no peak is lost."""
    if len(points) <= MAX_POINTS:
        return list(points)
    size = math.ceil(len(points) / (MAX_POINTS / 2))
    kept: list[Point] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        kept += sorted({min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])})
    return [*kept, points[-1]]
