"""The figure as plain data: boxes with their texts, and arrows between them; nothing here knows a place or a format."""

from dataclasses import dataclass

from snakemake_heliport.export.figure.flow import Shape, Tie
from snakemake_heliport.export.figure.options import By

# In the order in which they are told; what is not listed counts as running.
FINISHED, FAILED, INTERRUPTED, UP_TO_DATE, OPEN = "finished", "failed", "interrupted", "up-to-date", "not run"
STATES = (FINISHED, UP_TO_DATE, OPEN, INTERRUPTED, FAILED)


@dataclass(frozen=True, slots=True)
class Box:
    """One thing, or several that were grouped.

    Attributes:
        name: Its name in the figure, `n1`.
        shape: What it stands for.
        title: What is written in bold.
        lines: What is written below.
        states: How many jobs or training runs ended how, in the order of `STATES`.
        lit: It is on the highlighted path.
        count: How many things it stands for.
    """

    name: str
    shape: Shape
    title: str
    lines: tuple[str, ...] = ()
    states: tuple[tuple[str, int], ...] = ()
    lit: bool = False
    count: int = 1

    @property
    def summary(self) -> str:
        """All of it in one line."""
        return "; ".join((f"{self.shape.value} {self.title}", *self.lines))


@dataclass(frozen=True, slots=True)
class Arrow:
    """One or several links from one box to another, by the places of the boxes in the figure.

    Attributes:
        label: What is written at it.
    """

    tail: int
    head: int
    tie: Tie
    label: str = ""
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """What is drawn.

    Attributes:
        by: What a box for jobs stands for in the end: a large figure by job becomes one by rule.
        highlighted: There is a path, so what is not on it stands back.
    """

    title: str
    caption: str
    by: By
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    highlighted: bool = False

    @property
    def summary(self) -> str:
        """What it shows in one sentence, for those who cannot see it."""
        counts = [(shape, sum(box.shape is shape for box in self.boxes)) for shape in Shape]
        told = ", ".join(f"{count} of {shape.value}" for shape, count in counts if count)
        bad = [f"{box.title} ({', '.join(box.lines)})" for box in self.boxes if _bad(box)]
        failed = f" Not all went well in: {', '.join(bad)}." if bad else ""
        return f"Graph by {self.by}, {self.caption}. Boxes: {told}; {len(self.arrows)} arrows lead downstream.{failed}"


def _bad(box: Box) -> bool:
    return any(state in (FAILED, INTERRUPTED) for state, _ in box.states)
