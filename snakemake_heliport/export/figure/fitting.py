"""How large a box must be for its words, and where they stand in it."""

from dataclasses import dataclass

from snakemake_heliport.export.figure.describing import state_words
from snakemake_heliport.export.figure.figure import Box
from snakemake_heliport.export.figure.flow import Shape
from snakemake_heliport.export.figure.layout import Size
from snakemake_heliport.export.figure.looks import LINE_SIZE, NAME_SIZE, worst
from snakemake_heliport.export.figure.text import width, wrapped

MOST = 190.0
TITLE_LINES, LINES = 3, 2
LEADING = 1.28
BAND, LID, SLANT, FOLD = 9.0, 5.0, 11.0, 9.0
PAD_X, PAD_Y = 9.0, 6.0
CENTRED = frozenset((Shape.DATASET, Shape.MODEL))
NARROWEST = 64.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text in a box; `y` is where it stands, from the top of the box."""

    text: str
    y: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Fitted:
    """A box with its size and its rows."""

    box: Box
    size: Size
    rows: tuple[Row, ...]


def fitted(box: Box) -> Fitted:
    """Return a box that is large enough for its words, which are broken and shortened where they are too long."""
    sides, above, below = _room(box.shape)
    told = state_words(box.states) if worst(box) else []
    rows: list[Row] = []
    y = above
    for number, words in enumerate((box.title, *box.lines)):
        bold = (number == 0 and box.shape is not Shape.DATA) or words in told
        size = NAME_SIZE if number == 0 else LINE_SIZE
        for line in wrapped(words, size, MOST, TITLE_LINES if number == 0 else LINES, bold=bold):
            y += size * LEADING
            rows.append(Row(line, y - size * (LEADING - 1), size, bold))
    widest = max(width(row.text, row.size, bold=row.bold) for row in rows)
    return Fitted(box, (max(NARROWEST, widest + sum(sides)), y + below), tuple(rows))


def text_left(shape: Shape) -> float:
    """Return where the rows of a box begin, from its left side."""
    return _room(shape)[0][0]


def _room(shape: Shape) -> tuple[tuple[float, float], float, float]:
    """Return the room that a shape needs beside, above and below its words."""
    match shape:
        case Shape.JOB:
            return (BAND + 7, PAD_X), PAD_Y, PAD_Y
        case Shape.DATASET:
            return (PAD_X, PAD_X), 2 * LID + 2, LID + 4
        case Shape.MODEL:
            return (SLANT + 4, SLANT + 4), PAD_Y, PAD_Y
        case Shape.TRAINING:
            return (PAD_X + 3, PAD_X + 3), PAD_Y + 2, PAD_Y + 2
    return (PAD_X, PAD_X + FOLD / 2), PAD_Y, PAD_Y
