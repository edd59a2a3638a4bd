"""Print a trace as a tree; what several branches share is told once."""

from collections.abc import Iterator

from snakemake_heliport.cli.linked import told
from snakemake_heliport.lineage import Trace
from snakemake_heliport.lineage.tree import Line, lines, verb

MAX_BRANCHES = 12
BRANCH, LAST, ASIDE, SPACE = "├─ ", "└─ ", "│  ", "   "
TOLD_ABOVE = "  [dim](told above)[/]"


def branches(found: Trace, *, limit: int | None = MAX_BRANCHES) -> Iterator[str]:
    """Yield the lines of a tree, as markup.

    Args:
        limit: How many branches of one thing to print; None for all.
    """
    # What stands before the lines that hang from the latest line of each depth.
    below: list[str] = []
    for line in lines(found, limit):
        del below[line.depth :]
        if not below:
            below.append("")
            yield _words(found, line)
            continue
        edge = below[-1] + (LAST if line.is_last else BRANCH)
        below.append(below[-1] + (SPACE if line.is_last else ASIDE))
        yield f"[dim]{edge}[/]{_words(found, line)}"


def _words(found: Trace, line: Line) -> str:
    if line.thing is None:
        return f"[dim]… and {line.left_out:,} more; --all shows them[/]"
    words = told(line.thing) if line.link is None else f"{verb(found, line.link)} {told(line.thing, in_short=True)}"
    if line.maker is not None:
        maker = found.things[found.next(line.maker)]
        words += f", {verb(found, line.maker)} {told(maker, in_short=True)}"
    return words + TOLD_ABOVE if line.told_above else words
