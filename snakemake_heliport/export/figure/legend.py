"""The legend: what occurs in the figure, and nothing else."""

from collections.abc import Iterator

from snakemake_heliport.export.figure.figure import STATES, Box, Figure
from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.looks import DASHES, FAINT, GREY, INK, LINE_SIZE, LOOKS, STATE_WORDS, TIE_WORDS
from snakemake_heliport.export.figure.scene import Item, Outline, Part, Style, Words, polygon, rectangle, segment
from snakemake_heliport.export.figure.shapes import outlines, state_sample
from snakemake_heliport.export.figure.text import width

SAMPLE = (24.0, 14.0)
LINE, BETWEEN, BESIDE = 22.0, 20.0, 6.0
PATH_WORDS = "on the path"


def entries(figure: Figure) -> list[tuple[Shape | Tie | str, str]]:
    """Return what is to be explained, with its explanation."""
    shapes = {box.shape for box in figure.boxes}
    states = {state for box in figure.boxes if box.shape is Shape.JOB for state, _ in box.states}
    ties = {arrow.tie for arrow in figure.arrows}
    job = figure.by if figure.by == "job" else "rule, with its jobs"
    return [
        *((shape, job if shape is Shape.JOB else LOOKS[shape].words) for shape in Shape if shape in shapes),
        *((state, STATE_WORDS[state]) for state in STATES if state in states),
        *((tie, TIE_WORDS[tie]) for tie in Tie if tie in ties),
        *([("path", PATH_WORDS)] if figure.highlighted else []),
    ]


def legend(figure: Figure, x: float, y: float, most: float) -> tuple[Part, float]:
    """Return the legend in lines of at most a width, and how high it is."""
    items: list[Item] = [segment((x, y), (x + most, y), Style(None, FAINT, 0.8))]
    left, top = x, y + 12
    for what, words in entries(figure):
        wide = SAMPLE[0] + BESIDE + width(words, LINE_SIZE)
        if left > x and left + wide > x + most:
            left, top = x, top + LINE
        items += _sample(what, left, top)
        items.append(Words(left + SAMPLE[0] + BESIDE, top + 10.5, words, LINE_SIZE, INK))
        left += wide + BETWEEN
    return Part("legend", ("legend",), "Legend", tuple(items)), top + LINE - y


def _sample(what: Shape | Tie | str, x: float, y: float) -> Iterator[Outline]:
    wide, high = SAMPLE
    match what:
        case Shape():
            yield from outlines(Box("", what, ""), x, y, wide, high, dim=False)
        case Tie():
            yield from _arrow(x, y + high / 2, wide, Style(None, GREY, 1.1, DASHES[what]))
        case "path":
            yield from _arrow(x, y + high / 2, wide, Style(None, INK, 2.4))
        case _:
            yield from state_sample(what, x, y, wide, high)
            yield rectangle(x, y, wide, high, Style(None, GREY, 0.8))


def _arrow(x: float, y: float, wide: float, style: Style) -> Iterator[Outline]:
    yield segment((x, y), (x + wide - 6, y), style)
    yield polygon(((x + wide, y), (x + wide - 7, y - 3.2), (x + wide - 7, y + 3.2)), Style(style.line))
