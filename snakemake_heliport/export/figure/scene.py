"""What is drawn, in the few terms that every format has: outlines and texts at places."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from snakemake_heliport.export.figure.layout import Point

# A start, and then lines (one point) or cubic curves (three points).
Piece: TypeAlias = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How an outline is filled and drawn; neither, where there is no colour."""

    fill: str | None = None
    line: str | None = None
    width: float = 1.0
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A line or an area."""

    start: Point
    pieces: tuple[Piece, ...]
    style: Style
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A text; `y` is the line on which it stands."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    centred: bool = False


Item: TypeAlias = Outline | Words


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs together: a box or an arrow with what it is called."""

    name: str
    classes: tuple[str, ...]
    title: str
    items: tuple[Item, ...]
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole drawing, in CSS pixels, with the scale that makes it fit a page."""

    width: float
    height: float
    scale: float
    title: str
    summary: str
    parts: tuple[Part, ...]


def rectangle(x: float, y: float, width: float, height: float, style: Style, round_: float = 0.0) -> Outline:
    """Return a rectangle by its upper left corner."""
    r = min(round_, width / 2, height / 2)
    if not r:
        corners = ((x + width, y), (x + width, y + height), (x, y + height))
        return polygon(((x, y), *corners), style)
    k = r * 0.4477
    right, bottom = x + width, y + height
    pieces: tuple[Piece, ...] = (
        ((right - r, y),),
        ((right - k, y), (right, y + k), (right, y + r)),
        ((right, bottom - r),),
        ((right, bottom - k), (right - k, bottom), (right - r, bottom)),
        ((x + r, bottom),),
        ((x + k, bottom), (x, bottom - k), (x, bottom - r)),
        ((x, y + r),),
        ((x, y + k), (x + k, y), (x + r, y)),
    )
    return Outline((x + r, y), pieces, style, True)


def polygon(points: tuple[Point, ...], style: Style) -> Outline:
    """Return an area with straight sides."""
    return Outline(points[0], tuple((point,) for point in points[1:]), style, True)


def segment(start: Point, end: Point, style: Style) -> Outline:
    """Return a straight line."""
    return Outline(start, ((end,),), style)


def curve(points: tuple[Point, ...], style: Style) -> Outline:
    """Return cubic curves from a start and three points for each."""
    pieces = tuple(tuple(points[i : i + 3]) for i in range(1, len(points), 3))
    return Outline(points[0], pieces, style)


def cylinder(x: float, y: float, width: float, height: float, lid: float, style: Style) -> tuple[Outline, Outline]:
    """Return a cylinder as its body and the front of its lid."""
    k, right, bottom = lid * 4 / 3, x + width, y + height
    body: tuple[Piece, ...] = (
        ((x, y + lid - k), (right, y + lid - k), (right, y + lid)),
        ((right, bottom - lid),),
        ((right, bottom - lid + k), (x, bottom - lid + k), (x, bottom - lid)),
    )
    rim: Piece = ((x, y + lid + k), (right, y + lid + k), (right, y + lid))
    front = Outline((x, y + lid), (rim,), replace(style, fill=None))
    return Outline((x, y + lid), body, style, True), front
