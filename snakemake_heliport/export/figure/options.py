"""What a figure is to show."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

By: TypeAlias = Literal["rule", "job"]
Engine: TypeAlias = Literal["auto", "own", "dot"]


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """What a figure is to show.

    Attributes:
        by: One box for each rule, or one for each job.
        path_to: The IRI of a thing; what it came from and what came from it is highlighted.
        legend: Explain the shapes and lines that occur.
        training: Show training runs with their metrics, datasets and models.
        engine: What places the boxes: Graphviz's `dot` where it is installed (`auto`), or always our own layout, which
            gives the same bytes on every machine. `dot` gives way to our own where it is missing or takes too long.
        limit: The most boxes that are drawn; a figure by job with more becomes one by rule, and one by rule with more
            shows files as numbers at the arrows.
    """

    by: By = "rule"
    path_to: str | None = None
    legend: bool = True
    training: bool = True
    engine: Engine = "auto"
    limit: int = 150
