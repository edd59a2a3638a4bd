"""Colours, sizes and dashes: one look for all formats.

The colours are those of Okabe and Ito, told apart by the colour-blind; what matters is also told by shape, by pattern
or in words, so a print in grey loses nothing.
"""

from dataclasses import dataclass

from snakemake_heliport.export.figure.figure import FAILED, FINISHED, INTERRUPTED, OPEN, UP_TO_DATE, Box
from snakemake_heliport.export.figure.flow import Shape, Tie

INK, GREY, FAINT, PAPER = "#1a1a1a", "#555555", "#b8b8b8", "#ffffff"
TITLE_SIZE, NAME_SIZE, LINE_SIZE, CAPTION_SIZE = 15.0, 11.0, 9.5, 10.0
MARGIN = 18.0
# CSS pixels; 180 mm is the width of the text on a page.
PAGE = (680.0, 920.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How a shape is filled and outlined."""

    fill: str
    line: str
    words: str


LOOKS = {
    Shape.JOB: Look("#eaf3fa", "#0b4f7d", "rule or job"),
    Shape.DATA: Look("#fbfaf3", "#77714f", "files"),
    Shape.DATASET: Look("#e4f4ee", "#00664a", "dataset"),
    Shape.MODEL: Look("#f9eaf3", "#8a2f65", "model"),
    Shape.TRAINING: Look("#f3effa", "#53408c", "training runs"),
}
STATE_COLOURS = {
    FINISHED: "#0072b2",
    UP_TO_DATE: "#8a8a8a",
    OPEN: "#ffffff",
    INTERRUPTED: "#b97a00",
    FAILED: "#c8460a",
}
STATE_WORDS = {
    FINISHED: "finished",
    UP_TO_DATE: "up to date, not run again",
    OPEN: "not run, or not at its end",
    INTERRUPTED: "interrupted",
    FAILED: "failed",
}
DASHES: dict[Tie, tuple[float, ...]] = {Tie.FLOW: (), Tie.PART: (1.5, 3.0), Tie.TOLD: (6.0, 3.5)}
TIE_WORDS = {Tie.FLOW: "used or generated", Tie.PART: "trained by", Tie.TOLD: "came after, way not told"}


def worst(box: Box) -> str | None:
    """Return what went wrong in a box, if anything did."""
    states = {state for state, _ in box.states}
    return next((state for state in (FAILED, INTERRUPTED) if state in states), None)


def border(box: Box, *, dim: bool) -> tuple[str, float, tuple[float, ...]]:
    """Return colour, width and dashes of an outline."""
    states = [state for state, _ in box.states]
    dashes: tuple[float, ...] = ()
    if worst(box) == INTERRUPTED:
        dashes = (5.0, 2.5)
    elif states and not set(states) - {OPEN, UP_TO_DATE}:
        dashes = (1.5, 2.0)
    if box.lit:
        return INK, 2.4, dashes
    colour = STATE_COLOURS.get(worst(box) or "", LOOKS[box.shape].line)
    return (FAINT if dim and worst(box) is None else colour), (2.0 if worst(box) else 1.0), dashes
