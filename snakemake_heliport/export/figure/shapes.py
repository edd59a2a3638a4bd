"""Boxes and arrows as outlines: each kind of thing has a shape of its own, each state a pattern."""

import math
from collections.abc import Iterator
from dataclasses import replace

from snakemake_heliport.export.figure.figure import FAILED, INTERRUPTED, UP_TO_DATE, Arrow, Box
from snakemake_heliport.export.figure.fitting import BAND, CENTRED, FOLD, LID, SLANT, Fitted, text_left
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.layout import Point
from snakemake_heliport.export.figure.looks import (
    DASHES,
    FAINT,
    GREY,
    INK,
    LINE_SIZE,
    LOOKS,
    PAPER,
    STATE_COLOURS,
    border,
    worst,
)
from snakemake_heliport.export.figure.scene import (
    Item,
    Outline,
    Part,
    Style,
    Words,
    curve,
    cylinder,
    polygon,
    rectangle,
    segment,
)
from snakemake_heliport.export.figure.text import width

HATCH, LEAST_SHARE = 4.0, 0.12
HEAD_LONG, HEAD_HALF = 7.0, 3.2
BADGE = 6.0


def box_part(fitted: Fitted, centre: Point, *, dim: bool) -> Part:
    """Draw a box around its centre.

    Args:
        dim: It stands back, because it is not on the highlighted path.
    """
    box, (wide, high) = fitted.box, fitted.size
    x, y = centre[0] - wide / 2, centre[1] - high / 2
    items: list[Item] = [*outlines(box, x, y, wide, high, dim=dim)]
    for row in fitted.rows:
        centred = box.shape in CENTRED
        left = centre[0] if centred else x + text_left(box.shape)
        colour = GREY if dim else INK
        items.append(Words(left, y + row.y, row.text, row.size, colour, row.bold, centred))
    if worst(box):
        items += badge(x + wide - 2, y + 2, worst(box) or "")
    states = (state.replace(" ", "-") for state, _ in box.states)
    classes = ("box", box.shape.value, *states, *(["lit"] if box.lit else []))
    return Part(box.name, classes, box.summary, tuple(items))


def outlines(box: Box, x: float, y: float, wide: float, high: float, *, dim: bool) -> Iterator[Outline]:
    """Yield the outlines of a box."""
    look = LOOKS[box.shape]
    line, thick, dashes = border(box, dim=dim)
    style = Style(PAPER if dim else look.fill, line, thick, dashes)
    right, bottom = x + wide, y + high
    match box.shape:
        case Shape.JOB:
            yield rectangle(x, y, wide, high, Style(style.fill))
            yield from _band(box, x, y, high)
            yield rectangle(x, y, wide, high, replace(style, fill=None))
        case Shape.TRAINING:
            yield rectangle(x, y, wide, high, style, 7.0)
            yield rectangle(x + 3, y + 3, wide - 6, high - 6, Style(None, line, 0.7), 5.0)
        case Shape.DATASET:
            yield from cylinder(x, y, wide, high, LID, style)
        case Shape.MODEL:
            # The sample in the legend is narrow, and looks like what it stands for.
            middle, slant = y + high / 2, min(SLANT, wide / 4)
            tips = ((x, middle), (x + slant, y), (right - slant, y), (right, middle))
            yield polygon((*tips, (right - slant, bottom), (x + slant, bottom)), style)
        case Shape.DATA:
            yield polygon(((x, y), (right - FOLD, y), (right, y + FOLD), (right, bottom), (x, bottom)), style)
            corner = (((right - FOLD, y + FOLD),), ((right, y + FOLD),))
            yield Outline((right - FOLD, y), corner, Style(None, line, 0.8))


def _band(box: Box, x: float, y: float, high: float) -> Iterator[Outline]:
    """Yield the bar at the left that tells how many jobs ended how, each state with its own pattern."""
    total = sum(count for _, count in box.states) or 1
    shares = [max(LEAST_SHARE, count / total) for _, count in box.states]
    top = y
    for (state, _), share in zip(box.states, shares, strict=True):
        part = high * share / sum(shares)
        yield from state_sample(state, x, top, BAND, part)
        top += part
    yield segment((x + BAND, y), (x + BAND, y + high), Style(None, GREY, 0.6))


def state_sample(state: str, x: float, y: float, wide: float, high: float) -> Iterator[Outline]:
    """Yield an area with the pattern of a state: full, empty, dotted, striped or hatched."""
    colour = STATE_COLOURS[state]
    if state not in (FAILED, INTERRUPTED, UP_TO_DATE):
        yield rectangle(x, y, wide, high, Style(colour))
        return
    yield rectangle(x, y, wide, high, Style(PAPER))
    if state == FAILED:
        yield from (segment(start, end, Style(None, colour, 1.6)) for start, end in _diagonals(x, y, wide, high))
        return
    step, dashes = (HATCH, ()) if state == INTERRUPTED else (HATCH * 0.75, (1.2, 1.8))
    style = Style(None, colour, 1.6, dashes)
    for number in range(1, math.ceil(high / step)):
        yield segment((x, y + number * step), (x + wide, y + number * step), style)


def _diagonals(x: float, y: float, wide: float, high: float) -> Iterator[tuple[Point, Point]]:
    """Yield lines at 45 degrees, cut off at the sides of a rectangle, which not all formats can do by themselves."""
    for number in range(1, math.ceil((wide + high) / HATCH)):
        reach = number * HATCH
        low, left = min(reach, high), max(0.0, reach - high)
        right, up = min(reach, wide), max(0.0, reach - wide)
        yield (x + left, y + low), (x + right, y + up)


def badge(x: float, y: float, state: str) -> Iterator[Outline]:
    """Yield the mark of what went wrong: a cross in a circle, or two bars in a square."""
    colour, r = STATE_COLOURS[state], BADGE
    round_ = r if state == FAILED else 2.0
    yield rectangle(x - r, y - r, 2 * r, 2 * r, Style(PAPER, colour, 1.6), round_)
    d = r * 0.42
    ends = (((-d, -d), (d, d)), ((-d, d), (d, -d))) if state == FAILED else (((-d, -d), (-d, d)), ((d, -d), (d, d)))
    for (x0, y0), (x1, y1) in ends:
        yield segment((x + x0, y + y0), (x + x1, y + y1), Style(None, colour, 1.8))


def arrow_part(number: int, arrow: Arrow, ends: tuple[str, str], route: tuple[Point, ...], *, dim: bool) -> Part:
    """Draw an arrow along its route."""
    colour, thick = (INK, 2.4) if arrow.lit else (FAINT if dim else GREY, 1.1)
    tip, line = _shortened(route)
    items: list[Item] = [curve(line, Style(None, colour, thick, DASHES[arrow.tie])), _head(line[-1], tip, colour)]
    if arrow.label:
        items += _label(route, arrow.label)
    classes = ("arrow", arrow.tie.value, *(["lit"] if arrow.lit else []))
    title = f"{ends[0]} to {ends[1]}" + (f": {arrow.label}" if arrow.label else "")
    return Part(f"a{number}", classes, title, tuple(items), (("from", ends[0]), ("to", ends[1])))


def _shortened(route: tuple[Point, ...]) -> tuple[Point, tuple[Point, ...]]:
    """Return the tip of an arrow, and its line without the head."""
    (bx, by), (x, y) = route[-2], route[-1]
    length = math.hypot(x - bx, y - by) or 1.0
    back = min(HEAD_LONG - 1, length * 0.9)
    dx, dy = (x - bx) / length * back, (y - by) / length * back
    return (x, y), (*route[:-1], (x - dx, y - dy))


def _head(base: Point, tip: Point, colour: str) -> Outline:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    x, y = tip[0] - ux * HEAD_LONG, tip[1] - uy * HEAD_LONG
    sides = ((x - uy * HEAD_HALF, y + ux * HEAD_HALF), (x + uy * HEAD_HALF, y - ux * HEAD_HALF))
    return polygon((tip, *sides), Style(colour))


def _label(route: tuple[Point, ...], label: str) -> Iterator[Item]:
    """Write a number on the middle of an arrow, on a white ground."""
    place = len(route) // 2 // 3 * 3
    x, y = _middle(route[place : place + 4]) if place + 4 <= len(route) else route[place]
    wide = width(label, LINE_SIZE - 1)
    yield rectangle(x - wide / 2 - 2, y - 6, wide + 4, 12, Style(PAPER), 2.0)
    yield Words(x, y + 3, label, LINE_SIZE - 1, INK, centred=True)


def _middle(points: tuple[Point, ...]) -> Point:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    return (x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8
